"""Simulated training signals against closed forms."""

import numpy as np
import pytest

from common.nus.examples import (
    channels,
    column_norms,
    joined,
    noisy_signals,
    time_weights,
    with_common_phase,
)
from common.simulation.exponentials import complex_fid, draw_exponentials


def parameters(count=50, seed=0):
    ranges = (("uniform", 0.1, 1.0), ("uniform", 0.0, 1.0), ("uniform", 20.0, 90.0), ("normal", 0.0, 0.1))
    return draw_exponentials(np.random.default_rng(seed), count, (1, 4), *ranges)


def test_channels_are_real_and_imaginary_parts():
    signal = np.array([1 + 2j, 3 - 4j])
    np.testing.assert_array_equal(channels(signal), [[1, 2], [3, -4]])
    assert channels(signal).dtype == np.float32
    np.testing.assert_array_equal(joined(channels(signal)), signal)


def test_a_common_phase_turns_whole_examples():
    plain = parameters()
    turned = with_common_phase(plain, 0.5, np.random.default_rng(1))
    ratio = complex_fid(turned, 16) / complex_fid(plain, 16)
    np.testing.assert_allclose(np.abs(ratio), 1, rtol=1e-3)
    np.testing.assert_allclose(ratio, ratio[:, :1] * np.ones(16), atol=2e-3)
    assert np.angle(ratio[:, 0]).std() == pytest.approx(0.5, rel=0.3)


@pytest.mark.parametrize("columns", [1, 5])
def test_the_noise_has_the_snr_that_is_asked_for(columns):
    """Tallest line of the tallest column of an example over the noise of the transform."""
    rng = np.random.default_rng(0)
    clean, noisy, sd = noisy_signals(parameters(), 64, columns, ("uniform", 20.0, 20.0), rng)
    assert clean.shape == noisy.shape == (50, 64, columns)
    tallest = np.abs(np.fft.fft(clean, axis=1)).max(axis=(1, 2))
    np.testing.assert_allclose(tallest / (sd * 8), 20.0, rtol=1e-4)
    measured = (noisy - clean) / sd[:, None, None]
    assert measured.real.std() == pytest.approx(1.0, rel=0.05)
    assert measured.imag.std() == pytest.approx(1.0, rel=0.05)


def test_weights_are_a_squared_cosine_and_norms_weighted():
    np.testing.assert_allclose(
        time_weights(8), 0.1 + 0.9 * np.cos(np.pi * 0.48 * np.arange(8) / 7) ** 2, rtol=1e-6
    )
    noisy = np.zeros((2, 8, 3), complex)
    noisy[0, 2, 1] = 3j
    norms = column_norms(noisy)
    assert norms.shape == (2, 1, 3)
    assert norms[0, 0, 1] == pytest.approx(3 * time_weights(8)[2])
    assert (np.delete(norms.ravel(), 1) == 1).all()  # empty columns
