"""Soak: what is left of runs after kills, full and read-only disks, two suites at once, changed clocks.

Goes on where it was interrupted; another seed hits other moments. With --publish the record goes to
results/studies/ and its tables into the README there. Full and read-only disks are small file systems in
memory, for which it must be root; it says what it had to leave out.

example: python -m tests.soak --runs SCRATCH/soak
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path

from common.reporting.record import environment
from reproductions.studies import kept
from tests.soak import clock, copies, disk, kills, process, suites, tables, whole

NAME = "soak"
COMMIT = kept.commit()


def main() -> None:
    """Run every chapter, or those named, and write the record."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("chapters", nargs="*", metavar="CHAPTER", help=f"{', '.join(CHAPTERS)} (default: all)")
    add("--runs", type=Path, default=Path("runs/soak"), help="on the disk to be tried (default %(default)s)")
    add("--seed", type=int, default=0, help="of the moments (default %(default)s)")
    add("--kills", type=int, default=200, help="at least so many (default %(default)s)")
    add("--minutes", type=float, default=1e9, help="after which no new cycle of kills begins")
    add("--publish", action="store_true", help="to results/studies/, the tables there anew")
    arguments = parser.parse_args()
    work = arguments.runs.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if arguments.publish:
        kept.check_publishable(quick=False)
    rows = kept.Rows(work / "rows.jsonl")
    os.environ.setdefault("NMR_REPRO_CACHE", str(work / "cache"))
    # A shell that starts it in the background has it ignore Ctrl-C, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process.warm(work / "compiled")
    for chapter in arguments.chapters or CHAPTERS:
        for row in CHAPTERS[chapter](work, arguments, rows):
            add_row(rows, row)
    finish(rows, arguments)


def add_row(rows: kept.Rows, row: dict) -> None:
    """Keep a row, with its commit, and tell it."""
    key = row.pop("key")
    rows.add(key, row | {"commit": COMMIT})
    wrong = "; ".join([*row["faults"], *row.get("differs", ())])
    seen = f"{row.get('signal') or ''} {row.get('phase') or ''}".strip()
    print(f"{key:32} {seen:24} {row['cpu']:6.1f} s  {wrong or 'whole'}", flush=True)


def killing(work: Path, arguments, rows):
    """Cycles of kills, one of every run after the other; each finished cycle counts once."""
    until = time.monotonic() + 60 * arguments.minutes
    for key, (make, count) in copies.KILLED.items():
        numbers = range(sum(f"{key}/{number}" in rows for number in range(count)), count)
        yield from make(work, numbers, arguments.seed) if numbers else ()
    for cycle, name in ((cycle, name) for cycle in itertools.count() for name in kills.NAMES):
        enough = sum(row.get("killed", False) for row in rows.all()) >= arguments.kills
        if (enough and cycle and name == kills.NAMES[0]) or time.monotonic() > until:
            return
        if f"{name}/{cycle}/end" not in rows:
            yield from kills.attempts(kills.reference(name, work), cycle, work, arguments.seed)


def once(name: str, make):
    """A chapter that is done as a whole, or not at all."""

    def chapter(work: Path, arguments, rows):
        if f"{name}/end" not in rows:
            yield from make(work, arguments.seed)
            yield {"key": f"{name}/end", "what": "end", "faults": [], "cpu": 0.0, "killed": False}

    return chapter


CHAPTERS = {
    "kills": killing,
    "tensorflow": once("tensorflow", whole.spawned),
    "disk": once("disk", disk.full),
    "readonly": once("readonly", disk.read_only),
    "suites": once("suites", suites.both),
    "clock": once("clock", clock.changed),
}


def finish(rows: kept.Rows, arguments) -> None:
    """Write the record and show its tables."""
    found = [row for row in rows.all() if "name" in row]
    # Nobody needs to know where the folder of the soak was.
    found = json.loads(json.dumps(found).replace(f"{arguments.runs.resolve()}/", ""))
    seconds = sum(row["cpu"] for row in found)
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": False,
        "seed": arguments.seed,
        "environment": environment("jax", "cpu", seconds),
        "commits": sorted({row["commit"] for row in found}),
        "rows": found,
    }
    record["tables"] = {name: table.to_json() for name, table in tables.made(found).items()}
    kept.finish(record, None, arguments.runs, publish=arguments.publish)


if __name__ == "__main__":
    sys.exit(main())
