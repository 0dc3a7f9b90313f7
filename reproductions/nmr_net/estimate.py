"""Probabilities of candidates, by a trained network."""

from __future__ import annotations

import numpy as np

from . import crops
from .config import Config

#: Crops that go through the network at once: some 100 MB of its layers.
AT_ONCE = 512


def probabilities(
    config: Config, model, plane: np.ndarray, noise: float, places, widths, mirrored=None
) -> np.ndarray:
    """The probability (k,) of each candidate of a plane: arguments are those of :func:`crops.crops`.

    One plane of a 3D spectrum that goes through the candidates; noise and widths of the whole spectrum.
    """
    return of_crops(model, crops_of(config, plane, noise, places, widths, mirrored))


def crops_of(config: Config, plane, noise, places, widths, mirrored=None) -> np.ndarray:
    """The crops of candidates as a configuration has them, float32 (k, size, size, channels)."""
    return crops.crops(
        plane, noise, places, widths,
        size=config.size, per_width=config.per_width, channels=config.channels, mirrored=mirrored,
    )  # fmt: skip


def of_crops(model, made: np.ndarray) -> np.ndarray:
    """The probability (k,) of each of crops (k, size, size, channels)."""
    if not len(made):
        return np.zeros(0, "float32")
    return np.asarray(model.predict(made, batch_size=AT_ONCE, verbose=0))[:, 0]
