"""The networks of Hansen: layers of a modified LSTM cell that complete a FID, dense or convolutional."""

from __future__ import annotations

import keras
from keras import layers, ops

from common.layers import CircularConv, ColumnScale, DataConsistency, Fourier, InverseFourier

from .config import Config

#: The output scales with the input.
SCALES = "equivariant"
#: Bias of the forget gates at the start: the state is kept (as in keras.layers.LSTM).
KEEP = 1.0


@keras.saving.register_keras_serializable("nmr_repro")
class Cosine(layers.Dense):
    """A dense layer with a cosine activation: what the places of measured points mean to a signal."""

    def call(self, places):
        """Features (batch, units) of a schedule (batch, measured) as fractions of the grid."""
        return ops.cos(super().call(places))


@keras.saving.register_keras_serializable("nmr_repro")
class FirstPoint(layers.Layer):
    """Size of the measured points (batch, 2, measured): modulus of the first, or their root mean square.

    norm: ``first`` or ``rms``. The first point of a column of noise may be next to nothing; it counts at
    least ``least`` times the rms. Empty columns have size 1. Returns (batch, 1, 1).
    """

    def __init__(self, norm: str, least: float, **kwargs):
        super().__init__(**kwargs)
        if norm not in ("first", "rms"):
            raise ValueError(f"norm is first or rms, not {norm!r}")
        self.norm, self.least = norm, least

    def call(self, measured):
        """The size of each example."""
        power = ops.sum(ops.square(measured), axis=1, keepdims=True)
        size = ops.mean(power, axis=2, keepdims=True)
        if self.norm == "first":
            size = ops.maximum(power[:, :, :1], self.least**2 * size)
        return ops.where(size > 0, ops.sqrt(size), ops.ones_like(size))

    def compute_output_shape(self, shape):
        """One number an example."""
        return (shape[0], 1, 1)

    def get_config(self):
        """The arguments of the constructor."""
        return {**super().get_config(), "norm": self.norm, "least": self.least}


def gated(gates, state, units: int):
    """The core of an LSTM: ``(output, state)`` from the four gates before activation and the last state.

    gates: (..., 4 units) in the order input, forget, candidate, output. state: (..., units), None at first.
    Hochreiter and Schmidhuber, Neural Comput. 1997, 9, 1735, with the forget gate of Gers et al. 2000.
    """
    take, keep, new, show = (gates[..., i * units : (i + 1) * units] for i in range(4))
    new = ops.sigmoid(take) * ops.tanh(new)
    state = new if state is None else ops.sigmoid(keep + KEEP) * state + new
    return ops.sigmoid(show) * ops.tanh(state), state


@keras.saving.register_keras_serializable("nmr_repro")
class ModifiedLSTM(layers.Layer):
    """A modified LSTM cell (Hansen 2019, Fig. 1: flatten, tanh, sigmoid, add, multiply, reshape, linear).

    Measured points, schedule and the FID so far are flattened and joined; three sigmoid gates and a tanh
    candidate, each with its bias, update the cell state; a linear layer makes a FID of the output, reshapes
    it and adds it to the one so far. Weights are not shared between layers. units: width of the state.
    points: complex points of the FID.
    """

    def __init__(self, units: int, points: int, **kwargs):
        super().__init__(**kwargs)
        self.units, self.points = units, points
        self.gates = layers.Dense(4 * units, name="gates")
        self.linear = layers.Dense(2 * points, name="linear")

    def build(self, measured_shape, schedule_shape, fid_shape=None, state_shape=None):
        """Weights for inputs of these shapes."""
        joined = measured_shape[1] * measured_shape[2] + schedule_shape[1]
        joined += 2 * self.points if fid_shape else 0
        self.gates.build((None, joined))
        self.linear.build((None, self.units))

    def call(self, measured, schedule, fid=None, state=None):
        """FID (batch, 2, points) and state (batch, units) of this layer.

        measured: (batch, 2, measured). schedule: features (batch, any). fid, state: those of the layer
        before, None in the first.
        """
        flat = [ops.reshape(measured, (-1, measured.shape[1] * measured.shape[2])), schedule]
        flat += [] if fid is None else [ops.reshape(fid, (-1, 2 * self.points))]
        output, state = gated(self.gates(ops.concatenate(flat, axis=-1)), state, self.units)
        change = ops.reshape(self.linear(output), (-1, 2, self.points))
        return (change if fid is None else fid + change), state

    def compute_output_shape(self, measured_shape, *_, **__):
        """Shapes of FID and state."""
        return (measured_shape[0], 2, self.points), (measured_shape[0], self.units)

    def get_config(self):
        """The arguments of the constructor."""
        return {**super().get_config(), "units": self.units, "points": self.points}


@keras.saving.register_keras_serializable("nmr_repro")
class ConvolutionalLSTM(layers.Layer):
    """The same cell with convolutions along a spectrum in place of dense layers (ours).

    Input and state are (batch, points, columns, channels), so that one network serves every number of
    points. The linear layer starts at zero: an untrained layer passes its spectrum on.
    """

    def __init__(self, units: int, kernel: int, columns: int, **kwargs):
        super().__init__(**kwargs)
        self.units, self.kernel, self.columns = units, kernel, columns
        self.gates = CircularConv(4 * units, (kernel, columns), name="gates")
        self.linear = layers.Conv2D(2, 1, kernel_initializer="zeros", name="linear")

    def build(self, spectrum_shape, output_shape=None, state_shape=None):
        """Weights for inputs of these shapes."""
        channels = spectrum_shape[-1] + (self.units if output_shape else 0)
        self.gates.build((*spectrum_shape[:-1], channels))
        self.linear.build((*spectrum_shape[:-1], self.units))

    def call(self, spectrum, output=None, state=None):
        """Spectrum, output and state of this layer; output and state of the one before, None in the first."""
        seen = spectrum if output is None else ops.concatenate([spectrum, output], axis=-1)
        output, state = gated(self.gates(seen), state, self.units)
        return spectrum + self.linear(output), output, state

    def compute_output_shape(self, spectrum_shape, *_, **__):
        """Shapes of spectrum, output and state."""
        inner = (*spectrum_shape[:-1], self.units)
        return spectrum_shape, inner, inner

    def get_config(self):
        """The arguments of the constructor."""
        sizes = {"units": self.units, "kernel": self.kernel, "columns": self.columns}
        return {**super().get_config(), **sizes}


def fixed_size(config: Config) -> bool:
    """Whether the network of a configuration takes one number of points only."""
    return not config.kernel


def build(config: Config) -> keras.Model:
    """The network of a configuration, dense as published or convolutional."""
    return _convolutional(config) if config.kernel else _dense(config)


def _dense(config: Config) -> keras.Model:
    """From measured points (2, measured) and their places (measured,) to the FID (2, points).

    Scaling is inside, so FIDs may come as they are, or divided by their first point as the released model
    wants them.
    """
    measured = keras.Input((2, config.measured), name="measured")
    schedule = keras.Input((config.measured,), name="schedule")
    size = FirstPoint(config.norm, config.least, name="size")(measured)
    seen = measured / size
    places = Cosine(config.frequencies, name="cosine")(schedule)
    fid, state = ModifiedLSTM(config.units, config.points, name="lstm0")(seen, places)
    for i in range(1, config.layers):
        fid, state = ModifiedLSTM(config.units, config.points, name=f"lstm{i}")(seen, places, fid, state)
    return keras.Model([measured, schedule], fid * size, name="hansen_lstm")


def _convolutional(config: Config) -> keras.Model:
    """From zero-filled FIDs (points, columns, 2), masks (points, 1, 1) and a first guess to FIDs.

    Any number of points and columns. Measured points are put back between the layers, not after the last:
    what the network makes of them tells how well it explains them.
    """
    fid = keras.Input((None, None, 2), name="fid")
    mask = keras.Input((None, 1, 1), name="mask")
    start = keras.Input((None, None, 2), name="start") if config.start else fid
    size = ColumnScale(name="size")(fid)
    measured = fid / size
    spectrum, output, state = Fourier(name="spectrum")(start / size), None, None
    for i in range(config.layers):
        if i:
            spectrum = DataConsistency(name=f"consistency{i}")(spectrum, measured, mask)
        cell = ConvolutionalLSTM(config.units, config.kernel, config.columns, name=f"lstm{i}")
        spectrum, output, state = cell(*(part for part in (spectrum, output, state) if part is not None))
    inputs = [fid, mask, start] if config.start else [fid, mask]
    return keras.Model(inputs, InverseFourier(name="fids")(spectrum) * size, name="hansen_lstm")
