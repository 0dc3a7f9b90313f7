"""The spin systems of twenty brain metabolites and their simulated basis at any field, sequence and time.

The table is ``metabolites.toml``, with its sources. Names are LCModel's abbreviations.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import numpy as np

from common.acquisition import Basis
from common.simulation.lines import Lines, joined
from common.simulation.sequences import SEQUENCES
from common.simulation.spins import SpinSystem
from common.spectrum import Axis

TABLE = Path(__file__).with_suffix(".toml")
#: The twenty metabolites of the table.
NAMES = (
    "Ala", "Asc", "Asp", "Cr", "GABA", "Glc", "Gln", "Glu", "Gly", "GPC",
    "GSH", "Ins", "Lac", "NAA", "NAAG", "PCh", "PCr", "PE", "sIns", "Tau",
)  # fmt: skip


@lru_cache(maxsize=1)
def table() -> dict[str, tuple[SpinSystem, ...]]:
    """The spin systems of every metabolite; the signals of one metabolite's systems add up."""
    found = {}
    for name, entry in tomllib.loads(TABLE.read_text(encoding="utf-8")).items():
        groups = entry["groups"]
        found[name] = tuple(
            SpinSystem.of(g["shifts"], g.get("couplings", ()), g.get("nuclei"), g.get("scale", 1.0))
            for g in groups
        )
    return found


def protons(name: str) -> float:
    """Observed protons of a metabolite, the signal of one unit of it at time 0 of an ideal pulse-acquire."""
    return sum(system.protons for system in table()[name])


def lines(name: str, mhz: float, sequence: str = "press", **timing) -> Lines:
    """Merged lines of a metabolite after one of ``sequences.SEQUENCES``; ``timing`` in ms (``te=30.0``).

    ``KeyError`` for an unknown metabolite or sequence.
    """
    return joined(SEQUENCES[sequence](system, mhz, **timing) for system in table()[name]).merged()


def basis(axis: Axis, sequence: str = "press", te: float = 30.0, names=NAMES, **timing) -> Basis:
    """Ideal signals of metabolites: no relaxation, ideal pulses, the FID from the top of the echo.

    axis: complex time axis; its ``mhz`` is the field. te in ms; ``timing``: what else the sequence takes
    (``te1`` of press, ``tm`` of steam). ``pulse_acquire`` has no echo time: ``te`` is ignored there.
    One unit of a metabolite gives at time 0 of a pulse-acquire as much signal as it has observed protons.
    """
    if sequence == "pulse_acquire":
        te = None
    times = timing if te is None else {"te": te, **timing}
    fids = np.stack([lines(name, axis.mhz, sequence, **times).fid(axis) for name in names])
    return Basis(tuple(names), fids, axis, te, f"{sequence}, ideal pulses, simulated")
