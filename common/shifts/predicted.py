"""Predicted shifts of a structure for its user: what is not predicted and why, lists to write, a figure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from common.errors import UserError
from common.shiftlist import NUCLEI, ShiftList, six
from common.shifts.baselines import coil
from common.shifts.structurefiles import listed
from common.structures import Protein


def left_out(protein: Protein, shifts: np.ndarray) -> Iterable[str]:
    """Lines about residues without any predicted shift (n, 8), by reason."""
    without = ~np.isfinite(shifts).any(1)
    labels = np.array(protein.residue_labels())
    strange = without & np.array([letter == "X" for letter in protein.sequence])
    ends = without & ~strange & ~(protein.bonded & np.append(protein.bonded[1:], False))
    reasons = (
        (strange, "none of the twenty amino acids"),
        (ends, "at an end of the chain or beside a gap"),
        (
            without & ~strange & ~ends,
            "atoms are missing there or in a neighbour, or that is no amino acid of the twenty",
        ),
    )
    for rows, reason in reasons:
        if rows.any():
            yield f"not predicted, {reason}: {listed(labels[rows])}"


def lists_of(
    protein: Protein, shifts: np.ndarray, errors: np.ndarray | None, run: str, suffix: str
) -> tuple[list[ShiftList], list[str]]:
    """A list of shifts a chain for a file of a suffix, and notes for the user.

    Rows are counted from 1 where the numbers of a chain do not rise by themselves, as with insertion codes.
    UserError for a TALOS table of several chains.
    """
    names = list(dict.fromkeys(protein.chains.tolist()))
    if suffix == ".tab" and len(names) > 1:
        raise UserError(
            f"a TALOS table holds one chain, {protein.name} has {', '.join(names)}: choose one with --chain,"
            " or write .str or .csv"
        )
    lists, notes = [], []
    for name in names:
        rows = protein.chains == name
        numbers = protein.numbers[rows]
        if (np.diff(numbers) <= 0).any():
            where = f"chain {name}" if name else protein.name
            notes.append(
                f"numbers of {where} do not rise (insertion codes?): rows are counted from 1 instead"
            )
            numbers = np.arange(1, rows.sum() + 1)
        title = f"{protein.name} {name}".strip() if len(names) > 1 else protein.name
        title = name if suffix == ".csv" and len(names) > 1 else f"{title} by {run}"
        sequence = "".join(np.array(list(protein.sequence))[rows])
        lists.append(
            ShiftList(title, sequence, numbers, shifts[rows], None if errors is None else errors[rows])
        )
    return lists, notes


def profile(protein: Protein, shifts, errors, observed, title: str):
    """Figure of predicted secondary shifts along the sequence, beside observed ones (n, 6) where given."""
    from common.protein.secondary import secondary_structure, three_state
    from common.shifts.figures import secondary_profile

    usual = six(coil(protein))
    seen = np.full((len(protein), len(NUCLEI)), np.nan) if observed is None else observed - usual
    states = three_state(secondary_structure(protein))
    predicted = {"predicted": six(shifts) - usual}
    band = None if errors is None else six(errors)
    return secondary_profile(
        protein.numbers, protein.sequence, seen, predicted, states, title=title, errors=band
    )
