"""Isotope shifts of perdeuterated proteins: CA and CB are smaller there than in the protonated protein."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import numpy as np

from common.protein.referencing import ELEMENTS, PREDICTED, Offsets
from common.shiftlist import COLUMNS, NUCLEI

TABLE = Path(__file__).with_suffix(".toml")
CARBONS = ELEMENTS["13C"]
#: A list is deuterated that moves by this share of the isotope shifts, with this many standard errors, and
#: has HA of no more than this share of its residues. Ours: told of 32 of 36 lists without HA with isotope
#: shifts put on, and of none without (chains of the paired sets, predictions from torsions alone).
SHARE, CERTAIN, FEW_HA = 0.6, 2.0, 0.05


def deuterium_shifts(sequence: str) -> np.ndarray:
    """Isotope corrections (n, 8) of ``COLUMNS`` in ppm of a perdeuterated protein, none negative.

    A shift observed in the deuterated protein and its correction add up to that of the protonated protein.
    Zero for all but CA and CB, and for letters that are not one of the twenty.
    """
    table, corrections = _table(), np.zeros((len(sequence), len(COLUMNS)))
    for row, letter in enumerate(sequence):
        for nucleus, value in table.get(letter, {}).items():
            corrections[row, COLUMNS.index(nucleus)] = -value
    return corrections


def deuteration(offsets: Offsets, sequence: str) -> tuple[float, float]:
    """How far a list of shifts moves with deuterium, 1 for a deuterated protein, and its standard error.

    Offsets of C', CA and CB from predicted shifts are fitted by one of 13C's reference and so much of the
    mean isotope shifts. NaN unless all three are known, and for offsets from shifts alone: those of CA and CB
    are equal then.
    """
    rows = [NUCLEI.index(name) for name in CARBONS]
    values, errors = offsets.values[rows], offsets.errors[rows]
    if offsets.source != PREDICTED or not np.isfinite(values).all():
        return np.nan, np.nan
    mean = deuterium_shifts(sequence)[:, rows].mean(0)
    design = np.stack([np.ones(len(rows)), -mean], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fitted = covariance @ design.T @ (values / errors)
    return float(fitted[1]), float(covariance[1, 1] ** 0.5)


def looks_deuterated(offsets: Offsets, shifts: np.ndarray, sequence: str) -> bool:
    """Whether shifts (n, 6) of ``NUCLEI`` seem to be of a perdeuterated protein and not corrected for it."""
    share, error = deuteration(offsets, sequence)
    alpha = np.isfinite(shifts[:, NUCLEI.index("HA")]).mean()
    return bool(share > SHARE and share > CERTAIN * error and alpha <= FEW_HA)


@functools.cache
def _table():
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))
