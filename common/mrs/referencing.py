"""Where the singlets of NAA, creatine and choline stand in a spectrum, and at which phase."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from common.processing import noise_level, spectrum_at
from common.simulation.brain_ranges import HEALTHY
from common.simulation.metabolites import basis
from common.spectrum import Axis

#: CH3 of NAA and creatine, N(CH3)3 of cholines: shift in ppm (Govindaraju et al. 2000, NMR Biomed. 13:129;
#: choline between GPC, 3.212, and PCh, 3.208) and how strong they are in healthy brain, from protons and the
#: middle of the ranges of de Graaf (2019): 3 x 11, 3 x 9, 9 x 1.5 mM.
SINGLETS = {"NAA": (2.008, 33.0), "Cr": (3.027, 27.0), "Cho": (3.210, 13.5)}
#: Farthest that the pattern is looked for from where the axis has it (ppm; ours: carriers are given as 4.65,
#: 4.68 or 4.7, water moves by .01 a kelvin; NAA and creatine are not to be taken for each other).
FARTHEST = 0.3
#: Times of the FID that shift and phase are found from (s; ours: the phase has no bias then on simulated
#: spectra of 10 to 20 Hz, and an sd of 7 degrees).
FROM, UNTIL = 0.002, 0.300
#: From here on singlets are looked for (s; ours: macromolecules and lipids are gone by then).
LATER = 0.010
#: Width of the filter matched to the lines (Hz; ours, that of a usual shim at 3 T).
MATCHED = 6.0
#: A singlet is seen that stands out of its surroundings by this many standard deviations (ours).
SEEN = 4.0
#: Its surroundings: the mean at this distance to either side (ppm; ours: half-way from Cr to Cho).
ASIDE = 0.09
#: A pattern explains more than this share of the norm (ours: singlets explain .55 to .9 of brain spectra up
#: to 20 Hz, with NAA or without, and .3 of water). Metabolite-nulled spectra have .4 to .7 and may pass: the
#: width of their lines tells them (:mod:`common.mrs.quality`).
LIKE = 0.5
#: Where that is looked at (ppm).
REGION = (1.9, 3.4)


@dataclass(frozen=True)
class Pattern:
    """What was found.

    shift: of the pattern from where it should be, in Hz. phase: of its lines in degrees. score: how well it
    fits, in standard deviations of the noise. prominence: of each singlet, by name, in such. likeness: share
    of the spectrum's norm from 1.9 to 3.4 ppm that singlets there explain.
    """

    shift: float
    phase: float
    score: float
    prominence: dict[str, float]
    likeness: float

    @property
    def seen(self) -> list[str]:
        """The singlets that stand out."""
        return [name for name, value in self.prominence.items() if value > SEEN]

    @property
    def found(self) -> bool:
        """Whether it is a pattern: two lines or three, and not much else."""
        return len(self.seen) > 1 and self.likeness > LIKE


def find_pattern(fid: np.ndarray, axis: Axis) -> Pattern:
    """The shift and phase at which a complex FID (points,) is most like that of a healthy brain.

    ``|C(d)|`` with ``C(d) = sum_t s(t) conj(m(t)) exp(-2 pi i d t)`` and ``m`` the metabolites in normal
    amounts is the matched filter for an unknown phase; the phase is that of ``C`` at its maximum. Take off
    water first.
    """
    t = np.arange(axis.size) / axis.sw
    decay = np.exp(-np.pi * MATCHED * t)
    weights = _healthy(axis).conj() * np.where((t >= FROM) & (t <= UNTIL), decay, 0)
    grid = np.arange(-FARTHEST * axis.mhz, FARTHEST * axis.mhz, 0.25)
    shift = float(_peak(grid, np.abs((fid * weights) @ np.exp(-2j * np.pi * np.outer(t, grid)))))
    fid = fid * np.exp(-2j * np.pi * shift * t)
    matched = np.sum(fid * weights)
    phase = float(np.angle(matched))
    noise = noise_level(fid[len(fid) - len(fid) // 4 :])
    score = abs(matched) / (noise * np.linalg.norm(weights) or np.inf)
    window = np.where((t >= LATER) & (t <= UNTIL), decay, 0)
    late = fid * np.exp(-1j * phase) * window
    prominence = {
        name: _prominence(late, ppm, axis, t, window * noise) for name, (ppm, _) in SINGLETS.items()
    }
    likeness = _likeness(late, axis, window)
    return Pattern(shift, float(np.rad2deg(phase)), float(score), prominence, likeness)


@functools.lru_cache(maxsize=8)
def _healthy(axis: Axis) -> np.ndarray:
    """FID (points,) of the metabolites in the middle of their healthy ranges, PRESS with TE 30 ms.

    Singlets, the most of it, are the same in every sequence.
    """
    names = tuple(HEALTHY)
    return np.array([np.mean(HEALTHY[name]) for name in names]) @ basis(axis, "press", 30.0, names).fids


def referenced(fid: np.ndarray, axis: Axis, pattern: Pattern) -> np.ndarray:
    """The FID (..., points) with the pattern at its place and in phase."""
    t = np.arange(axis.size) / axis.sw
    return fid * np.exp(-1j * (2 * np.pi * pattern.shift * t + np.deg2rad(pattern.phase)))


def _turning(ppm: float, axis: Axis, t: np.ndarray) -> np.ndarray:
    return np.exp(2j * np.pi * (ppm - axis.carrier) * axis.mhz * t)


def _prominence(fid, ppm, axis, t, noise) -> float:
    """Height at ``ppm`` above the mean at either side, over its standard deviation."""
    weights = sum(
        share * _turning(ppm + aside, axis, t) for share, aside in ((1, 0), (-0.5, ASIDE), (-0.5, -ASIDE))
    )
    return float(np.sum(fid * weights.conj()).real / (np.linalg.norm(weights * noise) or np.inf))


def _likeness(fid, axis, window) -> float:
    """Share of the norm of a FID's spectrum in :data:`REGION` that singlets of any real amounts explain."""
    ppm = np.linspace(*REGION, 300)
    t = np.arange(axis.size) / axis.sw
    lines = np.stack([_turning(at, axis, t) * window for at, _ in SINGLETS.values()])
    columns, seen = (spectrum_at(signal, axis, ppm) for signal in (lines, fid))
    design, seen = np.concatenate([columns.real.T, columns.imag.T]), np.concatenate([seen.real, seen.imag])
    amounts, *_ = np.linalg.lstsq(design, seen, rcond=None)
    return float(np.linalg.norm(design @ amounts) / (np.linalg.norm(seen) or np.inf))


def _peak(grid: np.ndarray, height: np.ndarray) -> float:
    """Where the height is most, between the points of the grid."""
    top = int(np.clip(np.argmax(height), 1, len(grid) - 2))
    left, middle, right = height[top - 1 : top + 2]
    bend = left - 2 * middle + right
    return grid[top] + (grid[1] - grid[0]) * (np.clip((left - right) / (2 * bend), -1, 1) if bend else 0.0)
