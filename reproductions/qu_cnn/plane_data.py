"""Simulated planes of two indirect dimensions, for the variant that reconstructs 3D spectra.

A plane is a complex 2D FID, one of the two that ``common/nus/hypercomplex.py`` makes of a hypercomplex plane.
"""

from __future__ import annotations

import numpy as np

from common.errors import UserError
from common.nus.examples import channels, joined, time_weights
from common.nus.hypercomplex import in_batches
from common.simulation.exponentials import Exponentials, draw, noise
from common.simulation.exponentials import planes as exponential_planes
from common.simulation.schedules import poisson_gaps_2d
from common.training.batches import Batches

from . import data
from .config import Config

#: Planes that the network sees at once; the last of them are filled up, as another number is compiled anew.
AT_ONCE = 64


def draw_parameters(config: Config, count: int, rng: np.random.Generator) -> tuple[Exponentials, ...]:
    """Parameters of ``count`` planes along both axes; amplitudes and phases stand with the first."""
    first, second = (data.draw_parameters(config, count, rng) for _ in range(2))
    ones = np.ones_like(second.amplitude)
    return first, Exponentials(ones, second.frequency, second.tau, 0 * ones)


def examples(config: Config, parameters, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Noise-free and noisy planes, complex (planes, points1, points2); SNR as ``noise_sd`` of all points."""
    clean = exponential_planes(*parameters, config.plane)
    tallest = np.abs(np.fft.fft2(clean)).max(axis=(1, 2))
    sd = tallest / np.sqrt(clean[0].size) / draw(rng, config.snr, len(clean))
    return clean, clean + sd[:, None, None] * noise(rng, clean.shape)


def schedules(config: Config, count: int, rng: np.random.Generator) -> np.ndarray:
    """Poisson-gap masks (count, points1, points2), the measured share between the bounds of ``fraction``."""
    low, high = (round(share * config.plane[0] * config.plane[1]) for share in config.fraction)
    return poisson_gaps_2d(config.plane, rng.integers(max(low, 1), high + 1, count), rng)


def plane_weights(plane: tuple[int, ...]) -> np.ndarray:
    """How much an error at each point counts, (points1, points2): ``time_weights`` along both axes."""
    return np.outer(*(time_weights(points) for points in plane))


def batches(config: Config, seed: int, split: str) -> Batches:
    """As :func:`data.batches`, of planes drawn anew at every visit."""
    count = config.examples if split == "train" else config.validation
    weights = plane_weights(config.plane)

    def make(indices, rng):
        clean, noisy = examples(config, draw_parameters(config, len(indices), rng), rng)
        shared = schedules(config, -(-len(clean) // config.together), rng)  # drawing them takes time
        masks = shared.repeat(config.together, axis=0)[: len(clean)]
        norms = np.linalg.norm(noisy * weights, axis=(1, 2))[:, None, None]
        spectra = np.fft.fft2(clean / norms, norm="ortho")
        return inputs(noisy / norms, masks), channels(spectra)

    return Batches(make, count, config.batch, seed, split, uses=(("simulated", "exponentials", "train"),))


def inputs(fids: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the network sees of planes and masks (planes, points1, points2): (..., 2) and (..., 1)."""
    return channels(np.where(masks, fids, 0)), masks[..., None].astype("float32")


def method(model, write_back: bool = True):
    """The network as ``method(fid, mask, noise=None) -> fid`` of complex (points1, points2, columns).

    ``UserError`` for a mask of one dimension.
    """

    def complete(fid, mask, noise=None):
        if mask.ndim != 2:
            raise UserError("this network completes 3D data; for 2D data there is --variant refined")

        def batch(part):
            fids = np.moveaxis(part, -1, 0)
            if fid.shape[-1] > AT_ONCE:
                fids = np.concatenate([fids, np.zeros((AT_ONCE - len(fids), *mask.shape), fids.dtype)])
            output = model.predict_on_batch(list(inputs(fids, np.broadcast_to(mask, fids.shape))))
            made = np.fft.ifft2(joined(output), axes=(1, 2), norm="ortho")
            return np.moveaxis(made[: part.shape[-1]], 0, -1)

        estimate = in_batches(batch, np.asarray(fid), AT_ONCE)
        return np.where(mask[..., None], fid, estimate) if write_back else estimate

    return complete
