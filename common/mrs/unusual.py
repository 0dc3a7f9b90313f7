"""Simulated spectra that no healthy brain gives: what does a method invent in them, or remove?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from common.acquisition import Basis
from common.simulation.brain import Brains, simulate
from common.simulation.brain_ranges import HEALTHY, BrainRanges

#: Relative to normal, what a high-grade glioma shows: NAA gone, creatine low, choline high (Howe and Opstad,
#: NMR Biomed 2003;16:123, describe the pattern). ours: the numbers, chosen to be plain.
TUMOUR = {"NAA": 0.0, "NAAG": 0.0, "Cr": 0.6, "PCr": 0.6, "GPC": 2.5, "PCh": 2.5, "Glu": 0.5}
#: Lactate of the tumour in mM, and the level of its lipids relative to total creatine. ours, as above.
LACTATE, LIPIDS = 10.0, (2.0, 2.0)
#: Metabolites that are left out or doubled one at a time. ours: strong, middling and weak signals, apart.
CHANGED = ("NAA", "Ins", "Glu", "GABA", "GSH", "Lac")


def amounts(names: Sequence[str], factors: dict[str, float] | None = None) -> np.ndarray:
    """Normal concentrations (metabolites,) in mM, the middle of the healthy ranges, times ``factors``.

    ``KeyError`` for a name without a range.
    """
    return np.array([np.mean(HEALTHY[name]) * (factors or {}).get(name, 1.0) for name in names])


def tumour(names: Sequence[str]) -> np.ndarray:
    """Concentrations (metabolites,) in mM like those of a glioma: no NAA, much choline and lactate."""
    values = amounts(names, TUMOUR)
    if "Lac" in names:
        values[list(names).index("Lac")] = LACTATE
    return values


def unusual(
    basis: Basis, ranges: BrainRanges, count: int, seed: int = 0, changed: Sequence[str] = CHANGED
) -> dict[str, Brains]:
    """``count`` spectra of every kind: ``normal``, ``no NAA``, ``NAA doubled`` and so on, and ``tumour``.

    Spectrum ``i`` of all kinds has the same random disturbances, the lipids of the tumour aside, and its
    noise: what differs in a method's answers is due to the metabolite. ``KeyError`` for a name in ``changed``
    that the basis lacks.
    """
    missing = [name for name in changed if name not in basis.names]
    if missing:
        raise KeyError(missing[0])
    # noise as of a normal spectrum, or none would be left without NAA
    ranges = dataclasses.replace(ranges, snr_of="normal")
    kinds = {"normal": amounts(basis.names)}
    for name in changed:
        kinds[f"no {name}"] = amounts(basis.names, {name: 0.0})
        kinds[f"{name} doubled"] = amounts(basis.names, {name: 2.0})
    made = {kind: _simulated(basis, ranges, count, seed, values) for kind, values in kinds.items()}
    fatty = dataclasses.replace(ranges, lipid_probability=1.0, lipids=LIPIDS, lipid_phase=(0.0, 0.0))
    return made | {"tumour": _simulated(basis, fatty, count, seed, tumour(basis.names))}


def _simulated(basis, ranges, count, seed, values) -> Brains:
    return simulate(basis, ranges, count, np.random.default_rng(seed), concentrations=values)
