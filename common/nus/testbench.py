"""Fully sampled 2D spectra, sampled again non-uniformly: the test bench of every NUS reconstruction.

A :class:`Plane` is what every method sees: the t1 signals of a spectrum whose direct dimension is processed.
Leaving out points of it and scoring what a method makes of the rest needs no second measurement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from common import datasets
from common.classical.peaks import Peaks
from common.metrics.case import Case
from common.metrics.peaks import reference_peaks, score_nus
from common.metrics.spectra import rlne_floor, rlne_floor_kept
from common.processing import (
    DirectRecipe,
    IndirectRecipe,
    interferogram,
    noise_level,
    sine_bell,
    spectrum_2d,
)
from common.simulation.exponentials import Exponentials, noise_sd
from common.simulation.planes import strip_noise, strips
from common.simulation.schedules import schedule
from common.spectrum import Axis, Spectrum

#: The data set that holds each fully sampled 15N HSQC.
HSQCS = {
    "acbp": "nus_hsqc_qnls",
    "sod1wt": "nus_hsqc_qnls",
    "savinase": "nus_hsqc_qnls",
    "ubiquitin": "nus_ubiquitin_hsqc",
}
#: The same of every fully sampled spectrum: a 13C methyl correlation of 256 points stands beside the HSQCs.
SPECTRA = {**HSQCS, "hdac8_uniform": "nus_hdac8_fidnet"}


@dataclass(frozen=True)
class Plane:
    """A fully sampled spectrum ready to be sampled again.

    source, name, role: data set (or ``simulated``), case in it, and what it may be used for. signal: the
    interferogram, complex (t1 points, columns). indirect: how it becomes a spectrum. clean: the noise-free t1
    signals of simulated data, which then are the reference; measured data are their own. sd: the noise
    of the real part of a point, where it is known. independent: whether the columns are FIDs that share
    nothing, so that there are no peaks to score.
    """

    source: str
    name: str
    role: str
    signal: Spectrum = field(repr=False)
    indirect: IndirectRecipe
    clean: np.ndarray | None = field(default=None, repr=False)
    sd: float | None = None
    independent: bool = False

    @property
    def fid(self) -> np.ndarray:
        """The measured t1 signals, complex (points, columns)."""
        return self.signal.data

    def spectrum(self, fid: np.ndarray) -> Spectrum:
        """The real spectrum (zero-filled t1 points, columns) of t1 signals of this plane."""
        return spectrum_2d(self.signal.replace(data=fid), self.indirect)

    @cached_property
    def reference(self) -> Spectrum:
        """The spectrum of all points."""
        return self.spectrum(self.fid if self.clean is None else self.clean)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of the noise of the reference by MAD; of the measured data where it has none."""
        return noise_level(self.spectrum(self.fid).data)

    @cached_property
    def peaks(self) -> Peaks:
        """The peaks of the reference, picked once."""
        return reference_peaks(self.reference.data, self.noise)

    def case(self, condition: str, *, peaks: bool = True) -> Case:
        """How a completed FID (points, columns) of this plane is scored, its peaks too or the error alone."""

        def scorer(fid):
            estimate, judged = self.spectrum(fid), peaks and not self.independent
            return score_nus(
                self.reference.data, estimate.data, self.peaks if judged else None, estimate.axes
            )

        return Case(self.source, self.name, condition, self.role, scorer)

    def floors(self, mask: np.ndarray) -> dict[str, float]:
        """RLNE of a perfect method against a noisy reference: not keeping, or keeping, measured points."""
        recipe = self.indirect
        window = sine_bell(len(mask), *recipe.window, first_point=recipe.first_point)
        reference = self.reference.data
        return {
            "rlne_floor": rlne_floor(reference, self.noise),
            "rlne_floor_kept": rlne_floor_kept(reference, self.noise, window, mask),
        }


def schedules(points: int, fraction: float, count: int, kind: str = "poisson_gap") -> list[np.ndarray]:
    """The schedules of a kind that every method and every run is scored on; no seed of a run enters.

    Kinds as in :mod:`common.simulation.schedules`; ``ValueError`` for another.
    """
    measured = round(fraction * points)
    return [
        schedule(kind, points, measured, np.random.default_rng([points, measured, i])) for i in range(count)
    ]


def load_plane(name: str, offline: bool = False) -> Plane:
    """One of ``SPECTRA`` by its name, processed in the direct dimension as its data spec says.

    Raises ``DataMissing`` where the data set is not at hand, ``FormatError`` for a damaged file.
    """
    spec = datasets.load(SPECTRA[name])
    case = spec.cases[name]
    path = spec.path(case["file"], offline=offline)
    if path.suffix == ".mat":
        from common.io.matlab import read_spinach_hsqc as read
    else:
        from common.io.files import read
    direct = DirectRecipe(
        p0=case["direct_p0"],
        p1=case["direct_p1"],
        polynomial_order=case.get("polynomial_order"),
        window=tuple(case["direct_window"]),
        first_point=case["first_point"],
        zero_fill=case["direct_size"],
        region=tuple(case["region"]),
        conjugate=case["indirect_conjugate"],
        alternate=case.get("indirect_alternate", False),
        t1_phase=case.get("indirect_p0", 0.0),
    )
    indirect = IndirectRecipe(
        window=tuple(case["indirect_window"]),
        first_point=case["first_point"],
        zero_fill=case["indirect_size"],
    )
    return Plane(spec.name, name, case["role"], interferogram(read(path), direct), indirect)


def disordered_protein(points: int = 128, residues: int = 120, snr: float = 100.0, seed: int = 0) -> Plane:
    """A simulated 15N HSQC of a disordered protein: narrow 1H dispersion, sharp lines, crowded.

    Amide protons at 8.26 +- 0.14 ppm and nitrogens around the random-coil shifts of glycine (one in ten), of
    serine and threonine (one in six) and of the others (109.5, 115.5, 121.5 ppm; sd 1.0, 1.2, 2.5): the
    spread of published disordered proteins, not of a particular one. R2 of 15N 2 to 6 /s. 600 MHz, 1,800 Hz,
    128 points as the real spectra. snr: as in ``noise_sd``, tallest peak of the plane. A development case:
    variants of networks were chosen on it.
    """
    rng = np.random.default_rng([seed, residues])
    t1 = Axis("15N", points, 1800.0, 60.8, 117.9, "time", "complex")
    direct = Axis("1H", 192, 192 * 7.8, 599.9, 8.26)
    kind = rng.choice(3, residues, p=[0.1, 0.17, 0.73])
    nitrogen = rng.normal(np.choose(kind, [109.5, 115.5, 121.5]), np.choose(kind, [1.0, 1.2, 2.5]))
    parameters = Exponentials(
        amplitude=np.exp(rng.normal(0.0, 0.35, residues))[None],
        frequency=((nitrogen - t1.carrier) * t1.mhz / t1.sw)[None] % 1.0,
        tau=(t1.sw / rng.uniform(2.0, 6.0, residues))[None],
        phase=np.zeros((1, residues)),
    )
    centre = direct.index(rng.normal(8.26, 0.14, residues))[None]
    clean = strips(parameters, points, direct.size, rng, centre=centre, width=("uniform", 2.5, 4.0))[0]
    sd = float(noise_sd(clean.T, snr).max())
    fid = clean + sd * strip_noise(rng, 1, points, direct.size)[0]
    signal = Spectrum(fid, (t1, direct), source="simulated disordered protein")
    indirect = IndirectRecipe(zero_fill=4 * points)
    return Plane("simulated", "disordered", "development", signal, indirect, clean, sd)


def independent_fids(clean: np.ndarray, snr: float, rng: np.random.Generator, name: str) -> Plane:
    """Simulated FIDs, noise-free (points, FIDs), side by side as if they were the columns of one plane.

    All get noise of one size: the median FID then has the signal-to-noise ratio ``snr`` of ``noise_sd``.
    """
    points, count = clean.shape
    sd = float(np.median(noise_sd(clean.T, snr)))
    axes = (
        Axis("15N", points, 1800.0, 60.8, 117.9, "time", "complex"),
        Axis("1H", count, 7.8 * count, 599.9, 8.3),
    )
    signal = Spectrum(clean + sd * strip_noise(rng, 1, points, count)[0], axes, source=f"simulated {name}")
    indirect = IndirectRecipe(zero_fill=4 * points)
    return Plane("simulated", name, "test", signal, indirect, clean, sd, independent=True)
