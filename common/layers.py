"""Keras layers that several networks share. Importing this module imports keras.

Data shape throughout: (batch, points, columns, 2), the indirect points of neighbouring columns of a plane
with real and imaginary part as channels. A network that treats every column by itself sees ``columns`` as a
second batch axis. Layers called ``Plane...`` take two indirect dimensions, (batch, points1, points2, 2).
"""

from __future__ import annotations

import keras
from keras import ops


def fourier(signal):
    """Discrete Fourier transform along the points of (batch, points, columns, 2), channels real, imaginary.

    Orthonormal (divided by sqrt(points)), so that noise has one size in both domains. Plain FFT order: where
    index 0 is displayed does not matter to a network that is circular along this axis.
    """
    re, im = (ops.swapaxes(signal[..., part], 1, 2) for part in (0, 1))
    re, im = ops.fft((re, im))
    root = ops.sqrt(ops.cast(ops.shape(signal)[1], signal.dtype))
    return ops.swapaxes(ops.stack([re, im], axis=-1), 1, 2) / root


def conjugate(signal):
    """Complex conjugate of two real channels."""
    return ops.stack([signal[..., 0], -signal[..., 1]], axis=-1)


def inverse_fourier(spectrum):
    """The inverse of :func:`fourier`."""
    return conjugate(fourier(conjugate(spectrum)))


@keras.saving.register_keras_serializable("nmr_repro")
class Fourier(keras.layers.Layer):
    """:func:`fourier` as a layer."""

    def call(self, signal):
        """Transform (batch, points, columns, 2)."""
        return fourier(signal)

    def compute_output_shape(self, shape):
        """Unchanged."""
        return shape


@keras.saving.register_keras_serializable("nmr_repro")
class InverseFourier(keras.layers.Layer):
    """:func:`inverse_fourier` as a layer."""

    def call(self, spectrum):
        """Transform (batch, points, columns, 2)."""
        return inverse_fourier(spectrum)

    def compute_output_shape(self, shape):
        """Unchanged."""
        return shape


@keras.saving.register_keras_serializable("nmr_repro")
class CircularConv(keras.layers.Conv2D):
    """Convolution along the points, which close on themselves (circular padding), and across columns.

    Columns do not close: zeros stand beside the first and the last. kernel_size: (points, columns). The size
    stays; there must be at least half a kernel of points.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        kwargs.pop("padding", None)
        super().__init__(filters, kernel_size, padding="valid", **kwargs)

    def call(self, inputs):
        """Convolve (batch, points, columns, channels)."""
        along, across = (k - 1 for k in self.kernel_size)
        if along:
            left, right = along // 2, along - along // 2
            inputs = ops.concatenate(
                [inputs[:, -left:], inputs, inputs[:, :right]] if left else [inputs, inputs[:, :right]],
                axis=1,
            )
        if across:
            inputs = ops.pad(inputs, ((0, 0), (0, 0), (across // 2, across - across // 2), (0, 0)))
        return super().call(inputs)

    def compute_output_shape(self, input_shape):
        """The shape of the input with ``filters`` channels."""
        return (*input_shape[:-1], self.filters)


@keras.saving.register_keras_serializable("nmr_repro")
class ColumnScale(keras.layers.Layer):
    """Size of each column of zero-filled FIDs: the largest modulus of its spectrum, (batch, 1, columns, 1).

    A network that divides by it and multiplies its output back scales with its input. Empty columns have
    size 1.
    """

    def call(self, fid):
        """Size of the columns of (batch, points, columns, 2)."""
        power = ops.max(ops.sum(ops.square(fourier(fid)), axis=-1, keepdims=True), axis=1, keepdims=True)
        return ops.where(power > 0, ops.sqrt(power), ops.ones_like(power))

    def compute_output_shape(self, shape):
        """One number a column."""
        return (shape[0], 1, shape[2], 1)


@keras.saving.register_keras_serializable("nmr_repro")
class DataConsistency(keras.layers.Layer):
    """Puts the measured points back: spectrum to FID, measured points replaced, back to a spectrum.

    Hard replacement: the limit of infinite trust in the data.
    """

    def call(self, spectrum, measured, mask):
        """The spectrum that agrees with the data.

        Spectrum and measured FID (zero where not measured) are (batch, points, columns, 2), the mask is
        (batch, points, 1, 1).
        """
        return fourier(measured + (1.0 - mask) * inverse_fourier(spectrum))

    def compute_output_shape(self, spectrum_shape, *_):
        """The shape of the spectrum."""
        return spectrum_shape


def fourier_2d(signal):
    """Discrete Fourier transform along both points axes of (batch, points1, points2, 2), orthonormal.

    For planes of two indirect dimensions; otherwise as :func:`fourier`.
    """
    re, im = ops.fft2((signal[..., 0], signal[..., 1]))
    root = ops.sqrt(ops.cast(ops.shape(signal)[1] * ops.shape(signal)[2], signal.dtype))
    return ops.stack([re, im], axis=-1) / root


def inverse_fourier_2d(spectrum):
    """The inverse of :func:`fourier_2d`."""
    return conjugate(fourier_2d(conjugate(spectrum)))


@keras.saving.register_keras_serializable("nmr_repro")
class PlaneFourier(keras.layers.Layer):
    """:func:`fourier_2d` as a layer."""

    def call(self, signal):
        """Transform (batch, points1, points2, 2)."""
        return fourier_2d(signal)

    def compute_output_shape(self, shape):
        """Unchanged."""
        return shape


@keras.saving.register_keras_serializable("nmr_repro")
class PlaneConv(keras.layers.Conv2D):
    """Convolution of planes that close on themselves along both axes (circular padding).

    The size stays; there must be at least half a kernel of points on each axis.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        kwargs.pop("padding", None)
        super().__init__(filters, kernel_size, padding="valid", **kwargs)

    def call(self, inputs):
        """Convolve (batch, points1, points2, channels)."""
        for axis, size in enumerate(self.kernel_size, 1):
            inputs = _closed(inputs, size, axis)
        return super().call(inputs)

    def compute_output_shape(self, input_shape):
        """The shape of the input with ``filters`` channels."""
        return (*input_shape[:-1], self.filters)


def _closed(inputs, size, axis):
    """The points that a kernel of ``size`` reaches beyond both ends, taken from the other end."""
    left, right = (size - 1) // 2, size - 1 - (size - 1) // 2
    before = (slice(None),) * axis
    parts = [inputs[(*before, slice(-left, None))]] if left else []
    parts += [inputs, *([inputs[(*before, slice(right))]] if right else [])]
    return ops.concatenate(parts, axis=axis) if len(parts) > 1 else inputs


@keras.saving.register_keras_serializable("nmr_repro")
class PlaneScale(keras.layers.Layer):
    """Size of each zero-filled plane: the largest modulus of its spectrum, (batch, 1, 1, 1).

    As :class:`ColumnScale`; an empty plane has size 1.
    """

    def call(self, fid):
        """Size of the planes of (batch, points1, points2, 2)."""
        power = ops.sum(ops.square(fourier_2d(fid)), axis=-1, keepdims=True)
        power = ops.max(power, axis=(1, 2), keepdims=True)
        return ops.where(power > 0, ops.sqrt(power), ops.ones_like(power))

    def compute_output_shape(self, shape):
        """One number a plane."""
        return (shape[0], 1, 1, 1)


@keras.saving.register_keras_serializable("nmr_repro")
class PlaneConsistency(keras.layers.Layer):
    """:class:`DataConsistency` for planes of two indirect dimensions."""

    def call(self, spectrum, measured, mask):
        """The spectrum that agrees with the data.

        Spectrum and measured FID (zero where not measured) are (batch, points1, points2, 2), the mask is
        (batch, points1, points2, 1).
        """
        return fourier_2d(measured + (1.0 - mask) * inverse_fourier_2d(spectrum))

    def compute_output_shape(self, spectrum_shape, *_):
        """The shape of the spectrum."""
        return spectrum_shape
