"""What the real programs predict for the proteins of ``shiftx2_testset``, atom by atom, from stored outputs.

``sparta_plus_program``, ``ppm_one_program``, ``shiftx2_program`` (without the shifts of homologous proteins)
and ``shiftx2_homology_program``; SOURCE.md of the data set says how each was run. A value belongs to a
residue by its number in the PDB file, its name, and the names of its neighbours: some tables have another
chain under the same numbers (PPM_One's of A033), where now and then a name agrees by chance.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common import datasets
from common.errors import FormatError, UserError
from common.io.text import read_bytes
from common.shiftlist import COLUMNS
from common.shifts.dataset import TEST
from common.structures import ONE_LETTER

#: Where the outputs of a program are: a folder with a file a protein, or one file.
SOURCES = {
    "sparta_plus_program": "sparta_plus",
    "ppm_one_program": "ppm_one_program.csv.gz",
    "shiftx2_program": "shiftx2_noshifty",
    "shiftx2_homology_program": "shiftx2",
}
PROGRAMS = tuple(SOURCES)
#: Columns of SPARTA+'s tables: shift and its parts in ppm (ring current before the factor 0.6), stated error.
TERMS = ("SS_SHIFT", "SHIFT", "RC_SHIFT", "HM_SHIFT", "EF_SHIFT", "SIGMA")
#: One-letter codes of oxidised cysteine, ``c`` in SPARTA+ and ``B`` in SHIFTX2.
_CYSTEINE = {"c": "C", "B": "C"}
#: Names of the atoms that count.
ATOMS = frozenset((*COLUMNS, "H"))
#: Rows of a program: residue number, one-letter code, atom, value.
Rows = list[tuple[int, str, str, float]]


def shifts(entry, program: str, offline: bool = False) -> np.ndarray:
    """What a program of ``PROGRAMS`` predicts for an entry of the test set; as :func:`peer_shifts`."""
    protein = entry.protein
    return _aligned(_rows(program, _short(entry.id), offline), protein.numbers, protein.residues)


def stated_errors(entry, offline: bool = False) -> np.ndarray:
    """The errors (n, 8) in ppm that SPARTA+ states for its shifts of an entry."""
    protein = entry.protein
    return sparta_plus_terms(entry.id, protein.numbers, protein.residues, offline)["SIGMA"]


def peer_shifts(
    entry_id: str,
    numbers: Sequence[int],
    residues: Sequence[str],
    offline: bool = False,
    neighbours: bool = True,
) -> dict[str, np.ndarray]:
    """Shifts (n, 8) in ppm after ``COLUMNS`` by program, NaN where it predicts none.

    entry_id: such as ``A001``, or a longer name that starts with it. numbers, residues: (n,) numbers and
    three- or one-letter names of the chain's residues as in the PDB file. Glycine has HA2 and HA3, never HA;
    PPM_One's one value for both stands in both. neighbours: whether their names must agree as well; SOURCE.md
    compares the residue's own name alone. ``UserError`` for an unknown protein; DataMissing without
    the data set, FormatError where a table is damaged.
    """
    short = _short(entry_id)
    return {
        program: _aligned(_rows(program, short, offline), numbers, residues, neighbours)
        for program in SOURCES
    }


def sparta_plus_terms(
    entry_id: str, numbers: Sequence[int], residues: Sequence[str], offline: bool = False
) -> dict[str, np.ndarray]:
    """The columns of SPARTA+'s table, (n, 8) in ppm each, by the names of ``TERMS``.

    Arguments and errors as of :func:`peer_shifts`. ``SIGMA`` is the error that the program states. ``SHIFT``
    is ``SS_SHIFT + RC_SHIFT + 0.6 HM_SHIFT - EF_SHIFT``, but for HA2 of glycine, whose electric field is
    applied and printed as zero. At the ends of a chain it is the random coil shift.
    """
    short = _short(entry_id)
    return {
        term: _aligned(_rows("sparta_plus_program", short, offline, term), numbers, residues)
        for term in TERMS
    }


def _short(entry_id: str) -> str:
    return entry_id.partition("_")[0]


@functools.cache
def _spec() -> datasets.DataSpec:
    return datasets.load(TEST)


def _rows(program: str, short: str, offline: bool, term: str = "SHIFT") -> Rows:
    spec, source = _spec(), SOURCES[program]
    if source in spec.files:
        return _ppm_one(spec.path(source, offline)).get(short, [])
    names = [name for name in spec.files if name.startswith(f"{source}/{short}_")]
    if not short or len(names) != 1:
        raise UserError(f"{TEST} has no protein {short!r}; it has A001 to A068, without ten of them")
    path = spec.path(names[0], offline)
    if program == "sparta_plus_program":
        place = TERMS.index(term)
        return [(number, name, atom, values[place]) for number, name, atom, values in _sparta_plus(path)]
    return _shiftx2(path)


@functools.lru_cache(maxsize=64)
def _sparta_plus(path: Path) -> list[tuple[int, str, str, tuple[float, ...]]]:
    """Number, code, atom and the values of ``TERMS`` in each row of SPARTA+'s table."""
    rows, names = [], None
    for line in _text(path):
        words = line.split()
        if words[:1] == ["VARS"]:
            names = words[1:]
        elif names and len(words) == len(names):
            row = dict(zip(names, words, strict=True))
            try:
                values = tuple(float(row[term]) for term in TERMS)
                rows.append((int(row["RESID"]), row["RESNAME"], row["ATOMNAME"], values))
            except (KeyError, ValueError):
                raise FormatError(path, f"has a row that SPARTA+ does not write: {line.strip()!r}") from None
    if not rows:
        raise FormatError(path, "has no rows of a SPARTA+ table")
    return rows


@functools.lru_cache(maxsize=1)
def _ppm_one(path: Path) -> dict[str, Rows]:
    """Rows by protein."""
    header, *lines = _text(path) or [""]
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.partition(",")[0], [header]).append(line)
    names = ("pdb_resnum", "resname", "atom", "shift_ppm")
    return {short: _parsed(path, lines, names) for short, lines in found.items()}


@functools.lru_cache(maxsize=128)
def _shiftx2(path: Path) -> Rows:
    return _parsed(path, _text(path), ("NUM", "RES", "ATOMNAME", "SHIFT"))


def _parsed(path: Path, lines: list[str], names: tuple[str, ...]) -> Rows:
    """Number, residue, atom and value from the named columns of a CSV table, of the backbone and CB."""
    try:
        header, *rows = csv.reader(lines)
        number, residue, atom, value = map(header.index, names)
        return [
            (int(row[number]), row[residue], row[atom], float(row[value]))
            for row in rows
            if row and row[atom] in ATOMS
        ]
    except (IndexError, ValueError):
        raise FormatError(path, f"is no table of {', '.join(names)} with a number in each row") from None


def _text(path: Path) -> list[str]:
    return read_bytes(path).decode("utf-8", errors="replace").splitlines()


def _aligned(
    rows: Rows, numbers: Sequence[int], residues: Sequence[str], neighbours: bool = True
) -> np.ndarray:
    """Values (n, 8) of the residues that a program calls by the same names."""
    ours = [_letter(name) for name in residues]
    theirs = {number: _letter(name) for number, name, *_ in rows}
    place = {int(number): i for i, number in enumerate(numbers)}
    same = {number: number in place and ours[place[number]] == name for number, name in theirs.items()}
    reach = (-1, 0, 1) if neighbours else (0,)
    values = np.full((len(ours), len(COLUMNS)), np.nan)
    for number, _, atom, value in rows:
        if all(same.get(number + step, True) for step in reach):
            row, columns = values[place[number]], _columns(atom, theirs[number])
            # one value for both protons of glycine never replaces their own
            row[columns] = (
                value if len(columns) == 1 else np.where(np.isnan(row[columns]), value, row[columns])
            )
    return values


def _letter(name: str) -> str:
    return ONE_LETTER.get(name.upper(), _CYSTEINE.get(name, name))


def _columns(atom: str, letter: str) -> list[int]:
    """Columns that an atom's value belongs to; none where it is not of the backbone or CB."""
    if letter == "G" and atom == "CB":
        return []
    names = ["HA2", "HA3"] if (letter, atom) == ("G", "HA") else ["HN" if atom == "H" else atom]
    return [COLUMNS.index(name) for name in names if name in COLUMNS]
