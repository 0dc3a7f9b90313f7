"""The network of Qu et al.: dense convolutional blocks, each followed by data consistency."""

from __future__ import annotations

import keras
from keras import layers

from common.layers import CircularConv, ColumnScale, DataConsistency, Fourier

from .config import Config

#: The output scales with the input.
SCALES = "equivariant"


def dense_block(x, config: Config, name: str):
    """One densely connected CNN on a spectrum of two channels, added to its input.

    A convolution makes features; each unit (batch norm, ReLU, convolution) adds its output to the pile it
    reads; the bottleneck brings the pile back to two channels. It starts at zero, so an untrained block
    passes its input on.
    """
    features = CircularConv(config.growth, (config.kernel, config.columns), name=f"{name}_in")(x)
    for i in range(config.layers):
        h = layers.BatchNormalization(name=f"{name}_norm{i}")(features)
        h = layers.ReLU(name=f"{name}_relu{i}")(h)
        h = CircularConv(config.growth, (config.kernel, 1), use_bias=False, name=f"{name}_conv{i}")(h)
        features = layers.Concatenate(name=f"{name}_dense{i}")([features, h])
    h = layers.BatchNormalization(name=f"{name}_norm")(features)
    h = layers.ReLU(name=f"{name}_relu")(h)
    h = layers.Conv2D(2, 1, kernel_initializer="zeros", name=f"{name}_bottleneck")(h)
    return layers.Add(name=f"{name}_add")([x, h])


def build(config: Config) -> keras.Model:
    """From zero-filled FIDs (points, columns, 2) and masks (points, 1, 1) to spectra.

    Any number of points and columns. The output scales with the input.
    """
    fid = keras.Input((None, None, 2), name="fid")
    mask = keras.Input((None, 1, 1), name="mask")
    start = keras.Input((None, None, 2), name="start") if config.start else fid
    scale = ColumnScale(name="scale")(fid)
    measured = fid / scale
    spectrum = Fourier(name="start_spectrum")(start / scale)
    for block in range(config.blocks):
        spectrum = dense_block(spectrum, config, f"block{block}")
        spectrum = DataConsistency(name=f"consistency{block}")(spectrum, measured, mask)
    inputs = [fid, mask, start] if config.start else [fid, mask]
    return keras.Model(inputs, spectrum * scale, name="qu_cnn")


def before_last_consistency(model: keras.Model) -> keras.Model:
    """The same network up to its last block: what it makes of the data before the points are put back."""
    block = sum(layer.name.startswith("consistency") for layer in model.layers) - 1
    estimate = model.get_layer(f"block{block}_add").output
    return keras.Model(model.inputs, estimate * model.get_layer("scale").output, name="qu_cnn_estimate")
