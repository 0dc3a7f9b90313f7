"""One process a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from common.errors import RunError


class Lock:
    """A file lock held until :meth:`release` or the end of the process, however it ends.

    RunError, naming the process that holds it, where the run is taken.
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise RunError(
                f"another process (pid {holder}) is working on the run {path.parent}; wait for it or stop it"
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the run free; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
