"""Signal regions of a 1D 1H spectrum by thresholds on its height and its derivative, no network.

The spectrum is smoothed to the width of its lines and its baseline taken off. Points above the noise and as
steep as a line are signal; the steepness leaves out rolls and humps that height alone would take. Skirts of a
strong line stand above the noise over a hundred line widths, so a point counts only where it stands above
skirts twice as wide as those of the lines: what is left are tops. Tops no further apart than the lines of a
multiplet are one region, from where its outer tops have sunk to a share of their height, with a margin as a
person leaves one. What has too small an integral is no region: 13C satellites hold 0.55 % each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.classical.baseline import baseline, noise_sd
from common.errors import UserError
from common.io.regions import Regions, make_regions
from common.spectrum import Axis

#: ours: tops whose skirts are looked at, the highest first; a spectrum of a mixture has some hundred.
MOST_TOPS = 2000
#: ours: Hz, about a top within which its width is looked for.
WIDEST = 100.0


@dataclass(frozen=True)
class RegionSettings:
    """Thresholds; the numbers were chosen on simulated spectra and on aspirin, the development compound.

    smooth: Hz, full width at half height of the Gaussian. height, slope: times the noise of the smoothed
    spectrum and of its derivative. skirt: Hz, least width of the skirts left out. share: of the height of the
    outer tops. merge, margin: ppm. least: integral, of the largest region's.
    """

    smooth: float = 1.0
    height: float = 5.0
    slope: float = 5.0
    skirt: float = 6.0
    share: float = 0.25
    merge: float = 0.04
    margin: float = 0.02
    least: float = 0.04


def find_regions(data: np.ndarray, axis: Axis, settings: RegionSettings | None = None) -> Regions:
    """Regions of a real spectrum in phase, with their integrals (largest 1), from left to right.

    Nothing is found in noise, and negative signals are none. ``UserError`` for what is no real 1D spectrum.
    """
    settings = settings or RegionSettings()
    data = np.asarray(data)
    if data.shape != (axis.size,) or np.iscomplexobj(data) or axis.domain != "frequency":
        raise UserError("regions are found in a real 1D spectrum in the frequency domain; process it first")
    if not np.isfinite(data).all():
        raise UserError("the spectrum holds values that are not numbers")
    smooth, noise, steep = _smoothed(data.astype(float), axis, settings)
    if not noise > 0:
        return make_regions([])
    hz = axis.sw / axis.size
    high = smooth > np.maximum(settings.height * noise, _skirts(smooth, settings, noise, hz))
    near = round(settings.merge * axis.mhz / hz)
    runs = _runs(high & steep, near)
    found = _joined([_edges(smooth, run, settings.share, near) for run in runs])
    reach = round(settings.margin * axis.mhz / (axis.sw / axis.size))
    integral = np.array([smooth[max(start - reach, 0) : stop + reach + 1].sum() for start, stop in found])
    kept = integral > settings.least * integral.max() if len(found) else np.zeros(0, bool)
    ppm = [(axis.ppm(start) + settings.margin, axis.ppm(stop) - settings.margin) for start, stop in found]
    ppm = np.array(ppm).reshape(-1, 2)[kept]
    return make_regions(_apart(ppm), integral=integral[kept] / integral.max() if len(found) else None)


def _smoothed(data, axis: Axis, settings: RegionSettings):
    """Spectrum less its baseline, smoothed; its noise; and where it is steep."""
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    hz = axis.sw / axis.size
    curve, _ = baseline(data, hz)
    sigma = settings.smooth / hz / 2.3548
    smooth = gaussian_filter1d(data - curve, sigma) if sigma > 0.2 else data - curve
    slope = np.gradient(smooth)
    # the steepest point of a line lies at its flank, half a width from its top
    near = 2 * max(round(settings.smooth / hz), 1) + 1
    steep = maximum_filter1d(np.abs(slope), near) > settings.slope * noise_sd(slope)
    return smooth, noise_sd(smooth), steep


def _runs(seeds: np.ndarray, gap: float) -> list[tuple[int, int]]:
    """First and last point of the runs of seeds, those with gaps up to ``gap`` points in one."""
    places = np.flatnonzero(seeds)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts, ends = places[[0, *(breaks + 1)]], places[[*breaks, len(places) - 1]]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _skirts(smooth, settings: RegionSettings, noise: float, hz: float) -> np.ndarray:
    """The highest of the skirts of all tops, just below each top itself."""
    from scipy.signal import find_peaks, peak_widths

    tops, _ = find_peaks(smooth, height=settings.height * noise)
    tops = tops[np.argsort(-smooth[tops], kind="stable")][:MOST_TOPS]
    wide = round(WIDEST / hz)
    bases = np.maximum(tops - wide, 0), np.minimum(tops + wide, len(smooth) - 1)
    # half of the height, not of the prominence: noise on top of a broad signal is not its width
    width = peak_widths(smooth, tops, prominence_data=(smooth[tops], *bases))[0] * hz
    width = np.maximum(2 * width, settings.skirt)
    skirts = np.zeros(len(smooth))
    for top, half in zip(tops.tolist(), (width / 2 / hz).tolist(), strict=True):
        # where the skirt has sunk to the noise it covers nothing more
        reach = int(half * np.sqrt(smooth[top] / noise)) + 1
        start, stop = max(top - reach, 0), min(top + reach + 1, len(smooth))
        away = (np.arange(start, stop) - top) / half
        np.maximum(skirts[start:stop], smooth[top] * 0.999 / (1 + away**2), out=skirts[start:stop])
    return skirts


def _edges(smooth, run: tuple[int, int], share: float, near: int) -> tuple[int, int]:
    """First and last point of a region: outwards from a run to a share of the height near its ends."""
    first, last = run
    left = _outwards(smooth[:first][::-1], smooth[first : min(first + near, last) + 1].max(), share)
    right = _outwards(smooth[last + 1 :], smooth[max(last - near, first) : last + 1].max(), share)
    return first - left, last + right


def _outwards(beyond: np.ndarray, top: float, share: float) -> int:
    """Points to where a signal has sunk to a share of its top, or to the valley before a higher one."""
    low, higher = beyond < share * top, beyond > top
    sunk = int(np.argmax(low)) if low.any() else len(beyond)
    climb = int(np.argmax(higher)) if higher.any() else len(beyond)
    return sunk if sunk <= climb else int(np.argmin(beyond[: climb + 1]))


def _joined(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _apart(ppm: np.ndarray) -> np.ndarray:
    """Regions whose margins overlap meet in the middle; (n, 2), from left to right."""
    ppm = ppm.copy()
    for place in range(len(ppm) - 1):
        if ppm[place, 1] < ppm[place + 1, 0]:
            ppm[place, 1] = ppm[place + 1, 0] = (ppm[place, 1] + ppm[place + 1, 0]) / 2
    return ppm
