"""Kernel ridge regression, with a sparse set of regressors where there are many examples.

Subset of regressors (Quiñonero-Candela and Rasmussen, J. Mach. Learn. Res. 2005, 6, 1939; ShiftML and its
successors learn so): the kernel is that of all examples with some of them, so memory goes with the square
of these and time with their square times the number of examples. With all of them it is the plain
regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

#: Added to the diagonal of the kernel of the regressors, which is one; ours: above rounding, far below the
#: least noise that is tried.
JITTER = 1e-6
#: Rows that are multiplied at once; ours: they bound memory.
BLOCK = 2000
#: Random projections that distances between examples are taken in; ours: enough for 10 % of a distance.
PROJECTIONS = 64


@dataclass(frozen=True)
class KernelRegression:
    """``(x . regressors) ** power @ weights + mean``.

    regressors: float32 (m, k), rows of length one. weights: (m,). noise: the one chosen, a variance over that
    of the kernel.
    """

    regressors: np.ndarray
    weights: np.ndarray
    power: float
    mean: float
    noise: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Values (rows,) of features float32 (rows, k), rows of length one."""
        kernels = (_kernel(part, self.regressors, self.power) for part in _blocks(features))
        return np.concatenate([kernel @ self.weights for kernel in kernels]) + self.mean


def fit(
    features: np.ndarray,
    values: np.ndarray,
    *,
    choose: tuple[np.ndarray, np.ndarray],
    power: float,
    noises: Sequence[float],
    regressors: int,
) -> KernelRegression:
    """The regression of values (n,) on features float32 (n, k), rows of length one.

    choose: features and values to choose the noise by, that of the least mean square error there. regressors:
    how many examples make the kernel, by farthest-point sampling; all where there are no more. ValueError
    where there is nothing to learn from or to choose by.
    """
    from scipy.linalg import solve, solve_triangular

    if not len(values) or not len(choose[1]):
        raise ValueError("kernel regression needs examples to learn from and others to choose by")
    active = features[farthest(features, regressors)]
    # in double precision: the kernel of like rows has eigenvalues below the rounding of single precision
    whole = np.float64(active)
    root = np.linalg.cholesky(_kernel(whole, whole, power) + JITTER * np.eye(len(active)))

    def turned(columns: np.ndarray) -> np.ndarray:
        """Columns of a kernel with the regressors, in the basis in which their own kernel is the identity."""
        return solve_triangular(root, columns, lower=True, check_finite=False)

    mean, start = float(values.mean()), 0
    squares, products = np.zeros_like(root), np.zeros(len(root))
    for part in _blocks(features):
        block = _kernel(active, part, power)
        squares += block @ block.T
        products += block @ (values[start : start + len(part)] - mean)
        start += len(part)
    squares, products = turned(turned(squares).T), turned(products)
    chosen = turned(_kernel(active, choose[0], power))
    best, least = (np.zeros_like(products), noises[0]), np.inf
    for noise in noises:
        line = solve(squares + noise * np.eye(len(root)), products, assume_a="pos", check_finite=False)
        error = np.mean((line @ chosen + mean - choose[1]) ** 2)
        if error < least:
            best, least = (line, noise), error
    weights = solve_triangular(root, best[0], lower=True, trans=1, check_finite=False)
    return KernelRegression(active, weights, power, mean, best[1])


def farthest(features: np.ndarray, count: int) -> np.ndarray:
    """Indices of ``count`` rows, each the farthest from those before it, in the order of the choice.

    The first is the farthest from the mean. Distances are those in a random projection, the same in every
    call. All rows where there are no more than ``count``.
    """
    if count >= len(features):
        return np.arange(len(features))
    rng = np.random.default_rng(0)
    axes = rng.normal(size=(features.shape[1], PROJECTIONS)).astype(np.float32)
    points = features @ axes
    found = np.empty(count, int)
    found[0] = np.argmax(np.square(points - points.mean(0)).sum(1))
    apart = np.full(len(points), np.inf, np.float32)
    for k in range(1, count):
        apart = np.minimum(apart, np.square(points - points[found[k - 1]]).sum(1))
        found[k] = np.argmax(apart)
    return found


def _kernel(one: np.ndarray, other: np.ndarray, power: float) -> np.ndarray:
    return (one @ other.T).astype(np.float64) ** power


def _blocks(features: np.ndarray) -> Iterable[np.ndarray]:
    return (features[start : start + BLOCK] for start in range(0, len(features), BLOCK))
