"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomic(path: Path | str, data: bytes) -> None:
    """Write a file beside its place, force it to disk and move it there; folders are made where absent.

    A process that is killed, or a full disk, leaves the old file or the new one. OSError where it cannot be
    done.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readers that look for files by name (TensorBoard by "tfevents") do not find this one.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
