"""The networks of TALOS-N: shifts to a map of torsion angles, maps of neighbours to a better one, and two
small ones."""

from __future__ import annotations

import keras
from keras import layers

from . import data
from .config import Config

#: Inputs are secondary shifts, flags and similarities: no signal that could grow.
SCALES = "features"
#: Added to a probability before its logarithm is taken.
LEAST = 1e-6


def fixed_size(config: Config) -> bool:
    """A network knows one number of residues."""
    return True


def build(config: Config) -> keras.Model:
    """Level 1: from residues (batch, 2 reach + 1, 32) to a distribution (batch, bins * bins) of phi and
    psi."""
    given = keras.Input((2 * config.reach + 1, data.INPUTS), name="residues")
    value = _convolved(given, config) if config.convolutions else _dense(given, config.hidden)
    return keras.Model(given, _shares(config.bins**2)(value))


def build_level2(config: Config) -> keras.Model:
    """Level 2: from the distributions of neighbours (batch, 2 reach2 + 1, bins * bins) to a better one."""
    given = keras.Input((2 * config.reach2 + 1, config.bins**2), name="distributions")
    # roots spread small probabilities out; training starts from what level 1 says
    change = layers.Dense(config.bins**2, kernel_initializer="zeros")
    own = keras.ops.log(given[:, config.reach2] + LEAST)
    shares = layers.Add()([own, change(_dense(keras.ops.sqrt(given), config.hidden2))])
    return keras.Model(given, layers.Softmax(name="shares")(shares))


def build_tail(config: Config, inputs: int) -> keras.Model:
    """From a residue's surroundings (batch, inputs) to one of three states: secondary structure or
    rotamer."""
    given = keras.Input((inputs,), name="surroundings")
    value = given
    for width in config.hidden_tail:
        value = layers.Dense(width, activation="gelu")(value)
        value = layers.Dropout(config.dropout_tail)(value)
    return keras.Model(given, _shares(3)(value))


def _shares(count: int):
    return layers.Dense(count, activation="softmax", name="shares")


def _dense(value, hidden):
    if len(value.shape) > 2:
        value = layers.Flatten()(value)
    for width in hidden:
        value = layers.Dense(width, activation="tanh")(value)
    return value


def _convolved(given, config: Config):
    """Residual convolutions over three residues each, every one of them shorter by two, then a dense
    layer."""
    value = layers.Dense(config.width)(given)
    for _ in range(config.convolutions):
        more = layers.LayerNormalization()(value)
        more = layers.Conv1D(config.width, 3, activation="gelu")(more)
        value = layers.Add()([layers.Cropping1D(1)(value), layers.Dropout(config.dropout)(more)])
    value = layers.Dropout(config.dropout)(layers.Flatten()(value))
    return layers.Dense(2 * config.width, activation="gelu")(value)
