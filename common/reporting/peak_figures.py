"""Figures of spectra as they are picked: intensity over noise, with what is true and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.reporting.figures import OTHERS, shift_label, styled
from common.simulation.protein_planes import LabelledSpectrum
from common.spectrum import Axis

#: ours: times the noise at which colours saturate; weak peaks and artefacts are what a figure is for.
SATURATED = 10.0
#: Marks of true peaks, of a diagonal, and of candidates (Okabe and Ito, 2008).
MARKS = {"true": ("+", "#009E73"), "diagonal": ("x", "#000000"), "picked": ("o", OTHERS[1])}


@dataclass(frozen=True)
class Panel:
    """data: real (rows, columns) over axes; noise: its standard deviation; marks: fractional indices (k, 2)
    by name, those of ``MARKS``."""

    title: str
    data: np.ndarray
    axes: tuple[Axis, Axis]
    noise: float
    marks: dict[str, np.ndarray]


def panel(labelled: LabelledSpectrum, title: str = "") -> Panel:
    """A simulated spectrum with its labels; of a 3D one the middle plane, with those that lie on it."""
    data, index, axes, diagonal = (
        labelled.spectrum.data,
        labelled.index,
        labelled.spectrum.axes,
        labelled.diagonal,
    )
    if labelled.slab >= 0:
        middle = data.shape[labelled.slab] // 2
        here = np.abs(index[:, labelled.slab] - middle) <= 0.5
        data, diagonal = np.take(data, middle, labelled.slab), diagonal[here]
        index = np.delete(index[here], labelled.slab, axis=1)
        axes = tuple(axis for d, axis in enumerate(axes) if d != labelled.slab)
    marks = {"true": index[~diagonal], "diagonal": index[diagonal]}
    return Panel(title or labelled.spectrum.source, data, axes, labelled.noise, marks)


@styled
def peak_panels(panels: Sequence[Panel], *, columns: int = 3, title: str = ""):
    """Planes side by side, blue negative and red positive, saturated at ``SATURATED`` times the noise."""
    from matplotlib.figure import Figure

    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.0 * columns, 3.6 * rows), layout="constrained")
    plots = figure.subplots(rows, columns, squeeze=False)
    for plot, one in zip(plots.flat, panels, strict=False):
        indirect, direct = one.axes
        ends = [
            direct.ppm(-0.5),
            direct.ppm(direct.size - 0.5),
            indirect.ppm(indirect.size - 0.5),
            indirect.ppm(-0.5),
        ]
        plot.imshow(
            one.data / one.noise, vmin=-SATURATED, vmax=SATURATED, cmap="RdBu_r", aspect="auto", extent=ends,
            interpolation="nearest",
        )  # fmt: skip
        for name, index in one.marks.items():
            shape, colour = MARKS[name]
            face = {} if shape in "+x" else {"markerfacecolor": "none"}
            plot.plot(
                direct.ppm(index[:, 1]), indirect.ppm(index[:, 0]), shape, color=colour, markersize=5, **face
            )
        plot.set_xlim(ends[:2])
        plot.set_ylim(ends[2:])
        plot.set_title(f"{one.title}, to {np.abs(one.data).max() / one.noise:.0f} σ", fontsize=8)
        plot.set_xlabel(shift_label(direct))
        plot.set_ylabel(shift_label(indirect))
    for plot in plots.flat[len(panels) :]:
        plot.set_visible(False)
    figure.suptitle(title or "+ true peaks, × diagonal, ○ picked; colours end at 10 σ", fontsize=9)
    return figure
