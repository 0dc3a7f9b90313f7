"""Peak lists of Sparky, NMRPipe, XEASY, TopSpin, NEF and CSV, in and out.

Whatever the file, a :class:`PeakList` has its columns in the order of the axes of a ``Spectrum``: indirect
dimensions first, the direct one last. Sparky's w1, w2, ... stand in that order. NMRPipe's X is the direct
dimension, so its columns are turned round, and so are those of XEASY, which as a rule numbers the direct
dimension 1; lists that do not keep to the rule are told by ``nuclei``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from common.errors import FormatError, UserError
from common.io.text import number, read_lines, write_text
from common.spectrum import Axis

NULL = -666.0  # what NMRPipe writes for "no value"
#: What :func:`write_peaks` writes, by the ending of the name.
EXTENSIONS = (".list", ".tab", ".peaks", ".xml", ".nef", ".csv")
_UNASSIGNED = re.compile(r"None|\*|[?0-]+")
ISOTOPES = {"H": "1H", "N": "15N", "C": "13C", "P": "31P", "F": "19F"}
_NOTED = "p="  # begins the probability in the note of a Sparky list
_XEASY_SIZE = re.compile(r"#\s*Number of dimensions\s+(\d)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class PeakList:
    """Peaks of one spectrum of one to four dimensions.

    ppm: positions, shape ``(n, ndim)``, indirect dimensions first. nuclei: isotope of each dimension, empty
    where the file does not say. height, volume: shape ``(n,)``, NaN where the file gives none.
    assignment: one text a peak, empty where unassigned; atoms are joined by ``-``, alternatives by ``|``.
    width: full widths at half height in Hz, shape ``(n, ndim)``, and probability that a peak is true, shape
    ``(n,)``: NaN where the file gives none, None where it gives none at all.
    """

    ppm: np.ndarray
    nuclei: tuple[str, ...]
    height: np.ndarray
    volume: np.ndarray
    assignment: tuple[str, ...]
    width: np.ndarray | None = None
    probability: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ppm)


class Row(NamedTuple):
    """A peak as a line of a file has it, dimensions in the order of a ``PeakList``."""

    ppm: list[float]
    height: float
    volume: float
    assignment: str
    number: str = ""
    width: tuple[float, ...] = ()
    probability: float = math.nan


class _Layout(NamedTuple):
    """What a header says: the dimensions, how to read a row, and which lines are no rows."""

    nuclei: tuple[str, ...]
    parse: Callable[[list[str]], Row]
    other: tuple[str, ...]


def read_peaks(path: str | Path) -> PeakList:
    """Read a peak list. Its header tells the format, not its extension. ``FormatError`` names the line."""
    lines = read_lines(path)
    if reader := _reader(lines):
        return reader(path)
    start, layout = _layout(path, lines)
    rows: list[Row] = []
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
    return peak_list(layout.nuclei, rows)


def peak_list(nuclei: tuple[str, ...], rows: Sequence[Row]) -> PeakList:
    """Rows as a list; widths and probabilities are None where no row has any."""
    columns = list(zip(*rows, strict=True)) or [()] * len(Row._fields)
    found = dict(zip(Row._fields, columns, strict=True))
    ndim = len(nuclei)
    width = np.array([one or [math.nan] * ndim for one in found["width"]], float).reshape(len(rows), ndim)
    ppm = np.array(found["ppm"], dtype=float).reshape(len(rows), ndim)
    height, volume, probability = (
        np.array(found[name], float) for name in ("height", "volume", "probability")
    )
    return PeakList(
        ppm, nuclei, height, volume, tuple(found["assignment"]),
        width if np.isfinite(width).any() else None,
        probability if np.isfinite(probability).any() else None,
    )  # fmt: skip


def write_peaks(path: str | Path, peaks: PeakList, *, axes: Sequence[Axis] = (), force: bool = False) -> None:
    """Write Sparky ``.list``, NMRPipe ``.tab``, XEASY ``.peaks``, TopSpin ``.xml``, ``.nef`` or ``.csv``.

    axes: of the spectrum, which NMRPipe's columns in points need; without them they are left out. A Sparky
    list without heights and volumes has the three-column form; widths go with both alone, a probability into
    the note, as ``p=0.9500``. XEASY has one intensity a peak: the volume, or the height in a list without
    volumes. NEF has the probability as CcpNmr's figure of merit and no widths, XEASY and TopSpin neither.
    ``UserError`` for another extension, an existing file, or a list that the format cannot hold.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in EXTENSIONS:
        raise UserError(
            f"{path}: peak lists are written as {', '.join(EXTENSIONS)}; use one of these extensions"
        )
    for place, text in enumerate(peaks.assignment, 1):
        if len(text.split()) > 1:
            raise UserError(f"{path}: assignment {text!r} of peak {place} has a space; no format holds that")
    try:
        lines = [line.rstrip() for line in _lines(suffix, peaks, axes)]
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    write_text(path, "\n".join(lines) + "\n", force=force)


def _lines(suffix: str, peaks: PeakList, axes: Sequence[Axis]) -> Iterable[str]:
    """The lines of a file of an extension."""
    from common.io import nefpeaks, peakcsv, peakwriters, topspinpeaks

    if suffix == ".tab":
        return peakwriters.nmrpipe_lines(peaks, axes)
    writers = {".list": peakwriters.sparky_lines, ".peaks": peakwriters.xeasy_lines}
    writers |= {".xml": topspinpeaks.topspin_lines, ".nef": nefpeaks.nef_lines, ".csv": peakcsv.csv_lines}
    return writers[suffix](peaks)


def _reader(lines: list[str]) -> Callable[[str | Path], PeakList] | None:
    """The reader of a format that is not lines of words: TopSpin's XML, NEF, and CSV."""
    first = next((text.strip() for text in lines if text.strip()), "")
    if first.startswith("<"):
        from common.io.topspinpeaks import read_topspin_peaks

        return read_topspin_peaks
    if first.lower().startswith("data_"):
        from common.io.nefpeaks import read_nef_peaks

        return read_nef_peaks
    if "," in first:
        from common.io.peakcsv import is_peak_csv, read_csv_peaks

        return read_csv_peaks if is_peak_csv(first) else None
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
        values, rest, probability = {}, words[1 + ndim :], math.nan
        if "Note" in columns:
            noted = [word for word in rest if word.startswith(_NOTED)]
            rest = [word for word in rest if word not in noted]
            probability = _perhaps(noted[0][len(_NOTED) :]) if noted else probability
        for column in columns[ndim:]:
            if rest and column in ("Data Height", "Height", "Volume"):
                values[column] = number(rest[0])
            elif rest and column.startswith("lw"):
                values[column] = _perhaps(rest[0])
            # a volume is followed by how it was integrated, which has no column title
            rest = rest[2 if column == "Volume" and re.fullmatch("[a-z]{2}", "".join(rest[1:2])) else 1 :]
        height = values.get("Data Height", values.get("Height", math.nan))
        ppm = [number(word) for word in words[1 : 1 + ndim]]
        width = tuple(values.get(f"lw{i + 1} (hz)", math.nan) for i in range(ndim))
        volume = values.get("Volume", math.nan)
        return Row(ppm, height, volume, _assigned(words[0]), width=width, probability=probability)

    return _Layout(("",) * _checked(ndim), parse, ("#",))


def _nmrpipe(lines: list[str], names: list[str]) -> _Layout:
    axes = [axis for axis in "XYZA" if f"{axis}_PPM" in names]
    if not axes or axes != list("XYZA")[: len(axes)]:
        raise ValueError("no columns X_PPM, Y_PPM, ...; the table needs positions in ppm")
    labels, null = {}, {"*", str(int(NULL))}
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
        wide = (row.get(f"{axis}W_HZ", "*") for axis in reversed(axes))
        width = tuple(math.nan if word in null else _perhaps(word) for word in wide)
        word = row.get("PROB", "*")
        probability = math.nan if word in null else _perhaps(word)
        assignment = "" if text in null else _assigned(text)
        return Row(ppm, height, volume, assignment, width=width, probability=probability)

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
        return Row(ppm, math.nan, volume, _assigned(text), words[0])

    nuclei = tuple(_nucleus(labels.get(str(i), "")) for i in range(_checked(ndim), 0, -1))
    return _Layout(nuclei, parse, ("#",))


def _checked(ndim: int) -> int:
    if not 1 <= ndim <= 4:
        raise ValueError(f"{ndim} dimensions; peak lists have one to four")
    return ndim


def _assigned(text: str) -> str:
    return "" if _UNASSIGNED.fullmatch(text) else text


def _perhaps(word: str) -> float:
    """A number that a peak can do without; NaN where it is none."""
    try:
        return number(word)
    except ValueError:
        return math.nan


def _nucleus(label: str) -> str:
    """Isotope of an axis label such as ``15N``, ``HN``, ``N15`` or ``CA``; empty where it tells none."""
    return label if re.fullmatch(r"\d{1,3}[A-Z][a-z]?", label) else ISOTOPES.get(label[:1].upper(), "")
