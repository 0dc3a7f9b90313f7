"""The figure of ``nmr-repro study crystals``: learning curves, and ratios with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from common.metrics.shifts import Interval
from reproductions import registry
from reproductions.studies.crystals_tables import BOTH, FAITHFUL, NETWORK, REFERENCE

ISOTOPES = {"H": "¹H", "C": "¹³C", "N": "¹⁵N", "O": "¹⁷O"}
#: A row of a plot of ratios: its name, value and ends, colour.
Row = tuple[str, Sequence[float], str]


def draw(record: dict) -> bytes | None:
    """Learning curves in a row, below it ratios of ablations and cross-validations; None without any."""
    from matplotlib.figure import Figure

    from common.reporting.figures import png_bytes

    curves = {row["element"]: row for row in reversed(record["curves"])}
    ratios = {name: rows for name, rows in (_ablations(record), _folds(record)) if rows}
    if not curves and not ratios:
        return None
    heights = [3.2] * bool(curves) + [1.3 + 0.25 * max(map(len, ratios.values()))] * bool(ratios)
    width = max(3.0 * len(curves) + 0.6, 4.6 * len(ratios))
    figure = Figure(figsize=(width, sum(heights)), layout="constrained")
    places = iter(figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0])
    if curves:
        _curves(next(places), curves)
    if ratios:
        place = next(places)
        for plot, (name, rows) in zip(
            place.subplots(1, len(ratios), squeeze=False)[0], ratios.items(), strict=True
        ):
            forest(plot, name, rows)
    return png_bytes(figure)


def _curves(place, rows: dict[str, dict]) -> None:
    """A panel a nucleus, that of the first run of each."""
    curves = registry.get("mr3d_densenet").module("curves")
    plots = place.subplots(1, len(rows), squeeze=False)[0]
    ordered = [rows[element] for element in ISOTOPES if element in rows]
    for row, plot in zip(ordered, plots, strict=True):
        points = [
            curves.Point(point["learnt_from"], method, Interval(*rmse))
            for point in row["points"]
            for method, rmse in point["rmse"].items()
        ]
        curves.draw(plot, points)
        plot.set_title(ISOTOPES[row["element"]], fontsize=10)
    plots[0].legend(fontsize=7, frameon=False)
    place.supxlabel("crystals to learn from", fontsize=9)
    place.supylabel("RMSE (ppm)", fontsize=9)


def _ablations(record: dict) -> tuple[str, list[Row]]:
    rows = [row for row in record["ablations"] if row["variant"] != FAITHFUL]
    return "RMSE / faithful, ¹⁵N", [(row["variant"], row["ratio"], "#0072B2") for row in rows]


def _folds(record: dict) -> tuple[str, list[Row]]:
    methods, made = registry.get("mr3d_densenet").module("curves").METHODS, []
    for row in (each for each in record["folds"] if "ratio" in each):
        for method in (NETWORK, BOTH):
            if ratio := row["ratio"].get(f"{method}/{REFERENCE}"):
                label, colour = methods[method]
                made.append((f"{ISOTOPES[row['element']]}, {label} ({row['variant']})", ratio, colour))
    return "RMSE / SOAP kernel regression, all folds", made


def forest(plot, name: str, rows: Sequence[Row]) -> None:
    """Ratios with their intervals below each other, and a line at one."""
    for place, (_, (value, low, high), colour) in enumerate(rows):
        plot.errorbar(
            value, place, xerr=[[value - low], [high - value]], fmt="o", color=colour, capsize=2, markersize=5
        )
    plot.axvline(1.0, color="black", linewidth=0.7, linestyle=":")
    plot.set_yticks(range(len(rows)), [label for label, _, _ in rows], fontsize=8)
    plot.set_ylim(len(rows) - 0.5, -0.5)
    plot.set_xlabel(name, fontsize=9)
    plot.tick_params(labelsize=8)
    plot.spines[["top", "right"]].set_visible(False)
