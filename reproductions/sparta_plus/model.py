"""The networks of SPARTA+: hidden layers and a linear output."""

from __future__ import annotations

import keras
from keras import layers, ops

from . import data
from .config import Config

#: Inputs are angles, distances and similarities: no signal that could grow.
SCALES = "features"

#: Standard deviations at which a standardised input is held (ours).
FARTHEST = 5.0


def fixed_size(config: Config) -> bool:
    """A network knows one number of inputs."""
    return True


def build(config: Config) -> keras.Model:
    """From inputs (batch, inputs) to the scaled secondary shift (batch, 1), or six of them where joint."""
    return dense(config, config.hidden, config.dropout)


def dense(config: Config, hidden: tuple[int, ...], dropout: float = 0.0) -> keras.Model:
    """Hidden layers of some widths and a linear output, over the inputs of a configuration."""
    given = keras.Input((data.inputs(config),), name="features")
    value = given
    if config.standardised:
        value = layers.BatchNormalization(center=False, scale=False, name="standardised")(value)
        value = ops.clip(value, -FARTHEST, FARTHEST)
    for i, width in enumerate(hidden):
        value = layers.Dense(width, activation=config.activation, name=f"hidden_{i}")(value)
        if dropout:
            value = layers.Dropout(dropout, name=f"dropout_{i}")(value)
    return keras.Model(given, layers.Dense(6 if config.joint else 1, name="shift")(value))
