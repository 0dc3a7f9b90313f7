"""Strips of 2D planes: neighbouring columns of a spectrum that is transformed in the direct dimension only.

A cross-peak is one damped exponential in t1 and a line in the direct dimension, so it appears, with one
frequency and decay, in several neighbouring columns. That is what tells a strip from as many separate FIDs.
"""

from __future__ import annotations

import numpy as np

from common.simulation.exponentials import Distribution, Exponentials, complex_fid, draw


def line_profiles(centre: np.ndarray, width: np.ndarray, lorentz: np.ndarray, columns: int) -> np.ndarray:
    """Absorptive lines of height 1 over ``columns`` points: pseudo-Voigt, a mixture of Gauss and Lorentz.

    centre, width (full width at half height), both in columns, and lorentz (the Lorentzian share, 0 to 1)
    have one shape (...); returns (..., columns).
    """
    x = 2.0 * (np.arange(columns) - centre[..., None]) / width[..., None]
    share = lorentz[..., None]
    return share / (1.0 + x**2) + (1.0 - share) * np.exp(-np.log(2.0) * x**2)


def strips(
    parameters: Exponentials,
    points: int,
    columns: int,
    rng: np.random.Generator,
    width: Distribution = ("uniform", 2.5, 9.0),
    lorentz: Distribution = ("uniform", 0.0, 0.5),
    margin: float = 5.0,
    centre: np.ndarray | None = None,
) -> np.ndarray:
    """Noise-free strips, complex64 of shape (strips, points, columns), of peaks with the given t1 parameters.

    centre: column of each peak (strips, peaks); where None, anywhere from ``margin`` columns left of the
    strip to as many right of it.
    """
    shape = parameters.amplitude.shape
    if centre is None:
        centre = rng.uniform(-margin, columns - 1 + margin, shape)
    profile = line_profiles(centre, draw(rng, width, shape), draw(rng, lorentz, shape), columns)
    each = Exponentials(
        *(
            a.reshape(-1, 1)
            for a in (parameters.amplitude, parameters.frequency, parameters.tau, parameters.phase)
        )
    )
    signals = complex_fid(each, points).reshape(*shape, points)
    return np.swapaxes(signals, 1, 2) @ profile.astype("complex64")


def strip_noise(
    rng: np.random.Generator, strips: int, points: int, columns: int, width: float = 2.0
) -> np.ndarray:
    """Complex noise of unit variance in each part, correlated between neighbouring columns.

    Windows and zero filling of the direct dimension do that; here a Gaussian kernel with ``width`` columns
    full width at half height.
    """
    reach = int(np.ceil(1.5 * width))
    white = rng.standard_normal((2, strips, points, columns + 2 * reach)).astype("float32")
    kernel = np.exp(-4 * np.log(2) * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel = (kernel / np.sqrt(np.sum(kernel**2))).astype("float32")
    mixed = sum(k * white[..., i : i + columns] for i, k in enumerate(kernel))
    return mixed[0] + 1j * mixed[1]
