"""The figure of one brain spectrum: 4.2 to 0.2 ppm, shifts falling to the right, as the field draws it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.mrs.estimate import Estimate
from common.processing import spectrum_at
from common.spectrum import Axis

#: What is drawn, and how many points of it.
WINDOW, SHIFTS = (4.2, 0.2), 1000
#: Where labels stand (ppm): Govindaraju et al. 2000, NMR Biomed. 13:129.
LABELS = {
    "Cr": 3.92,
    "Glx": 3.75,
    "Ins": 3.55,
    "Cho": 3.21,
    "Cr ": 3.03,
    "Glx ": 2.35,
    "NAA": 2.01,
}
#: A label needs a peak above this share of the highest. ours.
LABELLED = 0.05
#: Colours of Okabe and Ito (2008) by what a trace is; the rest in grey.
COLOURS = {
    "data": "#000000",
    "fit": "#D55E00",
    "baseline": "#009E73",
    "metabolites": "#0072B2",
    "data - fit": "#777777",
    "data - metabolites": "#777777",
}


def window() -> np.ndarray:
    """The shifts of a figure, in ppm."""
    return np.linspace(*WINDOW, SHIFTS)


def spectrum_figure(ppm: np.ndarray, rows: list[Mapping[str, np.ndarray]], title: str = ""):
    """Real spectra above each other on one scale, with labels over the metabolites.

    ppm: (shifts,). rows: from top to bottom, what is drawn over each other: arrays (shifts,) by their name.
    The labels stand over the last spectrum called ``metabolites``, where it has a peak.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.6), layout="constrained")
    plot = figure.subplots()
    offset, named = 0.0, set()
    gap = 0.06 * max(values.max() for values in rows[0].values())
    for row in rows:
        high, low = (pick([pick(values) for values in row.values()]) for pick in (np.max, np.min))
        offset -= high
        for name, values in row.items():
            style = {"color": COLOURS.get(name, "#777777"), "linewidth": 0.7 if name == "data" else 1.2}
            plot.plot(ppm, values + offset, label=name if name not in named else None, **style)
            named.add(name)
            if name == "metabolites":
                _label(plot, ppm, values, offset)
        plot.axhline(offset, color="#BBBBBB", linewidth=0.5, zorder=0)
        offset += low - gap
    plot.set(xlim=WINDOW, xlabel="¹H shift (ppm)", yticks=[])
    plot.spines[["left", "top", "right"]].set_visible(False)
    plot.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(named), fontsize=8, frameon=False)
    if title:
        figure.suptitle(title, fontsize=9)
    return figure


def _label(plot, ppm, values, offset) -> None:
    """Names over peaks."""
    top = values.max()
    for name, at in LABELS.items():
        height = values[np.abs(ppm - at) < 0.04].max()
        if height > LABELLED * top:
            style = {"ha": "center", "va": "bottom", "fontsize": 8}
            plot.annotate(name.strip(), (at, height + offset), (0, 2), textcoords="offset points", **style)


def result_figure(fid: np.ndarray, axis: Axis, found: Estimate, title: str = ""):
    """The data, what a method made of them, and what is left, of the first spectrum of an estimate.

    Where a method has no model of the data in their own frame, the difference shows what it took away: noise,
    baseline and the width of the lines.
    """
    ppm = window()
    clean = spectrum_at(found.fids[0], axis, ppm).real
    if found.ppm is None:
        data = spectrum_at(fid, axis, ppm).real
        left = {"data - metabolites": data - clean}
        return spectrum_figure(ppm, [{"data": data}, {"metabolites": clean}, left], title)
    order = np.argsort(found.ppm)
    parts = (part[0][order] for part in (found.data, found.fit, found.baseline))
    data, fit, baseline = (np.interp(ppm, found.ppm[order], part) for part in parts)
    rows = [
        {"data": data, "fit": fit, "baseline": baseline},
        {"metabolites": clean},
        {"data - fit": data - fit},
    ]
    return spectrum_figure(ppm, rows, title)
