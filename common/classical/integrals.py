"""Integrals of the regions of a 1D spectrum, and what they are in protons.

A region is integrated from edge to edge over the spectrum less its baseline: the smooth curve of
``classical.baseline`` through the points that are neither signal nor in a region. Nothing is fitted. What
lies outside of the edges is not counted: of a Lorentzian ``w`` wide, cut off at a distance ``m`` to both
sides, ``1 - 2/pi atan(2 m / w)``, 3 % at 10 widths each way; and skirts that are high at the edges lift the
baseline under their signal as much. 13C satellites stand some 70 Hz out, so as a rule outside, and take 1.1 %
from every signal alike, which no ratio shows.
"""

from __future__ import annotations

import numpy as np

from common.classical.baseline import baseline, noise_sd
from common.spectrum import Axis

#: ours: sd of an integral in protons, and as a share of itself, the greater of them; misfit beyond which an
#: integral only counts as one that does not fit; what a total e times as large costs. Chosen on 148 simulated
#: spectra of one compound with their true regions.
SD, SD_SHARE, MISFIT, PRICE = 0.1, 0.07, 4.0, 1.0
#: ours: mean misfit beyond which nothing is suggested; every other set of random numbers has more. On 148
#: other spectra 128 suggestions are right, up to a common divisor, 13 are wrong, and 7 have none.
DOUBTFUL = 1.0
#: ours: protons that a suggestion may come to; beyond it nearly every scale fits.
MOST_PROTONS = 60


def flattened(data: np.ndarray, axis: Axis, ppm: np.ndarray) -> tuple[np.ndarray, float]:
    """A real spectrum less its baseline, and the sd of its noise. ppm: edges of its regions, (n, 2)."""
    signal = np.zeros(axis.size, bool)
    for first, last in np.sort(axis.index(np.reshape(ppm, (-1, 2))), axis=1):
        signal[max(int(np.floor(first)), 0) : max(int(np.ceil(last)) + 1, 0)] = True
    curve, _ = baseline(data, axis.sw / axis.size, signal=signal)
    flat = data - curve
    return flat, noise_sd(flat)


def running_integral(flat: np.ndarray, axis: Axis) -> np.ndarray:
    """Integral from the left edge of the axis to each point, in units of the data times Hz; (points,)."""
    steps = (flat[1:] + flat[:-1]) / 2 * (axis.sw / axis.size)
    return np.concatenate([[0.0], np.cumsum(steps)])


def integrals(flat: np.ndarray, axis: Axis, ppm: np.ndarray) -> np.ndarray:
    """Integrals (n,) between edges (n, 2) in ppm, in units of the data times Hz; zero beyond the axis.

    Straight lines join the points, so edges between points count and zero filling changes nothing.
    """
    index = np.sort(axis.index(np.reshape(ppm, (-1, 2))), axis=1)
    ends = np.interp(index, np.arange(axis.size), running_integral(flat, axis))
    return ends[:, 1] - ends[:, 0]


def suggested_scale(found: np.ndarray) -> float | None:
    """Protons per unit of integral that make all integrals (n,) nearly whole; None where none does.

    The one of least mean squared distance from whole numbers, each counted in its sd and cut off at
    ``MISFIT`` (an OH that exchanges), plus ``PRICE`` times the logarithm of the total. None where that
    distance is above ``DOUBTFUL``, or an integral is not positive. A suggestion and no
    more: half and twice as many protons have the same ratios, and two regions or fewer nearly always fit.
    """
    found = np.asarray(found, dtype=float)
    if not len(found) or not (found > 0).all():
        return None
    scales = [_refined(found, total / found.sum()) for total in range(len(found), MOST_PROTONS + 1)]
    best = min(scales, key=lambda scale: _misfit(found, scale) + PRICE * np.log(_whole(found, scale).sum()))
    return best if _misfit(found, best) < DOUBTFUL else None


def _whole(found: np.ndarray, scale: float) -> np.ndarray:
    """The whole numbers that are nearest, at least one."""
    return np.maximum(np.round(scale * found), 1)


def _far(found: np.ndarray, scale: float) -> np.ndarray:
    """Squared distances from whole numbers in standard deviations."""
    whole = _whole(found, scale)
    return ((scale * found - whole) / np.maximum(SD, SD_SHARE * whole)) ** 2


def _misfit(found: np.ndarray, scale: float) -> float:
    return float(np.minimum(_far(found, scale), MISFIT).mean())


def _refined(found: np.ndarray, scale: float) -> float:
    """The scale of least squares for the whole numbers near it; what is far from one has little weight."""
    for _ in range(2):
        whole = _whole(found, scale)
        weight = 1 / np.maximum(SD, SD_SHARE * whole) ** 2 / (1 + _far(found, scale) / MISFIT)
        scale = float((weight * found * whole).sum() / (weight * found**2).sum())
    return scale
