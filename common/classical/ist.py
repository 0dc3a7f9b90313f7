"""Iterative soft thresholding: the conventional method for non-uniformly sampled (NUS) spectra.

A. S. Stern, D. L. Donoho, J. C. Hoch, J. Magn. Reson. 2007, 188, 295.
"""

from __future__ import annotations

import numpy as np
import scipy.fft


def ist_s(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    iterations: int = 400,
    decay: float = 0.98,
    stop_sigma: float | None = None,
    zero_fill: int = 2,
) -> np.ndarray:
    """IST-S: the missing points of every column from a sparse spectrum that agrees with the measured ones.

    fid: complex (points, columns), zero where not measured. mask: boolean (points,). Returns every point, the
    measured ones unchanged; scales with its input.

    With F the transform to ``zero_fill * points`` points and P the measured points, ``iterations`` times
    ``X <- soft(X + F (y - P F^-1 X), t)``, from ``t = max |F P y|`` of each column and ``t <- decay * t``.
    """
    points = len(mask)
    y = np.where(mask[:, None], fid, 0).T.copy()
    spectrum = np.zeros((y.shape[0], zero_fill * points), y.dtype)
    residual = y
    threshold = None
    for _ in range(iterations):
        spectrum += scipy.fft.fft(residual, zero_fill * points, axis=-1, overwrite_x=False)
        size = np.abs(spectrum)
        if threshold is None:
            threshold = size.max(axis=1, keepdims=True)
        spectrum *= np.maximum(1 - threshold / np.maximum(size, np.finfo(size.dtype).tiny), 0)
        threshold = threshold * size.dtype.type(decay)
        estimate = scipy.fft.ifft(spectrum, axis=-1)[:, :points]
        residual = np.where(mask, y - estimate, 0)
    return np.where(mask[:, None], fid, estimate.T)
