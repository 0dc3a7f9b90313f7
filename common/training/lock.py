"""One process a run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from common.errors import RunError

#: Seconds between two tries; ours.
PAUSE = 0.02


class Lock:
    """A file lock held until :meth:`release` or the end of the process, however it ends.

    patience: seconds in which it may come free, since a suite takes it for a moment to see whether a run is
    at work. RunError, naming the process that holds it, where the run is taken.
    """

    def __init__(self, path: Path, patience: float = 0.2):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        until = time.monotonic() + patience
        while not self._taken():
            if time.monotonic() < until:
                time.sleep(PAUSE)
                continue
            holder = os.read(self._handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise RunError(
                f"another process (pid {holder}) is working on the run {path.parent}; wait for it or stop it"
            )
        # A lock holds on a full disk as well, it cannot say for whom.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give the run free; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
