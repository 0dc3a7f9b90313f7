"""Macromolecules, lipids and soft ratios of concentrations, after LCModel's defaults for brain.

Lines and their usual ratios are those of ``common/simulation/macromolecules.toml``: LCModel's Gaussian model,
and what it leaves to its spline. Ratios of metabolites and how soft ones work are facts read in LCModel's
source (S. W. Provencher, BSD-3; github.com/schorschinho/LCModel, c9d95ff, defaults of ``CHRATO``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import Basis
from common.classical.voigt_basis import gaussian
from common.simulation.macromolecules import Lines, gaussian_lines

#: Widths of lines in units of the table's, which are LCModel's least ones; ours: it expects 1.1 to 1.3.
WIDTH = 1.1
#: Less of creatine's CH2 than its CH3 promises (faster relaxation, saturation with the water): (ppm, FWHM,
#: protons), LCModel's ``-CrCH2``.
CREATINE = (3.93, 0.0, -2.0)
#: Lipids come from outside of the voxel as well, in any phase: their main lines turned by these degrees.
TURNS = {"Lip13+90": 90.0, "Lip13+180": 180.0, "Lip13-90": -90.0}
BIG3 = dict.fromkeys(("NAA", "NAAG", "Cr", "PCr"), 1.0) | dict.fromkeys(("GPC", "PCh"), 3.0)
#: Least sum that a ratio is taken to, as a part of all concentrations (LCModel's ``FCSUM``).
ABSENT = 1e-3


@dataclass(frozen=True)
class Ratio:
    """``name`` is ``mean`` +- ``sd`` times the sum of ``of``; ``beside`` adds to the scale of the sd."""

    name: str
    of: dict[str, float]
    mean: float
    sd: float
    beside: tuple[str, ...] = ()


METABOLITE_RATIOS = (
    Ratio("-CrCH2", {"Cr": 1.0, "PCr": 1.0}, 0.1, 0.25),
    Ratio("Asp", BIG3, 0.05, 0.05),
    Ratio("GABA", BIG3, 0.03, 0.03),
    Ratio("Glc", BIG3, 0.03, 0.03),
    Ratio("sIns", BIG3, 0.01, 0.01),
    Ratio("Tau", BIG3, 0.05, 0.05),
    Ratio("GSH", {"GSH": 1.0, "Gln": 1.0}, 0.286, 0.126),
)
#: In place of the table's range: what LCModel has no lines for is expected to be little.
#: ours: with the table's range Glu + Gln of LCModel's test spectrum comes out 16 % below LCModel's.
LITTLE = {"MM26": (0.2, 0.2)}


def _table_ratios(lines: Lines, beside: tuple[str, ...]):
    """Mean and sd of each uniform range of the table that refers to another group."""
    for name, other, (low, high) in zip(lines.groups, lines.relative_to, lines.levels, strict=True):
        if other >= 0:
            mean, sd = LITTLE.get(name, ((low + high) / 2, (high - low) / 12**0.5))
            yield Ratio(name, {lines.groups[other]: 1.0}, mean, sd, beside)


def ratios() -> tuple[Ratio, ...]:
    """Every soft ratio; the groups that soften those of macromolecules and lipids are LCModel's (``+WT``)."""
    macromolecules = _table_ratios(gaussian_lines("MM"), ("Lip09",))
    lipids = _table_ratios(gaussian_lines("Lip"), ("MM12",))
    return (*macromolecules, *lipids, *METABOLITE_RATIOS)


def components(basis: Basis, proton: float) -> Basis:
    """Basis of macromolecules, lipids and ``-CrCH2`` on the same axis.

    proton: height at time zero of one proton of a metabolite.
    """
    fids = {}
    for table in (gaussian_lines("MM"), gaussian_lines("Lip")):
        for i, name in enumerate(table.groups):
            own = table.group == i
            rows = zip(table.ppm[own], WIDTH * table.fwhm[own], table.area[own], strict=True)
            fids[name] = gaussian(basis.axis, rows)
    fids |= {name: fids["Lip13"] * np.exp(1j * np.deg2rad(turn)) for name, turn in TURNS.items()}
    fids["-CrCH2"] = gaussian(basis.axis, [CREATINE])
    return Basis(tuple(fids), proton * np.stack(list(fids.values())), basis.axis)


def ratio_rows(names, amounts: np.ndarray, soft: tuple[Ratio, ...]) -> np.ndarray:
    """Rows (ratios, names) whose product with concentrations is expected to be 0 +- 1.

    amounts: (names,), an estimate of the concentrations, which sets the scale of every sd. Ratios to what is
    not among ``names`` are left out; a ratio to what is absent by the estimate asks for next to nothing.
    """
    place = {name: i for i, name in enumerate(names)}
    rows = []
    for ratio in soft:
        of = {place[name]: factor for name, factor in ratio.of.items() if name in place}
        beside = [place[name] for name in ratio.beside if name in place]
        scale = sum(factor * amounts[i] for i, factor in of.items()) + amounts[beside].sum()
        scale = max(scale, ABSENT * amounts.sum())
        if ratio.name not in place or not of or scale <= 0:
            continue
        row = np.zeros(len(names))
        row[place[ratio.name]] = 1.0
        for i, factor in of.items():
            row[i] -= ratio.mean * factor
        rows.append(row / (ratio.sd * scale))
    return np.array(rows).reshape(len(rows), len(names))
