"""The public data sets: what ``data_specs/`` says of each, and where its files are on this machine.

A file is looked for in the folder that ``NMR_REPRO_DATA`` names (an offline mirror, never written to), then in the
cache, then downloaded; its SHA-256 is checked in all three. ``data_specs/README.md`` lists the fields of a spec.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from common import cache
from common.errors import ConfigError, DataMissing, FormatError

SPECS = Path(__file__).resolve().parents[1] / "data_specs"
ROLES = ("train", "development", "test")
#: Keys of a case that name files of its data set.
FILE_KEYS = ("file", "reference", "schedule")


@dataclass(frozen=True)
class DataFile:
    """One file: its name in the data set, size, SHA-256 and public address.

    With ``member`` the address is that of a tar or zip archive, and the file is this member of it. ``unchecked``:
    nobody of us has reached the address.
    """

    name: str
    bytes: int
    sha256: str
    url: str
    member: str = ""
    unchecked: bool = False


@dataclass(frozen=True)
class DataSpec:
    """What is known of a data set; ``cases`` has the ``role`` and the processing recipe of each measurement."""

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

        It is downloaded if it is neither in the mirror nor in the cache. Raises FormatError for a damaged file in
        the mirror, and DataMissing where a file is not here and cannot be, or (``offline``) shall not be, fetched.
        """
        if file not in self.files:
            raise ConfigError(f"data set {self.name} has no file {file!r}; it has {', '.join(self.files)}")
        entry = self.files[file]
        mirrored = _in_mirror(self, entry)
        if mirrored:
            check(mirrored, entry)
            return mirrored
        kept = _in_cache(self, entry)
        if kept.is_file() and _sound(kept, entry):
            return kept
        from common import download

        return download.fetch(self, entry, kept, offline)


def names() -> list[str]:
    """The data sets that have a spec."""
    if not SPECS.is_dir():
        raise ConfigError(
            f"{SPECS} is missing: install from a clone of the repository with `pip install -e .`"
        )
    return sorted(path.stem for path in SPECS.glob("*.toml"))


def load(name: str) -> DataSpec:
    """The spec of a data set. Raises ConfigError naming the file and the key that is wrong."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise ConfigError(
            f"no data set {name!r}; {f'did you mean {near[0]!r}?' if near else 'there are ' + ', '.join(known)}"
        )
    path = SPECS / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return _spec(name, path, table)


@dataclass(frozen=True)
class Listing:
    """A line of ``nmr-repro data list``; ``where`` is mirror, cache, partly or absent (sizes looked at, not sums)."""

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
    """Bring every file of a data set onto this machine; paths by file name. Raises as :meth:`DataSpec.path`."""
    spec = load(name)
    return {file: spec.path(file) for file in spec.files}


def verify(name: str) -> dict[str, str]:
    """Check the files of a data set anew: ``mirror`` or ``cache`` where sound, else ``absent`` or what is wrong."""
    sha256.cache_clear()
    spec = load(name)
    return {file: _state(spec, entry) for file, entry in spec.files.items()}


def check(path: Path, entry: DataFile) -> None:
    """Raise FormatError unless a file has the size and SHA-256 of its spec; hashed once a process."""
    status = path.stat()
    if status.st_size != entry.bytes:
        raise FormatError(
            path, f"has {status.st_size} bytes where the spec says {entry.bytes}; replace the file"
        )
    found = sha256(path, status.st_mtime_ns)
    if found != entry.sha256:
        raise FormatError(path, f"sha256 is {found} where the spec says {entry.sha256}; replace the file")


@functools.lru_cache(maxsize=None)
def sha256(path: Path, mtime: int) -> str:
    """SHA-256 of a file, remembered for one modification time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sound(path: Path, entry: DataFile) -> bool:
    try:
        check(path, entry)
    except FormatError:
        return False
    return True


def _in_mirror(spec: DataSpec, entry: DataFile) -> Path | None:
    root = os.environ.get("NMR_REPRO_DATA")
    if not root:
        return None
    if not Path(root).is_dir():
        raise ConfigError(f"NMR_REPRO_DATA={root} is not a folder")
    path = Path(root, spec.name, entry.name)
    return path if path.is_file() else None


def _in_cache(spec: DataSpec, entry: DataFile) -> Path:
    return cache.folder() / "data" / spec.name / entry.name


def _where(spec: DataSpec) -> str:
    found = []
    for entry in spec.files.values():
        kept = _in_cache(spec, entry)
        in_cache = kept.is_file() and kept.stat().st_size == entry.bytes
        found.append("mirror" if _in_mirror(spec, entry) else "cache" if in_cache else "absent")
    if "absent" in found:
        return "absent" if set(found) == {"absent"} else "partly"
    return "cache" if "cache" in found else "mirror"


def _state(spec: DataSpec, entry: DataFile) -> str:
    mirrored, kept = _in_mirror(spec, entry), _in_cache(spec, entry)
    try:
        if mirrored:
            check(mirrored, entry)
            return "mirror"
        if kept.is_file():
            check(kept, entry)
            return "cache"
    except FormatError as error:
        return str(error)
    return "absent"


def _spec(name: str, path: Path, table: dict) -> DataSpec:
    """A spec from its TOML table, every key looked at."""
    texts = ("title", "citation", "licence", "format", "source")
    _keys(path, "", table, (*texts, "units", "files"), ("cases",))
    for key in texts:
        _typed(path, key, table[key], str)
    for key, unit in _typed(path, "units", table["units"], dict).items():
        _typed(path, f"units.{key}", unit, str)
    entries = _typed(path, "files", table["files"], dict)
    files = {file: _file(path, file, entry) for file, entry in entries.items()}
    cases = _typed(path, "cases", table.get("cases", {}), dict)
    for case, recipe in cases.items():
        _case(path, f"cases.{case}", recipe, files)
    return DataSpec(name, *(table[key] for key in texts), units=table["units"], files=files, cases=cases)


def _file(path: Path, name: str, entry) -> DataFile:
    where = f"files.{name}"
    _keys(path, where, _typed(path, where, entry, dict), ("bytes", "sha256", "url"), ("member", "unchecked"))
    kinds = {"bytes": int, "sha256": str, "url": str, "member": str, "unchecked": bool}
    for key, value in entry.items():
        _typed(path, f"{where}.{key}", value, kinds[key])
    for key, inner in ((where, name), (f"{where}.member", entry.get("member", "-"))):
        parts = PurePosixPath(inner).parts
        if not parts or inner.startswith("/") or ".." in parts or "\\" in inner or ":" in inner:
            raise ConfigError(f"{path}: {key} must be a relative path without '..', not {inner!r}")
    if not re.fullmatch("[0-9a-f]{64}", entry["sha256"]):
        raise ConfigError(f"{path}: {where}.sha256 must be 64 lower-case hex digits, not {entry['sha256']!r}")
    if entry["bytes"] < 1:
        raise ConfigError(f"{path}: {where}.bytes must be positive, not {entry['bytes']}")
    if not entry["url"].startswith(("https://", "http://")):
        raise ConfigError(f"{path}: {where}.url must be an http(s) address, not {entry['url']!r}")
    return DataFile(name, **entry)


def _case(path: Path, where: str, recipe, files: dict) -> None:
    role = _typed(path, where, recipe, dict).get("role")
    if role not in ROLES:
        raise ConfigError(f"{path}: {where}.role must be one of {', '.join(ROLES)}, not {role!r}")
    for key in FILE_KEYS:
        if key in recipe and recipe[key] not in files:
            raise ConfigError(f"{path}: {where}.{key} names {recipe[key]!r}, which is not under [files]")


def _keys(path: Path, where: str, table: dict, required: tuple, optional: tuple) -> None:
    dot = f"{where}." if where else ""
    for key in table:
        if key not in (*required, *optional):
            raise ConfigError(
                f"{path}: unknown key {dot}{key}; known are {', '.join((*required, *optional))}"
            )
    for key in required:
        if key not in table:
            raise ConfigError(f"{path}: {dot}{key} is missing")


def _typed(path: Path, key: str, value, kind: type):
    if type(value) is not kind:
        raise ConfigError(f"{path}: {key} must be of type {kind.__name__}, not {value!r}")
    return value
