"""From a spectrum to a peak list: candidates, their probability, and what is read off each.

A candidate of a 3D spectrum is judged in the two planes through it that have the direct dimension, and the
geometric mean of both probabilities counts: a stripe of t1 noise is a peak across, and none along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np

from common.classical.peak_picking import (
    GAUSSIAN,
    Candidates,
    candidates,
    half_widths,
    quiet_noise,
)
from common.classical.peaks import gaussian_tops
from common.io.peaklists import PeakList
from common.spectrum import Axis, Spectrum

from . import data, estimate
from .config import Config
from .crops import line_widths
from .levels import levels, strong

#: Crops that are held at a time, some 40 MB; as many at once as whole batches of the network.
HELD = 8 * estimate.AT_ONCE


def pick(
    spectrum: Spectrum,
    probabilities: Callable[[np.ndarray], np.ndarray],
    config: Config,
    threshold: float = 0.0,
    *,
    noise: float | None = None,
    cut: float | None = None,
    sign: str = "both",
    radius: int = 1,
) -> PeakList:
    """Peaks of a real 2D or 3D spectrum of at least this probability, the most probable first.

    probabilities: of crops (k, size, size, channels), (k,), or of a pair of these and levels where the
    configuration has them; a trained network (:func:`classifier`). config: of its run. noise: standard
    deviation, by :func:`quiet_noise` where None. cut: candidates lie above this many times the noise, as the
    run has it where None. sign: ``both``, ``positive`` or ``negative``. radius: points around it that a
    candidate stands out from.

    Position and height are those of a Gaussian through the highest points, widths those at half of this
    height in Hz, the volume that of a Gaussian of this height and these widths in units of the spectrum times
    points. It is short by a factor of 1.48 a dimension where lines are Lorentzian. ``ValueError`` where there
    is no noise to refer to, for data that are not real and finite, or that have no two dimensions.
    """
    values = spectrum.data
    if values.ndim not in (2, 3):
        raise ValueError(f"{values.ndim} dimensions; peaks are picked in 2 or 3")
    if not np.isfinite(values).all():
        raise ValueError("values that are not numbers")
    noise = quiet_noise(values) if noise is None else noise
    if not noise > 0:
        raise ValueError("no noise: most of the spectrum has one value")
    found = candidates(values, cut=config.cut if cut is None else cut, noise=noise, radius=radius)
    widths, heights = line_widths(found), strong(found)
    if sign != "both":
        found = found.pick((found.height > 0) == (sign == "positive"))
    made = judged(spectrum, probabilities, config, found, widths, heights)
    rows = np.flatnonzero(made >= threshold)
    # of one probability the highest first, as candidates are
    rows = rows[np.argsort(-made[rows], kind="stable")]
    return _peak_list(spectrum, found.point[rows], made[rows])


def judged(
    spectrum: Spectrum,
    probabilities: Callable[[np.ndarray], np.ndarray],
    config: Config,
    found: Candidates,
    widths: np.ndarray,
    heights: tuple[float, float] | None = None,
) -> np.ndarray:
    """The probability (n,) of each candidate; widths (ndim,) of the usual line in points. heights:
    :func:`levels.strong` of all candidates, where ``found`` are not all.

    ours: of a 3D the geometric mean. On 30 simulated 3D spectra of development proteins (40 planes, six
    experiments) it had the highest average precision, .770 (the lower of both .769, their mean .760, one
    plane alone .734 and .716), and the lowest mean square error of a probability.
    """
    each = _each(spectrum, probabilities, config, found, widths, heights or strong(found))
    return np.prod(each, axis=0) ** (1 / len(each))


def _each(spectrum, probabilities, config, found, widths, heights) -> list[np.ndarray]:
    """The probability (n,) of each candidate in each kind of plane."""
    each = []
    for slab in (-1,) if spectrum.data.ndim == 2 else (0, 1):
        made = np.zeros(len(found))
        beside = levels(spectrum.data, spectrum.axes, found, widths, slab, heights) if config.levels else None
        for rows, crops in _held(_crops(spectrum, config, found, widths, slab)):
            made[rows] = probabilities(crops if beside is None else (crops, beside[rows]))
        each.append(made)
    return each


def classifier(model, *weights) -> Callable[[np.ndarray], np.ndarray]:
    """The probabilities of crops by a network, their mean over sets of weights: so it is compiled once."""

    def probabilities(crops: np.ndarray) -> np.ndarray:
        each = []
        for one in weights or (model.get_weights(),):
            model.set_weights(one)
            each.append(estimate.of_crops(model, crops))
        return np.mean(each, axis=0)

    return probabilities


def _crops(spectrum: Spectrum, config: Config, found: Candidates, widths, slab: int) -> Iterator:
    """Rows of candidates and their crops, from one kind of plane."""
    widths = np.delete(widths, slab) if slab >= 0 else widths
    for rows, plane, places, across in data.by_plane(spectrum.data, spectrum.axes, found, slab):
        for start in range(0, len(rows), HELD):
            part = slice(start, start + HELD)
            mirror = None if across is None else across[part]
            made = estimate.crops_of(config, plane, found.noise, places[part], widths, mirror)
            yield rows[part], made


def _held(pieces: Iterator) -> Iterator:
    """The same pieces, put together until there are many."""
    rows, crops, count = [], [], 0
    for some, made in pieces:
        rows.append(some)
        crops.append(made)
        count += len(some)
        if count >= HELD:
            yield np.concatenate(rows), np.concatenate(crops)
            rows, crops, count = [], [], 0
    if count:
        yield np.concatenate(rows), np.concatenate(crops)


def _peak_list(spectrum: Spectrum, point: np.ndarray, probability: np.ndarray) -> PeakList:
    """Positions, heights, widths and volumes of extrema at array indices (n, ndim)."""
    index, height, tops = gaussian_tops(spectrum.data, point)
    width = half_widths(spectrum.data, point, tops=tops)
    axes = spectrum.axes
    ppm = np.stack([axis.ppm(index[:, d]) for d, axis in enumerate(axes)], axis=1)
    volume = height * np.prod(GAUSSIAN * width, axis=1)
    hertz = width * np.array([axis.sw / axis.size for axis in axes])
    nuclei = tuple(axis.nucleus for axis in axes)
    return PeakList(ppm, nuclei, height, volume, ("",) * len(point), hertz, probability)


def on_diagonal(peaks: PeakList, axes: Sequence[Axis]) -> np.ndarray:
    """Which peaks (n,) lie within a width at half height of a diagonal, that of two axes of one nucleus."""
    found = np.zeros(len(peaks), bool)
    width = peaks.width / np.array([axis.mhz for axis in axes])
    for a, b in combinations(range(len(axes)), 2):
        if axes[a].nucleus and axes[a].nucleus == axes[b].nucleus:
            apart = np.abs(peaks.ppm[:, a] - peaks.ppm[:, b])
            found |= apart <= np.maximum(width[:, a], width[:, b])
    return found


def some(peaks: PeakList, rows) -> PeakList:
    """Some peaks of a picked list, by index or boolean mask, in that order."""
    rows = np.arange(len(peaks))[rows]
    names = ("ppm", "height", "volume", "width", "probability")
    arrays = {name: getattr(peaks, name)[rows] for name in names}
    return PeakList(nuclei=peaks.nuclei, assignment=tuple(peaks.assignment[k] for k in rows), **arrays)
