"""The network: convolutions along the whole spectrum, down to coarse steps and up again.

Ours: of the poster only "deep neural network" is known. Fully convolutional, so spectra of any length go
through it; every step gets the probabilities of nothing, signal and solvent.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from .config import Config
from .grid import channels

#: Inputs are logarithms over noise and level, which ``grid.py`` finds: no signal that could grow.
SCALES = "features"
#: Classes of the output, as in common/simulation/regions.py: none, signal, solvent.
CLASSES = 3


@keras.saving.register_keras_serializable("nmr_repro")
class Finer(layers.Layer):
    """Coarse maps at the points of finer ones, every point repeated ``times``, and the finer ones beside."""

    def __init__(self, times: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, coarse, fine):
        """(batch, n, a) and (batch, m, b), m at most ``times`` n, to (batch, m, a + b)."""
        repeated = ops.repeat(coarse, self.times, axis=1)[:, : ops.shape(fine)[1]]
        return ops.concatenate([repeated, fine], axis=-1)

    def compute_output_shape(self, coarse_shape, fine_shape):
        """Channels of both at the points of the finer."""
        return (*fine_shape[:-1], coarse_shape[-1] + fine_shape[-1])

    def get_config(self):
        """What ``__init__`` takes."""
        return {**super().get_config(), "times": self.times}


@keras.saving.register_keras_serializable("nmr_repro")
class Unfold(layers.Layer):
    """Maps of joined steps as those of the steps: (batch, n, times k) to (batch, m, k), m that of inputs."""

    def __init__(self, times: int, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, maps, like):
        """``like`` has the steps that come out."""
        width = maps.shape[-1] // self.times
        return ops.reshape(maps, (-1, ops.shape(maps)[1] * self.times, width))[:, : ops.shape(like)[1]]

    def compute_output_shape(self, maps_shape, like_shape):
        """As many steps as ``like``."""
        return (*like_shape[:-1], maps_shape[-1] // self.times)

    def get_config(self):
        """What ``__init__`` takes."""
        return {**super().get_config(), "times": self.times}


def build(config: Config) -> keras.Model:
    """From what is known of steps (batch, steps, channels) to probabilities (batch, steps, 3)."""
    known = keras.Input((None, channels(config)), name="steps")
    maps = _convolution(config, known, config.filters[0], "stem", strides=config.fold)
    finer = []
    for i, width in enumerate(config.filters):
        if i:
            finer.append(maps)
            maps = _convolution(config, maps, width, f"down{i}", strides=2)
        maps = _convolution(config, maps, width, f"level{i}")
    maps = _whole(maps, config.filters[-1])
    for i in reversed(range(len(finer))):
        maps = Finer(name=f"finer{i}")(maps, finer[i])
        maps = _convolution(config, maps, config.filters[i], f"up{i}")
    maps = layers.Conv1D(config.fold * CLASSES, 1, name="classes")(maps)
    maps = Unfold(config.fold, name="unfold")(maps, known)
    return keras.Model(known, layers.Softmax(name="probabilities")(maps), name="bruker_picker")


def _whole(maps, width: int):
    """Gates by what is largest anywhere: how tall a signal must be depends on the others."""
    whole = layers.GlobalMaxPooling1D(keepdims=True, name="whole")(maps)
    gates = layers.Dense(width, activation="sigmoid", name="gates")(whole)
    return layers.Multiply(name="gated")([maps, gates])


def _convolution(config: Config, maps, width: int, name: str, strides: int = 1):
    """Convolution, batch normalisation, ReLU."""
    size = max(config.kernel, 2 * strides)
    maps = layers.Conv1D(
        width,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        name=name,
        kernel_initializer="he_normal",
    )(maps)
    maps = layers.BatchNormalization(momentum=0.97, name=f"{name}_norm")(maps)
    return layers.ReLU(name=f"{name}_relu")(maps)
