"""Offsets of the shifts of each training protein, found without networks and taken off (ours).

Shift lists refer to standards that are off by some tenths of a ppm, each by its own. Ridge regression on the
program's inputs, over proteins it did not see, tells how far: its errors have a mean within each protein.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from common.classical import ridge
from common.protein.features import RESIDUE
from common.protein.referencing import robust_mean
from common.shiftlist import NUCLEI, eight
from common.shifts.examples import Examples

#: Inputs of the regression: those of the program, which come first.
INPUTS = 3 * (RESIDUE + 1) + 20


def referenced(known: Examples) -> Examples:
    """The same residues with the offset of each protein and nucleus taken off the shifts."""
    return dataclasses.replace(known, shifts=known.shifts - eight(offsets(known))[known.protein])


def offsets(known: Examples) -> np.ndarray:
    """Offsets (proteins, 6) after ``NUCLEI`` in ppm; zero where too few shifts are known.

    Each is the robust mean of a protein's errors, drawn towards zero by its standard error beside the spread
    of offsets of all proteins.
    """
    error = known.secondary() - predicted(known)
    made = np.zeros((len(known.ids), len(NUCLEI)))
    for i in range(len(NUCLEI)):
        found = [robust_mean(error[known.protein == protein, i])[:2] for protein in range(len(known.ids))]
        values, errors = np.array(found).T
        if np.isfinite(values).any():
            spread = 1.4826 * np.nanmedian(np.abs(values))
            made[:, i] = np.nan_to_num(values * spread**2 / (spread**2 + errors**2))
    return made


def predicted(known: Examples) -> np.ndarray:
    """Secondary shifts (rows, 6) in ppm by ridge regressions that did not see a residue's fold."""
    values, features = known.secondary(), known.features[:, :INPUTS]
    made = np.full(values.shape, np.nan)
    for i in range(len(NUCLEI)):
        there = np.isfinite(values[:, i])
        for fold in np.unique(known.folds):
            seen, out = there & (known.folds != fold), known.folds == fold
            # ours: two halves choose the penalty well enough
            line = ridge.fit(features[seen], values[seen, i], known.protein[seen] % 2)
            made[out, i] = line.predict(features[out])
    return made
