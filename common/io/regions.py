"""Signal regions of 1D spectra: TopSpin's ``intrng``, NMRium's ranges, CSV and JSON, in and out.

``intrng`` has two forms, told by the first letter (inferred from files of TopSpin and their integrals): ``A``
heads regions that a person set in the integration window, with bias and slope of each integral; ``P`` heads
those of automatic integration (``abs`` and its family), wide and often touching.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import FormatError, UserError
from common.io.text import number, read_lines, write_text

MOST_REGIONS = 10_000
_COLUMNS = ("left_ppm", "right_ppm", "kind", "integral")


@dataclass(frozen=True)
class Regions:
    """Regions of one spectrum, from left (high ppm) to right.

    ppm: left and right edge of each, shape ``(n, 2)``, left > right. kind: what is in it, as ``signal``,
    ``solvent``, ``reference`` or ``impurity``; empty where a file does not say. integral: shape ``(n,)``, in
    units of the file's own, NaN where it gives none. selected: whether a person set them; None: not said.
    """

    ppm: np.ndarray
    kind: tuple[str, ...]
    integral: np.ndarray
    selected: bool | None = None

    def __len__(self) -> int:
        return len(self.ppm)


def make_regions(ppm, kind=None, integral=None, selected: bool | None = None) -> Regions:
    """Regions in order, edges in either order. ``ValueError`` for an edge that is no number or no width."""
    ppm = np.asarray(ppm, dtype=float).reshape(-1, 2)
    if not np.isfinite(ppm).all() or (ppm[:, 0] == ppm[:, 1]).any():
        raise ValueError("a region needs two edges in ppm that differ")
    ppm = np.sort(ppm, axis=1)[:, ::-1]
    order = np.argsort(-ppm[:, 0], kind="stable")
    kind = [""] * len(ppm) if kind is None else list(kind)
    integral = np.full(len(ppm), math.nan) if integral is None else np.asarray(integral, dtype=float)
    return Regions(ppm[order], tuple(kind[place] for place in order), integral[order], selected)


def read_regions(path: str | Path) -> Regions:
    """Read ``intrng``, the 1H ranges of an NMRium file, or what :func:`write_regions` wrote.

    The content tells the format. FormatError for anything else, naming the line.
    """
    lines = read_lines(path)
    first = next((line.strip() for line in lines if line.strip()), "")
    try:
        if first.startswith(("{", "[")):
            return _from_json("\n".join(lines))
        if first.split(",")[:2] == list(_COLUMNS[:2]):
            return _from_csv(lines)
        if first[:1] in ("A", "P") and _is_number(first.split()[1:2]):
            return _from_intrng(lines)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(path, f"{type(error).__name__}: {error}"[:200]) from None
    raise FormatError(path, "neither TopSpin's intrng ('A 1.0' or 'P 0' first), nor CSV or JSON of regions")


def write_regions(path: str | Path, regions: Regions, *, force: bool = False) -> None:
    """Write TopSpin's ``intrng`` (a file of that name, or that extension), ``.csv`` or ``.json``.

    TopSpin shows such an ``intrng`` as hand-selected regions. UserError for another name or an existing file.
    """
    path = Path(path)
    kind = "intrng" if path.name == "intrng" else path.suffix.lower().lstrip(".")
    writers = {"intrng": _to_intrng, "csv": _to_csv, "json": _to_json}
    if kind not in writers:
        raise UserError(f"{path}: regions are written as intrng, .csv or .json; use one of these names")
    write_text(path, "\n".join(writers[kind](regions)) + "\n", force=force)


def _is_number(words: list[str]) -> bool:
    try:
        return bool(words) and math.isfinite(number(words[0]))
    except ValueError:
        return False


def _from_intrng(lines: list[str]) -> Regions:
    rows, selected = [], None
    for place, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if selected is None:
            selected = words[0] == "A"
            continue
        if len(words) not in ((2, 3, 4) if selected else (2,)):
            raise ValueError(f"line {place}: {len(words)} numbers, not the two edges of a region")
        rows.append([number(word) for word in words[:2]])
        if len(rows) > MOST_REGIONS:
            raise ValueError(f"more than {MOST_REGIONS} regions")
    return make_regions(rows, selected=selected)


def _from_csv(lines: list[str]) -> Regions:
    rows = [row for row in csv.DictReader(lines) if row]
    edges = [[number((row[name] or "").strip()) for name in _COLUMNS[:2]] for row in rows]
    integral = [number(row["integral"]) if row.get("integral") else math.nan for row in rows]
    return make_regions(edges, [row.get("kind") or "" for row in rows], integral)


def _from_json(text: str) -> Regions:
    table = json.loads(text)
    ranges = table["regions"] if "regions" in table else _nmrium(table["spectra"])
    edges = [[_real(entry["from"]), _real(entry["to"])] for entry in ranges]
    integral = [_real(entry.get("integral", math.nan)) for entry in ranges]
    selected = True if "spectra" in table else table.get("selected")
    return make_regions(edges, [_kind(entry) for entry in ranges], integral, selected)


def _nmrium(spectra: list) -> list:
    """The ranges of the 1H spectrum; NMRium has its nucleus or, in older files, an address that tells it."""
    for spectrum in spectra:
        ranges = spectrum.get("ranges", {}).get("values", [])
        name = str(spectrum.get("source", {}).get("jcampURL", "")).rpartition("/")[2]
        if ranges and (spectrum.get("info", {}).get("nucleus") == "1H" or name.lower().startswith("1h")):
            return ranges
    raise ValueError("no 1H spectrum with ranges")


def _kind(entry: dict) -> str:
    """What is in a range; NMRium calls it mixed where its signals say more."""
    signals = entry.get("signal", entry.get("signals", []))
    kinds = [str(signal["kind"]) for signal in signals if signal.get("kind")]
    return kinds[0] if kinds else str(entry.get("kind", ""))


def _real(value) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r:.20} is not a number")
    return float(value)


def _to_intrng(regions: Regions) -> Iterable[str]:
    yield "A 1.0 #regions in PPM"
    yield "# low field   high field  bias        slope"
    for place, (left, right) in enumerate(regions.ppm, 1):
        yield f"  {left:.6f}  {right:.6f}  0.0  0.0  # for region {place}"


def _to_csv(regions: Regions) -> Iterable[str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for (left, right), kind, integral in zip(regions.ppm, regions.kind, regions.integral, strict=True):
        writer.writerow(
            [f"{left:.6f}", f"{right:.6f}", kind, f"{integral:.6g}" if np.isfinite(integral) else ""]
        )
    yield from out.getvalue().splitlines()


def _to_json(regions: Regions) -> Iterable[str]:
    rows = []
    for (left, right), kind, integral in zip(regions.ppm, regions.kind, regions.integral, strict=True):
        row = {"from": round(float(right), 6), "to": round(float(left), 6), "kind": kind}
        rows.append(row | ({"integral": float(f"{integral:.6g}")} if np.isfinite(integral) else {}))
    yield json.dumps({"selected": regions.selected, "regions": rows}, indent=1)
