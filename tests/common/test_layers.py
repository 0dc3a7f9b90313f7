"""The shared layers against NumPy, and their gradients against differences of their outputs."""

import sys

import keras
import numpy as np
import pytest
from keras import ops

from common.layers import (
    CircularConv,
    ColumnScale,
    DataConsistency,
    Fourier,
    InverseFourier,
    PlaneConsistency,
    PlaneConv,
    PlaneFourier,
    PlaneScale,
    conjugate,
    fourier,
    fourier_2d,
    inverse_fourier,
    inverse_fourier_2d,
)
from common.simulation.schedules import poisson_gaps
from common.training.fingerprint import backend
from tests.processes import output

SHAPE = (2, 12, 3, 2)
MASK = poisson_gaps(12, [5, 7], np.random.default_rng(0))[:, :, None, None].astype("float32")


def noise(shape=SHAPE, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def joined(channels):
    return np.asarray(channels)[..., 0] + 1j * np.asarray(channels)[..., 1]


def run(function, *inputs):
    return ops.convert_to_numpy(function(*inputs))


def conv(kernel=(5, 3), filters=4, channels=2, seed=0):
    """A convolution with random weights and biases."""
    layer = CircularConv(filters, kernel)
    layer.build((None, None, None, channels))
    layer.set_weights([noise(weight.shape, seed + i) for i, weight in enumerate(layer.weights)])
    return layer


# --- Fourier


@pytest.mark.parametrize("points", [1, 2, 31, 128])
def test_fourier_is_numpys_and_its_inverse_undoes_it(points):
    signal = noise((2, points, 3, 2))
    spectrum = run(Fourier(), signal)
    assert spectrum.dtype == np.float32
    np.testing.assert_allclose(joined(spectrum), np.fft.fft(joined(signal), axis=1, norm="ortho"), atol=2e-6)
    np.testing.assert_allclose(run(InverseFourier(), spectrum), signal, atol=2e-6)
    np.testing.assert_allclose(run(fourier, run(inverse_fourier, signal)), signal, atol=2e-6)


def test_fourier_keeps_the_power_of_each_column():
    signal = noise((2, 100, 3, 2))
    power = [np.sum(np.square(each), axis=(1, 3)) for each in (signal, run(fourier, signal))]
    np.testing.assert_allclose(*power, rtol=1e-5)


def test_conjugate():
    np.testing.assert_array_equal(joined(run(conjugate, noise())), np.conj(joined(noise())))


# --- CircularConv


@pytest.mark.parametrize("kernel", [(5, 1), (5, 3), (4, 2), (2, 1), (1, 3), (1, 1)])
@pytest.mark.parametrize("points", [3, 9])
def test_circular_convolution_is_the_sum_over_wrapped_points(kernel, points):
    layer, x = conv(kernel), noise((2, points, 4, 2))
    weights, bias = layer.get_weights()
    expected = np.zeros((2, points, 4, 4)) + bias
    padded = np.pad(x, ((0, 0), (0, 0), (kernel[1], kernel[1]), (0, 0)))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            wrapped = np.roll(padded, (kernel[0] - 1) // 2 - i, axis=1)
            start = kernel[1] + j - (kernel[1] - 1) // 2
            expected += wrapped[:, :, start : start + 4] @ weights[i, j]
    np.testing.assert_allclose(run(layer, x), expected, atol=2e-5)


def test_circular_convolution_follows_a_shift_along_the_points():
    layer, x = conv(), noise((2, 16, 5, 2))
    shifted = run(layer, np.roll(x, 7, axis=1))
    np.testing.assert_allclose(shifted, np.roll(run(layer, x), 7, axis=1), atol=1e-6)
    across = run(layer, np.roll(x, 1, axis=2))
    assert np.abs(across - np.roll(run(layer, x), 1, axis=2)).max() > 0.1  # columns do not close


def test_circular_convolution_is_the_plain_one_inside():
    layer, x = conv((5, 3)), noise((2, 16, 6, 2))
    plain = keras.layers.Conv2D(4, (5, 3), padding="same")
    plain.build(x.shape)
    plain.set_weights(layer.get_weights())
    circular, usual = run(layer, x), run(plain, x)
    np.testing.assert_allclose(circular[:, 2:-2], usual[:, 2:-2], atol=1e-6)
    assert np.abs(circular[:, 0] - usual[:, 0]).max() > 0.1


# --- ColumnScale


def test_column_scale_is_the_tallest_modulus_of_each_spectrum():
    fid = noise()
    fid[1, :, 2] = 0
    scale = run(ColumnScale(), fid)
    tallest = np.abs(np.fft.fft(joined(fid), axis=1, norm="ortho")).max(axis=1)
    tallest[1, 2] = 1
    assert scale.shape == (2, 1, 3, 1)
    np.testing.assert_allclose(scale[:, 0, :, 0], tallest, rtol=1e-5)
    np.testing.assert_allclose(run(ColumnScale(), 1e4 * fid)[0], 1e4 * scale[0], rtol=1e-5)


# --- DataConsistency


def test_data_consistency_keeps_the_measured_points_and_leaves_the_others():
    measured, spectrum = noise(seed=1) * MASK, noise(seed=2)
    once = run(DataConsistency(), spectrum, measured, MASK)
    fid, before = run(inverse_fourier, once), run(inverse_fourier, spectrum)
    np.testing.assert_allclose(fid, np.where(MASK, measured, before), atol=1e-6)
    np.testing.assert_allclose(run(DataConsistency(), once, measured, MASK), once, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_data_consistency_with_nothing_or_everything_measured(share):
    measured, spectrum = noise(seed=1) * np.float32(share), noise(seed=2)
    made = run(DataConsistency(), spectrum, measured, np.full_like(MASK, share))
    np.testing.assert_allclose(made, run(fourier, measured) if share else spectrum, atol=1e-6)


# --- planes of two indirect dimensions

PLANE_MASK = poisson_gaps(36, [9, 20], np.random.default_rng(1)).reshape(2, 12, 3, 1).astype("float32")


def plane_conv(kernel=(5, 3), filters=4, channels=2, seed=0):
    layer = PlaneConv(filters, kernel)
    layer.build((None, None, None, channels))
    layer.set_weights([noise(weight.shape, seed + i) for i, weight in enumerate(layer.weights)])
    return layer


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (31, 8), (32, 40)])
def test_fourier_of_planes_is_numpys_and_its_inverse_undoes_it(shape):
    signal = noise((2, *shape, 2))
    spectrum = run(PlaneFourier(), signal)
    assert spectrum.dtype == np.float32
    expected = np.fft.fft2(joined(signal), axes=(1, 2), norm="ortho")
    np.testing.assert_allclose(joined(spectrum), expected, atol=2e-6)
    np.testing.assert_allclose(run(inverse_fourier_2d, spectrum), signal, atol=2e-6)


@pytest.mark.parametrize("kernel", [(5, 5), (5, 3), (4, 2), (1, 3), (2, 1), (1, 1)])
def test_convolution_of_planes_is_the_sum_over_wrapped_points_of_both_axes(kernel):
    layer, x = plane_conv(kernel), noise((2, 9, 6, 2))
    weights, bias = layer.get_weights()
    expected = np.zeros((2, 9, 6, 4)) + bias
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            moves = ((kernel[0] - 1) // 2 - i, (kernel[1] - 1) // 2 - j)
            expected += np.roll(x, moves, axis=(1, 2)) @ weights[i, j]
    np.testing.assert_allclose(run(layer, x), expected, atol=2e-5)


def test_plane_scale_is_the_tallest_modulus_of_each_spectrum():
    fid = noise()
    fid[1] = 0
    tallest = np.abs(np.fft.fft2(joined(fid), axes=(1, 2), norm="ortho")).max(axis=(1, 2))
    scale = run(PlaneScale(), fid)
    assert scale.shape == (2, 1, 1, 1)
    np.testing.assert_allclose(scale[:, 0, 0, 0], [tallest[0], 1.0], rtol=1e-5)


def test_plane_consistency_keeps_the_measured_points_and_leaves_the_others():
    measured, spectrum = noise(seed=1) * PLANE_MASK, noise(seed=2)
    once = run(PlaneConsistency(), spectrum, measured, PLANE_MASK)
    fid, before = run(inverse_fourier_2d, once), run(inverse_fourier_2d, spectrum)
    np.testing.assert_allclose(fid, np.where(PLANE_MASK, measured, before), atol=1e-6)
    np.testing.assert_allclose(run(fourier_2d, fid), once, atol=2e-6)


# --- all of them

MORE = (noise(seed=1) * MASK, MASK)
LAYERS = {
    "fourier": (Fourier, ()),
    "conv": (conv, ()),
    "even_conv": (lambda: conv((4, 2)), ()),
    "scale": (ColumnScale, ()),
    "consistency": (DataConsistency, MORE),
    "plane_fourier": (PlaneFourier, ()),
    "plane_conv": (plane_conv, ()),
    "even_plane_conv": (lambda: plane_conv((2, 4)), ()),
    "plane_scale": (PlaneScale, ()),
    "plane_consistency": (PlaneConsistency, (noise(seed=1) * PLANE_MASK, PLANE_MASK)),
}


def made(name):
    """A layer and what it takes beside :func:`noise`."""
    make, more = LAYERS[name]
    return make(), more


@pytest.mark.parametrize("name", LAYERS)
def test_shapes_are_announced(name):
    layer, more = made(name)
    shapes = [value.shape for value in (noise(), *more)]
    assert layer.compute_output_shape(*shapes) == run(layer, noise(), *more).shape


class Held(keras.layers.Layer):
    """A layer on an input that is a weight, so that a step of plain gradient descent shows its gradient."""

    def __init__(self, layer, value, more):
        super().__init__()
        self.layer, self.more = layer, more
        self.held = self.add_weight(shape=value.shape, initializer=lambda *_, **__: value)

    def call(self, _):
        return self.layer(self.held, *self.more)


def gradient(layer, x, more, cotangent):
    """Gradient of ``sum(cotangent * layer(x))`` under any backend."""
    held = Held(layer, x, more)
    layer.trainable = False
    model = keras.Sequential([held])
    model.compile(
        keras.optimizers.SGD(1.0), loss=lambda _, output: ops.sum(output * cotangent), run_eagerly=True
    )
    model.train_on_batch(np.zeros((2, 1)), np.zeros(cotangent.shape))
    return x - ops.convert_to_numpy(held.held)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_differences_along_a_random_direction(name):
    """A long step where the layer is linear: no rounding. The scale bends, but little in a hundredth."""
    layer, more = made(name)
    x, direction, step = noise(seed=3), noise(seed=4), 1e-2 if "scale" in name else 1.0
    cotangent = noise(run(layer, x, *more).shape, seed=5)
    sides = [np.sum(cotangent * run(layer, x + sign * step * direction, *more)) for sign in (1, -1)]
    expected = (sides[0] - sides[1]) / (2 * step)
    found = np.sum(gradient(layer, x, more, cotangent) * direction)
    assert found == pytest.approx(expected, rel=5e-3 if "scale" in name else 1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_survives_its_configuration(name):
    layer, more = made(name)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(again) is type(layer)
    run(again, noise(), *more)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(run(again, noise(), *more), run(layer, noise(), *more))


@pytest.mark.slow
@pytest.mark.slow
def test_both_backends_agree(tmp_path):
    """This file, run as a program, writes what every layer makes under the backend of its environment."""
    other = "jax" if backend() == "tensorflow" else "tensorflow"
    words = ["-m", "tests.common.test_layers", tmp_path / "theirs.npz"]
    assert output(*words, KERAS_BACKEND=other).split() == [other]
    with np.load(tmp_path / "theirs.npz") as theirs:
        for name, ours in made_by_all().items():
            np.testing.assert_allclose(theirs[name], ours, atol=1e-5 * np.abs(ours).max(), err_msg=name)


def made_by_all():
    return {name: run(layer, noise(), *more) for name in LAYERS for layer, more in [made(name)]}


if __name__ == "__main__":
    np.savez(sys.argv[1], **made_by_all())
    print(backend())
