"""NUS schedules: text files with one sampled point a line, an index for each indirect dimension.

Indices count from 0 (NMRPipe, VnmrJ and most others) or from 1; a file does not say which. What follows a
``#`` is a comment. The order of the lines is the order of acquisition, in which the spectrometer stored the
FIDs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.text import read_lines, write_text

#: Far beyond any indirect dimension; keeps a damaged file from asking for the memory of its grid.
LARGEST = 2**24


@dataclass(frozen=True)
class Schedule:
    """Sampled points of the indirect dimensions.

    points: integer indices counted from 0, shape ``(n, dims)``, in acquisition order. size: points of the
    full grid, one number a dimension, or None where not known. one_based: whether the file counts from 1.
    note: what was assumed about the file, for the user to read; empty where nothing was.
    """

    points: np.ndarray
    size: tuple[int, ...] | None = None
    one_based: bool = False
    note: str = ""

    def mask(self) -> np.ndarray:
        """Boolean grid of shape ``size``, true where sampled; ``ValueError`` where the size is not known."""
        if self.size is None:
            raise ValueError("the grid of a schedule needs its size")
        mask = np.zeros(self.size, dtype=bool)
        mask[tuple(self.points.T)] = True
        return mask


def read_schedule(
    path: str | Path, size=None, *, base: int | None = None, allow_duplicates: bool = False
) -> Schedule:
    """Read a schedule.

    size: points of the full grid, an integer or one a dimension; every index is checked against it. base: 0
    or 1, what the first point is called. Where it is None, a list with an index 0 counts from 0; one whose
    smallest index is 1, or whose largest is the size itself, is taken to count from 1 and ``note`` says so. A
    list that fits neither lacks its first point either way, and is refused until ``base`` is given.
    allow_duplicates: keep points that are listed twice; what to do with their FIDs is up to the caller.
    Raises ``FormatError`` naming the line for anything but non-negative integers, a changing number of
    columns, an index beyond the grid, or a duplicate.
    """
    if base not in (None, 0, 1):
        raise ValueError(f"a schedule counts from 0 or from 1, not from {base}")
    lines, points = _read_points(path)
    if size is not None:
        size = tuple(int(n) for n in np.atleast_1d(size))
        if len(size) != points.shape[1]:
            columns = points.shape[1]
            raise FormatError(
                path, f"has {columns} columns, one an indirect dimension; the data have {len(size)} of these"
            )
    note = ""
    if base is None:
        base, note = _guess_base(path, points, size)
    _check_range(path, lines, points, size, base)
    if not allow_duplicates:
        _check_duplicates(path, lines, points)
    return Schedule(points - base, size, base == 1, note)


def write_schedule(path: str | Path, schedule: Schedule, *, force: bool = False) -> None:
    """Write a schedule, counted from 1 where it says ``one_based``. ``UserError`` for an existing file."""
    rows = schedule.points + int(schedule.one_based)
    write_text(path, "".join(" ".join(map(str, row)) + "\n" for row in rows.tolist()), force=force)


def _read_points(path) -> tuple[list[int], np.ndarray]:
    """Line numbers and indices as they stand in the file."""
    lines, rows = [], []
    for line, text in enumerate(read_lines(path), 1):
        words = text.split("#", 1)[0].split()
        if not words:
            continue
        if rows and len(words) != len(rows[0]):
            raise FormatError(path, f"line {line}: {len(words)} columns, but {len(rows[0])} before")
        try:
            rows.append([_index(word) for word in words])
        except ValueError as error:
            raise FormatError(path, f"line {line}: {error}; expected indices of sampled points") from None
        lines.append(line)
    if not rows:
        raise FormatError(path, "holds no sampled point; expected one a line")
    if len(rows[0]) > 3:
        raise FormatError(path, f"line {lines[0]}: {len(rows[0])} columns; a schedule has one to three")
    return lines, np.array(rows, dtype=np.int64)


def _index(word: str) -> int:
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{word[:20]!r} is not a whole number")
    if digits != word:
        raise ValueError(f"{word[:20]!r} is negative")
    if len(digits.lstrip("0")) > len(str(LARGEST)) or int(digits) > LARGEST:
        raise ValueError(f"{word[:20]!r} is beyond {LARGEST}")
    return int(digits)


def _guess_base(path, points, size) -> tuple[int, str]:
    """What the first point is called, and what to tell the user about it."""
    smallest = int(points.min())
    if smallest == 0:
        return 0, ""
    if size is not None and (points.max(axis=0) == size).any():
        return 1, f"{path}: taken to count from 1, as its largest index is the size of the grid"
    if smallest == 1:
        return 1, f"{path}: taken to count from 1, as its smallest index is 1; base 0 if point 0 was left out"
    raise FormatError(
        path, f"its smallest index is {smallest}, so the first point is missing; say base 0 or 1 (--base)"
    )


def _check_range(path, lines, points, size, base):
    below = np.flatnonzero((points < base).any(axis=1))
    if below.size:
        raise FormatError(path, f"line {lines[below[0]]}: index 0 in a schedule that counts from 1")
    if size is None:
        return
    above = np.flatnonzero((points - base >= size).any(axis=1))
    if above.size:
        row, grid = " ".join(map(str, points[above[0]])), " x ".join(map(str, size))
        where = f"line {lines[above[0]]}: {row}, counted from {base},"
        raise FormatError(path, f"{where} is beyond the grid of {grid} points")


def _check_duplicates(path, lines, points):
    _, first, place = np.unique(points, axis=0, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[place.ravel()] != np.arange(len(points)))
    if again.size:
        earlier, later = lines[first[place.ravel()[again[0]]]], lines[again[0]]
        raise FormatError(path, f"line {later} repeats the point of line {earlier}; remove one of the two")
