"""Multi-resolution densities around an atom, and rotations of its neighbours; over any Keras backend.

Five boxes of 4 to 14 angstrom, a channel for each of H, C, O, N in each: every neighbour is a Gaussian of
height 1. The Gaussian is a product of three, one an axis, so that a box is one product of matrices for each
environment, and no density is ever stored.
"""

from __future__ import annotations

import math

import numpy as np

#: code: exp(-r^2 / WIDTH), angstrom^2.
WIDTH = 1 / 3
#: code: the elements that have a channel, in the order of the channels.
ELEMENTS = ("H", "C", "O", "N")
#: ours: neighbours per cubic angstrom of the densest crystals, with a margin; see :func:`within`.
DENSEST = 0.15
#: ours: angstrom beyond a box at which a neighbour is left out; it would add less than 6e-5.
REACH = 1.8


def nodes(half: float, grid: int) -> np.ndarray:
    """Coordinates (grid,) in angstrom of the nodes along an edge; the first and last lie on the faces."""
    return np.linspace(-half, half, grid).astype("float32")


def within(reach: float) -> int:
    """How many nearest neighbours can be within ``reach`` angstrom."""
    return math.ceil(DENSEST * 4 / 3 * math.pi * reach**3)


def enough(half: float) -> int:
    """How many nearest neighbours can reach into a box at any orientation: those within its corners."""
    return within(math.sqrt(3) * half + REACH)


def elements(channels):
    """One for the element of a neighbour, zero for the others, (batch, K, 4); padding, -1, is none."""
    from keras import ops

    kinds = ops.cast(ops.arange(len(ELEMENTS)), "float32")
    return ops.cast(ops.equal(ops.cast(channels, "float32")[:, :, None], kinds), "float32")


def rotated(offsets, rotations):
    """Offsets (batch, K, 3) times rotations (batch, 3, 3), as ``xyz @ R`` of the authors' script."""
    from keras import ops

    return ops.matmul(offsets, rotations)


def densities(offsets, channels, boxes: tuple[float, ...], grid: int):
    """Densities (batch, grid, grid, grid, 4 x boxes) at the nodes of all boxes.

    offsets: (batch, K, 3) angstrom from the atom, nearest first. channels: (batch, K), the place in
    ``ELEMENTS``; -1 is padding and adds nothing. The channels of the first box come first.
    """
    from keras import ops

    types = elements(channels)
    made = [_box(offsets, types, half, grid) for half in boxes]
    return ops.concatenate(made, axis=-1)


def _box(offsets, types, half: float, grid: int):
    """Densities (batch, grid, grid, grid, 4) of one box; types: (batch, K, 4), one of them 1."""
    from keras import ops

    near = enough(half)
    offsets, types = offsets[:, :near], types[:, :near]
    lines = ops.square(ops.expand_dims(offsets, -1) - nodes(half, grid))  # (batch, K, 3, grid)
    x, y, z = (ops.exp(lines[:, :, axis] / -WIDTH) for axis in range(3))
    # Neighbours last in one factor and first but one in the other: neither is transposed.
    x, y = (ops.swapaxes(each, 1, 2) for each in (x, y))
    planes = ops.reshape(x[:, :, None] * y[:, None], (-1, grid * grid, ops.shape(x)[2]))
    columns = ops.reshape(z[..., None] * types[:, :, None], (-1, ops.shape(z)[1], grid * len(ELEMENTS)))
    return ops.reshape(ops.matmul(planes, columns), (-1, grid, grid, grid, len(ELEMENTS)))


def euler_rotations(count: int, rng: np.random.Generator) -> np.ndarray:
    """The paper's random rotations (count, 3, 3): R = Rz Ry Rx, each angle uniform within 90 degrees.

    code: not uniform over the rotations, as :func:`uniform_rotations` are.
    """
    rx, ry, rz = (_about(axis, rng.uniform(-math.pi / 2, math.pi / 2, count)) for axis in range(3))
    return (rz @ ry @ rx).astype("float32")


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    """Rotations (count, 3, 3) about an axis of the frame."""
    made = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    made[:, axis, axis] = 1
    made[:, i, i] = made[:, j, j] = np.cos(angle)
    made[:, j, i] = np.sin(angle)
    made[:, i, j] = -made[:, j, i]
    return made


def uniform_rotations(count: int, rng: np.random.Generator) -> np.ndarray:
    """Rotations (count, 3, 3) uniform over all there are: of random unit quaternions (Shoemake 1992)."""
    w, x, y, z = (each := rng.standard_normal((4, count))) / np.linalg.norm(each, axis=0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0).astype("float32")
