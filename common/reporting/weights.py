"""Weights files as files: their checksum, and a smaller copy."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

SUFFIX = ".weights.h5"


def weights_sha256(path: Path | str) -> str:
    """Checksum over names, types, shapes and bytes of the variables in a weights file, in the order of names.

    The bytes of the file itself differ from one writing to the next.
    """
    import h5py

    checksum = hashlib.sha256()
    with h5py.File(path) as file:
        for name in _variables(file):
            array = file[name][()]
            checksum.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    return checksum.hexdigest()


def halve(source: Path | str, destination: Path | str) -> None:
    """Copy a weights file with its single-precision variables rounded to half precision.

    ValueError where a finite value is too large for it (65,504).
    """
    import h5py

    with h5py.File(source) as whole, h5py.File(destination, "w") as half:
        for name in whole:
            whole.copy(name, half)
        half.attrs.update(whole.attrs)
        for name in _variables(half):
            values, attributes = half[name][()], dict(half[name].attrs)
            if values.dtype != np.float32:
                continue
            if np.abs(values[np.isfinite(values)]).max(initial=0) > np.finfo(np.float16).max:
                raise ValueError(f"{source}: {name} has values too large for half precision")
            del half[name]
            half.create_dataset(name, data=values.astype(np.float16)).attrs.update(attributes)
    _repack(Path(destination))


def _repack(path: Path) -> None:
    """Give back the room of what was replaced: HDF5 keeps it."""
    import h5py

    packed = path.with_name(f".{path.name}")
    with h5py.File(path) as old, h5py.File(packed, "w") as new:
        for name in old:
            old.copy(name, new)
        new.attrs.update(old.attrs)
    packed.replace(path)


def _variables(file) -> list[str]:
    """The names of the arrays in an open HDF5 file, sorted."""
    import h5py

    names = []
    file.visit(names.append)
    return [name for name in sorted(names) if isinstance(file[name], h5py.Dataset)]
