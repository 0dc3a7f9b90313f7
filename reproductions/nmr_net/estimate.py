"""Probabilities of candidates, by a trained network."""

from __future__ import annotations

import numpy as np

from . import crops
from .config import Config

#: Crops that go through the network at once, of which there are so few or so many: each number is compiled.
FEW, AT_ONCE = 64, 512


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
    found = [np.zeros(0, "float32")]
    for start in range(0, len(made), AT_ONCE):
        part = made[start : start + AT_ONCE]
        full = np.zeros((FEW if len(part) <= FEW else AT_ONCE, *part.shape[1:]), "float32")
        full[: len(part)] = part
        found.append(np.asarray(model.predict_on_batch(full))[: len(part), 0])
    return np.concatenate(found)
