"""Distributions over phi and psi on a grid of bins: made from angles, and angles with their spread from them.

A distribution is an array (..., bins * bins) that sums to one, phi first. Bins start at -180 degrees.
"""

from __future__ import annotations

import numpy as np

from common.metrics.torsions import WRONG, circular_difference

#: Bins that a window of :func:`estimate` is worked on at a time: bounds memory.
ROWS = 2048
#: Steps from the middle of the highest bin to the mean about the highest point.
STEPS = 3


def centres(bins: int) -> np.ndarray:
    """Middles (bins,) of the bins in radians."""
    return np.radians((np.arange(bins) + 0.5) * 360 / bins - 180)


def kernel(bins: int, width: float) -> np.ndarray:
    """Von Mises weights (bins, bins) of bins around each other, 1 at the middle; width: sd in degrees."""
    middle = centres(bins)
    return hill(middle[:, None] - middle, width)


def hill(difference: np.ndarray, width: float) -> np.ndarray:
    """exp((cos(difference) - 1) / width^2), with 1 at the top; difference in radians, width in degrees."""
    return np.exp((np.cos(difference) - 1) / np.radians(width) ** 2)


def distribution(angles: np.ndarray, bins: int, width: float) -> np.ndarray:
    """Distributions (n, bins * bins) of known angles (n, 2) in radians: von Mises hills, or one bin for
    width 0."""
    if not width:
        made = np.zeros((len(angles), bins * bins))
        made[np.arange(len(angles)), bin_of(angles, bins)] = 1.0
        return made
    one = hill(angles[:, :, None] - centres(bins), width)
    one /= one.sum(-1, keepdims=True)
    return (one[:, 0, :, None] * one[:, 1, None, :]).reshape(len(angles), -1)


def bin_of(angles: np.ndarray, bins: int) -> np.ndarray:
    """Index (n,) of the bin of angles (n, 2) in radians."""
    place = np.floor((angles + np.pi) / (2 * np.pi) * bins).astype(int) % bins
    return place[:, 0] * bins + place[:, 1]


def estimate(probability: np.ndarray, bins: int, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles (n, 2), their standard deviations (n, 2), both in radians, and how sure they are (n,).

    The angles are the mean about the highest point of the distribution (n, bins * bins), smoothed and
    weighted by hills of ``width`` degrees. How sure: what the distribution has within ``WRONG`` degrees of
    them.
    """
    parts = [
        _estimate(probability[start : start + ROWS], bins, width)
        for start in range(0, max(len(probability), 1), ROWS)
    ]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _estimate(probability, bins, width):
    table = probability.reshape(-1, bins, bins).astype(float)
    weights, middle = kernel(bins, width), centres(bins)
    smooth = weights @ table @ weights
    top = smooth.reshape(len(table), -1).argmax(1)
    angles = middle[np.stack([top // bins, top % bins], axis=1)]
    for _ in range(STEPS):
        first, second = (hill(angles[:, axis, None] - middle, width) for axis in (0, 1))
        near = table * first[:, :, None] * second[:, None, :]
        angles = np.stack([np.angle(near.sum(3 - axis) @ np.exp(1j * middle)) for axis in (1, 2)], axis=1)
    right, off = _near(angles, bins)
    inside = table * right
    mass = inside.sum((1, 2))
    spread = np.stack([(inside.sum(2 - axis) * off[axis] ** 2).sum(1) for axis in (0, 1)], axis=1)
    return angles, np.sqrt(spread / np.maximum(mass, 1e-9)[:, None]), mass


def mass_near(probability: np.ndarray, angles: np.ndarray, bins: int) -> np.ndarray:
    """What distributions (n, bins * bins) have within ``WRONG`` degrees of angles (n, 2) in radians."""
    return (probability.reshape(-1, bins, bins) * _near(angles, bins)[0]).sum((1, 2))


def _near(angles, bins):
    """Which bins (n, bins, bins) lie within ``WRONG`` of angles, and how far off they are in phi and in
    psi."""
    off = [circular_difference(centres(bins), angles[:, axis, None]) for axis in (0, 1)]
    return np.hypot(off[0][:, :, None], off[1][:, None, :]) < np.radians(WRONG), off
