"""Macromolecules, lipids and soft ratios of concentrations, as LCModel has them by default for brain.

Facts read in LCModel's source (S. W. Provencher, BSD-3; github.com/schorschinho/LCModel, c9d95ff,
``source/LCModel.f``, defaults of ``CHSIMU`` and ``CHRATO``). The macromolecules above 3.1 ppm, which LCModel
leaves to its spline, are those of the consensus list (C. Cudalbu et al., NMR Biomed. 2021, 34, e4393).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import Basis
from common.classical.voigt_basis import gaussian

#: Lines of each component: shift (ppm), full width at half height (ppm), protons.
COMPONENTS = {
    "MM09": ((0.91, 0.14, 3.0),),
    "MM12": ((1.21, 0.15, 2.0),),
    "MM14": ((1.43, 0.17, 2.0),),
    "MM17": ((1.67, 0.15, 2.0),),
    "MM20": ((2.08, 0.15, 1.33), (2.25, 0.20, 0.33), (1.95, 0.15, 0.33), (3.00, 0.20, 0.40)),
    # ours: widths and areas, as in the simulator's table
    "MM38": ((3.21, 0.25, 0.5), (3.71, 0.20, 0.5), (3.79, 0.20, 0.5), (3.87, 0.20, 0.5), (4.20, 0.30, 1.0)),
    "Lip09": ((0.89, 0.14, 3.0),),
    "Lip13a": ((1.28, 0.15, 2.0),),
    "Lip13b": ((1.28, 0.089, 2.0),),
    "Lip20": ((2.04, 0.15, 1.33), (2.25, 0.15, 0.67), (2.80, 0.20, 0.87)),
    # Less of creatine's CH2 than its CH3 promises: faster relaxation, and saturation with the water.
    "-CrCH2": ((3.93, 0.0, -2.0),),
}
BIG3 = dict.fromkeys(("NAA", "NAAG", "Cr", "PCr"), 1.0) | dict.fromkeys(("GPC", "PCh"), 3.0)
#: Least sum that a ratio is taken to, as a part of all concentrations (LCModel's ``FCSUM``).
ABSENT = 1e-3
LIP13 = {"Lip13a": 1.0, "Lip13b": 1.0}


@dataclass(frozen=True)
class Ratio:
    """``name`` is ``mean`` +- ``sd`` times the sum of ``of``; ``beside`` adds to the scale of the sd."""

    name: str
    of: dict[str, float]
    mean: float
    sd: float
    beside: tuple[str, ...] = ()


RATIOS = (
    Ratio("Lip09", LIP13, 0.267, 0.1, ("MM12",)),
    Ratio("Lip20", LIP13, 0.15, 0.07, ("MM12",)),
    Ratio("MM20", {"MM09": 1.0}, 1.5, 0.375, ("Lip09",)),
    Ratio("MM12", {"MM09": 1.0}, 0.3, 0.1, ("Lip09",)),
    Ratio("MM14", {"MM09": 1.0}, 0.75, 0.45, ("Lip09",)),
    Ratio("MM17", {"MM09": 1.0}, 0.375, 0.3, ("Lip09",)),
    Ratio("MM38", {"MM09": 1.0}, 0.9, 0.35, ("Lip09",)),  # ours: the middle and sd of the simulator's range
    Ratio("-CrCH2", {"Cr": 1.0, "PCr": 1.0}, 0.1, 0.25),
    Ratio("Asp", BIG3, 0.05, 0.05),
    Ratio("GABA", BIG3, 0.03, 0.03),
    Ratio("Glc", BIG3, 0.03, 0.03),
    Ratio("sIns", BIG3, 0.01, 0.01),
    Ratio("Tau", BIG3, 0.05, 0.05),
    Ratio("GSH", {"GSH": 1.0, "Gln": 1.0}, 0.286, 0.126),
)


def components(basis: Basis, proton: float) -> Basis:
    """Basis of :data:`COMPONENTS` on the same axis; ``proton``: height at time zero of one proton."""
    fids = np.stack([gaussian(basis.axis, lines) for lines in COMPONENTS.values()])
    return Basis(tuple(COMPONENTS), proton * fids, basis.axis)


def ratio_rows(names, amounts: np.ndarray, ratios=RATIOS) -> np.ndarray:
    """Rows (ratios, names) whose product with concentrations is expected to be 0 +- 1.

    amounts: (names,), an estimate of the concentrations, which sets the scale of every sd. Ratios to what is
    not among ``names`` are left out; a ratio to what is absent by the estimate asks for next to nothing.
    """
    place = {name: i for i, name in enumerate(names)}
    rows = []
    for ratio in ratios:
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
