"""The crops that the network sees: around candidates, of one resolution and one scale of intensity.

Steps 3 and 4 of the published pipeline; their formulae are unknown, so these are ours. Resolution: a plane is
resampled so that the usual line of the spectrum is as wide in all spectra. Intensity: over the noise, the
candidate positive, and through asinh, so that a peak of 3 and one of 3000 times the noise fit one picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.classical.peak_picking import Candidates
from common.spectrum import Axis

#: ours: candidates, strongest first, that tell how wide lines are, and the least they stand above the noise.
TELLING, CLEAR = 60, 10.0
#: ours: line widths in points that resampling is held to: narrower lines are noise, wider ones multiplets.
NARROWEST, WIDEST = 1.5, 12.0
#: The size of a crop's values: asinh of a few hundred times the noise is about 6.
UNIT = 4.0
#: ours: how many times wider the crop "far" is than "near".
FARTHER = 4
#: A crop relative to its candidate is held to this many times the candidate's value.
LARGEST = 2.0


def line_widths(found: Candidates) -> np.ndarray:
    """Usual full width at half height (ndim,) in points of the lines of a spectrum, for :func:`crops`.

    The median over its strongest candidates that stand clearly above the noise, over the three strongest at
    least; 3 points where there are no candidates.
    """
    if not len(found):
        return np.full(found.point.shape[1], 3.0)
    return np.clip(np.median(found.width[: telling(found)], axis=0), NARROWEST, WIDEST)


def telling(found: Candidates) -> int:
    """How many of the strongest candidates tell what lines of a spectrum are like: three at least."""
    clear = max(3, int((np.abs(found.height) > CLEAR * found.noise).sum()))
    return min(clear, TELLING)


def crops(
    plane: np.ndarray,
    noise: float,
    places: np.ndarray,
    widths: Sequence[float],
    *,
    size: int = 48,
    per_width: float = 4.0,
    channels: Sequence[str] = ("near",),
    mirrored: np.ndarray | None = None,
) -> np.ndarray:
    """Crops (k, size, size, channels) in single precision around places of a real plane (rows, columns).

    noise: its standard deviation, above zero. places: (k, 2) fractional indices, the candidate at
    ``[size // 2, size // 2]``. widths: (2,) of the usual line in points. Beyond the plane there is nothing:
    zero. Every crop has the sign that makes its candidate positive. channels: ``near``, what is there;
    ``far``, the strongest of ``FARTHER`` by ``FARTHER`` points each; ``mirror``, the surroundings of
    ``mirrored`` (k, 2), where the candidate's shifts stand exchanged, transposed and of the same sign as
    ``near``; zero where there is no such place (NaN, None); ``shape`` (after ``near``), that over the
    candidate's value, without asinh.
    """
    places = np.asarray(places, float).reshape(-1, 2)
    made = np.zeros((len(places), size, size, len(channels)), "float32")
    if not len(places):
        return made
    scale = per_width / np.asarray(widths, float)
    fine = np.arcsinh(resampled(np.asarray(plane, "float32") / np.float32(noise), scale)) / np.float32(UNIT)
    at = np.rint(places * scale).astype(int)
    for c, channel in enumerate(channels):
        if channel == "near":
            made[..., c] = windows(fine, at, size)
        elif channel == "far":
            made[..., c] = windows(strongest(fine, FARTHER), at // FARTHER, size)
        elif channel == "shape":
            made[..., c] = relative(made[..., channels.index("near")])
        elif channel == "mirror" and mirrored is not None:
            there = np.isfinite(mirrored).all(axis=1)
            across = np.rint(np.asarray(mirrored)[there] * scale).astype(int)
            made[there, ..., c] = windows(fine, across, size).transpose(0, 2, 1)
    top = np.clip(at, 0, np.array(fine.shape) - 1)
    return made * np.where(fine[top[:, 0], top[:, 1]] < 0, np.float32(-1), np.float32(1))[:, None, None, None]


def relative(near: np.ndarray) -> np.ndarray:
    """Crops ``near`` (k, size, size) over the modulus of their candidates' values, linear again."""
    linear, middle = np.sinh(np.float32(UNIT) * near), near.shape[1] // 2
    top = np.maximum(np.abs(linear[:, middle, middle]), 1.0)[:, None, None]
    return np.clip(linear / top, -LARGEST, LARGEST)


def resampled(plane: np.ndarray, scale: Sequence[float]) -> np.ndarray:
    """A plane with ``scale`` (2,) times as many points along each axis, by cubic convolution.

    Point i of the result lies at ``i / scale`` of the plane (Keys, IEEE Trans. Acoust. Speech Signal Process.
    1981, 29, 1153).
    """
    for axis, factor in enumerate(scale):
        size = plane.shape[axis]
        x = np.arange(int((size - 1) * factor) + 1) / factor
        first = np.floor(x).astype(int)
        weights = _keys(x - first).astype("float32")
        shape = (-1, 1) if axis == 0 else (1, -1)
        total = 0.0
        for tap in range(4):
            index = np.clip(first + tap - 1, 0, size - 1)
            total = total + weights[tap].reshape(shape) * np.take(plane, index, axis)
        plane = total
    return plane


def _keys(x: np.ndarray) -> np.ndarray:
    """Weights (4, n) of the points at -1, 0, 1, 2 for places x (n,) between 0 and 1."""
    return np.stack(
        [
            -0.5 * x**3 + x**2 - 0.5 * x,
            1.5 * x**3 - 2.5 * x**2 + 1,
            -1.5 * x**3 + 2 * x**2 + 0.5 * x,
            0.5 * x**3 - 0.5 * x**2,
        ]
    )


def strongest(plane: np.ndarray, step: int) -> np.ndarray:
    """The value of largest modulus of every ``step`` by ``step`` points; the rest is filled up with zeros."""
    shape = [-(-size // step) for size in plane.shape]
    full = np.zeros([step * size for size in shape], plane.dtype)
    full[: plane.shape[0], : plane.shape[1]] = plane
    blocks = full.reshape(shape[0], step, shape[1], step)
    high, low = blocks.max(axis=(1, 3)), blocks.min(axis=(1, 3))
    return np.where(high >= -low, high, low)


def windows(plane: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    """Windows (k, size, size) of a plane, zero beyond it, with the points ``at`` (k, 2) in their middle."""
    before = size // 2
    padded = np.pad(plane, size)
    held = np.clip(at, -before, np.array(plane.shape) + before) + size - before
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    return view[held[:, 0], held[:, 1]]


def mirrored(axes: Sequence[Axis], places: np.ndarray) -> np.ndarray | None:
    """Indices (k, 2) of where the shifts of places (k, 2) stand exchanged, as crops ``mirror`` need them.

    NaN beyond the plane; None where the two axes are not of one nucleus.
    """
    rows, columns = axes
    if rows.nucleus != columns.nucleus:
        return None
    places = np.asarray(places, float).reshape(-1, 2)
    across = np.stack([rows.index(columns.ppm(places[:, 1])), columns.index(rows.ppm(places[:, 0]))], axis=1)
    inside = ((across >= 0) & (across <= np.array([rows.size, columns.size]) - 1)).all(axis=1)
    across[~inside] = np.nan
    return across
