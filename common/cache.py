"""A folder of derived arrays, so that a baseline is computed once for the same input."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np

from common.atomic import new_files

_told: set[str] = set()


def folder() -> Path:
    """The cache: ``NMR_REPRO_CACHE``, or the user's cache folder of this platform."""
    chosen = os.environ.get("NMR_REPRO_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("nmr-repro"))


def cached(function, *arrays, version: int = 1, **parameters):
    """``function(*arrays, **parameters)``, computed once and kept on disk.

    The key is the function's qualified name, ``version`` (raise it when the function's result changes), the
    arrays (dtype, shape and bytes) and the parameters (JSON values). The function returns an array, or a
    tuple or dictionary of arrays, and so does this, on the first call as on later ones. A damaged
    entry is computed again; a cache that cannot be written is said once and done without. Never keep times.

    Raises TypeError for a function without a name of its own (lambda, local), for parameters that JSON does
    not know, and for inputs or results that are not arrays of plain numbers or text.
    """
    arrays = tuple(_plain(array) for array in arrays)
    path = folder() / "derived" / f"{_name(function)}-{_key(arrays, version, parameters)}.npz"
    kept = _read(path)
    if kept is None:
        kept = _pack(function(*arrays, **parameters))
        _write(path, kept)
    return _unpack(kept)


def _name(function) -> str:
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    if name.endswith(".") or "<" in name:
        raise TypeError(f"cached needs a function at module level, not {function!r}")
    return name


def _plain(array) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.hasobject:
        raise TypeError("cached takes and returns arrays of numbers or text, not of Python objects")
    return array


def _key(arrays, version, parameters) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(json.dumps([array.dtype.descr, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([version, parameters], sort_keys=True).encode())
    return digest.hexdigest()


def _pack(result) -> dict[str, np.ndarray]:
    """The result as named arrays; the name's first part tells its form."""
    if isinstance(result, tuple):
        return {f"tuple/{i}": _plain(item) for i, item in enumerate(result)}
    if isinstance(result, dict):
        return {f"dict/{name}": _plain(item) for name, item in result.items()}
    return {"array/": _plain(result)}


def _unpack(kept):
    form = next(iter(kept), "tuple/").partition("/")[0]
    if form == "dict":
        return {name.removeprefix("dict/"): array for name, array in kept.items()}
    return kept["array/"] if form == "array" else tuple(kept.values())


def _read(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files} or None
    except FileNotFoundError:
        return None
    except Exception:  # damaged bytes raise anything, from zlib.error to SyntaxError; the entry is made again
        return None


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    try:
        with new_files(path.parent) as part:
            np.savez(part / path.name, **arrays)
    except OSError as error:
        reason = error.strerror or error
        say_once(f"Results are not kept in {path.parent}: {reason}; NMR_REPRO_CACHE names another folder")


def say_once(line: str) -> None:
    """Print a line to the user (standard error) the first time it comes up in this process."""
    if line not in _told:
        _told.add(line)
        print(line, file=sys.stderr, flush=True)
