"""Chemical shifts of a protein's backbone and CB, a row a residue."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

#: The six nuclei that programs predict and read, as TALOS tables call them.
NUCLEI = ("N", "HN", "HA", "C", "CA", "CB")
#: Columns of a list of shifts; glycine has HA2 and HA3, every other residue HA.
COLUMNS = (*NUCLEI, "HA2", "HA3")


@dataclass(frozen=True)
class ShiftList:
    """Shifts of one chain, n residues.

    name: of the entry or file. sequence: one-letter codes of the rows, ``X`` where unknown. numbers: (n,)
    residue numbers as in the file, rising. values: (n, 8) in ppm after ``COLUMNS``, NaN where there is none;
    errors: the same shape, in ppm, NaN where not stated. notes: what a reader left out or changed.
    """

    name: str
    sequence: str
    numbers: np.ndarray
    values: np.ndarray
    errors: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        n = len(self.sequence)
        if len(self.numbers) != n:
            raise ValueError(f"{n} residues have {len(self.numbers)} numbers")
        for values in (self.values, self.errors):
            if values is not None and values.shape != (n, len(COLUMNS)):
                raise ValueError(f"shifts are ({n}, {len(COLUMNS)}), not {values.shape}")

    def __len__(self) -> int:
        return len(self.sequence)

    def replace(self, **changes) -> ShiftList:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def six(self) -> np.ndarray:
        """Shifts (n, 6) of ``NUCLEI`` in ppm; HA of a glycine is the mean of what it has of HA2 and HA3."""
        return six(self.values)


def six(values: np.ndarray) -> np.ndarray:
    """Shifts (n, 6) of ``NUCLEI`` from those (n, 8) of ``COLUMNS``; a missing HA: the mean of HA2 and HA3."""
    chosen = values[:, : len(NUCLEI)].copy()
    pair = values[:, len(NUCLEI) :]
    known = np.isfinite(pair)
    mean = np.where(known, pair, 0).sum(1) / np.maximum(known.sum(1), 1)
    column = NUCLEI.index("HA")
    missing = np.isnan(chosen[:, column]) & known.any(1)
    chosen[missing, column] = mean[missing]
    return chosen


def eight(values: np.ndarray) -> np.ndarray:
    """Values (n, 8) of ``COLUMNS`` from those (n, 6) of ``NUCLEI``: HA2 and HA3 have that of HA."""
    alpha = NUCLEI.index("HA")
    return np.concatenate([values, values[:, [alpha, alpha]]], axis=1)
