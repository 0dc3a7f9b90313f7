"""The network: two convolutions with max pooling, a dense layer, one sigmoid: the probability of a peak."""

from __future__ import annotations

import keras
from keras import layers

from .config import Config
from .levels import NAMES

#: Crops are in units of the noise and compressed: no signal that could grow (``crops.py`` takes care of it).
SCALES = "features"


def fixed_size(config: Config) -> bool:
    """A network knows one size of crop."""
    return True


def build(config: Config) -> keras.Model:
    """From crops (batch, size, size, channels) to the probability (batch, 1) that the candidate is a peak.

    Where the configuration has levels, these (batch, len(NAMES)) are a second input, to the dense layer.
    """
    crop = keras.Input((config.size, config.size, len(config.channels)), name="crop")
    x = crop
    for i, (filters, pool) in enumerate(zip(config.filters, config.pool, strict=True)):
        strides = config.stride if i == 0 else 1
        x = layers.Conv2D(filters, config.kernel, strides, activation="relu", name=f"conv{i}")(x)
        x = layers.MaxPooling2D(pool, name=f"pool{i}")(x)
    x, inputs = layers.Flatten(name="flat")(x), crop
    if config.levels:
        beside = keras.Input((len(NAMES),), name="levels")
        x, inputs = layers.Concatenate(name="both")([x, beside]), [crop, beside]
    x = layers.Dense(config.dense, activation="relu", name="dense")(x)
    if config.dropout:
        x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="probability")(x), name="nmr_net")
