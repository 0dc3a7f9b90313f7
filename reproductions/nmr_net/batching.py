"""What the network is given of many candidates: crops, or a pair of crops and levels, and batches of them."""

from __future__ import annotations

import numpy as np

from common.training.batches import Batches

from .config import Config
from .crops import UNIT


def half(given):
    """The same in half precision."""
    return (
        tuple(one.astype("float16") for one in given) if isinstance(given, tuple) else given.astype("float16")
    )


def joined(given: list):
    """What the network is given of several spectra, in one: an array, or a pair of arrays."""
    if isinstance(given[0], tuple):
        return tuple(np.concatenate(column) for column in zip(*given, strict=True))
    return np.concatenate(given)


def columns(given: list, true: list) -> tuple[np.ndarray, ...]:
    """The arrays of examples, truth (n, 1) the last."""
    made = joined(given)
    return *(made if isinstance(made, tuple) else (made,)), np.concatenate(true).astype("float32")[:, None]


def over(config: Config, made, true, seed: int, split: str, uses=()) -> Batches:
    """Batches of given examples."""

    crops, *beside = made if isinstance(made, tuple) else (made,)

    def make(indices, rng):
        given = crops[indices].astype("float32")
        if config.flips and split == "train":
            given = flipped(given, rng.random((2, len(given))) < 0.5)
        if not beside:
            return given, true[indices]
        levels = beside[0][indices].astype("float32")
        if config.jitter and split == "train":
            levels = levels + np.float32(config.jitter / UNIT) * rng.standard_normal(levels.shape, "float32")
        return (given, levels), true[indices]

    return Batches(make, len(true), config.batch, seed, split, uses)


def flipped(given: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Crops (k, size, size, channels) turned over, (2, k), their middle where it was."""
    for axis in (0, 1):
        rows = turned[axis]
        over = np.flip(given[rows], axis + 1)
        given[rows] = np.roll(over, 1 - given.shape[1] % 2, axis + 1)
    return given
