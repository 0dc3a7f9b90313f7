"""Measured spectra whose regions a person set: one compound for development, the others for testing."""

from __future__ import annotations

from dataclasses import dataclass

from common import datasets
from common.io import files
from common.io.regions import Regions, read_regions
from common.spectrum import Spectrum

#: Sets with regions set by hand, and the kinds of found regions that their true ones include: those of
#: nmr_dataset1_1h were set on everything seen, solvent and TMS too; those of bruker_1d_regions on the
#: compound alone (data_specs).
KINDS = {"nmr_dataset1_1h": ("signal", "solvent"), "bruker_1d_regions": ("signal",)}
#: Files other than the case's own: the spectrum that was made of its FID.
INSTEAD = {("bruker_1d_regions", "naphthoic_acid_500MHz"): ("nmr_dataset1_1h", "86-55-5/1h.dx")}


@dataclass(frozen=True)
class Measured:
    """A spectrum, real, with regions set by hand. kinds: those of found regions that are compared."""

    source: str
    name: str
    role: str
    spectrum: Spectrum
    true: Regions
    kinds: tuple[str, ...]


def measured(source: str, offline: bool = False) -> list[Measured]:
    """The spectra of a set that have regions set by hand. ``DataMissing`` without the data set."""
    spec, made = datasets.load(source), []
    for name, case in spec.cases.items():
        if "reference" not in case or case["regions"] == "automatic":
            continue
        for file in case["with"]:  # a Bruker spectrum is read with the files beside it
            spec.path(file, offline)
        other, file = INSTEAD.get((source, name), (source, case["file"]))
        path = datasets.load(other).path(file, offline)
        spectrum = files.read(path.parent if path.name == "1r" else path)
        axis = spectrum.axes[0].to_frequency()
        spectrum = spectrum.replace(data=spectrum.data.real, axes=(axis,))
        true = read_regions(spec.path(case["reference"], offline))
        made.append(Measured(source, name, case["role"], spectrum, true, KINDS[source]))
    return made
