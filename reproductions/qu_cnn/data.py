"""Simulated training and test FIDs of Qu et al., and neighbouring columns of simulated planes."""

from __future__ import annotations

import math

import numpy as np

from common.classical.methods import METHODS
from common.nus.examples import channels, column_norms, noisy_signals, with_common_phase
from common.simulation.exponentials import Exponentials, draw_exponentials
from common.simulation.schedules import poisson_gaps
from common.training.batches import Batches, generator

from .config import Config


def spectrum(fid: np.ndarray) -> np.ndarray:
    """The network's spectrum: orthonormal transform of (examples, points, columns) along the points."""
    return np.fft.fft(fid, axis=1, norm="ortho")


def draw_parameters(config: Config, count: int, rng: np.random.Generator) -> Exponentials:
    """Parameters of ``count`` examples."""
    drawn = draw_exponentials(
        rng, count, config.peaks, config.amplitude, config.frequency, config.tau, config.phase
    )
    return with_common_phase(drawn, config.phase_error, rng)


def examples(
    config: Config, parameters: Exponentials, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise-free and noisy FIDs (examples, points, columns) and the sd of the noise (examples,)."""
    return noisy_signals(parameters, config.points, config.strip, config.snr, rng)


def schedules(config: Config, count: int, rng: np.random.Generator) -> np.ndarray:
    """Poisson-gap masks (count, points) with a measured share between the bounds of ``fraction``."""
    low, high = (round(share * config.points) for share in config.fraction)
    return poisson_gaps(config.points, rng.integers(max(low, 1), high + 1, count), rng)


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
            norms = column_norms(noisy)
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
    return METHODS[config.start].complete(fid, mask, noise=sd * rng.normal(1.0, 0.15))
