"""Tables of shifts as TALOS, TALOS-N and SPARTA+ read and write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from common.errors import FormatError
from common.io.shiftrows import Shift, assemble, one_letter
from common.io.text import number
from common.shiftlist import COLUMNS, ShiftList

_NEEDED = ("RESID", "RESNAME", "ATOMNAME", "SHIFT")
_ERRORS = ("SIGMA", "SHIFT_ERR", "ERROR")
_MISSING = 9999.0  # what SPARTA+ writes for "no value"


def read_talos(path, lines: list[str], name: str) -> ShiftList:
    """The one chain of a table; SPARTA+'s SIGMA is the error.

    The sequence block counts from ``FIRST_RESID``, else from 1, or from where its letters fit the rows. A
    line of one word, such as the ``S2`` of tables with order parameters, ends the rows. FormatError names
    the line.
    """
    sequence, first, start, names = _header(path, lines)
    rows = list(_rows(path, lines, start, names))
    notes = []
    if oxidised := sorted({row.number for row in rows if row.residue == "c"}):
        notes.append(f"marked as oxidised: Cys {', '.join(map(str, oxidised))}")
    rows = [row._replace(residue=one_letter(row.residue)) for row in rows]
    sequence = "".join(map(one_letter, sequence))
    if sequence:
        offset = _first(rows, sequence, 1 if first is None else first)
        if offset != (1 if first is None else first):
            notes.append(f"the sequence starts at residue {offset} for its letters to fit the rows")
        return assemble(path, name, rows, dict(enumerate(sequence, offset)), notes)
    return assemble(path, name, rows, None, notes)


def _header(path, lines: list[str]) -> tuple[str, int | None, int, list[str]]:
    """Sequence, number of its first residue, index of the first row, names of the columns."""
    sequence, first = [], None
    for place, line in enumerate(lines):
        words = line.split()
        if words[:2] == ["DATA", "SEQUENCE"]:
            sequence += words[2:]
        elif words[:1] == ["DATA"] and "_".join(words[1:-1]) == "FIRST_RESID":
            first = _whole(path, place, words[-1])
        elif words[:1] == ["VARS"]:
            if missing := [name for name in _NEEDED if name not in words]:
                raise FormatError(path, f"line {place + 1}: no column {missing[0]}; a table of shifts has it")
            return "".join(sequence), first, place + 1, words[1:]
    raise FormatError(path, "no line VARS with the names of columns; name a table of shifts")


def _rows(path, lines: list[str], start: int, names: list[str]) -> Iterator[Shift]:
    resid, resname, atom, shift = map(names.index, _NEEDED)
    error = next((names.index(name) for name in _ERRORS if name in names), None)
    for place in range(start, len(lines)):
        words = lines[place].split()
        if not words or words[0] in ("FORMAT", "REMARK", "DATA") or words[0].startswith("#"):
            continue
        if len(words) == 1:
            return
        if len(words) < len(names):
            raise FormatError(path, f"line {place + 1}: {len(words)} values for {len(names)} columns")
        try:
            value = number(words[shift])
            spread = np.nan if error is None else number(words[error])
        except ValueError as wrong:
            raise FormatError(path, f"line {place + 1}: {wrong}") from None
        yield Shift(_whole(path, place, words[resid]), words[resname], words[atom], value, spread)


def _whole(path, place: int, word: str) -> int:
    try:
        value = int(word)
    except ValueError:
        value = None
    if value is None or abs(value) > 99999:
        raise FormatError(path, f"line {place + 1}: {word[:20]!r} is no residue number (a whole number)")
    return value


def _first(rows: list[Shift], sequence: str, first: int) -> int:
    """Number of the first residue of the sequence: as stated, or the only one by which all letters fit."""
    letters = {row.number: row.residue for row in rows if row.residue != "X"}

    def fits(start):
        return all(
            0 <= k - start < len(sequence) and sequence[k - start] in (letter, "X")
            for k, letter in letters.items()
        )

    if not letters or fits(first):
        return first
    starts = range(max(letters) - len(sequence) + 1, min(letters) + 1)
    fitting = [start for start in starts if fits(start)]
    return fitting[0] if len(fitting) == 1 else first


def format_talos(shifts: ShiftList, extra: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Lines of a table; extra: (n, 8) by column. Numbers that the list skips are ``X`` in the sequence."""
    first = int(shifts.numbers[0]) if len(shifts) else 1
    letters = dict(zip(shifts.numbers.tolist(), shifts.sequence, strict=True))
    sequence = "".join(letters.get(k, "X") for k in range(first, max(letters, default=0) + 1))
    yield f"REMARK {shifts.name}"
    yield ""
    yield f"DATA FIRST_RESID {first}"
    yield ""
    for start in range(0, len(sequence), 50):
        tens = [sequence[k : k + 10] for k in range(start, min(start + 50, len(sequence)), 10)]
        yield f"DATA SEQUENCE {' '.join(tens)}"
    yield ""
    columns = dict(extra)
    if shifts.errors is not None:
        columns["SIGMA"] = shifts.errors
    yield " ".join(["VARS  ", *_NEEDED, *columns])
    yield " ".join(["FORMAT %4d %1s %4s %9.3f", *["%9.3f"] * len(columns)])
    yield ""
    for row, column in np.argwhere(np.isfinite(shifts.values)):
        more = [values[row, column] for values in columns.values()]
        numbers = [shifts.values[row, column], *np.where(np.isfinite(more), more, _MISSING)]
        text = " ".join(f"{value:9.3f}" for value in numbers)
        yield f"{shifts.numbers[row]:6d} {shifts.sequence[row]} {COLUMNS[column]:>4} {text}"
