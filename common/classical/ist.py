"""Iterative soft thresholding: the conventional method for non-uniformly sampled (NUS) spectra.

IST-S after A. S. Stern, D. L. Donoho and J. C. Hoch, J. Magn. Reson. 2007, 188, 295-300.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.special import chdtri

#: Share of the columns that are taken to hold noise only; 5 to 25 % gave the same level within 15 % on ACBP.
QUIET = 0.1


def ist_s(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    iterations: int = 400,
    decay: float = 0.98,
    stop_sigma: float | None = None,
    noise: float | None = None,
    zero_fill: int = 2,
    write_back: bool = True,
) -> np.ndarray:
    """Complete every column by the sparse spectrum that agrees with its measured points.

    fid: complex (points, columns), zero where not measured. mask: boolean (points,), True where measured.
    Returns every point in the precision of the input, the measured ones unchanged, or without
    ``write_back`` as the sparse spectrum has them, which tells how well it explains them. Scales with its
    input. Raises ``ValueError`` where shapes do not fit.

    With y the measured points, P the choice of them and F the transform to ``zero_fill * points`` points,

        X <- soft(X + F (y - P F^-1 X), t),   t <- decay * t,   from t = max |F P y| of each column,

    ``iterations`` times, or until t has come down to ``stop_sigma`` standard deviations of the noise in
    F P y, ``noise * sqrt(measured points)``; 2 is a good value, thresholds below it fit noise. A column that
    is there before the strongest one goes on at that threshold, which lowers its error further; without
    ``stop_sigma`` no column depends on another. ``noise`` is the standard deviation of the real part of a
    measured point, :func:`quiet_noise` where None.

    Computed in single precision, which gives the same errors in two thirds of the time.
    """
    fid, mask = np.asarray(fid), np.asarray(mask, dtype=bool)
    if fid.ndim != 2 or mask.shape != fid.shape[:1]:
        raise ValueError(f"fid {fid.shape} and mask {mask.shape} must be (points, columns) and (points,)")
    points, measured = len(mask), fid[mask]
    scale = np.abs(measured).max(axis=0, initial=0.0)[:, None]
    scale[scale == 0] = 1
    y = np.zeros(fid.shape[::-1], np.complex64)
    y[:, mask] = measured.T / scale
    floor = np.zeros(scale.shape, np.float32)
    if stop_sigma is not None:
        noise = quiet_noise(measured) if noise is None else noise
        floor[:] = stop_sigma * noise * np.sqrt(mask.sum()) / scale

    spectrum = np.zeros((y.shape[0], zero_fill * points), np.complex64)
    residual, estimate = y, y
    threshold = _magnitude(scipy.fft.fft(y, spectrum.shape[1])).max(axis=1, keepdims=True, initial=0.0)
    for _ in range(iterations):
        threshold = np.maximum(threshold, floor)
        spectrum += scipy.fft.fft(residual, spectrum.shape[1])
        size = _magnitude(spectrum)
        spectrum *= np.maximum(size - threshold, 0) / np.maximum(size, np.finfo(np.float32).tiny)
        estimate = scipy.fft.ifft(spectrum)[:, :points]
        residual = np.where(mask, y - estimate, 0)
        if (threshold <= floor).all():
            break
        threshold *= np.float32(decay)
    result = (estimate * scale).T.astype(fid.dtype)
    if write_back:
        result[mask] = measured
    return result


def quiet_noise(measured: np.ndarray) -> float:
    """Noise of one component of a measured point, from the columns with the least power.

    measured: complex (measured points, columns). The power of a column of noise is chi-square distributed;
    the observed ``QUIET`` quantile over the columns, divided by the one expected of noise alone, is the
    variance. Needs a direct dimension where signals are absent from many columns: where only half are quiet,
    it is 9 % too high with 8 points and 2 % with 128; where fewer than that quantile are, it is useless.
    """
    power = (measured.real**2 + measured.imag**2).sum(axis=0)
    return float(np.sqrt(np.quantile(power, QUIET) / chdtri(2 * len(measured), 1 - QUIET)))


def _magnitude(data: np.ndarray) -> np.ndarray:
    """``abs`` without its guard against overflow, which takes most of its time."""
    return np.sqrt(data.real**2 + data.imag**2)
