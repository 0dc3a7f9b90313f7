"""Lists of shifts as an NMR-STAR 3 entry, by pynmrstar."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from common.shiftlist import COLUMNS, ShiftList
from common.structures import THREE_LETTER

_ISOTOPES = {"H": 1, "C": 13, "N": 15}
_SHIFT = (
    "ID", "Entity_assembly_ID", "Entity_ID", "Comp_index_ID", "Seq_ID", "Comp_ID", "Atom_ID", "Atom_type",
    "Atom_isotope_number", "Val", "Val_err", "Ambiguity_code", "Auth_seq_ID", "Auth_comp_ID", "Entry_ID",
    "Assigned_chem_shift_list_ID",
)  # fmt: skip
_RESIDUE = ("ID", "Auth_seq_ID", "Comp_ID", "Entry_ID", "Entity_ID")


def format_nmrstar(lists: Sequence[ShiftList]) -> str:
    """The text of an entry: an entity a list, and one list of all shifts.

    A glycine's HA, the mean of two atoms, becomes HA2 and HA3, for no glycine has an HA. Residues ``X`` are
    ``UNK``. The numbers of a list are the author's.
    """
    import pynmrstar

    label = re.sub(r"\W+", "_", lists[0].name).strip("_") or "shifts"
    entry = pynmrstar.Entry.from_scratch(label)
    for entity, shifts in enumerate(lists, 1):
        sequence = {"ID": entity, "Name": shifts.name or label, "Type": "polymer"}
        sequence |= {"Polymer_type": "polypeptide(L)", "Polymer_seq_one_letter_code": shifts.sequence}
        frame = _frame(f"entity_{entity}", "Entity", "entity", label, sequence)
        frame.add_loop(_loop("Entity_comp_index", _RESIDUE, _residues(label, entity, shifts)))
        entry.add_saveframe(frame)
    name = "assigned_chemical_shifts"
    frame = _frame("assigned_chem_shift_list_1", "Assigned_chem_shift_list", name, label, {"ID": 1})
    rows = [row for entity, shifts in enumerate(lists, 1) for row in _shifts(label, entity, shifts)]
    frame.add_loop(_loop("Atom_chem_shift", _SHIFT, [(k, *row) for k, row in enumerate(rows, 1)]))
    entry.add_saveframe(frame)
    return str(entry)


def _frame(name: str, prefix: str, category: str, entry: str, tags: dict):
    import pynmrstar

    frame = pynmrstar.Saveframe.from_scratch(name, tag_prefix=prefix)
    for tag, value in ({"Sf_category": category, "Sf_framecode": name, "Entry_ID": entry} | tags).items():
        frame.add_tag(tag, value)
    return frame


def _loop(category: str, columns: Sequence[str], rows: list[tuple]):
    import pynmrstar

    loop = pynmrstar.Loop.from_scratch(category)
    loop.add_tag(list(columns))
    loop.data = [[str(word) for word in row] for row in rows]
    return loop


def _residues(entry: str, entity: int, shifts: ShiftList) -> list[tuple]:
    rows = zip(shifts.numbers, shifts.sequence, strict=True)
    return [(k, number, _name(letter), entry, entity) for k, (number, letter) in enumerate(rows, 1)]


def _shifts(entry: str, entity: int, shifts: ShiftList) -> list[tuple]:
    rows = []
    for row, column in np.argwhere(np.isfinite(shifts.values)).tolist():
        name = _name(shifts.sequence[row])
        value = f"{shifts.values[row, column]:.3f}"
        error = "." if shifts.errors is None else f"{shifts.errors[row, column]:.3f}".replace("nan", ".")
        for atom in _atoms(COLUMNS[column], name, shifts.values[row]):
            place = (entity, entity, row + 1, row + 1, name, atom, atom[0], _ISOTOPES[atom[0]])
            rows.append((*place, value, error, 1, shifts.numbers[row], name, entry, 1))
    return rows


def _atoms(column: str, residue: str, values: np.ndarray) -> list[str]:
    """Names of the atoms whose shift stands in a column; values: (8,) of the residue."""
    if residue == "GLY" and column == "HA":
        return [atom for atom in ("HA2", "HA3") if np.isnan(values[COLUMNS.index(atom)])]
    return ["H" if column == "HN" else column]


def _name(letter: str) -> str:
    return THREE_LETTER.get(letter, "UNK")
