"""The command line in processes that can be stopped, looked at and killed.

Importing Keras costs more than a smoke run. So this process imports what runs import, and forks: a child is a
whole process with its own files, locks and signals, which opens its run by itself. Under JAX alone, which may
be forked as long as nothing was computed, and with TensorFlow hidden, as where it is not installed. Other
backends, and what suites start, have processes from the start, see :func:`spawn`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path

from tests.processes import ROOT

#: What a file operation is called by Python's audit events.
OPERATIONS = {
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.link",
    "shutil.rmtree",
}
LIBRARIES = ("h5py", "matplotlib.figure", "matplotlib.backends.backend_agg", "scipy.optimize", "scipy.signal")
LIBRARIES += ("scipy.interpolate", "scipy.stats", "tensorboard.plugins.hparams.summary_v2", "rich.table")
#: Seconds between two looks at a process, and those after which one is given up; ours.
LOOK, LIMIT = 0.01, 1200.0
TICKS = os.sysconf("SC_CLK_TCK")


def warm(cache: Path) -> None:
    """Import what smoke runs import, and have them keep every epoch; compiled functions go to a folder."""
    os.environ |= {
        "KERAS_BACKEND": "jax",
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    from common.training.backend import import_keras, settle_backend
    from common.training.session import Session
    from reproductions import registry

    settle_backend()
    import_keras()
    # a smoke run is over before a checkpoint is due; kills are to find runs that go on from one
    Session.fit = partialmethod(Session.fit, checkpoint_seconds=0.0)
    for name in registry.names():
        for part in ("experiment", "model"):
            registry.get(name).module(part)
    for library in LIBRARIES:
        importlib.import_module(library)


@dataclass
class Child:
    """A process: its id, the file with what it said, and its exit code (negative: of a signal) once ended."""

    pid: int
    log: Path
    code: int | None = None
    cpu: float = 0.0

    def ended(self) -> bool:
        """Whether it has ended; never waits."""
        if self.code is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.code, self.cpu = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        return self.code is not None

    def used(self) -> float:
        """CPU seconds so far: moments in them do not depend on what else the machine does."""
        with contextlib.suppress(OSError, IndexError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / TICKS
        return 0.0

    def until(self, cpu: float) -> bool:
        """Wait for the process to have used that much, then stop it; whether it was still at work."""
        while not self.ended():
            if self.used() >= cpu:
                os.kill(self.pid, signal.SIGSTOP)
                return True
            time.sleep(LOOK)
        return False

    def send(self, number: int) -> int:
        """Send a signal, let a stopped process go on, and wait for its end; the exit code."""
        os.kill(self.pid, number)
        os.kill(self.pid, signal.SIGCONT)
        return self.wait()

    def wait(self) -> int:
        """The exit code. A process that does not end in time is killed, which its exit code tells."""
        began = time.monotonic()
        while not self.ended():
            if time.monotonic() - began > LIMIT:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(LOOK)
        return self.code

    def said(self) -> str:
        """All of its output."""
        return self.log.read_text(errors="replace")


def fork(words: list[str], log: Path, prepare: Callable[[], object] = lambda: None) -> Child:
    """``nmr-repro WORDS`` in a child, after ``prepare()`` there."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return Child(pid, log)
    code = 1
    try:
        os.setsid()
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        from reproductions.cli import main

        prepare()
        code = main(words)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def spawn(words: list[str], log: Path, **environment: str) -> Child:
    """``nmr-repro WORDS`` in a process that imports everything itself."""
    code = "import sys; from reproductions.cli import main; sys.exit(main(sys.argv[1:]))"
    env = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    with log.open("wb") as file:
        begun = subprocess.Popen(
            [sys.executable, "-c", code, *words], env=env, stdout=file, stderr=file, start_new_session=True
        )
    begun.returncode = 0  # waited for here, by Child, not by subprocess
    return Child(begun.pid, log)


def dies_at(folder: Path, number: int, told: Path) -> Callable[[], None]:
    """A ``prepare`` for :func:`fork`: SIGKILL before the n-th change of a file below ``folder``.

    told: gets the path, relative to ``folder``, that was about to change; without end (0), all of them.
    """

    def prepare() -> None:
        inside, seen = os.fspath(folder), 0
        out = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)

        def hook(event: str, arguments: tuple) -> None:
            nonlocal seen
            if event not in OPERATIONS or not str(arguments[0]).startswith(inside):
                return
            # of opening only that for writing: the flags tell
            if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
            seen += 1
            if not number or seen == number:
                os.write(out, f"{event} {os.path.relpath(arguments[0], inside)}\n".encode())
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)

    return prepare
