"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
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


@contextlib.contextmanager
def new_folder(path: Path | str) -> Iterator[Path]:
    """An empty folder to fill, moved to ``path`` when the block has ended well, in place of one that is
    there.

    Where the block fails, nothing has changed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=".writing-", ignore_cleanup_errors=True
    ) as beside:
        staged, old = Path(beside, "new"), Path(beside, "old")
        staged.mkdir()
        yield staged
        with contextlib.suppress(FileNotFoundError):
            os.replace(path, old)
        try:
            os.replace(staged, path)
        except BaseException:
            if old.exists():
                os.replace(old, path)
            raise
