"""Figures of spectra and scores, for the run folder, TensorBoard and the README.

Every function returns a matplotlib ``Figure`` that belongs to no window and no global state. Shifts run
from high to low, as on every spectrum; a method has the same colour in all figures, from a palette that
colour-blind readers can tell apart (Okabe and Ito, 2008).
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from common.atomic import write_atomic
from common.spectrum import Axis

#: Label and colour of the methods that most figures show, by the names of the record.
METHODS = {
    "network": ("network", "#0072B2"),
    "ist_s": ("IST-S", "#D55E00"),
    "zero_filled": ("zero-filled", "#999999"),
    "reference": ("fully sampled", "#000000"),
    "noise floor": ("noise floor", "#000000"),
}
OTHERS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^vP"
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.5,
}


def png_bytes(figure, dpi: int = 150) -> bytes:
    """The PNG file of a matplotlib figure, in a palette of 256 colours: a third of the size, and no eye
    sees it.

    It carries no version, so that equal figures are equal bytes.
    """
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    image = (
        Image.open(drawn)
        .convert("RGB")
        .quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    small = io.BytesIO()
    image.save(small, format="png", optimize=True)
    return small.getvalue()


def write_figure(path: Path | str, figure, *, force: bool) -> None:
    """Write a figure for a user, in the format that its name ends in: .png, .pdf, .svg.

    force: replace a file that is there. Errors: :func:`common.atomic.write_atomic`.
    """
    kind = Path(path).suffix[1:].lower()
    if kind == "png":
        write_atomic(path, png_bytes(figure), force=force)
        return
    drawn = io.BytesIO()
    figure.savefig(drawn, format=kind)
    write_atomic(path, drawn.getvalue(), force=force)


def styled(draw):
    """Draw with our style, whatever the user's is."""

    @functools.wraps(draw)
    def styled(*arguments, **options):
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            return draw(*arguments, **options)

    return styled


@styled
def contour_panels(
    panels: Mapping[str, np.ndarray],
    axes: tuple[Axis, Axis],
    noise: float,
    *,
    lowest: float = 5.0,
    factor: float = 1.4,
    title: str = "",
    remarks: Mapping[str, str] | None = None,
    columns: int = 3,
    figure=None,
):
    """Contour plots of 2D spectra on the same axes and levels, such as full, zero-filled, network,
    difference.

    panels: real arrays of shape ``(indirect, direct)`` by title. axes: of the two dimensions, in that order.
    noise: standard deviation of the noise; levels start at ``lowest`` times it and rise by ``factor``, and
    the same for negative signal, in another colour. remarks: what the title of a panel adds. columns: panels
    in a row. figure: the part of another figure to draw into.
    """
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    inches = (2.9 * columns, 2.9 * rows + 0.5)
    figure, plots = _figure(rows, columns, inches, figure, sharex=True, sharey=True)
    top = max(float(np.abs(data).max()) for data in panels.values())
    count = max(1, int(np.floor(np.log(max(top / (lowest * noise), 1)) / np.log(factor))) + 1)
    levels = lowest * noise * factor ** np.arange(count)
    indirect, direct = axes
    for plot, (name, data) in zip(plots.flat, panels.items(), strict=False):
        for sign, colour in ((1, POSITIVE), (-1, NEGATIVE)):
            if (sign * data).max() > levels[0]:
                plot.contour(direct.ppm(), indirect.ppm(), sign * data, levels, colors=colour, linewidths=0.5)
        if not np.abs(data).max() > levels[0]:
            style = {"transform": plot.transAxes, "ha": "center", "color": "gray"}
            plot.text(0.5, 0.5, f"nothing above {lowest:g} × noise", **style)
        plot.set_title(", ".join(filter(None, (_label(name), (remarks or {}).get(name)))))
        plot.tick_params(labelbottom=True)
        plot.spines[["top", "right"]].set_visible(True)
        plot.set_xlim(direct.ppm(0), direct.ppm(direct.size - 1))
        plot.set_ylim(indirect.ppm(0), indirect.ppm(indirect.size - 1))
    for plot in plots.flat[len(panels) :]:
        plot.set_visible(False)
    figure.supxlabel(shift_label(direct), fontsize=9)
    figure.supylabel(shift_label(indirect), fontsize=9)
    said = f"contours from {lowest:g} × noise, factor {factor:g}; negative signal in orange"
    figure.suptitle(f"{title} ({said})" if title else said, fontsize=9)
    return figure


@styled
def cost_plots(
    costs: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    *,
    measure: str = "RLNE",
    figure=None,
):
    """An error against the time it took, a point a method, one plot for each condition such as a fraction.

    costs: ``{condition: {method: (seconds, errors)}}``, values of repeats, of which the means are drawn; a
    line where there are no seconds. figure: the part of another figure to draw into.
    """
    figure, plots = _figure(1, len(costs), (3.6 * len(costs), 3.4), figure, sharex=True, sharey=True)
    names = list(dict.fromkeys(name for methods in costs.values() for name in methods))
    for plot, (condition, methods) in zip(plots.flat, costs.items(), strict=True):
        for name, (seconds, errors) in methods.items():
            style = {"color": _colour(name, names.index(name)), "label": _label(name)}
            if len(seconds):
                style |= {"marker": MARKERS[names.index(name) % len(MARKERS)], "markersize": 7, "mew": 0}
                plot.plot(np.mean(seconds), np.mean(errors), linestyle="", **style)
            else:
                plot.axhline(np.mean(errors), linestyle="--", **style)
        plot.set(xscale="log", yscale="log", xlabel="seconds", title=_shortened(condition))
        plot.grid(alpha=0.3, linewidth=0.5)
    plots.flat[0].set_ylabel(measure)
    for axis in (plots.flat[0].xaxis, plots.flat[0].yaxis):
        _plain_ticks(axis)
    shown = {}
    for plot in plots.flat:
        for handle, label in zip(*plot.get_legend_handles_labels(), strict=True):
            shown.setdefault(label, handle)
    figure.legend(shown.values(), shown.keys(), loc="outside right center")
    return figure


@styled
def comparison_figure(
    panels: Mapping[str, np.ndarray],
    axes: tuple[Axis, Axis],
    noise: float,
    costs: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    *,
    title: str = "",
    remarks: Mapping[str, str] | None = None,
):
    """:func:`contour_panels` of every method's spectrum above the :func:`cost_plots` of all of them."""
    columns = 3 if len(panels) <= 6 else 4
    rows = -(-len(panels) // columns)
    heights = (2.7 * rows + 0.5, 3.0)
    from matplotlib.figure import Figure

    parent = Figure(figsize=(2.9 * columns, sum(heights)), layout="constrained")
    upper, lower = parent.subfigures(2, 1, height_ratios=heights)
    contour_panels(panels, axes, noise, title=title, remarks=remarks, columns=columns, figure=upper)
    cost_plots(costs, figure=lower)
    return parent


def _shortened(text: str, longest: int = 32) -> str:
    return text if len(text) <= longest else f"…{text[1 - longest :]}"


@styled
def correlation_plot(
    reference: np.ndarray,
    estimates: Mapping[str, np.ndarray],
    *,
    remarks: Mapping[str, str] | None = None,
    quantity: str = "peak height",
    title: str = "",
):
    """Estimated against reference values, both axes logarithmic, with the line of equality.

    estimates: by method; arrays as long as ``reference``. remarks: what the legend adds to a method, such
    as its slope. Values that are not positive cannot be drawn; the legend says how many.
    """
    figure, ((plot,),) = _figure(1, 1, (4.2, 4.0))
    reference = np.asarray(reference, dtype=float)
    for index, (name, values) in enumerate(estimates.items()):
        values = np.asarray(values, dtype=float)
        shown = (reference > 0) & (values > 0)
        hidden = f"{np.sum(~shown)} not shown" if not shown.all() else ""
        label = ", ".join(filter(None, (_label(name), (remarks or {}).get(name), hidden)))
        marker = MARKERS[index % len(MARKERS)]
        colour = _colour(name, index)
        plot.plot(reference[shown], values[shown], marker, color=colour, alpha=0.7, mew=0, label=label)
    plot.set(
        xscale="log", yscale="log", xlabel=f"{quantity}, fully sampled", ylabel=f"{quantity}, reconstructed"
    )
    ends = [max(plot.get_xlim()[0], plot.get_ylim()[0]), min(plot.get_xlim()[1], plot.get_ylim()[1])]
    plot.plot(ends, ends, color="black", linewidth=0.8, zorder=0)
    _title(figure, plot, title, columns=1)
    return figure


@styled
def fraction_plot(
    fractions: Sequence[float],
    series: Mapping[str, tuple[Sequence[float], Sequence[float] | None]],
    *,
    floor: Sequence[float] | None = None,
    measure: str = "RLNE",
    title: str = "",
):
    """A score against the sampled fraction, one line a method, above the floor that the reference's noise
    sets.

    fractions: between 0 and 1. series: ``{method: (means, sds or None)}``. floor: one value a fraction.
    """
    figure, ((plot,),) = _figure(1, 1, (4.2, 3.2))
    percent = 100 * np.asarray(fractions, dtype=float)
    largest = 0.0
    for index, (name, (means, sds)) in enumerate(series.items()):
        style = {
            "color": _colour(name, index),
            "marker": MARKERS[index % len(MARKERS)],
            "label": _label(name),
        }
        plot.errorbar(percent, means, yerr=sds, capsize=2, **style)
        largest = max(largest, float(np.nanmax(means)))
    if floor is not None:
        plot.fill_between(percent, 0, floor, color="black", alpha=0.12, linewidth=0, label="noise floor")
    plot.set(xlabel="sampled fraction (%)", ylabel=measure, ylim=(0, 1.1 * largest))
    plot.set_xticks(percent, [f"{value:g}" for value in percent])
    _title(figure, plot, title, columns=2)
    return figure


@styled
def convergence_plot(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], floor: float | None = None, *, title: str = ""
):
    """The error of iterative methods over their iterations, and over the time that these took.

    curves: by method seconds since its start and RLNE, one of each an iteration. floor: the least error that
    any method can show.
    """
    figure, plots = _figure(1, 2, (7.2, 3.2), sharey=True)
    for index, (name, (seconds, errors)) in enumerate(curves.items()):
        style = {"color": _colour(name, index), "linestyle": "-" if index <= len(OTHERS) else "--"}
        for plot, across in zip(plots[0], (np.arange(1, len(errors) + 1), seconds), strict=True):
            plot.plot(across, errors, label=_label(name), **style)
            plot.plot(across[-1], errors[-1], "o", **style)
    for plot, label in zip(plots[0], ("iteration", "seconds"), strict=True):
        plot.set(xscale="log", yscale="log", xlabel=label)
        if floor:
            plot.axhline(floor, color="black", linewidth=0.8, linestyle=":", label="noise floor")
    plots[0, 0].set_ylabel("RLNE")
    _plain_ticks(plots[0, 0].yaxis)
    handles, labels = plots[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, title=title, title_fontsize=10)
    return figure


@styled
def line_grid(
    plots: Sequence[Sequence[Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]]]],
    colours: Mapping[str, str],
    *,
    titles: Sequence[str],
    across: Sequence[str],
    up: Sequence[str],
    floor: str = "",
    logarithmic: Sequence[bool] = (),
):
    """Lines of several methods in a grid of plots, with one legend.

    plots: rows of plots, in each the line of a method, (x, mean, spread), drawn where it has points. colours:
    by method, in the order of the legend; another method is not drawn. titles: of the columns. across, up:
    axis labels of the rows. floor: the method that is drawn as a grey area below its line. logarithmic: rows
    whose upward axis is; those across always are.
    """
    rows, columns = len(plots), len(titles)
    figure, grid = _figure(rows, columns, (2.4 * columns + 0.4, 2.0 * rows + 0.6), sharey="row")
    handles = {}
    for number, row in enumerate(plots):
        for plot, lines in zip(grid[number], row, strict=True):
            for index, (name, colour) in enumerate(colours.items()):
                x, mean, spread = lines.get(name, ((), (), ()))
                if len(x) and name == floor:
                    handles[name] = plot.fill_between(x, 1e-9, mean, color=colour, alpha=0.15, linewidth=0)
                elif len(x):
                    style = {"color": colour, "marker": MARKERS[index % len(MARKERS)], "markersize": 3.5}
                    handles[name] = plot.errorbar(x, mean, yerr=spread, capsize=1.5, linewidth=1.0, **style)
            ticks = sorted({value for line in lines.values() for value in line[0]})
            plot.set(xscale="log", xlabel=across[number])
            plot.xaxis.minorticks_off()
            plot.set_xticks(ticks, [f"{value:.3g}" for value in ticks], fontsize=6.5)
            if logarithmic and logarithmic[number]:
                plot.set_yscale("log")
                _plain_ticks(plot.yaxis)
            plot.grid(alpha=0.3, linewidth=0.5)
        lowest = [y for lines in row for name, line in lines.items() if name in colours for y in line[1]]
        if logarithmic and logarithmic[number] and lowest:
            grid[number, 0].set_ylim(0.8 * min(lowest), 1.2 * max(lowest))
        grid[number, 0].set_ylabel(up[number])
    for plot, title in zip(grid[0], titles, strict=True):
        plot.set_title(title)
    shown = [name for name in colours if name in handles]
    figure.legend(
        [handles[name] for name in shown],
        [_label(name) for name in shown],
        loc="outside upper center",
        ncols=min(columns + 1, 5),
    )
    return figure


@styled
def trace_plot(axis: Axis, traces: Mapping[str, np.ndarray], *, title: str = ""):
    """One row or column of several spectra over each other, and their differences from the first below.

    axis: of the traces. traces: real arrays of ``axis.size`` points by method, the reference first.
    """
    figure, plots = _figure(2, 1, (6.4, 4.2), sharex=True, height_ratios=(2, 1))
    upper, lower = plots[:, 0]
    (first, reference), *others = traces.items()
    upper.plot(axis.ppm(), reference, color=_colour(first, 0), linewidth=2.0, label=_label(first))
    for index, (name, values) in enumerate(others):
        style = {"color": _colour(name, index), "linewidth": 1.0}
        upper.plot(axis.ppm(), values, label=_label(name), **style)
        lower.plot(axis.ppm(), values - reference, **style)
    lower.axhline(0, color="black", linewidth=0.6, zorder=0)
    lower.set(xlabel=shift_label(axis), ylabel="difference", xlim=(axis.ppm(0), axis.ppm(axis.size - 1)))
    upper.set_ylabel("intensity")
    for plot in (upper, lower):
        plot.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3), useMathText=True)
        plot.yaxis.get_offset_text().set_x(-0.08)
    figure.align_ylabels()
    _title(figure, upper, title, columns=len(traces))
    return figure


def _figure(rows: int, columns: int, inches: tuple[float, float], figure=None, **options):
    """A figure, a new one where none is given, with a grid of plots, ``plots[row, column]``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, layout="constrained") if figure is None else figure
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _plain_ticks(axis) -> None:
    """Ticks of a logarithmic axis at 1, 2 and 5, without powers of ten."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FormatStrFormatter("%g"))


def _title(figure, plot, title: str, columns: int) -> None:
    """A title, and the legend between it and the plot, where it hides nothing."""
    if title:
        figure.suptitle(title, fontsize=10)
    plot.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns, columnspacing=1.2)


def shift_label(axis: Axis) -> str:
    """The label of a shift axis, such as ``¹⁵N shift (ppm)``."""
    mass = "".join(filter(str.isdigit, axis.nucleus))
    return f"{mass.translate(_RAISED)}{axis.nucleus[len(mass) :]} shift (ppm)".strip()


def _label(name: str) -> str:
    return METHODS[name][0] if name in METHODS else name


def _colour(name: str, index: int) -> str:
    return METHODS[name][1] if name in METHODS else OTHERS[index % len(OTHERS)]
