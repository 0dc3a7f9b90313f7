"""record.json: what a run was, what made it and what it scored. Schema version 1.

A record is a plain dictionary with exactly these keys:

``schema``: 1. ``name``, ``preset``, ``variant``, ``id``: strings. ``seed``: int. ``config``: the whole
resolved configuration. ``overrides``: the fields of it that preset and variant do not explain, with their
values. ``status``: ``complete``, ``interrupted`` or ``diverged``. ``notes``: list of strings. ``trained``,
``evaluated``: an :func:`environment` and, in newer records, how many ``devices`` in how many ``processes``
there were, or null where that has not been done.
``parts``: ``{part: {parameters, epochs, seconds, weights_sha256}}``.
``data``: ``{data set: {roles: [role, ...], checksums: {file: sha256}, ...}}``; sizes and the like may follow.
``left_out``: ``{data set: reason}``.
``metrics``: ``{id: score}`` of the network. ``baselines``: ``{method: {id: score}}``, the same ids on the
same cases.

A score is ``{value, unit, n, sd}``: the mean over ``n`` repeats of the id (spectra, schedules), the unit of
its measure, and the sample standard deviation over the repeats, null for fewer than two. A value that is
not finite, as a diverged network gives, is null: JSON has no other way to say it.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import json
import math
import os
import platform
import resource
import statistics
import subprocess
from pathlib import Path

import common
from common.atomic import stays_inside, write_atomic
from common.errors import FormatError
from common.metrics.registry import measure_of

SCHEMA = 1
STATUSES = ("complete", "interrupted", "diverged")
FILE = "record.json"
#: The method whose scores are a record's ``metrics``; all others are baselines.
NETWORK = "network"

_KEYS = {
    "schema": int,
    "name": str,
    "preset": str,
    "variant": str,
    "id": str,
    "seed": int,
    "config": dict,
    "overrides": dict,
    "status": str,
    "trained": (dict, type(None)),
    "evaluated": (dict, type(None)),
    "parts": dict,
    "data": dict,
    "left_out": dict,
    "notes": list,
    "metrics": dict,
    "baselines": dict,
}
_FLAG = (bool, type(None))
_SCORE = {"value": (int, float, type(None)), "unit": str, "n": int, "sd": (int, float, type(None))}
_PART = {"parameters": int, "epochs": int, "seconds": (int, float), "weights_sha256": str}
_DATA = {"roles": list, "checksums": dict}
_ENVIRONMENT = {
    "backend": str,
    "device": str,
    "hardware": dict,
    "commit": str,
    "dirty": _FLAG,
    "versions": dict,
    "seconds": (int, float),
    "when": str,
}


class Scores:
    """Values collected under metric ids, for the network and for each baseline."""

    def __init__(self):
        self._values: dict[str, dict[str, list[float]]] = {NETWORK: {}}

    def add(self, id: str, value: float, method: str = NETWORK) -> None:
        """Add one value of ``<source>/<case>[/<condition>]/<measure>``; ValueError for an unknown measure."""
        measure_of(id)
        self._values.setdefault(method, {}).setdefault(id, []).append(float(value))

    @property
    def metrics(self) -> dict[str, dict]:
        """The network's scores by id, as they stand in a record."""
        return {id: _score(id, values) for id, values in self._values[NETWORK].items()}

    @property
    def baselines(self) -> dict[str, dict[str, dict]]:
        """The scores of every other method: ``{method: {id: score}}``."""
        return {
            method: {id: _score(id, values) for id, values in ids.items()}
            for method, ids in self._values.items()
            if method != NETWORK
        }


def environment(backend: str, device: str, seconds: float) -> dict:
    """Where and with what something was computed, as of now.

    backend: the Keras backend. device: in words, such as ``cpu`` or the name of the GPU. seconds: what it
    took. Returns backend, device, hardware (processor, cores), commit (``unknown`` outside a checkout),
    dirty (null there), versions, seconds, peak_memory (MB, of this process), when (UTC).
    """
    return {
        "backend": backend,
        "device": device,
        "hardware": {"processor": processor(), "cores": os.cpu_count()},
        **checkout(),
        "versions": {
            "python": platform.python_version(),
            **versions("nmr-repro", "keras", backend, "numpy", "scipy", "nmrglue"),
        },
        "seconds": round(float(seconds), 1),
        # Linux gives kilobytes.
        "peak_memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def checkout(root: Path | None = None) -> dict:
    """The state of the code: ``{commit, dirty}``; ``unknown`` and null where ``root`` is no checkout.

    root: the folder that holds ``common``. Prose, published results and ignored files do not make a tree
    dirty: nothing that a run computes depends on them.
    """
    root = Path(common.__file__).resolve().parents[1] if root is None else Path(root).resolve()
    commit = _git(root, "rev-parse", "HEAD", "--show-toplevel")
    if commit is None or Path(commit.split("\n")[1]) != root:
        return {"commit": "unknown", "dirty": None}
    changed = _git(root, "status", "--porcelain", "--", ".", ":(exclude)results", ":(exclude,glob)**/*.md")
    return {"commit": commit.split("\n")[0], "dirty": changed is None or bool(changed.strip())}


def versions(*packages: str) -> dict[str, str]:
    """The versions of those packages that are installed; imports none of them."""
    found = {}
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def write_record(folder: Path | str, record: dict) -> Path:
    """Write ``record.json`` into a folder, atomically; returns its path. ValueError for what is no record."""
    reason = fault(record)
    if reason:
        raise ValueError(f"not a record: {reason}")
    path = Path(folder) / FILE
    write_atomic(path, (json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n").encode())
    return path


def read_record(path: Path | str) -> dict:
    """The record in a file; FormatError where it is none of this schema, OSError where it is absent."""
    try:
        record = json.loads(Path(path).read_bytes(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(path, f"is not JSON ({error})") from None
    reason = fault(record)
    if reason:
        raise FormatError(path, f"is no record: {reason}")
    return record


def complete_record(folder: Path | str) -> dict | None:
    """The record of a run that was finished; None where there is none, or none that can be read."""
    with contextlib.suppress(OSError, FormatError):
        record = read_record(Path(folder) / FILE)
        return record if record["status"] == "complete" else None
    return None


def fault(record) -> str | None:
    """What is wrong with a record, in words; None where nothing is."""
    if not isinstance(record, dict):
        return "it is not an object"
    if record.get("schema") != SCHEMA:
        return f"its schema is {record.get('schema')!r}, this code reads {SCHEMA}"
    if record.keys() != _KEYS.keys():
        return f"missing or unknown keys: {', '.join(sorted(record.keys() ^ _KEYS.keys()))}"
    entries = [("the record", record, _KEYS)]
    entries += [
        (key, record[key], _ENVIRONMENT) for key in ("trained", "evaluated") if record[key] is not None
    ]
    for key, fields in (("parts", _PART), ("data", _DATA), ("metrics", _SCORE), ("baselines", None)):
        if not isinstance(record[key], dict):
            return f"{key} is not an object"
        for name, entry in record[key].items():
            if fields:
                entries.append((f"{key} {name}", entry, fields))
            elif isinstance(entry, dict):
                entries += [(f"{key} {name} {id}", score, _SCORE) for id, score in entry.items()]
            else:
                return f"{key} {name} is not an object"
    wrong = next(filter(None, (_misfit(*entry) for entry in entries)), None)
    wrong = wrong or next(filter(None, (_misnamed(record, key) for key in ("name", "id"))), None)
    if wrong or record["status"] in STATUSES:
        return wrong
    return f"status is {record['status']!r}, not one of {', '.join(STATUSES)}"


def _misfit(where: str, entry, fields: dict) -> str | None:
    """The first field of an entry that is absent or of the wrong type."""
    if not isinstance(entry, dict):
        return f"{where} is not an object"
    for field, kind in fields.items():
        value = entry.get(field, ...)
        # To Python a bool is an int.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not _FLAG):
            return f"{where}: {field} is {'missing' if value is ... else repr(value)}"
    return None


def _misnamed(record: dict, key: str) -> str | None:
    """What is wrong with a name that folders are called after."""
    name = record[key]
    return None if stays_inside(name) and "/" not in name else f"{key} is {name!r}, no name of a folder"


def _score(id: str, values: list[float]) -> dict:
    mean = math.fsum(values) / len(values)
    sd = statistics.stdev(values) if len(values) > 1 and math.isfinite(mean) else None
    return {
        "value": mean if math.isfinite(mean) else None,
        "unit": measure_of(id).unit,
        "n": len(values),
        "sd": sd,
    }


def _no_constant(name: str):
    raise ValueError(f"{name} is no JSON number")


def _git(root: Path, *arguments: str) -> str | None:
    """The output of git, or None where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def processor() -> str:
    """The name of the processor, as Linux gives it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
