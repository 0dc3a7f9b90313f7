"""Low-rank Hankel completion: a signal of few damped exponentials fills a Hankel matrix of as small a rank.

X. Qu, M. Mayzel, J.-F. Cai, Z. Chen and V. Orekhov, Angew. Chem. Int. Ed. 2015, 54, 852-854: the nuclear
norm, by ADMM with singular-value thresholding. The factorised form needs no singular values, as in D. Guo,
H. Lu and X. Qu, IEEE Access 2017, 5, 16033-16039. The logarithm in place of the nuclear norm, the sum that it
is reweighted to: K. Mohan and M. Fazel, J. Mach. Learn. Res. 2012, 13, 3441-3473.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from common.classical.columns import Columns
from common.classical.ist import AT_ONCE, Watch, ist_d

#: Singular values below this part of the largest one are lost to single precision.
LEAST = 1e-3
#: A column whose points change by less than this part of its largest one has converged.
STILL = 1e-4
#: The matrices of columns that have converged are let go when they are this many of all.
SETTLED = 0.2
TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Options:
    """How the ADMM runs, chosen on ACBP.

    There start 0.03 to 0.1, level 0.5 to 1, smooth 0.3 to 3 and tolerance 0.03 to 0.3 changed the error by
    6 % at most.

    penalty: ``log``, the sum of logarithms of singular values, which leaves strong signals as they are, or
    ``nuclear``, their sum, as published. rows: of the Hankel matrix; None for a quarter of the points or
    24, if that is more, up to half: as good as the published half, in a third of its time. iterations: at
    most. start: first threshold as a part of the largest singular value; 0.05, nuclear 0.3. decay: of the
    threshold an iteration, and level: where it ends, as a part of the largest singular value of noise
    (``log`` alone; the nuclear norm is convex, its threshold stays). smooth: how much the measured
    points may give way to the noise in them; 1, nuclear 0.3. tolerance: a column has converged when its
    points change by less than this times the noise.
    """

    penalty: str = "log"
    rows: int | None = None
    iterations: int = 50
    start: float | None = None
    decay: float = 0.85
    level: float = 0.7
    smooth: float | None = None
    tolerance: float = 0.1

    def __post_init__(self):
        if self.penalty not in ("log", "nuclear"):
            raise ValueError(f"the penalty is log or nuclear, not {self.penalty!r}")

    @property
    def nuclear(self) -> bool:
        """Whether the penalty is the nuclear norm."""
        return self.penalty == "nuclear"


def low_rank(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    noise: float | None = None,
    first: np.ndarray | None = None,
    write_back: bool = True,
    watch: Watch | None = None,
    **options,
) -> np.ndarray:
    """Complete every column by the signal of low Hankel rank that agrees with its measured points.

    fid: complex (points, columns), zero where not measured. mask: boolean (points,). first: what to start
    from, complex (points, columns); the result of :func:`common.classical.ist.ist_d` where None. options:
    fields of :class:`Options`. Result, ``noise``, ``write_back`` and errors as in
    :func:`common.classical.ist.ist_s`.

    With y the measured points, P the choice of them, R x the Hankel matrix of x and s its singular values,

        min_x  mu sum phi(s) + 1/2 |y - P x|^2,   phi(s) = s or log s,

    mu = smooth noise or 2 smooth noise^2, by ADMM: Z <- R x + D with each s reduced by t or t^2 / s,
    D <- D + R x - Z, and x from (P + b R* R) x = P y + b R* (Z - D) with b = mu / t or mu / t^2; R* R is
    diagonal. The published penalty is convex and so forgets where it started, but pulls strong signals down:
    on ACBP it is worse than IST-S (0.45 against 0.24 at 12.5 %, 0.086 against 0.061 at 25 %). The logarithm
    needs a good start and a t that falls, and is better than IST-S from 12.5 to 30 % of the points.
    """
    return _completed(fid, mask, Options(**options), SingularValues, noise, first, write_back, watch)


def low_rank_factorised(
    fid: np.ndarray,
    mask: np.ndarray,
    *,
    rank: int = 12,
    noise: float | None = None,
    first: np.ndarray | None = None,
    write_back: bool = True,
    watch: Watch | None = None,
    **options,
) -> np.ndarray:
    """:func:`low_rank` without singular values: an error up to 4 % larger, steps in two thirds of the time.

    Z = L Q^H of at most ``rank`` components, by one sweep of alternating least squares an iteration with
    |L|^2 + |Q|^2, which is twice the nuclear norm at its minimum, as the penalty; for the logarithm a
    component of size s counts t / s times as much.
    """
    factors = partial(Factors, rank=rank)
    return _completed(fid, mask, Options(**options), factors, noise, first, write_back, watch)


def hankel(signal: np.ndarray, rows: int) -> np.ndarray:
    """Hankel matrices (columns, rows, points - rows + 1) of signals (columns, points), as a view."""
    return np.lib.stride_tricks.sliding_window_view(signal, signal.shape[1] - rows + 1, axis=1)


def anti_diagonal_sums(matrix: np.ndarray) -> np.ndarray:
    """The adjoint of :func:`hankel`: (columns, rows, width) to (columns, rows + width - 1)."""
    count, rows, width = matrix.shape
    sums = np.zeros((count, rows + width - 1), matrix.dtype)
    for row in range(rows):
        sums[:, row : row + width] += matrix[:, row]
    return sums


class SingularValues:
    """Singular-value thresholding of matrices (columns, rows, width), rows not above width."""

    def __init__(self, matrix: np.ndarray, nuclear: bool):
        self.nuclear = nuclear

    def __call__(self, matrix: np.ndarray, threshold: np.ndarray) -> np.ndarray:
        """The matrices with every singular value s reduced by t or, for the logarithm, by t^2 / s.

        threshold: t, (columns, 1). From the eigenvectors of the small Gram matrix, in a third of the time
        of a singular-value decomposition of 32 x 97 points.
        """
        squares, vectors = np.linalg.eigh(matrix @ _adjoint(matrix))
        ratio = threshold / np.maximum(np.sqrt(np.maximum(squares, 0)), threshold)
        factor = np.maximum(1 - (ratio if self.nuclear else ratio**2), 0)
        count = max(int((factor > 0).sum(axis=1).max(initial=0)), 1)
        vectors, factor = vectors[:, :, -count:], factor[:, None, -count:]
        return (vectors * factor) @ (_adjoint(vectors) @ matrix)

    def keep(self, columns: np.ndarray) -> None:
        """Go on with these columns alone."""


class Factors:
    """The same by alternating least squares; ``rank`` evenly spaced columns of the matrix to start from.

    A component below the threshold gets smaller each time but never to zero, and so can return when the
    threshold has come down.
    """

    def __init__(self, matrix: np.ndarray, nuclear: bool, rank: int):
        self.nuclear = nuclear
        chosen = np.linspace(0, matrix.shape[2] - 1, min(rank, *matrix.shape[1:])).round().astype(int)
        size = np.sqrt(np.linalg.norm(matrix, axis=(1, 2), keepdims=True))
        self.left = np.linalg.qr(matrix[:, :, chosen])[0] * np.maximum(size, TINY)
        self.right = _least_squares(_adjoint(matrix), self.left, LEAST * size[:, 0] ** 2)

    def __call__(self, matrix: np.ndarray, threshold: np.ndarray) -> np.ndarray:
        """As :class:`SingularValues`, one sweep nearer."""
        ridge = threshold
        if not self.nuclear:
            size = np.linalg.norm(self.left, axis=1) * np.linalg.norm(self.right, axis=1)
            ridge = threshold**2 / np.maximum(size, threshold)
        self.right = _least_squares(_adjoint(matrix), self.left, ridge)
        self.left = _least_squares(matrix, self.right, ridge)
        return self.left @ _adjoint(self.right)

    def keep(self, columns: np.ndarray) -> None:
        """Go on with these columns alone."""
        self.left, self.right = self.left[columns], self.right[columns]


def _adjoint(matrix: np.ndarray) -> np.ndarray:
    return matrix.conj().transpose(0, 2, 1)


def _least_squares(matrix: np.ndarray, factor: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """L of min |matrix - L factor^H|^2 + ridge |L|^2; ridge (columns, 1 or rank), at least a trace."""
    gram = _adjoint(factor) @ factor
    diagonal = np.arange(gram.shape[1])
    trace = gram[:, diagonal, diagonal].real.sum(axis=1, keepdims=True)
    gram[:, diagonal, diagonal] += np.maximum(ridge, 1e-6 * trace + TINY)
    return _adjoint(np.linalg.solve(gram, _adjoint(matrix @ factor)))


def _completed(fid, mask, options: Options, method: Callable, noise, first, write_back, watch) -> np.ndarray:
    columns = Columns(fid, mask)
    sd = columns.noise(noise)[:, None]
    if first is None:
        noise = float(sd[0, 0] * columns.scale[0]) if len(sd) else 0.0
        first = ist_d(fid, mask, stop_sigma=2.0, noise=noise, write_back=False)
    first = np.asarray(first)
    if first.shape != np.shape(fid):
        raise ValueError(f"first {first.shape} must have the shape of fid, {np.shape(fid)}")
    estimate = (first.T / columns.scale[:, None]).astype(np.complex64)
    points = len(columns.mask)
    rows = options.rows or max(points // 4, min(points // 2, 24), 1)
    if not 1 <= rows <= (points + 1) // 2:
        raise ValueError(f"a Hankel matrix of {points} points has 1 to {(points + 1) // 2} rows, not {rows}")
    size = len(columns) if watch else AT_ONCE // (rows * (points - rows + 1))
    for chunk in columns.chunks(size):
        part = estimate[chunk]
        steps = _admm(
            columns.y[chunk], columns.mask, sd[chunk].astype(np.float32), part, rows, options, method
        )
        for iteration, _ in enumerate(steps, 1):
            if watch:
                watch(iteration, columns.fid(estimate, write_back=False))
    return columns.fid(estimate, write_back)


def _admm(y, mask, sd, estimate, rows: int, options: Options, method: Callable):
    """The steps of :func:`low_rank` on columns scaled to 1; they change ``estimate`` (columns, points)."""
    index, going, x = np.arange(len(y)), np.ones(len(y), bool), np.where(mask, y, estimate)
    matrix = hankel(x, rows)
    width = matrix.shape[2]
    counts = anti_diagonal_sums(np.ones((1, rows, width), np.float32))
    largest = np.sqrt(np.maximum(np.linalg.eigvalsh(matrix @ _adjoint(matrix))[:, -1:], TINY))
    threshold, end = _thresholds(largest, sd, rows, width, options)
    smooth = options.smooth or (0.3 if options.nuclear else 1.0)
    mu, power = (smooth * sd, 1) if options.nuclear else (2 * smooth * sd**2, 2)
    approximate, dual = method(matrix, options.nuclear), np.zeros(matrix.shape, np.complex64)
    for _ in range(options.iterations):
        near = approximate(hankel(x, rows) + dual, threshold)
        mean, b = anti_diagonal_sums(near - dual), mu / threshold**power
        before, x = x, np.where(mask, (y + b * mean) / (1 + b * counts), mean / counts)
        estimate[index[going]] = x[going]
        yield
        change = np.sqrt((np.abs(x - before) ** 2).mean(axis=1, keepdims=True))
        going &= ((threshold > end) | (change > np.maximum(options.tolerance * sd, STILL)))[:, 0]
        if not going.any():
            break
        lower = np.maximum(options.decay * threshold, end)
        dual += hankel(x, rows) - near
        dual *= ((lower / threshold) ** power)[:, :, None]
        threshold = lower
        if going.mean() < 1 - SETTLED:
            approximate.keep(going)
            index, x, y, mu, sd, dual = index[going], x[going], y[going], mu[going], sd[going], dual[going]
            threshold, end, going = threshold[going], end[going], going[going]


def _thresholds(largest, sd, rows: int, width: int, options: Options):
    """The first and the last threshold of each column, float32 (columns, 1)."""
    first = (options.start or (0.3 if options.nuclear else 0.05)) * largest
    if options.nuclear:
        return first, first
    noise = sd * np.sqrt(np.float32(2)) * (np.sqrt(rows) + np.sqrt(width)) / 2
    end = np.maximum(options.level * noise, LEAST * largest).astype(np.float32)
    return np.maximum(first, end), end
