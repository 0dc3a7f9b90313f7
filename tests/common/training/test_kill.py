"""Whole processes killed at random moments end, when run again, as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from common.reporting.events import read_scalars

EPOCHS = 15


def start(runs, backend):
    command = [sys.executable, "-m", "tests.common.training.tiny", str(runs), str(EPOCHS)]
    environment = os.environ | {"KERAS_BACKEND": backend}
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def checkpoints(runs):
    return {path.name for path in runs.rglob("*.npz")}


def kill(runs, backend, delay):
    """Start a run and kill it some time after its first new checkpoint; whether it was still at work."""
    before = checkpoints(runs)
    with start(runs, backend) as process:
        while process.poll() is None and checkpoints(runs) <= before:
            time.sleep(0.002)
        time.sleep(delay)
        working = process.poll() is None
        process.send_signal(signal.SIGKILL)
    return working


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_run_killed_at_random_moments_ends_with_the_same_weights(backend, tmp_path):
    pytest.importorskip(backend)
    seed = random.randrange(10**6)
    print("seed of the delays:", seed)
    delays = random.Random(seed)
    with start(tmp_path / "whole", backend) as whole:
        kills = sum(kill(tmp_path / "killed", backend, delays.uniform(0, 0.4)) for _ in range(2))
        assert kills
        with start(tmp_path / "killed", backend) as again:
            assert finish(again) == finish(whole)
    for part in ("first", "second/0"):
        for kind in ("train", "validation"):
            runs = [next((tmp_path / run).glob(f"tiny/*/{kind}/{part}")) for run in ("whole", "killed")]
            scalars = [read_scalars(run) for run in runs]
            assert scalars[0] == scalars[1]
            assert all([step for step, _ in values] == list(range(EPOCHS)) for values in scalars[0].values())
