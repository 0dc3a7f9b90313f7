"""How well an estimated spectrum keeps the peaks of a reference.

The peaks are picked once, in the reference. A local maximum of the estimate belongs to a reference peak if it
lies within the window of it on every axis; closest pairs (Euclidean, in Hz) are joined first, each maximum to
one peak at most. A maximum counts from half the picking threshold on: noise on an empty stretch does not
stand in for a lost peak, and a peak picked just above the threshold is not lost with its first few per cent.
The height of a joined peak is that of its maximum; a peak left alone is missed, and its height is the
estimate's value at its position.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.classical.peaks import Peaks, pick_peaks
from common.metrics.spectra import rlne
from common.processing import noise_level
from common.spectrum import Axis

#: Half-width of the window in Hz, about the width of a protein cross-peak on either axis; one point at least.
WINDOW = 20.0
#: Peaks of a reference are picked above this many times its noise.
ABOVE_NOISE = 10.0


def reference_peaks(reference, noise: float | None = None, above_noise: float = ABOVE_NOISE) -> Peaks:
    """Positive peaks of a real reference, cut to the scored region, above a multiple of its noise.

    noise: standard deviation, for references that have none of their own; by MAD where None.
    """
    noise = noise_level(np.asarray(reference)) if noise is None else noise
    return pick_peaks(reference, above_noise * noise)


def score_peaks(estimate, peaks: Peaks, axes: Sequence[Axis], window: float = WINDOW) -> dict[str, float]:
    """Score the real spectrum ``estimate`` against ``peaks``, positive ones picked in the reference.

    axes: one frequency axis a dimension. window: half-width in Hz on every axis, never less than one point.
    The slope is that of the least-squares line through the origin, estimated against reference heights: a
    method that shrinks every peak to 0.9 has 0.9. The weakest quarter is rounded up to whole peaks.

    Returns ``peak_r2``, ``height_slope``, ``weak_quarter_error``, ``position_error``, ``missed_peaks`` and
    ``false_peaks``; ``position_error`` is absent where every peak is missed, ``peak_r2`` where the reference
    heights do not differ. ``ValueError`` for an empty or negative peak list.
    """
    if not len(peaks) or peaks.height.min() <= 0:
        raise ValueError("scoring needs positive peaks of the reference; pick them at a lower threshold")
    estimate = np.asarray(estimate)
    hz = np.array([axis.sw / axis.size for axis in axes])
    limit = np.maximum(window, hz)
    maxima = pick_peaks(estimate, peaks.threshold / 2)
    joined, distance, near = _join(peaks.index * hz, maxima.index * hz, limit)
    lost = joined < 0
    height = np.empty(len(peaks))
    height[~lost] = maxima.height[joined[~lost]]
    if lost.any():
        height[lost] = _value_at(estimate, peaks.index[lost])
    scores = {**_heights(peaks.height, height), "missed_peaks": float(lost.sum())}
    scores["false_peaks"] = float(np.sum((maxima.height > peaks.threshold) & ~near))
    if not lost.all():
        scores["position_error"] = float(np.median(distance[~lost]))
    return scores


def score_nus(
    reference, estimate, peaks: Peaks | None, axes: Sequence[Axis], window: float = WINDOW
) -> dict[str, float]:
    """``rlne`` and, with ``peaks``, everything of :func:`score_peaks`; both spectra of one shape."""
    scores = {"rlne": rlne(reference, estimate)}
    return scores if peaks is None else scores | score_peaks(estimate, peaks, axes, window)


def _join(reference, found, limit):
    """Join positions (n, ndim) and (m, ndim) in Hz, closest pairs first.

    Returns for each reference peak the found one or -1 and their distance, and for each found one whether any
    reference peak lies in the window.
    """
    from scipy.spatial import cKDTree

    joined, distance, near = np.full(len(reference), -1), np.zeros(len(reference)), np.zeros(len(found), bool)
    if not len(found):
        return joined, distance, near
    # in units of the window, so that the box of every axis is the unit ball of the maximum norm
    groups = cKDTree(found / limit).query_ball_point(reference / limit, 1.0, p=np.inf)
    pairs = [(np.linalg.norm(reference[i] - found[j]), i, j) for i, group in enumerate(groups) for j in group]
    taken = np.zeros(len(found), bool)
    for apart, i, j in sorted(pairs):
        near[j] = True
        if joined[i] < 0 and not taken[j]:
            joined[i], distance[i], taken[j] = j, apart, True
    return joined, distance, near


def _value_at(estimate, index):
    """The estimate between its points, by cubic splines."""
    from scipy.ndimage import map_coordinates

    return map_coordinates(estimate.astype(np.float64), index.T, order=3, mode="nearest")


def _heights(reference, estimate) -> dict[str, float]:
    """Correlation, slope and the relative error of the weakest quarter."""
    weakest = np.argsort(reference, kind="stable")[: -(-len(reference) // 4)]
    scores = {
        "height_slope": float(np.sum(estimate * reference) / np.sum(reference**2)),
        "weak_quarter_error": float(np.median(np.abs(estimate / reference - 1.0)[weakest])),
    }
    if np.ptp(reference) > 0:
        varies = np.ptp(estimate) > 0
        scores["peak_r2"] = float(np.corrcoef(reference, estimate)[0, 1] ** 2) if varies else 0.0
    return scores
