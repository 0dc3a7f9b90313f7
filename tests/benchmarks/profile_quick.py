"""Where the processor time of a run goes: ``python -m tests.benchmarks.profile_quick NAME [options of run]``.

A quick run, or whatever the options make of it, in a folder that is thrown away, by samples: a thread looks
what the main thread is at, and the processor time since the last look goes to the innermost line of the suite
there. cProfile would make Python code twice as slow and leave libraries as they are.
``--json FILE`` keeps the shares. Without a name it profiles every system, goes on where it was interrupted,
and keeps a record in ``--runs FOLDER``; with ``--publish`` it goes to results/studies/, too.

example: KERAS_BACKEND=jax python -m tests.benchmarks.profile_quick qu_cnn --epochs 2
         python -m tests.benchmarks.profile_quick --runs SCRATCH/profile --publish
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from common.reporting.record import environment
from common.reporting.tables import Table
from common.training.fingerprint import backend
from reproductions import cli, registry
from reproductions.studies import kept

NAME = "profile"
IMPORTS, COMPILATION = "imports", "compilation"
EVERY = 0.005  # seconds between two looks
OWN = re.compile(r"/(common|reproductions)/(.+)\.py$")
#: What a file of the suite is part of: the first pattern that fits.
PARTS = (
    ("figures", r"figures?|picture|profile|report$|card"),
    ("baselines", r"common/classical/|soap|kernel|ridge|conventional|peers|common/nus/baselines"),
    ("network", r"/model$|common/layers|training/(fit|losses|parts|batches)|/(training|predict|networks)$|"
                r"estimate$|members$|experiment$|losses$|errors$|densities$|moments$"),
    ("records", r"common/reporting/|common/atomic|training/(session|checkpoint|storage|lock|progress|find)|"
                r"common/cache"),
    ("scores", r"common/metrics/|scor(ing|es)$|injection"),
    ("simulation and data", r"common/(simulation|io|protein|shifts|mrs|nus|datasets|download|structures)|"
                            r"/(data|examples|grid|crops|levels|compounds|environments|candidates|inputs|"
                            r"terms|zones|small|batching|surroundings|oriented|measured|simulated|in_vivo|"
                            r"unusual|search|spectra|picking|plane_data|shift_index)$|processing|spectrum"),
)  # fmt: skip
#: Frames that are there while a network is traced or compiled, and not while it runs.
COMPILING = re.compile(r"jax/_src/(compiler|interpreters/(mlir|partial_eval))|func_graph|autograph/")


class Sampler:
    """Processor seconds by part and by function of the suite, from ``start`` to ``stop``."""

    def __init__(self):
        self.parts, self.lines = Counter(), Counter()
        self.last, self.main, self.done = 0.0, threading.get_ident(), threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Sample from now on."""
        self.last = time.process_time()
        self.thread.start()

    def stop(self) -> None:
        """No more samples."""
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(EVERY):
            frame = sys._current_frames().get(self.main)
            now = time.process_time()
            # a call that kept this thread waiting: all of it
            seconds, self.last = now - self.last, now
            part, line = of_frames(frame)
            self.parts[part] += seconds
            self.lines[part, line] += seconds


def of_frames(frame) -> tuple[str, str]:
    """The part that is at work in a stack of frames, and its function."""
    compiling = False
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith("<frozen importlib"):
            return IMPORTS, "imports"
        compiling = compiling or bool(COMPILING.search(path))
        own = OWN.search(path)
        if own and "site-packages" not in path:
            name = f"{own[1]}/{own[2]}"
            if compiling:
                return COMPILATION, f"{name}.{frame.f_code.co_name}"
            part = next((part for part, fits in PARTS if re.search(fits, name)), "other")
            return part, f"{name}.{frame.f_code.co_name}"
        frame = frame.f_back
    return COMPILATION if compiling else "other", "outside"


def one(words: list[str]) -> int:
    """Profile one run; its exit code."""
    name, *options = words
    json_path = None
    if "--json" in options:
        at = options.index("--json")
        json_path, options = Path(options[at + 1]), options[:at] + options[at + 2 :]
    sampler, began, clock = Sampler(), time.process_time(), time.monotonic()
    with tempfile.TemporaryDirectory() as runs:
        sampler.start()
        code = cli.main(["run", name, "--preset", "quick", "--runs", runs, *options])
        sampler.stop()
    total, took = sum(sampler.parts.values()), time.monotonic() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\n{name} {' '.join(options)}: {time.process_time() - began:.0f} s of a core, {memory:.2f} GB")
    for part, seconds in sampler.parts.most_common():
        print(f"{seconds / total:7.1%} {part}")
        mine = Counter({line: spent for (of, line), spent in sampler.lines.items() if of == part})
        for line, spent in mine.most_common(4):
            if spent > 0.02 * total:
                print(f"{'':12}{spent / total:6.1%} {line}")
    if json_path:
        shares = {part: kept.rounded(seconds / total, 3) for part, seconds in sampler.parts.items()}
        seconds = {"seconds": round(total, 1), "clock": round(took, 1), "memory": round(memory, 2)}
        json_path.write_text(json.dumps({"name": name, "options": options} | seconds | {"shares": shares}))
    return code


def every(words: list[str]) -> int:
    """Profile every system in a process of its own, and write the record."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profile_quick")
    kept.add_options(parser, quick=None)
    arguments = parser.parse_args(words)
    if arguments.publish:
        kept.check_publishable(quick=False)
    folder = arguments.runs / kept.FOLDER / NAME
    rows, made = kept.Rows(folder / "rows.jsonl"), folder / "one.json"
    for name in (name for name in registry.names() if name not in rows):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.profile_quick", name, "--json", str(made)], check=True
        )
        rows.add(name, json.loads(made.read_text()) | {"commit": kept.commit()})
    found = rows.all()
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": False,
        "environment": environment(backend(), "cpu", sum(row["clock"] for row in found)),
        "commits": sorted({row["commit"] for row in found}),
        "rows": found,
        "tables": tables({"rows": found}),
    }
    kept.finish(record, None, folder, publish=arguments.publish)
    return 0


def tables(record: dict) -> dict[str, dict]:
    """Shares of the processor time of each run by part, those of the least last."""
    rows = record["rows"]
    parts = Counter()
    for row in rows:
        parts.update(row["shares"])
    order = [part for part, _ in parts.most_common()]
    lines = [
        (
            row["name"],
            f"{row['clock']:.0f}",
            f"{row['seconds']:.0f}",
            f"{row['memory']:.1f}",
            *(f"{100 * row['shares'].get(part, 0):.0f}" for part in order),
        )
        for row in sorted(rows, key=lambda row: row["name"])
    ]
    totals = (f"{sum(row[key] for row in rows):.0f}" for key in ("clock", "seconds"))
    lines.append(("all", *totals, f"{max(row['memory'] for row in rows):.1f}", *("" for _ in order)))
    columns = ("system", "s", "s of a core", "GB", *(f"{part}, %" for part in order))
    notes = (
        "Preset quick from its start to its record, one run after the other. By samples of the main thread,"
        " every 5 ms; the processor time of all threads counts.",
        "compilation: tracing and compiling networks; imports: of Python's modules. GB: peak memory.",
    )
    return {"parts": Table(columns, tuple(lines), notes).to_json()}


def main(words: list[str]) -> int:
    """One run where a name comes first, otherwise all."""
    return one(words) if words and not words[0].startswith("-") else every(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
