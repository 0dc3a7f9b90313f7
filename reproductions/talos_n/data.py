"""Residues as TALOS-N sees them: 32 numbers each, of the residue and of those about it.

Six secondary shifts over their standard deviations, six flags that tell which are known, twenty similarity
scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from common.metrics.torsions import TorsionTruth
from common.protein.features import amino_codes, similarity
from common.protein.geometry import torsions
from common.protein.random_coil import secondary_shifts
from common.protein.rci import rci_s2
from common.protein.secondary import secondary_structure, three_state
from common.shiftlist import NUCLEI, six
from common.shifts.clusters import development, folds
from common.shifts.proteins import training_entries, unseen_entries, uses
from common.training.batches import Batches

from . import grid
from .config import Config

#: Numbers of a residue: shifts, flags, similarity scores.
SHIFTS, FLAGS, INPUTS = slice(0, 6), slice(6, 12), 32
#: ours: what secondary shifts of ``NUCLEI`` are divided by, ppm; near their standard deviations in folded
#: proteins.
SCALE = np.array([4.0, 0.6, 0.4, 1.8, 2.4, 2.0])
#: ours: scaled shifts are held to this: a wrong assignment says nothing.
FARTHEST = 4.0
#: ours: standard errors of assigned shifts and of their references, ppm; what ``Config.noise`` counts in.
NOISE = np.array([0.6, 0.09, 0.06, 0.27, 0.29, 0.3])
OFFSET = np.array([1.0, 0.03, 0.03, 0.45, 0.48, 0.4])


@dataclass(frozen=True)
class Chain:
    """A chain of n residues: one-letter codes, shifts (n, 6) of ``NUCLEI`` in ppm, NaN where there is none,
    and whether (n,) a peptide bond leads to the residue before."""

    name: str
    sequence: str
    shifts: np.ndarray
    bonded: np.ndarray


@dataclass(frozen=True)
class Table:
    """Residues of several chains end to end.

    features: float32 (rows + 1, 32), the last row that of nothing. codes: (rows,) index of the amino acid,
    -1 for none of the twenty. known: (rows,) whether a residue has a shift. s2: (rows,) RCI order
    parameter. protein, piece: (rows,) number of the chain, and of the unbroken stretch.
    """

    features: np.ndarray
    codes: np.ndarray
    known: np.ndarray
    s2: np.ndarray
    protein: np.ndarray
    piece: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def windows(self, reach: int) -> np.ndarray:
        """Rows (rows, 2 reach + 1) of the residues about each one, that of nothing where there is none."""
        at = np.arange(len(self))[:, None] + np.arange(-reach, reach + 1)
        inside = (at >= 0) & (at < len(self))
        at = np.clip(at, 0, len(self) - 1)
        return np.where(inside & (self.piece[at] == self.piece[:, None]), at, len(self))


@dataclass(frozen=True)
class Known:
    """Residues whose structure is known.

    group: (rows,) of like proteins; folds: (rows,) of a cross-validation; development: (rows,) whether of the
    proteins that the suite holds out to choose by (``common.shifts.clusters``).
    """

    table: Table
    truth: TorsionTruth
    group: np.ndarray
    folds: np.ndarray
    development: np.ndarray

    def pick(self, chosen: np.ndarray) -> Known:
        """The residues of some proteins, all of each; chosen: (rows,)."""
        own = self.table
        table = Table(
            np.concatenate([own.features[:-1][chosen], own.features[-1:]]),
            own.codes[chosen],
            own.known[chosen],
            own.s2[chosen],
            np.unique(own.protein[chosen], return_inverse=True)[1],
            own.piece[chosen],
        )
        truth = TorsionTruth(*(part[chosen] for part in vars(self.truth).values()))
        return Known(table, truth, self.group[chosen], self.folds[chosen], self.development[chosen])

    @property
    def scored(self) -> np.ndarray:
        """Rows (k,) of residues with shifts whose phi and psi are known."""
        return np.flatnonzero(self.table.known & np.isfinite(self.truth.angles).all(1))


def describe(chain: Chain) -> np.ndarray:
    """The 32 numbers (n, 32) of each residue."""
    scaled = secondary_shifts(chain.shifts, chain.sequence, chain.bonded) / SCALE
    flags = np.isfinite(scaled)
    held = np.clip(np.where(flags, scaled, 0.0), -FARTHEST, FARTHEST)
    return np.concatenate([held, flags, similarity(chain.sequence)], axis=1)


def table(chains: Sequence[Chain]) -> Table:
    """The residues of some chains."""
    features = np.concatenate([*map(describe, chains), np.zeros((1, INPUTS))]).astype("float32")
    bonded = np.concatenate([[False, *chain.bonded[1:]] for chain in chains])
    return Table(
        features=features,
        codes=np.concatenate([amino_codes(chain.sequence) for chain in chains]),
        known=features[:-1, FLAGS].any(1),
        s2=np.concatenate([rci_s2(chain.shifts, chain.sequence, chain.bonded) for chain in chains]),
        protein=np.repeat(np.arange(len(chains)), [len(chain.sequence) for chain in chains]),
        piece=np.cumsum(~bonded.astype(bool)),
    )


def chain_of(entry) -> Chain:
    """The chain of an entry of ``common.shifts``."""
    protein = entry.protein
    return Chain(entry.id, protein.sequence, six(entry.shifts), np.asarray(protein.bonded, bool))


def known(entries: Sequence, parts: int = 0) -> Known:
    """The residues of some entries with their angles, in ``parts`` folds."""
    found = table([chain_of(entry) for entry in entries])
    angles = [torsions(entry.protein) for entry in entries]
    states = [three_state(secondary_structure(entry.protein)) for entry in entries]
    chi1 = np.concatenate([each.chi1 for each in angles])
    truth = TorsionTruth(
        angles=np.concatenate([np.stack([each.phi, each.psi], axis=1) for each in angles]),
        # the ring holds chi1 of proline near 0: no rotamer
        chi1=np.where(np.concatenate([list(e.protein.sequence) for e in entries]) == "P", np.nan, chi1),
        secondary=np.concatenate(states),
    )
    group = np.unique([str(entry.cluster) for entry in entries], return_inverse=True)[1]
    fold = np.asarray(folds(entries, parts, seed=0)) if parts else np.zeros(len(entries), int)
    held = development(entries)
    held |= not held.any()  # peptides by simulation are all alike
    return Known(found, truth, *(values[found.protein] for values in (group, fold, held)))


@lru_cache(maxsize=2)
def _training(sets, strict, proteins, made_up, parts, offline) -> Known:
    entries = training_entries(sets, strict=strict, proteins=proteins, made_up=made_up, offline=offline)
    return known(entries, parts)


def training(config: Config, offline: bool = False) -> Known:
    """The residues to learn from and to search in, in as many folds as an ensemble has members."""
    return _training(config.sets, config.strict, config.proteins, config.made_up, config.members, offline)


def unseen(config: Config, offline: bool = False) -> tuple[list, Known]:
    """Entries to be tested on, and their residues."""
    entries = unseen_entries(made_up=config.made_up, offline=offline)
    return entries, known(entries)


def augment(windows: np.ndarray, rng: np.random.Generator, config: Config) -> np.ndarray:
    """Windows (batch, residues, 32) as other recordings of them might be: noisier, misreferenced, less
    complete.

    ``config.noise`` scales errors of shifts and of references, drawn for each window. In half of the
    windows each nucleus is missing with the chance ``config.missing``, and each residue's shifts with .3 of
    it.
    """
    made, count = windows.copy(), len(windows)
    if config.noise:
        errors = NOISE * rng.standard_normal(made[..., SHIFTS].shape)
        errors += OFFSET * rng.standard_normal((count, 1, len(NUCLEI)))
        made[..., SHIFTS] += config.noise * errors / SCALE
    if config.missing:
        thinned = rng.random((count, 1, 1)) < 0.5
        gone = thinned & (rng.random((count, 1, len(NUCLEI))) < config.missing)
        gone = gone | (rng.random((count, windows.shape[1], 1)) < 0.3 * config.missing)
        made[..., FLAGS] *= ~gone
    made[..., SHIFTS] *= made[..., FLAGS]
    return made


def level1_batches(config: Config, found: Known, rows: np.ndarray, seed: int, split: str, used=()) -> Batches:
    """Windows of shifts (batch, residues, 32) with distributions of angles, for some rows."""
    windows = found.table.windows(config.reach)[rows]
    angles = found.truth.angles[rows]

    def make(chosen, rng):
        inputs = found.table.features[windows[chosen]]
        if split == "train":
            inputs = augment(inputs, rng, config)
        return inputs, grid.distribution(angles[chosen], config.bins, config.label_width).astype("float32")

    size = config.batch if split == "train" else 1024
    return Batches(make, len(rows), size, seed, split, used)


def distributions(config: Config, found: Known) -> np.ndarray:
    """The distributions (rows, bins * bins) that stand for the known angles; of unknown ones, anything."""
    angles = np.nan_to_num(found.truth.angles)
    return grid.distribution(angles, config.bins, config.label_width).astype("float32")


def array_batches(
    seen: Callable, wanted: np.ndarray, rows: np.ndarray, size: int, seed: int, split: str, used=()
) -> Batches:
    """Batches of ``seen(rows)`` and targets ``wanted[rows]`` as they are."""
    wanted = wanted.astype("float32")
    return Batches(
        lambda chosen, _: (seen(rows[chosen]), wanted[rows[chosen]]), len(rows), size, seed, split, used
    )


def batches(config: Config, seed: int, split: str) -> Batches:
    """Batches of the first network of level 1."""
    found = training(config)
    rows = found.scored
    out = found.folds[rows] == 0
    return level1_batches(
        config, found, rows[~out if split == "train" else out], seed, split, uses(config.sets, config.made_up)
    )
