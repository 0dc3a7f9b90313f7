"""Clocks set back or forward between two halves of a run, and while a suite waits: all stays in order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from common.reporting.record import read_record
from tests.soak import kills, process, state
from tests.soak.turned import sitecustomize

NAME = "ppm_one"
#: What the clock of the second half is set by, in seconds.
CHANGES = {"an hour back": -3600, "a day forward": 86400}


def changed(work: Path, _seed: int = 0) -> Iterator[dict]:
    """Halves of a run with different clocks, and a suite whose clock is set back while it waits."""
    whole, file = kills.reference(NAME, work), work / "clock" / "seconds"
    for change, seconds in CHANGES.items():
        runs = work / "clock" / change.replace(" ", "-")
        shutil.rmtree(runs, ignore_errors=True)
        folder = kills.folder_of(NAME, runs)
        first = process.fork(kills.words(NAME, runs), work / "log")
        while not first.ended() and not list(folder.glob("checkpoints/**/*.npz")):
            time.sleep(process.LOOK)
        faults = [] if not first.ended() and first.send(signal.SIGKILL) else ["it had finished"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(seconds))
        second = process.fork(kills.words(NAME, runs), work / "log", lambda: sitecustomize.turn(str(file)))
        faults += [f"exit code {second.code}: {second.said()[-200:]}"] if second.wait() else []
        faults += state.faults(folder) + state.strays(folder) + _times(folder) + _shown(folder)
        row = {"key": f"clock/{change}", "what": "clock", "name": f"a run, {change}", "faults": faults}
        row |= {"cpu": round(first.cpu + second.cpu, 2)}
        yield row | {"differs": state.differences(whole.essence, state.essence(folder))}
    yield _suite(work)


def _suite(work: Path) -> dict:
    """A suite whose clock, and that of its run, goes back an hour while it waits."""
    runs, file = work / "clock" / "suite", work / "clock" / "seconds"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    file.write_text("0")
    words = ["suite", "--preset", "smoke", "--only", NAME, "--offline", "--runs", str(runs)]
    path = os.pathsep.join([str(Path(sitecustomize.__file__).parent), str(process.ROOT)])
    turned = {"PYTHONPATH": path, sitecustomize.VARIABLE: str(file)}
    child, folder = process.spawn(words, work / "log", **turned), kills.folder_of(NAME, runs)
    while not child.ended() and not (folder / "config.json").exists():
        time.sleep(process.LOOK)
    file.write_text("-3600")
    faults = [f"exit code {child.code}: {child.said()[-200:]}"] if child.wait() else []
    for path in (runs / "suites").glob("*/summary.json"):
        summary = json.loads(path.read_text())
        if summary["seconds"] < 0 or any(each["seconds"] < 0 for each in summary["runs"]):
            faults.append("negative seconds")
        if summary["counts"] != {"complete": 1}:
            faults.append(str(summary["counts"]))
    faults += _times(folder) + _shown(folder) if folder.exists() else ["no run"]
    name = "a suite, an hour back"
    return {"key": "clock/suite", "what": "clock", "name": name, "faults": faults, "cpu": child.cpu}


def _times(folder: Path) -> list[str]:
    """Durations in the record that cannot be."""
    record = read_record(folder / "record.json")
    times = [record[done]["seconds"] for done in ("trained", "evaluated")]
    times += [part["seconds"] for part in record["parts"].values()]
    return [f"a duration of {seconds} s" for seconds in times if not 0 <= seconds < process.LIMIT]


def _shown(folder: Path) -> list[str]:
    """Where TensorBoard itself shows steps that are not 0, 1, 2, ..., each once."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    wrong = []
    for events in sorted({path.parent for path in (folder / "train").rglob("*tfevents*")}):
        shown = EventAccumulator(os.fspath(events), {"tensors": 0})
        shown.Reload()
        steps = [each.step for each in shown.Tensors("epoch_loss")]
        if steps != list(range(len(steps))) or not steps:
            wrong.append(f"TensorBoard shows the steps {steps}")
    return wrong
