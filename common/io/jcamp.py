"""JCAMP-DX files of NMR: 1D spectra and FIDs, real or with an imaginary page; 2D spectra, a page a row.

Davies and Lampen, Appl. Spectrosc. 47, 1093 (1993). Facts beyond it, checked on files of Bruker, Varian,
JEOL, MestReNova, Nanalysis and Q Magnetics:

* Where 0 ppm lies: ``$OFFSET`` (ppm of the first point) where Bruker software wrote the file, else
  ``.SHIFT REFERENCE`` (a point, counted from 1, and its ppm), else the abscissae are hertz from 0 ppm or ppm.
  Of a FID both speak of the spectrum after its transform.
* The frequency of 0 ppm is ``$SF``, or ``.OBSERVE FREQUENCY`` where there is none.
* A FID of Bruker software still has the group delay of its digital filter, and it goes as in ``bruker.py``.
* The imaginary page of a spectrum turns the other way (as TopSpin's ``1i`` does): it comes back negated, so
  that the spectrum is the transform of a FID that starts at time zero, and phases as all spectra here.
* ``NPOINTS`` of Varian files is one too many.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.bruker import group_delay, without_delay
from common.io.jcamptables import finite, number, tables
from common.io.text import read_bytes
from common.spectrum import Axis, Spectrum

MOST_TEXT = 2**28  # bytes
KINDS = {"NMRSPECTRUM": "frequency", "NMRFID": "time", "NDNMRSPECTRUM": "2D"}
_LABEL = re.compile(r"^[ \t]*##([^=\n]*)=", re.MULTILINE)
_COMMENT = re.compile(r"\$\$[^\n]*")


def is_jcamp(head: bytes) -> bool:
    """Whether the first bytes of a file are those of JCAMP-DX."""
    return re.match(rb"(\xef\xbb\xbf)?\s*##\s*TITLE", head, re.IGNORECASE) is not None


def read_jcamp(path) -> Spectrum:
    """Read the first NMR spectrum or FID of a JCAMP-DX file.

    A 1D spectrum is real, or complex where the file has an imaginary page; a FID is complex and turns as all
    FIDs here; a 2D spectrum is real, F1 first. The header holds the labels of the block, in capitals without
    spaces and dashes, each with its list of texts. Raises FormatError for anything else.
    """
    blob = read_bytes(path, MOST_TEXT)
    if not is_jcamp(blob[:64]):
        raise FormatError(path, "does not begin with ##TITLE=, so it is no JCAMP-DX file")
    text = blob.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    kind, labels = _block(path, _COMMENT.sub("", text))
    try:
        data, axes = _plane(labels) if kind == "2D" else _line(path, labels, kind)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        reason = f"has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
        raise FormatError(path, f"JCAMP-DX: {reason}") from None
    header = {key: value for key, value in labels.items() if key not in ("XYDATA", "DATATABLE")}
    return Spectrum(data, axes, {"jcamp": header}, str(path))


def _block(path, text: str) -> tuple[str, dict[str, list[str]]]:
    """Kind and labels of the first block with NMR data; blocks may stand in one another (LINK)."""
    marks = list(_LABEL.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    stack: list[dict] = []
    kinds = set()
    for mark, end in zip(marks, ends, strict=True):
        key, value = re.sub(r"[\s_/-]", "", mark[1]).upper(), text[mark.end() : end].strip()
        if key == "TITLE":
            stack.append({})
        elif key != "END" and stack:
            stack[-1].setdefault(key, []).append(value)
        if key == "END" or mark is marks[-1]:
            labels = stack.pop() if stack else {}
            kind = re.sub(r"\s", "", labels.get("DATATYPE", [""])[0]).upper()
            kinds.add(labels.get("DATATYPE", ["none"])[0])
            if kind in KINDS and ("XYDATA" in labels or "DATATABLE" in labels):
                return KINDS[kind], labels
    found = ", ".join(sorted(kinds - {"none"})) or "none"
    raise FormatError(path, f"no block with the data of an NMR spectrum or FID (DATA TYPE: {found:.80})")


def _line(path, labels: dict, domain: str) -> tuple[np.ndarray, tuple[Axis]]:
    """Data and axis of a 1D block."""
    found = tables(labels)
    real = next((values for kind, values in found if kind != "I"), None)
    if real is None:
        raise ValueError("there is no real part")
    imaginary = next((values for kind, values in found if kind == "I"), None)
    if domain == "time" and imaginary is None:
        raise ValueError("the FID has no imaginary part; one recorded in a single channel is not read")
    if imaginary is not None and len(imaginary) != len(real):
        raise ValueError(f"{len(real)} real and {len(imaginary)} imaginary points")
    data = real if imaginary is None else real + (1j if domain == "time" else -1j) * imaginary
    first, last, unit = _span(labels, "X")
    mhz = _mhz(labels, 0)
    if domain == "time":
        return _fid(path, labels, data, (last - first) / (len(data) - 1), mhz)
    axis = _frequency_axis(labels, len(data), (first, last), unit, mhz)
    if first < last:
        data = data[::-1]
    return data, (axis if imaginary is None else _complex(axis),)


def _fid(path, labels: dict, data, dwell: float, mhz: float) -> tuple[np.ndarray, tuple[Axis]]:
    if not dwell > 0:
        raise ValueError("the points of the FID have no distance in time")
    axis = Axis(_nucleus(labels), len(data), 1 / dwell, mhz, 0.0, "time", "complex")
    if "$SFO1" in labels:
        carrier = (number(labels, "$SFO1") - mhz) / mhz * 1e6
    else:
        point, ppm = _reference(labels) or (len(data) / 2, 0.0)
        carrier = ppm - axis.ppm(point)
    delay = group_delay(_Acqus(path, labels)) if "$DECIM" in labels else 0.0
    data = without_delay(data, delay, _Acqus(path, labels))
    return data, (Axis(axis.nucleus, len(data), 1 / dwell, mhz, carrier, "time", "complex"),)


def _plane(labels: dict) -> tuple[np.ndarray, tuple[Axis, Axis]]:
    """Data and axes of a 2D block: a page a row of F1."""
    rows = [values for kind, values in tables(labels) if kind != "I"]
    if len(rows) < 2 or len({len(row) for row in rows}) != 1:
        raise ValueError(f"{len(rows)} pages that do not make a plane")
    data, axes = np.array(rows), []
    for place, symbol in enumerate(("F1", "F2")):
        first, last, unit = _span(labels, symbol)
        # Bruker's labels come for F2 first
        labels_of = {key: value[1 - place :] for key, value in labels.items() if key.startswith("$")}
        mhz = _mhz({**labels, **labels_of} if place else labels_of, place)
        nuclei = labels.get(".NUCLEUS", [","])[0].replace("^", "").split(",")
        nucleus = nuclei[place].strip() if len(nuclei) == 2 else ""
        axis = _frequency_axis(labels_of, data.shape[place], (first, last), unit, mhz)
        axes.append(Axis(nucleus, axis.size, axis.sw, axis.mhz, axis.carrier))
        data = np.flip(data, place) if first < last else data
    return data, tuple(axes)


def _frequency_axis(labels: dict, size: int, ends: tuple[float, float], unit: str, mhz: float) -> Axis:
    """The axis of a spectrum whose first and last abscissae are ``ends``."""
    if size < 2 or ends[0] == ends[1]:
        raise ValueError(f"{size} points from {ends[0]:g} to {ends[1]:g} make no spectrum")
    scale = {"HZ": 1.0, "PPM": mhz}.get(unit)
    if scale is None:
        raise ValueError(f"abscissae in {unit or 'no unit'}, not in HZ or PPM")
    left = max(ends) * scale / mhz
    width = abs(ends[0] - ends[1]) * scale * size / (size - 1)
    axis = Axis(_nucleus(labels), size, width, mhz, 0.0)
    if "$OFFSET" in labels:
        left = number(labels, "$OFFSET")
    elif unit == "HZ" and (reference := _reference(labels)):
        point, ppm = reference
        left = ppm + axis.ppm(0) - axis.ppm(point)
    return Axis(axis.nucleus, size, width, mhz, left - axis.ppm(0))


def _complex(axis: Axis) -> Axis:
    return Axis(axis.nucleus, axis.size, axis.sw, axis.mhz, axis.carrier, "frequency", "complex")


def _span(labels: dict, symbol: str) -> tuple[float, float, str]:
    """First and last abscissa and their unit."""
    if "FIRSTX" in labels and symbol == "X":
        return number(labels, "FIRSTX"), number(labels, "LASTX"), labels["XUNITS"][0].upper()
    symbols = [word.strip().upper() for word in labels["SYMBOL"][0].split(",")]
    if symbol not in symbols:
        raise ValueError(f"SYMBOL does not name {symbol}")
    place = symbols.index(symbol)
    first, last, unit = (labels[name][0].split(",")[place] for name in ("FIRST", "LAST", "UNITS"))
    return finite(first), finite(last), unit.strip().upper()


def _mhz(labels: dict, place: int) -> float:
    """Frequency of 0 ppm; ``place`` says which dimension lacks one."""
    name = next((name for name in ("$SF", ".OBSERVEFREQUENCY") if labels.get(name)), None)
    if name is None:
        raise ValueError(f"no frequency of dimension F{place + 1}")
    mhz = number(labels, name)
    if not 1e-3 < mhz < 1e5:
        raise ValueError(f"{mhz:g} MHz is not a frequency")
    return mhz


def _nucleus(labels: dict) -> str:
    return labels.get(".OBSERVENUCLEUS", [""])[0].replace("^", "").strip()


def _reference(labels: dict) -> tuple[float, float] | None:
    """Index (from 0) and ppm of the reference point."""
    words = [word.strip(" ()") for word in labels.get(".SHIFTREFERENCE", [""])[0].split(",")]
    if len(words) != 4:
        return None
    try:
        return max(finite(words[2]) - 1, 0.0), finite(words[3])
    except ValueError:
        return None


class _Acqus:
    """Acquisition parameters of the labels, as the Bruker reader asks for them."""

    def __init__(self, path, labels: dict):
        self.file = Path(path)
        self._labels = labels

    def get(self, name: str, default=None):
        return self.number(name) if f"${name}" in self._labels else default

    def number(self, name: str, default: float = 0.0) -> float:
        return number(self._labels, f"${name}") if f"${name}" in self._labels else default
