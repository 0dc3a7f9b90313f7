"""Number tables of JCAMP-DX: plain numbers (AFFN, PAC) and the packed forms SQZ, DIF and DUP (ASDF).

McDonald and Wilks, Appl. Spectrosc. 42, 151 (1988). A line is an abscissa and the ordinates that follow it.
In the packed forms a letter stands for the sign and the first digit of a number: SQZ is a value, DIF the step
from the last one, DUP says how often what stands before it comes in all. A line that ends in a step is
followed by one whose first ordinate is the last one again, as a check; a table that fails it is damaged.
"""

from __future__ import annotations

import re

import numpy as np

MOST_POINTS = 2**26  # a 2D spectrum of 8192 x 8192
_X = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)")
_PLAIN_X = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PLAIN = re.compile(r"[\s,;]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_PACKED = re.compile(r"([@A-Ia-i%J-Rj-rS-Zs+-]|[\s,]+)(\d*\.?\d*)")
_VALUE = {c: str(i) for i, c in enumerate("@ABCDEFGHI")} | {
    c: f"-{i}" for i, c in enumerate("abcdefghi", start=1)
}
_STEP = {c: str(i) for i, c in enumerate("%JKLMNOPQR")} | {
    c: f"-{i}" for i, c in enumerate("jklmnopqr", start=1)
}
_TIMES = {c: str(i) for i, c in enumerate("STUVWXYZs", start=1)}
_LETTERS = frozenset("@%") | {c for c in (*_VALUE, *_STEP, *_TIMES) if c not in "eE"}


def tables(labels: dict) -> list[tuple[str, np.ndarray]]:
    """(symbol of the ordinate, values times their factor) of each table of a block.

    labels: texts by label, in capitals without spaces. ``ValueError``, ``KeyError`` or ``IndexError`` for
    what is no table.
    """
    if "XYDATA" in labels:
        _, _, text = labels["XYDATA"][0].partition("\n")
        most = int(number(labels, "NPOINTS")) if "NPOINTS" in labels else MOST_POINTS
        values = numbers(text, _most(most))
        factor = number(labels, "YFACTOR") if "YFACTOR" in labels else 1.0
        return [_table("Y", values, factor, most)]
    symbols = [word.strip().upper() for word in labels["SYMBOL"][0].split(",")]
    sizes, factors = (_row(labels, name) for name in ("VARDIM", "FACTOR"))
    if sizes and sizes[0] * len(labels["DATATABLE"]) > MOST_POINTS:
        raise ValueError(f"more than {MOST_POINTS} points")
    found = []
    for table in labels["DATATABLE"]:
        head, _, text = table.partition("\n")
        match = re.search(r"\+\+\s*\(\s*(\w+)\s*\.\.", head)
        if not match or match[1].upper() not in symbols:
            raise ValueError(f"a table of {head.strip()[:40]!r}, which SYMBOL does not name")
        place = symbols.index(match[1].upper())
        found.append(_table(symbols[place], numbers(text, _most(sizes[place])), factors[place], sizes[place]))
    return found


def _row(labels: dict, name: str) -> list[float]:
    """The numbers of a label, one a column of the tables."""
    return [finite(word) for word in labels[name][0].split(",") if word.strip()]


def _most(points: float) -> int:
    if not 1 < points <= MOST_POINTS:
        raise ValueError(f"{points:g} points, not 2 to {MOST_POINTS}")
    return int(points) + 1


def _table(symbol: str, values: np.ndarray, factor: float, promised: float) -> tuple[str, np.ndarray]:
    if abs(len(values) - promised) > 1 and promised != MOST_POINTS:
        raise ValueError(f"{len(values)} points where {promised:g} are promised")
    return symbol, values * factor


def number(labels: dict, name: str) -> float:
    """The number of a label; ``KeyError`` where there is no such label, ``ValueError`` where it is none."""
    return finite(labels[name][0])


def finite(text: str) -> float:
    """A finite number; ``ValueError`` for anything else."""
    value = float(text.strip().strip("<>"))
    if not abs(value) < 1e15:
        raise ValueError(f"{text.strip()[:20]!r} is not a number")
    return value


def numbers(text: str, most: int) -> np.ndarray:
    """The ordinates of a table, float64, as they stand in the file: not yet times its factor.

    text: the lines below ``(X++(Y..Y))``. most: points that the file may have. ``ValueError`` for what is no
    table, a failed check, or more than ``most`` points.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    packed = not _LETTERS.isdisjoint(text) or any(_first_is_packed(line) for line in lines[:1])
    values = _packed(lines, most) if packed else _plain(lines, most)
    found = np.array(values, dtype=float)
    if not np.isfinite(found).all() or (found.size and np.abs(found).max() > 1e100):
        raise ValueError("holds values that are not numbers")
    return found


def _first_is_packed(line: str) -> bool:
    """Whether ``E`` or ``e`` after the abscissa is a value and no exponent."""
    head = _X.match(line)
    return bool(head) and re.match(r"[eE](?![+-])", line[head.end() :]) is not None


def _plain(lines: list[str], most: int) -> list[float]:
    values: list[float] = []
    for line in lines:
        head = _PLAIN_X.match(line)
        words = _PLAIN.findall(line, head.end()) if head else []
        if not head or _PLAIN.sub("", line[head.end() :]).strip():
            raise ValueError(f"{line.strip()[:30]!r} is no line of numbers")
        values.extend(map(float, words))
        if len(values) > most:
            raise ValueError(f"more than {most} points")
    return values


def _packed(lines: list[str], most: int) -> list[float]:
    values: list[float] = []
    step: float | None = None  # of the ordinate read last; None where it was a value
    for line in lines:
        head = _X.match(line)
        place, again = head.end() if head else 0, step is not None
        if not head or _PACKED.sub("", line[place:]):
            raise ValueError(f"{line.strip()[:30]!r} is no line of numbers")
        for mark, digits in _PACKED.findall(line, place):
            if not mark.strip(" \t,") and not digits:
                continue
            if mark in _TIMES:
                step = _repeat(values, step, int(_TIMES[mark] + digits.partition(".")[0]), most)
                continue
            if mark in _STEP:
                if not values:
                    raise ValueError("a step before the first value")
                step = _value(_STEP[mark] + digits)
                values.append(values[-1] + step)
            else:
                value, step = _value(_VALUE.get(mark, mark.strip(" \t,")) + digits), None
                if again:
                    _check(values[-1], value, line)
                else:
                    values.append(value)
            again = False
        if len(values) > most:
            raise ValueError(f"more than {most} points")
    return values


def _repeat(values: list[float], step: float | None, times: int, most: int) -> float | None:
    """What was read last comes ``times`` times in all."""
    if not values or len(values) + times > most + 1:
        raise ValueError(f"more than {most} points" if values else "a repetition before the first value")
    for _ in range(times - 1):
        values.append(values[-1] + (step or 0))
    return step


def _value(text: str) -> float:
    return float(text) if "." in text else int(text)


def _check(last: float, again: float, line: str) -> None:
    """The first ordinate of a line against the last of the line before."""
    if abs(last - again) > 1e-6 * max(1.0, abs(last)):
        raise ValueError(f"the line {line.strip()[:30]!r} does not go on where the one before ended")
