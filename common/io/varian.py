"""Varian and Agilent folders: ``fid`` and ``procpar``, one to three dimensions, uniform or not.

nmrglue reads the data; this module checks the sizes before any memory is taken and turns the data to the
conventions that everything else here has:

* Varian's sense of rotation is the other one than NMRPipe's, so the direct dimension is conjugated; a Fourier
  transform with positive exponent then puts high ppm at index 0 (checked on measured 1H and 13C FIDs).
* Phase-sensitive rows are combined into cosine and sine parts as ``f1coef`` (``f2coef``) says. Its numbers
  are pairs ``x, y`` that stand for ``x + iy``: factors of rows 1 and 2 in the cosine part, then in the sine
  part; ``1 0 0 0 0 0 -1 0`` where it is empty, as VnmrJ has it. So the encoding is ``states`` whatever the
  experiment was, Rance-Kay too (``1 0 -1 0 0 -1 0 -1``); nothing is lost, as the combination can be inverted.
* ppm: the direct dimension is referenced by ``reffrq``. procpars of protein data often carry another
  spectrometer's; then 1H in water or D2O has its carrier put on water (at the shift of Gottlieb et al.,
  J. Org. Chem. 62, 7512 (1997)), and ``header["note"]`` says so.
  Other nuclei follow from 1H by the ratios of Markley et al., Pure Appl. Chem. 70, 117 (1998).
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.schedules import read_schedule
from common.io.text import read_lines
from common.spectrum import INTERLEAVED, Axis, Spectrum

NAME = re.compile(r"[A-Za-z_][\w.]*")
HEADER, BLOCK_HEADER = 32, 28  # bytes
MOST_TEXT = 2**24  # bytes; a procpar has some ten thousand
XI = {"1H": 1.0, "2H": 0.153506088, "13C": 0.251449530, "15N": 0.101329118, "31P": 0.404808636}
#: Which channel an axis is on, by the letter for it in procpar's ``axis`` and by the decoupler left on.
AXIS_CHANNEL = {"p": "sfrq", "d": "dfrq", "1": "dfrq", "2": "dfrq2", "3": "dfrq3"}
DECOUPLED = {"dm": "dfrq", "dm2": "dfrq2", "dm3": "dfrq3"}
NUCLEUS_OF = {"sfrq": "tn", "dfrq": "dn", "dfrq2": "dn2", "dfrq3": "dn3"}
DEFAULT_COEFFICIENTS = "1 0 0 0 0 0 -1 0"


def read_varian(path) -> Spectrum:
    """Read the raw data of a Varian or Agilent folder, or of the ``fid`` or ``procpar`` in it.

    The data are complex along the direct dimension; indirect axes are ``states`` (``phase`` arrayed as 1, 2),
    or ``qf``, or ``tppi`` (``phase`` 3). A 3D has the dimension of ``ni2`` first, then that of ``ni``.

    Non-uniform data: with a ``sampling.sch`` in the folder the rows stay as measured. The first axis has one
    point a line, a second indirect axis has one; ``header["nus"]`` holds ``schedule``, the 0-based integers
    of the file, column 0 for ``ni`` and column 1 for ``ni2``, and ``full_size``, the grid in their order.
    Without one, ``ni`` counts the rows that are there and the caller has the schedule.

    The header holds ``procpar`` as lists of text, and ``fid``, the file header.
    Raises FormatError where a file is missing, damaged or of the wrong size, and for arrays over anything but
    ``phase`` and ``phase2``.
    """
    folder = Path(path)
    folder = folder.parent if folder.is_file() else folder
    procpar = _Procpar(folder / "procpar")
    sizes = [procpar.whole(name, 0, 2**24, default=1) for name in ("ni", "ni2")]
    sizes = [max(size, 1) for size in sizes]
    dimensions = 3 if sizes[1] > 1 else 2 if sizes[0] > 1 else 1
    sizes = sizes[: dimensions - 1]
    arrayed = _arrayed(procpar, dimensions)
    encodings = [_encoding(procpar, name, arrayed) for name in ("phase", "phase2")[: dimensions - 1]]
    header, rows = _rows(folder / "fid", procpar)
    nus = _schedule(folder / "sampling.sch", sizes)
    data = _arranged(np.conj(rows), sizes, encodings, arrayed, nus, folder / "fid")
    for number, encoding in enumerate(encodings, start=1):
        if encoding == "states":
            data = _combined(data, procpar, number)
    axes, note = _axes(procpar, data.shape, encodings)
    found = {"procpar": dict(procpar), "fid": header} | ({"nus": nus} if nus else {})
    return Spectrum(data, axes, found | ({"note": note} if note else {}), str(folder))


class _Procpar(dict):
    """Parameter name -> list of text values; the look-ups name the file when they fail."""

    def __init__(self, file: Path):
        self.file = file
        if not file.is_file() or file.stat().st_size > MOST_TEXT:
            raise FormatError(file, "is missing or far too long for a procpar")
        super().__init__(self._entries(enumerate(read_lines(file), 1)))

    def _entries(self, lines):
        """Name and values of every parameter: a line on it, its values, a line of choices.

        Not nmrglue's parser, which refuses entries added by hand (MddNMR asks for them), whose first line
        is the name alone.
        """
        number = 0
        try:
            for number, line in lines:
                if not line.strip():
                    continue
                name = line.split()[0]
                number, line = next(lines)
                count, _, rest = line.strip().partition(" ")
                texts = '"' in rest
                values = rest.split('"')[1::2] if texts else rest.split()
                while texts and len(values) < int(count):
                    number, line = next(lines)
                    values += line.split('"')[1::2] or [""]
                if not NAME.fullmatch(name) or len(values) != int(count):
                    raise FormatError(self.file, f"line {number}: not the {count:.10} values of {name:.20}")
                number, _ = next(lines)
                yield name, values
        except StopIteration:
            raise FormatError(self.file, "is cut short") from None
        except ValueError:
            raise FormatError(self.file, f"line {number}: no number of values; not a procpar?") from None

    def text(self, name: str, default: str | None = "") -> str:
        values = self.get(name) or [default]
        if values[0] is None:
            raise FormatError(self.file, f"has no {name}")
        return values[0]

    def number(self, name: str, default: float | None = None) -> float:
        word = self.text(name, None if default is None else str(default))
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not abs(value) < 1e15:
            raise FormatError(self.file, f"{name} is {word:.40}, not a number")
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.number(name, default)
        if value != int(value) or not low <= value <= high:
            raise FormatError(self.file, f"{name} is {value:g}, not a whole number from {low} to {high}")
        return int(value)


# Rows


def _arrayed(procpar: _Procpar, dimensions: int) -> list[str]:
    """Names of the arrayed phases, the fastest last."""
    names = [name for name in procpar.text("array").split(",") if name]
    if not set(names) <= set(("phase", "phase2")[: dimensions - 1]) or len(set(names)) < len(names):
        raise FormatError(
            procpar.file, f"array {','.join(names):.60} is not read; split the array into folders first"
        )
    return names


def _encoding(procpar: _Procpar, name: str, arrayed: list[str]) -> str:
    values = procpar.get(name, ["1"])
    if name in arrayed:
        if values != ["1", "2"]:
            raise FormatError(procpar.file, f"{name} is arrayed as {' '.join(values):.40}; only 1 2 is read")
        return "states"
    return "tppi" if values == ["3"] else "qf"


def _rows(file: Path, procpar: _Procpar) -> tuple[dict, np.ndarray]:
    """File header and complex rows, after the header has been checked against the file's size and procpar."""
    import nmrglue

    if not file.is_file():
        raise FormatError(file, "is missing")
    size = file.stat().st_size
    if size < HEADER:
        raise FormatError(file, f"has {size} bytes, fewer than its header")
    with open(file, "rb") as opened:
        header = nmrglue.varian.fileheader2dic(nmrglue.varian.get_fileheader(opened))
    item = nmrglue.varian.find_dtype(header).itemsize
    points, traces, blocks = header["np"], header["ntraces"], header["nblocks"]
    row = points * item
    block = traces * row + header["nbheaders"] * BLOCK_HEADER
    stated = (header["ebytes"], header["tbytes"], header["bbytes"])
    if min(points, traces, blocks, header["nbheaders"]) < 1 or points % 2 or stated != (item, row, block):
        raise FormatError(file, "has a damaged header: its counts of points, traces and bytes do not agree")
    if size != HEADER + blocks * block:
        raise FormatError(file, f"has {size} bytes, but its header needs {HEADER + blocks * block}")
    if procpar.whole("np", 2, 2**31) != points:
        raise FormatError(file, f"has {points} numbers in a row, but np in procpar is {procpar.text('np')}")
    _, data = nmrglue.varian.read_fid(str(file), as_2d=True)
    data = data.reshape(blocks * traces, points // 2)
    if not np.isfinite(data).all():
        raise FormatError(file, "holds values that are not numbers")
    return header, data


def _schedule(file: Path, sizes: list[int]) -> dict | None:
    if not sizes or not file.is_file():
        return None
    schedule = read_schedule(file, sizes, base=0, allow_duplicates=True)
    return {"schedule": schedule.points, "full_size": schedule.size}


def _arranged(rows, sizes, encodings, arrayed, nus, file) -> np.ndarray:
    """Rows in file order -> (rows of ni2, rows of ni, points).

    In the file ``ni2`` is slower than ``ni``, and both are slower than the phases.
    """
    parts = {
        name: 2 if code == "states" else 1 for name, code in zip(("phase", "phase2"), encodings, strict=False)
    }
    points = (1,) * (len(sizes) - 1) + (len(nus["schedule"]),) if nus else tuple(sizes)
    expected = math.prod(points) * math.prod(parts.values())
    if len(rows) != expected:
        shape = " x ".join(map(str, (*points, *parts.values()))) or "1"
        raise FormatError(
            file, f"has {len(rows)} rows, not {shape}: an unfinished array, or sampling.sch is missing"
        )
    if not sizes:
        return rows[0]
    if len(sizes) == 1:
        return rows
    order = arrayed if len(arrayed) == 2 else ["phase2", "phase"]
    data = rows.reshape(*points[::-1], *(parts[name] for name in order), rows.shape[-1])
    data = data if order[0] == "phase2" else data.swapaxes(2, 3)
    data = data.swapaxes(1, 2)  # ni2, phase2, ni, phase
    return np.ascontiguousarray(data.reshape(points[1] * parts["phase2"], points[0] * parts["phase"], -1))


def _combined(data: np.ndarray, procpar: _Procpar, number: int) -> np.ndarray:
    """Pairs of rows along indirect dimension ``number`` -> cosine and sine parts."""
    name = f"f{number}coef"
    words = (procpar.text(name).replace(",", " ") or DEFAULT_COEFFICIENTS).split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        values = np.zeros(0)
    if values.size != 8 or not (np.abs(values) < 1e3).all():
        raise FormatError(procpar.file, f"{name} is {procpar.text(name):.60}; eight numbers are needed")
    # conjugated as the data are; rows of the matrix: cosine, sine
    weights = np.conj(values[0::2] + 1j * values[1::2]).reshape(2, 2)
    if abs(np.linalg.det(weights)) < 1e-6:
        raise FormatError(procpar.file, f"{name} {' '.join(words):.60} does not tell two components apart")
    pairs = np.moveaxis(data, -1 - number, 0)
    first, second = pairs[0::2], pairs[1::2]
    mixed = np.empty(pairs.shape, dtype=complex)
    mixed[0::2] = weights[0, 0] * first + weights[0, 1] * second
    mixed[1::2] = weights[1, 0] * first + weights[1, 1] * second
    return np.ascontiguousarray(np.moveaxis(mixed, 0, -1 - number))


# Axes


def _axes(procpar: _Procpar, shape, encodings: list[str]) -> tuple[tuple[Axis, ...], str]:
    nucleus, mhz = _nucleus(procpar, "sfrq"), procpar.number("sfrq")
    zero, note = _zero(procpar, nucleus, mhz)
    axes = [_axis(procpar, nucleus, shape[-1], "sw", mhz, zero, "complex")]
    for number, encoding in enumerate(encodings, start=1):
        channel = _channel(procpar, number)
        kind = _nucleus(procpar, channel)
        if kind == nucleus:
            reference = zero
        elif kind in XI and nucleus in XI:
            reference = zero * XI[kind] / XI[nucleus]
        else:
            reference = procpar.number(f"reffrq{number}")
        size = shape[-1 - number] // (2 if encoding in INTERLEAVED else 1)
        axis = _axis(procpar, kind, size, f"sw{number}", procpar.number(channel), reference, encoding)
        axes.insert(0, axis)
    return tuple(axes), note


def _zero(procpar: _Procpar, nucleus: str, mhz: float) -> tuple[float, str]:
    """Frequency of 0 ppm in MHz, and what had to be assumed for it."""
    given = procpar.number("reffrq", 0)
    if abs(given - mhz) <= 1e-3 * abs(mhz):
        return given, ""
    solvent = procpar.text("solvent").lower()
    if nucleus != "1H" or not ("d2o" in solvent or "h2o" in solvent):
        raise FormatError(
            procpar.file, f"reffrq is {given:g} MHz for an observe frequency of {mhz:g}; correct it"
        )
    celsius = procpar.number("temp", 25)
    water = 5.060 - 0.0122 * celsius + 2.11e-5 * celsius**2
    note = f"reffrq {given:g} MHz is not for sfrq {mhz:g}: 1H carrier taken to be on water, {water:.3f} ppm"
    return mhz / (1 + water * 1e-6), note


def _channel(procpar: _Procpar, number: int) -> str:
    """Frequency parameter of an indirect axis: as referenced, as displayed, as decoupled, else observe."""
    source = procpar.text(f"refsource{number}")
    if source in NUCLEUS_OF:
        return source
    letter = procpar.text("axis")[number : number + 1]
    if letter in AXIS_CHANNEL:
        return AXIS_CHANNEL[letter]
    if number > 1:
        raise FormatError(
            procpar.file, f"neither refsource{number} nor axis says which nucleus ni{number} evolves"
        )
    return next((on for mode, on in DECOUPLED.items() if procpar.text(mode).endswith("y")), "sfrq")


def _nucleus(procpar: _Procpar, channel: str) -> str:
    """``N15`` -> ``15N``."""
    name = procpar.text(NUCLEUS_OF[channel])
    digits = name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return digits + name[: len(name) - len(digits)]


def _axis(procpar, nucleus, size, width, mhz, zero, encoding) -> Axis:
    if not (mhz > 0 and abs(mhz - zero) <= 1e-3 * mhz):
        raise FormatError(
            procpar.file, f"{nucleus} at {mhz:g} MHz is not within 1000 ppm of its reference {zero:g}"
        )
    carrier = (mhz - zero) / zero * 1e6
    sw = procpar.number(width)
    try:
        return Axis(nucleus, size, sw, zero, carrier, domain="time", encoding=encoding)
    except ValueError as error:
        raise FormatError(procpar.file, f"{width} is {sw:g}: {error}") from None
