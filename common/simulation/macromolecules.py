"""Macromolecules and lipids of brain spectra: published Gaussian lines, and fits of measured spectra."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.acquisition import Acquisition
from common.processing import spectrum_at
from common.spectrum import Axis

#: Lines that a measured spectrum is fitted with, ppm: shifts near the consensus list (Cudalbu et al.,
#: NMR Biomed 2021;34:e4393) and first guesses of their widths (ours, off the Columbia volunteers' spectra).
FITTED_PPM = np.array(
    [0.91, 1.21, 1.43, 1.67, 1.85, 2.04, 2.26, 2.55, 2.70, 3.00, 3.21, 3.50, 3.73, 3.88, 4.05]
)
FITTED_WIDTH = np.array(
    [0.14, 0.17, 0.17, 0.18, 0.18, 0.18, 0.20, 0.18, 0.15, 0.15, 0.18, 0.20, 0.20, 0.15, 0.20]
)
#: Shift and width in ppm of the creatine CH2 that metabolite nulling leaves.
RESIDUAL_CREATINE = (3.91, 0.055)
#: Fitted from and to, with the step, ppm.
FITTED_WINDOW = (4.25, 0.2, -0.015)


@dataclass(frozen=True)
class Lines:
    """Gaussian lines in groups that keep their ratios, one array element a line.

    groups: names. group: index of each line's group. ppm: shift. fwhm: ppm. area: protons, where creatine's
    CH3 has 3. levels: (groups, 2), range of a group's amount relative to the one ``relative_to`` points to
    (-1: none, then relative to total creatine).
    """

    groups: tuple[str, ...]
    group: np.ndarray
    ppm: np.ndarray
    fwhm: np.ndarray
    area: np.ndarray
    levels: np.ndarray
    relative_to: tuple[int, ...]

    def amounts(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Random amounts (count, groups), uniform in their ranges; a group follows the one it refers to."""
        amounts = rng.uniform(self.levels[:, 0], self.levels[:, 1], (count, len(self.groups)))
        for index, other in enumerate(self.relative_to):
            if other >= 0:
                amounts[:, index] *= amounts[:, other]
        return amounts


@functools.cache
def gaussian_lines(prefix: str) -> Lines:
    """The groups whose names start with ``prefix``: ``MM`` for macromolecules, ``Lip`` for lipids."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    chosen = {name: entry for name, entry in table.items() if name.startswith(prefix)}
    names = tuple(chosen)
    lines = [(names.index(name), *line) for name, entry in chosen.items() for line in entry["lines"]]
    group, ppm, fwhm, area = (np.array(column) for column in zip(*lines, strict=True))
    relative_to = [entry.get("relative_to") for entry in chosen.values()]
    return Lines(
        names,
        group,
        ppm,
        fwhm,
        area,
        np.array([entry["level"] for entry in chosen.values()]),
        tuple(-1 if other is None else names.index(other) for other in relative_to),
    )


@dataclass(frozen=True)
class MeasuredLines:
    """A metabolite-nulled spectrum as Gaussian lines at ``FITTED_PPM``.

    area: (lines,), relative to the largest magnitude of the spectrum. fwhm: (lines,) in ppm. misfit: standard
    deviation of what the fit leaves, relative to the same.
    """

    area: np.ndarray
    fwhm: np.ndarray
    misfit: float

    def fid(self, axis: Axis) -> np.ndarray:
        """The lines as a FID on any axis, complex64 (points,); the line at 0.91 ppm has area 3."""
        t = np.arange(axis.size) / axis.sw
        angle = 2 * np.pi * np.outer((FITTED_PPM - axis.carrier) * axis.mhz, t)
        decay = np.exp(-((np.pi * np.outer(self.fwhm * axis.mhz, t)) ** 2) / (4 * np.log(2)))
        return (3 * self.area / self.area[0] @ (decay * np.exp(1j * angle))).astype("complex64")


def measured(acquisitions: Iterable[Acquisition], axis: Axis) -> np.ndarray:
    """Metabolite-nulled spectra as smooth FIDs on another axis, complex64 (spectra, points).

    Neither noise, water, residual creatine nor baseline is left. One fit takes about a second: for several
    axes keep what :func:`fit` gives.
    """
    return np.stack([fit(acquisition).fid(axis) for acquisition in acquisitions])


def fit(acquisition: Acquisition) -> MeasuredLines:
    """The lines of a metabolite-nulled spectrum, first coil and average.

    Phases of zeroth and first order, one shift and the widths are searched; areas, residual creatine and a
    straight baseline follow by least squares, areas not negative.
    """
    from scipy.optimize import least_squares

    ppm, lines = np.arange(*FITTED_WINDOW), len(FITTED_PPM)
    fid = acquisition.fids[0, 0]
    smooth = np.exp(-8 * np.arange(len(fid)) / acquisition.axis.sw)  # 2.5 Hz, far below the lines' width
    spectrum = spectrum_at(fid * smooth, acquisition.axis, ppm)
    spectrum = spectrum / np.abs(spectrum).max()

    def misfit(values):
        areas, model, real = _explain(values, spectrum, ppm)
        # widths stay near their guesses, the phase near constant, the baseline level (ours: weak, they decide
        # only what the spectrum leaves open)
        held = (0.15 * (values[3:] / FITTED_WIDTH - 1), [0.003 * values[1]], [0.3 * (areas[-4] - areas[-3])])
        return np.concatenate([model - real, *held])

    start = np.array([0.0, 5.0, 0.0, *FITTED_WIDTH])
    low = np.array([-90.0, -30.0, -0.06, *(0.7 * FITTED_WIDTH)])
    high = np.array([90.0, 30.0, 0.06, *(1.7 * FITTED_WIDTH)])
    found = least_squares(misfit, start, bounds=(low, high), diff_step=1e-3).x
    areas, model, real = _explain(found, spectrum, ppm)
    return MeasuredLines(areas[:lines], found[3:], float(np.std(model - real)))


def _explain(values, spectrum, ppm):
    """Areas of all components, the fitted and the phased real spectrum; ``values``: phases, shift, widths."""
    from scipy.optimize import nnls

    p0, p1, shift = values[:3]
    real = (spectrum * np.exp(1j * np.deg2rad(p0 + p1 * (ppm - 2)))).real
    centre = np.append(FITTED_PPM, RESIDUAL_CREATINE[0]) + shift
    width = np.append(values[3:], RESIDUAL_CREATINE[1])
    lines = np.exp(-4 * np.log(2) * ((ppm[:, None] - centre) / width) ** 2) / width
    line, slope = np.ones((len(ppm), 1)), (ppm[:, None] - 2) / 2
    components = np.hstack([lines, line, -line, slope, -slope])
    areas, _ = nnls(components, real)
    return areas, components @ areas, real
