"""From a preset, a variant and the user's overrides to one checked configuration, and its name on disk.

Standard library only: a wrong field or value is reported before anything heavy is imported.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import json
import math
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any

from common.errors import ConfigError, nearest

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def resolve(module, preset: str, variant: str, overrides: Mapping[str, Any]):
    """The configuration of a reproduction: defaults, then preset, then variant, then overrides.

    module: has ``Config`` (a frozen dataclass), ``PRESETS`` and ``VARIANTS`` (name to field overrides).
    overrides: field to value, or to a string as typed on a command line.
    Raises ConfigError, one line, for an unknown name or a value that does not fit its field.
    """
    fields = dict(_choose("preset", preset, module.PRESETS))
    fields.update(_choose("variant", variant, module.VARIANTS))
    fields.update(overrides)
    return from_dict(module.Config, fields)


def from_dict(config_class: type, fields: Mapping[str, Any]):
    """A ``config_class`` of these fields, converted to their annotated types; others keep their default.

    With the object of :func:`to_json` its inverse, also where older code did not write a field. Raises
    ConfigError, one line, as :func:`resolve`.
    """
    kinds = typing.get_type_hints(config_class)
    names = [field.name for field in dataclasses.fields(config_class)]
    values = {}
    for name, value in fields.items():
        if name not in names:
            raise ConfigError(f"unknown field {name!r}{nearest(name, names)}")
        values[name] = _convert(name, value, kinds[name])
    try:
        return config_class(**values)
    except TypeError as error:
        raise ConfigError(f"configuration is incomplete: {error}") from error


def overrides(config, preset: str, variant: str) -> dict[str, Any]:
    """The fields of a configuration that its preset and variant do not explain, as JSON would hold them."""
    module = sys.modules[type(config).__module__]
    plain, values = (json.loads(to_json(each)) for each in (resolve(module, preset, variant, {}), config))
    return {name: value for name, value in values.items() if value != plain[name]}


def to_json(config) -> str:
    """The fields as JSON with sorted keys; tuples become lists."""
    return json.dumps(dataclasses.asdict(config), sort_keys=True)


def digest(config) -> str:
    """Eight hexadecimal digits that differ whenever a field differs."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:8]


def run_id(config, preset: str, variant: str, backend: str, seed: int) -> str:
    """The folder name of a run: ``<preset>-<variant>-<backend>-s<seed>-<digest>``."""
    return f"{preset}-{variant}-{backend}-s{seed}-{digest(config)}"


def _choose(what: str, name: str, table: Mapping[str, Mapping]) -> Mapping:
    if name not in table:
        raise ConfigError(f"unknown {what} {name!r}{nearest(name, table)}")
    return table[name]


def _convert(name: str, value, kind):
    """``value`` as ``kind``: str, int, float, bool, a tuple of these, or one of these or None."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None or (isinstance(value, str) and value.lower() == "none"):
            return None
        kind = next(option for option in typing.get_args(kind) if option is not type(None))
        return _convert(name, value, kind)
    if origin is tuple:
        return _tuple(name, value, kind)
    convert = {bool: _bool, int: _int, float: _float, str: _str}[kind]
    try:
        return convert(value)
    except ValueError:
        raise ConfigError(f"field {name} needs {_article(kind)}, not {value!r}") from None


def _tuple(name: str, value, kind) -> tuple:
    members = typing.get_args(kind)
    wanted = f"field {name} needs {_article(kind)}, not {value!r}"
    if isinstance(value, str):
        value = _split(value)
    if not isinstance(value, (tuple, list)):
        raise ConfigError(wanted)
    if members[-1] is Ellipsis:
        members = members[:1] * len(value)
    if len(members) != len(value):
        raise ConfigError(wanted)
    return tuple(_convert(name, item, member) for item, member in zip(value, members, strict=True))


def _split(text: str):
    """``1,2``, ``(1, 2)``, ``[[1, 2], [3, 4]]`` or ``a,b`` as a sequence."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return [item.strip() for item in text.strip("()[] ").split(",") if item.strip()]
    return value if isinstance(value, (tuple, list)) else [value]


def _bool(value) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in WORDS:
        return WORDS[value.lower()]
    raise ValueError


def _int(value) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _float(value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    # JSON has no word for the others.
    if not math.isfinite(float(value)):
        raise ValueError
    return float(value)


def _str(value) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _article(kind) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    if kind in names:
        return names[kind]
    members = typing.get_args(kind)
    inner = {int: "whole numbers", float: "numbers", str: "texts"}.get(members[0], "values")
    return (
        f"{inner} separated by commas"
        if members[-1] is Ellipsis
        else f"{len(members)} {inner} separated by commas"
    )
