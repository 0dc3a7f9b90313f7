"""1D 1H spectra of small molecules as a spectrometer gives them: thousands a minute, with their truth.

A spectrum is made as a measured one is: the lines of a sample (``proton_scene.scene``) decay and see an
uneven field, noise is added, the FID is apodised, zero-filled and transformed, its first points are wrong (a
rolling baseline), phases are a little off. All random numbers come from the generator that is passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.processing import fourier
from common.simulation.gridding import fids
from common.simulation.molecules import Molecule
from common.simulation.proton_mixtures import byproducts, mixture
from common.simulation.proton_ranges import ProtonRanges
from common.simulation.proton_scene import Scene, log_uniform, scene
from common.spectrum import Axis

#: Line widths differ by this factor between classes of lines that decay together (ours: not to be seen), and
#: by its power between those of satellites and impurities.
WIDTH_STEP, COARSE = 1.15, 4
#: Points along the sample at which the field is taken (ours: the lines below are smooth with them).
SLICES = 512
#: Complex points acquired are a multiple of this share of the points of the spectrum (ours: set by hand).
ACQUIRED_STEP = 1 / 32


@dataclass(frozen=True)
class ProtonSpectra:
    """Spectra with their truth.

    data: float32 (count, points), in protons per Hz of the first compound. axes, scenes: of every spectrum.
    compounds, solvents: float32 (count, points), the signals of compounds (without satellites) and of
    solvents alone, in phase and without noise. noise: (count,), sd in ``data``. extra_width: (count,) Hz,
    FWHM that the field and the window add to all lines.
    """

    data: np.ndarray
    axes: tuple[Axis, ...]
    scenes: tuple[Scene, ...]
    compounds: np.ndarray
    solvents: np.ndarray
    noise: np.ndarray
    extra_width: np.ndarray


def proton_spectra(
    count: int,
    points: int,
    ranges: ProtonRanges,
    rng: np.random.Generator,
    pool: Sequence[Molecule] | None = None,
) -> ProtonSpectra:
    """Random spectra of molecules out of a pool, or of random molecules where there is none."""
    made = []
    for _ in range(count):
        molecules, traces = mixture(pool, ranges, rng), byproducts(pool, ranges, rng)
        made.append(spectrum(scene(molecules, ranges, rng, traces), points, ranges, rng))
    axes, scenes, data, compounds, solvents, noise, extra = zip(*made, strict=True)
    stacked = (np.stack(of) for of in (data, compounds, solvents))
    data, compounds, solvents = stacked
    return ProtonSpectra(data, axes, scenes, compounds, solvents, np.array(noise), np.array(extra))


def spectrum(sample: Scene, points: int, ranges: ProtonRanges, rng: np.random.Generator) -> tuple:
    """(axis, scene, data, compounds, solvents, noise, extra_width), as in :class:`ProtonSpectra`."""
    axis = _axis(sample, points, ranges, rng)
    size = round(np.ceil(rng.uniform(*ranges.acquired) / ACQUIRED_STEP) * ACQUIRED_STEP * points)
    seconds = (np.arange(size) / axis.sw).astype("float32")
    field, field_width = _field(size, axis.sw, ranges, rng)
    window, window_width = _window(seconds, ranges, rng)
    shape = field * window
    shape[0] /= 2  # the integral of a line is its first point
    parts = _decaying(sample, axis, size, seconds) * shape
    compounds, solvents, others = fourier(parts, points) * np.float32(2 / axis.sw)

    tallest = float(compounds.real.max()) or float(solvents.real.max()) or 1.0
    noise = tallest / 2 / log_uniform(rng, ranges.snr)
    random = rng.standard_normal((2, size), np.float32) * window
    random *= noise / (2 / axis.sw * np.sqrt(np.sum(window**2)))
    wrong = (random[0] + 1j * random[1]) + _first_points(size, tallest * axis.sw / 2, ranges, rng)
    whole = compounds + solvents + others + fourier(wrong, points) * np.float32(2 / axis.sw)
    whole = whole + tallest * _hump(axis, ranges, rng)
    data = (whole * _phase(points, ranges, rng)).real * _edges(points, ranges, rng)
    extra = field_width + window_width
    return axis, sample, data.astype("float32"), compounds.real.copy(), solvents.real.copy(), noise, extra


def _axis(sample: Scene, points: int, ranges: ProtonRanges, rng: np.random.Generator) -> Axis:
    """Wide enough for all lines of the compounds."""
    lines = np.concatenate([s.ppm for s in sample.signals if s.kind == "compound"] or [[0.0, 8.0]])
    width, centre = rng.uniform(*ranges.width), rng.uniform(*ranges.centre)
    low, high = min(centre - width / 2, lines.min() - 0.3), max(centre + width / 2, lines.max() + 0.3)
    return Axis("1H", points, float(high - low) * sample.mhz, sample.mhz, float(high + low) / 2)


def _decaying(sample: Scene, axis: Axis, size: int, seconds: np.ndarray) -> np.ndarray:
    """FIDs of compounds, solvents and of the rest, complex64 (3, size), in a perfect field."""
    total = np.zeros((3, size), np.complex64)
    if not sample.signals:
        return total
    rows = {"compound": 0, "solvent": 1}
    ppm = np.concatenate([s.ppm for s in sample.signals])
    amplitude = np.concatenate([s.amplitude for s in sample.signals])
    kind = [rows.get(s.kind, 2) for s in sample.signals]
    step = [np.log(s.width) / np.log(WIDTH_STEP) for s in sample.signals]
    step = [COARSE * round(s / COARSE) if k == 2 else round(s) for s, k in zip(step, kind, strict=True)]
    keys, group = np.unique(np.stack([kind, step]), axis=1, return_inverse=True)
    group = np.repeat(group.reshape(-1), [len(s.ppm) for s in sample.signals])
    frequency = (ppm - axis.carrier) * axis.mhz
    inside = np.abs(frequency) < axis.sw / 2  # the filter of the receiver
    made = fids(frequency[inside], amplitude[inside], group[inside], keys.shape[1], size, axis.sw)
    for (row, exponent), fid in zip(keys.T, made, strict=True):
        total[row] += fid * np.exp(np.float32(-np.pi * WIDTH_STEP**exponent) * seconds)
    return total


def _field(size: int, sw: float, ranges: ProtonRanges, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """What an uneven field does to every line, complex64 (size,), 1 at time 0; and its full width in Hz.

    The field along the sample is a polynomial, as shims of order 1 to 4 leave it; even orders make one-sided
    feet. The coil sees the middle better than the ends.
    """
    z = (np.arange(SLICES) + 0.5) / SLICES * 2 - 1
    seen = 1 - 0.8 * z**6  # ours: a coil with ends
    strength = rng.normal(size=4) * (0.5, 1.0, 0.6, 0.8)  # ours: orders 2 and 4 are the hard ones
    offset = sum(s * z**order for order, s in enumerate(strength, start=1))
    offset -= np.average(offset, weights=seen)
    spread = np.sqrt(np.average(offset**2, weights=seen)) * 2.35  # FWHM of a Gaussian of this sd
    width = log_uniform(rng, ranges.shim) * (3.0 if rng.random() < ranges.shim_poor_share else 1.0)
    offset *= width / spread
    made = fids(offset, seen / seen.sum(), np.zeros(SLICES, int), 1, size, sw)[0]
    if rng.random() < ranges.sideband_share:
        level, spin = log_uniform(rng, ranges.sideband), rng.uniform(15.0, 25.0)  # Hz; ours
        turns = np.exp(2j * np.pi * spin / sw * np.arange(size)).astype(np.complex64)
        made = made * (1 + level * (turns * rng.uniform(0.5, 2.0) + turns.conj()))  # ours; aspirin 2 : 1
    if rng.random() < ranges.feet_share:
        share, wide = log_uniform(rng, ranges.feet), log_uniform(rng, ranges.feet_width)
        decay = np.exp(-np.pi * wide / sw * np.arange(size)).astype("float32")
        made = made * (1 - share + share * decay)
    return made, width


def _window(seconds: np.ndarray, ranges: ProtonRanges, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Window (size,) and the width in Hz that it adds to a line."""
    kind = rng.choice(ranges.window)
    lb = rng.uniform(*ranges.broadening)
    if kind == "exponential":
        return np.exp(np.float32(-np.pi * lb) * seconds), lb
    if kind == "gaussian":  # Lorentz to Gauss: lines narrower by lb, then a Gaussian with its top at a share
        top = rng.uniform(0.1, 0.3) * seconds[-1]
        return np.exp(np.float32(np.pi * lb) * (seconds - seconds**2 / np.float32(2 * top))), 0.0
    return np.ones_like(seconds), 0.0


def _first_points(size: int, one: float, ranges: ProtonRanges, rng: np.random.Generator) -> np.ndarray:
    """Errors of the first points, complex64 (size,); ``one`` makes a baseline as high as the tallest peak."""
    count = ranges.baseline_points
    made = np.zeros(size, np.complex64)
    wrong = rng.normal(size=(2, count)) * np.exp(-np.arange(count) / rng.uniform(0.5, 3.0))
    wrong /= np.sqrt(wrong[0, 0] ** 2 + (wrong[:, 1:] ** 2).sum() / 2)
    made[:count] = (wrong[0] + 1j * wrong[1]) * one * log_uniform(rng, ranges.baseline)
    return made


def _hump(axis: Axis, ranges: ProtonRanges, rng: np.random.Generator) -> np.ndarray | float:
    if rng.random() > ranges.hump_share:
        return 0.0
    place, width = rng.uniform(1.0, 8.0), log_uniform(rng, ranges.hump_width)
    level = log_uniform(rng, ranges.hump)
    return (level * np.exp(-4 * np.log(2) * ((axis.ppm() - place) / width) ** 2)).astype("float32")


def _phase(points: int, ranges: ProtonRanges, rng: np.random.Generator) -> np.ndarray:
    """exp(i phase) (points,); the first order turns about a point near the middle."""
    poor = 5.0 if rng.random() < ranges.poor_phase_share else 1.0
    x = np.arange(points, dtype="float32") / points - rng.uniform(0.3, 0.7)
    degrees = rng.normal(0, ranges.phase0 * poor) + rng.normal(0, ranges.phase1 * poor) * x
    return np.exp(1j * np.deg2rad(degrees)).astype(np.complex64)


def _edges(points: int, ranges: ProtonRanges, rng: np.random.Generator) -> np.ndarray | float:
    """The fall of a digital filter at both ends, float32 (points,)."""
    if rng.random() > ranges.edge_share:
        return 1.0
    from_edge = np.minimum(np.arange(points), points - 1 - np.arange(points)) / points
    rise = np.clip(from_edge / rng.uniform(*ranges.edge), 0, 1)
    return np.sin(np.pi / 2 * rise).astype("float32") ** 2
