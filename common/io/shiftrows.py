"""From rows of a file, an atom's shift each, to a ``ShiftList``: what all formats of shifts share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from common.errors import FormatError
from common.shiftlist import COLUMNS, ShiftList
from common.structures import ONE_LETTER

#: Other names of the standard amino acids: protonation and disulfide states, selenomethionine, which is MET.
ALIASES = {
    "ASH": "D", "ASP-": "D", "GLH": "E", "GLU-": "E", "LYN": "K", "LYS+": "K", "ARG+": "R", "HID": "H",
    "HIE": "H", "HIP": "H", "HSD": "H", "HSE": "H", "HSP": "H", "HIS+": "H", "CYX": "C", "CYM": "C",
    "CYO": "C", "CYSS": "C", "MSE": "M",
}  # fmt: skip
#: Column by atom name. Both protons of a glycine under one name (QA, HA#) are HA, their mean.
ATOMS = {
    "N": "N", "H": "HN", "HN": "HN", "HA": "HA", "C": "C", "CO": "C", "C'": "C", "CA": "CA", "CB": "CB",
    "HA1": "HA1", "HA2": "HA2", "HA3": "HA3", "1HA": "HA2", "2HA": "HA3", "QA": "HA", "HA#": "HA",
    "HA*": "HA", "HA%": "HA", "HAX": "HA2", "HAY": "HA3",
}  # fmt: skip
#: Where HA1 occurs, HA1 and HA2 are meant (Xplor, CYANA 1); HA2 comes first, as 1HA in the PDB before 2008.
OLD_GLYCINE = {"HA1": "HA2", "HA2": "HA3"}
#: Programs write 9999.000 or 999.000 for "no value".
NO_VALUE = 999.0
#: Rows of X that a gap in numbers gets at most (ours: wider than any window that a method looks at).
GAP = 20
#: A sequence that more of the residues with shifts contradict is not theirs (ours: mutants differ by less).
CONTRADICTED = 0.1


class Shift(NamedTuple):
    """A row: place of the residue, its one-letter code, name of the atom, shift and error in ppm."""

    number: int
    residue: str
    atom: str
    value: float
    error: float = np.nan


@cache
def one_letter(name: str) -> str:
    """One-letter code of a residue called by one letter or by three; ``X`` for what is not a standard one."""
    name = name.upper()
    if len(name) == 1:
        return name if name in ONE_LETTER.values() else "X"
    return ONE_LETTER.get(name) or ALIASES.get(name, "X")


def assemble(
    path,
    name: str,
    rows: Iterable[Shift],
    sequence: Mapping[int, str] | None = None,
    notes: Iterable[str] = (),
    empty: type[FormatError] = FormatError,
) -> ShiftList:
    """The list of one chain; rows next to each other in it are neighbours in the sequence.

    sequence: letter by number, where the file gives it; else gaps in numbers are filled with ``X``, at most
    ``GAP``. Of several values of an atom the first counts, for their mean would be no state's shift; atoms
    other than ``COLUMNS`` are left out. FormatError where residues have two names; ``empty`` where no shift
    is left.
    """
    rows, notes = list(rows), list(notes)
    letters = _letters(path, rows, notes)
    if sequence is not None and _contradicted(letters, sequence):
        notes.append("the sequence in the file is not that of its rows: it is left out")
        sequence = None
    if sequence is not None:
        wrong = [k for k, letter in letters.items() if sequence.get(k, letter) not in (letter, "X")]
        if wrong:
            names = ", ".join(f"{sequence[k]}{k}" for k in wrong[:5])
            notes.append(f"rows name other residues than the sequence at {names}: the rows count")
    numbers = _filled(sorted({**(sequence or {}), **letters}))
    known = {**letters, **(sequence or {}), **{k: v for k, v in letters.items() if v != "X"}}
    text = "".join(known.get(number, "X") for number in numbers)
    place = {number: row for row, number in enumerate(numbers)}
    values = np.full((2, len(numbers), len(COLUMNS)), np.nan)
    notes += _fill(values, rows, place, text)
    if not np.isfinite(values[0]).any():
        raise empty(path, f"no shift of {', '.join(COLUMNS)} in it; name a list of backbone shifts")
    errors = values[1] if np.isfinite(values[1]).any() else None
    return ShiftList(name, text, np.array(numbers), values[0], errors, tuple(notes))


def _letters(path, rows: list[Shift], notes: list[str]) -> dict[int, str]:
    """Letter of each residue that has rows: what most call it; the others are taken out of the rows."""
    counts: dict[int, Counter] = {}
    for row in rows:
        counts.setdefault(row.number, Counter())[row.residue] += 1
    letters = {number: count.most_common(1)[0][0] for number, count in counts.items()}
    double = [number for number, count in counts.items() if len(count) > 1]
    if len(double) > max(CONTRADICTED * len(letters), 1):
        names = " and ".join(counts[double[0]])
        raise FormatError(path, f"residue {double[0]} is {names}, and more are double; one list is one chain")
    if double:
        rows[:] = [row for row in rows if row.residue == letters[row.number]]
        notes.append(f"rows with another name of residue {', '.join(map(str, double))} are left out")
    return letters


def _contradicted(letters: Mapping[int, str], sequence: Mapping[int, str]) -> bool:
    """Whether a sequence is another than that of the rows, or only has the residues with rows, closed up."""
    order = sorted(letters)
    closed = [letters[k] for k in order] == list(sequence.values()) and order != list(sequence)
    both = [(letter, sequence.get(k, "-")) for k, letter in letters.items() if letter != "X"]
    wrong = sum(there not in (letter, "X") for letter, there in both)
    return closed or wrong > max(CONTRADICTED * len(both), 1)


def _filled(numbers: list[int]) -> list[int]:
    """Rising numbers with those between them, as far as gaps are filled."""
    full = numbers[:1]
    for number in numbers[1:]:
        full += range(full[-1] + 1, min(number, full[-1] + GAP + 1))
        full.append(number)
    return full


def _has(letter: str, atom: str) -> bool:
    """Whether a residue has an atom."""
    if atom in ("HA2", "HA3"):
        return letter in "GX"
    return (letter, atom) not in (("G", "CB"), ("P", "HN"))


def _fill(values: np.ndarray, rows: list[Shift], place: Mapping[int, int], text: str) -> list[str]:
    """Put shifts and errors (2, n, 8) in their place; what was left out, a line each."""
    old = any(row.atom.upper() == "HA1" and row.residue == "G" for row in rows)
    notes, repeated, missing, impossible = [], 0, 0, 0
    for row in rows:
        atom = ATOMS.get(row.atom.upper())
        atom = OLD_GLYCINE.get(atom, atom) if old else atom
        if atom not in COLUMNS or not np.isfinite(row.value):
            continue
        at, column = place[row.number], COLUMNS.index(atom)
        if abs(row.value) >= NO_VALUE:
            missing += 1
        elif not _has(text[at], atom):
            impossible += 1
        elif np.isfinite(values[0, at, column]):
            repeated += row.value != values[0, at, column]
        else:
            values[:, at, column] = row.value, row.error if 0 <= row.error < NO_VALUE else np.nan
    if old:
        notes.append("HA1 and HA2 of glycines are taken as HA2 and HA3")
    for count, what in (
        (repeated, "further values of atoms that have one already"),
        (missing, f"values beyond {NO_VALUE:g} ppm, which stand for none"),
        (impossible, "shifts of atoms that their residues do not have"),
    ):
        if count:
            notes.append(f"{count} {what} are left out")
    return notes
