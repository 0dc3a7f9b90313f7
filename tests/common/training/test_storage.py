import contextlib
import errno
import os
import resource
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

from common.errors import RunError
from common.training.checkpoint import Checkpoint, Checkpoints
from common.training.lock import Lock
from common.training.storage import clear, sweep, write_file


def checkpoint(epoch, size=1000):
    rng = np.random.default_rng(epoch)
    variables = [rng.normal(size=size).astype("float32"), np.array([1, 2], "uint32"), np.float32(epoch)]
    return Checkpoint(epoch, {"variables": variables, "best": []}, {"loss": epoch / 3, "words": ["a", "µ"]})


def same(one, other):
    assert (one.epoch, one.state, one.groups.keys()) == (other.epoch, other.state, other.groups.keys())
    for name, members in one.groups.items():
        for a, b in zip(members, other.groups[name], strict=True):
            np.testing.assert_array_equal(a, b)
            assert np.asarray(a).dtype == b.dtype


@contextlib.contextmanager
def small_disk(size):
    """No file may grow beyond ``size`` bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_checkpoints_come_back_exactly_and_two_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, "N/0")
    assert checkpoints.load() is None
    for epoch in (1, 2, 9, 10):
        checkpoints.save(checkpoint(epoch))
    same(checkpoint(10), checkpoints.load())
    assert sorted(path.name for path in (tmp_path / "N").iterdir()) == ["0-00009.npz", "0-00010.npz"]


def test_parts_with_like_names_are_kept_apart(tmp_path):
    names = ("a", "a-1", "a-b", "b/a")
    for epoch, name in enumerate(names):
        Checkpoints(tmp_path, name).save(checkpoint(epoch))
    for epoch, name in enumerate(names):
        same(checkpoint(epoch), Checkpoints(tmp_path, name).load())
    Checkpoints(tmp_path, "a").clear()
    assert [Checkpoints(tmp_path, name).load() is None for name in names] == [True, False, False, False]


def damages(content):
    rng = np.random.default_rng(0)
    yield from (content[: int(size)] for size in rng.integers(0, len(content), 60))
    yield b"\0" * len(content)
    for place in rng.integers(0, len(content), 60):
        yield content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def test_a_damaged_checkpoint_gives_way_to_the_one_before_or_is_read_right(tmp_path):
    checkpoints = Checkpoints(tmp_path, "network")
    checkpoints.save(checkpoint(1))
    checkpoints.save(checkpoint(2, size=50))
    newest = tmp_path / "network-00002.npz"
    passed_over = 0
    for damaged in damages(newest.read_bytes()):
        newest.write_bytes(damaged)
        with warnings.catch_warnings(record=True, action="always") as caught:
            found = checkpoints.load()
        if found.epoch == 1:
            passed_over += 1
            same(checkpoint(1), found)
            assert "network-00002.npz is damaged" in str(caught[0].message)
        else:
            # A flipped byte of a time stamp, say, harms nothing.
            same(checkpoint(2, size=50), found)
    assert passed_over > 90


def test_two_damaged_checkpoints_mean_a_fresh_start_said_clearly(tmp_path):
    checkpoints = Checkpoints(tmp_path, "network")
    for epoch in (1, 2):
        checkpoints.save(checkpoint(epoch))
        (tmp_path / f"network-{epoch:05d}.npz").write_bytes(b"torn")
    with warnings.catch_warnings(record=True, action="always") as caught:
        assert checkpoints.load() is None
    assert len(caught) == 3
    assert "training it from the start" in str(caught[2].message)


def test_a_full_disk_leaves_the_previous_checkpoint_and_no_half_file(tmp_path):
    checkpoints = Checkpoints(tmp_path, "network")
    checkpoints.save(checkpoint(1))
    with small_disk(2000), pytest.raises(RunError, match=r"cannot write .*network-00002.npz: File too large"):
        checkpoints.save(checkpoint(2))
    assert [path.name for path in tmp_path.iterdir()] == ["network-00001.npz"]
    same(checkpoint(1), checkpoints.load())


def test_no_space_at_any_moment_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_file(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for function in ("os.fsync", "os.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(function, full)
            with pytest.raises(RunError, match="No space left on device; what was written before is kept"):
                write_file(path, "new")
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]


def test_what_killed_writers_left_is_swept_away(tmp_path):
    code = (
        "import sys, os; from common.training.storage import write_file; os.replace = lambda *_: os._exit(9);"
    )
    code += "write_file(__import__('pathlib').Path(sys.argv[1]), 'new')"
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "weights" / "a.json"]).returncode == 9
    assert len(list((tmp_path / "weights").iterdir())) == 1
    write_file(tmp_path / "weights" / "b.json", "whole")
    sweep(tmp_path)
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["b.json"]


HOLD = """
import sys, time
from pathlib import Path
from common.training.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_run_has_one_process_and_is_free_when_it_dies(tmp_path):
    path = tmp_path / "run" / ".lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            RunError, match=rf"another process \(pid {holder.pid}\) is working on the run .*run;"
        ):
            Lock(path)
        holder.kill()
    lock = Lock(path)
    with pytest.raises(RunError, match="another process"):
        Lock(path)
    lock.release()
    lock.release()
    Lock(path).release()


def test_a_moment_of_somebody_elses_look_at_the_lock_is_waited_out(tmp_path):
    path = tmp_path / ".lock"
    look = Lock(path)
    threading.Timer(0.05, look.release).start()
    Lock(path, patience=5).release()


def test_a_lock_holds_on_a_full_disk(tmp_path):
    path = tmp_path / ".lock"
    with small_disk(0):
        lock = Lock(path)
    with pytest.raises(RunError, match="pid unknown"):
        Lock(path, patience=0)
    lock.release()
    Lock(path, patience=0).release()


def test_folders_that_killed_writers_left_are_swept_away_as_well(tmp_path):
    (tmp_path / "figures" / ".writing-a" / ".writing-b").mkdir(parents=True)
    (tmp_path / "figures" / ".writing-a" / "half").touch()
    sweep(tmp_path)
    assert os.listdir(tmp_path / "figures") == []


def test_a_folder_is_cleared_record_first(tmp_path, monkeypatch):
    for name in ("record.json", ".lock", "weights", "a", "z"):
        (tmp_path / name).touch()
    gone, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (gone.append(old.name), replace(old, new)))
    clear(tmp_path, first="record.json", stays=".lock")
    assert gone[0] == "record.json"
    assert os.listdir(tmp_path) == [".lock"]
