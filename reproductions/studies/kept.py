"""Rows of a study kept as they are computed, and its record: ``results/studies/<name>.json``.

A record has ``schema``, ``study``, ``quick``, ``environment`` (:func:`common.reporting.record.environment`),
``commits`` (those that made its rows), whatever the study says of itself, and ``tables``: by name, as
:class:`common.reporting.tables.Table` keeps them. A README shows one between
``<!-- table:studies/<name>/<table> -->`` and ``<!-- /table -->``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from common.atomic import write_atomic
from common.errors import FormatError, RunError
from common.reporting.record import checkout
from reproductions import registry

SCHEMA = 1
FOLDER = "studies"
#: What the name of a commit ends with where the tree differed from it.
DIRTY = "-dirty"


class Rows:
    """Dictionaries by key, a line of JSON each, in a file that outlives the process.

    A process that is killed loses the row it was at; a line that is not whole is computed again.
    """

    def __init__(self, path: Path):
        self.path, self._rows = path, {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                self._rows[row["key"]] = row
            except (ValueError, KeyError, TypeError):
                continue

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> dict:
        return self._rows[key]

    def all(self) -> list[dict]:
        """Every row, in the order in which they were first kept."""
        return list(self._rows.values())

    def add(self, key: str, row: dict) -> None:
        """Keep a row on disk, at once."""
        row = {"key": key, **row}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # a line that a killed process left without its end stays a line of its own
            start = "" if file.tell() == 0 or self._ended() else "\n"
            file.write(f"{start}{json.dumps(row)}\n")
        self._rows[key] = row

    def _ended(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"


def add_options(parser: argparse.ArgumentParser, quick: str | None, runs: str = "where it is kept") -> None:
    """What every study takes; ``quick`` says what is measured then, None where all of it is soon done."""
    add = parser.add_argument
    if quick:
        add("--quick", action="store_true", help=quick)
    add("--runs", type=Path, default=Path("runs"), help=f"{runs} (default %(default)s)")
    add("--publish", action="store_true", help="to results/studies/, the tables there anew")


def commit() -> str:
    """The commit that the code is of, with :data:`DIRTY` where it is not quite."""
    state = checkout()
    return state["commit"][:12] + (DIRTY if state["dirty"] else "")


def check_publishable(quick: bool) -> None:
    """RunError where the results of a study that starts now may not go to ``results/``."""
    if quick:
        raise RunError("a quick study says too little to be published; leave out --quick or --publish")
    if checkout()["dirty"]:
        raise RunError("the checkout has uncommitted changes; commit them before a study that is published")


def finish(record: dict, figure: bytes | None, folder: Path, *, publish: bool) -> None:
    """Write a record and show its tables; with ``publish`` also to ``results/``, and the README there anew.

    RunError where rows of it were computed by code that no commit holds.
    """
    from common.reporting import tables

    path = write(folder, record, figure)
    for title, table in record["tables"].items():
        print(f"\n{title}\n{tables.Table.from_json(table).markdown()}")
    print(f"record: {path}")
    if not publish:
        return
    if any(each.endswith(DIRTY) for each in record["commits"]):
        raise RunError("some rows were computed by code that no commit holds; --fresh computes all again")
    results = registry.RESULTS / FOLDER
    print(f"record: {write(results, record, figure)}")
    readme = results / "README.md"
    if readme.exists():
        tables.update(readme, registry.ROOT)


def write(folder: Path, record: dict, figure: bytes | None = None) -> Path:
    """Write record and figure of a study into a folder; returns the path of the record."""
    path = folder / f"{record['study']}.json"
    write_atomic(path, dump(record))
    if figure:
        write_atomic(path.with_suffix(".png"), figure)
    return path


def dump(record: dict) -> bytes:
    """A record as JSON, a line for each score, so that two of them can be compared by eye."""
    parts = []
    for key, value in sorted(record.items()):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines = ",\n  ".join(json.dumps(each, sort_keys=True, allow_nan=False) for each in value)
            parts.append(f" {json.dumps(key)}: [\n  {lines}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def read(path: Path) -> dict:
    """A record; FormatError where the file is none of this schema, OSError where it is absent."""
    try:
        record = json.loads(path.read_bytes())
    except ValueError as error:
        raise FormatError(path, f"is not JSON ({error})") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA or "tables" not in record:
        raise FormatError(path, "is no record of a study")
    return record


def rounded(value: float, digits: int = 5) -> float:
    """A number to as many significant digits: scores differ in the last ones from machine to machine."""
    return float(f"{value:.{digits}g}")
