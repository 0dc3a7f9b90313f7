"""Compressed sensing by iteratively reweighted least squares (IRLS).

K. Kazimierczuk and V. Yu. Orekhov, Angew. Chem. Int. Ed. 2011, 50, 5556-5559.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from common.classical.columns import Columns
from common.classical.ist import AT_ONCE, Watch


def irls(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    norm: float = 1.0,
    iterations: int = 40,
    decay: float = 0.8,
    sigma: float = 0.5,
    noise: float | None = None,
    zero_fill: int = 2,
    write_back: bool = True,
    watch: Watch | None = None,
) -> np.ndarray:
    """Complete every column by the spectrum of the least l_p norm, p = ``norm`` from 0 to 1.

    fid: complex (points, columns), zero where not measured. mask: boolean (points,). Result, ``noise`` and
    ``write_back`` as in :func:`common.classical.ist.ist_s`; ``ValueError`` where shapes do not fit.

    With y the measured points, P the choice of them, F the transform to L = ``zero_fill`` times the points,
    A = P F^-1 and W diagonal, it goes to

        min_X  1/2 |y - A X|^2 + (mu / p) sum |X|^p   by   X <- W A^H (A W A^H + mu)^-1 y,
        W = (|X|^2 + e^2)^(1 - p/2),   e <- decay * e,

    from X = F P^T y and e = max |X| of each column. e ends at the noise of F P^T y, s = ``noise *
    sqrt(measured points)``, and mu L = ``sigma`` s max|X|^(1 - p). A W A^H is the transform of W at the
    differences of the measured times, so a step costs one linear system of the size of the measured points a
    column. 20 iterations have not converged where little was measured; p below 1 was worse on ACBP.
    """
    if not 0 <= norm <= 1:
        raise ValueError(f"the norm is from 0 to 1, not {norm}")
    columns = Columns(fid, mask)
    index, points = np.flatnonzero(columns.mask), len(columns.mask)
    estimate = columns.y.copy()
    if not index.size:
        return columns.fid(estimate, write_back)
    size = zero_fill * points
    level = columns.noise(noise)[:, None] * np.sqrt(index.size)
    for chunk in columns.chunks(len(columns) if watch else AT_ONCE // (size + index.size**2)):
        steps = _steps(columns.y[chunk][:, index], index, size, level[chunk], norm, sigma, decay)
        for iteration, (_, spectrum) in enumerate(zip(range(iterations), steps, strict=False), 1):
            if watch or iteration == iterations:
                estimate[chunk] = scipy.fft.ifft(spectrum)[:, :points]
            if watch:
                watch(iteration, columns.fid(estimate, write_back=False))
    return columns.fid(estimate, write_back)


def _steps(y, index, size: int, level, norm: float, sigma: float, decay: float):
    """Spectra (columns, size) of the steps; in double precision, for the systems may be ill-conditioned."""
    y = y.astype(np.complex128)
    lags = (index[:, None] - index) % size
    diagonal = np.arange(index.size)
    signal = np.zeros((len(y), size), np.complex128)
    signal[:, index] = y
    spectrum = scipy.fft.fft(signal)
    highest = np.abs(spectrum).max(axis=1, keepdims=True, initial=0.0)
    highest[highest == 0] = 1
    lowest = np.maximum(level, 1e-6 * highest)
    smallest = highest
    while True:
        squares = (spectrum.real**2 + spectrum.imag**2 + smallest**2) / highest**2
        weights = highest * squares ** (1 - norm / 2)
        system = scipy.fft.ifft(weights)[:, lags]
        system[:, diagonal, diagonal] += np.maximum(sigma * level, 1e-9 * highest)
        signal[:, index] = np.linalg.solve(system, y[:, :, None])[:, :, 0]
        spectrum = weights * scipy.fft.fft(signal)
        yield spectrum
        smallest = np.maximum(decay * smallest, lowest)
