"""FIDs of very many lines: a non-uniform fast Fourier transform.

Every line is spread over ``WIDTH`` points of a frequency grid twice as fine as needed; the transform of the
grid is divided by that of the spreading function. Barnett, Magland, af Klinteberg, SIAM J. Sci. Comput. 2019,
41, C479: the function exp(beta (sqrt(1 - x^2) - 1)) with beta = 2.3 WIDTH is good to about 10^(1 - WIDTH).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

WIDTH = 8
BETA = 2.3 * WIDTH


def fids(frequency, amplitude, group, groups: int, size: int, sw: float) -> np.ndarray:
    """``sum_k a_k exp(2 pi i f_k n / sw)`` over the lines of each group, complex64 (groups, size).

    frequency: (lines,) in Hz from the carrier, within half of ``sw``; lines outside fold. amplitude:
    (lines,), real or complex. group: (lines,), from 0 to ``groups`` - 1. The error is about 1e-7 of the sum
    of sizes.
    """
    turns = np.asarray(frequency, dtype=float) / sw
    middle = size // 2
    grid = _fast_size(2 * size)
    strength = np.asarray(amplitude) * np.exp(2j * np.pi * turns * middle)
    place = turns * grid
    first = np.ceil(place - WIDTH / 2).astype(np.int64)
    points = first[:, None] + np.arange(WIDTH)
    inside = np.maximum(1 - (2 * (points - place[:, None]) / WIDTH) ** 2, 0)
    spread = strength[:, None] * np.exp(BETA * (np.sqrt(inside) - 1))
    at = (np.asarray(group, np.int64)[:, None] * grid + points % grid).ravel()
    total = np.empty(groups * grid, np.complex64)
    total.real = np.bincount(at, spread.real.ravel(), groups * grid)
    total.imag = np.bincount(at, spread.imag.ravel(), groups * grid)
    time = np.fft.ifft(total.reshape(groups, grid))
    early = time[:, grid - middle :] if middle else time[:, :0]
    return np.concatenate([early, time[:, : size - middle]], axis=1) * _undo(size, grid)


def _fast_size(least: int) -> int:
    """The smallest product of 2, 3 and 5 that is large enough and even."""
    return min(
        2**a * odd
        for odd in (1, 3, 5, 9, 15, 25, 27)
        for a in [max(1, int(np.ceil(np.log2(least / odd))))]
        if 2**a * odd >= least
    )


@lru_cache(maxsize=64)
def _undo(size: int, grid: int) -> np.ndarray:
    """Grid over the transform of the spreading function, at times -size/2 ... float32 (size,)."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    shape = weights * np.exp(BETA * (np.sqrt(1 - nodes**2) - 1)) * WIDTH / 2
    times = (np.arange(size) - size // 2) / grid
    return (grid / (np.cos(np.pi * WIDTH * times[:, None] * nodes) @ shape)).astype("float32")
