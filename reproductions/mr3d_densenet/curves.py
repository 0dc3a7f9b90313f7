"""Learning curves, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.metrics.shifts import Interval

from .scoring import PUBLISHED, REFERENCE

#: Label and colour of the methods (Okabe and Ito, 2008).
METHODS = {
    "network": ("network", "#0072B2"),
    REFERENCE: ("SOAP kernel regression", "#D55E00"),
    "network_and_krr": ("mean of the two", "#009E73"),
    PUBLISHED: ("ShiftML, 2,000 crystals", "#999999"),
}


@dataclass(frozen=True)
class Point:
    """The RMSE in ppm of a method that learnt from some crystals, with its interval over test crystals."""

    crystals: int
    method: str
    rmse: Interval


def draw(plot, points: Sequence[Point]) -> None:
    """RMSE against crystals, both logarithmic, a line a method."""
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    for method, (label, colour) in METHODS.items():
        own = sorted((point for point in points if point.method == method), key=lambda point: point.crystals)
        if not own:
            continue
        crystals, values = [point.crystals for point in own], np.array([point.rmse.value for point in own])
        if method != PUBLISHED:  # which learns nothing from the crystals of a run
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
