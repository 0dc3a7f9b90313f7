"""Lists of backbone shifts in and out: NMR-STAR 2.1 and 3, TALOS tables, CSV; packed by gzip or not.

Rows of what is read here that stand next to each other are neighbours in the sequence: residues without
shifts have rows, and where the file gives no sequence, gaps in numbers have rows of ``X``.
"""

from __future__ import annotations

import re
from pathlib import Path

from common.errors import FormatError
from common.io.nmrstar import read_nmrstar
from common.io.shiftcsv import read_csv
from common.io.talostables import read_talos
from common.io.text import read_bytes
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
