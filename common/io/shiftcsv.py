"""Shifts in CSV with a header: an atom a row, or a residue a row with a column for each atom."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from common.errors import FormatError
from common.io.shiftrows import ATOMS, Shift, assemble, one_letter
from common.io.text import number as decimal
from common.shiftlist import COLUMNS, ShiftList

#: Names of columns, ours first; capitals do not matter.
_NAMES = {
    "number": ("number", "resid", "resnum", "res_num", "num", "residue_number", "resno", "seq_id", "seq"),
    "residue": ("residue", "resname", "res", "aa", "residue_name", "comp_id", "amino_acid"),
    "atom": ("atom", "atomname", "atom_name", "atom_id", "nucleus"),
    "shift": ("shift", "ppm", "cs", "shift_ppm", "value", "val", "chemical_shift"),
    "error": ("error", "sigma", "val_err", "shift_error", "uncertainty", "err"),
    "chain": ("chain", "chain_id", "file_id", "entity_assembly_id"),
}
_MISSING = ("", ".", "-", "nan", "NaN", "NA", "None")
HEADER = "number,residue,atom,shift,error"


def read_csv(path, lines: list[str], name: str) -> list[ShiftList]:
    """Lists of a CSV file, one a chain. FormatError names the line.

    Columns: ``number,residue,atom,shift`` and, if known, ``error`` and ``chain``; or ``number,residue`` and a
    column for each of ``N H HA C CA CB``. Comma, semicolon or tabulator part them; ``#`` begins a comment.
    """
    start = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    part = max(",;\t", key=lines[start].count)
    columns = [word.strip() for word in lines[start].strip().split(part)]
    at = {field: _find(columns, names) for field, names in _NAMES.items()}
    atoms = {k: word for k, word in enumerate(columns) if word.upper() in ATOMS}
    wide = at["atom"] is None and bool(atoms)
    needed = ("number", "residue") if wide else ("number", "residue", "atom", "shift")
    if missing := [field for field in needed if at[field] is None]:
        known = f"a list of shifts begins with a header such as {HEADER}"
        raise FormatError(path, f"line {start + 1}: no column {missing[0]}; {known}")
    chains: dict[str, list[Shift]] = {}
    rows = _wide(path, lines, start, part, at, atoms) if wide else _long(path, lines, start, part, at)
    for chain, row in rows:
        chains.setdefault(chain, []).append(row)
    if not chains:
        raise FormatError(path, "has a header and no rows")
    several = len(chains) > 1
    return [assemble(path, f"{name} {chain}" if several else name, rows) for chain, rows in chains.items()]


def _find(columns: list[str], names: tuple[str, ...]) -> int | None:
    lower = [column.lower() for column in columns]
    return next((lower.index(name) for name in names if name in lower), None)


def _cells(path, lines: list[str], start: int, part: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and its cells, for each row."""
    width = len(lines[start].split(part))
    for place in range(start + 1, len(lines)):
        if not lines[place].strip() or lines[place].startswith("#"):
            continue
        try:
            cells = [cell.strip() for cell in next(csv.reader([lines[place]], delimiter=part))]
        except csv.Error as wrong:
            raise FormatError(path, f"line {place + 1}: {wrong}") from None
        if len(cells) > width:
            raise FormatError(path, f"line {place + 1}: {len(cells)} values for {width} columns")
        yield place + 1, cells + [""] * (width - len(cells))


def _long(path, lines, start, part, at) -> Iterator[tuple[str, Shift]]:
    for place, cells in _cells(path, lines, start, part):
        error = "" if at["error"] is None else cells[at["error"]]
        value = _number(path, place, cells[at["shift"]])
        row = Shift(*_residue(path, place, cells, at), cells[at["atom"]], value, _number(path, place, error))
        yield _chain(cells, at), row


def _wide(path, lines, start, part, at, atoms) -> Iterator[tuple[str, Shift]]:
    for place, cells in _cells(path, lines, start, part):
        residue = _residue(path, place, cells, at)
        for column, atom in atoms.items():
            yield _chain(cells, at), Shift(*residue, atom, _number(path, place, cells[column]))


def _chain(cells: list[str], at) -> str:
    return "" if at["chain"] is None else cells[at["chain"]]


def _residue(path, place: int, cells: list[str], at) -> tuple[int, str]:
    word = cells[at["number"]]
    try:
        value = int(word)
    except ValueError:
        value = None
    if value is None or abs(value) > 99999:
        raise FormatError(path, f"line {place}: {word[:20]!r} is no residue number (a whole number)")
    return value, one_letter(cells[at["residue"]])


def _number(path, place: int, word: str) -> float:
    if word in _MISSING:
        return np.nan
    try:
        return decimal(word)
    except ValueError as wrong:
        raise FormatError(path, f"line {place}: {wrong}") from None


def format_csv(lists: Sequence[ShiftList], extra: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Lines of a file; of several lists, each under its name in a column ``chain``. extra: (n, 8) by column.

    A residue without shifts has a row without atom, so that the sequence is whole.
    """
    yield ",".join([*["chain"] * (len(lists) > 1), HEADER, *extra])
    for shifts in lists:
        errors = np.full_like(shifts.values, np.nan) if shifts.errors is None else shifts.errors
        chain = [shifts.name.replace(",", " ")] if len(lists) > 1 else []
        for row, (number, letter) in enumerate(zip(shifts.numbers, shifts.sequence, strict=True)):
            columns = np.flatnonzero(np.isfinite(shifts.values[row]))
            for column in columns:
                numbers = (values[row, column] for values in (shifts.values, errors, *extra.values()))
                cells = [f"{value:.3f}" if np.isfinite(value) else "" for value in numbers]
                yield ",".join([*chain, str(number), letter, COLUMNS[column], *cells])
            if not len(columns):
                yield ",".join([*chain, str(number), letter, *[""] * (3 + len(extra))])
