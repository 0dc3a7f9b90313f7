"""The network of Qu et al.: dense convolutional blocks, each followed by data consistency."""

from __future__ import annotations

import keras
from keras import layers

from common.layers import (
    CircularConv,
    ColumnScale,
    DataConsistency,
    Fourier,
    PlaneConsistency,
    PlaneConv,
    PlaneFourier,
    PlaneScale,
)

from .config import Config

#: The output scales with the input.
SCALES = "equivariant"


def convolution(config: Config, filters: int, columns: int = 1, **options):
    """A convolution along the indirect points: of a column and its neighbours, or of a plane."""
    if config.plane:
        return PlaneConv(filters, config.kernel, **options)
    return CircularConv(filters, (config.kernel, columns), **options)


def dense_block(x, config: Config, name: str):
    """One densely connected CNN on a spectrum of two channels, added to its input.

    A convolution makes features; each unit (batch norm, ReLU, convolution) adds its output to the pile it
    reads; the bottleneck brings the pile back to two channels. It starts at zero, so an untrained block
    passes its input on. With ``config.gate`` a third channel multiplies the input: a point can be kept, grown
    or taken away whatever its size.
    """
    features = convolution(config, config.growth, config.columns, name=f"{name}_in")(x)
    for i in range(config.layers):
        h = layers.BatchNormalization(name=f"{name}_norm{i}")(features)
        h = layers.ReLU(name=f"{name}_relu{i}")(h)
        h = convolution(config, config.growth, use_bias=False, name=f"{name}_conv{i}")(h)
        features = layers.Concatenate(name=f"{name}_dense{i}")([features, h])
    h = layers.BatchNormalization(name=f"{name}_norm")(features)
    h = layers.ReLU(name=f"{name}_relu")(h)
    parts = [x, layers.Conv2D(2, 1, kernel_initializer="zeros", name=f"{name}_bottleneck")(h)]
    if config.gate:
        gate = layers.Conv2D(1, 1, kernel_initializer="zeros", name=f"{name}_gate")(h)
        parts.append(layers.Multiply(name=f"{name}_gated")([x, gate]))
    return layers.Add(name=f"{name}_add")(parts)


def build(config: Config) -> keras.Model:
    """From zero-filled FIDs (points, columns, 2) and masks (points, 1, 1) to spectra.

    Any number of points and columns. With ``config.plane`` from FIDs (points1, points2, 2) of two indirect
    dimensions and masks (points1, points2, 1). The output scales with the input.
    """
    transform, keep, size = Fourier, DataConsistency, ColumnScale
    if config.plane:
        transform, keep, size = PlaneFourier, PlaneConsistency, PlaneScale
    fid = keras.Input((None, None, 2), name="fid")
    mask = keras.Input((None, None if config.plane else 1, 1), name="mask")
    start = keras.Input((None, None, 2), name="start") if config.start else fid
    scale = size(name="scale")(fid)
    measured = fid / scale
    spectrum = transform(name="start_spectrum")(start / scale)
    for block in range(config.blocks):
        spectrum = dense_block(spectrum, config, f"block{block}")
        spectrum = keep(name=f"consistency{block}")(spectrum, measured, mask)
    inputs = [fid, mask, start] if config.start else [fid, mask]
    return keras.Model(inputs, spectrum * scale, name="qu_cnn")


def before_last_consistency(model: keras.Model) -> keras.Model:
    """The same network up to its last block: what it makes of the data before the points are put back."""
    block = sum(layer.name.startswith("consistency") for layer in model.layers) - 1
    estimate = model.get_layer(f"block{block}_add").output
    return keras.Model(model.inputs, estimate * model.get_layer("scale").output, name="qu_cnn_estimate")
