"""Simulated spectra of proteins with artefacts and exact labels: 2D, or a few planes of a 3D.

Peaks come from ``protein_peaks.py``, lines and artefacts from ``plane_signals.py``. A label is a peak whose
own height reaches 3 times the noise; its position is where its shifts fold to, not where the spectrum has a
maximum. Peaks that nothing could separate, within half a line width in every dimension, are one label.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from common.simulation.plane_ranges import AXES, LONGEST, PlaneRanges
from common.simulation.plane_scene import Scene
from common.simulation.plane_signals import dimension
from common.simulation.protein_peaks import EXPERIMENTS, peaks
from common.simulation.protein_spins import ProteinSpins, SampleRanges, sample
from common.spectrum import Spectrum


@dataclass(frozen=True)
class LabelledSpectrum:
    """A spectrum with its k true peaks, strongest first.

    spectrum: real, frequency axes; of a 3D one indirect axis is cut to a few planes. index: (k, d) fractional
    array indices; height: (k,) of each peak alone; width: (k, d) full widths at half height in points.
    diagonal: (k,) magnetisation that stayed where it was. noise: standard deviation. experiment: of
    ``EXPERIMENTS``. slab: dimension that is cut, -1 of a 2D. drawn: share of labels with a drawn shift.
    """

    spectrum: Spectrum
    index: np.ndarray
    height: np.ndarray
    width: np.ndarray
    diagonal: np.ndarray
    noise: float
    experiment: str
    slab: int
    drawn: float
    protein: str = ""

    def __len__(self) -> int:
        return len(self.height)

    @property
    def tolerance(self) -> np.ndarray:
        """Half widths (k, d) in points of the windows in which a candidate is this peak.

        ours: half its width at half height, one point at least and, so that wide lines do not take their
        neighbours' candidates, four at most."""
        return np.clip(self.width / 2, 1.0, 4.0)


def simulate(
    spins: ProteinSpins,
    experiment: str,
    rng: np.random.Generator,
    ranges: PlaneRanges | None = None,
    slab: int | None = None,
) -> LabelledSpectrum:
    """A random spectrum of a protein.

    experiment: of ``EXPERIMENTS``. slab: of a 3D the indirect dimension that is cut to ``ranges.depth``
    planes; where None, at random one that leaves usual planes (13C or 15N with 1H of HNCO and the like, 1H
    with 1H of the others). Candidates of a 3D lie on its inner planes, and so do its labels. ``ValueError``
    where the protein has no peak in it.
    """
    ranges = ranges or PlaneRanges()
    made = EXPERIMENTS.get(experiment)
    conditions = ranges.sample if made and made.kind == "backbone" else _protonated(ranges.sample)
    tube = sample(spins, rng, conditions)
    table = peaks(spins, tube, experiment, rng)
    axes = [
        dimension(nucleus, span, tube.mhz, d == len(made.nuclei) - 1, ranges, rng)
        for d, (nucleus, span) in enumerate(zip(made.nuclei, AXES[experiment], strict=True))
    ]
    if slab is None:
        slab = -1 if len(axes) == 2 else int(rng.integers(2)) if made.kind == "backbone" else 1
    scene = Scene(table, axes, slab, ranges, rng, experiment)
    data, width = scene.data(), scene.widths()
    kept, height = scene.labels(width)
    drawn = spins.drawn[scene.rows[kept]].any(axis=1)
    return LabelledSpectrum(
        Spectrum(data, scene.frequency_axes(), source=f"{spins.name} {experiment}"),
        scene.index[kept] - [part.start for part in scene.parts],
        height, width[kept], scene.diagonal[kept], scene.sd, experiment, slab,
        float(drawn.mean()) if len(kept) else 0.0, spins.name,
    )  # fmt: skip


def suits(spins: ProteinSpins, experiment: str) -> bool:
    """Whether a protein is small enough that this spectrum would be taken of it."""
    return len(spins.sequence) <= LONGEST[EXPERIMENTS[experiment].kind]


def _protonated(ranges: SampleRanges) -> SampleRanges:
    return replace(ranges, deuterated=0.0, trosy=0.0)
