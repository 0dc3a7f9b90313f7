"""Iterative soft thresholding: the conventional methods for non-uniformly sampled (NUS) spectra.

IST-S after A. S. Stern, D. L. Donoho and J. C. Hoch, J. Magn. Reson. 2007, 188, 295-300. IST-D after
I. Drori, EURASIP J. Adv. Signal Process. 2007, 020248, as S. G. Hyberts, A. G. Milbradt, A. B. Wagner,
H. Arthanari and G. Wagner use it (hmsIST), J. Biomol. NMR 2012, 52, 315-327.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.classical.columns import Columns
from common.classical.virtual_echo import Transform, magnitude, soft_threshold

#: Points of a spectrum that are worked on at once, over all its columns; bounds the memory.
AT_ONCE = 2**22
#: ``watch(iteration, fid)``, called with the estimate before measured points are put back.
Watch = Callable[[int, np.ndarray], None]


def ist_s(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    iterations: int = 400,
    decay: float = 0.98,
    stop_sigma: float | None = None,
    noise: float | None = None,
    zero_fill: int = 2,
    virtual_echo: float | None = None,
    write_back: bool = True,
    watch: Watch | None = None,
) -> np.ndarray:
    """Complete every column by the sparse spectrum that agrees with its measured points.

    fid: complex (points, columns) or (points1, points2, columns), zero where not measured. mask: boolean
    (points,) or (points1, points2), True where measured. Returns every point in the precision of the input,
    the measured ones unchanged, or without ``write_back`` as the sparse spectrum has them, which tells how
    well it explains them. Scales with its input. Raises ``ValueError`` where shapes do not fit.

    With y the measured points, P the choice of them and F the transform to ``zero_fill`` times the points,

        X <- soft(X + F (y - P F^-1 X), t),   t <- decay * t,   from t = max |F P y| of each column,

    ``iterations`` times, or until t has come down to ``stop_sigma`` standard deviations of the noise in
    F P y, ``noise * sqrt(measured points)``; 2 is a good value, thresholds below it fit noise. A column that
    is there before the strongest one goes on at that threshold, which lowers its error further; without
    ``stop_sigma`` no column depends on another. ``noise`` is the standard deviation of the real part of a
    measured point, :func:`common.classical.columns.quiet_noise` where None.

    ``virtual_echo``: the first delay in dwells, 0 or 0.5, where the phase of the only indirect dimension is
    known to be zero beyond it: the spectrum then is real (:mod:`common.classical.virtual_echo`).

    Computed in single precision, which gives the same errors in two thirds of the time.
    """
    columns = Columns(fid, mask, (1, 2))
    transform = Transform(columns.mask.shape, zero_fill, virtual_echo)
    first, floor = _first_threshold(columns, transform), _floor(columns, transform, stop_sigma, noise)
    thresholds = _thresholds(first, floor, decay, iterations)
    estimate = columns.y.copy()
    for chunk in _chunks(columns, transform, watch):
        y = residual = columns.y[chunk]
        spectrum = np.zeros_like(transform.spectrum(y))
        for iteration, threshold in enumerate(thresholds, 1):
            spectrum += transform.spectrum(residual)
            soft_threshold(spectrum, threshold[chunk])
            estimate[chunk] = transform.signal(spectrum)
            residual = np.where(columns.mask, y - estimate[chunk], 0)
            if watch:
                watch(iteration, columns.fid(estimate, write_back=False))
    return columns.fid(estimate, write_back)


def ist_d(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    iterations: int = 400,
    decay: float = 0.98,
    stop_sigma: float | None = None,
    noise: float | None = None,
    zero_fill: int = 2,
    virtual_echo: float | None = None,
    write_back: bool = True,
    watch: Watch | None = None,
) -> np.ndarray:
    """Complete every column by what has been cut off the tops of its spectrum, again and again.

    Arguments, result and errors as :func:`ist_s`. With y, P and F as there, X the spectrum of the residual
    and g = spectrum points / measured points, which makes the height of a line in X that of the line,

        X = F r,   T = soft(X, decay * max |X|),   A <- A + g T,   r <- r - P F^-1 g T,   from A = 0, r = y,

    ``iterations`` times, or until max |X| of a column is below ``stop_sigma`` standard deviations of its
    noise. Nothing that has been found is taken back, other than by a later T of the opposite sign.
    The g is ours: without it a step takes a fraction 1/g of what it cuts off the measured points. A g that
    would go beyond the least residual is cut down to it.
    """
    columns = Columns(fid, mask, (1, 2))
    transform = Transform(columns.mask.shape, zero_fill, virtual_echo)
    floor = _floor(columns, transform, stop_sigma, noise)
    gain = np.float32(np.prod(transform.size) / max(columns.mask.sum(), 1))
    estimate = np.zeros_like(columns.y)
    for chunk in _chunks(columns, transform, watch):
        index, residual = np.arange(len(columns))[chunk], columns.y[chunk]
        for iteration in range(1, iterations + 1):
            spectrum = transform.spectrum(residual)
            highest = magnitude(spectrum).max(axis=transform.axes, keepdims=True, initial=0.0)
            going = (highest > floor[index]).reshape(-1)
            if not going.any():
                break
            if not going.all():
                index, residual, spectrum, highest = (
                    part[going] for part in (index, residual, spectrum, highest)
                )
            soft_threshold(spectrum, np.float32(decay) * highest)
            found = transform.signal(spectrum)
            explained = np.where(columns.mask, found, 0)
            step = np.minimum(gain, _best_step(residual, explained, transform.axes))
            estimate[index] += step * found
            residual = residual - step * explained
            if watch:
                watch(iteration, columns.fid(estimate, write_back=False))
    return columns.fid(estimate, write_back)


def _best_step(residual: np.ndarray, explained: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The multiple of ``explained`` that leaves the least residual, (columns, 1, ...); 0 where it is zero."""
    overlap = (residual.real * explained.real + residual.imag * explained.imag).sum(axes, keepdims=True)
    power = (explained.real**2 + explained.imag**2).sum(axes, keepdims=True)
    return overlap / np.maximum(power, np.finfo(np.float32).tiny)


def _chunks(columns: Columns, transform: Transform, watch: Watch | None):
    """Slices of columns that fit into memory together; all of them where someone watches."""
    return columns.chunks(len(columns) if watch else AT_ONCE // np.prod(transform.size))


def _first_threshold(columns: Columns, transform: Transform) -> np.ndarray:
    """The highest point of the spectrum of each column, float32 (columns, 1, ...)."""
    highest = [
        magnitude(transform.spectrum(columns.y[chunk])).max(axis=transform.axes, keepdims=True, initial=0.0)
        for chunk in _chunks(columns, transform, None)
    ]
    return np.concatenate(highest)


def _floor(columns: Columns, transform: Transform, stop_sigma: float | None, noise: float | None):
    """The lowest threshold of each column, float32 (columns, 1, ...); 0 without ``stop_sigma``."""
    floor = np.zeros(len(columns))
    if stop_sigma is not None:
        floor = stop_sigma * columns.noise(noise) * transform.noise(columns.mask.sum())
    return floor.astype(np.float32).reshape(-1, *(1 for _ in transform.axes))


def _thresholds(first: np.ndarray, floor: np.ndarray, decay: float, iterations: int) -> list[np.ndarray]:
    """The threshold of each column at every iteration, up to the one where all are at their floor."""
    thresholds, threshold = [], first
    for _ in range(iterations):
        threshold = np.maximum(threshold, floor)
        thresholds.append(threshold)
        if (threshold <= floor).all():
            break
        threshold = threshold * np.float32(decay)
    return thresholds
