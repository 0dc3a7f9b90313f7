"""Learning curves and cross-validations in tables and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.metrics.shifts import Interval

from . import scoring

#: Label and colour of the methods (Okabe and Ito, 2008).
METHODS = {
    "network": ("MR-3D-DenseNet", "#0072B2"),
    "soap_krr": ("SOAP kernel regression", "#D55E00"),
    "network_and_krr": ("mean of the two", "#009E73"),
    "shiftml_published": ("ShiftML, 2,000 crystals", "#999999"),
}
#: The two that are compared, and the one that learns nothing from the crystals of a run.
LEARNING, FIXED = ("network", "soap_krr"), "shiftml_published"


@dataclass(frozen=True)
class Point:
    """The RMSE in ppm of a method that learnt from some crystals, with its interval over test crystals."""

    crystals: int
    method: str
    rmse: Interval


def table(points: Sequence[Point]) -> str:
    """A curve as a table in Markdown: a row a number of crystals, a column a method, errors in ppm."""
    methods = [method for method in METHODS if any(point.method == method for point in points)]
    rows = [["crystals", *(METHODS[method][0] for method in methods)], ["---"] * (1 + len(methods))]
    for crystals in sorted({point.crystals for point in points}):
        here = {point.method: point.rmse for point in points if point.crystals == crystals}
        rows.append([f"{crystals}", *(_cell(here.get(method)) for method in methods)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def pooled_table(found: Sequence[scoring.Predicted]) -> str:
    """Cross-validations as a table: RMSE of each method and the ratio to kernel regression, by element."""
    head = ["nucleus", "atoms", "crystals", *(label for label, _ in METHODS.values()), "ratio"]
    rows = [head, ["---"] * len(head)]
    for each in found:
        part = each.sets()["test"]
        both = all(method in part.predicted for method in LEARNING)
        ratio = str(part.compare("network").ratio) if both else "–"
        errors = [_cell(part.rmse(method) if method in part.predicted else None) for method in METHODS]
        rows.append([each.element, f"{len(part.known)}", f"{len(np.unique(part.crystal))}", *errors, ratio])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(rmse: Interval | None) -> str:
    return f"{rmse.value:.3g} ({rmse.low:.3g}–{rmse.high:.3g})" if rmse else "–"


def figure(found: dict[str, list[Point]]):
    """Learning curves by element, a panel each: RMSE in ppm against crystals, both logarithmic."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(3.0 * len(found) + 0.6, 3.2), layout="constrained")
    for (element, points), plot in zip(
        found.items(), made.subplots(1, len(found), squeeze=False)[0], strict=True
    ):
        _draw(plot, points)
        plot.set_title({"H": "¹H", "C": "¹³C", "N": "¹⁵N", "O": "¹⁷O"}[element], fontsize=10)
    made.axes[0].legend(fontsize=7, frameon=False)
    made.supxlabel("crystals to learn from", fontsize=9)
    made.supylabel("RMSE (ppm), 95 % interval over test crystals", fontsize=9)
    return made


def _draw(plot, points: Sequence[Point]) -> None:
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    for method, (label, colour) in METHODS.items():
        own = sorted((point for point in points if point.method == method), key=lambda point: point.crystals)
        if not own:
            continue
        crystals, values = [point.crystals for point in own], np.array([point.rmse.value for point in own])
        if method != FIXED:
            ends = np.abs(np.array([[point.rmse.low, point.rmse.high] for point in own]).T - values)
            plot.errorbar(
                crystals, values, ends, fmt="o-", color=colour, label=label, capsize=2, markersize=4
            )
        else:
            plot.axhline(values[-1], color=colour, linestyle="--", label=label)
    plot.set(xscale="log", yscale="log")
    plot.set_xticks(sorted({point.crystals for point in points}))
    for axis in (plot.xaxis, plot.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter() if axis is plot.xaxis else ScalarFormatter())
    plot.tick_params(labelsize=8, which="both")
    plot.spines[["top", "right"]].set_visible(False)
