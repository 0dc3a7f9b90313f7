"""The signals of one plane, true ones and artefacts, as interferograms times direct lines.

A plane is ``sum_u F[s_u(t1)](rows) d_u(columns)`` over the protons u of the direct dimension, so everything
that happens to the t1 signal of a column is done to s_u: unstable modulation (t1 noise stripes), quadrature
images, axial peaks, a wrong first point. Water and the roll of the baseline are further rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.processing import IndirectRecipe, auto_zero_fill, sine_bell, transform
from common.simulation.crosspeaks import profiles, table
from common.simulation.exponentials import draw
from common.simulation.plane_ranges import AxisRange, PlaneRanges
from common.spectrum import Axis

#: Frequency of a nucleus relative to that of 1H (IUPAC 2001, Pure Appl. Chem. 73, 1795).
RELATIVE = {"1H": 1.0, "13C": 0.25145020, "15N": 0.10136767}
#: ours: lines of residual water, cosines of a baseline.
WATER_LINES, ROLLS = 3, 4


@dataclass(frozen=True)
class Dimension:
    """A dimension as recorded and processed: time axis (complex points), recipe, and its frequency axis."""

    time: Axis
    recipe: IndirectRecipe
    frequency: Axis

    def lines(self, fids: np.ndarray) -> np.ndarray:
        """Real processed lines (n, size) of FIDs (n, points)."""
        return transform(fids.astype("complex64"), self.time, self.recipe)[0].real

    def fids(self, ppm: np.ndarray, r2: np.ndarray) -> np.ndarray:
        """FIDs (n, points) of unit amplitude, without a coupling."""
        return profiles(table(ppm[:, None], r2[:, None]), 0, self.time, last=True)

    @property
    def window(self) -> np.ndarray:
        """What each point of the FID is multiplied by, (points,)."""
        first = self.recipe.first_point
        if self.recipe.window is None:
            return np.append(first, np.ones(self.time.size - 1))
        return sine_bell(self.time.size, *self.recipe.window, first_point=first)

    def heights(self, r2: np.ndarray) -> np.ndarray:
        """Heights (n,) of processed lines of unit amplitude at their centres."""
        t = (np.arange(self.time.size) + self.time.first_delay) / self.time.sw
        return np.exp(-np.outer(r2, t)) @ self.window

    def index(self, ppm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fractional index (n,) after folding, and the sign (n,) that folding gives."""
        at = self.frequency.index(ppm)
        folds = np.floor(at / self.frequency.size)
        sign = np.where(folds % 2 == 1, -1.0, 1.0) if self.time.first_delay == 0.5 else np.ones(len(at))
        return at - folds * self.frequency.size, sign

    def widths(self, r2: np.ndarray) -> np.ndarray:
        """Full widths at half height (n,) in points, of Voigt lines (Olivero and Longbothum 1977): decay and
        window."""
        turns = np.linspace(0, 3 / self.time.size, 400)
        shape = np.cos(2 * np.pi * np.outer(turns, np.arange(self.time.size))) @ self.window
        half = turns[np.argmax(shape < shape[0] / 2)]
        lorentz, gauss = r2 / np.pi / self.time.sw, 2 * half
        return (0.5346 * lorentz + np.sqrt(0.2166 * lorentz**2 + gauss**2)) * self.frequency.size


def dimension(
    nucleus: str, span: AxisRange, mhz: float, direct: bool, ranges: PlaneRanges, rng: np.random.Generator
) -> Dimension:
    """A random acquisition and processing of one dimension."""
    frequency = mhz * RELATIVE[nucleus]
    sw = rng.uniform(*span.width) * frequency
    number = rng.uniform(*span.points)
    points = round(number * 1e-3 * sw) if direct else round(number)
    delay = 0.5 if not direct and rng.random() < ranges.delayed else 0.0
    time = Axis(nucleus, points, sw, frequency, rng.uniform(*span.centre), "time", "complex", delay)
    window = (rng.uniform(*ranges.window_off), rng.uniform(*ranges.window_end), float(rng.integers(1, 3)))
    plain = not direct and rng.random() < ranges.unapodised
    slope = ranges.phase1 * rng.standard_normal()
    recipe = IndirectRecipe(
        window=None if plain else window,
        first_point=1.0 if delay else 0.5,
        zero_fill=auto_zero_fill(points),
        p0=ranges.phase0 * rng.standard_normal() - slope / 2,
        p1=slope,
    )
    return Dimension(time, recipe, time.to_frequency(recipe.zero_fill))


def disturbed(signals: np.ndarray, ranges: PlaneRanges, rng: np.random.Generator) -> np.ndarray:
    """Interferograms (n, t1 points) as an imperfect spectrometer records them."""
    shape = signals.shape
    total = np.abs(signals[:, :1])
    unstable = draw(rng, ("log_uniform", *ranges.t1_noise), ())
    noise = rng.standard_normal((2, *shape), dtype="float32") * np.float32(unstable)
    image = draw(rng, ("log_uniform", *ranges.image), ()) * np.exp(2j * np.pi * rng.random())
    axial = draw(rng, ("log_uniform", *ranges.axial), ()) * np.exp(2j * np.pi * rng.random())
    found = signals.real * (1 + noise[0]) + 1j * (signals.imag * (1 + noise[1]))
    found = found + image * signals.conj() + axial * total
    found[:, 0] *= 1 + ranges.first_t1 * rng.standard_normal()
    return found.astype("complex64")


def water(
    t1: Dimension, direct: Dimension, ppm: float, level: float, ranges: PlaneRanges, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Interferograms (k, t1 points) and direct FIDs (k, points) of what suppression leaves of water.

    level: height of its largest line along t2, at t1 = 0, in units of the plane. Lines of any phase near
    ``ppm``; t1 modulates a part of them, as if they were on the diagonal, and noise the rest.
    """
    k = WATER_LINES
    fids = direct.fids(ppm + 0.02 * rng.standard_normal(k), rng.uniform(15.0, 80.0, k))
    fids = fids * np.exp(2j * np.pi * rng.random((k, 1)))
    size = level * rng.uniform(0.2, 1.0, (k, 1))
    steady = np.exp(2j * np.pi * rng.random((k, 1))) * rng.uniform(0.0, 0.2, (k, 1))
    turning = t1.fids(np.full(k, ppm), np.full(k, 10.0)) if t1.time.nucleus == "1H" else 0.0
    noise = rng.standard_normal((k, t1.time.size)) + 1j * rng.standard_normal((k, t1.time.size))
    return size * (steady + rng.uniform(0.0, 1.0, (k, 1)) * turning + ranges.water_t1_noise * noise), fids


def roll(columns: int, level: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth baseline (columns,) of the direct dimension, of first points that are wrong."""
    x = np.linspace(0, 2 * np.pi, columns)
    order = np.arange(ROLLS)[:, None]
    weight = level * rng.standard_normal((ROLLS, 1)) / (1 + order)
    return (weight * np.cos(order * x + 2 * np.pi * rng.random((ROLLS, 1)))).sum(axis=0)


def thermal_noise(
    indirect: Dimension, direct: Dimension, rows: slice, columns: slice, rng: np.random.Generator
) -> np.ndarray:
    """Noise (rows, columns) of standard deviation one, correlated as windows and zero filling make it."""
    points = indirect.time.size
    white = rng.standard_normal((2 * points, 2 * direct.time.size), dtype="float32").view("complex64")
    half = direct.lines(white)[:, columns]
    pairs = half[:points] + 1j * half[points:]
    noise = indirect.lines(np.ascontiguousarray(pairs.T))[:, rows].T
    gains = [np.sqrt((axis.window**2).sum()) for axis in (indirect, direct)]
    return (noise / np.float32(np.prod(gains))).astype("float32")
