"""Suites and sweeps: what they plan, how they wait, what one failure does, and what Slurm is asked for."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.errors import ConfigError, UserError
from common.reporting.record import write_record
from common.training.lock import Lock
from reproductions import cli
from reproductions.suite import command, plan, watch, work
from tests.common.reporting.fabricate import record
from tests.processes import ROOT, python

MAIN = "import sys; from reproductions.cli import main; sys.exit(main())"


def entries(seeds: int = 3) -> list[plan.Entry]:
    """Smoke runs of qu_cnn that differ in the seed."""
    return plan.suite(["qu_cnn"], "smoke", ["faithful"], seeds)


def finish(folder: Path, **changes) -> None:
    """Leave a record as a finished run does."""
    write_record(folder, record(**changes))


@dataclass
class Job:
    """A job that ends when it is told to."""

    ended: bool = False
    cancelled: bool = False

    def done(self) -> bool:
        return self.ended

    def cancel(self) -> None:
        self.cancelled = True


class Executor:
    """Takes commands as submitit does and runs none."""

    def __init__(self):
        self.commands, self.jobs = [], []

    def batch(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, given):
        self.commands.append(given)
        self.jobs.append(Job())
        return self.jobs[-1]


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A suite of three runs, two at a time, whose jobs do nothing."""
    monkeypatch.setattr(work, "last_line", lambda job: "the last word")
    return watch.Suite(entries(), tmp_path, tmp_path / "suite", Executor(), limit=2, local=True)


def states(suite) -> list[str]:
    """The state of every run."""
    return [each.state for each in suite.watched]


# --- plans


def test_a_suite_has_every_variant_that_was_named_with_every_seed():
    made = plan.suite(["qu_cnn", "talos_n"], "quick", ["faithful", "refined", "planes"], 2)
    assert {(each.name, each.variant) for each in made} == {
        ("qu_cnn", "faithful"), ("qu_cnn", "refined"), ("qu_cnn", "planes"),
        ("talos_n", "faithful"), ("talos_n", "refined"),
    }  # fmt: skip
    assert len(made) == 10
    assert len({(each.name, each.id) for each in made}) == 10


def test_a_sweep_has_every_combination():
    made = plan.sweep("qu_cnn", "smoke", "faithful", 2, {"growth": "4, 8", "rate": "1e-3,1e-4"})
    assert len(made) == 8
    assert {each.fields for each in made} == {
        (("growth", growth), ("rate", rate)) for growth in ("4", "8") for rate in ("1e-3", "1e-4")
    }
    assert "--growth 8 --rate 1e-4" in " ".join(made[-1].words(Path("runs")))


def test_values_of_a_field_that_is_a_list_are_separated_by_semicolons():
    made = plan.sweep("nmr_net", "smoke", "faithful", 1, {"filters": "4,4;8,8"})
    assert [dict(each.fields)["filters"] for each in made] == ["4,4", "8,8"]


def test_two_values_that_are_one_make_one_run():
    assert len(plan.sweep("qu_cnn", "smoke", "faithful", 1, {"rate": "1e-3,0.001"})) == 1


def test_mistakes_are_found_before_anything_runs():
    with pytest.raises(UserError, match="qu_cnn"):
        plan.suite(["qu_cn"], "quick", [], 1)
    with pytest.raises(UserError, match="refind"):
        plan.suite(["qu_cnn"], "quick", ["refind"], 1)
    with pytest.raises(ConfigError, match="quik"):
        plan.suite(["qu_cnn"], "quik", [], 1)
    with pytest.raises(ConfigError, match="growth"):
        plan.sweep("qu_cnn", "smoke", "faithful", 1, {"growth": "4,many"})
    with pytest.raises(UserError, match="--rate"):
        plan.sweep("qu_cnn", "smoke", "faithful", 1, {})


# --- waiting


def test_as_many_run_as_there_is_room_for(suite):
    assert suite.step()
    assert states(suite) == ["running", "running", "waiting"]
    suite.watched[1].job.ended = True
    finish(suite.watched[1].folder)
    assert suite.step()
    assert states(suite) == ["running", "complete", "running"]
    assert [given.words[:2] for given in suite.executor.commands] == [("run", "qu_cnn")] * 3


def test_a_failure_does_not_stop_the_rest(suite):
    suite.step()
    suite.watched[0].job.ended = True
    for _ in range(watch.LATE + 2):
        suite.step()
    assert states(suite) == ["failed", "running", "running"]
    for each in suite.watched[1:]:
        each.job.ended = True
        finish(each.folder)
    assert not suite.step()
    summary = json.loads((suite.folder / "summary.json").read_text())
    assert summary["counts"] == {"complete": 2, "failed": 1}
    assert summary["runs"][0]["said"] == "the last word"


def test_a_record_that_comes_late_is_waited_for(suite):
    suite.step()
    suite.watched[0].job.ended = True
    suite.step()
    assert states(suite)[0] == "running"
    finish(suite.watched[0].folder)
    suite.step()
    assert states(suite)[0] == "complete"


def test_what_is_finished_is_left_and_what_was_interrupted_goes_on(suite):
    finish(suite.watched[0].folder)
    finish(suite.watched[1].folder, status="interrupted")
    suite.step()
    assert states(suite) == ["complete", "running", "running"]


def test_a_run_that_another_process_works_on_is_waited_for(suite):
    lock = Lock(suite.watched[0].folder / ".lock")
    suite.step()
    assert states(suite) == ["elsewhere", "running", "waiting"]
    lock.release()
    suite.watched[1].job.ended = True
    finish(suite.watched[1].folder)
    suite.step()
    assert states(suite) == ["running", "complete", "running"]


def test_a_run_that_another_suite_was_quicker_to_start_is_waited_for(suite):
    suite.step()
    lock = Lock(suite.watched[0].folder / ".lock")
    suite.watched[0].job.ended = True
    for _ in range(watch.LATE + 2):
        suite.step()
    assert states(suite) == ["elsewhere", "running", "waiting"]
    finish(suite.watched[0].folder)
    lock.release()
    suite.step()
    assert states(suite) == ["complete", "running", "running"]


def test_an_interrupt_ends_the_runs_of_this_machine(suite, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(watch.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        suite.run()
    assert [job.cancelled for job in suite.executor.jobs] == [True, True]


def test_scores_stand_by_system_variant_and_fields(tmp_path):
    made = plan.sweep("qu_cnn", "smoke", "faithful", 2, {"growth": "4,8"})
    suite = watch.Suite(made, tmp_path, tmp_path / "suite", Executor(), limit=1, local=True)
    for each in suite.watched[:3]:
        finish(each.folder, seed=each.entry.seed)
    rows = command.scores(suite).rows
    assert {row[:3] for row in rows} == {
        ("qu_cnn", "faithful growth=4", "2"), ("qu_cnn", "faithful growth=8", "1"),
    }  # fmt: skip


# --- machines


@pytest.mark.parametrize(
    ("cores", "memory", "jobs"), [(1, 64, 1), (2, 24, 1), (8, 64, 4), (8, 9, 2), (64, 3, 1)]
)
def test_runs_fit_cores_and_memory(cores, memory, jobs):
    assert work.fitting(cores, memory) == jobs


def test_options_of_slurm_need_slurm(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="--partition"):
        work.executor("local", tmp_path, jobs=1, minutes=None, options={"partition": "gpu"})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="slurm"):
        work.executor("slurm", tmp_path, jobs=1, minutes=None, options={})


def test_slurm_gets_one_array(tmp_path, monkeypatch):
    for name in ("srun", "sbatch"):
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/asked\necho Submitted batch job 4242\n')
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    options = {"partition": "gpu", "gpus": 1, "cpus": 4, "memory": 16}
    made = work.executor("slurm", tmp_path / "jobs", jobs=2, minutes=90, options=options)
    jobs = work.submit(made, [work.Command(tuple(each.words(tmp_path))) for each in entries()])
    assert [job.job_id for job in jobs] == ["4242_0", "4242_1", "4242_2"]
    asked = (tmp_path / "asked").read_text()
    for line in (
        "--array=0-2%2",
        "--partition=gpu",
        "--gpus-per-node=1",
        "--cpus-per-task=4",
        "--mem=16GB",
        "--time=90",
    ):
        assert f"#SBATCH {line}\n" in asked


@pytest.mark.slow
def test_a_suite_ends_with_its_runs_and_goes_on_after_a_kill(tmp_path):
    words = [
        "suite",
        "--preset",
        "smoke",
        "--only",
        "qu_cnn",
        "--seeds",
        "2",
        "--jobs",
        "1",
        "--runs",
        tmp_path,
    ]
    (tmp_path / "qu_cnn").mkdir()
    blocked = entries(1)[0].folder(tmp_path)
    blocked.write_text("a file where a run should be")
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *map(str, words)], cwd=ROOT, start_new_session=True
    )
    (summary,) = _found(tmp_path, "suites/*/summary.json")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = python("-c", MAIN, *words)
    assert done.returncode == 1
    assert f"failed: {blocked}" in done.stdout
    told = json.loads(Path(summary).read_text())
    assert [each["state"] for each in told["runs"]] == ["failed", "complete"]
    blocked.unlink()
    assert python("-c", MAIN, *words).returncode == 0
    assert cli.main(list(map(str, words))) == 0


def _found(folder: Path, pattern: str, seconds: float = 60) -> list[Path]:
    """Files that turn up within some seconds."""
    end = time.monotonic() + seconds
    while not (found := list(folder.glob(pattern))) and time.monotonic() < end:
        time.sleep(0.1)
    return found
