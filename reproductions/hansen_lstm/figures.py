"""The figures of a run: examples while it trains, spectra and heights when it is evaluated."""

from __future__ import annotations

import numpy as np

from common.processing import fourier
from common.reporting import figures
from common.spectrum import Axis

from .config import Config


def example(config: Config, model, validation):
    """The first validation example as a spectrum: truth and network."""
    inputs, target = validation.batch(0, 0)
    output = model.predict_on_batch([part[:1] for part in inputs])
    axis = Axis("15N", config.points, 1800.0, 60.8, 117.9)
    spectra = {"full": _fid(config, target), "network": _fid(config, output)}
    return figures.trace_plot(axis, {name: fourier(fid).real for name, fid in spectra.items()})


def _fid(config: Config, values: np.ndarray) -> np.ndarray:
    """The middle FID of the first example of targets or outputs."""
    if config.kernel:
        values = values[:, :, config.strip // 2].swapaxes(1, 2)
    return values[0, 0] + 1j * values[0, 1]


def panels(plane, spectra: dict[str, np.ndarray], condition: str):
    """Contours of the full spectrum, of the main methods, and of what the network leaves over."""
    reference = plane.reference
    shown = {"full": reference.data, **{name: spectra[name] for name in ("zero_filled", "ist_s", "network")}}
    shown["difference"] = reference.data - spectra["network"]
    return figures.contour_panels(shown, reference.axes, plane.noise, title=f"{plane.name}, {condition}")


def heights(plane, spectra: dict[str, np.ndarray], condition: str):
    """Heights at the places of the reference's peaks against the reference's."""
    rows, columns = (np.rint(plane.peaks.index[:, axis]).astype(int) for axis in (0, 1))
    values = {name: spectra[name][rows, columns] for name in ("ist_s", "network")}
    title = f"{plane.name}, {condition}"
    return figures.correlation_plot(plane.reference.data[rows, columns], values, title=title)


def trace(plane, spectra: dict[str, np.ndarray], condition: str):
    """The t1 column through the median peak of the reference."""
    column = int(np.rint(plane.peaks.index[len(plane.peaks) // 2, 1]))
    axis, direct = plane.reference.axes
    traces = {"full": plane.reference.data, **{name: spectra[name] for name in ("ist_s", "network")}}
    title = f"{plane.name} at {direct.ppm(column):.3f} ppm, {condition}"
    return figures.trace_plot(axis, {name: values[:, column] for name, values in traces.items()}, title=title)
