"""Figures of a run: spectra with their regions, precision against recall, reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from common.reporting.figures import OTHERS, shift_label, styled
from common.spectrum import Axis

from .config import Config
from .reliability import Reliability
from .scoring import Scored

#: Label and colour of what marks regions (Okabe and Ito, 2008).
MARKS = {
    "true": ("true", "#000000"),
    "network": ("network", "#0072B2"),
    "classical": ("classical finder", "#D55E00"),
}
#: Spectra in a figure at most; ours.
SHOWN = 4
#: Noise of a spectrum that is 1 before the logarithm of its height; ours: small signals are what is missed.
FLOOR = 10.0


def draw(session, reliabilities: Mapping[str, Reliability], simulated: Sequence[Scored], measured) -> None:
    """Every figure of an evaluation; measured: scored spectra, none where there are no data."""
    session.figure("probabilities", curves(reliabilities))
    looked_at = [each for each in measured if "50-78-2" in each.name or "aspirin" in each.name]
    session.figure("simulated_and_measured", spectra([*looked_at, *simulated][:SHOWN]))
    tests = [each for each in measured if each not in looked_at]
    worst = sorted(tests, key=lambda each: each.agreement["network"].scores()["f1"])
    if worst:
        session.figure("worst", spectra(worst[:SHOWN]))


@styled
def curves(reliabilities: Mapping[str, Reliability]):
    """Precision against recall of points, and the share that is true against the probability stated."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    colours = dict(zip(reliabilities, ("#0072B2", "#D55E00", *OTHERS), strict=False))
    for name, found in reliabilities.items():
        precision, recall = found.precision_recall()
        left.plot(recall, precision, color=colours[name], label=name)
        at = len(recall) // 2
        left.plot(recall[at], precision[at], "o", color=colours[name], clip_on=False)
        stated, true, _ = found.curve()
        right.plot(stated, true, "o-", color=colours[name], label=f"{name}: off by {found.error():.3f}")
    right.plot([0, 1], [0, 1], color="black", linewidth=0.6)
    left.set(xlabel="recall of points", ylabel="precision of points", xlim=(0, 1), ylim=(0, 1.02))
    right.set(xlabel="probability of a signal", ylabel="share that is one", xlim=(0, 1), ylim=(0, 1.02))
    left.set_title("dots: cut at .5", fontsize=9)
    for plot in (left, right):
        plot.legend(loc="best")
    return figure


@styled
def spectra(shown: Sequence[Scored], title: str = ""):
    """Spectra, their heights as logarithms of both signs, with probabilities below and regions above."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.7 * len(shown)), layout="constrained")
    for plot, each in zip(figure.subplots(len(shown), 1, squeeze=False)[:, 0], shown, strict=True):
        _spectrum(plot, each)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


def _spectrum(plot, each: Scored) -> None:
    axis = each.spectrum.axes[0]
    low, height = _logarithm(each.spectrum.data)
    ppm, line = thinned(axis, height)
    plot.plot(ppm, line, color="black", linewidth=0.5)
    for column, colour in ((0, MARKS["network"][1]), (1, "#E69F00")):
        ppm, line = thinned(axis, each.probabilities[:, column])
        plot.fill_between(ppm, low - 0.3, low - 0.3 + 0.25 * line, color=colour, linewidth=0)
    regions = {"true": each.true, **each.found}
    for row, (name, edges) in enumerate(regions.items()):
        label, colour = MARKS[name]
        for number, (left, right) in enumerate(edges):
            y = 1.05 + 0.09 * row
            plot.plot([left, right], [y, y], color=colour, linewidth=3.5, solid_capstyle="butt",
                      label=label if number == 0 else None)  # fmt: skip
    scores = each.agreement["network"].scores()
    plot.set_title(
        f"{each.name}: F1 {scores['f1']:.2f}, {scores['regions_missed']:.0f} missed,"
        f" {scores['regions_extra']:.0f} extra",
        fontsize=9,
        loc="left",
    )
    plot.set(xlim=(axis.ppm(0), axis.ppm(axis.size - 1)), xlabel=shift_label(axis), yticks=[])
    plot.spines["left"].set_visible(False)
    if any(len(edges) for edges in regions.values()):
        plot.legend(loc="upper right", bbox_to_anchor=(1, 1.22), ncols=3)


def _logarithm(values: np.ndarray) -> tuple[float, np.ndarray]:
    """Least value drawn, and asinh of a spectrum over ``FLOOR`` times its noise, the largest 1."""
    from common.classical.baseline import noise_sd

    centred = values - np.median(values)
    scale = max(FLOOR * noise_sd(values), 1e-6 * float(np.abs(centred).max())) or 1.0
    drawn = np.arcsinh(centred / scale)
    drawn /= float(drawn.max()) or 1.0
    return max(float(drawn.min()), -0.3), np.maximum(drawn, -0.3)


def thinned(axis: Axis, values: np.ndarray, most: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    """ppm and values of at most so many points, extremes of neighbours kept."""
    step = 2 * len(values) // most
    if step < 2:
        return axis.ppm(), values
    count = len(values) // step
    parts = values[: count * step].reshape(count, step)
    ppm = np.repeat(axis.ppm()[: count * step : step], 2)
    return ppm, np.stack([parts.min(axis=1), parts.max(axis=1)], axis=1).ravel()


@styled
def example(config: Config, model, validation):
    """The first spectrum of the validation: what the network sees of it, its labels and their estimates."""
    from matplotlib.figure import Figure

    inputs, targets = validation.batch(0, 0)
    made = np.asarray(model.predict_on_batch(inputs[:1]))[0]
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    hz = np.arange(len(made)) * config.step
    upper.plot(hz, inputs[0, :, 0], color="black", linewidth=0.6)
    for kind, colour in ((1, MARKS["network"][1]), (2, "#E69F00")):
        lower.fill_between(hz, targets[0, :, kind], color=colour, alpha=0.3, linewidth=0)
        lower.plot(hz, made[:, kind], color=colour, linewidth=0.8)
    upper.set_ylabel("log(signal / noise)")
    lower.set(xlabel="Hz from the left edge", ylabel="probability", ylim=(0, 1.02))
    return figure
