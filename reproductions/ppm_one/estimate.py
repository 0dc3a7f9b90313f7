"""Trained networks as a predictor of the shifts of proteins that are not in any data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from common.shiftlist import COLUMNS, NUCLEI, eight
from common.structures import Protein

from . import inputs
from .config import Config
from .experiment import predict


def predictor(config: Config, models: Mapping[str, object]) -> Callable:
    """``estimate(proteins) -> [(shifts, None)]`` for the door of common/shifts/apply.py.

    models: by nucleus. No errors are stated. All residues of all proteins go through each network at once.
    """

    def estimate(proteins: Sequence[Protein]) -> list[tuple[np.ndarray, None]]:
        described = np.concatenate([inputs.describe(protein) for protein in proteins])
        rows = np.isfinite(described).all(axis=1)
        shifts = np.full((len(described), len(NUCLEI)), np.nan)
        if rows.any():
            shifts[rows] = predict(models, config, described[rows].astype("float32"))
        ends = np.cumsum([len(protein) for protein in proteins])[:-1]
        parts = zip(np.split(eight(shifts), ends), proteins, strict=True)
        return [(part + predicted(protein), None) for part, protein in parts]

    return estimate


def predicted(protein: Protein) -> np.ndarray:
    """Zeros (n, 8) where a shift is given to users, NaN where not: CA and CB of cysteines, and missing atoms.

    No input tells whether a cysteine is oxidised, which moves its CB by 13 ppm; the program predicts none.
    """
    told = inputs.there(protein)
    told[np.ix_(protein.residues == "CYS", [COLUMNS.index(name) for name in ("CA", "CB")])] = np.nan
    return told
