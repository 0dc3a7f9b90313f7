"""Signal regions of a simulated 1D 1H spectrum, by the published rule.

EP 3839546 A1 (Bruker Switzerland; US 2021/0192350): the lines of molecules with a known number of protons are
broadened and integrated; a signal region is where the integral rises by whole protons, and all regions
together have the number of protons of the molecule. Line widths and tolerances are not published: what is
chosen here is ``ours``.

Here a region ends where the broadened lines are flat, the integral is whole, and no group of equivalent
protons is cut. Counted are the protons that one molecule of every compound has, so a mixture's regions follow
the same rule. 13C satellites, solvents, references and impurities are no signal regions; solvent, water in
it and shift reference have a label of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from common.simulation.proton_scene import Scene, Signal
from common.simulation.proton_spectra import ProtonSpectra
from common.spectrum import Axis

#: Labels of points.
NONE, SIGNAL, SOLVENT = 0, 1, 2
#: Hz, points of the integral (ours: finer than any line that is broadened).
STEP = 0.5
#: FWHM to each side of a line to which a Gaussian is followed, 1e-5 of its height.
REACH = 2


@dataclass(frozen=True)
class RegionRule:
    """What the patent leaves open.

    Widths were chosen with aspirin, a development compound that two people marked: their regions end 2 to 25
    Hz beyond the outer lines, and 1.3 widths from a broad OH. Regions of simulated aspirin have a mean F1 of
    .92 with theirs, whether the field adds .3 or 2.5 Hz; ``broadening`` and ``least`` of 5 have .92 to .85.
    """

    broadening: float = 3.0  # FWHM of a broadened line over its own, at least; ours: aspirin
    least: float = 9.0  # Hz, of the broadened line; ours: aspirin
    most: float = 30.0  # Hz, the same, or 1.5 line widths; ours: aspirin
    flat: float = 1e-3  # protons per Hz at most between regions; ours: 1 % of a proton in a wide multiplet
    whole: float = 0.1  # protons, how far an integral may be from a whole number; ours
    cut: float = 0.02  # share of a group that may lie beyond an end; ours: combination lines
    tail: float = 0.01  # share of a region's integral outside each end; ours
    visible: float = 3.0  # sd of the noise, least height of a region; ours: as for peaks
    drowned: float = 0.02  # least height over that of solvent in the region; ours
    solvent: float = 1.0  # FWHM of a broadened line on each side of solvent; ours: as wide as signals


@dataclass(frozen=True)
class Region:
    """left, right: ppm, left the higher. protons: whole. visible: above noise and solvent."""

    left: float
    right: float
    protons: int
    visible: bool = True


def regions(sample: Scene, extra_width: float, rule: RegionRule | None = None) -> list[Region]:
    """The signal regions of a sample, from high to low ppm, seen or not.

    extra_width: Hz, what field and window add to every line. Together they have all protons that the
    compounds show: those of a molecule without what it exchanges with the solvent.
    """
    rule = rule or RegionRule()
    groups = [s for s in sample.signals if s.kind == "compound"]
    if not groups:
        return []
    widths = [_width(group, extra_width, rule) for group in groups]
    room = REACH * max(widths) + 20.0  # Hz
    low = min(s.ppm.min() for s in groups) * sample.mhz - room
    high = max(s.ppm.max() for s in groups) * sample.mhz + room
    density = np.zeros(int((high - low) / STEP) + 2)  # protons per point
    heights = [
        _add(density, (group.ppm * sample.mhz - low) / STEP, group, width / STEP)
        for group, width in zip(groups, widths, strict=True)
    ]
    flat = min(rule.flat * STEP, 0.1 * min(heights))  # ours: a tenth, so that very broad lines are seen
    integral = np.cumsum(density)
    ends = _ends(density <= flat, integral, groups, lambda at: (low + at * STEP) / sample.mhz, rule)
    found = []
    for start, stop in pairwise(ends):
        protons = round(integral[stop]) - round(integral[start])
        if protons > 0:
            part = (integral[start : stop + 1] - integral[start]) / (integral[stop] - integral[start])
            inside = start + np.flatnonzero((part > rule.tail) & (part < 1 - rule.tail))
            right, left = ((low + at * STEP) / sample.mhz for at in (inside[0] - 1, inside[-1] + 1))
            found.append(Region(float(left), float(right), protons))
    return found[::-1]


def _width(group: Signal, extra_width: float, rule: RegionRule) -> float:
    """FWHM in Hz to which the lines of a signal are broadened."""
    width = group.width + extra_width
    return max(rule.least, min(rule.broadening * width, rule.most), 1.5 * width)


def _add(density: np.ndarray, place: np.ndarray, group: Signal, fwhm: float) -> float:
    """Gaussians of this FWHM (points) at the lines of a group, its protons in all, added to ``density``.

    Returns the height of the group in it.
    """
    at = np.round(place).astype(int)
    reach = int(np.ceil(REACH * fwhm))
    shape = np.exp(-4 * np.log(2) * (np.arange(-reach, reach + 1) / fwhm) ** 2)
    sticks = np.bincount(at - at.min(), group.amplitude.real)
    made = np.convolve(sticks, shape)
    made *= group.protons / made.sum()
    density[at.min() - reach : at.min() - reach + len(made)] += made
    return float(made.max())


def _ends(flat, integral, groups, ppm, rule: RegionRule) -> list[int]:
    """Points between regions: middles of flat stretches with a whole integral, where no group is cut."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]])))
    middles = (edges[::2] + edges[1::2] - 1) // 2
    middles[0], middles[-1] = 0, len(flat) - 1
    whole = np.abs(integral[middles] - np.round(integral[middles])) <= rule.whole
    for group in groups:
        order = np.argsort(group.ppm)
        below = np.concatenate([[0], np.cumsum(group.amplitude.real[order])])
        share = below[np.searchsorted(group.ppm[order], ppm(middles))] / below[-1]
        whole &= (share <= rule.cut) | (share >= 1 - rule.cut)
    whole[[0, -1]] = True
    return list(middles[whole])


def labels(spectra: ProtonSpectra, rule: RegionRule | None = None) -> tuple[np.ndarray, list[list[Region]]]:
    """Labels int8 (count, points), ``NONE``, ``SIGNAL`` or ``SOLVENT``, and the regions of every spectrum.

    Regions that cannot be seen leave no label; where signal and solvent overlap, signal is what counts.
    """
    rule = rule or RegionRule()
    made = np.zeros(spectra.data.shape, np.int8)
    found = []
    for k, (sample, axis) in enumerate(zip(spectra.scenes, spectra.axes, strict=True)):
        extra, noise = spectra.extra_width[k], spectra.noise[k]
        for part in _solvent_parts(sample, axis, extra, rule):
            if np.abs(spectra.solvents[k, part]).max(initial=0) >= rule.visible * noise:
                made[k, part] = SOLVENT
        found.append([])
        for region in regions(sample, extra, rule):
            part = points(region, axis)
            height = spectra.compounds[k, part].max(initial=0)
            least = max(rule.visible * noise, rule.drowned * np.abs(spectra.solvents[k, part]).max(initial=0))
            found[-1].append(replace(region, visible=bool(height >= least)))
            if found[-1][-1].visible:
                made[k, part] = SIGNAL
    return made, found


def points(region: Region, axis: Axis) -> slice:
    """The points of an axis inside a region; empty where it lies outside of the axis."""
    first, last = (int(at) for at in np.round(axis.index([region.left, region.right])))
    return slice(max(first, 0), max(min(last + 1, axis.size), 0))


def _solvent_parts(sample: Scene, axis: Axis, extra_width: float, rule: RegionRule) -> list[slice]:
    found = []
    for s in sample.signals:
        if s.kind == "solvent":
            reach = rule.solvent * _width(s, extra_width, rule) / sample.mhz
            found.append(points(Region(float(s.ppm.max() + reach), float(s.ppm.min() - reach), 0), axis))
    return found
