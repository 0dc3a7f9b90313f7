"""Crystals from CIF, extended XYZ and magres files, and crystals with their shieldings written.

CIF is read by gemmi and its symmetry expanded here; the other two are read by ase. Shieldings are isotropic
and in ppm: of extended XYZ the first column that :data:`SHIELDINGS` names, of magres a third of the trace.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.atomic import check_output, write_atomic
from common.errors import FormatError, UserError
from common.io.text import read_bytes
from common.structures import Crystal, images

#: What a column of shieldings is called, the most telling name first. Of a column with several numbers an
#: atom the first is taken, as in the files of ShiftML; ``CS_local`` lacks the macroscopic term.
SHIELDINGS = ("shielding", "CS_total", "CS", "cs_iso", "CS_iso")
#: Angstrom, ours: atoms that are nearer are one atom twice; an H-H bond has 0.74.
OVERLAP = 0.5
#: Atoms of a cell. ours: forty times the largest cell of the data sets.
MOST_ATOMS = 20_000
#: Cubic angstrom, ours: the smallest cell of a crystal with an atom (beryllium's has 16).
LEAST_VOLUME = 5.0
ENDS = (".xyz", ".extxyz", ".csv")


def read_crystals(path) -> list[Crystal]:
    """The crystals of a CIF, extended XYZ or magres file, packed by gzip or not; the content tells which.

    Every data block with atoms, or every frame, is one. Raises FormatError for bytes that are none of the
    three, for a structure without a cell, with partly occupied sites or with overlapping atoms.
    """
    blob = read_bytes(path)
    start = blob[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or b"\0" in blob:
        raise FormatError(path, "is a binary file" if start else "is empty")
    name = Path(path).name.partition(".")[0]
    text = blob.decode("utf-8-sig", errors="replace")
    if start.lower().startswith(b"#$magres"):
        found = _read_by_ase(path, text, "magres", name)
    elif start.split(None, 1)[0].isdigit():
        _check_frames(path, text)
        found = _read_by_ase(path, text, "extxyz", name)
    elif any(line.lstrip().lower().startswith("data_") for line in text.splitlines()):
        from common.io.crystalcif import read_cif

        found = read_cif(path, text)
    else:
        raise FormatError(path, "is neither CIF, nor extended XYZ, nor magres")
    if not found:
        raise FormatError(path, "has no atoms")
    for crystal in found:
        _check(path, crystal)
    return found


def _check_frames(path, text: str) -> None:
    """FormatError where a frame promises more lines than the file has; ase would look for them for ever."""
    lines = text.rstrip().split("\n")
    at = 0
    while at < len(lines):
        word = lines[at].strip()
        if not (word.isascii() and word.isdigit() and len(word) < 9):
            raise FormatError(path, f"is not a sound extended XYZ file: line {at + 1} is no number of atoms")
        at += int(word) + 2
    if at > len(lines):
        raise FormatError(path, "is not a sound extended XYZ file: it ends before its last atom")


def _read_by_ase(path, text: str, format: str, name: str) -> list[Crystal]:
    import ase.io

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frames = ase.io.read(io.StringIO(text), ":", format=format)
    except Exception as error:  # damaged text raises anything, from IndexError to ase's own
        reason = " ".join(str(error).split())[:120]
        kind = "magres" if format == "magres" else "extended XYZ"
        raise FormatError(path, f"is not a sound {kind} file: {reason or type(error).__name__}") from None
    several = len(frames) > 1
    return [
        _crystal(path, frame, f"{name}-{number}" if several else name)
        for number, frame in enumerate(frames, start=1)
    ]


def _crystal(path, frame, name: str) -> Crystal:
    """A crystal of what ase has read."""
    said = next((str(frame.info[key]) for key in ("NAME", "name") if key in frame.info), name)
    if frame.cell.rank < 3 or not frame.pbc.all():
        raise FormatError(path, f"{said} has no cell in three dimensions; a crystal needs one")
    columns = dict(_columns(frame))
    shieldings = next((columns.pop(key) for key in SHIELDINGS if key in columns), None)
    numbers, cell, positions = (np.array(part) for part in (frame.numbers, frame.cell, frame.positions))
    return Crystal(said, numbers, cell, positions, shieldings, columns)


def _columns(frame) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values (n,) of all columns of numbers; those of a wide one after the first as ``CS[1]``."""
    for key, values in frame.arrays.items():
        if key in ("numbers", "positions"):
            continue
        if key == "ms":
            yield "shielding", np.array([_third_of_trace(tensor) for tensor in values])
        elif values.dtype.kind == "f" and values.ndim <= 2:
            for k, column in enumerate(values.reshape(len(frame), -1).T):
                yield f"{key}[{k}]" if k else key, np.array(column)


def _third_of_trace(tensor) -> float:
    values = np.zeros(0) if tensor is None else np.asarray(tensor, float).ravel()
    return float(values[[0, 4, 8]].mean()) if values.size == 9 else np.nan


def _check(path, crystal: Crystal) -> None:
    """FormatError for a crystal that cannot be."""
    name, n = crystal.name, len(crystal)
    if not 0 < n <= MOST_ATOMS:
        raise FormatError(path, f"{name} has {n} atoms in its cell; from 1 to {MOST_ATOMS} can be")
    sizes = np.concatenate([crystal.cell.ravel(), crystal.positions.ravel()])
    if not np.isfinite(sizes).all() or np.abs(sizes).max() > 1e4:
        raise FormatError(path, f"{name} has coordinates or a cell that are not sound numbers")
    if not crystal.volume > LEAST_VOLUME:
        raise FormatError(path, f"{name} has a cell of {crystal.volume:.3g} cubic angstrom")
    if (crystal.numbers < 1).any():
        raise FormatError(path, f"{name} has atoms whose element is not known")
    if pair := overlapping(crystal):
        first, second, apart = pair
        raise FormatError(
            path,
            f"{name} has overlapping atoms: {_label(crystal, first)} and {_label(crystal, second)},"
            f" {apart:.2f} angstrom apart",
        )


def _label(crystal: Crystal, atom: int) -> str:
    return f"{symbols(crystal)[atom]}{atom + 1}"


def symbols(crystal: Crystal) -> list[str]:
    """The elements of the atoms."""
    from ase.data import chemical_symbols

    return [chemical_symbols[number] for number in crystal.numbers]


def overlapping(crystal: Crystal) -> tuple[int, int, float] | None:
    """The two atoms that are nearest to each other, and their distance, where it is under :data:`OVERLAP`."""
    from scipy.spatial import cKDTree

    home, around, index = images(crystal, OVERLAP)
    apart, rows = cKDTree(around).query(home, k=2, distance_upper_bound=OVERLAP)
    atom = int(np.argmin(apart[:, 1]))
    if not apart[atom, 1] < OVERLAP:
        return None
    other = next((int(index[row]) for row in rows[atom] if index[row] != atom), atom)
    return atom, other, float(apart[atom, 1])


def write_crystals(path, crystals: list[Crystal], *, force: bool = False) -> None:
    """Write crystals with their shieldings and further columns: extended XYZ, or a table in CSV.

    Columns have the names of ``Crystal.columns`` behind ``shielding``; a crystal that lacks one has NaN
    there. UserError for another extension, a missing folder, and for an existing file without ``force``.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDS:
        raise UserError(f"{path}: cannot tell the format; the name ends in {', '.join(ENDS)}")
    check_output(path, force)
    names = list(dict.fromkeys(name for crystal in crystals for name in crystal.columns))
    text = _table(crystals, names) if path.suffix.lower() == ".csv" else _frames(crystals, names)
    write_atomic(path, text.encode(), force=force)


def _values(crystal: Crystal, names: list[str]) -> np.ndarray:
    """Shieldings and columns (n, 1 + names)."""
    missing = np.full(len(crystal), np.nan)
    return np.stack([crystal.shieldings, *(crystal.columns.get(name, missing) for name in names)], axis=1)


def _frames(crystals: list[Crystal], names: list[str]) -> str:
    lines = []
    for crystal in crystals:
        cell = " ".join(f"{number:.10g}" for number in crystal.cell.ravel())
        kinds = "".join(f":{name}:R:1" for name in ("shielding", *names))
        name = '"' + crystal.name.replace('"', "'") + '"'
        lines += [
            str(len(crystal)),
            f'Lattice="{cell}" Properties=species:S:1:pos:R:3{kinds} NAME={name} pbc="T T T"',
        ]
        rows = zip(symbols(crystal), crystal.positions, _values(crystal, names), strict=True)
        lines += [
            " ".join([symbol, *(f"{x:.8f}" for x in place), *(f"{value:.4f}" for value in values)])
            for symbol, place, values in rows
        ]
    return "\n".join(lines) + "\n"


def _table(crystals: list[Crystal], names: list[str]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["crystal", "atom", "element", "x", "y", "z", "shielding", *names])
    for crystal in crystals:
        for atom, (symbol, place, values) in enumerate(
            zip(symbols(crystal), crystal.positions, _values(crystal, names), strict=True), start=1
        ):
            numbers = ["" if np.isnan(value) else f"{value:.4f}" for value in values]
            rows.writerow([crystal.name, atom, symbol, *(f"{x:.6f}" for x in place), *numbers])
    return text.getvalue()
