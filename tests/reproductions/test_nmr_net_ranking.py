"""The ranking by probability and heights: its inputs, and the regression against a known one."""

import numpy as np
import pytest

from common.classical.peak_picking import Candidates
from reproductions.nmr_net import ranking


def found(point, height, noise=1.0):
    point, height = np.array(point), np.array(height, float)
    return Candidates(point, point.astype(float), height, np.ones(point.shape), height, noise)


def test_heights_are_compared_with_noise_and_with_the_highest_in_sight():
    made = ranking.inputs(
        found([(0, 0), (50, 2), (1, 80), (30, 30)], [100.0, -10.0, 20.0, 5.0], 2.0), [0.5] * 4
    )
    np.testing.assert_allclose(made[:, 0], np.log([50, 5, 10, 2.5]))
    np.testing.assert_allclose(made[:, 1], np.log([1, 0.1, 0.2, 0.05]))
    np.testing.assert_allclose(made[:, 2], np.log([1, 0.1, 1, 1]))  # the first column reaches to the second
    np.testing.assert_allclose(made[:, 3], np.log([1, 1, 0.2, 1]))  # and the first row to the third
    np.testing.assert_allclose(made[:, 4], 0, atol=1e-12)


def test_certain_probabilities_stay_finite():
    made = ranking.inputs(found([(0, 0), (9, 9)], [1.0, 2.0]), np.array([0.0, 1.0]))
    assert np.isfinite(made).all()
    assert made[0, 4] == pytest.approx(-made[1, 4])


def test_the_regression_finds_the_coefficients_that_made_the_truth():
    rng = np.random.default_rng(0)
    given = rng.normal(size=(20000, 2)) * (1.0, 5.0) + (3.0, 0.0)
    chance = 1 / (1 + np.exp(-(1.5 * (given[:, 0] - 3) - 0.2 * given[:, 1] - 1)))
    true = rng.random(20000) < chance
    made = ranking.fit([given[:10000], given[10000:]], [true[:10000], true[10000:]])(given)
    np.testing.assert_allclose(made, chance, atol=0.04)
    assert np.abs(made - chance).mean() < 0.01


def test_separable_truth_does_not_blow_up():
    given = np.linspace(-1, 1, 50)[:, None]
    made = ranking.fit([given], [given[:, 0] > 0])(given)
    assert np.isfinite(made).all()
    assert ((made > 0.5) == (given[:, 0] > 0)).all()
