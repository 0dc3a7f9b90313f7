"""Figures of a run: errors against coverage, Ramachandran plots, calibration, size of the database."""

from __future__ import annotations

import numpy as np

from common.metrics.torsions import (
    PREDICTED,
    TorsionPrediction,
    coverage_curve,
    is_wrong,
    score_all,
    score_predicted,
    torsion_errors,
)  # fmt: skip
from common.shifts.figures import coverage_plot

from . import data

#: Label and colour of the classes (Okabe and Ito, 2008).
CLASSES = {
    "Strong": ("Strong", "#009E73"),
    "Generous": ("Generous", "#E69F00"),
    "Warn": ("Warn", "#D55E00"),
    "Dynamic": ("Dynamic", "#999999"),
}
#: Label of the methods.
METHODS = {
    "network": "networks and search",
    "no_search": "networks",
    "level_1": "level 1 alone",
    "search_alone": "search alone",
    "chemical_shift_index": "chemical shift index",
}
#: Groups of residues of the calibration figure.
GROUPS = 10
#: The published share of predicted residues and of wrong ones among them.
PUBLISHED = {"TALOS-N, published": (0.9, 0.035)}


def draw(session, known: data.Known, predicted: dict, sizes: dict, source: str) -> None:
    """Every figure of the residues that are scored.

    predicted: by method; sizes: the same by share of the database that was searched, but all of it.
    """
    rows = known.scored
    truth = known.truth.angles[rows]
    found = {name: _pick(each, rows) for name, each in predicted.items()}
    session.figure("coverage", coverage(truth, found, source))
    session.figure("ramachandran", ramachandran(found["network"], truth))
    session.figure("angles", scatter(truth, found["network"]))
    session.figure("calibration", calibration(truth, found["network"]))
    smaller = {share: {name: _pick(one, rows) for name, one in both.items()} for share, both in sizes.items()}
    session.figure("database", database(truth, smaller | {1.0: found}))


def _pick(found: TorsionPrediction, rows: np.ndarray) -> TorsionPrediction:
    return TorsionPrediction(
        **{name: None if value is None else value[rows] for name, value in vars(found).items()}
    )


def coverage(truth, found: dict[str, TorsionPrediction], source: str):
    """Share of wrong angles against share of residues kept, Dynamic ones never kept."""
    curves, points = {}, {}
    for name in ("network", "no_search", "level_1", "search_alone"):
        if name in found:
            each = found[name]
            ordered = each.classes != "Dynamic"
            wrong = is_wrong(torsion_errors(truth, each.angles))[ordered]
            share, error = coverage_curve(wrong, each.confidence[ordered])
            curves[METHODS[name]] = share * ordered.mean(), error
    scores = score_predicted(torsion_errors(truth, found["network"].angles), found["network"].classes)
    if "wrong_fraction" in scores:
        points["Strong and Generous"] = scores["predicted_fraction"], scores["wrong_fraction"]
    return coverage_plot(curves, points | PUBLISHED, source)


def _panels(rows: int, columns: int, inches: tuple[float, float]):
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _torus(plot, x: str, y: str) -> None:
    plot.set(xlim=(-180, 180), ylim=(-180, 180), xlabel=x, ylabel=y, box_aspect=1)
    plot.set_xticks(range(-180, 181, 90))
    plot.set_yticks(range(-180, 181, 90))
    plot.tick_params(labelsize=8)
    plot.spines[["top", "right"]].set_visible(False)


def _by_class(plot, x, y, classes) -> None:
    size = 3 if len(x) > 500 else 10
    for name, (label, colour) in CLASSES.items():
        some = classes == name
        if some.any():
            plot.scatter(x[some], y[some], s=size, color=colour, alpha=0.5, linewidths=0, label=label)


def ramachandran(found: TorsionPrediction, truth):
    """Predicted angles by class beside those of the structures."""
    figure, ((first, second),) = _panels(1, 2, (8.2, 4.2))
    for plot, angles, title in ((first, found.angles, "predicted"), (second, truth, "structure")):
        _by_class(plot, *np.degrees(angles).T, found.classes)
        _torus(plot, "φ (deg)", "ψ (deg)")
        plot.set_title(title, fontsize=10)
    first.legend(fontsize=7, frameon=False, markerscale=3, loc="lower right")
    return figure


def scatter(truth, found: TorsionPrediction):
    """Predicted against true angles, by class."""
    figure, (plots,) = _panels(1, 2, (8.2, 4.2))
    for plot, axis, name in zip(plots, (0, 1), ("φ", "ψ"), strict=True):
        _by_class(plot, np.degrees(truth[:, axis]), np.degrees(found.angles[:, axis]), found.classes)
        plot.plot([-180, 180], [-180, 180], color="black", linewidth=0.7, zorder=0)
        _torus(plot, f"{name} of the structure (deg)", f"{name} predicted (deg)")
    plots[0].legend(fontsize=7, frameon=False, markerscale=3)
    return figure


def calibration(truth, found: TorsionPrediction):
    """Errors that were made against those stated, in groups of residues; and how often a sure one is
    right."""
    figure, ((first, second),) = _panels(1, 2, (8.2, 4.0))
    off = torsion_errors(truth, found.angles)
    stated, ok = np.degrees(found.sd), np.isin(found.classes, PREDICTED)
    for axis, (name, colour) in enumerate((("φ", "#0072B2"), ("ψ", "#D55E00"))):
        rows = np.flatnonzero(ok)[np.argsort(stated[ok, axis])]
        some = [each for each in np.array_split(rows, GROUPS) if len(each)]
        x = [np.sqrt(np.mean(stated[each, axis] ** 2)) for each in some]
        y = [np.percentile(np.abs(off[each, axis]), 68.3) for each in some]
        first.plot(x, y, "o-", color=colour, markersize=4, label=name)
    top = max(first.get_xlim()[1], first.get_ylim()[1])
    first.plot([0, top], [0, top], color="black", linewidth=0.7)
    first.set(xlabel="stated sd (deg)", ylabel="68.3 % of errors below (deg)")
    first.legend(fontsize=8, frameon=False)
    order = np.array_split(np.argsort(found.confidence), GROUPS)
    right = ~is_wrong(off)
    x, y = zip(
        *((found.confidence[each].mean(), right[each].mean()) for each in order if len(each)), strict=True
    )
    second.plot([0, 1], [0, 1], color="black", linewidth=0.7)
    second.plot(x, y, "o-", color="#0072B2", markersize=4)
    second.set(
        xlabel="stated probability of being right", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1)
    )
    for plot in (first, second):
        plot.spines[["top", "right"]].set_visible(False)
    return figure


def database(truth, found: dict[float, dict[str, TorsionPrediction]]):
    """Errors against the share of the database that was searched; ``found`` by share and method."""
    figure, (plots,) = _panels(1, 2, (8.2, 3.6))
    shares = [100 * share for share in found]
    for method, colour in (("search_alone", "#D55E00"), ("network", "#0072B2")):
        errors = [torsion_errors(truth, both[method].angles) for both in found.values()]
        median = [score_all(one)["torsion_median"] for one in errors]
        wrong = [100 * is_wrong(one).mean() for one in errors]
        for plot, values in zip(plots, (median, wrong), strict=True):
            plot.plot(shares, values, "o-", color=colour, label=METHODS[method])
    for plot, label in zip(plots, ("median error (deg)", "wrong angles, all residues (%)"), strict=True):
        plot.set(xlabel="share of the database (%)", ylabel=label)
        plot.set_ylim(bottom=0)
        plot.spines[["top", "right"]].set_visible(False)
    plots[0].legend(fontsize=8, frameon=False)
    return figure
