"""FIDs against the plain sum of exponentials and closed forms; what is drawn against what was asked for."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from common.simulation.exponentials import (
    Exponentials,
    complex_fid,
    draw,
    draw_exponentials,
    fid,
    noise,
    noise_sd,
    planes,
)

RANGES = {
    "amplitude": ("uniform", 0.05, 1.0),
    "frequency": ("uniform", 0.01, 0.99),
    "tau": ("log_uniform", 10.0, 500.0),
    "phase": ("uniform", -np.pi, np.pi),
}


def some(count=5, peaks=(1, 8), seed=0):
    return draw_exponentials(np.random.default_rng(seed), count, peaks, **RANGES)


def plain_sum(p, points, first_delay=0.0):
    """The definition in float64, term by term."""
    t = np.arange(points) + first_delay
    turns, decay = p.frequency[..., None] * t, t / p.tau[..., None]
    terms = p.amplitude[..., None] * np.exp(1j * p.phase[..., None] + 2j * np.pi * turns - decay)
    return terms.sum(axis=1)


def error(ours, p, points, first_delay=0.0):
    """Largest difference from the plain sum, relative to the size that the amplitudes allow."""
    off = np.abs(ours - plain_sum(p, points, first_delay))
    return np.max(off / p.amplitude.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("points", [1, 2, 3, 127, 128, 4096])
@pytest.mark.parametrize("first_delay", [0.0, 0.5, 1.0])
def test_two_factors_are_the_plain_sum(points, first_delay):
    p = some()
    ours = complex_fid(p, points, first_delay)
    assert ours.shape == (5, points)
    assert ours.dtype == np.complex64
    assert error(ours, p, points, first_delay) < 3e-7


@pytest.mark.parametrize(("points", "limit"), [(3, 1e-6), (128, 1e-4), (4096, 2e-3)])
@pytest.mark.parametrize("first_delay", [0.0, 0.5])
def test_the_device_computes_the_same(points, limit, first_delay):
    """In float32 throughout, so that phases of lines that last lose with the number of turns."""
    from keras import ops

    p = dataclasses.replace(some(), tau=np.full((5, 8), 1e6))
    re, im = (ops.convert_to_numpy(part) for part in fid(p, points, first_delay, xp=ops))
    assert re.dtype == im.dtype == np.float32
    assert error(re + 1j * im, p, points, first_delay) < limit


def test_an_undamped_exponential_on_the_grid_is_one_point_of_the_transform():
    points, k = 64, 11
    one = Exponentials(*(np.array([[value]]) for value in (0.7, k / points, np.inf, 1.2)))
    spectrum = np.fft.fft(complex_fid(one, points)[0])
    expected = np.zeros(points, complex)
    expected[k] = points * 0.7 * np.exp(1.2j)
    np.testing.assert_allclose(spectrum, expected, atol=1e-6 * points)


def test_the_sum_over_time_is_the_geometric_series():
    one = Exponentials(*(np.array([[value]]) for value in (0.7, 0.123, 30.0, 1.2)))
    z = np.exp(2j * np.pi * 0.123 - 1 / 30.0)
    series = 0.7 * np.exp(1.2j) * z**0.5 * (1 - z**200) / (1 - z)
    assert complex_fid(one, 200, first_delay=0.5).sum() == pytest.approx(series, rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "reference"),
    [
        (("uniform", -2.0, 3.0), stats.uniform(-2.0, 5.0)),
        (("log_uniform", 0.1, 40.0), stats.loguniform(0.1, 40.0)),
        (("normal", 1.0, 0.3), stats.norm(1.0, 0.3)),
        (("half_normal", 0.0, 2.0), stats.halfnorm(0.0, 2.0)),
    ],
)
def test_distributions(asked, reference):
    drawn = draw(np.random.default_rng(0), asked, 4000)
    assert stats.kstest(drawn, reference.cdf).pvalue > 0.01
    low, high = reference.support()
    assert low <= drawn.min()
    assert drawn.max() <= high


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match="unknown distribution 'cauchy'"):
        draw(np.random.default_rng(0), ("cauchy", 0.0, 1.0), 3)


def test_parameters_keep_to_their_ranges():
    p = some(4000, (2, 5))
    present = p.amplitude > 0
    for field, (_, low, high) in RANGES.items():
        values = getattr(p, field)
        assert values.shape == (4000, 5)
        assert low <= values[present].min() < values[present].max() <= high
    numbers, counts = np.unique(present.sum(axis=1), return_counts=True)
    assert numbers.tolist() == [2, 3, 4, 5]
    assert stats.chisquare(counts).pvalue > 0.01


def fields(p):
    return [getattr(p, field.name) for field in dataclasses.fields(p)]


def test_peaks_of_amplitude_zero_leave_no_trace():
    p = some(3, (5, 5))
    two = Exponentials(*(values[:, :2] for values in fields(p)))
    silenced = dataclasses.replace(p, amplitude=np.where(np.arange(5) < 2, p.amplitude, 0.0))
    np.testing.assert_allclose(complex_fid(silenced, 50), complex_fid(two, 50), atol=1e-6)


def test_rows_are_the_fids_of_their_own():
    p = some()
    assert len(p) == 5
    np.testing.assert_array_equal(complex_fid(p[[3, 1]], 40), complex_fid(p, 40)[[3, 1]])


def test_a_seed_gives_the_same_numbers():
    for ours, again, other in zip(*map(fields, (some(), some(), some(seed=1))), strict=True):
        np.testing.assert_array_equal(ours, again)
        assert (ours != other).any()


def test_noise_has_its_sd_in_each_part_independently():
    made = noise(np.random.default_rng(0), (200, 500), sd=2.5)
    assert made.dtype == np.complex64
    assert made.real.std() == pytest.approx(2.5, rel=0.01)
    assert made.imag.std() == pytest.approx(2.5, rel=0.01)
    assert abs(np.corrcoef(made.real.ravel(), made.imag.ravel())[0, 1]) < 0.01


@pytest.mark.parametrize("snr", [5.0, 200.0])
def test_noise_sd_gives_the_ratio_that_is_measured(snr):
    """Tallest modulus of the noise-free transform over the noise of the real part of the noisy one."""
    clean = complex_fid(some(4), 96).astype(complex)
    sd = noise_sd(clean, snr)
    rng = np.random.default_rng(0)
    noisy = np.stack([clean + noise(rng, clean.shape, sd[:, None]) for _ in range(500)])
    left = np.fft.fft(noisy - clean, axis=-1).real.std(axis=(0, 2))
    measured = np.abs(np.fft.fft(clean, axis=-1)).max(axis=-1) / left
    np.testing.assert_allclose(measured, snr, rtol=0.02)
    np.testing.assert_allclose(noise_sd(clean, np.full(4, snr)), sd)


def test_planes_are_the_plain_sum_of_products():
    first, second = some(3, (1, 4)), some(3, (4, 4), seed=1)
    n, m = np.arange(9)[:, None], np.arange(7)
    expected = np.zeros((3, 9, 7), complex)
    for p in range(3):
        for k in range(4):
            terms = [
                parameters.amplitude[p, k]
                * np.exp(
                    1j * parameters.phase[p, k]
                    + (2j * np.pi * parameters.frequency[p, k] - 1 / parameters.tau[p, k]) * t
                )
                for parameters, t in ((first, n), (second, m))
            ]
            expected[p] += terms[0] * terms[1]
    made = planes(first, second, (9, 7))
    assert made.dtype == np.complex64
    np.testing.assert_allclose(made, expected, atol=1e-5)
