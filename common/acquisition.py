"""A single-voxel MRS acquisition and a metabolite basis set: FIDs with the one axis that places them.

FIDs turn as everywhere in the suite: a signal ``exp(+2 pi i f t)`` of positive ``f`` lies at high ppm,
``ppm = carrier + f / mhz``. Readers conjugate the formats that turn the other way.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from common.spectrum import Axis

#: Chemical shift of water at body temperature, the reference of an in-vivo axis whose file names none (ppm).
WATER_PPM = 4.65


@dataclass(frozen=True)
class Acquisition:
    """FIDs of one voxel.

    fids: complex (coils, averages, points). axis: of the time domain, its carrier the shift at 0 Hz.
    te, tr: echo and repetition time in ms; sequence: as the file names it; None or empty where it is silent.
    header: what the reader found, kept for a writer of the same format. source: the file it came from.
    """

    fids: np.ndarray
    axis: Axis
    te: float | None = None
    tr: float | None = None
    sequence: str = ""
    header: dict = field(default_factory=dict, repr=False)
    source: str = ""

    def __post_init__(self):
        if self.fids.ndim != 3 or self.fids.shape[-1] != self.axis.size or not np.iscomplexobj(self.fids):
            raise ValueError(f"FIDs are complex (coils, averages, {self.axis.size}), not {self.fids.shape}")
        _check_axis(self.axis)

    def replace(self, **changes) -> Acquisition:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def describe(self) -> str:
        """One line for a user."""
        coils, averages, points = self.fids.shape
        timing = f"TE {self.te:g} ms" if self.te is not None else "TE not stated"
        return (
            f"{coils} coils, {averages} averages, {points} points, {self.axis.sw:.1f} Hz,"
            f" {self.axis.mhz:.3f} MHz, {self.sequence or 'sequence not stated'}, {timing}"
        )


@dataclass(frozen=True)
class Basis:
    """Signals of single metabolites, all of one condition.

    names: the field's abbreviations, as LCModel writes them (``NAA``, ``Ins``, ``PCh``). fids: complex
    (metabolites, points), one unit of concentration each. axis: as in :class:`Acquisition`.
    te: echo time in ms; sequence: how they were made.
    """

    names: tuple[str, ...]
    fids: np.ndarray
    axis: Axis
    te: float | None = None
    sequence: str = ""

    def __post_init__(self):
        if self.fids.shape != (len(self.names), self.axis.size) or not np.iscomplexobj(self.fids):
            raise ValueError(f"{len(self.names)} names need as many complex FIDs, not {self.fids.shape}")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"a name stands twice in {self.names}")
        _check_axis(self.axis)

    def __getitem__(self, name: str) -> np.ndarray:
        """The FID of one metabolite; ``KeyError`` where it is not there."""
        if name not in self.names:
            raise KeyError(name)
        return self.fids[self.names.index(name)]

    def pick(self, names) -> Basis:
        """The basis of some metabolites, in the order asked for; ``KeyError`` where one is not there."""
        return dataclasses.replace(self, names=tuple(names), fids=np.stack([self[name] for name in names]))


def _check_axis(axis: Axis) -> None:
    if axis.domain != "time" or axis.encoding != "complex":
        raise ValueError("the axis of FIDs is complex, in the time domain")
