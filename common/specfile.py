"""Reading ``data_specs/<name>.toml``: every key looked at, each mistake said with its file and key."""

from __future__ import annotations

import re
from pathlib import Path

from common.atomic import stays_inside
from common.errors import ConfigError
from common.io.text import read_toml

ROLES = ("train", "development", "test")
TEXTS = ("title", "citation", "licence", "format", "source")
FILE_KEYS = {"bytes": int, "sha256": str, "url": str, "member": str, "unchecked": bool, "derived": bool}
#: Keys of a case that name files of its data set.
CASE_FILES = ("file", "reference", "schedule")


def read(path: Path) -> dict:
    """The table of a spec. FormatError for what is no TOML, ConfigError naming the key that is wrong."""
    table = read_toml(path)
    try:
        _check(table)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    return table


def _check(table: dict) -> None:
    _keys("", table, (*TEXTS, "units", "files"), ("cases",))
    for key in TEXTS:
        _typed(key, table[key], str)
    for key, unit in _typed("units", table["units"], dict).items():
        _typed(f"units.{key}", unit, str)
    for name, entry in _typed("files", table["files"], dict).items():
        _check_file(f"files.{name}", name, _typed(f"files.{name}", entry, dict))
    for name, case in _typed("cases", table.get("cases", {}), dict).items():
        _relative(f"cases.{name}", name)  # figures are called after their cases
        _check_case(f"cases.{name}", _typed(f"cases.{name}", case, dict), table["files"])


def _check_file(where: str, name: str, entry: dict) -> None:
    _keys(f"{where}.", entry, ("bytes", "sha256", "url"), ("member", "unchecked", "derived"))
    for key, value in entry.items():
        _typed(f"{where}.{key}", value, FILE_KEYS[key])
    _relative(where, name)
    if "member" in entry:
        _relative(f"{where}.member", entry["member"])
    if entry["bytes"] < 1:
        raise ValueError(f"{where}.bytes must be positive, not {entry['bytes']}")
    unknown = entry["sha256"] == "" and entry.get("unchecked", False)
    if not unknown and not re.fullmatch("[0-9a-f]{64}", entry["sha256"]):
        raise ValueError(f"{where}.sha256 must be 64 lower-case hex digits, not {entry['sha256']!r}")
    if not re.match("https?://[^/]+/", entry["url"]):
        raise ValueError(f"{where}.url must be an http(s) address, not {entry['url']!r}")


def _check_case(where: str, case: dict, files: dict) -> None:
    if "role" not in case:
        raise ValueError(f"{where}.role is missing; it is one of {', '.join(ROLES)}")
    if case["role"] not in ROLES:
        raise ValueError(f"{where}.role must be one of {', '.join(ROLES)}, not {case['role']!r}")
    for key in CASE_FILES:
        if key in case and case[key] not in files:
            raise ValueError(f"{where}.{key} names {case[key]!r}, which is not under [files]")
    for name in _typed(f"{where}.with", case.get("with", []), list):
        if name not in files:
            raise ValueError(f"{where}.with names {name!r}, which is not under [files]")


def _keys(where: str, table: dict, required: tuple, optional: tuple) -> None:
    for key in table:
        if key not in (*required, *optional):
            raise ValueError(f"unknown key {where}{key}; known are {', '.join((*required, *optional))}")
    for key in required:
        if key not in table:
            raise ValueError(f"{where}{key} is missing")


def _typed(key: str, value, kind: type):
    if type(value) is not kind:
        raise ValueError(f"{key} must be of type {kind.__name__}, not {value!r}")
    return value


def _relative(key: str, name: str) -> None:
    """Refuse a name that could lead out of the data set's folder."""
    if not stays_inside(name):
        raise ValueError(f"{key}: {name!r} must be a relative path without '..'")
