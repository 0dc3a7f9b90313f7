"""Candidates of peaks in a real nD spectrum: local extrema above the noise, with what can be read off each.

What a network that picks peaks chooses from, and what it is held against: the same candidates ranked by
height, and the pickers of nmrglue (Helmus and Jaroniec, J. Biomol. NMR 2013, 55, 355).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from common.classical.peaks import parabola_tops
from common.processing import noise_level

#: Candidates lie above this many times the noise. ours: labels begin there; half of the peaks that high are
#: lost to noise whatever is done, and a lower cut gives candidates of noise alone.
CUT = 3.0
#: Points that a half width is looked for on each side. ours: 1.5 times the widest line of a usual spectrum.
REACH = 24
#: Volume over height and widths of a Gaussian line, a factor a dimension: sqrt(pi / (4 ln 2)).
GAUSSIAN = 1.0645
#: Tiles that the noise is looked for in. ours: a quarter of an 8 by 8 grid is free of peaks even in a NOESY.
TILES, TILE = 8, 16
#: Points that extrema are looked for in at a time. ours: some 100 MB of work.
SLAB = 2**22
#: nmrglue's algorithms. ``connected`` joins all points above the cut; the others take local maxima. (Its
#: ``thres`` finds what ``thres-fast`` does, and nmrglue 0.12 fails in it for minima with today's NumPy.)
NMRGLUE = ("downward", "connected", "thres-fast")


@dataclass(frozen=True)
class Candidates:
    """Local extrema of one spectrum, strongest (by modulus) first.

    point: (n, ndim) array indices. index: (n, ndim) the same between points; ``Axis.ppm`` turns a column into
    ppm. height: (n,) interpolated, negative for minima. width: (n, ndim) full width at half height in points.
    volume: (n,), of a Gaussian of that height and widths, in units of the spectrum times points. noise: the
    standard deviation that the cut refers to.
    """

    point: np.ndarray
    index: np.ndarray
    height: np.ndarray
    width: np.ndarray
    volume: np.ndarray
    noise: float

    def __len__(self) -> int:
        return len(self.height)

    def pick(self, rows) -> Candidates:
        """Some of them, by index or boolean mask."""
        arrays = [getattr(self, f.name)[rows] for f in fields(self) if f.name != "noise"]
        return Candidates(*arrays, self.noise)


def candidates(
    data,
    *,
    cut: float = CUT,
    noise: float | None = None,
    negative: bool = True,
    most: int | None = None,
    radius: int = 1,
) -> Candidates:
    """Local extrema of real data whose value at the point exceeds ``cut`` times the noise.

    An extremum stands out from every point up to ``radius`` points away on each axis; of equal ones the first
    counts. Points nearer to the edge than that are none: not all their neighbours are known. An axis of one
    point is not looked along. noise: standard deviation; by the median absolute deviation where None, which
    takes signal for noise where more than half of the points have some (:func:`quiet_noise` does not).
    negative: minima below zero as well. most: keep that many of the strongest. ``ValueError`` for data that
    are not real and finite.
    """
    data = np.asarray(data)
    if np.iscomplexobj(data) or not np.isfinite(data).all():
        raise ValueError("peaks are picked in real, finite data")
    noise = noise_level(data) if noise is None else float(noise)
    point = local_extrema(data, cut * noise, negative, radius)
    index, height = parabola_tops(data, point)
    order = np.argsort(-np.abs(height), kind="stable")[:most]
    point, index, height = point[order], index[order], height[order]
    width = half_widths(data, point)
    looked = np.array(data.shape) > 1
    volume = height * np.prod(np.where(looked, GAUSSIAN * width, 1.0), axis=1)
    return Candidates(point, index, height, width, volume, noise)


def quiet_noise(data: np.ndarray) -> float:
    """Noise of the quieter parts of crowded data: the first quartile of the noise of tiles.

    Where peaks, a diagonal or stripes of t1 noise fill more than half of a spectrum, as in a NOESY, the
    median absolute deviation of all of it is theirs. Each axis is cut into at most ``TILES`` tiles of at
    least ``TILE`` points; tiles of one value alone (blanked, zero-filled) do not count; zero where all are.
    On noise alone it is low by some per cent.
    """
    parts = [np.array_split(np.arange(size), max(1, min(TILES, size // TILE))) for size in data.shape]
    found = []
    for place in np.ndindex(*map(len, parts)):
        ends = [(part[i][0], part[i][-1] + 1) for part, i in zip(parts, place, strict=True)]
        found.append(noise_level(data[tuple(slice(*end) for end in ends)]))
    levels = np.array(found)
    return float(np.quantile(levels[levels > 0], 0.25)) if (levels > 0).any() else 0.0


def local_extrema(data: np.ndarray, threshold: float, negative: bool = True, radius: int = 1) -> np.ndarray:
    """Array indices (n, ndim) of maxima above ``threshold`` and, with ``negative``, of minima below minus it.

    Only points beyond the threshold are compared with their neighbours, so a mostly empty 3D spectrum takes
    little more than one look at it; and it is looked at in slabs, so memory stays near that of the data.
    """
    depth = max(4 * radius, int(SLAB // max(data[:1].size, 1)))
    found = []
    for start in range(0, len(data), depth):
        first = max(start - radius, 0)
        part = _extrema(data[first : start + depth + radius], threshold, negative, radius)
        part[:, 0] += first
        found.append(part)
    return np.concatenate(found)


def _extrema(data: np.ndarray, threshold: float, negative: bool, radius: int) -> np.ndarray:
    """Those of a slab, without its edges."""
    flat = data.reshape(-1)
    beyond = np.flatnonzero((np.abs(flat) if negative else flat) > threshold)
    point = np.stack(np.unravel_index(beyond, data.shape), axis=1)
    shape = np.array(data.shape)
    reach = np.where(shape > 1, radius, 0)
    beyond = beyond[((point >= reach) & (point < shape - reach)).all(axis=1)]
    sign, steps = np.sign(flat[beyond]), np.cumprod([1, *shape[:0:-1]])[::-1]
    offsets = np.array(list(np.ndindex(*(2 * reach + 1)))) - reach
    # the nearest first: they rule out most points
    for offset in offsets[np.argsort(np.abs(offsets).sum(axis=1), kind="stable")]:
        step = int((offset * steps).sum())
        here, there = sign * flat[beyond], sign * flat[beyond + step]
        keep = here > there if step < 0 else here >= there
        beyond, sign = beyond[keep], sign[keep]
    return np.stack(np.unravel_index(beyond, data.shape), axis=1)


def half_widths(
    data: np.ndarray, point: np.ndarray, reach: int = REACH, tops: np.ndarray | None = None
) -> np.ndarray:
    """Full widths at half height (n, ndim) in points, with straight lines between points.

    A side that rises again, ends at the edge, or does not fall to half within ``reach`` points is taken to be
    as wide as the other; where both do so, the width is that of the parabola through the top. Along an axis
    of one point it is 1. tops: (n, ndim), how high lines go between points along each axis (of
    ``gaussian_tops``), where half of that is meant and not half of the highest point: it matters where they
    have fewer than four points.
    """
    if tops is None:
        tops = np.repeat(data[tuple(point.T)].astype(float)[:, None], data.ndim, axis=1)
    width = np.ones(point.shape)
    for axis in np.flatnonzero(np.array(data.shape) > 1):
        sides = np.stack([_half(data, point, tops[:, axis], axis, way, reach) for way in (-1, 1)])
        known = np.isfinite(sides)
        total = np.where(known, sides, 0).sum(axis=0)
        both = np.where(known.all(axis=0), total, 2 * total)
        width[:, axis] = np.where(known.any(axis=0), both, _curvature_width(data, point, axis))
    return width


def _half(
    data: np.ndarray, point: np.ndarray, top: np.ndarray, axis: int, way: int, reach: int
) -> np.ndarray:
    """Points (n,) from each extremum to half its height on one side, NaN where it is not found."""
    found, last, at = np.full(len(point), np.nan), data[tuple(point.T)] / top, point.copy()
    rows = np.arange(len(point))
    for step in range(1, reach + 1):
        at[rows, axis] += way
        rows = rows[(at[rows, axis] >= 0) & (at[rows, axis] < data.shape[axis])]
        value = data[tuple(at[rows].T)] / top[rows]
        done = value <= 0.5
        share = (last[rows[done]] - 0.5) / (last[rows[done]] - value[done])
        found[rows[done]] = step - 1 + share
        going = ~done & (value <= last[rows])
        last[rows] = value
        rows = rows[going]
        if not len(rows):
            break
    return found


def _curvature_width(data: np.ndarray, point: np.ndarray, axis: int) -> np.ndarray:
    """Width (n,) at half height of the Gaussian that has the curvature of the three points at the top."""
    step = np.eye(data.ndim, dtype=int)[axis]
    left, top, right = (np.abs(data[tuple((point + way * step).T)]).astype(float) for way in (-1, 0, 1))
    curvature = np.maximum((2 * top - left - right) / top, 1e-3)
    return np.sqrt(8 * np.log(2) / curvature)


def nmrglue_points(data, threshold: float, algorithm: str = "downward", negative: bool = True) -> np.ndarray:
    """Array indices (n, ndim) of the peaks that nmrglue picks beyond a threshold, in the order it gives them.

    Without its clustering and line widths, which choose no peaks. ``ValueError`` for another algorithm than
    those of ``NMRGLUE``. An axis of one point is taken out before, since nmrglue does not look along it.
    """
    if algorithm not in NMRGLUE:
        raise ValueError(f"nmrglue picks by {', '.join(NMRGLUE)}, not by {algorithm!r}")
    from nmrglue.analysis.peakpick import pick

    data = np.asarray(data)
    looked = np.flatnonzero(np.array(data.shape) > 1)
    found = pick(
        np.squeeze(data), threshold, -threshold if negative else None, algorithm=algorithm,
        msep=(1,) * len(looked), est_params=False, cluster=False, table=False,
    )  # fmt: skip
    points = np.zeros((len(found), data.ndim), dtype=int)
    if len(found):
        points[:, looked] = np.asarray(found, dtype=int).reshape(len(found), -1)
    return points
