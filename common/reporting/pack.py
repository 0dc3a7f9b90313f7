"""A run in one tar file, to go on with on another machine."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

from common.archives import extract_plain, plain
from common.atomic import foreign_link, new_folder, write_atomic
from common.errors import FormatError, RunError

LIMIT = 16_000_000
MANIFEST = "manifest.json"
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def pack(run_folder: Path | str, destination: Path | str) -> Path:
    """Write a run, finished or not, to one tar file of at most 16 MB; returns its path.

    Each file stands in it with its checksum. Hidden files (the lock, what is being written) are left out.
    RunError where the folder is no run, one of its files is a link to elsewhere, or they are too large,
    naming the largest.
    """
    run_folder, destination = Path(run_folder).resolve(), Path(destination)
    if not (run_folder / "config.json").is_file():
        raise RunError(f"{run_folder} is no run: it has no config.json")
    if link := foreign_link(run_folder):
        raise RunError(f"{link} is a link to a file elsewhere; put the file itself in its place")
    paths = [
        path for path in sorted(run_folder.rglob("*")) if path.is_file() and not _hidden(path, run_folder)
    ]
    largest = sorted(paths, key=lambda path: -path.stat().st_size)[:3]
    packed, checksums = io.BytesIO(), {}
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in paths:
            if packed.tell() + path.stat().st_size > LIMIT:
                break
            name, data = path.relative_to(run_folder).as_posix(), path.read_bytes()
            checksums[name] = hashlib.sha256(data).hexdigest()
            _add(tar, name, data)
        content = {"name": run_folder.parent.name, "id": run_folder.name, "files": checksums}
        _add(tar, MANIFEST, json.dumps(content, indent=1).encode())
    if len(checksums) < len(paths) or packed.tell() > LIMIT:
        named = ", ".join(
            f"{path.relative_to(run_folder)} {path.stat().st_size / 1e6:.1f} MB" for path in largest
        )
        raise RunError(f"{run_folder} does not fit into {LIMIT / 1e6:.0f} MB; the largest files are {named}")
    write_atomic(destination, packed.getvalue())
    return destination


def unpack(path: Path | str, runs: Path | str, force: bool = False) -> Path:
    """Put a packed run back as ``runs/<name>/<id>/``, whole or not at all; returns that folder.

    force: replace a run that is there. FormatError for a file that is no packed run, is damaged, or holds
    anything but the plain files that its manifest lists, inside its own folder; RunError for a run that is
    there.
    """
    path = Path(path)
    try:
        # Uncompressed only: nothing in it can be larger than the file itself.
        with tarfile.open(path, mode="r:") as tar:
            members, manifest = _listed(path, tar)
            folder = Path(runs, manifest["name"], manifest["id"])
            if folder.exists() and not force:
                raise RunError(f"{folder} is there already; unpack with --force to replace it")
            with new_folder(folder) as staged:
                extract_plain(tar, staged, members)
                for name, checksum in manifest["files"].items():
                    if hashlib.sha256((staged / name).read_bytes()).hexdigest() != checksum:
                        raise FormatError(path, f"is damaged: {name} is not what was packed")
    except (tarfile.TarError, EOFError) as error:
        raise FormatError(path, f"is no packed run ({error})") from None
    return folder


def _listed(path: Path, tar: tarfile.TarFile) -> tuple[list[tarfile.TarInfo], dict]:
    """The members to extract, checked against the manifest, and the manifest."""
    members = tar.getmembers()
    if not members or members[-1].name != MANIFEST or not members[-1].isfile():
        raise FormatError(path, "is no packed run: it does not end with a manifest")
    try:
        manifest = json.loads(tar.extractfile(members.pop()).read())
        names = (manifest["name"], manifest["id"])
        good = all(isinstance(name, str) and _SEGMENT.fullmatch(name) for name in names)
        files = manifest["files"].keys()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise FormatError(path, "is no packed run: its manifest cannot be read") from None
    whole = all(plain(member) and not _odd(member.name) for member in members)
    if not good or not whole or sorted(member.name for member in members) != sorted(files):
        raise FormatError(path, "is no packed run: its files are not those of its manifest")
    return members, manifest


def _odd(name: str) -> bool:
    """Whether a name is of a hidden file, or written otherwise than a manifest does."""
    return any(not part or part.startswith(".") for part in name.split("/"))


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """A file with no trace of who packed it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    tar.addfile(member, io.BytesIO(data))
