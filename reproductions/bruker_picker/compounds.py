"""The molecules of simulated spectra: measured spin systems, split by compound, and random ones."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from common import datasets
from common.io.gissmo import GissmoEntry, read_gissmo
from common.simulation.molecules import Molecule
from common.simulation.proton_scene import molecule_of
from common.simulation.small_molecules import exchangeable

SPIN_SYSTEMS = "gissmo_spin_systems"
#: Compounds (``GissmoEntry.compound``) of which measured spectra are scored or looked at, so that nothing is
#: learnt from their spin systems: 1-naphthoic acid 86-55-5, panthenol 16485-10-2, glucose 492-62-6, aspirin
#: 50-78-2 and its hydrolysis product.
LEFT_OUT = ("alphanaphthoate", "panthenol", "alphaglucose", "betaglucose", "aspirin", "acetylsalicylate")
#: Where the shares of compounds for training, validation and testing end; ours.
SHARES = {"train": 0.8, "validation": 0.85, "test": 1.0}


def split_of(compound: str) -> str:
    """``train``, ``validation`` or ``test``, or ``left out``; by the compound's name alone."""
    if compound in LEFT_OUT:
        return "left out"
    drawn = int.from_bytes(hashlib.sha256(compound.encode()).digest()[:4], "big") / 2**32
    return next(split for split, end in SHARES.items() if drawn < end)


@lru_cache(maxsize=1)
def _entries(offline: bool) -> tuple[GissmoEntry, ...]:
    spec = datasets.load(SPIN_SYSTEMS)
    return tuple(read_gissmo(spec.path(spec.cases["all"]["file"], offline)))


@lru_cache(maxsize=3)
def measured(split: str, offline: bool = False) -> tuple[Molecule, ...]:
    """The molecules of GISSMO whose compounds belong to a split. ``DataMissing`` without the data set."""
    found = (entry for entry in _entries(offline) if split_of(entry.compound) == split)
    return tuple(molecule_of(entry.compound, entry.system) for entry in found)


def drawn(pool, count: int, share: float, rng: np.random.Generator) -> list[Molecule]:
    """``count`` molecules out of a pool, a share of them with an NH or OH added, which fits leave out."""
    made = []
    for place in rng.integers(len(pool), size=count):
        molecule = pool[place]
        if rng.random() < share:
            parts = [exchangeable(rng) for _ in range(rng.integers(1, 3))]
            molecule = Molecule(molecule.name, (*molecule.parts, *parts))
        made.append(molecule)
    return made
