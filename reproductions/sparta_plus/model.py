"""The network of SPARTA+: tanh layers and a linear output."""

from __future__ import annotations

import keras
from keras import layers

from . import data
from .config import Config

#: Inputs are angles, distances and similarities: no signal that could grow.
SCALES = "features"


def fixed_size(config: Config) -> bool:
    """A network knows one number of inputs."""
    return True


def build(config: Config) -> keras.Model:
    """From inputs (batch, inputs) to the scaled secondary shift (batch, 1), or six of them where joint."""
    return dense(data.inputs(config), config.hidden, 6 if config.joint else 1)


def dense(inputs: int, hidden: tuple[int, ...], outputs: int) -> keras.Model:
    """Tanh layers and a linear output."""
    given = keras.Input((inputs,), name="features")
    value = given
    for i, width in enumerate(hidden):
        value = layers.Dense(width, activation="tanh", name=f"hidden_{i}")(value)
    return keras.Model(given, layers.Dense(outputs, name="shift")(value))
