"""Weights files as files: their checksum, and a smaller copy."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from common.atomic import write_atomic

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

    # In memory first: where a disk is full, HDF5 ends the process.
    copy = io.BytesIO()
    with h5py.File(source) as whole, h5py.File(copy, "w") as half:

        def add(name: str, item) -> None:
            if isinstance(item, h5py.Dataset):
                made = half.create_dataset(name, data=_rounded(item[()], f"{source}: {name}"))
            else:
                made = half.require_group(name)
            made.attrs.update(item.attrs)

        whole.visititems(add)
        half.attrs.update(whole.attrs)
    write_atomic(destination, copy.getvalue())


def _rounded(values: np.ndarray, where: str) -> np.ndarray:
    if values.dtype != np.float32:
        return values
    if np.abs(values[np.isfinite(values)]).max(initial=0) > np.finfo(np.float16).max:
        raise ValueError(f"{where} has values too large for half precision")
    return values.astype(np.float16)


def _variables(file) -> list[str]:
    """The names of the arrays in an open HDF5 file, sorted."""
    import h5py

    names = []
    file.visit(names.append)
    return [name for name in sorted(names) if isinstance(file[name], h5py.Dataset)]
