"""Peak lists in CSV, for spreadsheets and scripts: a header, a peak a row, everything that is known of it.

Columns are ``peak``, then for each dimension ``w1_15N_ppm`` and, in Hz, ``w1_15N_width_hz`` (without the
nucleus where it is not known), ``height``, ``volume``, ``probability``, ``assignment``. They may stand in any
order, with others between them; only the positions must be there.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.peaklists import PeakList, Row, peak_list
from common.io.text import number, read_lines

_POSITION = re.compile(r"w([1-4])(?:_(\d{1,3}[A-Z][a-z]?))?_ppm")
_WIDTH = re.compile(r"w([1-4])(?:_\d{1,3}[A-Z][a-z]?)?_width_hz")


def is_peak_csv(header: str) -> bool:
    """Whether a first line is the header of such a list."""
    return any(_POSITION.fullmatch(name.strip()) for name in header.split(","))


def read_csv_peaks(path: str | Path) -> PeakList:
    """Read what :func:`csv_lines` wrote, or the like. FormatError names the line."""
    lines = read_lines(path)
    start = next(place for place, line in enumerate(lines) if line.strip())
    names = [name.strip() for name in lines[start].split(",")]
    position = _dimensions(names, _POSITION)
    if sorted(position) != list(range(1, len(position) + 1)):
        raise FormatError(path, f"line {start + 1}: positions that are not w1, w2, ... in ppm")
    width = _dimensions(names, _WIDTH)
    nuclei = tuple(_POSITION.fullmatch(names[position[d]])[2] or "" for d in sorted(position))
    rows = []
    for line, text in enumerate(lines[start + 1 :], start + 2):
        if not text.strip() or text.startswith("#"):
            continue
        try:
            rows.append(_row(next(csv.reader([text])), names, position, width))
        except (ValueError, csv.Error) as error:
            raise FormatError(path, f"line {line}: {error}") from None
    return peak_list(nuclei, rows)


def _dimensions(names: list[str], kind: re.Pattern) -> dict[int, int]:
    """Column of each dimension, counted from 1."""
    return {int(match[1]): k for k, name in enumerate(names) if (match := kind.fullmatch(name))}


def _row(cells: list[str], names: list[str], position: dict[int, int], width: dict[int, int]) -> Row:
    if len(cells) != len(names):
        raise ValueError(f"{len(cells)} values for {len(names)} columns")
    cells = [cell.strip() for cell in cells]
    named = dict(zip(names, cells, strict=True))
    height, volume, probability = (
        _known(named.get(name, "")) for name in ("height", "volume", "probability")
    )
    ppm = [number(cells[position[d]]) for d in sorted(position)]
    wide = tuple(_known(cells[width[d]]) if d in width else math.nan for d in sorted(position))
    return Row(ppm, height, volume, named.get("assignment", ""), width=wide, probability=probability)


def _known(word: str) -> float:
    return number(word) if word else math.nan


def csv_lines(peaks: PeakList) -> Iterable[str]:
    """The lines of a list; columns of which nothing is known are left out."""
    dimensions = [f"w{d}_{nucleus}" if nucleus else f"w{d}" for d, nucleus in enumerate(peaks.nuclei, 1)]
    columns = {f"{name}_ppm": (".4f", peaks.ppm[:, d]) for d, name in enumerate(dimensions)}
    if peaks.width is not None:
        columns |= {f"{name}_width_hz": (".3f", peaks.width[:, d]) for d, name in enumerate(dimensions)}
    columns |= {"height": (".7e", peaks.height), "volume": (".7e", peaks.volume)}
    if peaks.probability is not None:
        columns["probability"] = ".4f", peaks.probability
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["peak", *columns, "assignment"])
    for place, text in enumerate(peaks.assignment):
        shown = (
            format(value[place], form) if np.isfinite(value[place]) else ""
            for form, value in columns.values()
        )
        writer.writerow([place + 1, *shown, text])
    yield from out.getvalue().splitlines()
