"""What stands in the regions of a 1D spectrum: integrals, protons, peaks and multiplets together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from common.classical.integrals import flattened, integrals, suggested_scale
from common.classical.multiplets import Multiplet, multiplet
from common.errors import UserError
from common.io.regions import Regions
from common.spectrum import Axis

#: What a compound does not have, by kind of region; a region without a kind is one of it.
OTHERS = ("solvent", "reference", "impurity")


@dataclass(frozen=True)
class Reference:
    """Regions whose middle lies between two shifts in ppm hold so many protons together."""

    left: float
    right: float
    protons: float


@dataclass(frozen=True)
class Signals:
    """Regions of one spectrum and what is in them.

    regions: from left to right; integrals in percent of those of the compound together (``OTHERS`` are none
    of it). protons: (n,), NaN where not known. protons_by: where they are from, ``total``, ``reference`` or
    ``suggested``; empty without. multiplets: one a region. flat: the spectrum less its baseline, (points,).
    noise: its sd.
    """

    regions: Regions
    protons: np.ndarray
    protons_by: str
    multiplets: tuple[Multiplet, ...]
    flat: np.ndarray
    noise: float

    @property
    def compound(self) -> np.ndarray:
        """Which regions are of the compound, (n,)."""
        return of_compound(self.regions)


def of_compound(regions: Regions) -> np.ndarray:
    """Which regions are neither solvent, nor reference, nor impurity; (n,)."""
    return np.array([kind not in OTHERS for kind in regions.kind], bool)


def find_signals(
    data: np.ndarray, axis: Axis, regions: Regions, protons: float | None = None, reference=None
) -> Signals:
    """Integrals, peaks and multiplets of the regions of a real spectrum in phase.

    protons: those of the compound in all. reference: a :class:`Reference`. With neither, whole protons are
    suggested for the compound. UserError where a scale cannot be had.
    """
    data = np.asarray(data, dtype=float)
    flat, noise = flattened(data, axis, regions.ppm)
    found = integrals(flat, axis, regions.ppm)
    compound = of_compound(regions)
    scale, how = _scale(regions, found, compound, protons, reference)
    counted = scale * found if scale else np.full(len(found), np.nan)
    if how == "suggested":
        counted = np.where(compound, counted, np.nan)
    total = found[compound].sum()
    percent = 100 * found / total if total > 0 else np.full(len(found), np.nan)
    each = tuple(multiplet(flat, axis, tuple(edges), noise) for edges in regions.ppm)
    return Signals(replace(regions, integral=percent), counted, how, each, flat, noise)


def _scale(regions: Regions, found, compound, protons, reference) -> tuple[float | None, str]:
    """Protons per unit of integral, and where that is from."""
    if reference:
        middle, ends = regions.ppm.mean(axis=1), sorted((reference.left, reference.right))
        chosen = (middle >= ends[0]) & (middle <= ends[1])
        where = f"between {ends[1]:g} and {ends[0]:g} ppm"
        if not chosen.any():
            listed = ", ".join(f"{left:.2f}-{right:.2f}" for left, right in regions.ppm) or "none"
            raise UserError(f"--reference: no region has its middle {where}; there are {listed}")
        return _ratio(reference.protons, found[chosen].sum(), f"regions {where}"), "reference"
    if protons:
        return _ratio(protons, found[compound].sum(), "all regions of the compound"), "total"
    scale = suggested_scale(found[compound])
    return scale, "suggested" if scale else ""


def _ratio(protons: float, integral: float, what: str) -> float:
    if not integral > 0:
        raise UserError(f"the integral of {what} is not positive, so it cannot count as {protons:g} protons")
    return protons / float(integral)
