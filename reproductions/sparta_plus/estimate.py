"""Trained networks as a predictor: shifts and their errors of proteins that are not in any data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from common.shiftlist import NUCLEI, eight
from common.shifts import members
from common.structures import Protein

from . import data, errors
from .config import Config


def predictor(config: Config, shifts: Mapping[str, object], spreads: Mapping[str, object]) -> Callable:
    """``predict(proteins) -> [(shifts, errors)]`` for the door of common/shifts/apply.py.

    shifts: networks by part, ``<group>/<member>``; spreads: the networks of errors, ``<group>/errors``. All
    residues of all proteins go through each network at once.
    """

    def predict(proteins: Sequence[Protein]) -> list[tuple[np.ndarray, np.ndarray]]:
        made = [data.made(protein, config.inputs, config.reach) for protein in proteins]
        inputs = np.concatenate([inputs for inputs, _ in made])
        rows = np.isfinite(inputs).all(1)
        secondary, stated = np.full((2, len(inputs), len(NUCLEI)), np.nan)
        if rows.any():
            some = inputs[rows].astype("float32")
            secondary[rows] = members.predict(shifts, some) / data.SCALE
            stated[rows] = errors.stated(spreads, some)
        ends = np.cumsum([len(protein) for protein in proteins])[:-1]
        parts = zip(np.split(secondary, ends), np.split(stated, ends), made, strict=True)
        return [_of_columns(own, spread, corrections) for own, spread, (_, corrections) in parts]

    return predict


def _of_columns(secondary, spread, corrections) -> tuple[np.ndarray, np.ndarray]:
    """Shifts and errors (n, 8) after ``COLUMNS``; both HA of a glycine share one."""
    shifts = eight(secondary) + corrections
    return shifts, np.where(np.isfinite(shifts), eight(spread), np.nan)
