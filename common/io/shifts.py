"""Lists of backbone shifts in and out: NMR-STAR 2.1 and 3, TALOS tables, CSV; packed by gzip or not.

Rows of what is read here that stand next to each other are neighbours in the sequence: residues without
shifts have rows, and where the file gives no sequence, gaps in numbers have rows of ``X``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from common.errors import FormatError, UserError
from common.io.nmrstar import read_nmrstar
from common.io.nmrstarwriter import format_nmrstar
from common.io.shiftcsv import format_csv, read_csv
from common.io.talostables import format_talos, read_talos
from common.io.text import read_bytes, write_text
from common.shiftlist import ShiftList

_STAR = re.compile(r"^\s*(data_|save_|loop_)", re.MULTILINE | re.IGNORECASE)
_TALOS = re.compile(r"^\s*VARS\s", re.MULTILINE)


def read_shifts(path: str | Path) -> list[ShiftList]:
    """The lists of shifts in a file: one a chain, and one a chain in each of several lists of an entry.

    Contents tell the format. Numbers of residues are the file's; of NMR-STAR, the PDB's or the author's where
    given. ``notes`` say what was left out. FormatError where the file does not hold shifts of a protein.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    name = Path(path).name.removesuffix(".gz").partition(".")[0]
    if _TALOS.search(text):
        return [read_talos(path, text.split("\n"), name)]
    if _STAR.search(text):
        return [found.replace(name=found.name or name) for found in read_nmrstar(path, text)]
    if not text.strip():
        raise FormatError(path, "is empty; name a list of shifts")
    return read_csv(path, text.split("\n"), name)


def write_shifts(
    path: str | Path,
    shifts: ShiftList | Sequence[ShiftList],
    *,
    force: bool = False,
    columns: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write a list of shifts: a TALOS table ``.tab``, NMR-STAR 3 ``.str``, or ``.csv``; whole or not at all.

    shifts: one list, or for ``.str`` and ``.csv`` one a chain, each under its name. columns: further values
    (n, 8) by name for ``.tab`` and ``.csv`` of one list. Errors, where stated, are TALOS's ``SIGMA``. Three
    decimals are kept. UserError for another extension, a file that has to stay, or what a format cannot hold.
    """
    path, columns = Path(path), dict(columns or {})
    lists = [shifts] if isinstance(shifts, ShiftList) else list(shifts)
    suffix = path.suffix.lower()
    if suffix not in (".tab", ".str", ".csv"):
        raise UserError(
            f"{path}: shifts are written as .tab (TALOS), .str (NMR-STAR 3) or .csv; use one of these"
        )
    if not lists or not any(np.isfinite(one.values).any() for one in lists):
        raise UserError(f"{path}: there is no shift to write")
    if suffix == ".tab" and len(lists) > 1:
        raise UserError(f"{path}: a TALOS table holds one chain, not {len(lists)}; use .str or .csv")
    if columns and (suffix == ".str" or len(lists) > 1):
        raise UserError(f"{path}: {', '.join(columns)} go into a .tab or .csv of one chain")
    if suffix == ".str":
        text = format_nmrstar(lists)
    else:
        lines = format_talos(lists[0], columns) if suffix == ".tab" else format_csv(lists, columns)
        text = "\n".join(lines) + "\n"
    write_text(path, text, force=force)
