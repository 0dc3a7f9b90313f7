"""What networks for NUS data are trained on and judged by: simulated t1 signals, the weight of their errors.

Signals are complex, (examples, points, columns): ``columns`` neighbouring direct points of a plane, which
share their peaks, or 1 where a network sees every FID by itself. As channels a signal is (..., 2), real and
imaginary.
"""

from __future__ import annotations

import numpy as np

from common.processing import sine_bell
from common.simulation.exponentials import Distribution, Exponentials, complex_fid, draw, noise_sd
from common.simulation.planes import strip_noise, strips


def channels(signal: np.ndarray) -> np.ndarray:
    """Complex (...) to float32 (..., 2)."""
    return np.stack([signal.real, signal.imag], axis=-1).astype("float32")


def joined(channels: np.ndarray) -> np.ndarray:
    """The inverse of :func:`channels`."""
    return channels[..., 0] + 1j * channels[..., 1]


def with_common_phase(parameters: Exponentials, sd: float, rng: np.random.Generator) -> Exponentials:
    """The same signals, each example turned by a phase of its own; sd in radians."""
    common = rng.normal(0.0, sd, (len(parameters), 1))
    return Exponentials(parameters.amplitude, parameters.frequency, parameters.tau, parameters.phase + common)


def noisy_signals(
    parameters: Exponentials, points: int, columns: int, snr: Distribution, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise-free and noisy signals and the sd of the noise (examples,).

    snr: as in ``noise_sd``, of the tallest column of an example.
    """
    if columns == 1:
        clean = complex_fid(parameters, points)[:, :, None]
    else:
        clean = strips(parameters, points, columns, rng)
    sd = noise_sd(np.swapaxes(clean, 1, 2), 1.0).max(axis=1) / draw(rng, snr, len(clean))
    noise = strip_noise(rng, len(clean), points, columns)
    return clean, clean + sd[:, None, None] * noise, sd


def time_weights(points: int) -> np.ndarray:
    """How much an error at each t1 point counts: the squared cosine of the apodisation, 0.1 at least."""
    return (0.1 + 0.9 * sine_bell(points, first_point=1.0)).astype("float32")


def column_norms(noisy: np.ndarray) -> np.ndarray:
    """What divides each column, so that an error's norm is its relative error; (examples, 1, columns)."""
    norm = np.linalg.norm(noisy * time_weights(noisy.shape[1])[:, None], axis=1, keepdims=True)
    return np.where(norm > 0, norm, 1.0)
