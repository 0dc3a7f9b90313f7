"""The figures of a run beside those of every spectrum: examples while it trains, errors of a spectrum."""

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
    spectra = {"reference": target, "zero_filled": channels(zero_filled), "network": output}
    return figures.trace_plot(
        axis, {name: np.fft.fftshift(values[0, ::-1, column, 0]) for name, values in spectra.items()}
    )


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
