"""Simulated training and test FIDs of Qu et al., and neighbouring columns of simulated planes."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from common.classical.ist import ist_s
from common.processing import sine_bell
from common.simulation.exponentials import Exponentials, complex_fid, draw, draw_exponentials, noise_sd
from common.simulation.planes import strip_noise, strips
from common.simulation.schedules import poisson_gaps
from common.training.batches import Batches, generator

from .config import Config

#: Conventional methods whose result a network can start from: ``method(fid, mask, noise=None) -> fid``.
START = {"ist_s": partial(ist_s, stop_sigma=2.0)}


def channels(signal: np.ndarray) -> np.ndarray:
    """Complex (...) to float32 (..., 2)."""
    return np.stack([signal.real, signal.imag], axis=-1).astype("float32")


def joined(channels: np.ndarray) -> np.ndarray:
    """The inverse of :func:`channels`."""
    return channels[..., 0] + 1j * channels[..., 1]


def spectrum(fid: np.ndarray) -> np.ndarray:
    """The network's spectrum: orthonormal transform of (examples, points, columns) along the points."""
    return np.fft.fft(fid, axis=1, norm="ortho")


def draw_parameters(config: Config, count: int, rng: np.random.Generator) -> Exponentials:
    """Parameters of ``count`` examples."""
    drawn = draw_exponentials(
        rng, count, config.peaks, config.amplitude, config.frequency, config.tau, config.phase
    )
    common = rng.normal(0.0, config.phase_error, (count, 1))
    return Exponentials(drawn.amplitude, drawn.frequency, drawn.tau, drawn.phase + common)


def examples(
    config: Config, parameters: Exponentials, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise-free and noisy FIDs, complex (examples, points, columns), and the sd of the noise (examples,).

    SNR as in ``noise_sd``, of the tallest column of an example.
    """
    if config.strip == 1:
        clean = complex_fid(parameters, config.points)[:, :, None]
    else:
        clean = strips(parameters, config.points, config.strip, rng)
    sd = noise_sd(np.swapaxes(clean, 1, 2), 1.0).max(axis=1) / draw(rng, config.snr, len(clean))
    noise = strip_noise(rng, len(clean), config.points, config.strip)
    return clean, clean + sd[:, None, None] * noise, sd


def schedules(config: Config, count: int, rng: np.random.Generator) -> np.ndarray:
    """Poisson-gap masks (count, points) with a measured share between the bounds of ``fraction``."""
    low, high = (round(share * config.points) for share in config.fraction)
    return poisson_gaps(config.points, rng.integers(max(low, 1), high + 1, count), rng)


def time_weights(points: int) -> np.ndarray:
    """How much an error at each t1 point counts: the squared cosine of the apodisation, 0.1 at least."""
    return (0.1 + 0.9 * sine_bell(points, first_point=1.0)).astype("float32")


def column_norms(config: Config, noisy: np.ndarray) -> np.ndarray:
    """What divides each column, so that an error's norm is its relative error; (examples, 1, columns)."""
    norm = np.linalg.norm(noisy * time_weights(config.points)[:, None], axis=1, keepdims=True)
    return np.where(norm > 0, norm, 1.0)


def batches(config: Config, seed: int, split: str) -> Batches:
    """``train`` or ``validation`` examples: what the network sees and the spectra of the noise-free FIDs.

    Each visit draws new schedules and new noise. The parameters of the examples are drawn once, as published,
    or anew at every visit with ``config.redraw``. With ``config.plane`` those of :mod:`plane_data`.
    """
    if config.plane:
        from . import plane_data

        return plane_data.batches(config, seed, split)
    count = config.examples if split == "train" else config.validation
    stored = (
        None
        if config.redraw
        else draw_parameters(config, count, generator(seed, f"{split}/parameters", 0, 0))
    )

    def make(indices, rng):
        parameters = draw_parameters(config, len(indices), rng) if stored is None else stored[indices]
        clean, noisy, sd = examples(config, parameters, rng)
        if config.strip == 1 and not config.start:
            clean, noisy = (side_by_side(fids, config.together) for fids in (clean, noisy))
        masks = schedules(config, len(clean), rng)
        measured = noisy * masks[:, :, None]
        signals = [measured, clean]
        if config.start:
            signals.append(
                np.stack([starting(config, *each, rng) for each in zip(measured, masks, sd, strict=True)])
            )
        if config.loss != "l2":
            norms = column_norms(config, noisy)
            signals = [signal / norms for signal in signals]
        measured, clean, *start = signals
        inputs = (channels(measured), masks[:, :, None, None].astype("float32"), *map(channels, start))
        return inputs, channels(spectrum(clean))

    return Batches(make, count, config.batch, seed, split, uses=(("simulated", "exponentials", "train"),))


def side_by_side(fids: np.ndarray, together: int) -> np.ndarray:
    """FIDs (n, points, 1) in groups, (n / k, points, k); k is ``together`` or what of it divides n."""
    k = math.gcd(len(fids), together)
    return np.swapaxes(fids.reshape(-1, k, fids.shape[1]), 1, 2)


def starting(
    config: Config, fid: np.ndarray, mask: np.ndarray, sd: float, rng: np.random.Generator
) -> np.ndarray:
    """Where the network starts on one example; the noise is known as well as from a real plane, to 15 %."""
    return START[config.start](fid, mask, noise=sd * rng.normal(1.0, 0.15))
