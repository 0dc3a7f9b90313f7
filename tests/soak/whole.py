"""Kills of processes that import everything themselves, under TensorFlow: a few, for they are slow."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.reporting.record import complete_record
from tests.soak import kills, process, state

NAME, KILLS = "ppm_one", 5


def spawned(work: Path, seed: int) -> Iterator[dict]:
    """Kill a run under TensorFlow between its opening and its end, again and again, and let it finish."""
    alone, runs, log = work / "alone" / "tensorflow", work / "killed" / "tensorflow", work / "log"
    cost = alone / "cost.json"
    if not cost.exists():
        shutil.rmtree(alone, ignore_errors=True)
        child = _start(alone, log)
        opened, code = _opened(child, alone), child.wait()
        if code:
            raise RuntimeError(f"{NAME} does not end well under TensorFlow: {child.said()[-500:]}")
        cost.write_text(json.dumps(child.cpu - opened))
    shutil.rmtree(runs, ignore_errors=True)
    essence, rng = state.essence(_folder(alone)), np.random.default_rng([seed, 300])
    name = {"name": f"{NAME}, TensorFlow"}
    for number in range(KILLS):
        row = _kill(runs, log, float(json.loads(cost.read_text())) * rng.random(), rng, _folder(alone))
        yield {"key": f"tensorflow/{number}", "what": "run"} | name | row
        if not row["killed"]:
            break
    child = _start(runs, log)
    code = child.wait()
    row = {"killed": False, "cpu": round(child.cpu, 2), "code": code, "strays": len(state.strays(runs))}
    folder = _folder(runs)
    row |= {"faults": state.faults(folder), "differs": state.differences(essence, state.essence(folder))}
    yield {"key": "tensorflow/last", "what": "end"} | name | row


def _kill(runs: Path, log: Path, after: float, rng, alone: Path) -> dict:
    """Kill a run when it has used so many CPU seconds since it was opened."""
    sent, since = str(rng.choice(list(kills.SIGNALS), p=list(kills.SIGNALS.values()))), time.time() - 0.05
    child = _start(runs, log)
    killed = child.until(_opened(child, runs, since) + after)
    folder = _folder(runs)
    hit = state.phase(folder, since, set(state.done(alone))) if killed else None
    code = child.send(getattr(signal, sent)) if killed else child.code
    finished = hit == "finished" or complete_record(folder) is not None
    expected = kills.ENDED[sent] if killed else (0,)
    wrong = [] if code in expected or (finished and not code) else [f"exit code {code}"]
    wrong += ["a traceback"] if killed and "Traceback" in child.said() else []
    row = {"killed": killed, "signal": sent, "at_a_file": False, "phase": hit, "cpu": round(child.cpu, 2)}
    return row | {"code": code, "faults": wrong + state.faults(folder), "strays": len(state.strays(folder))}


def _start(runs: Path, log: Path) -> process.Child:
    return process.spawn(kills.words(NAME, runs), log, KERAS_BACKEND="tensorflow")


def _opened(child: process.Child, runs: Path, since: float = 0.0) -> float:
    """Wait until a process has opened its run; its CPU seconds until then."""
    while not child.ended():
        if any(path.stat().st_mtime >= since for path in runs.glob("*/*/config.json")):
            break
        time.sleep(process.LOOK)
    return child.used()


def _folder(runs: Path) -> Path:
    return next(path.parent for path in runs.glob("*/*/config.json"))
