"""Full disks and read-only folders: one line each, nothing half, and the run goes on where there is room."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from reproductions import registry
from tests.soak import copies, kills, process, state

#: Systems whose disks become full, and when, by the phases of :mod:`tests.soak.state`; ours.
FILLED = ("ppm_one", "qu_cnn")
MOMENTS = ("start", "building", "training", "evaluation")
PAGE = 4096
#: What a disk that refuses is called.
SAID = ("No space left on device", "Read-only file system", "cannot be written there")


@contextlib.contextmanager
def small(place: Path, size: int) -> Iterator[Path | None]:
    """A file system of some bytes, in memory, at a folder; None where this process may not mount one."""
    place.mkdir(parents=True, exist_ok=True)
    size = max(size, 2 * PAGE) // PAGE * PAGE
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True
    )
    if done.returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place: Path, how: str) -> None:
    """Change a mounted file system: its size, or whether it can be written."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


def one_line(child: process.Child) -> list[str]:
    """What is wrong with a command that a disk refused: it should end in one line and with exit code 2."""
    code, said = child.wait(), child.said().strip()
    last = said.splitlines()[-1] if said else ""
    wrong = [] if code == 2 else [f"exit code {code}"]
    wrong += ["a traceback"] if "Traceback" in said else []
    right = last.startswith("nmr-repro: ") and any(each in last for each in SAID)
    return wrong + ([] if right else [f"it said {last[:100]!r}"])


def full(work: Path, _seed: int = 0) -> Iterator[dict]:
    """Runs on disks that become full at different moments, then have room again; publish and pack as well."""
    for name, moment in itertools.product(FILLED, MOMENTS):
        whole = kills.reference(name, work)
        with small(work / "small", 4 * state.size(whole.folder)) as place:
            if place is None:
                return
            row = _fill(whole, place, work, moment)
        yield {"key": f"disk/{name}/{moment}", "what": "full disk", "name": name, "phase": moment} | row
    run, log = copies.source(work), work / "log"
    with small(work / "small", 64 * 1024) as place:
        if place is None:
            return
        child = process.fork(["pack", str(run), "-o", str(place / "run.tar")], log)
        faults = one_line(child) + state.strays(place)
        yield {"key": "disk/pack", "what": "full disk", "name": "pack", "cpu": child.cpu, "faults": faults}
        child = copies.publish(run, place, log, 0, "--for-apply")
        faults = one_line(child) + [str(path) for path in place.rglob("*") if path.is_file()]
        yield {
            "key": "disk/publish",
            "what": "full disk",
            "name": "publish",
            "cpu": child.cpu,
            "faults": faults,
        }


def _fill(whole: kills.Reference, place: Path, work: Path, moment: str) -> dict:
    """A run whose disk is full from some moment on, and again with room."""
    words, folder, filler = (
        kills.words(whole.name, place),
        kills.folder_of(whole.name, place),
        place / "filler",
    )
    since = time.time() - 0.05
    child = process.fork(words, work / "log")
    while not child.ended() and state.phase(folder, since, whole.parts) != moment:
        time.sleep(process.LOOK)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGSTOP)
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(PAGE)):
            pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGCONT)
    faults = one_line(child) + (state.faults(folder) if folder.exists() else []) + state.strays(place)
    filler.unlink()
    again = process.fork(words, work / "log")
    faults += [f"then exit code {again.code}"] if again.wait() else []
    differs = state.differences(whole.essence, state.essence(folder)) if not again.code else []
    return {"cpu": round(child.cpu + again.cpu, 2), "faults": faults, "differs": differs}


def read_only(work: Path, _seed: int = 0) -> Iterator[dict]:
    """Everything that writes, told to write to a read-only folder; and ``verify``, which does not."""
    run, log = copies.source(work), work / "log"
    name = copies.NAME
    with small(work / "small", 64_000_000) as place:
        if place is None:
            return
        results = place / "results"
        shutil.copytree(registry.RESULTS / name, results / name)
        shutil.copytree(run.parents[1], place / "runs")
        smoke = kills.reference(name, work).folder
        shutil.copytree(smoke, place / "runs" / name / smoke.name)
        readme = place / "README.md"
        readme.write_text("<!-- table:all -->\n<!-- /table -->\n")
        process.fork(["pack", str(run), "-o", str(place / "run.tar")], log).wait()
        before = state.tree(place)
        remount(place, "ro")
        commands = {
            "publish": ["publish", run.name, "--runs", str(run.parents[1]), "--for-apply"],
            "card --write": ["card", name, "--write"],
            "table --write": ["table", "--write", str(readme)],
            "pack": ["pack", str(run), "-o", str(place / "new.tar")],
            "unpack": ["unpack", str(place / "run.tar"), "--runs", str(place / "unpacked")],
            "evaluate": ["evaluate", smoke.name, "--runs", str(place / "runs")],
            "run": kills.words(name, place / "runs"),
            "suite": ["suite", "--preset", "smoke", "--only", name, "--runs", str(place / "runs")],
        }

        def prepare() -> None:
            registry.RESULTS = results

        for said, words in commands.items():
            child = process.fork(words, log, prepare)
            faults = one_line(child)
            yield {
                "key": f"readonly/{said}",
                "what": "read-only",
                "name": said,
                "cpu": child.cpu,
                "faults": faults,
            }
        child = process.fork(["verify", smoke.name, "--runs", str(place / "runs")], log, prepare)
        faults = ["exit code"] if child.wait() else []
        faults += ["something changed"] if state.tree(place) != before else []
        yield {
            "key": "readonly/verify",
            "what": "read-only",
            "name": "verify",
            "cpu": child.cpu,
            "faults": faults,
        }
