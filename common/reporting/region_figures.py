"""A 1D spectrum with its regions, integrals and multiplets: the whole on top, every signal enlarged below."""

from __future__ import annotations

import numpy as np

from common.classical.integrals import running_integral
from common.classical.signals import Signals
from common.reporting.figures import OTHERS, POSITIVE, shift_label, styled
from common.spectrum import Axis

#: Colour of the regions by kind; what is no signal is grey.
SIGNAL, REST = POSITIVE, "#999999"
#: ours: signals enlarged, the largest; columns of them.
MOST, COLUMNS = 24, 6
#: ours: of the tallest signal, how high the whole spectrum is drawn, so that solvents are cut off.
HEADROOM = 1.25
#: ours: times the noise and ppm beside it, what is drawn of the whole; width of a number, as its share.
FAR, ROOM, LABEL = 10.0, 0.3, 0.012
#: ours: most points of a line; more are drawn as extremes of neighbours, which look the same.
DRAWN = 8000


@styled
def region_figure(axis: Axis, signals: Signals, title: str = ""):
    """The figure of a spectrum on ``axis``; integrals are in protons where they are known, else percent."""
    from matplotlib.figure import Figure

    shown = np.flatnonzero(signals.compound)
    shown = shown[np.argsort(-np.nan_to_num(signals.regions.integral[shown]), kind="stable")][:MOST]
    shown = np.sort(shown)
    rows = -(-len(shown) // COLUMNS)
    figure = Figure(figsize=(11, 3.6 + 1.9 * rows), layout="constrained")
    grid = figure.add_gridspec(1 + rows, COLUMNS, height_ratios=[3.4, *[1.8] * rows])
    _whole(figure.add_subplot(grid[0, :]), axis, signals)
    for place, number in enumerate(shown):
        plot = figure.add_subplot(grid[1 + place // COLUMNS, place % COLUMNS])
        _enlarged(plot, axis, signals, number)
    more = int(signals.compound.sum()) - len(shown)
    left_out = f"; {more} smaller signals are not enlarged" if more else ""
    figure.suptitle(f"{title}{left_out}", fontsize=9)
    return figure


def counted(signals: Signals, number: int) -> str:
    """Protons of a region in words, or its share of the integral."""
    if np.isfinite(signals.protons[number]):
        about = "~" if signals.protons_by == "suggested" else ""
        return f"{about}{signals.protons[number]:.2f} H"
    percent = signals.regions.integral[number]
    return f"{percent:.1f} %" if np.isfinite(percent) else ""


def named(signals: Signals, number: int) -> str:
    """Pattern and couplings of a region in words."""
    found = signals.multiplets[number]
    couplings = ", ".join(f"{value:.1f}" for value in found.couplings)
    return f"{found.pattern} {couplings} Hz" if couplings else found.pattern


def _whole(plot, axis: Axis, signals: Signals) -> None:
    top = _top(signals, axis)
    ppm, line = _thinned(axis.ppm(), signals.flat)
    plot.plot(ppm, line, color="black", linewidth=0.6)
    left, right = _extent(axis, signals)
    running = running_integral(signals.flat, axis)
    _shade(plot, axis, signals)
    largest = _largest(axis, signals, running)
    chosen = np.flatnonzero(signals.compound)
    middle = signals.regions.ppm[chosen].mean(axis=1)
    for number, place in zip(chosen, _spread(middle, LABEL * (left - right)), strict=True):
        part = _points(axis, *signals.regions.ppm[number])
        rise = (running[part] - running[part.start]) / largest if largest > 0 else 0 * running[part]
        plot.plot(*_thinned(axis.ppm()[part], 0.08 * top + 0.85 * top * rise), color=OTHERS[0], linewidth=1.2)
        plot.annotate(
            counted(signals, number), (place, -0.03 * top), rotation=90, ha="center", va="top", fontsize=7,
            color=OTHERS[0], annotation_clip=True,
        )  # fmt: skip
    plot.set_ylim(-0.28 * top, HEADROOM * top)
    plot.set_xlim(left, right)
    plot.set_yticks([])
    plot.spines["left"].set_visible(False)
    plot.set_xlabel(shift_label(axis))


def _enlarged(plot, axis: Axis, signals: Signals, number: int) -> None:
    left, right = signals.regions.ppm[number]
    room = max(0.25 * (left - right), 4.0 / axis.mhz)
    part = _points(axis, left + room, right - room)
    plot.plot(axis.ppm()[part], signals.flat[part], color="black", linewidth=0.8)
    _shade(plot, axis, signals)
    found = signals.multiplets[number]
    inside = signals.flat[_points(axis, left, right)]
    top = max(float(inside.max(initial=0.0)), 5 * signals.noise) or 1.0
    plot.plot(found.ppm, found.height + 0.06 * top, "v", color=OTHERS[2], markersize=3)
    plot.set_ylim(-0.1 * top, 1.2 * top)
    plot.set_xlim(left + room, right - room)
    plot.set_yticks([])
    plot.spines["left"].set_visible(False)
    plot.tick_params(labelsize=7)
    plot.locator_params(axis="x", nbins=4)
    plot.set_title(f"{counted(signals, number)}  {named(signals, number)}", fontsize=7.5)


def _shade(plot, axis: Axis, signals: Signals) -> None:
    for (left, right), compound in zip(signals.regions.ppm, signals.compound, strict=True):
        plot.axvspan(left, right, color=SIGNAL if compound else REST, alpha=0.18, linewidth=0)


def _extent(axis: Axis, signals: Signals) -> tuple[float, float]:
    """Left and right end of what is drawn: all regions and all that stands far above the noise."""
    far = axis.ppm(np.flatnonzero(signals.flat > FAR * signals.noise))
    ends = np.concatenate([far, signals.regions.ppm.ravel()])
    if not len(ends):
        return float(axis.ppm(0)), float(axis.ppm(axis.size - 1))
    return min(ends.max() + ROOM, float(axis.ppm(0))), max(ends.min() - ROOM, float(axis.ppm(axis.size - 1)))


def _spread(places: np.ndarray, least: float) -> np.ndarray:
    """Falling places moved as little as it takes to stand ``least`` apart, the groups about their middles."""
    groups = [[float(place), 1] for place in places]
    done: list[list] = []
    for group in groups:
        done.append(group)
        while len(done) > 1 and done[-2][0] - done[-1][0] < least * (done[-2][1] + done[-1][1]) / 2:
            (middle, many), (other, more) = done[-2:]
            done[-2:] = [[(middle * many + other * more) / (many + more), many + more]]
    made = [middle + least * ((many - 1) / 2 - np.arange(many)) for middle, many in done]
    return np.concatenate([np.zeros(0), *made])


def _top(signals: Signals, axis: Axis) -> float:
    """Height of the tallest signal of the compound; of anything where there is none."""
    heights = [signals.flat[_points(axis, *edges)].max(initial=0.0) for edges in
               signals.regions.ppm[signals.compound]]  # fmt: skip
    return float(max(heights, default=0.0)) or float(np.abs(signals.flat).max()) or 1.0


def _largest(axis: Axis, signals: Signals, running: np.ndarray) -> float:
    """The largest rise of the integral in a signal of the compound."""
    parts = [running[_points(axis, *edges)] for edges in signals.regions.ppm[signals.compound]]
    return max((float(np.ptp(part)) for part in parts if len(part)), default=0.0)


def _points(axis: Axis, left: float, right: float) -> slice:
    """The points between two shifts; at least one, also beyond the axis."""
    first, last = (int(np.clip(np.round(axis.index(ppm)), 0, axis.size - 1)) for ppm in (left, right))
    return slice(first, last + 1)


def _thinned(ppm: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line of at most ``DRAWN`` points or so, with the least and largest value of each stretch."""
    step = 2 * len(line) // DRAWN
    if step < 2:
        return ppm, line
    count = len(line) // step
    parts = line[: count * step].reshape(count, step)
    return np.repeat(ppm[: count * step : step], 2), np.stack([parts.min(1), parts.max(1)], 1).ravel()
