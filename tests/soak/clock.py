"""Clocks set back or forward between two halves of a run, and while a suite waits: all stays in order.

libfaketime turns the clock of a process, and not the one that only counts on: as setting a clock does.
"""

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

NAME = "ppm_one"
#: What the clock of the second half is set by.
CHANGES = ("-1h", "+1d")
LIBRARY = "libfaketime.so.1"


def library() -> str | None:
    """The file of libfaketime (``apt-get install faketime``); None where it is not installed."""
    found = sorted(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"))
    return str(found[0]) if found else None


def turned(shift: str = "", file: Path | None = None) -> dict[str, str]:
    """Variables of the environment for a process whose clock is off by that, or by what a file says."""
    env = {"LD_PRELOAD": library() or "", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    if file is None:
        return env | {"FAKETIME": shift}
    return env | {"FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}


def changed(work: Path) -> Iterator[dict]:
    """Halves of a run with different clocks, and a suite whose clock is set back while it waits."""
    if library() is None:
        return
    whole = kills.reference(NAME, work)
    for shift in CHANGES:
        runs = work / "clock" / shift
        shutil.rmtree(runs, ignore_errors=True)
        folder = kills.folder_of(NAME, runs)
        first = process.spawn(kills.words(NAME, runs), work / "log")
        while not first.ended() and not list(folder.glob("checkpoints/**/*.npz")):
            time.sleep(process.LOOK)
        faults = ["it had finished"] if first.ended() else []
        if not first.ended():
            first.send(signal.SIGKILL)
        second = process.spawn(kills.words(NAME, runs), work / "log", **turned(shift))
        faults += [f"exit code {second.code}: {second.said()[-200:]}"] if second.wait() else []
        faults += state.faults(folder) + state.strays(folder) + _times(folder) + _shown(folder)
        differs = state.differences(whole.essence, state.essence(folder))
        yield {"key": f"clock/{shift}", "what": "clock", "name": f"a run, {shift}", "faults": faults,
               "cpu": first.cpu + second.cpu,
               "differs": differs}  # fmt: skip
    yield _suite(work)


def _suite(work: Path) -> dict:
    """A suite whose clock, and that of its run, goes back an hour while it waits."""
    runs, file = work / "clock" / "suite", work / "clock" / "time"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    file.write_text("+0\n")
    words = ["suite", "--preset", "smoke", "--only", NAME, "--offline", "--runs", str(runs)]
    child, folder = process.spawn(words, work / "log", **turned(file=file)), kills.folder_of(NAME, runs)
    while not child.ended() and not (folder / "config.json").exists():
        time.sleep(process.LOOK)
    file.write_text("-1h\n")
    faults = [f"exit code {child.code}: {child.said()[-200:]}"] if child.wait() else []
    for path in (runs / "suites").glob("*/summary.json"):
        summary = json.loads(path.read_text())
        if summary["seconds"] < 0 or any(each["seconds"] < 0 for each in summary["runs"]):
            faults.append("negative seconds")
        if summary["counts"] != {"complete": 1}:
            faults.append(str(summary["counts"]))
    faults += _times(folder) + _shown(folder) if folder.exists() else ["no run"]
    return {"key": "clock/suite", "what": "clock", "name": "a suite, -1h", "faults": faults, "cpu": child.cpu}


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
