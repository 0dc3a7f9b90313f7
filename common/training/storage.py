"""Writing a run's files: whole or not at all, and one clear word where the disk refuses."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from common.atomic import PREFIX, write_atomic
from common.errors import RunError

#: A full disk or quota, a limit on files, a read-only disk, a folder of somebody else.
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file in one step. RunError where the disk refuses; the old file is then still there, whole."""
    with disk_errors(path):
        write_atomic(path, content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a disk's refusal to write ``path``, or below it, into a RunError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        raise RunError(
            f"cannot write {path}: {error.strerror}; what was written before is kept; make room, run again"
        ) from error


def sweep(folder: Path) -> None:
    """Remove what writers that were killed have left half-written below a folder."""
    for path in folder.rglob(f"{PREFIX}*"):
        path.unlink()
