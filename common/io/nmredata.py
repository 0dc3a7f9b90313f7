"""NMReDATA records: the NMR tags of SDF files, read.

Pupier et al., Magn. Reson. Chem. 56, 703 (2018). A tag stands under ``> <NMREDATA_...>``, its lines end with
a backslash in version 1.1 and have comments after a semicolon. A line of a ``1D`` tag is a shift in ppm, or a
range of two, and then fields: S multiplicity, N nuclei, L labels of atoms, E integral, J couplings in Hz.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from common.errors import FormatError
from common.io.text import number, read_lines

_TAG = re.compile(r">.*<(NMREDATA_[^>\s]+)>")
_SHIFT = re.compile(r"([+-]?\d+(?:\.\d*)?)(?:\s*[-:]\s*([+-]?\d+(?:\.\d*)?))?")
_COUPLING = re.compile(r"([+-]?\d+(?:\.\d*)?)(?:\(([^)]*)\))?")


@dataclass(frozen=True)
class Signal:
    """One multiplet. ppm: low and high shift, the same for a single one. multiplicity, labels: as written.

    nuclei: how many, NaN where not said, as integral. couplings: (Hz, partner or "") each.
    """

    ppm: tuple[float, float]
    multiplicity: str
    labels: tuple[str, ...]
    nuclei: float
    integral: float
    couplings: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Record:
    """One molecule. tags: lines by name without ``NMREDATA_``, comments off. signals: by nucleus as ``1H``.

    larmor: MHz by nucleus. assignment: label to (ppm, atoms); the ppm NaN where only atoms are named.
    """

    name: str
    tags: dict[str, tuple[str, ...]]
    signals: dict[str, tuple[Signal, ...]]
    larmor: dict[str, float]
    assignment: dict[str, tuple[float, tuple[str, ...]]]


def read_nmredata(path: str | Path) -> list[Record]:
    """The records of an SDF file that have NMReDATA tags. FormatError for none, or for a bad line."""
    records, start, lines = [], 0, read_lines(path)
    for place in [*(at for at, line in enumerate(lines) if line.startswith("$$$$")), len(lines)]:
        tags = _tags(lines[start:place])
        if tags:
            try:
                records.append(_record(lines[start].strip(), tags))
            except ValueError as error:
                raise FormatError(path, str(error)) from None
        start = place + 1
    if not records:
        raise FormatError(path, "has no NMREDATA tags")
    return records


def _tags(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Lines by tag; a tag ends at an empty line or the next tag."""
    tags: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        if line.startswith(">"):
            match = _TAG.match(line)
            current = tags.setdefault(match[1].removeprefix("NMREDATA_"), []) if match else None
        elif current is not None:
            text = line.partition(";")[0].strip().rstrip("\\").strip()
            if text:
                current.append(text)
            elif not line.strip():
                current = None
    return {name: tuple(found) for name, found in tags.items()}


def _record(name: str, tags: dict[str, tuple[str, ...]]) -> Record:
    signals, larmor = {}, {}
    for tag, lines in tags.items():
        match = re.fullmatch(r"1D_(\d+[A-Z][a-z]?)", tag)  # a second spectrum, as 1D_13C#2, stays in the tags
        if not match:
            continue
        fields = [line.partition("=") for line in lines if not _SHIFT.match(line)]
        values = {key.strip().lower(): value.strip() for key, _, value in fields}
        if "larmor" in values:
            larmor[match[1]] = number(values["larmor"])
        signals[match[1]] = tuple(_signal(tag, line) for line in lines if _SHIFT.match(line))
    return Record(name, tags, signals, larmor, dict(map(_assigned, tags.get("ASSIGNMENT", ()))))


def _signal(tag: str, line: str) -> Signal:
    words = re.split(r",\s*(?=[A-Za-z]+\s*=)", line)
    match = _SHIFT.fullmatch(words[0].strip(" ,"))
    if not match:
        raise ValueError(f"{tag}: {line[:40]!r} does not begin with a shift")
    low, high = sorted(number(word) for word in (match[1], match[2] or match[1]))
    parts = (word.partition("=") for word in words[1:])
    fields = {key.strip(): value.strip(" ,") for key, _, value in parts}
    couplings = tuple((number(hz), partner) for hz, partner in _COUPLING.findall(fields.get("J", "")))
    labels = tuple(filter(None, re.split(r"[&|,]\s*", fields.get("L", ""))))
    nuclei, integral = (_optional(tag, fields.get(key)) for key in "NE")
    return Signal((low, high), fields.get("S", ""), labels, nuclei, integral, couplings)


def _optional(tag: str, word: str | None) -> float:
    if not word:
        return math.nan
    try:
        return number(word)
    except ValueError as error:
        raise ValueError(f"{tag}: {error}") from None


def _assigned(line: str) -> tuple[str, tuple[float, tuple[str, ...]]]:
    """``H3, 7.0510, H2``: a label, its shift, and its atoms."""
    words = [word.strip() for word in line.split(",")]
    try:
        return words[0], (number(words[1]), tuple(words[2:]))
    except (ValueError, IndexError):
        return words[0], (math.nan, tuple(words[1:]))
