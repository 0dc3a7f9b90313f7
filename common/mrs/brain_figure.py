"""Simulated brain spectra beside real ones: can they be told apart, and how do they differ in numbers?

Spectra of both kinds are treated alike: phased and referenced by NAA's own line as
:func:`common.mrs.quality.quality` finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.io.mrs import read_mrs
from common.mrs.preprocess import prepare
from common.mrs.quality import Quality, quality
from common.processing import spectrum_at
from common.simulation.brain import BrainRanges, noise_factor, simulate
from common.simulation.lineshapes import decay
from common.simulation.macromolecules import MeasuredLines
from common.simulation.metabolites import basis
from common.spectrum import Axis

#: What is drawn, ppm (the field's window), and its points.
WINDOW, SHIFTS = (4.2, 0.2), 900
#: Where few metabolites lie: what a spectrum shows there is macromolecules, lipid and baseline (ppm).
ANCHORS = (4.15, 3.38, 2.85, 1.67, 1.40, 1.22, 0.91, 0.45)
#: A value at an anchor is the mean over this many ppm either side; ours: wide enough to average the noise.
REACH = 0.04


@dataclass(frozen=True)
class Specimen:
    """One spectrum: its FID (points,) on an axis, and where it is from."""

    fid: np.ndarray
    axis: Axis
    origin: str

    def quality(self) -> Quality:
        """Its signal-to-noise ratio, line width, phase and shift."""
        return quality(self.fid, self.axis)


def real(path, water=None) -> Specimen:
    """A file's spectrum, prepared as for any method; ``water``: the file of its reference."""
    ready = prepare(read_mrs(path), None if water is None else read_mrs(water))
    return Specimen(ready.fid, ready.axis, str(path))


def simulated(
    axis: Axis,
    te: float,
    ranges: BrainRanges,
    count: int,
    rng: np.random.Generator,
    fits: Sequence[MeasuredLines] = (),
) -> list[Specimen]:
    """Simulated PRESS spectra on the axis of a real one; ``te`` in ms.

    fits: measured macromolecules, see :func:`common.simulation.macromolecules.fit`.
    """
    measured = np.stack([lines.fid(axis) for lines in fits]) if len(fits) else None
    brains = simulate(basis(axis, te=te), ranges, count, rng, measured=measured)
    return [Specimen(fid.astype(complex), axis, "simulated") for fid in brains.fids]


def drawn(specimen: Specimen, found: Quality, ppm: np.ndarray) -> np.ndarray:
    """Real spectrum at ``ppm``, NAA's line in phase, at its place and 1 high."""
    spectrum = spectrum_at(specimen.fid, specimen.axis, ppm + found.shift / specimen.axis.mhz)
    return (spectrum * np.exp(-1j * np.deg2rad(found.phase))).real / found.height


def anchors(specimen: Specimen, found: Quality) -> np.ndarray:
    """Values (anchors,) of the spectrum between the metabolites, relative to NAA's height."""
    reach = np.linspace(-REACH, REACH, 9)
    points = (np.array(ANCHORS)[:, None] + reach).ravel()
    return drawn(specimen, found, points).reshape(len(ANCHORS), -1).mean(axis=1)


def degraded(specimen: Specimen, linewidth: float, snr: float, rng: np.random.Generator) -> Specimen:
    """The spectrum with a broader line and more noise, so that it has the two values (noise-injected).

    linewidth: Hz, reached with a Gaussian decay found by bisection on the measured width; snr: by the suite's
    definition. A spectrum that is as broad or as noisy already keeps what it has.
    """
    axis, t = specimen.axis, np.arange(specimen.axis.size) / specimen.axis.sw
    fid, low, high = specimen.fid, 0.0, linewidth
    for _ in range(7):
        extra = (low + high) / 2
        fid = specimen.fid * decay(t, 0.0, extra)
        low, high = (extra, high) if quality(fid, axis).linewidth < linewidth else (low, extra)
    # the decay took noise away as well, most of it: what is left is that of the first points
    before, height = specimen.quality().noise, quality(fid, axis).height
    left = before * np.sqrt(np.mean(decay(t, 0.0, extra) ** 2))
    missing = np.sqrt(max((height / (2 * snr)) ** 2 - left**2, 0)) / noise_factor(axis.size)
    noise = missing * (rng.standard_normal(axis.size) + 1j * rng.standard_normal(axis.size))
    return Specimen(fid + noise, axis, specimen.origin)


def shuffled(specimens: list[Specimen], rng: np.random.Generator, columns: int = 4):
    """The figure of all spectra in random order without names, each to its own height, and their origins."""
    from matplotlib.figure import Figure

    order = [specimens[i] for i in rng.permutation(len(specimens))]
    rows = -(-len(order) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.2 * rows), layout="constrained")
    plots = figure.subplots(rows, columns, squeeze=False).ravel()
    ppm = np.linspace(*WINDOW, SHIFTS)
    for number, plot in enumerate(plots):
        plot.set_axis_off()
        if number < len(order):
            values = drawn(order[number], order[number].quality(), ppm)
            plot.set_axis_on()
            plot.plot(ppm, values / values.max(), color="black", linewidth=0.7)
            plot.set(xlim=WINDOW, ylim=(-0.4, 1.1), yticks=[], title=str(number + 1))
    figure.supxlabel("chemical shift (ppm)")
    return figure, [specimen.origin for specimen in order]


def distributions(real_ones: list[Specimen], simulated_ones: list[Specimen]):
    """Figure and table of SNR, line width and the values at the anchors of both kinds.

    The table has, for each quantity, its quartiles in the real and in the simulated spectra:
    ``{name: ((25, 50, 75 %), (25, 50, 75 %))}``.
    """
    from matplotlib.figure import Figure

    values = {"real": _measures(real_ones), "simulated": _measures(simulated_ones)}
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    plots = figure.subplots(2, -(-len(values["real"]) // 2)).ravel()
    table = {}
    for plot, name in zip(plots, values["real"], strict=False):
        pair = [values[kind][name] for kind in values]
        plot.boxplot(pair, whis=(5, 95), showfliers=False)
        plot.set_xticks([1, 2], list(values))
        plot.set_title(name, fontsize=9)
        table[name] = tuple(tuple(np.percentile(each, (25, 50, 75))) for each in pair)
    for plot in plots[len(table) :]:
        plot.set_axis_off()
    return figure, table


def _measures(specimens: list[Specimen]) -> dict[str, np.ndarray]:
    found = [(specimen, specimen.quality()) for specimen in specimens]
    found = [(specimen, one) for specimen, one in found if not one.reason]
    at = np.array([anchors(specimen, one) for specimen, one in found])
    measures = {
        "SNR": np.array([one.snr for _, one in found]),
        "line width (Hz)": np.array([one.linewidth for _, one in found]),
        "rms between metabolites": np.sqrt(np.mean(at**2, axis=1)),
    }
    return measures | {f"at {ppm:.2f} ppm": column for ppm, column in zip(ANCHORS, at.T, strict=True)}
