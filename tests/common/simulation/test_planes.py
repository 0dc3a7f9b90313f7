"""Strips of simulated planes: line shapes, the sum they are, and the noise on them."""

import numpy as np
import pytest

from common.simulation.exponentials import complex_fid, draw_exponentials
from common.simulation.planes import line_profiles, strip_noise, strips


def some(count=3, peaks=(4, 4), seed=0):
    return draw_exponentials(
        np.random.default_rng(seed),
        count,
        peaks,
        ("uniform", 0.1, 1.0),
        ("uniform", 0.0, 1.0),
        ("uniform", 20.0, 80.0),
        ("normal", 0.0, 0.1),
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_line_is_one_high_and_half_as_high_half_a_width_away(share):
    centre, width = np.array([20.0, 20.0]), np.array([4.0, 7.0])
    profile = line_profiles(centre, width, np.full(2, share), 41)
    assert profile.shape == (2, 41)
    np.testing.assert_allclose(profile[:, 20], 1.0)
    np.testing.assert_allclose(profile[0, [18, 22]], 0.5)
    shifted = line_profiles(centre + 0.5, width, np.full(2, share), 41)
    np.testing.assert_allclose(shifted[1, [17, 24]], 0.5)
    np.testing.assert_allclose(profile, profile[:, ::-1])
    assert profile.max() == 1.0


def test_pure_shapes_far_away():
    """Twice the half width: a fifth of a Lorentzian, a sixteenth of a Gaussian."""
    far = line_profiles(np.full(2, 10.0), np.full(2, 4.0), np.array([1.0, 0.0]), 21)[:, 14]
    np.testing.assert_allclose(far, [1 / 5, 1 / 16])


@pytest.mark.parametrize(("width", "lorentz"), [(3.0, 0.0), (6.5, 1.0)])
def test_a_strip_is_the_sum_of_its_cross_peaks(width, lorentz):
    p, rng = some(), np.random.default_rng(1)
    centre = rng.uniform(-3.0, 12.0, (3, 4))
    fixed = {"width": ("uniform", width, width), "lorentz": ("uniform", lorentz, lorentz)}
    made = strips(p, 50, 10, rng, centre=centre, **fixed)
    assert made.dtype == np.complex64
    t, expected = np.arange(50), np.zeros((3, 50, 10), complex)
    for strip in range(3):
        for k in range(4):
            rate = 2j * np.pi * p.frequency[strip, k] - 1 / p.tau[strip, k]
            signal = p.amplitude[strip, k] * np.exp(1j * p.phase[strip, k] + rate * t)
            x = (np.arange(10) - centre[strip, k]) / (width / 2)
            line = 1 / (1 + x**2) if lorentz else 2.0 ** -(x**2)
            expected[strip] += np.outer(signal, line)
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_peaks_stand_in_the_strip_or_up_to_a_margin_beside_it():
    p, narrow = some(400, (1, 1)), {"width": ("uniform", 2.0, 2.0), "lorentz": ("uniform", 0.0, 0.0)}
    height = np.abs(complex_fid(p, 1))[:, 0]
    inside = strips(p, 1, 8, np.random.default_rng(0), margin=0.0, **narrow)[:, 0]
    share = np.abs(inside).max(axis=1) / height
    assert share.min() > 2**-0.25 - 1e-5  # never more than half a column from a point
    assert len(set(np.abs(inside).argmax(axis=1))) == 8
    around = strips(p, 1, 8, np.random.default_rng(0), margin=8.0, **narrow)[:, 0]
    outside = np.mean(np.abs(around).max(axis=1) / height < 0.5)
    assert outside == pytest.approx(14 / 23, abs=0.08)  # centres from -8 to 15, seen from -1 to 8


def test_a_seed_gives_the_same_strips():
    first, again, other = (strips(some(), 16, 8, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("width", [2.0, 3.0])
def test_noise_has_unit_variance_and_the_correlation_of_its_kernel(width):
    """A Gaussian kernel, full width at half height, correlates columns d apart by 2^(-2 d^2/width^2)."""
    made = strip_noise(np.random.default_rng(0), 60, 64, 40, width)
    assert made.shape == (60, 64, 40)
    assert made.dtype == np.complex64
    for part in (made.real, made.imag):
        np.testing.assert_allclose(part.std(axis=(0, 1)), 1.0, atol=0.06)  # the first and last columns too
        assert part.std() == pytest.approx(1.0, abs=0.01)
        for apart in (1, 2, 3, 5):
            correlation = np.mean(part[..., apart:] * part[..., :-apart])
            assert correlation == pytest.approx(2 ** (-2 * apart**2 / width**2), abs=0.015)
        assert np.mean(part[:, 1:] * part[:, :-1]) == pytest.approx(0.0, abs=0.015)
        assert np.mean(part[1:] * part[:-1]) == pytest.approx(0.0, abs=0.015)
    assert np.mean(made.real * made.imag) == pytest.approx(0.0, abs=0.015)
