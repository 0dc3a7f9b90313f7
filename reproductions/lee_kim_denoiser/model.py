"""The denoiser: a convolutional encoder of a complex spectrum, dense layers, a real metabolite spectrum."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from common.simulation.brain_ranges import BrainRanges
from common.simulation.metabolites import NAMES

from . import data
from .config import Config

#: The output scales with the input.
SCALES = "equivariant"

#: Standard deviations at which a whitened component is held: no training spectrum goes beyond.
FARTHEST = 10.0


def fixed_size(config: Config) -> bool:
    """A network knows one grid of shifts."""
    return True


@keras.saving.register_keras_serializable("nmr_repro")
class RegionScale(layers.Layer):
    """Root mean square of each spectrum (shifts, 2) between two points, (1, 1); one where it is empty."""

    def __init__(self, first: int, last: int, **options):
        super().__init__(**options)
        self.first, self.last = first, last

    def call(self, spectrum):
        """The scale of spectra (batch, shifts, 2)."""
        part = spectrum[:, self.first : self.last]
        # divided by its largest value first: squares of single precision overflow early
        largest = ops.max(ops.abs(part), axis=(1, 2), keepdims=True)
        largest = ops.where(largest > 0, largest, ops.ones_like(largest))
        mean = ops.mean(ops.square(part / largest), axis=(1, 2), keepdims=True)
        return largest * ops.where(mean > 0, ops.sqrt(mean), ops.ones_like(mean))

    def compute_output_shape(self, shape):
        """One number a spectrum."""
        return (shape[0], 1, 1)

    def get_config(self):
        """What the layer was made with."""
        return super().get_config() | {"first": self.first, "last": self.last}


@keras.saving.register_keras_serializable("nmr_repro")
class Scaled(layers.Layer):
    """An input divided by a scale, held to +-``data.LARGEST``."""

    def call(self, value, scale):
        """Scaled values."""
        return ops.clip(value / scale, -data.LARGEST, data.LARGEST)

    def compute_output_shape(self, shape, *_):
        """That of the input."""
        return shape


@keras.saving.register_keras_serializable("nmr_repro")
class LogRatio(layers.Layer):
    """Logarithm of the scale of a spectrum in mM over a usual one, held to ``LIMIT`` on either side."""

    LIMIT = 3.0

    def __init__(self, usual: float, **options):
        super().__init__(**options)
        self.usual = usual

    def call(self, scale, unit):
        """For scales (batch, 1, 1) and signals of 1 mM (batch, 1): (batch, 1)."""
        unit = ops.where(unit > 0, unit, ops.ones_like(unit))
        ratio = ops.log(scale[:, :, 0] / unit / self.usual)
        return ops.clip(ratio, -self.LIMIT, self.LIMIT)

    def compute_output_shape(self, scale_shape, unit_shape):
        """One number a spectrum."""
        return unit_shape

    def get_config(self):
        """What the layer was made with."""
        return super().get_config() | {"usual": self.usual}


def encoded(x, config: Config, ratio=None):
    """Features of a scaled spectrum (shifts, 2): convolutions or components, then dense layers.

    ratio: a further feature (1,). Dense layers of equal size are residual.
    """
    for i, (filters, stride) in enumerate(zip(config.filters, config.strides, strict=True)):
        options = {"padding": "same", "activation": "gelu", "name": f"conv{i}"}
        x = layers.Conv1D(filters, 2 * stride, strides=stride, **options)(x)
    x = layers.Flatten(name="flat")(x)
    if config.components:
        x = fixed(config.components, data.whitening(config)[:2], "components")(x)
        x = layers.ReLU(max_value=2 * FARTHEST, name="held")(x + FARTHEST) - FARTHEST
    if ratio is not None:
        x = layers.Concatenate(name="with_scale")([x, ratio])
    for i, units in enumerate(config.dense):
        h = layers.Dense(units, activation="gelu", name=f"dense{i}")(x)
        x = layers.Add(name=f"add{i}")([x, h]) if x.shape[-1] == units else h
    return x


def fixed(units: int, weights, name: str):
    """A dense layer that does not learn, of given weights: (matrix, offset)."""
    initial = [keras.initializers.Constant(np.asarray(value, "float32")) for value in weights]
    options = {"kernel_initializer": initial[0], "bias_initializer": initial[1]}
    return layers.Dense(units, trainable=False, name=name, **options)


def build(config: Config) -> keras.Model:
    """From complex spectra (shifts, 2: real and imaginary) to real metabolite spectra (shifts,).

    Shifts are those of ``data.ppm``. With the decoder ``basis`` the output is a sum of the metabolite signals
    of the target, whose amounts the network finds. The output scales with the input. Where it is told the
    signal of 1 mM, that is a second input (1,), and amounts are multiples of what is normal in mM.
    """
    spectrum = keras.Input((config.shifts, 2), name="spectrum")
    scale = RegionScale(*data.scale_region(config), name="scale")(spectrum)
    if config.referenced:
        return referenced(config, spectrum, scale)
    x = encoded(Scaled(name="scaled")(spectrum, scale), config)
    if config.decoder == "spectrum":
        clean = layers.Dense(config.shifts, name="clean")(x)
    else:
        amounts = layers.Dense(len(NAMES), activation="softplus", name="amounts")(x)
        usual = data.whitening(config)[2][:, None] * data.target_signals(config)
        clean = fixed(config.shifts, (usual, np.zeros(config.shifts)), "basis")(amounts)
    clean = layers.Multiply(name="amplitudes")([clean, layers.Flatten(name="flat_scale")(scale)])
    return keras.Model(spectrum, clean, name="lee_kim_denoiser")


def referenced(config: Config, spectrum, scale) -> keras.Model:
    """The network that is told the signal of 1 mM; its decoder is the basis."""
    unit = keras.Input((1,), name="unit")
    ratio = LogRatio(data.whitening(config)[3], name="ratio")(scale, unit)
    x = encoded(Scaled(name="scaled")(spectrum, scale), config, ratio)
    amounts = layers.Dense(len(NAMES), activation="softplus", name="amounts")(x)
    usual = BrainRanges().normal(NAMES)[:, None] * data.target_signals(config)
    clean = fixed(config.shifts, (usual, np.zeros(config.shifts)), "basis")(amounts)
    clean = layers.Multiply(name="amplitudes")([clean, unit])
    return keras.Model([spectrum, unit], clean, name="lee_kim_denoiser")
