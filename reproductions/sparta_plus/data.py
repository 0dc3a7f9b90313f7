"""Inputs and targets of SPARTA+: 113 numbers a residue, and the shift without what is added afterwards."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from common.cache import cached
from common.protein import features
from common.protein.cysteines import disulfides
from common.protein.electric import electric_field
from common.protein.geometry import SPARTA_CHI1, SPARTA_CHI2, torsions
from common.protein.hbonds import hydrogen_bonds
from common.protein.order import contact_order
from common.protein.random_coil import random_coil
from common.protein.rings import ring_currents
from common.shifts import members
from common.shifts.examples import Examples
from common.shifts.proteins import training_examples
from common.structures import Protein
from common.training.batches import Batches

from .config import Config
from .oriented import ORIENTED, oriented
from .referencing import referenced
from .surroundings import SURROUNDINGS, surroundings

#: Raise it when the inputs change; they are kept on disk.
VERSION = 2
#: code: the program divides outputs for HA by 4, those for HN by 2, and multiplies those for N by 2.5.
SCALE = np.array([1 / 2.5, 2.0, 4.0, 1.0, 1.0, 1.0])
#: code: the share of the ring current that is added.
RING = 0.6
#: ours: with these inputs, offsets of training proteins are taken off (no field: ids of runs stay).
REFERENCED = ("oriented",)


def inputs(config: Config) -> int:
    """How many numbers a residue comes with."""
    own = (2 * config.reach + 1) * (features.RESIDUE + 1) + 20
    more = {"sparta": 0, "surroundings": SURROUNDINGS, "oriented": SURROUNDINGS + ORIENTED}
    return own + more[config.inputs]


def describe(protein: Protein, kind: str = "sparta", reach: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, 113) and corrections (n, 8) in ppm of each residue, kept on disk.

    Inputs of a residue without a bonded neighbour on either side are NaN: it is not predicted.
    """
    return cached(_describe, *protein.arrays(), version=VERSION, kind=kind, reach=reach)


def _describe(*arrays, kind: str, reach: int) -> tuple[np.ndarray, np.ndarray]:
    return made(Protein.from_arrays(arrays), kind, reach)


def made(protein: Protein, kind: str = "sparta", reach: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`describe`, kept nowhere."""
    own = sparta_inputs(protein, reach)
    if kind in ("surroundings", "oriented"):
        own = np.concatenate([own, surroundings(protein)], axis=1)
    if kind == "oriented":
        own = np.concatenate([own, oriented(protein)], axis=1)
    return own, corrections(protein)


def sparta_inputs(protein: Protein, reach: int = 1) -> np.ndarray:
    """The inputs of the released program in its order: residues, hydrogen bonds, order parameters."""
    own = features.residues(protein, torsions(protein, SPARTA_CHI1, SPARTA_CHI2))
    around = features.neighbours(own, protein.bonded, reach)
    order = np.nan_to_num(contact_order(protein))[:, None]  # code: zero where undefined
    return np.concatenate(
        [around, bond_inputs(protein), features.neighbours(order, protein.bonded, reach)], axis=1
    )


def bond_inputs(protein: Protein) -> np.ndarray:
    """Flag, distance and two cosines (n, 20) of the bonds of O(i-1), HN(i), HA(i), O(i), HN(i+1)."""
    bonds = hydrogen_bonds(protein)
    before, behind = (
        np.nan_to_num(features.neighbours(values, protein.bonded, 1)[:, part])
        for values, part in ((bonds.o, slice(0, 4)), (bonds.hn, slice(8, 12)))
    )
    return np.concatenate([before, bonds.hn, bonds.ha, bonds.o, behind], axis=1)


def corrections(protein: Protein) -> np.ndarray:
    """What is added to the network's output (n, 8), ppm: random coil, ring currents, electric field."""
    oxidised = disulfides(protein)
    return (
        random_coil(protein.sequence, neighbours=False, oxidised=oxidised, bonded=protein.bonded)
        + RING * np.nan_to_num(ring_currents(protein))
        - np.nan_to_num(electric_field(protein))
    )


@lru_cache(maxsize=2)
def _examples(sets, strict, proteins, made_up, kind, reach, parts, anew, offline) -> Examples:
    known = training_examples(
        lambda protein: describe(protein, kind, reach),
        sets=sets, strict=strict, proteins=proteins, made_up=made_up, folds=parts, offline=offline,
    )  # fmt: skip
    return referenced(known) if anew else known


def training(config: Config, offline: bool = False) -> Examples:
    """The residues to learn from, in as many folds as an ensemble has members."""
    return _examples(
        config.sets, config.strict, config.proteins, config.made_up, config.inputs, config.reach,
        config.members, config.inputs in REFERENCED, offline,
    )  # fmt: skip


def targets(known: Examples) -> np.ndarray:
    """Scaled secondary shifts (rows, 6), NaN where there is none."""
    return known.secondary() * SCALE


def groups(config: Config) -> tuple[str, ...]:
    """The nuclei that have an ensemble of their own, or the one for all."""
    return (members.ALL,) if config.joint else config.nuclei


def batches(config: Config, seed: int, split: str) -> Batches:
    """Batches of the first member of the first group."""
    known = training(config)
    out = known.folds == 0
    rows = ~out if split == "train" else out
    return members.batches(
        known.pick(rows), targets(known)[rows], groups(config)[0], config.batch, seed, split
    )
