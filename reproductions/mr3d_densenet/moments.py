"""Moments of the neighbours of an atom, and what of them no rotation changes; over any Keras backend.

ours: neighbours are summed over, weighted by radial functions and real spherical harmonics, one sum for each
kind of neighbour: its element, or what its own bonds make it. Products of two or three sums are scalars: of
two, SOAP's power spectrum (Bartók, Kondor and Csányi, Phys. Rev. B 2013, 87, 184115), of three, products of
matrices as in moment tensor potentials (Shapeev, Multiscale Model. Simul. 2016, 14, 1153). Mirror images have
the same scalars, as they have the same shielding.
"""

from __future__ import annotations

import math

import numpy as np

#: ours: angstrom; no atom is nearer, so that no radial function is wasted there.
NEAREST = 0.95
#: ours: a neighbour counts less the farther it is, as for kernel regression: half at 2 angstrom, then by
#: this power.
HALF, FADING = 2.0, 4
#: ours: angstrom, length and width: bonds with hydrogen, double, single bonds, and what is beyond.
BONDS = ((1.0, 0.1), (1.2, 0.1), (1.4, 0.12), (1.65, 0.15), (2.0, 0.2), (2.45, 0.25))
#: ours: angstrom beyond the reach from which bonds of neighbours are still seen.
BEYOND = 1.0
#: Harmonics are there to this degree.
LARGEST = 3


def lengths(offsets):
    """Distances (batch, K) of neighbours (batch, K, 3), kept above zero."""
    from keras import ops

    return ops.sqrt(ops.sum(ops.square(offsets), axis=-1) + 1e-12)


def radial(distances, reach: float, count: int):
    """Radial functions (..., count) of distances (...) in angstrom, nothing from ``reach`` on.

    Gaussians even in the logarithm, as wide as they are apart: narrow for bonds, wide for the surroundings.
    """
    from keras import ops

    centres = np.linspace(math.log(NEAREST), math.log(reach), count).astype("float32")
    step = float(centres[1] - centres[0]) if count > 1 else 1.0
    lines = (ops.expand_dims(ops.log(distances), -1) - centres) / step
    end = 0.5 * (1 + ops.cos(math.pi * ops.minimum(distances / reach, 1.0)))
    return ops.exp(-0.5 * ops.square(lines)) * ops.expand_dims(end / (1 + (distances / HALF) ** FADING), -1)


def harmonics(directions, degree: int):
    """Real spherical harmonics (..., (degree + 1) ** 2) of unit vectors (..., 3), to degree 3 at most.

    By degree, then by order from the least; the squares of those of degree l add up to 2 l + 1. ValueError
    for a degree that is not there.
    """
    from keras import ops

    if not 0 <= degree <= LARGEST:
        raise ValueError(f"harmonics of degree {degree}: there are those from 0 to {LARGEST}")
    x, y, z = (directions[..., axis] for axis in range(3))
    root = math.sqrt
    made = [ops.ones_like(x)]
    if degree > 0:
        made += [root(3) * y, root(3) * z, root(3) * x]
    if degree > 1:
        made += [root(15) * x * y, root(15) * y * z, root(5) / 2 * (3 * z * z - 1)]
        made += [root(15) * x * z, root(15) / 2 * (x * x - y * y)]
    if degree > 2:
        made += [root(35 / 8) * y * (3 * x * x - y * y), root(105) * x * y * z]
        made += [root(21 / 8) * y * (5 * z * z - 1), root(7) / 2 * z * (5 * z * z - 3)]
        made += [root(21 / 8) * x * (5 * z * z - 1), root(105) / 2 * z * (x * x - y * y)]
        made += [root(35 / 8) * x * (x * x - 3 * y * y)]
    return ops.stack(made, axis=-1)


def moments(angular, radii, kinds):
    """Sums over neighbours (batch, orders, functions x kinds), the kinds of a radial function together.

    angular: (batch, K, orders), :func:`harmonics`. radii: (batch, K, functions), :func:`radial`. kinds:
    (batch, K, kinds), how much of each a neighbour is.
    """
    from keras import ops

    size = radii.shape[2] * kinds.shape[2]
    weights = ops.reshape(radii[..., None] * kinds[:, :, None], (-1, ops.shape(radii)[1], size))
    return ops.matmul(ops.swapaxes(angular, 1, 2), weights)


def bonds(offsets, types, count: int):
    """What the nearest ``count`` neighbours are bonded to, (batch, count, 4 x lengths), the centre left out.

    offsets: (batch, K, 3) angstrom. types: (batch, K, 4), :func:`densities.elements`. How many atoms of each
    element are as far from the neighbour as each of :data:`BONDS`, a Gaussian each.
    """
    from keras import ops

    squares = ops.sum(ops.square(offsets), axis=-1)
    apart = squares[:, :count, None] + squares[:, None]
    apart = apart - 2 * ops.matmul(offsets[:, :count], ops.swapaxes(offsets, 1, 2))
    # an atom itself is nearer than any bond of BONDS reaches
    apart = ops.sqrt(ops.maximum(apart, 1e-6))
    made = [
        ops.matmul(ops.exp(-0.5 * ops.square((apart - length) / width)), types) for length, width in BONDS
    ]
    return ops.concatenate(made, axis=-1)


def orders(degree: int) -> slice:
    """Where the moments of a degree stand."""
    return slice(degree**2, (degree + 1) ** 2)


def power(one, other):
    """Scalars (batch, n) of moments (batch, 2 l + 1, n) of one degree: their products, summed over orders."""
    from keras import ops

    return ops.sum(one * other, axis=1) / math.sqrt(one.shape[1])


def triples(vectors, matrices):
    """Scalars (batch, 4 n) of moments of degree 1, (batch, 3, 2 n), and of degree 2, (batch, 5, 3 n).

    With u and v vectors, A, B and C symmetric matrices without trace: u A v, tr(A B C), u A B v and u C u.
    """
    from keras import ops

    # orders -1, 0, 1 are y, z, x
    u, v = ops.split(ops.take(vectors, np.array([2, 0, 1]), axis=1), 2, axis=2)
    a, b, c = ops.split(ops.einsum("bmn,mxy->bnxy", matrices, SYMMETRIC), 3, axis=1)
    ab = ops.matmul(a, b)
    return ops.concatenate(
        [
            ops.einsum("bxn,bnxy,byn->bn", u, a, v),
            ops.einsum("bnxy,bnyx->bn", ab, c),
            ops.einsum("bxn,bnxy,byn->bn", u, ab, v),
            ops.einsum("bxn,bnxy,byn->bn", u, c, u),
        ],
        axis=1,
    )


def _symmetric() -> np.ndarray:
    """Matrices (5, 3, 3) that the harmonics of degree 2 are the quadratic forms of, but for sqrt(15) / 2."""
    made = np.zeros((5, 3, 3), "float32")
    for order, (i, j) in ((0, (0, 1)), (1, (1, 2)), (3, (0, 2))):
        made[order, i, j] = made[order, j, i] = 1
    made[2] = np.diag([-1, -1, 2]) / math.sqrt(3)
    made[4] = np.diag([1, -1, 0])
    return made


SYMMETRIC = _symmetric()
