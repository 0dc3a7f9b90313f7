"""The public lists of proteins that programs were trained on: names, sequences and shift tables."""

from __future__ import annotations

import csv
import functools
import gzip
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common import datasets
from common.archives import extract_plain

DATA_SET = "cspred_shift_tables"
LIST, ALIGNMENTS, TABLES = "sparta575_list.csv", "sparta575_alignments.json.gz", "train_shifts.tar.xz"


@dataclass(frozen=True)
class Listed:
    """An entry of the SPARTA+ list. table: name of its shift table, often a BMRB number; pdb: of the
    structure; chains: names of the chains that were aligned to the table; sequence: of the table."""

    table: str
    pdb: str
    chains: tuple[str, ...]
    sequence: str


def sparta_list(offline: bool = False) -> list[Listed]:
    """The 575 entries of the list of SPARTA+ that are public, with the sequences of their shift tables.

    Raises as ``DataSpec.path``.
    """
    spec = datasets.load(DATA_SET)
    with open(spec.path(LIST, offline), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = table_sequences(offline)
    with gzip.open(spec.path(ALIGNMENTS, offline), "rt", encoding="utf-8") as file:
        aligned = json.load(file)
    return [
        Listed(
            row["shift_table"],
            row["pdb"],
            tuple(row["chains"].split()),
            known.get(row["shift_table"]) or _aligned(aligned[f"{row['shift_table']}.{row['pdb']}"]),
        )
        for row in rows
    ]


def _aligned(chains: dict) -> str:
    """The sequence of a table that is not in the archive, as its alignment to the structure has it."""
    return next(iter(chains.values()))["bmrb_alignment"].replace("-", "").upper()


def table_sequences(offline: bool = False) -> dict[str, str]:
    """Sequences by name of the shift tables in TALOS format, one-letter codes."""
    return dict(_table_sequences(datasets.load(DATA_SET).path(TABLES, offline)))


@functools.lru_cache(maxsize=1)
def _table_sequences(path: Path) -> dict[str, str]:
    found = {}
    with tarfile.open(path) as file:
        for member in file:
            if member.isreg() and member.name.endswith(".tab"):
                text = file.extractfile(member).read().decode("utf-8", "replace")
                found[Path(member.name).stem] = _sequence(text)
    return found


def _sequence(text: str) -> str:
    """What stands in the DATA SEQUENCE lines of a table; lower case marks oxidised cysteines."""
    lines = (line.split() for line in text.splitlines())
    return "".join("".join(words[2:]) for words in lines if words[:2] == ["DATA", "SEQUENCE"]).upper()


@contextmanager
def tables(offline: bool = False) -> Iterator[Path]:
    """A folder with the shift tables, ``<name>.tab`` and ``<name>.str.corr``, gone afterwards."""
    path = datasets.load(DATA_SET).path(TABLES, offline)
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(path) as file:
            extract_plain(file, scratch)
        yield Path(scratch, "shifts")
