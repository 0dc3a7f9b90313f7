"""Molecules with known spectra, and ranges under which nothing is left to chance."""

from common.simulation.molecules import Molecule, Part, coupled
from common.simulation.proton_ranges import ProtonRanges


def ethyl(methylene, methyl, j=7.1):
    return coupled([methylene] * 2 + [methyl] * 3, [(i, k, j) for i in (0, 1) for k in (2, 3, 4)])


ETHANOL = Molecule("ethanol", (Part.plain(ethyl(3.65, 1.19)),))
ETHYL_ACETATE = Molecule(
    "ethyl acetate", (Part.plain(coupled([2.05] * 3, [])), Part.plain(ethyl(4.12, 1.26)))
)
#: No solvent, impurities, shifts, errors of intensity or of processing; lines 0.5 Hz wide, field 0.05 Hz.
PLAIN = ProtonRanges(
    mixture=(1.0,), empty_share=0.0, shift=0.0, reference=0.0, excitation=(1.0, 1.0), exchange=(1.0, 1.0),
    no_solvent_share=1.0, impurities=(1.0,), unknown=0.0, byproducts=(1.0,), broad=(1.0,),
    linewidth=(0.5, 0.5), width_spread=0.0, feet_share=0.0,
    shim=(0.05, 0.05), shim_poor_share=0.0, sideband_share=0.0, window=("none",), phase0=0.0, phase1=0.0,
    baseline=(1e-12, 1e-12), hump_share=0.0, edge_share=0.0, acquired=(1.0, 1.0), snr=(1e9, 1e9),
)  # fmt: skip


def singlets(*ppm, protons=1):
    return Molecule("singlets", tuple(Part.plain(coupled([p] * protons, [])) for p in ppm))
