"""What the readers and writers of single-voxel proton spectra share: fields, axes, numbers in text."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from common.acquisition import WATER_PPM, Acquisition
from common.errors import FormatError, UserError
from common.io.text import number
from common.spectrum import Axis

#: Bounds that catch a unit mistaken for another; ours: 0.2 to 35 T, and far beyond any spectral width in use.
MHZ, WIDTH = (10.0, 1500.0), (100.0, 1e6)
MOST_POINTS = 2**22
LARGEST = 1e30  # of a value: what float32 files can hold with room for sums
_SIGN = re.compile(r"(?<=[0-9.])(?=[+-])")
_PLAIN = re.compile(r"[0-9eEdD+\-.\s]*")


class Fields(dict):
    """Texts of a header by name; the look-ups name the file when they fail."""

    def __init__(self, path, texts):
        self.path = path
        super().__init__(texts)

    def number(self, name: str, default: float | None = None) -> float | None:
        """A finite number; the default where the field is missing or empty. FormatError for other words."""
        text = self.get(name, "").strip()
        if not text:
            return default
        try:
            return number(text)
        except ValueError:
            raise FormatError(self.path, f"{name} is {text:.40}, not a number") from None

    def needed(self, name: str) -> float:
        """A number that has to be there."""
        value = self.number(name)
        if value is None:
            raise FormatError(self.path, f"does not state {name}; is it cut short?")
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number from 1 to 2**22."""
        value = self.needed(name) if default is None else self.number(name, default)
        if value != int(value) or not 1 <= value <= MOST_POINTS:
            raise FormatError(self.path, f"{name} is {value:g}, not a whole number from 1 to {MOST_POINTS}")
        return int(value)


def proton_axis(path, points: int, sw: float, mhz: float, carrier: float = WATER_PPM, **more) -> Axis:
    """The axis of 1H FIDs; FormatError where width (Hz) or frequency (MHz) cannot be those of a scanner."""
    for name, value, unit, (low, high) in (
        ("spectral width", sw, "Hz", WIDTH),
        ("spectrometer frequency", mhz, "MHz", MHZ),
    ):
        if not low <= value <= high:
            raise FormatError(path, f"its {name} would be {value:g} {unit}, not {low:g} to {high:g}")
    return Axis("1H", points, sw, mhz, carrier, domain="time", encoding="complex", **more)


def check_proton(path, nucleus: str) -> None:
    """FormatError for another nucleus than 1H; a file that names none passes."""
    if nucleus.strip().strip("\"'").upper() not in ("", "1H", "H1", "H", "PROTON"):
        raise FormatError(path, f"is of nucleus {nucleus.strip():.20}; only 1H is read")


def milliseconds(value: float | None, path, name: str) -> float | None:
    """A time of the sequence, None where a file has none or states a negative one; at most ten minutes."""
    if value is None or value < 0:
        return None
    if value > 6e5:
        raise FormatError(path, f"{name} would be {value:g} ms")
    return value


def checked(path, fids: np.ndarray) -> np.ndarray:
    """FormatError where a value is not a number, or far too large for one that was measured."""
    if not (np.abs(fids.real) < LARGEST).all() or not (np.abs(fids.imag) < LARGEST).all():
        raise FormatError(path, "holds values that are not numbers")
    return fids


def numbers(path, text: str) -> np.ndarray:
    """All numbers of a text as Fortran or anybody writes them (``1.5E-03``, ``1.5D-03``, ``1.5-0.5``)."""
    if not _PLAIN.fullmatch(text):
        raise FormatError(path, "holds words where the data should be")
    words = _SIGN.sub(" ", text.upper().replace("D", "E")).split()
    try:
        values = np.array(words, dtype=float)
    except ValueError:
        raise FormatError(path, "holds words where the data should be") from None
    if values.size % 2:
        raise FormatError(path, f"has {values.size} numbers, which are not pairs; is it cut short?")
    return values


def decode(path, blob: bytes) -> str:
    """Text of one byte a character; FormatError for binary data."""
    if b"\0" in blob:
        raise FormatError(path, "is binary, not text")
    return blob.decode("latin-1")


def turned_to_water(fids: np.ndarray, axis: Axis) -> np.ndarray:
    """FIDs for a file whose axis has water, 4.65 ppm, at 0 Hz: the same signals at the same shifts.

    fids: (..., points) on ``axis``.
    """
    shift = (axis.carrier - WATER_PPM) * axis.mhz
    if shift == 0:
        return fids
    seconds = (np.arange(axis.size) + axis.first_delay) / axis.sw
    return fids * np.exp(2j * math.pi * shift * seconds)


def single_coil(path, acquisition: Acquisition) -> np.ndarray:
    """FIDs (averages, points) for a format without coils; UserError where there is more than one."""
    if acquisition.fids.shape[0] > 1:
        raise UserError(f"{path}: the format has no room for {acquisition.fids.shape[0]} coils; combine them")
    return acquisition.fids[0]


def write_packed(path, text: str) -> None:
    """Write a text file, as gzip where the name ends in ``.gz``."""
    import gzip

    blob = text.encode("ascii", "replace")
    Path(path).write_bytes(gzip.compress(blob, mtime=0) if str(path).lower().endswith(".gz") else blob)
