"""Fully sampled 3D spectra, sampled again non-uniformly in both indirect dimensions.

As :mod:`common.nus.testbench` with planes in place of columns. No measured 3D spectrum is small and free
enough to come with the suite, so the cases are simulated; their reference is free of noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from common.classical.peaks import Peaks
from common.metrics.case import Case
from common.metrics.peaks import reference_peaks, score_nus
from common.nus.hypercomplex import from_planes, interferogram_3d, spectrum_3d, to_planes
from common.processing import DirectRecipe, IndirectRecipe, noise_level
from common.simulation import crosspeaks
from common.simulation.schedules import poisson_gap_2d
from common.spectrum import Spectrum

#: Signal-to-noise ratio of the median peak of each simulated HNCO, all points measured and processed.
HNCOS = {"hnco": 60.0, "hnco_noisy": 15.0}


@dataclass(frozen=True)
class Cube:
    """A fully sampled spectrum with two indirect dimensions, ready to be sampled again.

    Fields as those of :class:`common.nus.testbench.Plane`. signal: an ``interferogram_3d``, noise included.
    sd: noise of the real part of a point of :attr:`fid`. clean: the same as ``fid`` without noise.
    """

    source: str
    name: str
    role: str
    signal: Spectrum = field(repr=False)
    indirect: tuple[IndirectRecipe, IndirectRecipe]
    clean: np.ndarray = field(repr=False)
    sd: float

    @cached_property
    def fid(self) -> np.ndarray:
        """The complex planes that methods see, (points1, points2, 2 columns)."""
        return to_planes(self.signal.data)

    def spectrum(self, fid: np.ndarray) -> Spectrum:
        """The real 3D spectrum of completed planes."""
        return spectrum_3d(self.signal.replace(data=from_planes(fid)), self.indirect)

    @cached_property
    def reference(self) -> Spectrum:
        """The spectrum of all points, without noise."""
        return self.spectrum(self.clean)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of the noise of the spectrum of all measured points."""
        return noise_level(self.spectrum(self.fid).data - self.reference.data)

    @cached_property
    def peaks(self) -> Peaks:
        """The peaks of the reference, picked once."""
        return reference_peaks(self.reference.data, self.noise)

    def case(self, condition: str) -> Case:
        """How completed planes of this cube are scored."""

        def scorer(fid):
            estimate = self.spectrum(fid)
            return score_nus(self.reference.data, estimate.data, self.peaks, estimate.axes)

        return Case(self.source, self.name, condition, self.role, scorer)


def schedules(points: tuple[int, int], fraction: float, count: int) -> list[np.ndarray]:
    """The 2D Poisson-gap schedules that every method and every run is scored on; no seed of a run enters."""
    measured = round(fraction * points[0] * points[1])
    return [
        poisson_gap_2d(points, measured, np.random.default_rng([*points, measured, i])) for i in range(count)
    ]


def hnco(
    name: str = "hnco", points: tuple[int, int] = (40, 32), residues: int = 120, direct: int = 512
) -> Cube:
    """A simulated HNCO of a protein nobody has trained on, amide region, both indirect axes cosine-windowed.

    name: one of :data:`HNCOS`; all are one protein. direct: points of the whole 1H axis. Its noise is scaled
    so that the median peak of the reference has that signal-to-noise ratio.
    """
    rng = np.random.default_rng([2019, residues])
    peaks = crosspeaks.hnco(crosspeaks.protein(rng, residues))
    clean = crosspeaks.spectrum(
        peaks, crosspeaks.hnco_axes(points, min(direct, 384)), source=f"simulated {name}"
    )
    recipe = DirectRecipe(region=(10.5, 6.5), zero_fill=direct)
    indirect = tuple(IndirectRecipe(zero_fill=128) for _ in points)
    signal = interferogram_3d(clean, recipe)
    noise = interferogram_3d(crosspeaks.add_noise(clean.replace(data=0 * clean.data), 1.0, rng), recipe)
    spectrum = spectrum_3d(signal, indirect).data
    unit = noise_level(spectrum_3d(noise, indirect).data)
    height = np.median(reference_peaks(spectrum, 0.005 * float(spectrum.max())).height)
    scale = np.float32(height / HNCOS[name] / unit)
    noisy = signal.replace(data=signal.data + scale * noise.data)
    sd = float(np.sqrt(2) * scale * noise.data.std())
    return Cube("simulated", name, "test", noisy, indirect, to_planes(signal.data), sd)
