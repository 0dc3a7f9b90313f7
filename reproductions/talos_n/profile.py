"""The figure of a prediction: angles along the sequence with their spread, order, secondary structure."""

from __future__ import annotations

import numpy as np

from common.shiftlist import ShiftList

from . import data
from .figures import CLASSES
from .predict import Prediction

#: Inches a residue, and the least and the most of a figure (ours: letters stay legible).
RESIDUE, NARROW, WIDE = 0.085, 6.5, 18.0
#: Colours of helix and strand (Okabe and Ito, 2008).
STATES = {"H": ("helix", "#D55E00"), "E": ("strand", "#0072B2")}


def profile(shifts: ShiftList, table: data.Table, found: Prediction):
    """Phi, psi with standard deviations by class; order parameter; probabilities of helix and strand.

    Rows stand side by side whatever their numbers.
    """
    from matplotlib.figure import Figure

    count = len(shifts)
    width = float(np.clip(RESIDUE * count, NARROW, WIDE))
    figure = Figure(figsize=(width, 7.2), layout="constrained")
    plots = figure.subplots(4, 1, sharex=True, height_ratios=[2, 2, 1, 1])
    for plot, axis, name in zip(plots, (0, 1), ("φ", "ψ"), strict=False):
        _angles(plot, found, axis)
        plot.set_ylabel(f"{name} (deg)", fontsize=9)
    plots[0].legend(fontsize=8, frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    rows = np.arange(count)
    plots[2].bar(rows, np.nan_to_num(table.s2), width=0.85, color="#777777")
    plots[2].set(ylim=(0, 1))
    plots[2].set_ylabel("RCI S²", fontsize=9)
    below = np.zeros(count)
    for column, (name, colour) in enumerate(STATES.values()):
        share = found.secondary[:, column] * (np.array(list(shifts.sequence)) != "X")
        plots[3].bar(rows, share, bottom=below, width=1.0, color=colour, label=name)
        below = below + share
    plots[3].set(ylim=(0, 1), xlim=(-1, count))
    plots[3].set_ylabel("probability", fontsize=9)
    plots[3].legend(fontsize=8, frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
    ticks = [i for i in rows.tolist() if int(shifts.numbers[i]) % 10 == 0]
    plots[3].set_xticks(ticks, [str(shifts.numbers[i]) for i in ticks])
    for plot in plots:
        plot.tick_params(labelsize=8)
        plot.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("residue", fontsize=9)
    figure.suptitle(shifts.name, fontsize=10)
    return figure


def _angles(plot, found: Prediction, axis: int) -> None:
    """One angle of each residue with its standard deviation, coloured by class."""
    angles = np.degrees(found.torsions.angles[:, axis])
    spread = np.degrees(found.torsions.sd[:, axis])
    for name, (label, colour) in CLASSES.items():
        rows = np.flatnonzero(found.torsions.classes == name)
        if len(rows):
            style = {"color": colour, "markersize": 3, "elinewidth": 0.9, "label": label}
            plot.errorbar(rows, angles[rows], spread[rows], fmt="o", **style)
    plot.set(ylim=(-185, 185))
    plot.set_yticks(range(-180, 181, 90))
    plot.axhline(0, color="#CCCCCC", linewidth=0.6, zorder=0)
