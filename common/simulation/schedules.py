"""Non-uniform sampling (NUS) schedules: which points of an indirect dimension are measured.

A schedule here is a boolean mask over the full grid. Everything is drawn from a NumPy generator that is
handed in, so a seed gives the same schedule on every machine.
"""

from __future__ import annotations

import numpy as np

KINDS = ("poisson_gap", "uniform", "exponential")


def poisson_gaps(size: int, counts, rng: np.random.Generator) -> np.ndarray:
    """Sine-weighted Poisson-gap schedules with exact counts, many at once.

    Hyberts, Takeuchi & Wagner, J. Am. Chem. Soc. 2010, 132, 2145: from point i the walk goes on to
    i + 1 + Poisson(w sin(pi/2 (i + 1/2) / (size + 1))); w is adapted and the walk repeated until it visits
    exactly as many points as asked. Point 0 is always measured.

    counts: measured points of each schedule, 1 to size, ``ValueError`` otherwise. Returns a mask of shape
    (len(counts), size).
    """
    counts = np.atleast_1d(np.asarray(counts, dtype=int))
    if counts.size and (counts.min() < 1 or counts.max() > size):
        raise ValueError(
            f"a schedule over {size} points cannot have {counts.min()} to {counts.max()} of them"
        )
    masks = np.zeros((len(counts), size), dtype=bool)
    # A Poisson walk cannot hit a nearly full grid in bounded time: there the few points left out are drawn.
    dense = size - counts <= max(1, size // 16)
    for row in np.flatnonzero(dense):
        masks[row] = True
        masks[row, 1 + rng.permutation(size - 1)[: size - counts[row]]] = False
    weight = 2.0 * (size / counts - 1.0)
    todo = np.flatnonzero(~dense)
    while todo.size:
        walks = _walk(size, weight[todo], rng)
        excess = walks.sum(axis=1) - counts[todo]
        done = excess == 0
        masks[todo[done]] = walks[done]
        weight[todo] *= np.where(excess > 0, 1.02, 1 / 1.02)
        todo = todo[~done]
    return masks


def _walk(size: int, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    masks = np.zeros((len(weight), size), dtype=bool)
    position, rows = np.zeros(len(weight), dtype=int), np.arange(len(weight))
    while rows.size:
        masks[rows, position[rows]] = True
        mean = weight[rows] * np.sin(np.pi / 2 * (position[rows] + 0.5) / (size + 1))
        position[rows] += 1 + rng.poisson(mean)
        rows = rows[position[rows] < size]
    return masks


def poisson_gap(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """One Poisson-gap schedule of exactly ``count`` of ``size`` points; see :func:`poisson_gaps`."""
    return poisson_gaps(size, [count], rng)[0]


def weighted(size: int, count: int, rng: np.random.Generator, decay: float = 0.0) -> np.ndarray:
    """Random schedule with point 0 and ``count - 1`` further points, none twice.

    decay: the probability of point n is proportional to exp(-decay n / size): 0 is uniform random sampling,
    acquisition time over T2 is the exponential weighting of Barna et al., J. Magn. Reson. 1987, 73, 69.
    """
    if not 1 <= count <= size:
        raise ValueError(f"a schedule over {size} points cannot have {count} of them")
    mask = np.zeros(size, dtype=bool)
    mask[0] = True
    if count > 1:
        # Gumbel keys: the largest count - 1 of them are a weighted draw without replacement.
        keys = -decay * np.arange(1, size) / size + rng.gumbel(size=size - 1)
        mask[1 + np.argpartition(-keys, count - 2)[: count - 1]] = True
    return mask


def schedule(kind: str, size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """A schedule of a kind: ``poisson_gap``, ``uniform``, or ``exponential`` (acquisition over two T2)."""
    if kind == "poisson_gap":
        return poisson_gap(size, count, rng)
    if kind in ("uniform", "exponential"):
        return weighted(size, count, rng, decay=0.0 if kind == "uniform" else 2.0)
    raise ValueError(f"unknown schedule kind {kind!r}; one of {', '.join(KINDS)}")


def poisson_gaps_2d(shape: tuple[int, int], counts, rng: np.random.Generator) -> np.ndarray:
    """Sine-weighted Poisson-gap schedules over two indirect dimensions with exact counts, many at once.

    After Hyberts, Arthanari & Wagner, Top. Curr. Chem. 2012, 316, 125: every row of the grid is walked as in
    :func:`poisson_gaps`, with gaps that grow with the sum of both times, Poisson(w sin(pi/2 s)) with
    s = (i + j + 1/2) / (n1 + n2) at point (i, j). Here all rows of a schedule lie along one axis, the first
    in one half of the schedules and the second in the other, and a row begins with a gap of its own, but the
    first one at (0, 0). w is adapted and the walk repeated until it visits exactly as many points as asked.

    shape: points of the grid. counts: measured points of each schedule, 1 to all, ``ValueError`` otherwise.
    Returns a mask of shape (len(counts), *shape); (0, 0) is always measured.
    """
    counts = np.atleast_1d(np.asarray(counts, dtype=int))
    size = shape[0] * shape[1]
    if counts.size and (counts.min() < 1 or counts.max() > size):
        raise ValueError(
            f"a schedule over {shape[0]} x {shape[1]} points cannot have {counts.min()} to {counts.max()}"
        )
    masks = np.zeros((len(counts), *shape), dtype=bool)
    turned = rng.random(len(counts)) < 0.5
    for part, grid in ((~turned, shape), (turned, shape[::-1])):
        drawn = _exact_planes(grid, counts[part], rng)
        masks[part] = drawn if grid is shape else drawn.swapaxes(1, 2)
    return masks


def _exact_planes(shape, counts, rng: np.random.Generator) -> np.ndarray:
    size = shape[0] * shape[1]
    masks = np.zeros((len(counts), *shape), dtype=bool)
    weight = 2.0 * (size / counts - 1.0)
    dense = size - counts <= max(1, size // 16)
    for row in np.flatnonzero(dense):  # as in poisson_gaps
        masks[row].flat[1 + rng.permutation(size - 1)[: counts[row] - 1]] = True
    todo = np.flatnonzero(~dense)
    while todo.size:
        walks = _walk_planes(shape, weight[todo], rng)
        excess = walks.sum(axis=(1, 2)) - counts[todo]
        done = excess == 0
        masks[todo[done]] = walks[done]
        # smaller steps than in one dimension: more rows, so that the counts scatter less
        weight[todo] *= np.where(excess > 0, 1.01, 1 / 1.01)
        todo = todo[~done]
    masks[:, 0, 0] = True
    return masks


def _walk_planes(shape, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Walks along the first axis from every point of the second."""
    masks = np.zeros((len(weight), *shape), dtype=bool)
    which, row = (part.ravel() for part in np.indices((len(weight), shape[1])))

    def gap(position, which, row):
        return rng.poisson(weight[which] * np.sin(np.pi / 2 * (position + row + 0.5) / sum(shape)))

    position = np.where(row == 0, 0, gap(0, which, row))
    while True:
        inside = position < shape[0]
        position, which, row = position[inside], which[inside], row[inside]
        if not position.size:
            return masks
        masks[which, position, row] = True
        position = position + 1 + gap(position, which, row)


def poisson_gap_2d(shape: tuple[int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """One Poisson-gap schedule of exactly ``count`` points of a grid; see :func:`poisson_gaps_2d`."""
    return poisson_gaps_2d(shape, [count], rng)[0]
