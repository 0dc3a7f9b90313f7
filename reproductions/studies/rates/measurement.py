"""One measurement of speed: what is timed, beside what, and what the machine could do at most.

All forms of a measurement and the ceilings of the machine are timed in turn, in one process, in processor
time of one thread: a busy machine slows all of them alike, so that their ratios stay.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

#: Seconds of a measurement, about, and rounds in which all forms are timed in turn (ours).
ENOUGH, FEWEST, MOST = 3.0, 3, 9
#: Seconds that one timing takes at least: faster calls are repeated within it (ours; the clock ticks in less
#: than a microsecond, but caches and interrupts do not).
SHORTEST = 0.02
#: Bytes of each of the two arrays that are copied, beyond any cache, and edge of the matrices (ours).
COPIED, EDGE = 2**26, 768


@dataclass(frozen=True)
class Form:
    """One way to do it: a call, and how many units a call does."""

    call: Callable[[], object]
    units: float = 1.0


@dataclass(frozen=True)
class Forms:
    """Ours, the plain form, and what a user would pick, by name.

    flops, bytes: the least arithmetic, and the least traffic with memory, of a call of ours; None where
    nobody could tell. file: what a reader reads. needs: a peer that is not installed, by its name.
    """

    ours: Form
    naive: Form | None = None
    peers: Mapping[str, Form] = field(default_factory=dict)
    flops: float | None = None
    bytes: float | None = None
    file: Path | None = None


@dataclass(frozen=True)
class Measurement:
    """name: of the row. what: a call in words. unit: what is counted. prepare: makes the forms, files in a
    folder. naive: the plain form in words. precision: of the arithmetic."""

    name: str
    what: str
    unit: str
    prepare: Callable[[Path], Forms]
    naive: str = ""
    precision: str = "float32"

    @property
    def group(self) -> str:
        """The table that it stands in."""
        return self.name.partition("/")[0]


def measure(measurement: Measurement, folder: Path, enough: float = ENOUGH) -> dict:
    """Seconds of every form by unit, ratios of each to ours with their spread, and the nearest ceiling."""
    forms = measurement.prepare(folder)
    timed = {"ours": forms.ours, **({"naive": forms.naive} if forms.naive else {}), **forms.peers}
    limits = ceilings(measurement.precision, forms.file)
    found = in_turn({**timed, **limits}, enough)
    seconds = {name: statistics.median(found[name]) for name in found}
    own = {name: _ratio(found[name], found["ours"]) for name in timed if name != "ours"}
    rates = {name: 1 / seconds[name] for name in limits}
    return {
        "name": measurement.name,
        "what": measurement.what,
        "unit": measurement.unit,
        "naive": measurement.naive if forms.naive else None,
        "rate": 1 / seconds["ours"],
        "spread": [1 / max(found["ours"]), 1 / min(found["ours"])],
        "rounds": len(found["ours"]),
        "ratios": own,
        "ceilings": rates,
        "flops": forms.flops,
        "bytes": forms.bytes,
        "file": forms.file.stat().st_size if forms.file else None,
        "units": forms.ours.units,
    }


def in_turn(forms: Mapping[str, Form], enough: float) -> dict[str, list[float]]:
    """Processor seconds a unit of every form, in rounds, every other one backwards, after a warm-up."""
    repeats = {}
    total = 0.0
    for name, form in forms.items():
        form.call()
        once = max(_seconds(form.call), 1e-7)
        repeats[name] = max(1, round(SHORTEST / once))
        total += once * repeats[name]
    found = {name: [] for name in forms}
    order = list(forms)
    for _ in range(min(max(int(enough / total), FEWEST), MOST)):
        for name in order:
            took = _seconds(forms[name].call, repeats[name]) / repeats[name]
            found[name].append(took / forms[name].units)
        order.reverse()
    return found


def ceilings(precision: str, file: Path | None = None) -> dict[str, Form]:
    """What the machine does at most: bytes a second of a copy, flops a second of a product of matrices, and
    bytes a second of a plain read of a file, which is in the page cache."""
    source = np.ones(COPIED // 8)
    target = np.empty_like(source)
    one, other = np.random.default_rng(0).random((2, EDGE, EDGE)).astype(precision)
    made = {
        "copy": Form(lambda: np.copyto(target, source), 2 * COPIED),
        "product": Form(lambda: one @ other, 2 * EDGE**3),
    }
    if file is not None:
        made["read"] = Form(file.read_bytes, file.stat().st_size)
    return made


def nearest(row: dict) -> tuple[str, float] | None:
    """The ceiling that a call meets first, and how near it is, 1 at the ceiling; None where none is known."""
    needs = {"copy": row["bytes"], "product": row["flops"], "read": row["file"]}
    least = {name: amount / row["ceilings"][name] for name, amount in needs.items() if amount}
    if not least:
        return None
    name = max(least, key=least.get)
    return name, least[name] * row["rate"] / row["units"]


def _seconds(call: Callable, times: int = 1) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def _ratio(theirs: list[float], ours: list[float]) -> list[float]:
    """Time of another form over that of ours: median, least and most of the rounds."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    return [statistics.median(ratios), min(ratios), max(ratios)]
