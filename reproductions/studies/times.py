"""How long networks and conventional methods take for one spectrum, on one machine in one run.

2D: a measured 15N HSQC, and the methyl correlation of 256 points; 3D: a simulated HNCO with a
two-dimensional schedule. Every method at its default stop with its error beside, and for iterative methods
the time in which they have the error of a network. Each backend that is installed and each number of threads,
one and all, has a process of its own; the methods are repeated in turn after a warm-up. Where JAX finds a GPU
the networks are timed on it too, and IST-S beside. Leave the machine alone meanwhile.

example: nmr-repro study times --quick
         KERAS_BACKEND=jax nmr-repro study times --publish
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

from common.errors import RunError
from common.training.backend import BACKENDS, settle_backend
from reproductions import registry
from reproductions.studies import kept
from reproductions.studies.times_tables import tables

NAME = "times"
#: Dimensions that are sampled, spectrum, sampled fraction.
CASES = (
    (1, "ubiquitin", 0.25),
    (1, "ubiquitin", 0.125),
    (1, "hdac8_uniform", 0.125),
    (2, "hnco", 0.1),
)
REPEATS = 5
QUICK = {"cases": ((1, "disordered", 0.25),), "repeats": 2}
#: What numerical libraries read when they start, for one thread.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
#: For a process that shall not see a GPU.
NO_GPU = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, and where."""
    kept.add_options(parser, "a small simulated spectrum, one backend, one thread")


def main(arguments: argparse.Namespace) -> None:
    """Measure in one process after the other, write the record and show the tables."""
    settle_backend()
    if arguments.publish:
        kept.check_publishable(arguments.quick)
    started = time.perf_counter()
    what = QUICK if arguments.quick else {"cases": CASES, "repeats": REPEATS}
    measured = []
    for setting in settings(arguments.quick):
        print(f"{setting['backend']}, {said(setting)}", file=sys.stderr, flush=True)
        asked = what | {"conventional": None, "networks": None, "reach": not measured}
        measured.append(setting | child(setting, asked))
    record = collect(measured, time.perf_counter() - started, arguments.quick)
    kept.finish(record, None, arguments.runs / kept.FOLDER / NAME, publish=arguments.publish)


def settings(quick: bool = False) -> list[dict]:
    """Backend, number of threads and kind of device of each process; the chosen backend first."""
    chosen = os.environ["KERAS_BACKEND"]
    others = [name for name in BACKENDS if name != chosen and importlib.util.find_spec(name)]
    backends = [chosen] if quick else [chosen, *others]
    threads = [1] if quick or usable() == 1 else [1, usable()]
    made = [{"backend": name, "threads": count, "gpu": False} for name in backends for count in threads]
    return made + ([{"backend": "jax", "threads": usable(), "gpu": True}] if not quick and _gpu() else [])


def usable() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def said(setting: dict) -> str:
    """The threads of a setting in words."""
    if setting["gpu"]:
        return "GPU"
    return "1 thread" if setting["threads"] == 1 else f"{setting['threads']} threads"


def child(setting: dict, what: dict) -> dict:
    """What a process of its own measures; RunError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "measured.json")
        module, asked = "reproductions.studies.stopwatch", json.dumps(what | setting)
        command = [sys.executable, "-m", module, asked, str(path)]
        done = subprocess.run(command, env=environment_of(setting), capture_output=True, text=True)
        if done.returncode or not path.exists():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise RunError(f"timing under {setting['backend']} with {said(setting)} failed: {last}")
        return json.loads(path.read_text())


def environment_of(setting: dict) -> dict[str, str]:
    """The environment of the process of a setting, with this code first on its path."""
    env = dict(os.environ)
    for name in ONE_THREAD:
        env.pop(name, None)
    env |= ONE_THREAD if setting["threads"] == 1 else {}
    env |= {} if setting["gpu"] else NO_GPU
    path = [str(registry.ROOT), *filter(None, [env.get("PYTHONPATH")])]
    return env | {"KERAS_BACKEND": setting["backend"], "PYTHONPATH": os.pathsep.join(path)}


def collect(measured: list[dict], seconds: float, quick: bool) -> dict:
    """The record: a row for each method, spectrum and setting, and the tables."""
    from common.reporting.record import environment

    chosen = measured[0]
    rows, reached, left_out = [], [], {}
    for setting in measured:
        where = {key: setting[key] for key in ("backend", "threads", "device")}
        for case in setting["cases"]:
            at = {key: case[key] for key in ("dimensions", "case", "fraction", "shape")}
            rows += [where | at | {**each, **_short(each)} for each in case["methods"]]
            reached += [where | at | {**each, **_short(each)} for each in case["reached"]]
            left_out |= {f"{case['dimensions'] + 1}D {name}": why for name, why in case["left_out"].items()}
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": quick,
        "environment": environment(chosen["backend"], chosen["device"], seconds),
        "commits": [kept.commit()],
        "left_out": left_out,
        "rows": rows,
        "reached": reached,
        "published": published(),
    }
    return record | {"tables": tables(record)}


def published() -> dict[str, dict]:
    """The published ratios by id, as the reproductions' published.toml have them."""
    figures = [figure for name in registry.names() for figure in registry.get(name).published.figures]
    return {
        figure.id: {"published": str(figure), "where": figure.where, "comparable": figure.comparable}
        for figure in figures
        if figure.id.startswith("timing/")
    }


def _short(entry: dict) -> dict:
    return {key: kept.rounded(value, 4) for key, value in entry.items() if isinstance(value, float)}


def _gpu() -> bool:
    """Whether JAX finds a GPU, asked in a process of its own."""
    if importlib.util.find_spec("jax") is None:
        return False
    code = "import jax, sys; sys.exit(jax.default_backend() != 'gpu')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
