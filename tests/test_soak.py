"""The soak itself: it sees what it looks for. What it found in runs is in results/studies/soak.json."""

import errno
import json
import os
import signal
import time

import numpy as np
import pytest

from common.training.checkpoint import Checkpoint, Checkpoints
from common.training.lock import Lock
from reproductions import cli
from tests.common.reporting.fabricate import record, run_folder
from tests.processes import ROOT, output
from tests.soak import disk, kills, process, state, tables


def test_a_child_dies_before_the_change_that_was_named(tmp_path):
    inside, told = tmp_path / "inside", tmp_path / "told"

    def child(number):
        def prepare():
            process.dies_at(inside, number, told)()
            inside.mkdir(exist_ok=True)
            (inside / "a").write_text("a")
            (inside / "a").read_text()
            os.replace(inside / "a", inside / "b")

        return process.fork(["list"], tmp_path / "log", prepare).wait()

    assert child(2) == -signal.SIGKILL
    assert told.read_text() == "open a\n"
    assert os.listdir(inside) == []
    assert child(0) == 0
    assert told.read_text() == "os.mkdir .\nopen a\nos.rename a\n"


def test_a_child_is_stopped_at_its_cpu_second_and_then_killed(tmp_path):
    def work():
        while True:
            pass

    child = process.fork(["list"], tmp_path / "log", work)
    assert child.until(0.05)
    assert child.used() >= 0.05
    assert child.send(signal.SIGKILL) == -signal.SIGKILL


def test_a_refusal_is_told_from_anything_else(tmp_path):
    def refuse():
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def refused():
        cli.COMMANDS["list"] = lambda parser, words: refuse()

    assert disk.one_line(process.fork(["list"], tmp_path / "log", refused)) == []
    assert disk.one_line(process.fork(["list"], tmp_path / "log"))[0] == "exit code 0"
    assert len(disk.one_line(process.fork(["lst"], tmp_path / "log"))) == 1


def test_a_clock_is_turned_and_its_counter_is_not(tmp_path):
    file = tmp_path / "seconds"
    file.write_text("-3600")
    env = {"SOAK_CLOCK": str(file), "PYTHONPATH": str(ROOT / "tests" / "soak" / "turned")}
    code = "import time, datetime; print(time.time(), time.time_ns(), datetime.datetime.now().timestamp())"
    told = output("-c", code, **env).split()
    for seconds in (float(told[0]), int(told[1]) / 1e9, float(told[2])):
        assert seconds == pytest.approx(time.time() - 3600, abs=60)


def test_what_is_not_whole_is_seen(tmp_path):
    folder = run_folder(tmp_path, record(0))
    (folder / "config.json").write_text(json.dumps({"preset": folder.name.split("-")[0]}))
    alone = state.essence(folder)
    assert state.faults(folder) == []
    weights = next(folder.glob("weights/*.weights.h5"))
    weights.with_name("network.json").write_text(json.dumps({"weights_sha256": "0"}))
    checkpoints = Checkpoints(folder / "checkpoints", "network")
    checkpoints.save(Checkpoint(1, {"variables": [np.zeros(3)]}, {}))
    next(folder.glob("checkpoints/*.npz")).write_bytes(b"torn")
    (folder / "record.json").write_text("{")
    lock = Lock(folder / ".lock")
    assert len(state.faults(folder)) == 5
    lock.release()
    (folder / ".writing-a").touch()
    assert state.strays(folder) == [".writing-a"]
    (folder / "record.json").write_text(json.dumps(record(0) | {"notes": ["another"]}))
    assert set(state.differences(alone, state.essence(folder))) >= {"notes", "files"}


def test_the_moment_of_a_kill_is_known(tmp_path):
    folder, since = tmp_path / "run", time.time() - 1
    assert state.phase(folder, since, {"network"}) == "start"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.json").touch()
    assert state.phase(folder, since, {"network"}) == "building"
    (folder / "checkpoints" / ".writing-a").touch()
    assert state.phase(folder, since, {"network"}) == "checkpoint"
    assert state.place("os.rename checkpoints/.writing-a", folder, {"network"}) == "checkpoint"
    assert state.place("os.rename .writing-a", folder, {"network"}) == "start"
    assert state.place("os.mkdir .", folder, {"network"}) == "start"


def test_tables_count_kills_and_what_differs():
    killed = {"killed": True, "faults": [], "strays": 1, "cpu": 1.0, "code": -9}
    rows = [
        {"name": "a", "what": "run", "phase": "training", "signal": "SIGKILL", "at_a_file": True} | killed,
        {"name": "a", "what": "end", "differs": ["notes"]}
        | killed
        | {"killed": False, "code": 0, "strays": 0},
        {"name": "pack", "what": "full disk", "faults": ["a traceback"], "cpu": 0.1},
    ]
    made = tables.made(rows)
    assert made["moments"].rows == (("training", "1", "0", "0", "1"), ("all", "1", "0", "0", "1"))
    assert made["systems"].rows == (("a", "1", "1", "1", "0", "1", "0"),)
    assert made["trials"].rows[0] == ("full disk", "pack", "1", "1")
    assert made["trials"].rows[1] == ("read-only", "not tried", "0", "0")


def test_every_system_is_killed():
    from reproductions import registry

    assert set(kills.NAMES) == set(registry.names())
