"""UCSF files of Sparky: real 2D and 3D spectra in the frequency domain, stored tile by tile.

A header of 180 bytes and 128 more an axis stand before big-endian float32 tiles; tiles at the far edges are
padded to full size. nmrglue packs and unpacks the headers, which ``Spectrum.header`` keeps as they were.
"""

from __future__ import annotations

import io
import math
import os
import struct

import numpy as np

from common.errors import FormatError, UserError
from common.spectrum import Axis, Spectrum

MAGIC = b"UCSF NMR"
FILE_HEADER, AXIS_HEADER = 180, 128
# places in the header lists of nmrglue.fileio.sparky
NAXIS, COMPONENTS, VERSION, SEEK = 1, 2, 4, 8
NUCLEUS, POINTS, SIZE, TILE, MHZ, WIDTH, CENTRE = 0, 2, 3, 4, 5, 6, 7


def _unpack(raw: bytes) -> tuple[list, list[list]]:
    """The file header and the axis headers as lists of fields."""
    from nmrglue.fileio import sparky

    if len(raw) < FILE_HEADER or not raw.startswith(MAGIC):
        raise ValueError("not a UCSF file: it does not start with a header of 180 bytes and 'UCSF NMR'")
    file = io.BytesIO(raw)
    head = list(sparky.get_fileheader(file))
    naxis, components, version = head[NAXIS][0], head[COMPONENTS][0], head[VERSION][0]
    if naxis not in (2, 3) or components != 1 or version != 2:
        raise ValueError(
            f"{naxis} axes, {components} components, version {version}: only real 2D and 3D of version 2"
        )
    if len(raw) < FILE_HEADER + naxis * AXIS_HEADER:
        raise ValueError("the axis headers are cut short")
    return head, [list(sparky.get_axisheader(file)) for _ in range(naxis)]


def _layout(axes: list[list]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Points, tile size and number of tiles along each axis."""
    shape, tile = tuple(axis[POINTS] for axis in axes), tuple(axis[TILE] for axis in axes)
    if min(shape) < 1 or min(tile) < 1:
        raise ValueError(f"sizes {shape} in tiles of {tile}")
    return shape, tile, tuple(-(-points // length) for points, length in zip(shape, tile, strict=True))


def _axis(fields: list) -> Axis:
    nucleus = fields[NUCLEUS].split(b"\0")[0].decode("ascii", "replace").strip()
    return Axis(nucleus, fields[POINTS], fields[WIDTH], fields[MHZ], fields[CENTRE])


def read_ucsf(path) -> Spectrum:
    """Read a 2D or 3D spectrum. Raises FormatError for bad bytes, before memory is taken for the data."""
    try:
        with open(path, "rb") as file:
            raw = file.read(FILE_HEADER + 3 * AXIS_HEADER)
            head, fields = _unpack(raw)
            start = FILE_HEADER + AXIS_HEADER * head[NAXIS][0]
            shape, tile, tiles = _layout(fields)
            axes = tuple(map(_axis, fields))
            needed = 4 * math.prod((*tile, *tiles))
            found = os.path.getsize(path) - start
            if found != needed:
                raise ValueError(f"{found} bytes of data where the header promises {needed}")
            flat = np.fromfile(file, ">f4", offset=start - len(raw)).astype(np.float32)
    except ValueError as error:
        raise FormatError(path, str(error)) from error
    whole = _alternate(flat.reshape(*tiles, *tile)).reshape([n * t for n, t in zip(tiles, tile, strict=True)])
    data = np.ascontiguousarray(whole[tuple(map(slice, shape))])
    return Spectrum(data, axes, {"ucsf": raw[:start]}, str(path))


def write_ucsf(path, spectrum: Spectrum) -> None:
    """Write a real 2D or 3D spectrum; anything else is a UserError."""
    from nmrglue.fileio import sparky

    if spectrum.data.ndim not in (2, 3):
        raise UserError(f"{path}: UCSF holds 2D and 3D spectra, not {spectrum.data.ndim}D")
    if any(axis.encoding != "real" or axis.domain != "frequency" for axis in spectrum.axes):
        raise UserError(
            f"{path}: UCSF holds real spectra in the frequency domain; transform and phase it first"
        )
    head, fields = _headers(spectrum)
    shape, tile, tiles = _layout(fields)
    whole = np.zeros([n * t for n, t in zip(tiles, tile, strict=True)], ">f4")
    whole[tuple(map(slice, shape))] = spectrum.data
    pairs = [length for pair in zip(tiles, tile, strict=True) for length in pair]
    order = [*range(0, len(pairs), 2), *range(1, len(pairs), 2)]
    with open(path, "wb") as file:
        sparky.put_fileheader(file, head)
        for axis in fields:
            sparky.put_axisheader(file, axis)
        file.write(np.ascontiguousarray(whole.reshape(pairs).transpose(order)).data)


def _alternate(tiled: np.ndarray) -> np.ndarray:
    """(tiles..., tile...) to (tiles, tile) axis by axis."""
    count = tiled.ndim // 2
    return tiled.transpose(
        [axis for pair in zip(range(count), range(count, 2 * count), strict=True) for axis in pair]
    )


def _headers(spectrum: Spectrum) -> tuple[list, list[list]]:
    """Header lists for a spectrum: those it came with, changed where an axis has changed, or new ones."""
    from nmrglue.fileio.sparky import calc_tshape

    count = spectrum.data.ndim
    head = [MAGIC, bytes([count]), b"\1", b"\0", b"\2", b"", b"", b"", 0, b""]
    fields = [[b"", 0, 0, 0, 0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, b"\x80"] for _ in range(count)]
    if "ucsf" in spectrum.header:
        kept, kept_fields = _unpack(spectrum.header["ucsf"])
        head, fields = (kept, kept_fields) if len(kept_fields) == count else (head, fields)
    if spectrum.data.shape != tuple(axis[POINTS] for axis in fields):
        tile = [int(length) for length in calc_tshape(spectrum.data.shape)]
        for axis, points, length in zip(fields, spectrum.data.shape, tile, strict=True):
            axis[POINTS], axis[SIZE], axis[TILE] = points, points, length
        head[SEEK] = _size(fields)
    for axis, new in zip(fields, spectrum.axes, strict=True):
        if new != _axis(axis):
            axis[NUCLEUS] = new.nucleus.encode("ascii", "replace")[:6]
            axis[MHZ], axis[WIDTH], axis[CENTRE] = new.mhz, new.sw, new.carrier
    return head, fields


def _size(fields: list[list]) -> int:
    """Size of the file in bytes, as far as the field for it reaches."""
    _, tile, tiles = _layout(fields)
    size = FILE_HEADER + AXIS_HEADER * len(fields) + 4 * math.prod((*tile, *tiles))
    return min(size, 2 ** (8 * struct.calcsize(">l") - 1) - 1)
