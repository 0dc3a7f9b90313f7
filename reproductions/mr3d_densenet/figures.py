"""Figures of a run: predicted against computed shieldings, and errors against those stated."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.metrics.calibration import WITHIN
from common.metrics.shieldings import score_shieldings

from .scoring import PUBLISHED, REFERENCE, Predicted

#: Label and colour of methods (Okabe and Ito, 2008).
METHODS = {
    "network": ("network", "#0072B2"),
    REFERENCE: ("SOAP kernel regression", "#D55E00"),
    PUBLISHED: ("ShiftML, published", "#E69F00"),
    "mean": ("mean", "#999999"),
}
ISOTOPES = {"H": "¹H", "C": "¹³C", "N": "¹⁵N", "O": "¹⁷O"}
#: Groups of atoms, by stated sd, of the figure of errors.
GROUPS = 8


def draw(session, every: Mapping[str, Predicted]) -> None:
    """Every figure of the test atoms, a panel a nucleus."""
    tests = {element: found.sets()["test"] for element, found in every.items()}
    session.figure("shieldings", scatter(tests))
    if any(found.stated for found in tests.values()):
        session.figure("spread", spreads(tests))


def _panels(count: int):
    """A figure and a panel for each of some nuclei, at most two beside each other."""
    from matplotlib.figure import Figure

    columns = min(count, 2)
    rows = -(-count // columns)
    figure = Figure(figsize=(4.2 * columns, 3.9 * rows), layout="constrained")
    plots = figure.subplots(rows, columns, squeeze=False).ravel()
    for plot in plots:
        plot.tick_params(labelsize=8)
        plot.spines[["top", "right"]].set_visible(False)
    for plot in plots[count:]:
        plot.set_visible(False)
    return figure, plots


def scatter(tests: Mapping[str, Predicted]):
    """Predicted against computed shieldings of the network and of kernel regression, in ppm."""
    figure, plots = _panels(len(tests))
    for (element, found), plot in zip(tests.items(), plots, strict=False):
        ends = [found.known.min(), found.known.max()]
        plot.plot(ends, ends, color="black", linewidth=0.7, zorder=3)
        for method in (REFERENCE, "network"):
            if method in found.predicted:
                label, colour = METHODS[method]
                score = score_shieldings(found.known, found.predicted[method])["rmse"]
                size = 4 if len(found.known) > 500 else 9
                said = f"{label}: {score:.3g} ppm"
                plot.scatter(
                    found.known,
                    found.predicted[method],
                    s=size,
                    alpha=0.4,
                    linewidths=0,
                    color=colour,
                    label=said,
                )
        plot.set_title(f"{ISOTOPES[element]}, {len(found.known)} atoms", fontsize=10)
        plot.legend(fontsize=8, frameon=False, loc="upper left", title="RMSE", title_fontsize=8)
    figure.supxlabel("computed shielding (ppm)", fontsize=9)
    figure.supylabel("predicted shielding (ppm)", fontsize=9)
    return figure


def spreads(tests: Mapping[str, Predicted]):
    """Below what 68.3 % of the errors are, of atoms in groups of like stated sd, against that sd."""
    figure, plots = _panels(len(tests))
    for (element, found), plot in zip(tests.items(), plots, strict=False):
        spread = found.stated["network"]
        errors = np.abs(found.predicted["network"] - found.known)
        groups = np.array_split(np.argsort(spread), min(GROUPS, len(spread)))
        x = [np.sqrt(np.mean(spread[rows] ** 2)) for rows in groups]
        y = [np.quantile(errors[rows], WITHIN[1]) for rows in groups]
        plot.plot(x, y, "o-", color=METHODS["network"][1])
        top = max(max(x), max(y)) * 1.05
        plot.plot([0, top], [0, top], color="black", linewidth=0.7, linestyle=":", label="equal")
        plot.set(xlim=(0, max(x) * 1.1), ylim=(0, max(y) * 1.1))
        plot.set_title(ISOTOPES[element], fontsize=10)
        plot.legend(fontsize=8, frameon=False)
    figure.supxlabel("stated sd (ppm)", fontsize=9)
    figure.supylabel("68.3 % of errors below (ppm)", fontsize=9)
    return figure
