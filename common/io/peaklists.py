"""Peak lists of Sparky, NMRPipe, XEASY, TopSpin and NEF, in and out.

Whatever the file, a :class:`PeakList` has its columns in the order of the axes of a ``Spectrum``: indirect
dimensions first, the direct one last. Sparky's w1, w2, ... stand in that order. NMRPipe's X is the direct
dimension, so its columns are turned round, and so are those of XEASY, which as a rule numbers the direct
dimension 1; lists that do not keep to the rule are told by ``nuclei``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from common.errors import FormatError, UserError
from common.io.text import number, read_lines, write_text

_NULL = -666.0  # what NMRPipe writes for "no value"
_UNASSIGNED = re.compile(r"None|\*|[?0-]+")
_ISOTOPES = {"H": "1H", "N": "15N", "C": "13C", "P": "31P", "F": "19F"}
_XEASY_SIZE = re.compile(r"#\s*Number of dimensions\s+(\d)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class PeakList:
    """Peaks of one spectrum of one to four dimensions.

    ppm: positions, shape ``(n, ndim)``, indirect dimensions first. nuclei: isotope of each dimension, empty
    where the file does not say. height, volume: shape ``(n,)``, NaN where the file gives none.
    assignment: one text a peak, empty where unassigned; atoms are joined by ``-``, alternatives by ``|``.
    """

    ppm: np.ndarray
    nuclei: tuple[str, ...]
    height: np.ndarray
    volume: np.ndarray
    assignment: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ppm)


class _Row(NamedTuple):
    ppm: list[float]
    height: float
    volume: float
    assignment: str
    number: str = ""


class _Layout(NamedTuple):
    """What a header says: the dimensions, how to read a row, and which lines are no rows."""

    nuclei: tuple[str, ...]
    parse: Callable[[list[str]], _Row]
    other: tuple[str, ...]


def read_peaks(path: str | Path) -> PeakList:
    """Read a peak list. Its header tells the format, not its extension. ``FormatError`` names the line."""
    lines = read_lines(path)
    if reader := _reader(lines):
        return reader(path)
    start, layout = _layout(path, lines)
    rows: list[_Row] = []
    for line, text in enumerate(lines[start:], start + 1):
        words = text.split()
        if not words or words[0].startswith(layout.other):
            continue
        try:
            row = layout.parse(words)
        except ValueError as error:
            raise FormatError(path, f"line {line}: {error}") from None
        if rows and row.number and (row.number, row.ppm) == (rows[-1].number, rows[-1].ppm):
            # XEASY lists a peak again for each further assignment
            rows[-1] = row._replace(assignment=f"{rows[-1].assignment}|{row.assignment}")
        else:
            rows.append(row)
    columns = list(zip(*rows, strict=True)) or [()] * 4
    ppm = np.array(columns[0], dtype=float).reshape(len(rows), len(layout.nuclei))
    return PeakList(ppm, layout.nuclei, np.array(columns[1], float), np.array(columns[2], float), columns[3])


def write_peaks(path: str | Path, peaks: PeakList, *, force: bool = False) -> None:
    """Write a peak list: Sparky ``.list``, NMRPipe ``.tab``, XEASY ``.peaks``, TopSpin ``.xml`` or ``.nef``.

    A Sparky list without heights and volumes has the three-column form. NMRPipe's point columns need a
    spectrum and are left out. XEASY has one intensity a peak: the volume, or the height in a list without
    volumes. ``UserError`` for another extension, an existing file, or a list that the format cannot hold.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UserError(
            f"{path}: peak lists are written as {', '.join(_WRITERS)}; use one of these extensions"
        )
    for place, text in enumerate(peaks.assignment, 1):
        if len(text.split()) > 1:
            raise UserError(f"{path}: assignment {text!r} of peak {place} has a space; no format holds that")
    try:
        lines = [line.rstrip() for line in writer(peaks)]
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    write_text(path, "\n".join(lines) + "\n", force=force)


def _reader(lines: list[str]) -> Callable[[str | Path], PeakList] | None:
    """The reader of a format that is not lines of words: TopSpin's XML, and NEF."""
    first = next((text.strip() for text in lines if text.strip()), "")
    if first.startswith("<"):
        from common.io.topspinpeaks import read_topspin_peaks

        return read_topspin_peaks
    if first.lower().startswith("data_"):
        from common.io.nefpeaks import read_nef_peaks

        return read_nef_peaks
    return None


def _layout(path, lines: list[str]) -> tuple[int, _Layout]:
    """Index of the line after the one that tells the format, and the layout."""
    for index, text in enumerate(lines):
        words = text.split()
        try:
            if words[1:2] == ["w1"]:
                return index + 1, _sparky(text)
            if words[:1] == ["VARS"]:
                return index + 1, _nmrpipe(lines, words[1:])
            if match := _XEASY_SIZE.match(text):
                return index + 1, _xeasy(lines, int(match[1]))
        except ValueError as error:
            raise FormatError(path, f"line {index + 1}: {error}") from None
    heads = "'Assignment w1 ...' (Sparky), 'VARS' (NMRPipe) or '# Number of dimensions' (XEASY)"
    raise FormatError(path, f"no line with {heads}; name a peak list")


def _sparky(header: str) -> _Layout:
    columns = re.findall(r"Data Height|lw\d \(hz\)|\S+", header)[1:]
    ndim = sum(re.fullmatch(r"w\d+", column) is not None for column in columns)
    if columns[:ndim] != [f"w{i + 1}" for i in range(ndim)]:
        raise ValueError("shift columns that are not w1, w2, ... in order")

    def parse(words):
        if len(words) < 1 + ndim:
            raise ValueError(f"{len(words)} columns, expected an assignment and {ndim} shifts")
        values, rest = {}, words[1 + ndim :]
        for column in columns[ndim:]:
            if rest and column in ("Data Height", "Height", "Volume"):
                values[column] = number(rest[0])
            # a volume is followed by how it was integrated, which has no column title
            rest = rest[2 if column == "Volume" and re.fullmatch("[a-z]{2}", "".join(rest[1:2])) else 1 :]
        height = values.get("Data Height", values.get("Height", math.nan))
        ppm = [number(word) for word in words[1 : 1 + ndim]]
        return _Row(ppm, height, values.get("Volume", math.nan), _assigned(words[0]))

    return _Layout(("",) * _checked(ndim), parse, ("#",))


def _nmrpipe(lines: list[str], names: list[str]) -> _Layout:
    axes = [axis for axis in "XYZA" if f"{axis}_PPM" in names]
    if not axes or axes != list("XYZA")[: len(axes)]:
        raise ValueError("no columns X_PPM, Y_PPM, ...; the table needs positions in ppm")
    labels, null = {}, {"*", str(int(_NULL))}
    for words in map(str.split, lines):
        if words[:1] == ["DATA"] and len(words) > 2:
            labels[words[1]] = words[2]
        elif words[:1] in (["NULLVALUE"], ["NULLSTRING"]):
            null.update(words[1:2])

    def parse(words):
        if len(words) > len(names):
            raise ValueError(f"{len(words)} values for the {len(names)} columns of VARS")
        row = dict(zip(names, words, strict=False))  # rows may stop early
        if missing := [axis for axis in axes if f"{axis}_PPM" not in row]:
            raise ValueError(f"the row stops before {missing[0]}_PPM")
        height, volume = (
            math.nan if row.get(name, "*") in null else number(row[name]) for name in ("HEIGHT", "VOL")
        )
        ppm = [number(row[f"{axis}_PPM"]) for axis in reversed(axes)]
        text = row.get("ASS", "*")
        return _Row(ppm, height, volume, "" if text in null else _assigned(text))

    nuclei = tuple(_nucleus(labels.get(f"{axis}_AXIS", "")) for axis in reversed(axes))
    return _Layout(nuclei, parse, ("REMARK", "DATA", "VARS", "FORMAT", "NULL", "#"))


def _xeasy(lines: list[str], ndim: int) -> _Layout:
    labels = {}
    for words in map(str.split, lines):
        if words[:1] == ["#INAME"] and len(words) > 2:
            labels[words[1]] = words[2]

    def parse(words):
        # number, shifts, colour, type, volume, its error, how integrated, unused, assignments
        if len(words) < ndim + 7:
            raise ValueError(f"{len(words)} columns, expected at least {ndim + 7} for {ndim} dimensions")
        volume, method = number(words[ndim + 3]), words[ndim + 5]
        atoms = " ".join(words[ndim + 7 :]).split("#", 1)[0].split()[:ndim]
        text = "-".join("?" if _UNASSIGNED.fullmatch(atom) else atom for atom in reversed(atoms))
        ppm = [number(word) for word in words[ndim:0:-1]]
        volume = math.nan if method == "-" and volume == 0 else volume
        return _Row(ppm, math.nan, volume, _assigned(text), words[0])

    nuclei = tuple(_nucleus(labels.get(str(i), "")) for i in range(_checked(ndim), 0, -1))
    return _Layout(nuclei, parse, ("#",))


def _checked(ndim: int) -> int:
    if not 1 <= ndim <= 4:
        raise ValueError(f"{ndim} dimensions; peak lists have one to four")
    return ndim


def _assigned(text: str) -> str:
    return "" if _UNASSIGNED.fullmatch(text) else text


def _nucleus(label: str) -> str:
    """Isotope of an axis label such as ``15N``, ``HN``, ``N15`` or ``CA``; empty where it tells none."""
    return label if re.fullmatch(r"\d{1,3}[A-Z][a-z]?", label) else _ISOTOPES.get(label[:1].upper(), "")


def _write_sparky(peaks: PeakList) -> Iterable[str]:
    intensities = {"Data Height": peaks.height, "Volume": peaks.volume}
    intensities = {name: values for name, values in intensities.items() if np.isfinite(values).any()}
    shifts = "".join(f"{f'w{i + 1}':>11}" for i in range(peaks.ppm.shape[1]))
    yield f"{'Assignment':>20}{shifts}" + "".join(f"{name:>17}" for name in intensities)
    yield ""
    unassigned = "-".join("?" * peaks.ppm.shape[1])
    for place, (ppm, text) in enumerate(zip(peaks.ppm, peaks.assignment, strict=True)):
        values = [value[place] for value in intensities.values()]
        while values and not np.isfinite(values[-1]):
            values.pop()
        if not np.isfinite(values).all():
            raise ValueError(f"peak {place + 1} has a volume but no height, which a Sparky list cannot say")
        row = "".join(f" {shift:10.4f}" for shift in ppm) + "".join(f" {value:16.7e}" for value in values)
        yield f"{text or unassigned:>20}{row}"


def _write_nmrpipe(peaks: PeakList) -> Iterable[str]:
    axes = "XYZA"[: peaks.ppm.shape[1]]
    for axis, nucleus in zip(axes, reversed(peaks.nuclei), strict=True):
        if nucleus:
            yield f"DATA  {axis}_AXIS {nucleus}"
    yield "VARS   INDEX " + " ".join(f"{axis}_PPM" for axis in axes) + " HEIGHT VOL ASS"
    yield "FORMAT %5d " + "%10.4f " * len(axes) + "%+.7e %+.7e %s"
    yield f"NULLVALUE {_NULL:.0f}"
    yield "NULLSTRING *"
    yield ""
    columns = zip(peaks.ppm, peaks.height, peaks.volume, peaks.assignment, strict=True)
    for place, (ppm, height, volume, text) in enumerate(columns, 1):
        values = (f"{value:+.7e}" if np.isfinite(value) else f"{_NULL:.0f}" for value in (height, volume))
        shifts = "".join(f" {shift:10.4f}" for shift in ppm[::-1])
        yield f"{place:5d}{shifts} {' '.join(values)} {text or '*'}"


def _write_xeasy(peaks: PeakList) -> Iterable[str]:
    ndim = peaks.ppm.shape[1]
    elements = {isotope: element for element, isotope in _ISOTOPES.items()}
    yield f"# Number of dimensions {ndim}"
    for place, nucleus in enumerate(reversed(peaks.nuclei), 1):
        if nucleus:
            yield f"#INAME {place} {elements.get(nucleus, nucleus)}"
    intensity = peaks.volume if np.isfinite(peaks.volume).any() else peaks.height
    for place, (ppm, value, text) in enumerate(zip(peaks.ppm, intensity, peaks.assignment, strict=True), 1):
        shifts = "".join(f" {shift:9.4f}" for shift in ppm[::-1])
        volume, method = (value, "e") if np.isfinite(value) else (0.0, "-")
        for alternative in text.split("|"):
            atoms = alternative.split("-") if alternative else ["?"] * ndim
            if len(atoms) != ndim:
                raise ValueError(
                    f"assignment {alternative!r} of peak {place} does not name {ndim} atoms by '-'"
                )
            names = " ".join(f"{'-' if atom == '?' else atom:9}" for atom in reversed(atoms))
            yield f"{place:5d}{shifts} 1 U {volume:15.7e} {0:13.6e} {method} 0 {names}"


def _write_topspin(peaks: PeakList) -> Iterable[str]:
    from common.io.topspinpeaks import topspin_lines

    return topspin_lines(peaks)


def _write_nef(peaks: PeakList) -> Iterable[str]:
    from common.io.nefpeaks import nef_lines

    return nef_lines(peaks)


_WRITERS = {".list": _write_sparky, ".tab": _write_nmrpipe, ".peaks": _write_xeasy}
_WRITERS |= {".xml": _write_topspin, ".nef": _write_nef}
