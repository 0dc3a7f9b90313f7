"""Several devices, and several processes, train as one does."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import RunError, UserError
from common.reporting.events import read_scalars
from common.training import devices
from common.training.batches import Batches
from common.training.devices import Devices, join
from tests.common.training import tiny
from tests.processes import ROOT, output

pytest.importorskip("jax")
#: Of float32 after a dozen steps; sums over rows are taken in another order.
CLOSE = {"rtol": 1e-4, "atol": 1e-6}
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Where one process trained with one and with two devices, and what it said to wrong wishes."""
    folder = tmp_path_factory.mktemp("alone")
    flags = f"--xla_force_host_platform_device_count=2 {ONE_THREAD}"
    words = output(
        "-m",
        "tests.common.training.together",
        folder,
        KERAS_BACKEND="jax",
        JAX_PLATFORMS="cpu",
        XLA_FLAGS=flags,
    )
    return folder, words.splitlines()


@pytest.fixture(scope="module")
def together(alone):
    """Where two processes went on with the run, and what they printed."""
    folder, _ = alone
    with contextlib.closing(socket.socket()) as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    here = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ONE_THREAD, devices.ADDRESS: address}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.common.training.together", str(folder), "2"],
            cwd=ROOT,
            env=os.environ | here | {devices.NUMBER: str(number)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    errors = [process.communicate(timeout=600)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    return folder, errors


def run(folder, name):
    (found,) = (folder / name / "tiny").iterdir()
    return found


def weights(folder, name):
    import h5py

    found = {}
    with h5py.File(run(folder, name) / "weights" / "network.weights.h5") as file:
        file.visititems(lambda path, item: found.update({path: item[()]} if hasattr(item, "shape") else {}))
    return found


def assert_the_same_training(folder, name):
    ours, theirs = weights(folder, name), weights(folder, "one")
    assert len(ours) == len(theirs) == 8
    for path, value in theirs.items():
        np.testing.assert_allclose(ours[path], value, **CLOSE, err_msg=path)
    for split in ("train", "validation"):
        logs, wanted = (read_scalars(run(folder, which) / split / "network") for which in (name, "one"))
        assert logs.keys() == wanted.keys()
        for tag, values in wanted.items():
            assert [step for step, _ in values] == [step for step, _ in logs[tag]] == list(range(4))
            np.testing.assert_allclose(
                *([value for _, value in each] for each in (logs[tag], values)), **CLOSE
            )


def record(folder, name):
    return json.loads((run(folder, name) / "record.json").read_text())


def found(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


def test_two_devices_train_as_one_does(alone):
    folder, _ = alone
    assert_the_same_training(folder, "two")
    trained = [record(folder, name)["trained"] for name in ("one", "two")]
    assert [(each["devices"], each["processes"]) for each in trained] == [(1, 1), (2, 1)]
    np.testing.assert_allclose(
        found(folder, "two-0")["predicted"], found(folder, "one-0")["predicted"], **CLOSE
    )


def test_two_processes_go_on_with_a_run_as_one_does(together):
    folder, _ = together
    assert_the_same_training(folder, "processes")
    made = record(folder, "processes")
    assert [made["trained"][key] for key in ("devices", "processes")] == [2, 2]
    assert [made["evaluated"][key] for key in ("devices", "processes")] == [1, 1]


def test_one_process_writes_and_shows_and_all_have_the_network(together):
    folder, errors = together
    assert not (folder / "nowhere").exists()
    assert ["epoch 4/4" in words for words in errors] == [True, False]
    predicted = [found(folder, name)["predicted"] for name in ("processes-0", "nowhere-1", "one-0")]
    assert predicted[0] == predicted[1]
    np.testing.assert_allclose(predicted[0], predicted[2], **CLOSE)


def test_what_process_0_refuses_ends_all(together):
    folder, _ = together
    refused = [found(folder, name)["refused"] for name in ("processes-0", "nowhere-1")]
    assert refused == ["process 0 has something to say"] * 2


def test_each_process_has_its_rows_and_a_batch_that_does_not_divide_whole():
    batch = (np.arange(16), {"more": np.arange(16) + 100}), np.arange(16) + 200
    parts = [Devices(("a", "b", "c", "d"), 2, process)._own(batch) for process in range(2)]
    for part, start in zip(parts, (0, 8), strict=True):
        (inputs, more), targets = part
        for rows, offset in ((inputs, 0), (more["more"], 100), (targets, 200)):
            assert list(rows) == list(range(offset + start, offset + start + 8))
    odd = (np.arange(14), np.arange(14))
    pair = Devices(("a", "b", "c", "d"), 2, 1)
    assert pair._own(odd) is odd
    assert not pair._sharded


@pytest.mark.skipif(devices.backend() != "jax", reason="layouts are those of JAX")
def test_the_layout_follows_the_batch():
    import keras

    from common.training.spread import data_parallel

    state = SimpleNamespace(sharded=True)
    distribution = data_parallel(tuple(keras.distribution.list_devices()[:1]), lambda: state.sharded)
    layout = distribution.get_data_layout((16, 3)).backend_layout
    assert list(layout.backend_layout.spec) == ["batch", None]
    state.sharded = False
    assert list(layout.backend_layout.spec) == [None, None]


def test_batches_that_devices_cannot_share_are_refused(tmp_path):
    three = Devices(("a", "b", "c"))
    with pytest.raises(UserError, match=r"3 devices cannot share a batch of 16 examples evenly \(rows: 16\)"):
        three.check(tiny.batches("train"))
    Devices(("a", "b", "c", "d")).check(tiny.batches("train"))
    pairs = Batches(lambda indices, rng: (indices[None], indices), 32, 16, 0, "train")
    with pytest.raises(UserError, match=r"\(rows: 1 or 16\)"):
        Devices(("a", "b")).check(pairs)
    with (
        tiny.open_session(tmp_path, devices=three) as session,
        pytest.raises(UserError, match="another batch size"),
    ):
        tiny.train(session, "network")


def test_wishes_that_cannot_be_granted_are_one_line(alone, monkeypatch):
    _, (lost, few) = alone
    assert lost.startswith("the 2 processes cannot find each other: coordinator_address should be defined.")
    assert few == "3 devices are asked for, and there is 2 (cpu)"
    monkeypatch.setattr(devices, "backend", lambda: "jax")
    with pytest.raises(UserError, match="how many devices each process has"):
        join(None, 2)
    monkeypatch.setattr(devices, "backend", lambda: "tensorflow")
    with pytest.raises(UserError, match="KERAS_BACKEND=jax"):
        join(2)


def test_one_device_is_nothing_special():
    only = join()
    batches = tiny.batches("train")
    only.check(batches)
    assert (only.count, only.leads) == (1, True)
    assert only.lead(lambda: only) is only
    with pytest.raises(RunError, match="no"):
        only.lead(lambda: (_ for _ in ()).throw(RunError("no")))
