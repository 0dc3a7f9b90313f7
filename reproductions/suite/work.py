"""How runs are started: by submitit, as processes of this machine or as an array of Slurm jobs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError

#: ours: what a run may take of a machine; presets ``quick`` are made for two cores.
CORES, GIGABYTES = 2, 4
#: ours: minutes that a run may take where no limit is given; submitit's own would be two here, five on Slurm.
MINUTES = {"local": 60 * 24 * 30, "slurm": 60 * 24}
CLUSTERS = tuple(MINUTES)
#: ours: how often a job of Slurm goes on after its time was over.
TIMEOUTS = 100


@dataclass(frozen=True)
class Command:
    """What submitit calls in the process of a run: one command of ``nmr-repro``."""

    words: tuple[str, ...]

    def __call__(self) -> None:
        """Run it, and end the process with its exit code where it fails, after its own message."""
        from reproductions.cli import main

        if code := main(list(self.words)):
            sys.exit(code)

    def checkpoint(self):
        """The same again: submitit asks for it when a job's time is over, and a run goes on where it was."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def fitting(cores: int | None = None, memory: float | None = None) -> int:
    """How many runs a machine has room for, at least one. memory: gigabytes; by default what there is."""
    cores = cores or len(os.sched_getaffinity(0))
    memory = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return max(1, min(cores // CORES, int(memory // GIGABYTES)))


def share_cores(jobs: int) -> None:
    """Tell runs of this machine how many threads are theirs, where the user has not."""
    if jobs > 1:
        threads = str(max(1, len(os.sched_getaffinity(0)) // jobs))
        for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
            os.environ.setdefault(name, threads)


def executor(cluster: str, folder: Path, *, jobs: int, minutes: int | None, options: Mapping[str, object]):
    """An executor of submitit, whose files go to a folder.

    options: ``partition``, ``gpus``, ``cpus`` and ``memory`` (GB) of a job on Slurm, those that were given;
    the cluster's defaults otherwise. UserError without submitit, without Slurm, or for options of Slurm
    elsewhere.
    """
    try:
        import submitit
    except ImportError:
        raise UserError("several runs at once need submitit: pip install 'nmr-repro[cluster]'") from None
    given = {name: value for name, value in options.items() if value is not None}
    if cluster == "local" and given:
        raise UserError(f"--{next(iter(given))} is an option of --cluster slurm")
    try:
        made = submitit.AutoExecutor(folder, cluster=cluster, slurm_max_num_timeout=TIMEOUTS)
    except RuntimeError as error:
        raise UserError(f"cannot reach {cluster}: {error}") from None
    names = {
        "partition": "slurm_partition",
        "gpus": "gpus_per_node",
        "cpus": "cpus_per_task",
        "memory": "mem_gb",
    }
    settings = {names[name]: value for name, value in given.items()}
    if cluster == "slurm":
        settings |= {"slurm_array_parallelism": jobs}
    made.update_parameters(name="nmr-repro", timeout_min=minutes or MINUTES[cluster], **settings)
    return made


def submit(made, commands: Sequence[Command]) -> list:
    """The jobs of some commands, on Slurm as one array."""
    if not commands:
        return []
    with made.batch():
        jobs = [made.submit(command) for command in commands]
    return jobs


def last_line(job) -> str:
    """What a job said last, on a line of its own; empty as long as it is silent."""
    for path in (job.paths.stderr, job.paths.stdout):
        try:
            lines = path.read_text(errors="replace").split("\n")
        except OSError:
            continue
        said = [line.strip() for line in lines if line.strip() and not line.startswith("submitit ")]
        if said:
            return said[-1]
    return ""
