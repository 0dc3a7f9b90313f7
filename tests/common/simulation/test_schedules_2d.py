"""NUS schedules over two indirect dimensions: how many points, which ones, and how often."""

import numpy as np
import pytest

from common.simulation.schedules import poisson_gap_2d, poisson_gaps_2d


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (12, 16)])
def test_they_have_exactly_the_points_asked_for(shape):
    counts = np.arange(1, shape[0] * shape[1] + 1)
    masks = poisson_gaps_2d(shape, counts, generator())
    assert masks.dtype == bool
    assert masks.shape == (len(counts), *shape)
    np.testing.assert_array_equal(masks.sum(axis=(1, 2)), counts)
    assert masks[:, 0, 0].all()


def test_a_seed_gives_the_same_schedules():
    first, again, other = (poisson_gaps_2d((32, 24), [80, 200], generator(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2)).all()


@pytest.mark.parametrize("count", [0, -1, 97])
def test_impossible_counts_are_refused(count):
    with pytest.raises(ValueError, match="8 x 12 points cannot have"):
        poisson_gap_2d((8, 12), count, generator())


@pytest.fixture(scope="module")
def many():
    return poisson_gaps_2d((32, 32), [128] * 200, generator())


def test_they_are_dense_at_early_times_and_sparse_at_late_ones(many):
    density = many.mean(axis=0)
    early, late = density[:8, :8].mean(), density[24:, 24:].mean()
    assert early > 2.5 * late
    # of the sum of both times alone: the same along either axis
    np.testing.assert_allclose(density[:8].mean(), density[:, :8].mean(), rtol=0.05)
    np.testing.assert_allclose(density[:8, 24:].mean(), density[24:, :8].mean(), rtol=0.1)


def test_gaps_along_a_row_are_shorter_than_those_of_random_points(many):
    """Half of the schedules are walked along an axis; the longest gaps there are what a walk avoids."""

    def longest(masks):
        gaps = np.array([np.diff(np.flatnonzero(row)).max(initial=0) for row in masks.reshape(-1, 32)])
        return np.quantile(gaps, 0.99)

    shuffled = generator(1).permuted(many.reshape(200, -1), axis=1).reshape(many.shape)
    assert longest(many.swapaxes(1, 2)) < longest(shuffled)
    assert longest(many) < longest(shuffled)
