"""The figures of a run: examples while it trains, spectra and scores when it is evaluated."""

from __future__ import annotations

import numpy as np

from common.nus.examples import channels, joined
from common.reporting import figures
from common.spectrum import Axis

from . import data
from .config import Config


def example(config: Config, model, validation):
    """The first validation example as spectra: truth, zero-filled input, network.

    Of a plane the trace along the first dimension that passes through its tallest point.
    """
    inputs, target = validation.batch(0, 0)
    inputs, target = [part[:1] for part in inputs], target[:1]
    output = model.predict_on_batch(inputs)
    column, zero_filled = config.strip // 2, data.spectrum(joined(inputs[0]))
    if config.plane:
        column = int(np.abs(joined(target[0])).max(axis=0).argmax())
        zero_filled = np.fft.fft(zero_filled, axis=2, norm="ortho")
    axis = Axis("15N", target.shape[1], 1800.0, 60.8, 117.9)
    spectra = {"full": target, "zero_filled": channels(zero_filled), "network": output}
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
    places = tuple(np.rint(plane.peaks.index).astype(int).T)
    values = {name: spectrum[places] for name, spectrum in spectra.items() if name != "zero_filled"}
    title = f"{plane.name}, {fraction:.1%} of the points"
    return figures.correlation_plot(plane.reference.data[places], values, title=title)


def plane(cube, spectra: dict[str, np.ndarray], fraction: float):
    """:func:`panels` of the indirect plane with most peaks of a 3D spectrum."""
    column = int(np.bincount(np.rint(cube.peaks.index[:, 2]).astype(int)).argmax())
    *indirect, direct = cube.reference.axes
    shown = {
        "full": cube.reference.data,
        **{name: spectra[name] for name in ("zero_filled", "ist_s", "network")},
    }
    shown = {name: data[..., column] for name, data in shown.items()}
    shown["difference"] = shown["full"] - shown["network"]
    title = f"{cube.name} at {direct.ppm(column):.3f} ppm of {direct.nucleus}, {fraction:.1%} of the points"
    return figures.contour_panels(shown, tuple(indirect), cube.noise, title=title)


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
