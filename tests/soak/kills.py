"""Runs killed again and again, until finished: they end as one that was left alone."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.reporting.record import complete_record
from reproductions import registry
from tests.soak import process, state

#: How a kill is sent: at a change of a file (SIGKILL), or at some CPU second, by one of these signals; ours.
AT_A_FILE = 0.4
SIGNALS = {"SIGKILL": 0.7, "SIGTERM": 0.15, "SIGINT": 0.15}
#: The systems, those with short runs first, so that a soak that is stopped early has seen most of them.
NAMES = ("ppm_one", "qu_cnn", "sparta_plus", "nmr_net", "hansen_lstm", "lee_kim_denoiser", "bruker_picker")
NAMES += tuple(name for name in registry.names() if name not in NAMES)
#: Moments are drawn as this power of a uniform number: more are early, where a killed run goes on; ours.
EARLY = 1.5
#: Kills of a run before it is let finish. A cycle starts with --fresh on what the last one left.
CYCLE = 3
#: Exit codes of a process that a signal ended: by the signal, or by its own hand as Ctrl-C.
ENDED = {"SIGKILL": (-9,), "SIGTERM": (-15, 130), "SIGINT": (-2, 130)}


@dataclass
class Reference:
    """A run left alone: what it came to, its CPU seconds, its changes of files, the phase of each of them."""

    name: str
    folder: Path
    essence: dict
    cpu: float
    changes: int

    @property
    def parts(self) -> set[str]:
        """The names of its parts."""
        return set(state.done(self.folder))


def words(name: str, runs: Path, *more: str) -> list[str]:
    """The command of a smoke run."""
    return ["run", name, "--preset", "smoke", "--offline", "--runs", str(runs), *more]


def folder_of(name: str, runs: Path) -> Path:
    """Where that run is, or will be."""
    from reproductions.suite.plan import Entry

    return Entry(name, "smoke", "faithful", 0).folder(runs)


def reference(name: str, work: Path) -> Reference:
    """A run left alone, now or earlier."""
    runs, told, cost = (work / "alone" / each for each in ("runs", f"{name}.changes", f"{name}.json"))
    folder = folder_of(name, runs)
    if not cost.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        child = process.fork(words(name, runs), work / "log", process.dies_at(folder, 0, told))
        if child.wait():
            raise RuntimeError(f"{name} does not end well when left alone: {child.said()[-500:]}")
        cost.write_text(json.dumps({"cpu": child.cpu}))
    changes = len(told.read_text().splitlines())
    return Reference(name, folder, state.essence(folder), json.loads(cost.read_text())["cpu"], changes)


def attempts(reference: Reference, cycle: int, work: Path, seed: int) -> Iterator[dict]:
    """Kill a run ``CYCLE`` times, then let it finish: a row for each attempt, the last one compared."""
    runs = work / "killed"
    folder = folder_of(reference.name, runs)
    folder.parent.mkdir(parents=True, exist_ok=True)
    key, killed, attempt = f"{reference.name}/{cycle}", 0, 0
    while killed < CYCLE and attempt < 3 * CYCLE:
        number = [seed, list(registry.names()).index(reference.name), cycle, attempt]
        fresh = attempt == 0 or complete_record(folder) is not None
        row = _kill(reference, folder, runs, np.random.default_rng(number), work / "log", fresh)
        killed += row["killed"]
        attempt += 1
        yield {"key": f"{key}/{attempt}", "name": reference.name, "what": "run"} | row
        if not row["killed"]:
            break
    yield {"key": f"{key}/end", "name": reference.name, "what": "end"} | finish(reference, folder, runs, work)


def _kill(reference: Reference, folder: Path, runs: Path, rng, log: Path, fresh: bool) -> dict:
    """Start a run and kill it at a random moment; what was hit, and what its folder looks like after."""
    more = ("--fresh",) if fresh else ()
    told, since = log.with_suffix(".change"), time.time() - 0.05
    at_a_file = bool(rng.random() < AT_A_FILE)
    if at_a_file:
        told.unlink(missing_ok=True)
        number = 1 + int(reference.changes * rng.random() ** EARLY)
        child = process.fork(words(reference.name, runs, *more), log, process.dies_at(folder, number, told))
        sent, code = "SIGKILL", child.wait()
        killed = code == -signal.SIGKILL
        hit = state.place(told.read_text().strip(), folder, reference.parts) if killed else None
    else:
        sent = str(rng.choice(list(SIGNALS), p=list(SIGNALS.values())))
        child = process.fork(words(reference.name, runs, *more), log)
        killed = child.until(reference.cpu * rng.random() ** EARLY)
        hit = state.phase(folder, since, reference.parts) if killed else None
        code = child.send(getattr(signal, sent)) if killed else child.code
    row = {
        "killed": killed,
        "signal": sent,
        "at_a_file": at_a_file,
        "phase": hit,
        "cpu": round(child.cpu, 2),
        "code": code,
    }
    expected = ENDED[sent] if killed else (0,)
    # a signal that arrives when all is written may find nothing left to end
    wrong = [] if code in expected or (hit == "finished" and not code) else [f"exit code {code}"]
    wrong += ["a traceback"] if killed and "Traceback" in child.said() else []
    return row | {"faults": wrong + state.faults(folder), "strays": len(state.strays(folder))}


def finish(reference: Reference, folder: Path, runs: Path, work: Path) -> dict:
    """Let a run that was killed finish; in what it differs from the one left alone."""
    child = process.fork(words(reference.name, runs), work / "log")
    code = child.wait()
    row = {"killed": False, "cpu": round(child.cpu, 2), "code": code}
    if code:
        return row | {"faults": [f"exit code {code}: {child.said()[-300:]}"], "differs": [], "strays": 0}
    differs = state.differences(reference.essence, state.essence(folder))
    row |= {"faults": state.faults(folder), "strays": len(state.strays(folder))}
    return row | {"differs": differs}
