"""The figure of a run while it trains: an example."""

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
    spectra = {"reference": _fid(config, target), "network": _fid(config, output)}
    return figures.trace_plot(axis, {name: fourier(fid).real for name, fid in spectra.items()})


def _fid(config: Config, values: np.ndarray) -> np.ndarray:
    """The middle FID of the first example of targets or outputs."""
    if config.kernel:
        values = values[:, :, config.strip // 2].swapaxes(1, 2)
    return values[0, 0] + 1j * values[0, 1]
