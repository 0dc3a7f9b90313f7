"""NMRPipe files, 1D to 3D: single files, streams and series of planes (``name%03d.ft3``).

A header of 512 float32 words stands before float32 data. ``FDDIMORDER1`` says which dimension varies
fastest in the file, ``FDDIMORDER2`` the next; F2 is the direct one. A complex fast dimension has its real
part before its imaginary part in each row, any other complex dimension alternates row by row. nmrglue knows
where each word is.

* A file transposed by NMRPipe (TP, ZTP) is turned back: F2 changes places with the fast dimension, quadrature
  components and all, so that it is the last one. A writer turns it again, so a file goes out as it came in.
  The order of the indirect dimensions stays as stored, and so does a file without F2 (a plane of two
  others).
* The ppm axis of a frequency dimension hangs on ``ORIG`` (Hz at the last point), which follows extracted
  regions and holds for odd sizes. In the time domain ``ORIG`` is often left from another size (truncation,
  NUS), and the carrier ``CAR`` counts.
* ``Spectrum.header`` keeps the header of every file word for word. Written words are those of axes, sizes and
  intensities that have changed. Byte-swapped files are read and come out in little-endian order.
"""

from __future__ import annotations

import math
import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import FormatError, UserError
from common.spectrum import INTERLEAVED, Axis, Spectrum

HEADER_BYTES = 2048
MAX_POINTS = 2**28
DIRECT = 2
LABEL_WORD = {2: 16, 1: 18, 3: 20, 4: 22}
TEXT_WORDS = (slice(16, 24), slice(286, 294), slice(297, 352), slice(464, 472))
NUCLEI = {"H": "1H", "N": "15N", "C": "13C", "P": "31P", "F": "19F", "D": "2H"}
ATOM = r"([HCN])(?:[HNABCO']|AB|ACB)?|([PFD])"  # labels such as HN, CA, CO


class Words:
    """The 512 words of a header by their names in NMRPipe's ``fdatap.h``, without the leading ``FD``."""

    def __init__(self, raw: bytes):
        from nmrglue.fileio.pipe import fdata_dic

        self.values, self.places = np.frombuffer(raw, "<f4").copy(), fdata_dic

    def __getitem__(self, name: str) -> float:
        return float(self.values[int(self.places["FD" + name])])

    def __setitem__(self, name: str, value: float):
        self.values[int(self.places["FD" + name])] = value

    def whole(self, name: str, low: int, high: int) -> int:
        """A word that must be a whole number between two bounds."""
        value = self[name]
        if not (value.is_integer() and low <= value <= high):
            raise ValueError(f"header word FD{name} is {value:g}, not a whole number from {low} to {high}")
        return int(value)

    def label(self, number: int) -> str:
        """The text in ``FDFnLABEL`` up to its end mark."""
        place = LABEL_WORD[number]
        return self.values[place : place + 2].tobytes().split(b"\0")[0].decode("ascii", "replace").strip()

    def set_label(self, number: int, text: str):
        """Write ``FDFnLABEL``, eight bytes."""
        place, field = LABEL_WORD[number], text.encode("ascii", "replace")[:8].ljust(8, b"\0")
        self.values[place : place + 2] = np.frombuffer(field, "<f4")


@dataclass(frozen=True)
class Dimension:
    """A dimension as stored: the n of ``FDFn``, its points, and the components of a point (1 or 2)."""

    number: int
    points: int
    quad: int


def nucleus(label: str) -> str:
    """The isotope a label such as ``HN``, ``N15`` or ``13C`` stands for; empty where it does not say."""
    if match := re.fullmatch(r"(\d{1,3})([A-Z][a-z]?)|([A-Z][a-z]?)(\d{1,3})", label):
        return (match[1] or match[4]) + (match[2] or match[3])
    match = re.fullmatch(ATOM, label)
    return NUCLEI[match[1] or match[2]] if match else ""


def dimensions(words: Words) -> list[Dimension]:
    """All dimensions of the data set, slowest first; ValueError where the header contradicts itself."""
    count = words.whole("DIMCOUNT", 1, 3)
    order = [words.whole(f"DIMORDER{place + 1}", 1, 4) for place in range(count)]
    if len(set(order)) != count:
        raise ValueError(f"header word FDDIMORDER names a dimension twice: {order}")
    quads = [2 - words.whole(f"F{number}QUADFLAG", 0, 1) for number in order]
    rows = [words.whole(name, 1, MAX_POINTS) for name in ("SIZE", "SPECNUM", "F3SIZE")[:count]]
    rows[0] *= quads[0]
    if quads[:2] == [1, 2] and words.whole("QUADFLAG", 0, 1) == 0:
        rows[1] *= 2  # with a real fast dimension FDSPECNUM counts complex points, otherwise rows
    if any(number % quad for number, quad in zip(rows, quads, strict=True)):
        raise ValueError(f"an odd number of rows ({rows}) cannot hold pairs of quadrature components")
    parts = zip(order, rows, quads, strict=True)
    return [Dimension(number, size // quad, quad) for number, size, quad in parts][::-1]


def _in_one_file(words: Words, found: list[Dimension]) -> list[Dimension]:
    """The dimensions a single file holds: a 3D that is not a stream has a plane a file."""
    return found if words["PIPEFLAG"] else found[-2:]


def _exchange(items: list, numbers: list[int]) -> list:
    """The list with F2 and the fast dimension in each other's place; its own inverse."""
    items, place = list(items), _direct_place(numbers)
    items[place], items[-1] = items[-1], items[place]
    return items


def _direct_place(numbers: list[int]) -> int:
    return numbers.index(DIRECT) if DIRECT in numbers else len(numbers) - 1


def _exchange_pairs(pairs: np.ndarray, place: int) -> np.ndarray:
    """:func:`_exchange` for an array with two axes, points and components, a dimension."""
    return pairs.swapaxes(2 * place, -2).swapaxes(2 * place + 1, -1)


def _unpack(flat: np.ndarray, stored: list[Dimension]) -> np.ndarray:
    """File order to a Spectrum's array: direct dimension last and complex, the others interleaved."""
    shape = [size for part in stored for size in (part.points, part.quad)]
    shape[-2:] = shape[:-3:-1]  # the fast dimension has components outside, points inside
    pairs = _exchange_pairs(flat.reshape(shape).swapaxes(-1, -2), _direct_place([p.number for p in stored]))
    rows = [pairs.shape[i] * pairs.shape[i + 1] for i in range(0, pairs.ndim, 2)]
    data = np.ascontiguousarray(pairs).reshape(rows)
    return data.view(np.complex64) if pairs.shape[-1] == 2 else data


def _pack(data: np.ndarray, stored: list[Dimension]) -> np.ndarray:
    """The inverse of :func:`_unpack`: float32 values in file order."""
    numbers = [part.number for part in stored]
    data = np.ascontiguousarray(data, np.complex64 if np.iscomplexobj(data) else np.float32).view(np.float32)
    shape = [size for part in _exchange(stored, numbers) for size in (part.points, part.quad)]
    pairs = _exchange_pairs(data.reshape(shape), _direct_place(numbers))
    return np.ascontiguousarray(pairs.swapaxes(-1, -2)).ravel()


def _axis(words: Words, part: Dimension, last: bool) -> Axis:
    """The axis of one dimension; sw and frequency that are not set (zero) count as 1, as in nmrglue."""
    name = f"F{part.number}"
    sw, mhz = words[name + "SW"] or 1.0, words[name + "OBS"] or 1.0
    domain = ("time", "frequency")[words.whole(name + "FTFLAG", 0, 1)]
    if domain == "time":
        carrier = words[name + "CAR"]
    else:
        carrier = (words[name + "ORIG"] + sw * (0.5 - 1 / part.points)) / mhz
    encoding = ("real", "complex" if last else "states")[part.quad - 1]
    if domain == "time" and not last:
        if part.quad == 2 and words[name + "AQSIGN"] in (2, 18):
            encoding = "states-tppi"
        elif part.quad == 1:
            encoding = {0: "qf", 1: "tppi"}.get(words["2DPHASE"], "real")
    return Axis(nucleus(words.label(part.number)), part.points, sw, mhz, carrier, domain, encoding)


def _axes(words: Words, stored: list[Dimension]) -> tuple[Axis, ...]:
    parts = _exchange(stored, [part.number for part in stored])
    return tuple(_axis(words, part, part is parts[-1]) for part in parts)


def byte_order(raw: bytes) -> str | None:
    """``<`` or ``>`` where the bytes begin like an NMRPipe header, None where they do not."""
    for order in "<>" if len(raw) >= 12 else "":
        if abs(struct.unpack_from(order + "f", raw, 8)[0] - 2.345) < 1e-5:  # quiet about what is no number
            return order
    return None


def _load(path: Path) -> tuple[Words, np.ndarray]:
    """Header and data of one file; nothing is read for sizes that the file does not have."""
    with open(path, "rb") as file:
        raw = file.read(HEADER_BYTES)
    if len(raw) < HEADER_BYTES:
        raise ValueError(f"{len(raw)} bytes are too few for an NMRPipe header of {HEADER_BYTES}")
    if not (order := byte_order(raw)):
        raise ValueError("not an NMRPipe file: header word FDFLTORDER is not 2.345")
    kind = np.dtype(order + "f4")
    words = Words(np.frombuffer(raw, kind).astype("<f4").tobytes())
    for text in TEXT_WORDS:  # characters, which no machine swaps
        words.values[text] = np.frombuffer(raw, "<f4")[text]
    values = math.prod(part.points * part.quad for part in _in_one_file(words, dimensions(words)))
    found = os.path.getsize(path) - HEADER_BYTES
    if found != 4 * values:
        raise ValueError(f"{found} bytes of data where the header promises {4 * values}")
    return words, np.fromfile(path, kind, offset=HEADER_BYTES).astype(np.float32, copy=False)


def _load_planes(template: Path) -> tuple[list[Words], np.ndarray]:
    """Headers and data of a series of planes, counted from 1; all must have the layout of the first."""
    words, flat = _load(plane(template, 1))
    layout = dimensions(words)
    if len(layout) != 3:
        raise ValueError(f"the first plane is {len(layout)}D, not of a 3D data set")
    headers, planes, count = [words], [flat], layout[0].points * layout[0].quad
    for number in range(2, count + 1):
        file = plane(template, number)
        if not file.exists():
            raise ValueError(f"plane {number} of {count} is missing")
        words, flat = _load(file)
        if dimensions(words) != layout:
            raise ValueError(f"plane {number} has another layout than the first")
        headers.append(words)
        planes.append(flat)
    return headers, np.concatenate(planes)


def is_template(path) -> bool:
    """Whether a path is a plane template such as ``name%03d.ft3``."""
    name = Path(path).name
    return re.search(r"%0?\d?d", name) is not None and name.count("%") == 1


def plane(template, number: int) -> Path:
    """The path of one plane of a series."""
    return Path(template).with_name(Path(template).name % number)


def read_nmrpipe(path) -> Spectrum:
    """Read a file, a stream or, by a template such as ``name%03d.ft3``, a series of planes.

    A single plane of a 3D series is read as a 2D spectrum. Raises FormatError for bad bytes.
    """
    path = Path(path)
    try:
        if is_template(path):
            headers, flat = _load_planes(path)
            stored = dimensions(headers[0])
        else:
            words, flat = _load(path)
            headers, stored = [words], _in_one_file(words, dimensions(words))
        data, axes = _unpack(flat, stored), _axes(headers[0], stored)
    except ValueError as error:
        raise FormatError(path, str(error)) from error
    header = {"nmrpipe": tuple(words.values.tobytes() for words in headers), "crc32": zlib.crc32(flat)}
    return Spectrum(data, axes, header, str(path))


def write_nmrpipe(path, spectrum: Spectrum) -> None:
    """Write a file, or planes where the path is a template.

    A 3D in one file is a stream. Words of the header that an NMRPipe spectrum came with are kept where they
    hold. A spectrum that NMRPipe cannot hold is a UserError.
    """
    planes = is_template(path)
    if spectrum.data.ndim not in ((3,) if planes else (1, 2, 3)):
        raise UserError(
            f"{path}: a {spectrum.data.ndim}D spectrum does not fit; 1D to 3D go in a file, 3D in planes"
        )
    *indirect, direct = (axis.encoding for axis in spectrum.axes)
    if {"complex", "echo-antiecho"} & set(indirect) or direct not in ("real", "complex"):
        raise UserError(f"{path}: NMRPipe has no {direct} direct beside {indirect} indirect dimensions")
    headers, stored = _headers(spectrum)
    flat = _pack(spectrum.data, stored)
    extremes = None if spectrum.header.get("crc32") == zlib.crc32(flat) else (flat.max(), flat.min())
    for words in headers:
        _update(words, spectrum.axes, stored, extremes)
        if spectrum.data.ndim == 3:
            words["PIPEFLAG"] = 0 if planes else words["PIPEFLAG"] or 1
            words["FILECOUNT"] = stored[0].points * stored[0].quad if planes else 1
    if not planes:
        return _save(path, headers[0], flat)
    parts = flat.reshape(stored[0].points * stored[0].quad, -1)
    headers = headers if len(headers) == len(parts) else headers[:1] * len(parts)
    for number, (words, part) in enumerate(zip(headers, parts, strict=True), 1):
        _save(plane(path, number), words, part)


def _save(path, words: Words, flat: np.ndarray) -> None:
    with open(path, "wb") as file:
        file.write(words.values.tobytes())
        file.write(flat.astype("<f4", copy=False).data)


def _headers(spectrum: Spectrum) -> tuple[list[Words], list[Dimension]]:
    """The headers to write, the spectrum's own where they fit, and its dimensions in file order."""
    count, numbers = spectrum.data.ndim, None
    headers = [Words(raw) for raw in spectrum.header.get("nmrpipe", ())]
    if headers:
        found = dimensions(headers[0])
        found = found if len(headers) > 1 or len(found) == count else _in_one_file(headers[0], found)
        numbers = [part.number for part in found] if len(found) == count else None
    if numbers is None:
        headers, numbers = [_fresh(count)], [3, 1, 2][-count:]
    quads = [2 if axis.encoding in (*INTERLEAVED, "complex") else 1 for axis in spectrum.axes]
    natural = _exchange(numbers, numbers)
    parts = zip(natural, spectrum.axes, quads, strict=True)
    return headers, _exchange([Dimension(number, axis.size, quad) for number, axis, quad in parts], numbers)


def _fresh(count: int) -> Words:
    """The header of a data set that has none; its axes and sizes are still to be set."""
    from nmrglue.fileio.pipe import create_empty_dic, dic2fdata

    words = Words(dic2fdata(create_empty_dic()).astype("<f4").tobytes())
    words["DIMCOUNT"], words["2DPHASE"], words["SIZE"], words["QUADFLAG"] = count, 2, 1, 1
    words["PIPEFLAG"] = float(count == 3)
    return words


def _update(words: Words, axes: tuple[Axis, ...], stored: list[Dimension], extremes) -> None:
    """Write what has changed since the header was read: axes, sizes, range of intensities."""
    numbers = [part.number for part in stored]
    before = dimensions(words)[-len(stored) :]
    for part, axis, old in zip(_exchange(stored, numbers), axes, _axes(words, before), strict=True):
        if axis != old:
            _set_axis(words, part, axis)
    if stored != before:
        _set_sizes(words, stored)
    if extremes:
        words["MAX"], words["MIN"] = words["DISPMAX"], words["DISPMIN"] = extremes
        words["SCALEFLAG"] = 1


def _set_axis(words: Words, part: Dimension, axis: Axis) -> None:
    """Describe an axis as if it had been recorded like this: carrier in the middle, no extracted region."""
    name, size = f"F{part.number}", axis.size
    middle = size // 2  # where the Fourier transform puts zero frequency
    car = axis.carrier if axis.domain == "time" else float(axis.ppm(middle))
    words[name + "SW"], words[name + "OBS"], words[name + "CAR"] = axis.sw, axis.mhz, car
    words[name + "ORIG"] = car * axis.mhz - axis.sw * (size - 1 - middle) / size
    words[name + "CENTER"], words[name + "X1"], words[name + "XN"] = middle + 1, 0, 0
    words[name + "QUADFLAG"], words[name + "FTFLAG"] = 2 - part.quad, axis.domain == "frequency"
    if axis.domain == "time":
        words[name + "TDSIZE"] = words[name + "APOD"] = size
        words[name + "FTSIZE"], words[name + "AQSIGN"] = 0, 2 if axis.encoding == "states-tppi" else 0
        if part.number != DIRECT:
            words["2DPHASE"] = {"qf": 0, "tppi": 1}.get(axis.encoding, 2)
    else:
        words[name + "FTSIZE"], words[name + "AQSIGN"] = size, 0
        words[name + "TDSIZE"] = words[name + "TDSIZE"] or size
    if axis.nucleus != nucleus(words.label(part.number)):
        words.set_label(part.number, axis.nucleus)


def _set_sizes(words: Words, stored: list[Dimension]) -> None:
    """Write sizes and quadrature flags of a file in its own order."""
    fast, *slow = stored[::-1]
    words["SIZE"] = fast.points
    words["QUADFLAG"] = float(all(part.quad == 1 for part in stored[-2:]))
    words["REALSIZE"] = words["F2TDSIZE"] or fast.points
    if slow:
        words["SPECNUM"] = slow[0].points * (slow[0].quad if fast.quad == 2 else 1)
        words["SLICECOUNT"] = 0
    if len(slow) == 2:
        words["F3SIZE"] = slow[1].points * slow[1].quad
