"""Figures of a run: spectra before and after, estimated against true concentrations, errors."""

from __future__ import annotations

import itertools

import numpy as np

from common.metrics.concentrations import LINEWIDTH_BINS, SNR_BINS, TWELVE, mean_relative_error
from common.simulation.metabolites import NAMES

from . import data
from .config import Config

#: Label and colour of the methods, in the palette of common/reporting/figures.py.
METHODS = {
    "prior_mean": ("best constant", "#999999"),
    "linear_combination": ("linear combination", "#D55E00"),
    "linear_combination_prior": ("linear combination, prior", "#E69F00"),
    "lcmodel": ("LCModel", "#009E73"),
    "network": ("network", "#0072B2"),
}


def _grid(rows: int, columns: int, inches: tuple[float, float], **options):
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _shifts(plot, config: Config) -> None:
    plot.set_xlim(*config.window)
    plot.set_yticks([])
    for side in ("left", "top", "right"):
        plot.spines[side].set_visible(False)


def spectra_grid(config: Config, rows, title: str, columns: int = 2):
    """Spectra over each other: ``rows`` of (label, {name: real spectrum}), the first of each in grey."""
    count = len(rows)
    figure, plots = _grid(-(-count // columns), columns, (4.6 * columns, 1.7 * -(-count // columns) + 0.6))
    shifts = data.ppm(config)
    colours = ("#999999", "#000000", "#0072B2", "#D55E00", "#009E73")
    for plot, (label, spectra) in zip(plots.ravel(), rows, strict=False):
        step = 0.35 * max(np.abs(value).max() for value in spectra.values())
        for i, (name, value) in enumerate(spectra.items()):
            plot.plot(shifts, value - i * step, color=colours[i % len(colours)], linewidth=0.8, label=name)
        plot.set_title(label, fontsize=8, loc="left")
        _shifts(plot, config)
    for plot in plots.ravel()[count:]:
        plot.set_visible(False)
    for plot in plots[-1]:
        plot.set_xlabel("¹H shift (ppm)")
    handles, labels = plots[0, 0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside upper center",
        ncols=len(labels),
        title=title,
        title_fontsize=10,
        fontsize=8,
    )
    return figure


def example(config: Config, model, validation):
    """Two validation spectra while a network trains: input, truth, network."""
    inputs, targets = validation.batch(0, 0)
    output = model.predict_on_batch(inputs)
    inputs = inputs[0] if config.referenced else inputs
    rows = [
        ("", {"input": spectrum[:, 0], "truth": target, "network": made})
        for spectrum, target, made in zip(inputs[:2], targets, output, strict=False)
    ]
    return spectra_grid(config, rows, "validation", columns=1)


def examples(config: Config, spectra: data.Spectra, output: np.ndarray, part: str):
    """Six test spectra across the range of SNR: input, truth, network, error."""
    order = np.argsort(spectra.snr)
    chosen = order[np.linspace(0, len(order) - 1, 6).round().astype(int)]
    rows = []
    for i in chosen:
        label = f"SNR {spectra.snr[i]:.1f}, {spectra.linewidth[i]:.1f} Hz"
        error = output[i] - spectra.targets[i]
        parts = {"input": spectra.inputs[i, :, 0], "truth": spectra.targets[i], "network": output[i]}
        rows.append((label, parts | {"network - truth": error}))
    return spectra_grid(config, rows, f"simulated, {part} concentrations; SNR: tNAA height / (2 sd of noise)")


def scatter(true: np.ndarray, estimates: dict[str, np.ndarray], part: str):
    """Estimated against true concentrations of the paper's twelve, 500 spectra."""
    figure, plots = _grid(3, 4, (10.0, 7.6))
    shown = [name for name in METHODS if name in estimates and name != "prior_mean"]
    for plot, metabolite in zip(plots.ravel(), TWELVE, strict=True):
        column = NAMES.index(metabolite)
        x = true[:500, column]
        for name in shown:
            label, colour = METHODS[name]
            plot.plot(
                x, estimates[name][:500, column], ".", markersize=1.5, color=colour, label=label, alpha=0.6
            )
        ends = (x.min(), x.max())
        plot.plot(ends, ends, color="black", linewidth=0.8)
        plot.set_ylim(-0.1 * ends[1], 2 * ends[1])
        plot.set_title(metabolite, fontsize=9)
    figure.supxlabel("true (mM)")
    figure.supylabel("estimated (mM)")
    handles, labels = plots[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=4, markerscale=6, title=f"{part} concentrations"
    )
    return figure


def errors(brains, estimates: dict[str, np.ndarray], constants: dict, normal: dict, part: str):
    """Mean error of each metabolite, and of the twelve against SNR and line width."""
    figure, plots = _grid(1, 3, (12.0, 3.6), width_ratios=(2, 1, 1))
    shown = [name for name in METHODS if name in estimates]
    width = 0.8 / len(shown)
    places = np.arange(len(TWELVE))
    for i, name in enumerate(shown):
        label, colour = METHODS[name]
        bars = [_error(brains, estimates[name], metabolite, normal) for metabolite in TWELVE]
        plots[0, 0].bar(places + (i - len(shown) / 2 + 0.5) * width, bars, width, color=colour, label=label)
        for plot, values, edges in (
            (plots[0, 1], brains.snr, SNR_BINS),
            (plots[0, 2], brains.linewidth, LINEWIDTH_BINS),
        ):
            means = [
                _mean_error(brains, estimates[name], normal, values, *pair)
                for pair in itertools.pairwise(edges)
            ]
            centres = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
            plot.plot(centres, means, "o-", color=colour, markersize=4)
    plots[0, 0].set_xticks(places, TWELVE)
    plots[0, 0].set(ylabel="mean |error| (%)", ylim=(0, 60))
    plots[0, 1].set(xlabel="SNR (tNAA height / 2 sd)", ylim=(0, None))
    plots[0, 2].set(xlabel="line width (Hz)", ylim=(0, None))
    figure.legend(
        *plots[0, 0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=5,
        title=f"{part} concentrations",
    )
    return figure


def _error(brains, estimated, metabolite: str, normal, chosen=slice(None)) -> float:
    column = NAMES.index(metabolite)
    return mean_relative_error(
        brains.concentrations[chosen, column], estimated[chosen, column], 0.1 * normal[metabolite]
    )


def _mean_error(brains, estimated, normal, values, low, high) -> float:
    chosen = (values >= low) & (values <= high)
    return (
        float(np.mean([_error(brains, estimated, name, normal, chosen) for name in TWELVE]))
        if chosen.any()
        else np.nan
    )
