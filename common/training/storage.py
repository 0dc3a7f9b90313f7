"""Writing a run's files: whole or not at all, and one clear word where the disk refuses."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common.atomic import PREFIX, write_atomic
from common.errors import REFUSALS, RunError


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
    # From the last to the first: what is in a folder before the folder.
    for path in sorted(folder.rglob(f"{PREFIX}*"), reverse=True):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def clear(folder: Path, *, first: str, stays: str) -> None:
    """Empty a folder but for the file ``stays``; entries go whole, that called ``first`` before the others.

    A process killed half-way leaves neither half an entry nor one that speaks for others that are gone.
    """
    gone = Path(tempfile.mkdtemp(dir=folder, prefix=PREFIX))
    for path in sorted(folder.iterdir(), key=lambda path: path.name != first):
        if path.name != stays and path != gone:
            os.replace(path, gone / path.name)
    shutil.rmtree(gone)
