"""How a candidate compares with the rest of its spectrum: a few logarithms beside its crop (ours).

A crop in units of the noise does not say that a candidate is thousands of times lower than the peaks of its
spectrum, nor that its column is full of t1 noise. A picker by hand looks at both; AUTOPSY has a noise of each
row and column too (Koradi et al., J. Magn. Reson. 1998, 135, 288).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.classical.peak_picking import Candidates
from common.spectrum import Axis

from .crops import UNIT, mirrored, telling

#: Columns of :func:`levels`.
NAMES = (
    "noise", "highest", "usual", "plane", "column", "row", "column_noise", "row_noise",
    "column_width", "row_width", "mirror", "has_mirror",
)  # fmt: skip
#: Standard deviation of normal noise over the median of its modulus.
NORMAL = 1.4826
#: Natural logarithms are held to this: beyond a factor of 1e5 all is one.
LARGEST = 11.5


def strong(found: Candidates) -> tuple[float, float]:
    """The height of the highest candidate, and the median of those that tell how wide lines are."""
    height = np.abs(found.height[: telling(found)])
    return (float(height.max()), float(np.median(height))) if len(height) else (1.0, 1.0)


def levels(
    values: np.ndarray,
    axes: Sequence[Axis],
    found: Candidates,
    widths: np.ndarray,
    slab: int = -1,
    heights: tuple[float, float] | None = None,
) -> np.ndarray:
    """Levels (n, len(NAMES)) of the candidates of a real spectrum, single precision.

    widths: (ndim,) of the usual line in points. slab: the axis of a 3D that planes are taken across, -1 of a
    2D. heights: :func:`strong` of all candidates, where ``found`` are not all.

    Natural logarithms over ``crops.UNIT`` of: the candidate's value over the noise; over it the highest and
    the usual height of the spectrum, the largest of its plane, and of its column and its row, these as wide
    as a usual line; it over the noise of its column and of its row (median of the modulus, no less than the
    noise of the spectrum); its widths over the usual ones, along the column and along the row; over it what
    stands where its shifts are exchanged; and, no logarithm, whether there is such a place.
    """
    if not len(found):
        return np.zeros((0, len(NAMES)), "float32")
    over = np.empty((len(found), len(NAMES)))
    height = np.maximum(np.abs(values[tuple(found.point.T)]).astype(float), 1e-30)
    highest, usual = heights or strong(found)
    over[:, :3] = np.stack([height / found.noise, highest / height, usual / height], axis=1)
    point, wide = found.point, np.asarray(widths, float)
    ratio = found.width / wide
    if slab >= 0:
        point, wide, ratio = (np.delete(array, slab, axis=-1) for array in (point, wide, ratio))
    for rows, plane in _planes(values, found.point, slab):
        over[rows, 3:8] = _in_plane(plane, point[rows], height[rows], found.noise, wide)
    over[:, 8:10] = ratio
    over[:, 10] = 1.0
    across = mirrored(axes, found.index) if slab < 0 else None
    there = np.zeros(len(found), bool) if across is None else np.isfinite(across).all(axis=1)
    if there.any():
        over[there, 10] = np.maximum(_around(values, across[there]), found.noise) / height[there]
    made = np.clip(np.log(np.maximum(over, 1e-30)), -LARGEST, LARGEST) / UNIT
    made[:, 11] = there
    return made.astype("float32")


def _planes(values: np.ndarray, point: np.ndarray, slab: int):
    """Rows of candidates, and the modulus of the plane that they lie in."""
    if slab < 0:
        yield slice(None), np.abs(values)
        return
    for k in np.unique(point[:, slab]):
        yield np.flatnonzero(point[:, slab] == k), np.abs(np.take(values, k, slab))


def _in_plane(plane: np.ndarray, point, height, noise: float, widths) -> np.ndarray:
    """Largest of plane, column and row over heights (k,); these over the noise of both lines: (k, 5)."""
    from scipy.ndimage import maximum_filter1d

    columns = [np.full(len(height), plane.max()) / height]
    for axis in (0, 1):
        size = 2 * round(widths[1 - axis] / 2) + 1
        columns.append(maximum_filter1d(plane.max(axis=axis), size)[point[:, 1 - axis]] / height)
    for axis in (0, 1):
        lines = np.unique(point[:, 1 - axis])
        level = np.zeros(plane.shape[1 - axis])
        level[lines] = NORMAL * np.median(np.take(plane, lines, 1 - axis), axis=axis)
        columns.append(height / np.maximum(level[point[:, 1 - axis]], noise))
    return np.stack(columns, axis=1)


def _around(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The largest modulus among the nine points around each of indices (k, 2)."""
    at = np.rint(index).astype(int)
    steps = np.array(list(np.ndindex(3, 3))) - 1
    held = np.clip(at[:, None] + steps, 0, np.array(values.shape) - 1)
    return np.abs(values[held[..., 0], held[..., 1]]).max(axis=1)
