"""A user's spectrum as the picker takes it: real, of two or three shift axes, or a clear word."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.io.files import read
from common.spectrum import INTERLEAVED, Spectrum

#: Where TopSpin puts what it has processed, of 2D and 3D data.
PROCESSED = ("pdata/1/2rr", "pdata/1/3rrr")


def load(path: str, plane: int | None = None) -> tuple[Spectrum, list[str]]:
    """The spectrum of a file or folder in single precision, and what was done to it.

    Of a Bruker experiment, its processed data. Imaginary parts are left out; of a series of planes (a first
    axis that is no shift: delays, concentrations) the plane of that number, counted from 1, is taken.
    ``UserError`` for anything that is no processed 2D or 3D spectrum.
    """
    notes: list[str] = []
    spectrum = read(_place(path, notes))
    spectrum = _without_imaginary(spectrum, notes)
    spectrum = _plane(path, spectrum, plane, notes)
    if any(axis.domain == "time" for axis in spectrum.axes):
        raise UserError(f"{path}: time-domain data, not a spectrum; transform and phase every axis first")
    kept = tuple(axis for axis in spectrum.axes if axis.size > 1)
    if len(kept) == 1:
        raise UserError(f"{path}: a 1D spectrum; this network picks in 2D and 3D ones")
    if len(kept) not in (2, 3):
        raise UserError(f"{path}: {len(kept)} dimensions; this network picks in 2D and 3D spectra")
    values = np.squeeze(spectrum.data).astype(np.float32, copy=False)
    odd = values.size - int(np.isfinite(values).sum())
    if odd:
        raise UserError(f"{path}: {odd} of {values.size} values are not numbers; process it again")
    if not values.any():
        raise UserError(f"{path}: is empty: every value is zero")
    return Spectrum(values, kept, source=spectrum.source), notes


def check_region(spectrum: Spectrum, region: tuple[float, float]) -> None:
    """``UserError`` where no point of the direct dimension lies in a region in ppm."""
    try:
        spectrum.axes[-1].region(*region)
    except ValueError as error:
        raise UserError(f"--region: {error}") from None


def _place(path: str, notes: list[str]) -> Path:
    """What to read: of a Bruker experiment, the processed data."""
    folder = Path(path)
    for name in PROCESSED:
        if (folder / "acqus").is_file() and (folder / name).is_file():
            notes.append(f"processed data {name} of the experiment")
            return (folder / name).parent
    return folder


def _without_imaginary(spectrum: Spectrum, notes: list[str]) -> Spectrum:
    """The real part of what is transformed."""
    values, axes = spectrum.data, list(spectrum.axes)
    for d, axis in enumerate(axes):
        if axis.domain == "time" or axis.encoding == "real":
            continue
        if axis.encoding in INTERLEAVED:
            values = values.take(np.arange(0, axis.rows, 2), axis=d)
        elif axis.encoding == "complex":
            values = values.real
        axes[d] = dataclasses.replace(axis, encoding="real")
        notes.append(f"the imaginary part of {axis.nucleus or f'axis {d + 1}'} is left out")
    return spectrum.replace(data=values, axes=tuple(axes))


def _plane(path: str, spectrum: Spectrum, plane: int | None, notes: list[str]) -> Spectrum:
    """One plane of a series, where it is one."""
    first = spectrum.axes[0]
    series = len(spectrum.axes) > 2 and first.domain == "time" and first.encoding == "real"
    if not series:
        if plane is not None:
            raise UserError(f"--plane {plane}: {path} is no series of planes, but {spectrum.describe()}")
        return spectrum
    number = plane or 1
    if number > first.size:
        raise UserError(f"--plane {number}: there are {first.size} planes in {path}")
    said = f"a series of {first.size} planes; picked in plane {number}"
    notes.append(said if plane else f"{said}, --plane takes another")
    return spectrum.replace(data=spectrum.data[number - 1], axes=spectrum.axes[1:])
