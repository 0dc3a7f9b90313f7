"""The figure of the study of simulated brain spectra: panels in random order, and distributions."""

from __future__ import annotations

import numpy as np

from reproductions.studies.brain_tables import MEASURED, REAL, TABLE

#: What is drawn, ppm (the field's window), and its points; panels in a row.
WINDOW, SHIFTS, WIDE = (4.2, 0.2), 900, 4
#: Labels and colours of the kinds (Okabe and Ito, 2008).
KINDS = {
    REAL: ("real", "#000000"),
    TABLE: ("sim.", "#0072B2"),
    MEASURED: ("sim.,\nmeas. MM", "#D55E00"),
}


def draw(spectra: list, values: dict[str, dict[str, dict[str, np.ndarray]]]) -> bytes:
    """The first of each of ``spectra`` in their order, without names, above box plots of all ``values``."""
    from matplotlib.figure import Figure

    from common.reporting.figures import png_bytes

    rows = -(-len(spectra) // WIDE)
    figure = Figure(figsize=(11, 1.7 * rows + 4.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.7 * rows, 4.4))
    _panels(above, spectra, rows)
    _boxes(below, values)
    return png_bytes(figure, dpi=110)


def _panels(figure, spectra: list, rows: int) -> None:
    ppm = np.linspace(*WINDOW, SHIFTS)
    plots = figure.subplots(rows, WIDE, squeeze=False, sharex=True).ravel()
    for number, (plot, each) in enumerate(zip(plots, spectra, strict=False), 1):
        values = each.drawn(0, ppm)
        plot.plot(ppm, values / values.max(), color="black", linewidth=0.7)
        plot.set(xlim=WINDOW, yticks=[])
        plot.text(0.03, 0.85, number, fontsize=10, transform=plot.transAxes)
    figure.supxlabel("chemical shift (ppm)", fontsize=9)


def _boxes(figure, values) -> None:
    """Quartiles and, as whiskers, 5 and 95 %; a dot a real spectrum: the median of its versions."""
    plots = figure.subplots(2, -(-len(values) // 2)).ravel()
    for plot, (name, kinds) in zip(plots, values.items(), strict=False):
        drawn = plot.boxplot(
            [np.concatenate(list(kinds[kind].values())) for kind in KINDS],
            whis=(5, 95),
            showfliers=False,
            widths=0.6,
            medianprops={"color": "black"},
            patch_artist=True,
        )
        for box, (_, colour) in zip(drawn["boxes"], KINDS.values(), strict=True):
            box.set(facecolor=colour, alpha=0.4)
        medians = [np.median(each) for each in kinds[REAL].values()]
        plot.plot(np.ones(len(medians)), medians, "ko", markersize=3)
        plot.set_xticks(range(1, len(KINDS) + 1), [label for label, _ in KINDS.values()], fontsize=7)
        plot.tick_params(axis="y", labelsize=8)
        plot.set_title(name, fontsize=8.5)
    for plot in plots[len(values) :]:
        plot.set_axis_off()
