"""The figures of a run: examples while it trains, spectra and scores when it is evaluated."""

from __future__ import annotations

import numpy as np

from common.reporting import figures
from common.spectrum import Axis

from . import data
from .config import Config


def example(config: Config, model, validation):
    """The first validation examples as spectra: truth, zero-filled input, network."""
    inputs, target = validation.batch(0, 0)
    inputs, target = [part[:1] for part in inputs], target[:1]
    output = model.predict_on_batch(inputs)
    column = config.strip // 2
    axis = Axis("15N", config.points, 1800.0, 60.8, 117.9)
    spectra = {
        "full": target,
        "zero_filled": data.channels(data.spectrum(data.joined(inputs[0]))),
        "network": output,
    }
    return figures.trace_plot(
        axis, {name: np.fft.fftshift(values[0, ::-1, column, 0]) for name, values in spectra.items()}
    )


def panels(plane, spectra: dict[str, np.ndarray], fraction: float):
    """Contours of the full spectrum, of every method, and of what the network leaves over."""
    reference = plane.reference
    shown = {"full": reference.data, **{name: spectra[name] for name in ("zero_filled", "ist_s", "network")}}
    shown["difference"] = reference.data - spectra["network"]
    title = f"{plane.name}, {fraction:.1%} of the points"
    return figures.contour_panels(shown, reference.axes, plane.noise, title=title)


def heights(plane, spectra: dict[str, np.ndarray], fraction: float):
    """Peak heights of IST-S and network, at the places of the reference's peaks, against the reference's."""
    rows, columns = (np.rint(plane.peaks.index[:, axis]).astype(int) for axis in (0, 1))
    values = {name: spectrum[rows, columns] for name, spectrum in spectra.items() if name != "zero_filled"}
    title = f"{plane.name}, {fraction:.1%} of the points"
    return figures.correlation_plot(plane.reference.data[rows, columns], values, title=title)


def trace(plane, spectra: dict[str, np.ndarray], fraction: float):
    """The t1 column through the median peak of the reference."""
    middle = plane.peaks.index[len(plane.peaks) // 2, 1]
    column = int(np.rint(middle))
    axis, direct = plane.reference.axes
    traces = {"full": plane.reference.data, **spectra}
    title = f"{plane.name} at {direct.ppm(column):.3f} ppm, {fraction:.1%} of the points"
    return figures.trace_plot(axis, {name: values[:, column] for name, values in traces.items()}, title=title)


def errors(plane, scores, fractions):
    """RLNE of every method against the sampling fraction, above the floor of the reference's noise.

    scores: what the run has scored so far.
    """
    ids = [plane.case(f"{fraction:g}").id("rlne") for fraction in fractions]
    methods = {"zero_filled": None, "ist_s": None, "network": scores.metrics} | scores.baselines
    series = {
        name: ([table[id]["value"] for id in ids], [table[id]["sd"] or 0.0 for id in ids])
        for name, table in methods.items()
        if all(id in table for id in ids)
    }
    floors = [scores.metrics.get(id.replace("rlne", "rlne_floor_kept")) for id in ids]
    floor = [score["value"] for score in floors] if all(floors) else None
    return figures.fraction_plot(fractions, series, floor=floor, title=plane.name)
