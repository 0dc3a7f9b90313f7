"""What was found in a spectrum, for the terminal and in files: intrng, CSV, JSON, TopSpin's peaklist.xml."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.classical.signals import Signals
from common.errors import UserError
from common.spectrum import Axis

#: What regions and peaks can be written as; ``common/io`` has the formats.
KINDS = "intrng (a file of that name or ending), .csv, .json: regions; peaklist.xml or another .xml: peaks"
#: ours: times the noise that is worth a word where no region is.
FAR = 10.0
#: Columns of the CSV; the first four are those of ``common/io/regions.py``, which reads it back.
COLUMNS = (
    "left_ppm", "right_ppm", "kind", "integral", "protons", "protons_by", "certainty", "centre_ppm",
    "pattern", "j_hz", "peaks_ppm", "heights",
)  # fmt: skip


def kind(path: str) -> str:
    """``intrng``, ``csv``, ``json`` or ``xml``, by the name of a file; UserError where it tells none."""
    found = "intrng" if Path(path).name == "intrng" else Path(path).suffix.lower().lstrip(".")
    if found not in ("intrng", "csv", "json", "xml"):
        raise UserError(f"{path}: cannot tell the format; use {KINDS}")
    return found


def write(path: str, signals: Signals, certainty: np.ndarray, about: dict, *, force: bool) -> str:
    """Write one file and say what is in it.

    An ``intrng`` has the regions of the compound alone, as hand-set ones have, for it cannot say what the
    others are. about: what JSON says of the spectrum and the network.
    """
    from common.io.peaklists import PeakList, write_peaks
    from common.io.regions import make_regions, write_regions
    from common.io.text import write_text

    form, chosen = kind(path), signals.compound
    if form == "intrng":
        write_regions(path, make_regions(signals.regions.ppm[chosen]), force=force)
        return f"{path}: {chosen.sum()} regions"
    if form == "xml":
        found = [one for one, wanted in zip(signals.multiplets, chosen, strict=True) if wanted]
        ppm = np.concatenate([np.zeros(0), *(one.ppm for one in found)])
        height = np.concatenate([np.zeros(0), *(one.height for one in found)])
        none = np.full(len(ppm), np.nan)
        write_peaks(path, PeakList(ppm[:, None], ("1H",), height, none, ("",) * len(ppm)), force=force)
        return f"{path}: {len(ppm)} peaks"
    text = _csv(signals, certainty) if form == "csv" else _json(signals, certainty, about)
    write_text(path, text, force=force)
    return f"{path}: {len(chosen)} regions with integrals, peaks and multiplets"


def table(signals: Signals, certainty: np.ndarray) -> Iterator[str]:
    """Lines for the terminal, a region a line, from left to right."""
    about = "~" if signals.protons_by == "suggested" else ""
    yield "    from      to  kind       integral   protons  sure   centre  pattern  J / Hz       peaks"
    for row in _rows(signals, certainty):
        integral = _said(row["integral"], "{:8.2f} %")
        protons = _said(row["protons"], about + "{:.2f}")
        couplings = ", ".join(f"{value:.1f}" for value in row["j_hz"])
        yield (
            f"{row['left_ppm']:8.3f}{row['right_ppm']:8.3f}  {row['kind'] or '-':9}{integral:>10}"
            f"{protons:>10}"
            f"{_said(row['certainty'], '{:.2f}'):>6}{_said(row['centre_ppm'], '{:.4f}'):>9}"
            f"  {row['pattern'] or '-':9}{couplings or '-':12} {len(row['peaks_ppm'])}"
        ).rstrip()


def outside(signals: Signals, axis: Axis) -> str:
    """What stands tallest where no region is, in words; nothing where it is no more than noise."""
    rest = signals.flat.copy()
    for first, last in np.sort(axis.index(signals.regions.ppm), axis=1):
        rest[max(int(np.floor(first)), 0) : max(int(np.ceil(last)) + 1, 0)] = 0.0
    place = int(np.argmax(rest))
    if not rest[place] > max(FAR * signals.noise, 0.0):
        return ""
    where = f"the tallest of what is in no region stands at {axis.ppm(place):.3f} ppm"
    tallest = max((one.height.max(initial=0.0) for one in signals.multiplets), default=0.0)
    if tallest > 0:
        return f"{where}, {100 * rest[place] / tallest:.3g} % of the tallest peak in one"
    return where


def _said(value: float, form: str) -> str:
    return form.format(value) if np.isfinite(value) else "-"


def _rows(signals: Signals, certainty: np.ndarray) -> Iterator[dict]:
    """What is known of each region, by the names of ``COLUMNS``; NaN and empty where it is not."""
    regions = signals.regions
    for place, ((left, right), found) in enumerate(zip(regions.ppm, signals.multiplets, strict=True)):
        protons = float(signals.protons[place])
        yield {
            "left_ppm": round(float(left), 6),
            "right_ppm": round(float(right), 6),
            "kind": regions.kind[place],
            "integral": float(regions.integral[place]),
            "protons": protons,
            "protons_by": signals.protons_by if np.isfinite(protons) else "",
            "certainty": float(certainty[place]),
            "centre_ppm": found.centre,
            "pattern": found.pattern,
            "j_hz": [round(value, 3) for value in found.couplings],
            "peaks_ppm": [round(float(value), 6) for value in found.ppm],
            "heights": [float(f"{value:.6g}") for value in found.height],
        }


def _csv(signals: Signals, certainty: np.ndarray) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(signals, certainty):
        writer.writerow([_cell(name, row[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(name: str, value) -> str:
    """Numbers of a list stand with spaces between them; what is not known is empty."""
    if isinstance(value, list):
        return " ".join(f"{one:g}" if name != "peaks_ppm" else f"{one:.6f}" for one in value)
    if isinstance(value, str):
        return value
    return "" if not np.isfinite(value) else f"{value:.6f}" if name.endswith("_ppm") else f"{value:.6g}"


def _json(signals: Signals, certainty: np.ndarray, about: dict) -> str:
    """JSON that ``common/io/regions.py`` reads back; what is not known is null, protons say where from."""
    rows = []
    for row in _rows(signals, certainty):
        edges = {"from": row.pop("right_ppm"), "to": row.pop("left_ppm")}
        peaks = zip(row.pop("peaks_ppm"), row.pop("heights"), strict=True)
        known = {name: _known(value) for name, value in row.items()}
        rows.append(edges | known | {"peaks": [{"ppm": ppm, "height": height} for ppm, height in peaks]})
    return json.dumps({"selected": False, **about, "regions": rows}, indent=1) + "\n"


def _known(value):
    """A number of six digits, or null; anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if np.isfinite(value) else None
