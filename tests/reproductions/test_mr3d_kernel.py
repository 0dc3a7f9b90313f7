"""Kernel ridge regression against the plain solution and against scikit-learn."""

import numpy as np
import pytest

from reproductions.mr3d_densenet.kernel import farthest, fit


@pytest.fixture
def made():
    """Rows of length one and a smooth function of them: 120 to learn from, 60 to choose by, 40 others."""
    rng = np.random.default_rng(4)
    features = np.abs(rng.normal(size=(220, 12))).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    values = 40 * np.sin(3 * features[:, 0]) + 20 * features[:, 1] * features[:, 2] + rng.normal(0, 0.1, 220)
    return [(features[rows], values[rows]) for rows in (slice(120), slice(120, 180), slice(180, 220))]


def plain(features, values, noise, power, wanted):
    """(K + noise)^-1 (y - mean), with no sparse set of anything."""
    features, wanted = features.astype(float), wanted.astype(float)
    kernel = (features @ features.T) ** power
    weights = np.linalg.solve(kernel + noise * np.eye(len(kernel)), values - values.mean())
    return (wanted @ features.T) ** power @ weights + values.mean()


def test_with_all_examples_it_is_the_plain_solution(made):
    (features, values), choose, (wanted, _) = made
    # the jitter on the diagonal of the regressors is small beside this noise
    line = fit(features, values, choose=choose, power=2, noises=[0.1], regressors=1000)
    expected = plain(features, values, 0.1, 2, wanted)
    assert line.predict(wanted) == pytest.approx(expected, abs=1e-3 * values.std())


def test_it_is_that_of_scikit_learn(made):
    ridge = pytest.importorskip("sklearn.kernel_ridge")
    (features, values), choose, (wanted, _) = made
    other = ridge.KernelRidge(alpha=0.1, kernel="polynomial", degree=4, gamma=1, coef0=0)
    other.fit(features.astype(float), values - values.mean())
    line = fit(features, values, choose=choose, power=4, noises=[0.1], regressors=1000)
    expected = other.predict(wanted.astype(float)) + values.mean()
    assert line.predict(wanted) == pytest.approx(expected, abs=1e-3 * values.std())


def test_the_noise_is_that_of_the_least_error_on_what_it_is_chosen_by(made):
    (features, values), choose, _ = made
    noises = (1e-3, 1e-1, 10.0)
    lines = {n: fit(features, values, choose=choose, power=2, noises=[n], regressors=500) for n in noises}
    errors = {n: np.mean((line.predict(choose[0]) - choose[1]) ** 2) for n, line in lines.items()}
    best = fit(features, values, choose=choose, power=2, noises=noises, regressors=500)
    assert best.noise == min(errors, key=errors.get)


def test_a_sparse_set_solves_its_own_normal_equations(made):
    (features, values), choose, (wanted, _) = made
    line = fit(features, values, choose=choose, power=2, noises=[0.01], regressors=60)
    active = features[farthest(features, 60)].astype(float)
    small, tall = (active @ active.T) ** 2, (features.astype(float) @ active.T) ** 2
    small += 1e-6 * np.eye(60)
    weights = np.linalg.solve(tall.T @ tall + 0.01 * small, tall.T @ (values - values.mean()))
    expected = (wanted.astype(float) @ active.T) ** 2 @ weights + values.mean()
    assert line.predict(wanted) == pytest.approx(expected, abs=1e-3 * values.std())
    assert len(line.weights) == 60


def test_farthest_points_find_every_group():
    rng = np.random.default_rng(0)
    centres = np.eye(8, 40, dtype=np.float32)
    groups = np.repeat(np.arange(8), [300, 2, 2, 2, 2, 2, 2, 2])
    points = centres[groups] + rng.normal(0, 1e-3, (len(groups), 40)).astype(np.float32)
    assert sorted(groups[farthest(points, 8)]) == list(range(8))
    assert len(set(farthest(points, 50))) == 50
    assert farthest(points[:5], 9).tolist() == list(range(5))


def test_nothing_to_learn_from_is_said(made):
    (features, values), choose, _ = made
    with pytest.raises(ValueError, match="needs examples"):
        fit(features[:0], values[:0], choose=choose, power=2, noises=[0.1], regressors=10)
    with pytest.raises(ValueError, match="needs examples"):
        fit(features, values, choose=(features[:0], values[:0]), power=2, noises=[0.1], regressors=10)
