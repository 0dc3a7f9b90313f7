"""Bruker folders, raw (``fid``, ``ser``) and processed (``1r``, ``2rr``, ``3rrr``), XWIN-NMR to TopSpin 4.

nmrglue reads the parameter files, the bytes and the submatrices; this module decides what they mean and
refuses what does not fit. Facts beyond the TopSpin manuals, checked on real files:

* A row of a raw file starts at a multiple of 1024 bytes (256 int32 or 128 float64 numbers), or rows follow
  each other without gaps; the file's size tells which. Values count in ``2**NC`` (raw) and ``2**NC_proc``.
* ppm axes as TopSpin shows them: a raw axis is centred at ``(SFO1 - SF) / SF`` with ``SF`` of the
  lowest-numbered ``pdata`` folder, or ``BF1`` where there is none or it is more than 1000 ppm away (a
  template never processed); a processed axis starts at ``OFFSET`` and spans ``SW_p / SF``.
* FIDs keep Bruker's sign: a Fourier transform with positive exponent, NMRPipe's, puts high ppm at index 0.
* Serial data: ``FnMODE`` of acqu2s/acqu3s gives the encoding, and ``MC2`` of proc2s/proc3s where it is 0
  (XWIN-NMR). Rows are never combined, but echo and anti-echo rows trade places: Bruker's first rotates
  backwards in t1, and ``echo-antiecho`` here has ``C + iS`` first. (TopSpin turns such data by 90 degrees
  too, so its ``PHC0`` of the direct dimension is off by that.) ``AQSEQ`` of a 3D is undone: F1 (acqu3s)
  first, then F2 (acqu2s).
"""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.schedules import read_schedule
from common.spectrum import INTERLEAVED, Axis, Spectrum

FNMODE = {1: "qf", 3: "tppi", 4: "states", 5: "states-tppi", 6: "echo-antiecho"}
MC2 = {0: "qf", 2: "tppi", 3: "states", 4: "states-tppi", 5: "echo-antiecho"}
ITEM_BYTES = {0: 4, 2: 8}  # DTYPA, DTYPP: int32 and float64
PROCESSED = {1: "1r", 2: "2rr", 3: "3rrr"}
BLOCK = 1024  # bytes
MOST_TEXT = 2**24  # bytes; a parameter file has some ten thousand
LARGEST_SCALE = 64  # |NC| of real files stays below 30


def read_bruker(path, processed: int | None = None) -> Spectrum:
    """Read a Bruker experiment (the folder of acqus: raw data) or a ``pdata/N`` folder (processed data).

    processed: number of the ``pdata`` folder to read in place of the raw data. ``path`` may also name the
    data file itself (``.../ser``, ``.../pdata/1/2rr``).

    Raw data come back complex along the direct dimension, one row of the data for a row of the file, without
    the digital filter's group delay (``GRPDLY``, or the table of Westler and Abildgaard by ``DSPFVS`` and
    ``DECIM``): shifted to time zero by its full, fractional length, which costs the last points. Processed
    data are the real part alone.

    Non-uniformly sampled raw data (``FnTYPE`` 2 and a ``nuslist``) come back as measured: the first axis has
    one complex point a line of the list, every further indirect axis has one. ``header["nus"]`` holds
    ``schedule``, the integers of the list, 0-based, shape ``(points, columns)`` with column 0 for F of acqu2s
    and column 1 for acqu3s, and ``full_size``, the grid's complex points in the order of the columns
    (``NusTD``; ``TD`` where that is missing).

    The header holds the parameter files by name and ``group_delay`` in points.
    Raises FormatError where a file is missing, damaged, of the wrong size, or of a kind that is not read.
    """
    folder = Path(path)
    if folder.is_file():
        folder = folder.parent
    if processed is not None:
        folder = folder / "pdata" / str(processed)
    if not folder.is_dir():
        raise FormatError(folder, "no such folder")
    if (folder / "acqus").is_file():
        return _read_raw(folder)
    if (folder / "procs").is_file():
        return _read_processed(folder)
    raise FormatError(folder, "neither acqus nor procs in it, so not a Bruker experiment or pdata folder")


class _Lines(io.StringIO):
    """Lines of a file whose end is an error when met twice: nmrglue would look for a lost ``>`` for ever."""

    ends = 0

    def readline(self):
        line = super().readline()
        self.ends += not line
        if not line and self.ends == 2:
            raise EOFError
        return line


class _Parameters(dict):
    """A parameter file (acqus, proc2s, ...) as a dict; the look-ups name the file when they fail."""

    def __init__(self, file: Path):
        import nmrglue

        self.file = file
        if not file.is_file():
            raise FormatError(file, "is missing")
        if file.stat().st_size > MOST_TEXT:
            raise FormatError(file, "is far too long for a parameter file")
        text = file.read_bytes().decode(errors="replace")
        if "##END=" not in text:
            raise FormatError(file, "is cut short: it has no ##END= line")
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            try:
                found = nmrglue.bruker.parse_jcamp_file(_Lines(text), {"_coreheader": [], "_comments": []})
            except Exception as error:
                raise FormatError(file, f"is damaged: {str(error) or type(error).__name__:.100}") from None
        super().__init__(found)

    def number(self, name: str, default=None) -> float:
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
            raise FormatError(self.file, f"{name} is {value!r:.40}, not a number")
        return float(value)

    def whole(self, name: str, low: int, high: int, default=None) -> int:
        value = self.number(name, default)
        if value != int(value) or not low <= value <= high:
            raise FormatError(self.file, f"{name} is {value:g}, not a whole number from {low} to {high}")
        return int(value)

    def choice(self, name: str, choices: dict, default=None):
        value = self.get(name, default)
        if isinstance(value, list) or value not in choices:
            raise FormatError(
                self.file, f"{name} {value!r:.40} is not one that is read here: {sorted(choices)}"
            )
        return choices[value]


def _axis(parameters: _Parameters, **fields) -> Axis:
    try:
        return Axis(**fields)
    except ValueError as error:
        raise FormatError(parameters.file, str(error)) from None


def _nucleus(parameters: _Parameters | None, name: str) -> str:
    value = parameters.get(name, "") if parameters else ""
    return value if isinstance(value, str) and value != "off" else ""


def _suffixed(name: str, dimensions: int) -> list[str]:
    """``acqu`` -> ``[acqus, acqu2s, acqu3s]``: direct dimension first, as Bruker counts."""
    return [f"{name}{number if number > 1 else ''}s" for number in range(1, dimensions + 1)]


# Raw data


def _read_raw(folder: Path) -> Spectrum:
    acqus = _Parameters(folder / "acqus")
    dimensions = 1 + acqus.whole("PARMODE", 0, 2, default=int((folder / "ser").is_file()))
    file = folder / ("fid" if dimensions == 1 else "ser")
    if not file.is_file():
        reason = f"{dimensions}D by acqus (PARMODE), but no {file.name}; processed data: folder pdata/N"
        raise FormatError(folder, reason)
    acqu = [acqus] + [_Parameters(folder / name) for name in _suffixed("acqu", dimensions)[1:]]
    proc = _processing(folder, dimensions)
    acqus.choice("AQ_mod", {1: "qsim", 3: "DQD"})
    encodings = [_encoding(a, p) for a, p in zip(acqu[1:], proc[1:], strict=True)]
    nus = _schedule(folder, acqu[1:], encodings) if acqus.get("FnTYPE") == 2 and dimensions > 1 else None
    counts, visits = _counts(acqu[1:], encodings, nus), len(nus["schedule"]) if nus else 1
    delay = group_delay(acqus)
    data = without_delay(_raw_numbers(file, acqus, visits * math.prod(counts)), delay, acqus)
    data = _arranged(data, counts, acqus, visits)
    for number, encoding in enumerate(encodings, start=2):
        if encoding == "echo-antiecho":
            data = _swapped_pairs(data, data.ndim - number)
    axes = [_raw_axis(acqus, proc[0], data.shape[-1], "complex")]
    for number, encoding in enumerate(encodings, start=1):
        size = data.shape[-1 - number] // (2 if encoding in INTERLEAVED else 1)
        axes.insert(0, _raw_axis(acqu[number], proc[number], size, encoding))
    header = {parameters.file.name: dict(parameters) for parameters in acqu} | {"group_delay": delay}
    return Spectrum(data, tuple(axes), header | ({"nus": nus} if nus else {}), str(folder))


def _processing(folder: Path, dimensions: int) -> list[_Parameters | None]:
    """procs, proc2s, ... of the lowest-numbered pdata folder; None for what is not there."""
    numbered = [place for place in folder.glob("pdata/*") if place.name.isdecimal()]
    first = min(numbered, key=lambda place: int(place.name), default=folder)
    files = [first / name for name in _suffixed("proc", dimensions)]
    return [_Parameters(file) if file.is_file() else None for file in files]


def _encoding(acqu: _Parameters, proc: _Parameters | None) -> str:
    if acqu.get("FnMODE", 0) != 0:
        return acqu.choice("FnMODE", FNMODE)
    if proc is None:
        raise FormatError(
            acqu.file, "FnMODE is undefined, and no pdata folder has MC2 in its place; set FnMODE"
        )
    return proc.choice("MC2", MC2)


def _schedule(folder: Path, acqu: list[_Parameters], encodings: list[str]) -> dict:
    """The nuslist, checked against the grid it chooses from."""
    full = []
    for parameters, encoding in zip(acqu, encodings, strict=True):
        name = "NusTD" if parameters.get("NusTD") else "TD"
        full.append(parameters.whole(name, 1, 2**31) // (2 if encoding in INTERLEAVED else 1))
    schedule = read_schedule(folder / "nuslist", full, base=0, allow_duplicates=True)
    return {"schedule": schedule.points, "full_size": schedule.size}


def _counts(acqu: list[_Parameters], encodings: list[str], nus: dict | None) -> list[int]:
    """Rows of F2 and F1 in the file; for non-uniform data the rows of each in one point of the schedule."""
    if nus:
        return [2 if encoding in INTERLEAVED else 1 for encoding in encodings]
    counts = [parameters.whole("TD", 1, 2**31) for parameters in acqu]
    for count, encoding, parameters in zip(counts, encodings, acqu, strict=True):
        if encoding in INTERLEAVED and count % 2:
            raise FormatError(parameters.file, f"TD is {count}, but {encoding} needs pairs of rows")
    return counts


def _raw_numbers(file: Path, acqus: _Parameters, rows: int) -> np.ndarray:
    """Complex array (rows, points) of a fid or ser file, after its size has been checked."""
    import nmrglue

    item = acqus.choice("DTYPA", ITEM_BYTES, default=0)
    numbers = acqus.whole("TD", 2, 2**31)
    scale = 2.0 ** acqus.whole("NC", -LARGEST_SCALE, LARGEST_SCALE, default=0)
    if numbers % 2:
        raise FormatError(acqus.file, f"TD is {numbers}, but complex points need an even number")
    padded = -(-numbers * item // BLOCK) * BLOCK
    size = file.stat().st_size
    width = next((width for width in (padded, numbers * item) if rows * width == size), None)
    if width is None:
        needs = f"{rows * padded} or {rows * numbers * item}"
        raise FormatError(file, f"has {size} bytes, not {needs} for {rows} rows of {numbers} (TD, DTYPA)")
    big = acqus.choice("BYTORDA", {0: False, 1: True}, default=0)
    shape = (rows, width // item // 2)
    _, data = nmrglue.bruker.read_binary(str(file), shape=shape, cplex=True, big=big, isfloat=item == 8)
    data = data[:, : numbers // 2]
    if not np.isfinite(data).all() or np.abs(data.real).max() > 1e100 or np.abs(data.imag).max() > 1e100:
        raise FormatError(file, "holds values that are not numbers")
    return data * scale


def _arranged(data: np.ndarray, counts: list[int], acqus: _Parameters, visits: int) -> np.ndarray:
    """Rows in file order -> (F1, F2, points), F1 the slowest; the file visits the grid ``visits`` times."""
    points = data.shape[-1]
    f1_fastest = len(counts) == 2 and acqus.choice("AQSEQ", {0: False, 1: True}, default=0)
    data = data.reshape(visits, *(counts if f1_fastest else counts[::-1]), points)
    if f1_fastest:
        data = data.swapaxes(1, 2)
    return data.reshape(visits * counts[-1], *counts[:-1], points) if counts else data[0]


def _swapped_pairs(data: np.ndarray, axis: int) -> np.ndarray:
    before, after = data.shape[:axis], data.shape[axis + 1 :]
    return np.flip(data.reshape(*before, -1, 2, *after), axis + 1).reshape(data.shape)


def group_delay(acqus: _Parameters) -> float:
    """Delay of the digital filter in complex points; 0 without one."""
    import nmrglue

    table = nmrglue.bruker.bruker_dsp_table
    firmware, decimation = acqus.number("DSPFVS", 0), acqus.number("DECIM", 1)
    given = acqus.number("GRPDLY", -1)
    if acqus.get("DIGMOD", 1) == 0:
        return 0.0
    if given > 0 or firmware not in table:  # firmware 14 and above always gives the delay
        return max(given, 0.0)
    if decimation == 1:
        return 0.0
    if decimation not in table[firmware]:
        raise FormatError(
            acqus.file, f"no GRPDLY, and DECIM {decimation:g} is not tabulated for DSPFVS {firmware:g}"
        )
    return table[firmware][decimation]


def without_delay(data: np.ndarray, delay: float, acqus: _Parameters) -> np.ndarray:
    """Move time zero from ``delay`` to the first point; what wraps round to the end is cut off.

    The wrapped points are the filter's response before time zero. Folding them back on the start, as nmrglue
    does, agrees less well with TopSpin's own spectra (correlation below 0.99 against 0.999 on 1D 1H data).
    """
    points = data.shape[-1]
    if delay == 0:
        return data
    if delay >= points - 1:
        raise FormatError(acqus.file, f"the group delay {delay:g} is longer than the FID of {points} points")
    turns = np.exp(2j * np.pi * delay * np.fft.fftfreq(points))
    return np.fft.ifft(np.fft.fft(data, axis=-1) * turns, axis=-1)[..., : points - math.ceil(delay)]


def _raw_axis(acqu: _Parameters, proc: _Parameters | None, size: int, encoding: str) -> Axis:
    base = acqu.number("BF1")
    reference = proc.number("SF", base) if proc else base
    if not abs(reference - base) <= 1e-3 * abs(base):
        reference = base
    if not reference > 0:
        raise FormatError(acqu.file, f"BF1 is {base:g} MHz, not a frequency")
    carrier = (acqu.number("SFO1") - reference) / reference * 1e6
    return _axis(
        acqu,
        nucleus=_nucleus(acqu, "NUC1"),
        size=size,
        sw=acqu.number("SW_h"),
        mhz=reference,
        carrier=carrier,
        domain="time",
        encoding=encoding,
    )


# Processed data


def _read_processed(folder: Path) -> Spectrum:
    procs = _Parameters(folder / "procs")
    found = [dimensions for dimensions, name in PROCESSED.items() if (folder / name).is_file()]
    if not found:
        raise FormatError(folder, f"none of {', '.join(PROCESSED.values())} in it")
    dimensions = found[0] if len(found) == 1 else 1 + procs.whole("PPARMOD", 0, 2)
    proc = [procs] + [_Parameters(folder / name) for name in _suffixed("proc", dimensions)[1:]]
    files = [folder.parent.parent / name for name in _suffixed("acqu", dimensions)]
    acqu = [_Parameters(file) if file.is_file() else None for file in files]
    data = _processed_numbers(folder / PROCESSED[dimensions], proc)
    axes = tuple(_processed_axis(p, a) for p, a in zip(proc, acqu, strict=True))[::-1]
    header = {parameters.file.name: dict(parameters) for parameters in proc + acqu if parameters is not None}
    return Spectrum(data, axes, header, str(folder))


def _processed_numbers(file: Path, proc: list[_Parameters]) -> np.ndarray:
    """Real array, direct dimension last, of a file whose size has been checked; submatrices undone."""
    import nmrglue

    procs = proc[0]
    item = procs.choice("DTYPP", ITEM_BYTES, default=0)
    scale = 2.0 ** procs.whole("NC_proc", -LARGEST_SCALE, LARGEST_SCALE, default=0)
    shape = [parameters.whole("SI", 1, 2**31) for parameters in proc[::-1]]
    blocks = [parameters.whole("XDIM", 0, 2**31, default=0) for parameters in proc[::-1]]
    blocks = [block or size for block, size in zip(blocks, shape, strict=True)] if len(proc) > 1 else shape
    stored = [-(-size // block) * block for size, block in zip(shape, blocks, strict=True)]
    size, needs = file.stat().st_size if file.is_file() else 0, math.prod(stored) * item
    if size != needs:
        raise FormatError(file, f"has {size} bytes, but SI {shape} in submatrices of {blocks} needs {needs}")
    big = procs.choice("BYTORDP", {0: False, 1: True}, default=0)
    _, data = nmrglue.bruker.read_pdata_binary(str(file), tuple(stored), tuple(blocks), big, item == 8)
    data = data[tuple(slice(size) for size in shape)]
    if not np.isfinite(data).all() or max(-data.min(), data.max()) > 1e100:
        raise FormatError(file, "holds values that are not numbers")
    return data * scale


def _processed_axis(proc: _Parameters, acqu: _Parameters | None) -> Axis:
    if proc.get("FT_mod") in (0, "no"):
        raise FormatError(
            proc.file, "this dimension is not transformed yet (FT_mod 0); read the raw data instead"
        )
    mhz, width = proc.number("SF"), proc.number("SW_p")
    if not mhz > 0:
        raise FormatError(proc.file, f"SF is {mhz:g} MHz, not a frequency")
    return _axis(
        proc,
        nucleus=_nucleus(acqu, "NUC1") or _nucleus(proc, "AXNUC"),
        size=proc.whole("SI", 1, 2**31),
        sw=width,
        mhz=mhz,
        carrier=proc.number("OFFSET") - width / mhz / 2,
    )
