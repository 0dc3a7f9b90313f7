"""The public data sets: what ``data_specs/`` says of each, and where its files are on this machine.

A file is looked for in the folder that ``NMR_REPRO_DATA`` names (an offline mirror, never written to), then
in the cache, then downloaded; its SHA-256 is checked in all three. ``data_specs/README.md`` has the fields.
"""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from common import cache, download, specfile
from common.errors import ConfigError, DataMissing, FormatError, nearest
from common.io.text import read_bytes

SPECS = Path(__file__).resolve().parents[1] / "data_specs"

#: Hosts that could not be reached; one is enough to work offline until the process ends.
_unreachable: list[str] = []


@dataclass(frozen=True)
class DataFile:
    """One file: its name in the data set, size, SHA-256 and public address.

    With ``member`` the address is that of a tar or zip archive, and the file is this member of it.
    ``unchecked``: nobody of us has reached the address; then ``sha256`` may be empty, which is unknown, and
    ``bytes`` the most that is taken. ``derived``: made from what is there, not fetched.
    """

    name: str
    bytes: int
    sha256: str
    url: str
    member: str = ""
    unchecked: bool = False
    derived: bool = False


@dataclass(frozen=True)
class DataSpec:
    """What is known of a data set; each of ``cases`` has a ``role`` and the recipe of a measurement."""

    name: str
    title: str
    citation: str
    licence: str
    format: str
    source: str
    units: dict[str, str]
    files: dict[str, DataFile]
    cases: dict[str, dict] = field(default_factory=dict)

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 by file name."""
        return {name: file.sha256 for name, file in self.files.items()}

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files.values())

    def path(self, file: str, offline: bool = False) -> Path:
        """Where a file is on this machine, after its checksum was found right.

        It is downloaded where neither the mirror nor the cache has it. The mirror may keep it as a gzip,
        ``<file>.gz``; then that is the path. Raises FormatError for a damaged file in the mirror; DataMissing
        where a file is not here and cannot (``offline``: must not) be fetched.
        """
        if file not in self.files:
            raise ConfigError(f"data set {self.name} has no file {file!r}{nearest(file, self.files)}")
        entry = self.files[file]
        mirrored = _in_mirror(self, entry)
        if mirrored:
            _verify(mirrored, entry)
            return mirrored
        if entry.derived:
            raise DataMissing(
                f"{file} of data set {self.name} was derived from {entry.url} and is not to be fetched;"
                f" data_specs/{self.name}.toml says how, NMR_REPRO_DATA names a folder that has it"
            )
        kept = _in_cache(self, entry)
        if not kept.is_file() or _damage(kept, entry):
            _download(self, entry, kept, offline)
        return kept


def names() -> list[str]:
    """The data sets that have a spec; ConfigError outside a clone, where there are none."""
    if not SPECS.is_dir():
        raise ConfigError(f"{SPECS} is missing: install from a clone of the repository, `pip install -e .`")
    return sorted(path.stem for path in SPECS.glob("*.toml"))


def load(name: str) -> DataSpec:
    """The spec of a data set. Raises ConfigError: unknown name or wrong key; FormatError: no TOML."""
    if name not in names():
        raise ConfigError(f"no data set is called {name!r}{nearest(name, names())}")
    table = specfile.read(SPECS / f"{name}.toml")
    files = {file: DataFile(file, **entry) for file, entry in table.pop("files").items()}
    return DataSpec(name=name, files=files, **table)


@dataclass(frozen=True)
class Listing:
    """A line of ``nmr-repro data list``; ``where``: mirror, cache, partly or absent, by the files' sizes."""

    name: str
    title: str
    bytes: int
    licence: str
    where: str


def list_sets() -> list[Listing]:
    """All data sets and where they are on this machine."""
    specs = [load(name) for name in names()]
    return [Listing(spec.name, spec.title, spec.bytes, spec.licence, _where(spec)) for spec in specs]


def fetch(name: str) -> dict[str, Path]:
    """Bring every file of a data set onto this machine; paths by name. Raises as :meth:`DataSpec.path`.

    Derived files that are not here are left out.
    """
    spec = load(name)
    return {file: spec.path(file) for file, entry in _obtainable(spec).items()}


def verify(name: str) -> dict[str, str]:
    """Check every file of a data set anew: ``mirror`` or ``cache`` if sound, ``absent``, or what is wrong."""
    _sha256.cache_clear()
    _sha256_unpacked.cache_clear()
    spec = load(name)
    return {file: _state(spec, entry) for file, entry in spec.files.items()}


def _download(spec: DataSpec, entry: DataFile, target: Path, offline: bool) -> None:
    """Bring one file into the cache, with its siblings where they come in one archive; or DataMissing."""
    from rich.filesize import decimal

    what = f"{entry.name} of data set {spec.name}"
    later = f"`nmr-repro data fetch {spec.name}` fetches it, NMR_REPRO_DATA names a folder that has it"
    if offline or _unreachable:
        why = "working offline" if offline else f"{_unreachable[0]} cannot be reached"
        raise DataMissing(f"{what} is not on this machine, {why}; {later}")
    cache.say_once(f"Fetching {what}: {decimal(entry.bytes)}, licence {spec.licence}")
    try:
        if entry.member:
            siblings = [other for other in spec.files.values() if other.member and other.url == entry.url]
            wanted = [download.Member(o.member, _in_cache(spec, o), o.bytes, o.sha256) for o in siblings]
            download.retrieve_members(entry.url, wanted)
        elif not entry.sha256:
            download.retrieve_unchecked(entry.url, target, entry.bytes)
        else:
            download.retrieve(entry.url, target, entry.bytes, entry.sha256)
    except download.Unreachable as error:
        _unreachable.append(str(error))
        cache.say_once(
            f"{error} cannot be reached: working offline. `nmr-repro data fetch {spec.name}` tries again"
        )
        raise DataMissing(f"{what} is not on this machine, {error} cannot be reached; {later}") from None
    except download.Broken as error:
        doubt = ", an address that nobody of us has reached yet" if entry.unchecked else ""
        raise DataMissing(f"{what} was not fetched from {entry.url}{doubt}: {error}") from None
    except OSError as error:
        raise DataMissing(f"{what} cannot be kept: {error}; NMR_REPRO_CACHE names another folder") from None


def _obtainable(spec: DataSpec) -> dict[str, DataFile]:
    """The files that are in the mirror or can be fetched."""
    files = spec.files.items()
    return {name: entry for name, entry in files if not entry.derived or _in_mirror(spec, entry)}


def _in_mirror(spec: DataSpec, entry: DataFile) -> Path | None:
    root = os.environ.get("NMR_REPRO_DATA")
    if not root:
        return None
    if not Path(root).is_dir():
        raise ConfigError(f"NMR_REPRO_DATA={root} is not a folder")
    path = Path(root, spec.name, entry.name)
    packed = path.with_name(f"{path.name}.gz")
    return path if path.is_file() else packed if packed.is_file() else None


def _in_cache(spec: DataSpec, entry: DataFile) -> Path:
    return cache.folder() / "data" / spec.name / entry.name


def _damage(path: Path, entry: DataFile) -> str:
    """What is wrong with a file's size or SHA-256, unpacked where it is a gzip of it; empty if nothing."""
    status = path.stat()
    if not entry.sha256:
        return "" if status.st_size <= entry.bytes else f"has more than {entry.bytes} bytes"
    if path.name != Path(entry.name).name:
        found = _sha256_unpacked(path, status.st_mtime_ns, entry.bytes)
        return "" if found == entry.sha256 else f"unpacked has sha256 {found}, expected {entry.sha256}"
    if status.st_size != entry.bytes:
        return f"has {status.st_size} bytes, expected {entry.bytes}"
    found = _sha256(path, status.st_mtime_ns)
    return "" if found == entry.sha256 else f"has sha256 {found}, expected {entry.sha256}"


@functools.cache
def _sha256(path: Path, _modified: int) -> str:
    """SHA-256 of a file, read once a process for one modification time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def _sha256_unpacked(path: Path, _modified: int, size: int) -> str:
    """SHA-256 of what a gzip holds, ``none`` where that is damaged or more than ``size`` bytes."""
    try:
        return hashlib.sha256(read_bytes(path, size)).hexdigest()
    except FormatError:
        return "none"


def _verify(path: Path, entry: DataFile) -> None:
    if damage := _damage(path, entry):
        raise FormatError(path, f"{damage}; replace this file, or unset NMR_REPRO_DATA")


def _where(spec: DataSpec) -> str:
    found = set()
    for entry in _obtainable(spec).values():
        kept = _in_cache(spec, entry)
        in_cache = kept.is_file() and (not entry.sha256 or kept.stat().st_size == entry.bytes)
        found.add("mirror" if _in_mirror(spec, entry) else "cache" if in_cache else "absent")
    if "absent" in found:
        return "absent" if len(found) == 1 else "partly"
    return "cache" if "cache" in found else "mirror"


def _state(spec: DataSpec, entry: DataFile) -> str:
    mirrored, kept = _in_mirror(spec, entry), _in_cache(spec, entry)
    if mirrored:
        return _damage(mirrored, entry) or "mirror"
    if kept.is_file():
        return _damage(kept, entry) or "cache"
    return "absent"
