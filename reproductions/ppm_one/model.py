"""The networks of PPM_One: inputs and shifts scaled to their ranges, one tanh layer, a linear output.

The networks of an ensemble stand side by side in one model; nothing passes between them.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import initializers, layers, ops

from . import data
from .config import Config

#: Inputs are angles, distances and similarities: no signal that could grow.
SCALES = "features"


def fixed_size(config: Config) -> bool:
    """A network knows one number of inputs."""
    return True


def build(config: Config, nucleus: str = "") -> keras.Model:
    """From inputs (batch, inputs) to what each member says the shift is (batch, members), ppm.

    nucleus: the first of the configuration where none is named.
    """
    inputs, members = len(data.columns(config, nucleus or config.nuclei[0])), config.members
    given = keras.Input((inputs,), name="features")
    scaled = Range(inputs, name="range")(given)
    hidden = layers.Dense(
        members * config.hidden, activation="tanh", name="hidden",
        kernel_initializer=spread(inputs), bias_initializer=spread(1),
    )(scaled)  # fmt: skip
    hidden = layers.Reshape((members, config.hidden))(hidden)
    output = layers.EinsumDense(
        "bmh,mh->bm", (members,), bias_axes="m", name="output",
        kernel_initializer=spread(config.hidden), bias_initializer=spread(1),
    )(hidden)  # fmt: skip
    return keras.Model(given, Range(1, inverse=True, name="shift")(output))


def spread(inputs: int) -> initializers.Initializer:
    """code: weights begin evenly within one over the root of a unit's inputs, biases within 1."""
    return initializers.RandomUniform(-(inputs**-0.5), inputs**-0.5)


@keras.saving.register_keras_serializable("nmr_repro")
class Range(layers.Layer):
    """From the range of the training data to -1 to 1, or back; the range is kept with the weights."""

    def __init__(self, size: int, inverse: bool = False, **options):
        super().__init__(**options)
        self.size, self.inverse = size, inverse
        self.low = self.add_weight(
            shape=(size,), initializer=initializers.Constant(-1.0), trainable=False, name="low"
        )
        self.high = self.add_weight(
            shape=(size,), initializer=initializers.Constant(1.0), trainable=False, name="high"
        )

    def learn(self, values: np.ndarray) -> None:
        """Take the range of values (rows, size)."""
        self.low.assign(values.min(axis=0))
        self.high.assign(values.max(axis=0))

    def half(self):
        """Half the range (size,); 1 for what never changes."""
        half = (self.high - self.low) / 2
        return ops.where(half > 0, half, ops.ones_like(half))

    def call(self, values):
        """Scale (batch, size); back: (batch, anything) where size is 1."""
        middle = (self.high + self.low) / 2
        return values * self.half() + middle if self.inverse else (values - middle) / self.half()

    def compute_output_shape(self, shape):
        """Unchanged."""
        return shape

    def get_config(self) -> dict:
        """What it takes to make the layer again."""
        return {**super().get_config(), "size": self.size, "inverse": self.inverse}
