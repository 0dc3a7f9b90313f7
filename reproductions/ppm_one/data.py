"""What the networks of PPM_One learn from: inputs a nucleus, and the shift itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from common.cache import cached
from common.shiftlist import NUCLEI
from common.shifts.examples import Examples
from common.shifts.proteins import training_examples
from common.structures import Protein
from common.training.batches import Batches

from . import inputs
from .config import Config

#: Raise it when the inputs change; they are kept on disk.
VERSION = 1


def columns(config: Config, nucleus: str) -> np.ndarray:
    """The columns of :func:`describe` that the network of a nucleus is given."""
    return inputs.columns(nucleus, config.inputs == "paper")


def describe(protein: Protein) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, 131) of a protein, kept on disk, and zeros (n, 8), NaN for atoms that are not there.

    Inputs of a residue without a bonded neighbour on either side are NaN: it is not predicted.
    """
    return cached(_describe, *protein.arrays(), version=VERSION), inputs.there(protein)


def _describe(*arrays) -> np.ndarray:
    return inputs.describe(Protein.from_arrays(arrays))


@lru_cache(maxsize=2)
def _examples(sets, strict, proteins, made_up, parts, offline) -> Examples:
    return training_examples(
        describe, sets=sets, strict=strict, proteins=proteins, made_up=made_up, folds=parts, offline=offline
    )


def training(config: Config, offline: bool = False) -> Examples:
    """The residues to learn from, in as many parts as an ensemble has members; none has all parts."""
    return _examples(config.sets, config.strict, config.proteins, config.made_up, config.members, offline)


def known(table: Examples, nucleus: str) -> tuple[np.ndarray, np.ndarray]:
    """The rows that have a shift of a nucleus, and the shifts in ppm; of glycine's HA the mean of the two."""
    shifts = table.secondary()[:, NUCLEI.index(nucleus)]
    rows = np.flatnonzero(np.isfinite(shifts))
    return rows, shifts[rows]


def nucleus_batches(config: Config, table: Examples, nucleus: str, seed: int, split: str, uses=()) -> Batches:
    """Batches of inputs and of shifts (batch, members) in ppm, NaN where the member leaves the row out.

    In training a member leaves out its part of the proteins; in validation, all other parts.
    """
    rows, shifts = known(table, nucleus)
    features = table.features[rows][:, columns(config, nucleus)]
    own = table.folds[rows][:, None] == np.arange(config.members)
    wanted = np.where(own == (split != "train"), shifts[:, None], np.nan).astype("float32")
    size = config.batch if split == "train" else 2048
    return Batches(lambda chosen, _: (features[chosen], wanted[chosen]), len(rows), size, seed, split, uses)


def batches(config: Config, seed: int, split: str) -> Batches:
    """Batches of the first nucleus in which every member is told every shift."""
    table, nucleus = training(config), config.nuclei[0]
    rows, shifts = known(table, nucleus)
    features = table.features[rows][:, columns(config, nucleus)]
    wanted = np.repeat(shifts[:, None], config.members, axis=1).astype("float32")
    return Batches(lambda chosen, _: (features[chosen], wanted[chosen]), len(rows), config.batch, seed, split)
