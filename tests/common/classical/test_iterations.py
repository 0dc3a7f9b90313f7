"""IST-S, IST-D, the virtual echo and IRLS against slow programs written from the formulas, and optimality."""

import numpy as np
import pytest

from common.classical.irls import irls
from common.classical.ist import ist_d, ist_s
from common.classical.virtual_echo import Transform
from common.simulation.schedules import poisson_gap
from tests.common.classical.test_methods import noise


def shrunk(value, threshold):
    """One complex number moved towards zero."""
    return value * (1 - threshold / abs(value)) if abs(value) > threshold else 0.0


def slow_ist_s(y, mask, iterations, decay=0.98):
    """One column of one or two indirect dimensions, point by point, in double precision."""
    size, inside, axes = tuple(2 * n for n in y.shape), tuple(map(slice, y.shape)), range(y.ndim)
    spectrum, residual = np.zeros(size, complex), np.where(mask, y, 0)
    threshold = abs(np.fft.fftn(residual, size, axes)).max()
    for _ in range(iterations):
        spectrum = spectrum + np.fft.fftn(residual, size, axes)
        for index in np.ndindex(size):
            spectrum[index] = shrunk(spectrum[index], threshold)
        estimate = np.fft.ifftn(spectrum)[inside]
        residual = np.where(mask, y - estimate, 0)
        threshold *= decay
    return estimate


@pytest.mark.parametrize("shape", [(16,), (6, 5)])
def test_ist_s(shape):
    y, mask = noise(shape), np.random.default_rng(1).random(shape) < 0.5
    found = ist_s(y[..., None], mask, iterations=60, write_back=False)[..., 0]
    np.testing.assert_allclose(found, slow_ist_s(y, mask, 60), atol=2e-5)


@pytest.mark.parametrize("shape", [(16,), (6, 5)])
def test_ist_d(shape):
    """A step as large as the formula says, but not beyond the least residual."""
    y, mask = noise(shape), np.random.default_rng(1).random(shape) < 0.5
    size, inside, axes = tuple(2 * n for n in shape), tuple(map(slice, shape)), range(len(shape))
    residual, total = np.where(mask, y, 0), 0
    for _ in range(60):
        spectrum = np.fft.fftn(residual, size, axes)
        highest = abs(spectrum).max()
        taken = np.array([shrunk(value, 0.98 * highest) for value in spectrum.flat]).reshape(size)
        found = np.fft.ifftn(taken)[inside]
        best = np.vdot(found[mask], residual[mask]).real / np.vdot(found[mask], found[mask]).real
        step = min(np.prod(size) / mask.sum(), best)
        total = total + step * found
        residual = np.where(mask, residual - step * found, 0)
    result = ist_d(y[..., None], mask, iterations=60, write_back=False)[..., 0]
    np.testing.assert_allclose(result, total, atol=2e-5)


def test_many_columns_of_a_plane_are_done_in_parts(monkeypatch):
    """Bounded memory changes nothing but rounding, nor does it where columns wait for the strongest."""
    mask = np.random.default_rng(1).random((8, 6)) < 0.4
    fid = noise((8, 6, 20)) * np.logspace(0, 2, 20)
    for method in (ist_s, ist_d):
        whole = method(fid, mask, stop_sigma=2.0)
        monkeypatch.setattr("common.classical.ist.AT_ONCE", 3 * 16 * 12)
        np.testing.assert_allclose(method(fid, mask, stop_sigma=2.0), whole, atol=1e-4)
        monkeypatch.undo()


def mirrored(signal, delay):
    """The echo as Mayzel and co-workers build it, twice as long as the signal."""
    if delay:
        return np.concatenate([signal, signal[::-1].conj()])
    return np.concatenate([signal[:1].real, signal[1:], [0], signal[:0:-1].conj()])


def in_phase(points, delay):
    """Two decaying lines of phase zero at time zero, sampled from a delay on (dwells)."""
    t = np.arange(points) + delay
    return np.exp((2j * np.pi * 0.2 - 0.05) * t) - 0.5 * np.exp((-2j * np.pi * 0.31 - 0.1) * t)


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_the_echo_of_a_signal_in_phase_has_a_real_spectrum(delay):
    """Turned back by the delay, the transform of the mirrored signal is real; ours is that. And back."""
    transform, signal = Transform((32,), 2, delay), in_phase(32, delay)
    turn = np.exp(-2j * np.pi * delay * np.arange(64) / 64)
    expected = turn * np.fft.fft(mirrored(signal, delay))
    np.testing.assert_allclose(expected.imag, 0, atol=1e-12)
    spectrum = transform.spectrum(signal[None].astype("c8"))
    assert spectrum.dtype == np.float32
    np.testing.assert_allclose(spectrum[0], expected.real, atol=1e-5)
    np.testing.assert_allclose(transform.signal(spectrum)[0], signal, atol=1e-6)


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_ist_s_with_an_echo_is_ist_s_of_the_echo(delay):
    """A slow program that mirrors points and mask, and thresholds the real part of the turned spectrum."""
    mask = poisson_gap(16, 8, np.random.default_rng(3))
    y = np.where(mask, in_phase(16, delay), 0)
    echo, measured = mirrored(y, delay), mirrored(mask.astype(complex), delay).real > 0
    turn = np.exp(-2j * np.pi * delay * np.arange(32) / 32)
    spectrum, residual = np.zeros(32), echo
    threshold = abs((turn * np.fft.fft(echo)).real).max()
    for _ in range(80):
        spectrum = spectrum + (turn * np.fft.fft(residual)).real
        spectrum = np.array([shrunk(value, threshold) for value in spectrum])
        estimate = np.fft.ifft(spectrum / turn)
        residual = np.where(measured, echo - estimate, 0)
        threshold *= 0.98
    result = ist_s(y[:, None], mask, iterations=80, virtual_echo=delay, write_back=False)
    np.testing.assert_allclose(result[:, 0], estimate[:16], atol=2e-5)


@pytest.mark.parametrize("method", [ist_s, ist_d])
def test_an_echo_that_cannot_be(method):
    mask = np.ones(16, bool)
    with pytest.raises(ValueError, match=r"first delay of 0 or 0\.5 dwells, not 1"):
        method(noise((16, 2)), mask, virtual_echo=1.0)
    with pytest.raises(ValueError, match="one indirect dimension"):
        method(noise((4, 4, 2)), np.ones((4, 4), bool), virtual_echo=0.0)


def least_l1(y, index, points, mu, steps=10000):
    """The minimum of 1/2 |y - A X|^2 + mu |X|_1 by plain proximal gradients, with its optimality checked."""
    size = 2 * points
    a = np.exp(2j * np.pi * np.outer(index, np.arange(size)) / size) / size
    spectrum = np.zeros(size, complex)
    for _ in range(steps):
        spectrum = spectrum + size * a.conj().T @ (y - a @ spectrum)
        spectrum *= np.maximum(1 - size * mu / np.maximum(abs(spectrum), 1e-30), 0)
    gradient = a.conj().T @ (y - a @ spectrum) / mu
    assert abs(gradient).max() < 1 + 1e-6
    there = spectrum[abs(spectrum) > 1e-6]
    np.testing.assert_allclose(gradient[abs(spectrum) > 1e-6], there / abs(there), atol=1e-4)
    return np.fft.ifft(spectrum)[:points]


def test_irls_finds_the_least_l1_norm():
    """Weights that end at a noise of next to nothing: the minimum of the l1 problem, at every point."""
    mask = poisson_gap(16, 9, np.random.default_rng(4))
    index, level = np.flatnonzero(mask), 0.002
    fid = in_phase(16, 0.0) + 0.3 * np.exp(2j * np.pi * 0.61 * np.arange(16))
    best = least_l1(fid[mask], index, 16, 10 * level * 3 / 32)
    options = {"noise": level, "sigma": 10.0, "iterations": 300, "write_back": False}
    found = irls(fid[:, None], mask, **options)[:, 0]
    assert np.linalg.norm(found - best) < 0.02 * np.linalg.norm(best)


def test_irls_of_no_such_norm():
    with pytest.raises(ValueError, match="norm is from 0 to 1"):
        irls(noise((8, 1)), np.ones(8, bool), norm=2.0)
