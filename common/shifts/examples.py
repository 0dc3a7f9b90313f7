"""Residues of many proteins with inputs and shifts in one table: what networks of shifts learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from common.protein.features import amino_codes
from common.shiftlist import eight, six
from common.structures import Protein


@dataclass(frozen=True)
class Examples:
    """A row for each residue that has inputs.

    ids: of the proteins. features: float32 (rows, inputs). shifts: observed ones (rows, 8) in ppm after
    ``COLUMNS``, NaN where there is none. corrections: (rows, 8) in ppm, what a network's output is added to.
    protein: (rows,) index into ids. residue: (rows,) index of the residue in its protein. amino: (rows,)
    index of the amino acid. folds: (rows,) part of a cross-validation by sequence cluster.
    """

    ids: tuple[str, ...]
    features: np.ndarray
    shifts: np.ndarray
    corrections: np.ndarray
    protein: np.ndarray
    residue: np.ndarray
    amino: np.ndarray
    folds: np.ndarray

    def __len__(self) -> int:
        return len(self.features)

    def secondary(self) -> np.ndarray:
        """Observed shifts without their corrections (rows, 6), ppm; glycine's HA is the mean of its two."""
        return six(self.shifts - self.corrections)

    def total(self, secondary: np.ndarray) -> np.ndarray:
        """Shifts (rows, 8) in ppm from secondary ones (rows, 6): both HA of a glycine share one."""
        return eight(secondary) + self.corrections

    def pick(self, rows: np.ndarray) -> Examples:
        """Some of the rows, by number or by a mask."""
        parts = (getattr(self, name)[rows] for name in list(self.__dataclass_fields__)[1:])
        return Examples(self.ids, *parts)


def examples(entries, describe: Callable[[Protein], tuple], folds: np.ndarray) -> Examples:
    """The table of some entries of ``common.shifts.dataset``.

    describe: ``describe(protein) -> (features (n, inputs), corrections (n, 8))``; residues with a feature
    that is NaN are left out. folds: (entries,) part of a cross-validation.
    """
    made = [describe(entry.protein) for entry in entries]
    kept = [np.isfinite(features).all(1) for features, _ in made]
    counts = [int(rows.sum()) for rows in kept]

    def column(parts) -> np.ndarray:
        return np.concatenate([part[rows] for part, rows in zip(parts, kept, strict=True)])

    return Examples(
        ids=tuple(entry.id for entry in entries),
        features=column([features for features, _ in made]).astype("float32"),
        shifts=column([entry.shifts for entry in entries]),
        corrections=column([corrections for _, corrections in made]),
        protein=np.repeat(np.arange(len(entries)), counts),
        residue=column([np.arange(len(entry.protein)) for entry in entries]),
        amino=column([amino_codes(entry.protein.sequence) for entry in entries]),
        folds=np.repeat(folds, counts),
    )
