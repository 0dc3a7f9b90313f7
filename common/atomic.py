"""Files and folders that are there whole or not at all: how everything in the suite writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from common.errors import UserError

#: How the name of what is being written begins: readers that look for files by name (TensorBoard by
#: "tfevents") do not find it, and what a killed process leaves can be told.
PREFIX = ".writing-"
#: The old folder in the one that is written beside it, see :func:`new_folder`.
OLD = "old"
#: Seconds after which what nobody writes any more is removed; ours.
ABANDONED = 3600.0


def stays_inside(name: str) -> bool:
    """Whether a name that was read somewhere stays in the folder it is joined to, on any platform."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and not re.search(r"[\\:\0]", name)


def foreign_link(folder: Path | str) -> Path | None:
    """The first file or folder below a folder that is a link to a place outside of it; None without any."""
    folder = Path(folder).resolve()
    links = (path for path in sorted(folder.rglob("*")) if path.is_symlink())
    return next((path for path in links if not path.resolve().is_relative_to(folder)), None)


def check_output(path: Path | str, force: bool = False) -> None:
    """UserError where a user's file cannot go: no folder, or none to write in, or a file that has to stay."""
    path = Path(path)
    if not path.parent.is_dir():
        raise UserError(f"{path}: the folder {path.parent} does not exist; make it first")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UserError(f"{path}: cannot be written there; choose another name")
    if path.exists() and not force:
        raise UserError(f"{path} exists; choose another name, or overwrite it with --force")


def write_atomic(path: Path | str, data: bytes, *, force: bool = True) -> None:
    """Write a file beside its place, force it to disk and move it there; folders are made where absent.

    force: replace a file that is there. A process that is killed, or a full disk, leaves the old file or the
    new one. OSError where it cannot be done, UserError for a file that has to stay.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        _place(Path(temporary), path, force)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def new_files(folder: Path | str, *, force: bool = True) -> Iterator[Path]:
    """An empty folder for a writer that takes a path; its files move to ``folder`` when the block ended well.

    Each is there whole or not at all; none is where one of them has to stay. Errors: :func:`write_atomic`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as beside:
        yield beside
        made = sorted(beside.iterdir())
        for path in made:
            check_output(folder / path.name, force)
        for path in made:
            _place(path, folder / path.name, force)


@contextlib.contextmanager
def new_folder(path: Path | str) -> Iterator[Path]:
    """An empty folder to fill, moved to ``path`` when the block ended well, in place of one that is there.

    Where the block fails, nothing has changed. What killed processes have left beside it goes, and an old
    folder that one of them had moved away comes back.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tidy(path.parent)
    with _beside(path.parent) as beside:
        staged, old = beside / "new", beside / OLD / path.name
        staged.mkdir()
        old.parent.mkdir()
        yield staged
        with contextlib.suppress(FileNotFoundError):
            os.replace(path, old)
        try:
            os.replace(staged, path)
        except BaseException:
            if old.exists():
                os.replace(old, path)
            raise


def tidy(folder: Path, age: float = ABANDONED) -> None:
    """Remove the folders in which killed processes were writing below ``folder``.

    age: the least, in seconds: one that is being made is not locked yet. An old folder that was moved into
    one of them goes back to its place where nothing has taken it.
    """
    for left in folder.glob(f"{PREFIX}*"):
        if not left.is_dir() or time.time() - left.stat().st_mtime < age:
            continue
        with _locked(left) as dead:
            for old in left.glob(f"{OLD}/*") if dead else ():
                if not (folder / old.name).exists():
                    os.replace(old, folder / old.name)
            if dead:
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder in ``folder``, on the same disk therefore, that is gone after the block."""
    made = tempfile.TemporaryDirectory(dir=folder, prefix=PREFIX, ignore_cleanup_errors=True)
    with made as beside, _locked(Path(beside)):
        yield Path(beside)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock, as long as this process lives; whether it could be had (some disks have none)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(handle)


def _place(whole: Path, path: Path, force: bool) -> None:
    """Force a finished file to disk and move it to its place in one step."""
    with whole.open("rb") as file:
        os.fsync(file.fileno())
    if force:
        os.replace(whole, path)
        return
    try:
        # Refuses a file that has come up since it was looked for.
        os.link(whole, path)
    except OSError:  # that, or a disk without hard links
        check_output(path)
        os.replace(whole, path)
    else:
        os.unlink(whole)
