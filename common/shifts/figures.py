"""Figures of predicted protein shifts: against observed ones, errors by method, profiles along a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from common.metrics.shifts import score_shifts
from common.shiftlist import NUCLEI
from common.shifts.scoring import GLYCINE, LABELS, Atoms

#: How nuclei are written.
NAMES = {"N": "N", "HN": "Hᴺ", "HA": "Hα", "C": "C′", "CA": "Cα", "CB": "Cβ", GLYCINE: "Hα of Gly"}
#: Label and colour of methods (Okabe and Ito, 2008): ours blue, programs warm, simple ones grey.
METHODS = {
    "network": ("network", "#0072B2"),
    "sparta_plus_program": ("SPARTA+ (program)", "#D55E00"),
    "ppm_one_program": ("PPM_One (program)", "#E69F00"),
    "shiftx2_program": ("SHIFTX2 (program)", "#CC79A7"),
    "shiftx2_homology_program": ("SHIFTX2, homology", "#E7C1D8"),
    "ridge": ("ridge regression", "#777777"),
    "random_coil": ("random coil", "#BBBBBB"),
}
OTHERS = ("#009E73", "#56B4E9", "#004D73", "#88CCAA")
#: Colours of helix and strand.
STATES = {"H": "#D55E00", "E": "#0072B2"}
#: A share of wrong ones is drawn from this share of residues on; ours: of fewer it is noise.
LEAST = 0.03
#: Inches of a profile for each residue, and the least and the most of a figure; ours: letters stay legible.
RESIDUE, NARROW, WIDE = 0.085, 6.5, 18.0


def draw(session, found: Atoms, method: str = "network") -> None:
    """The figures of a comparison, of all proteins and of the clean ones."""
    for name, part in found.sets().items():
        session.figure(f"shifts-{name}", predicted_against_observed(part, method, f"{part.source}, {name}"))
        session.figure(f"errors-{name}", error_bars(part, title=f"{part.source}, {name}"))


def predicted_against_observed(part: Atoms, method: str = "network", title: str = ""):
    """A panel for each of the six nuclei: what a method predicts against what was observed, in ppm."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 5.8), layout="constrained")
    for nucleus, plot in zip(NUCLEI, figure.subplots(2, 3).flat, strict=True):
        chosen = part.nuclei == nucleus
        observed, predicted = part.observed[chosen], part.predicted[method][chosen]
        plot.set_title(NAMES[nucleus], fontsize=10)
        if not len(observed):
            plot.set_visible(False)
            continue
        colour, size = _style(method, 0)[1], 4 if len(observed) > 500 else 10
        plot.scatter(observed, predicted, s=size, alpha=0.35, color=colour, linewidths=0)
        both = np.concatenate([observed, predicted])
        ends = [both.min(), both.max()]
        plot.plot(ends, ends, color="black", linewidth=0.7, zorder=0)
        scores = score_shifts(observed, predicted)
        said = f"rmsd {scores['rmsd']:.3g} ppm\nr {scores.get('shift_r', np.nan):.3f}\nn {len(observed)}"
        plot.text(0.04, 0.96, said, transform=plot.transAxes, va="top", fontsize=8)
        plot.set(xlim=plot.get_ylim(), box_aspect=1)
        plot.tick_params(labelsize=8)
        plot.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("observed shift (ppm)", fontsize=9)
    figure.supylabel(f"predicted by {_style(method, 0)[0]} (ppm)", fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def error_bars(part: Atoms, methods: Sequence[str] = (), title: str = ""):
    """RMSDs of the methods with their 95 % intervals over proteins, a panel a nucleus."""
    from matplotlib.figure import Figure

    methods = list(methods or part.predicted)
    labels = [label for label in LABELS if (part.nuclei == label).any()]
    rows, columns = -(-len(labels) // 4), min(4, len(labels))
    size = (2.4 * columns + 1.4, rows * (0.24 * len(methods) + 0.8))
    figure = Figure(figsize=size, layout="constrained")
    plots = figure.subplots(rows, columns, squeeze=False, sharey=True)
    places = np.arange(len(methods))[::-1]
    for label, plot in zip(labels, plots.flat, strict=False):
        found = [part.rmsd(label, method) for method in methods]
        values = np.array([each.value for each in found])
        ends = np.abs(np.array([[each.low, each.high] for each in found]).T - values)
        colours = [_style(method, index)[1] for index, method in enumerate(methods)]
        plot.barh(places, values, xerr=ends, color=colours, height=0.72, error_kw={"elinewidth": 0.9})
        for place, each in zip(places, found, strict=True):
            style = {"textcoords": "offset points", "va": "center", "fontsize": 7}
            plot.annotate(f"{each.value:.3f}", (each.high, place), (3, 0), **style)
        plot.set_yticks(places, [_style(method, 0)[0] for method in methods], fontsize=8)
        plot.set_title(f"{NAMES[label]}, {(part.nuclei == label).sum()} atoms", fontsize=9)
        plot.set_xlim(0, 1.28 * max(each.high for each in found))
        plot.tick_params(labelsize=8)
        plot.spines[["top", "right"]].set_visible(False)
    for plot in plots.flat[len(labels) :]:
        plot.set_visible(False)
    figure.supxlabel("RMSD (ppm), 95 % interval over proteins", fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def secondary_profile(
    numbers: Sequence[int],
    sequence: str,
    observed: np.ndarray,
    predicted: Mapping[str, np.ndarray],
    states: Sequence[str] | None = None,
    title: str = "",
    errors: np.ndarray | None = None,
):
    """Secondary shifts along a sequence: bars where observed, a line a method; a panel a nucleus.

    numbers: (n,) of the residues, for the axis alone: rows stand side by side. sequence: one-letter codes.
    observed: (n, 6) after ``NUCLEI`` in ppm, NaN where there is none; predicted: the same by method. states:
    (n,) of ``H``, ``E`` and others, drawn as a strip above. errors: (n, 6) in ppm, standard errors of every
    method, drawn as a band.
    """
    from matplotlib.figure import Figure

    every = [observed, *predicted.values()]
    shown = [i for i in range(len(NUCLEI)) if any(np.isfinite(values[:, i]).any() for values in every)]
    width = float(np.clip(RESIDUE * len(sequence), NARROW, WIDE))
    heights = [0.28] + [1.0] * len(shown)
    figure = Figure(figsize=(width, 1.05 * sum(heights) + 0.9), layout="constrained")
    strip, *plots = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    rows = np.arange(len(sequence))
    _draw_strip(strip, sequence, states, width)
    for plot, column in zip(plots, shown, strict=True):
        if np.isfinite(observed).any():
            plot.bar(rows, np.nan_to_num(observed[:, column]), width=0.85, color="#BBBBBB", label="observed")
        for index, (method, values) in enumerate(predicted.items()):
            label, colour = _style(method, index)
            plot.plot(rows, values[:, column], ".-", color=colour, linewidth=1, markersize=3, label=label)
            if errors is not None:
                ends = (values[:, column] + sign * errors[:, column] for sign in (-1, 1))
                plot.fill_between(rows, *ends, color=colour, alpha=0.2, linewidth=0)
        plot.axhline(0, color="black", linewidth=0.6)
        plot.set_ylabel(f"Δ{NAMES[NUCLEI[column]]}", fontsize=9)
        plot.tick_params(labelsize=8)
        plot.spines[["top", "right"]].set_visible(False)
    if plots:
        strip.legend(
            *plots[0].get_legend_handles_labels(),
            loc="lower left", bbox_to_anchor=(0, 1), ncols=len(predicted) + 1, fontsize=8, frameon=False,
        )  # fmt: skip
    ticks = [i for i in rows if int(numbers[i]) % 10 == 0]
    figure.axes[-1].set_xticks(ticks, [str(numbers[i]) for i in ticks])
    figure.axes[-1].set_xlim(-1, len(sequence))
    figure.supxlabel("residue", fontsize=9)
    figure.supylabel("secondary shift (ppm)", fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def coverage_plot(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    points: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
):
    """The share of wrong torsion angles against the share of residues kept, the surest first.

    curves: by method, as ``coverage_curve`` of ``common/metrics/torsions.py`` makes them. points: share
    predicted and share of wrong ones where a method draws its line, or where a paper says that it does.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 3.6), layout="constrained")
    plot = figure.subplots()
    for index, (method, (kept, wrong)) in enumerate(curves.items()):
        label, colour = _style(method, index)
        shown = kept >= LEAST
        plot.plot(100 * kept[shown], 100 * wrong[shown], color=colour, linewidth=1.3, label=label)
    for index, (name, (kept, wrong)) in enumerate((points or {}).items()):
        label, colour = _style(name, index)
        style = {"color": colour if name in curves else "black", "marker": "os^Dv"[index % 5]}
        plot.plot(100 * kept, 100 * wrong, linestyle="", label=label if name not in curves else None, **style)
    plot.set(xlabel="residues kept (%)", ylabel="wrong among them (%)", xlim=(0, 100))
    plot.set_ylim(bottom=0)
    plot.spines[["top", "right"]].set_visible(False)
    plot.legend(fontsize=8, frameon=False)
    if title:
        plot.set_title(title, fontsize=10)
    return figure


def _draw_strip(plot, sequence: str, states: Sequence[str] | None, width: float) -> None:
    """Letters of the sequence on the colours of helix and strand."""
    for row, letter in enumerate(sequence):
        colour = STATES.get(states[row]) if states is not None else None
        if colour:
            plot.axvspan(row - 0.5, row + 0.5, color=colour, alpha=0.35, linewidth=0)
        if width / len(sequence) > 0.9 * RESIDUE:
            plot.text(row, 0.45, letter, ha="center", va="center", fontsize=6)
    plot.set(yticks=[], ylim=(0, 1))
    plot.spines[:].set_visible(False)
    plot.tick_params(bottom=False, labelbottom=False)


def _style(method: str, index: int) -> tuple[str, str]:
    """Label and colour."""
    return METHODS.get(method, (method, OTHERS[index % len(OTHERS)]))
