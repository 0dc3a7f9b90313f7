"""Threshold peak picking: local maxima of a real nD spectrum, interpolated between points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Peaks:
    """Peaks of one spectrum, strongest first.

    index: fractional array indices, shape ``(n, ndim)``; ``Axis.ppm`` turns a column into ppm.
    height: interpolated heights, shape ``(n,)``, in the units of the spectrum; negative for negative peaks.
    threshold: the height above which they were picked.
    """

    index: np.ndarray
    height: np.ndarray
    threshold: float

    def __len__(self) -> int:
        return len(self.height)


def pick_peaks(data, threshold: float, *, negative: bool = False) -> Peaks:
    """Pick the local maxima of ``data`` whose interpolated height exceeds ``threshold``.

    A maximum stands above every point of its 3^n neighbourhood; of two equal neighbours the first counts.
    Points on the edge of the array are never maxima: one of their neighbours is not known. An axis of one
    point is not looked along. With ``negative``, minima below ``-threshold`` are picked as well.

    Position and height are those of a parabola through three points along each axis, which is exact for a
    parabola without cross terms. ``ValueError`` for data that are not real and finite, or a negative
    threshold.
    """
    data = np.asarray(data)
    if np.iscomplexobj(data) or not np.isfinite(data).all():
        raise ValueError("peaks are picked in real, finite data")
    if not threshold >= 0:
        raise ValueError(f"the threshold is a height of zero or more, not {threshold}")
    data = data.astype(np.float64, copy=False)
    found = [_maxima(data, threshold)]
    if negative:
        index, height = _maxima(-data, threshold)
        found.append((index, -height))
    index, height = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(-np.abs(height), kind="stable")
    return Peaks(index[order], height[order], float(threshold))


def _maxima(data: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Interpolated indices and heights of the positive local maxima."""
    from scipy.ndimage import maximum_filter

    shape = tuple(3 if size > 1 else 1 for size in data.shape)
    order = np.arange(np.prod(shape)).reshape(shape)
    before, after = order < order.size // 2, order > order.size // 2
    is_maximum = data > 0
    if order.size > 1:
        is_maximum &= data > maximum_filter(data, footprint=before, mode="constant", cval=np.inf)
        is_maximum &= data >= maximum_filter(data, footprint=after, mode="constant", cval=np.inf)
    points = np.argwhere(is_maximum)
    index, height = parabola_tops(data, points)
    above = height > threshold
    return index[above], height[above]


def parabola_tops(data: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where extrema at array indices (n, ndim) stand between points, and how high: (n, ndim) and (n,).

    By a parabola through three points along each axis longer than one; no point may lie on an edge of it.
    """
    index, top = points.astype(float), data[tuple(points.T)].astype(float)
    height = top.copy()
    for axis in np.flatnonzero(np.array(data.shape) > 1):
        step = np.eye(data.ndim, dtype=int)[axis]
        left, right = (data[tuple((points + way * step).T)].astype(float) for way in (-1, 1))
        offset = 0.5 * (left - right) / (left - 2 * top + right)
        index[:, axis] += offset
        height += 0.25 * (right - left) * offset
    return index, height


def gaussian_tops(data: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where extrema at array indices (n, ndim) stand between points (n, ndim), how high (n,), and how high
    along the lines of points through them, one an axis (n, ndim).

    By a Gaussian through three points along each axis: exact for a Gaussian without cross terms, and twice as
    near as :func:`parabola_tops` for a Lorentzian. By the parabola where a neighbour has the other sign.
    """
    index, top = points.astype(float), data[tuple(points.T)].astype(float)
    gain = np.ones(points.shape)
    for axis in np.flatnonzero(np.array(data.shape) > 1):
        step = np.eye(data.ndim, dtype=int)[axis]
        left, right = (data[tuple((points + way * step).T)] / top for way in (-1, 1))
        both = (left > 0) & (right > 0)
        a, b = (np.log(np.where(both, one, 0.5)) for one in (left, right))
        parabola = 0.5 * (left - right) / (left - 2 + right)
        offset = np.where(both, 0.5 * (a - b) / np.minimum(a + b, -1e-12), parabola)
        index[:, axis] += offset
        rise = 0.25 * np.where(both, b - a, right - left) * offset
        gain[:, axis] = np.where(both, np.exp(rise), 1 + rise)
    return index, top * gain.prod(axis=1), top[:, None] * gain
