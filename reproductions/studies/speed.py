"""How fast each part of the suite is: beside the plain form, a usual program, and what the machine can do.

Simulators, readers, features of structures, a training step and an application of every network. Each
measurement has a process of its own with one thread; there ours, the plain form, the peers and the ceilings
of the machine (a copy in memory, a product of matrices, a read of the file) are timed in turn, in processor
time, so that the ratios hold on a machine that is busy as well. About ten minutes of a core; no data set is
needed, and the same command goes on after an interruption.

example: nmr-repro study speed --quick
         KERAS_BACKEND=jax nmr-repro study speed --publish
         nmr-repro study speed --only read/
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common.errors import RunError, UserError
from common.training.backend import settle_backend
from reproductions import registry
from reproductions.studies import kept
from reproductions.studies.rates import measurement
from reproductions.studies.speed_tables import tables
from reproductions.studies.times import environment_of

NAME = "speed"
#: What a quick study measures, in how many seconds each.
QUICK = ("simulate/fids", "read/nmrpipe", "describe/contacts"), 0.5
#: Rows of these count their arithmetic under JAX, whatever the backend.
NETWORKS = ("train/", "apply/")
#: Reproductions whose README shows a table of its own.
SHOWN = ("mr3d_densenet",)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, and where."""
    kept.add_options(parser, f"{', '.join(QUICK[0])} alone")
    parser.add_argument("--only", metavar="START", default="", help="measurements whose name starts so")
    parser.add_argument("--fresh", action="store_true", help="measure all again")


def main(arguments: argparse.Namespace) -> None:
    """Take the measurements that are missing, write the record and show the tables."""
    from common.reporting.tables import update

    settle_backend()
    if arguments.publish:
        kept.check_publishable(arguments.quick or bool(arguments.only))
    folder = arguments.runs / kept.FOLDER / NAME
    path = folder / f"{'quick' if arguments.quick else os.environ['KERAS_BACKEND']}.jsonl"
    if arguments.fresh:
        path.unlink(missing_ok=True)
    names = wanted(arguments.only, arguments.quick)
    rows, left_out = kept.Rows(path), {}
    for name in names:
        if name in rows:
            continue
        print(name, file=sys.stderr, flush=True)
        try:
            rows.add(name, row(name, QUICK[1] if arguments.quick else measurement.ENOUGH))
        except RunError as error:  # a peer or a published run that is not there; the others are worth having
            left_out[name] = str(error)
    found = [rows[name] for name in names if name in rows]
    if not found:
        raise RunError(f"nothing could be measured: {next(iter(left_out.values()), 'no such name')}")
    kept.finish(collect(found, left_out, arguments.quick), None, folder, publish=arguments.publish)
    if arguments.publish:
        for name in SHOWN:
            update(registry.get(name).folder / "README.md", registry.ROOT)


def wanted(start: str, quick: bool) -> list[str]:
    """The names of the measurements asked for, in order; UserError where there is none."""
    from reproductions.studies.rates.catalogue import MEASUREMENTS

    names = [name for name in MEASUREMENTS if name.startswith(start) and (not quick or name in QUICK[0])]
    if not names:
        raise UserError(f"--only {start}: no measurement starts so; there are {', '.join(MEASUREMENTS)}")
    return names


def row(name: str, enough: float) -> dict:
    """One measurement, with what it took and the code that it was of."""
    started, backend = time.perf_counter(), os.environ["KERAS_BACKEND"]
    made = child({"name": name, "enough": enough, "count": False}, backend)
    if backend != "jax" and name.startswith(NETWORKS) and importlib.util.find_spec("jax"):
        made |= child({"name": name, "enough": enough, "count": True}, "jax")
    took = {"backend": backend, "seconds": time.perf_counter() - started, "commit": kept.commit()}
    return rounded(made | took)


def child(asked: dict, backend: str) -> dict:
    """What a process of its own measures, with one thread and no GPU; RunError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "measured.json")
        command = [sys.executable, "-m", "reproductions.studies.rates", json.dumps(asked), str(path)]
        environment = environment_of({"backend": backend, "threads": 1, "gpu": False})
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode or not path.exists():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise RunError(f"{asked['name']} could not be measured: {last}")
        return json.loads(path.read_text())


def rounded(entry):
    """Numbers of a row to four digits, within lists and dictionaries too."""
    if isinstance(entry, dict):
        return {key: rounded(value) for key, value in entry.items()}
    if isinstance(entry, list):
        return [rounded(value) for value in entry]
    return kept.rounded(entry, 4) if isinstance(entry, float) else entry


def collect(rows: list[dict], left_out: dict[str, str], quick: bool) -> dict:
    """The record: the rows, and the tables."""
    from common.reporting.record import environment, versions

    seconds = sum(each["seconds"] for each in rows)
    peers = ("nmrglue", "biotite", "gemmi", "ase", "dscribe", "nibabel", "scikit-learn")
    made = environment(rows[0]["backend"], "cpu", seconds)
    made["versions"] |= versions(*peers)
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": quick,
        "environment": made,
        "commits": sorted({each["commit"] for each in rows}),
        "left_out": left_out,
        "rows": rows,
    }
    return record | {"tables": tables(record)}
