"""Low-rank Hankel completion: its parts against numpy and scipy, its minimum against a general optimiser."""

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

from common.classical import low_rank as module
from common.classical.low_rank import (
    Factors,
    SingularValues,
    anti_diagonal_sums,
    hankel,
    low_rank,
    low_rank_factorised,
)
from tests.common.classical.test_methods import noise


def exponentials(points, count):
    n, k = np.arange(points)[:, None], np.arange(count)
    return (np.exp((2j * np.pi * (0.1 + 0.17 * k) - 0.02 * (k + 1)) * n) * (1 + k)).sum(axis=1)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_hankel_matrix_of_exponentials_has_their_number_as_rank(count):
    matrix = hankel(exponentials(40, count)[None], 12)[0]
    np.testing.assert_array_equal(matrix, scipy.linalg.hankel(matrix[:, 0], matrix[-1]))
    assert np.linalg.matrix_rank(matrix, tol=1e-9) == count


def test_anti_diagonal_sums_are_the_adjoint():
    signal, matrix = noise((2, 11)), noise((2, 4, 8), seed=1)
    here, there = np.vdot(hankel(signal, 4), matrix), np.vdot(signal, anti_diagonal_sums(matrix))
    assert here == pytest.approx(there)


@pytest.mark.parametrize("nuclear", [True, False])
def test_singular_values_are_shrunk(nuclear):
    matrix = noise((3, 5, 9)).astype("c8")
    threshold = np.array([[1.0], [4.0], [100.0]], np.float32)
    found = SingularValues(matrix, nuclear)(matrix, threshold)
    for given, t, result in zip(matrix, threshold[:, 0], found, strict=True):
        left, values, right = np.linalg.svd(given, full_matrices=False)
        values = np.maximum(values - (t if nuclear else t**2 / values), 0)
        np.testing.assert_allclose(result, (left * values) @ right, atol=2e-5)


@pytest.mark.parametrize("nuclear", [True, False])
def test_factors_come_to_the_shrunk_singular_values(nuclear):
    """s - t of the nuclear norm; of the logarithm s - t^2 / s' with s' what is left of s."""
    left, right = (np.linalg.qr(noise((size, 5)))[0] for size in (5, 9))
    values, t = np.array([20, 12, 6, 1, 0.5]), 2.0
    matrix = ((left * values) @ right.T).astype("c8")[None]
    factors = Factors(matrix, nuclear, rank=5)
    for _ in range(3000):
        found = factors(matrix, np.full((1, 1), t, np.float32))[0]
    shrunk = values - t if nuclear else (values + np.sqrt(np.maximum(values**2 - 4 * t**2, 0))) / 2
    np.testing.assert_allclose(found, (left * np.where(values > t, shrunk, 0)) @ right.T, atol=1e-3)


def objective(x, y, mask, mu, rows):
    values = scipy.linalg.svdvals(scipy.linalg.hankel(x[:rows], x[rows - 1 :]))
    return mu * values.sum() + 0.5 * (abs(x - y)[mask] ** 2).sum()


@pytest.fixture
def converged(monkeypatch):
    """Go on until single precision has no more to give."""
    monkeypatch.setattr(module, "STILL", 0.0)
    return {"penalty": "nuclear", "rows": 4, "iterations": 1000, "tolerance": 0.0, "write_back": False}


@pytest.mark.parametrize("method", [low_rank, low_rank_factorised])
def test_the_nuclear_norm_is_minimised(method, converged):
    """A general optimiser finds no less, and the same point (the problem is convex)."""
    mask, level = np.array([1, 1, 0, 1, 0, 1, 1, 0, 0, 1], bool), 0.1
    y = np.where(mask, exponentials(10, 2) + level * noise(10), 0)
    found = method(y[:, None], mask, noise=level, smooth=1.0, first=y[:, None], **converged)[:, 0]
    least = objective(found, y, mask, level, 4)

    def smoothed(parameters):
        x = parameters[:10] + 1j * parameters[10:]
        values = scipy.linalg.svdvals(scipy.linalg.hankel(x[:4], x[3:]))
        return level * np.sqrt(values**2 + 1e-10).sum() + 0.5 * (abs(x - y)[mask] ** 2).sum()

    result = scipy.optimize.minimize(smoothed, np.concatenate([y.real, y.imag]), method="BFGS")
    other = result.x[:10] + 1j * result.x[10:]
    assert objective(other, y, mask, level, 4) > least * (1 - 1e-4)
    assert np.linalg.norm(other - found) < 0.02 * np.linalg.norm(found)


@pytest.mark.parametrize("method", [low_rank, low_rank_factorised])
def test_columns_do_not_touch_each_other(method):
    mask = np.random.default_rng(5).random(32) < 0.5
    fid = exponentials(32, 2)[:, None] * np.logspace(0, 2, 5) + 0.01 * noise((32, 5))
    together = method(fid, mask, noise=0.01)
    for column in range(5):
        alone = method(fid[:, [column]], mask, noise=0.01)[:, 0]
        np.testing.assert_allclose(together[:, column], alone, atol=2e-4 * abs(alone).max())


def test_many_columns_are_done_in_parts(monkeypatch):
    mask, fid = np.random.default_rng(5).random(32) < 0.5, noise((32, 7))
    whole = low_rank(fid, mask, noise=0.1)
    monkeypatch.setattr(module, "AT_ONCE", 700)
    np.testing.assert_allclose(low_rank(fid, mask, noise=0.1), whole, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": "rank"}, "log or nuclear"),
        ({"rows": 9}, "1 to 8 rows, not 9"),
        ({"first": np.zeros((16, 2))}, r"first \(16, 2\)"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        low_rank(noise((16, 1)), np.ones(16, bool), **options)
