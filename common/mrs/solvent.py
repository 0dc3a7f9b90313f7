"""Residual water taken off a FID as a sum of damped exponentials."""

from __future__ import annotations

import numpy as np

from common.acquisition import WATER_PPM
from common.spectrum import Axis

#: Half the width about water whose lines are taken off (ppm): 4.2 to 5.1, above what is quantified (ours).
HALF_WIDTH = 0.45
#: Lines of the model, as is usual for brain spectra at short echo time (ours).
LINES = 25
#: Width of the decimated band about water (Hz; ours: all of a brain spectrum at 3 T), and its points.
BAND, POINTS = 1000.0, 600


def water_signal(fid: np.ndarray, axis: Axis, at: float = WATER_PPM) -> np.ndarray:
    """The residual water in a complex FID (points,), itself a FID.

    State-space Hankel singular value decomposition (Barkhuijsen, de Beer and van Ormondt 1987, J. Magn.
    Reson. 73:553): damped exponentials of the signal, decimated to a band about water so that the matrix is
    small; those within :data:`HALF_WIDTH` of ``at`` (ppm) are kept, fitted to the FID beside the others.
    """
    points = np.arange(axis.size)
    still = fid * np.exp(-2j * np.pi * (at - axis.carrier) * axis.mhz * points / axis.sw)
    factor = max(1, int(axis.sw / BAND))
    poles = _poles(_decimated(still, factor)[:POINTS]) ** (1 / factor)
    poles = poles[(np.abs(poles) > 0) & (np.abs(poles) <= 1)]
    hz, width = np.angle(poles) * axis.sw / (2 * np.pi), -np.log(np.abs(poles)) * axis.sw / np.pi
    # a line broader than the band is baseline
    near = (np.abs(hz) < HALF_WIDTH * axis.mhz) & (width < 2 * HALF_WIDTH * axis.mhz)
    if not near.any():
        return np.zeros_like(fid)
    signals = poles ** points[:, None]
    amplitudes, *_ = np.linalg.lstsq(signals, still, rcond=1e-8)
    water = signals[:, near] @ amplitudes[near]
    return water * np.exp(2j * np.pi * (at - axis.carrier) * axis.mhz * points / axis.sw)


def _decimated(fid: np.ndarray, factor: int) -> np.ndarray:
    """Means of so many points each: exponentials stay exponentials, and little folds."""
    size = len(fid) // factor * factor
    return fid[:size].reshape(-1, factor).mean(axis=1)


def _poles(fid: np.ndarray) -> np.ndarray:
    """Poles of the signal, by the shift invariance of its main subspace."""
    rows = len(fid) // 2
    hankel = np.lib.stride_tricks.sliding_window_view(fid, rows).T
    vectors, _, _ = np.linalg.svd(hankel, full_matrices=False)
    main = vectors[:, : min(LINES, rows - 1)]
    shift, *_ = np.linalg.lstsq(main[:-1], main[1:], rcond=None)
    return np.linalg.eigvals(shift)
