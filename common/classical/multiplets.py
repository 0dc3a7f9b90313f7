"""Peaks inside a region of a 1D spectrum, and the multiplet they make where a simple rule supports one.

A peak is a local maximum that stands ``NOISE`` times the noise and ``SHARE`` of the region's tallest peak
above zero and above the valleys that part it from higher ones. Position and height are those of a parabola
through three points. A region whose tallest line is less than ``WEAK`` times the noise is smoothed before, by
a quarter of the width of that line, so that noise on top of a broad signal is no peak.

The rule for multiplets looks at the lines of at least ``LEAST`` of the tallest. One is a singlet; two alike
in height a doublet; three or four at equal distances with heights near 1:2:1 or 1:3:3:1 a triplet or a
quartet; four alike in height, the outer distances equal, a doublet of doublets. Anything else is a multiplet
(``m``) without couplings, and so are lines with less than ``EXPLAINED`` of the heights of all peaks of the
region. It tells positions and heights alone: two singlets close to each other are a doublet to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.classical.baseline import noise_sd
from common.classical.peaks import parabola_tops
from common.spectrum import Axis

#: ours: times the noise; of a hundred points of noise one in a hundred spans as much.
NOISE = 6.0
#: ours: times the noise, below which a region is smoothed; FWHM of the Gaussian as a share of the line's.
WEAK, SMOOTH = 60.0, 0.25
#: ours: of the tallest peak of the region; sinc wiggles and spinning sidebands stay below.
SHARE = 0.02
#: ours: of the tallest line, below which a line makes no part of a pattern; the outer lines of a quartet
#: have 1/3, impurities and 13C satellites less than this.
LEAST = 0.15
#: ours: share of the heights of all peaks that the lines of a pattern have.
EXPLAINED = 0.85
#: ours: Hz, and share of the coupling, by which distances that are to be equal may differ.
APART, APART_SHARE = 0.3, 0.08
#: ours: factor that the heights of lines alike may differ by, for roofs lean; and by which those of a triplet
#: or a quartet may be off, less because lines that are not resolved look like them.
LEAN, LEAN_BINOMIAL = 1.6, 1.4
#: ours: Hz; couplings between protons of small molecules reach 18 Hz (Pretsch), what is further apart is two
#: signals.
LARGEST = 20.0


@dataclass(frozen=True)
class Multiplet:
    """What stands in a region.

    ppm, height: of its peaks (k,), left to right, heights in units of the data. pattern: ``s``, ``d``,
    ``t``, ``q``, ``dd`` or ``m``; empty where there is no peak. couplings: Hz, largest first. centre: ppm,
    the middle of the outer lines of the pattern; of an ``m`` the mean of its peaks, weighted by height; NaN
    without.
    """

    ppm: np.ndarray
    height: np.ndarray
    pattern: str
    couplings: tuple[float, ...]
    centre: float


def multiplet(flat: np.ndarray, axis: Axis, region: tuple[float, float], noise: float) -> Multiplet:
    """Peaks and pattern between two edges in ppm. flat: less its baseline. noise: its sd."""
    ppm, height = peaks_between(flat, axis, region, noise)
    if not len(ppm):
        return Multiplet(ppm, height, "", (), float("nan"))
    lines = height >= LEAST * height.max()
    name, couplings = "m", ()
    if height[lines].sum() >= EXPLAINED * height.sum():
        name, couplings = pattern(ppm[lines] * axis.mhz, height[lines])
    centre = np.average(ppm, weights=height) if name == "m" else (ppm[lines][0] + ppm[lines][-1]) / 2
    return Multiplet(ppm, height, name, couplings, float(centre))


def peaks_between(
    flat: np.ndarray, axis: Axis, region: tuple[float, float], noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in ppm (k,) and heights of the peaks between two edges in ppm, from left to right."""
    from scipy.signal import find_peaks

    first, last = sorted(float(edge) for edge in axis.index(region))
    start, stop = max(int(np.floor(first)), 0), max(min(int(np.ceil(last)) + 1, axis.size), 0)
    part, noise = _smoothed(flat, slice(start, stop), noise)
    least = max(NOISE * noise, SHARE * part.max(initial=0.0))
    if len(part) < 3 or not least > 0:
        return np.zeros(0), np.zeros(0)
    tops, _ = find_peaks(part, height=least, prominence=least)
    index, height = parabola_tops(part, tops[:, None])
    return axis.ppm(index[:, 0] + start), height


def _smoothed(flat: np.ndarray, part: slice, noise: float) -> tuple[np.ndarray, float]:
    """The points of a region and the noise in them, both smoothed where its tallest line is weak."""
    from scipy.ndimage import gaussian_filter1d

    inside = flat[part]
    if not len(inside) or not 0 < inside.max() < WEAK * noise:
        return inside, noise
    top, low = int(inside.argmax()), inside < inside.max() / 2
    before, after = np.flatnonzero(low[:top][::-1]), np.flatnonzero(low[top:])
    width = (before[0] if len(before) else top) + (after[0] if len(after) else len(inside) - top)
    smooth = gaussian_filter1d(flat, SMOOTH * width / 2.3548)
    return smooth[part], noise_sd(smooth)


def pattern(hz: np.ndarray, height: np.ndarray) -> tuple[str, tuple[float, ...]]:
    """Name and couplings in Hz of lines at ``hz``, in falling order, by the rule of this module."""
    gaps = -np.diff(hz)
    if len(hz) == 1:
        return "s", ()
    if len(hz) == 2:
        return ("d", (float(gaps[0]),)) if _alike(height, (1, 1)) and gaps[0] <= LARGEST else ("m", ())
    shapes = {3: ("t", (1, 2, 1)), 4: ("q", (1, 3, 3, 1))}
    if len(hz) in shapes and _equal(gaps) and gaps.mean() <= LARGEST:
        name, heights = shapes[len(hz)]
        if _alike(height, heights, LEAN_BINOMIAL):
            return name, (float((hz[0] - hz[-1]) / len(gaps)),)
    if len(hz) == 4 and _equal(gaps[[0, 2]]) and _alike(height, (1, 1, 1, 1)):
        small = (gaps[0] + gaps[2]) / 2
        large = (hz[0] - hz[2] + hz[1] - hz[3]) / 2
        if large <= LARGEST:
            return "dd", (float(large), float(small))
    return "m", ()


def _equal(gaps: np.ndarray) -> bool:
    return bool(np.ptp(gaps) <= max(APART, APART_SHARE * gaps.mean()))


def _alike(height: np.ndarray, shape: tuple[int, ...], lean: float = LEAN) -> bool:
    """Whether heights are those of a pattern, each within a factor of the others."""
    ratio = height / np.array(shape)
    return bool(ratio.max() <= lean * ratio.min())
