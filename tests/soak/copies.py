"""``publish``, ``pack`` and ``unpack`` killed: the old is there, or the new, and the next one clears up."""

from __future__ import annotations

import os
import shutil
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.atomic import ABANDONED
from reproductions import registry
from tests.soak import process, state

#: A published run with small weights: it is published again and packed, in folders of the soak.
NAME = "ppm_one"


def source(work: Path) -> Path:
    """A copy of the run that users apply, as a run of their own."""
    named = tomllib.loads((registry.RESULTS / NAME / "apply.toml").read_text())
    run = next(iter(named.values()))
    folder = work / "copies" / "runs" / NAME / run
    if not folder.exists():
        shutil.copytree(registry.RESULTS / NAME / run, folder)
    return folder


def publish(run: Path, results: Path, log: Path, number: int = 0, *more: str) -> process.Child:
    """``publish`` into a folder of results of its own, whatever the state of the checkout."""
    from common.reporting import publish as module

    def prepare() -> None:
        registry.RESULTS = results
        module.checkout = lambda: {"commit": "", "dirty": False}
        process.dies_at(results, number, log.with_suffix(".change"))()

    return process.fork(["publish", run.name, "--runs", str(run.parents[1]), *more], log, prepare)


def publishing(work: Path, numbers: range, seed: int) -> Iterator[dict]:
    """Kill ``publish --for-apply`` over a run that is published without weights."""
    run, log = source(work), work / "log"
    goals = {}
    for kind, more in (("plain", ()), ("applied", ("--for-apply",))):
        results = work / "copies" / kind
        shutil.rmtree(results, ignore_errors=True)
        results.mkdir(parents=True)
        child = publish(run, results, log, 0, *more)
        if child.wait():
            raise RuntimeError(f"publish does not end well: {child.said()[-500:]}")
        goals[kind] = state.essence(results / NAME / run.name)
    changes = len(log.with_suffix(".change").read_text().splitlines())
    results = work / "copies" / "results"
    for number in numbers:
        rng = np.random.default_rng([seed, 100, number])
        shutil.rmtree(results, ignore_errors=True)
        shutil.copytree(work / "copies" / "plain", results)
        child = publish(run, results, log, int(rng.integers(1, changes + 1)), "--for-apply")
        killed = child.wait() == -signal.SIGKILL
        faults, hit = _published(results, run.name, goals)
        _age(results)
        again = publish(run, results, log, 0, "--for-apply")
        faults += [f"exit code {again.code}"] if again.wait() else []
        faults += ["it differs"] if state.essence(results / NAME / run.name) != goals["applied"] else []
        row = {"killed": killed, "signal": "SIGKILL", "phase": hit, "cpu": round(child.cpu + again.cpu, 2)}
        row |= {"faults": faults, "strays": len(state.strays(results)), "code": child.code}
        yield {"key": f"publish/{number}", "name": NAME, "what": "publish"} | row


def _published(results: Path, run: str, goals: dict) -> tuple[list[str], str]:
    """What is wrong after a publish that was killed, and which of the two is there."""
    folder, apply = results / NAME / run, results / NAME / "apply.toml"
    faults = []
    if not folder.exists():
        found = "neither"
    else:
        there = state.essence(folder)
        found = next((f"{kind} there" for kind, goal in goals.items() if goal == there), "half")
    if found == "half":
        faults.append("half a run is published")
    if (
        apply.exists()
        and not (results / NAME / tomllib.loads(apply.read_text())["faithful"] / "weights").is_dir()
    ):
        faults.append("a run without weights is to be applied")
    return faults, found


def _age(folder: Path) -> None:
    """Make what a killed writer has left as old as what others clear up."""
    for path in state.strays(folder):
        past = (folder / path).stat().st_mtime - 2 * ABANDONED
        os.utime(folder / path, (past, past))


def packing(work: Path, numbers: range, seed: int) -> Iterator[dict]:
    """Kill ``pack --force`` over an old file and ``unpack --force`` over an old run, in turn."""
    run, log, place = source(work), work / "log", work / "copies" / "packed"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    file, told = place / "run.tar", log.with_suffix(".change")
    pack = ["pack", str(run), "-o", str(file), "--force"]
    unpack = ["unpack", str(file), "--runs", str(place / "runs"), "--force"]
    changes = {}
    for words in (pack, unpack):
        if process.fork(words, log, process.dies_at(place, 0, told)).wait():
            raise RuntimeError(f"{words[0]} does not end well")
        changes[words[0]] = len(told.read_text().splitlines())
    whole, packed = state.tree(run), file.read_bytes()
    folder = place / "runs" / NAME / run.name
    for number in numbers:
        rng, words = np.random.default_rng([seed, 200, number]), (pack, unpack)[number % 2]
        at = int(rng.integers(1, changes[words[0]] + 1))
        child = process.fork(words, log, process.dies_at(place, at, told))
        killed = child.wait() == -signal.SIGKILL
        hit = "it is there" if folder.exists() else "neither"
        faults = ["the file is not whole"] if file.read_bytes() != packed else []
        faults += ["half a run is there"] if folder.exists() and state.tree(folder) != whole else []
        _age(place)
        again = process.fork(words, log)
        faults += [f"exit code {again.code}"] if again.wait() else []
        faults += ["the run is not what was packed"] if state.tree(folder) != whole else []
        row = {"killed": killed, "signal": "SIGKILL", "phase": hit, "cpu": round(child.cpu + again.cpu, 2)}
        row |= {"faults": faults, "strays": len(state.strays(place)), "code": child.code}
        yield {"key": f"pack/{number}", "name": NAME, "what": words[0]} | row


#: What is killed by which function, and how often; ours.
KILLED = {"publish": (publishing, 20), "pack": (packing, 18)}
