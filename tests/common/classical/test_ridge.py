"""Ridge regression against its closed form and on data whose answer is known."""

import numpy as np
import pytest

from common.classical.ridge import PENALTIES, fit


def example(rows=400, width=6, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(3.0, 2.0, (rows, width)) * np.arange(1, width + 1)
    weights = rng.normal(size=width)
    return features, features @ weights + 7.0 + noise * rng.normal(size=rows), weights, np.arange(rows) % 4


def test_a_line_without_noise_is_found_with_the_least_penalty():
    features, values, weights, folds = example(noise=0.0)
    line = fit(features, values, folds)
    assert line.penalty == PENALTIES[0]
    np.testing.assert_allclose(line.weights / line.spread, weights, rtol=1e-4)
    np.testing.assert_allclose(line.predict(features), values, atol=1e-2)


def test_weights_solve_the_normal_equations_of_the_chosen_penalty():
    features, values, _, folds = example(noise=20.0)
    line = fit(features, values, folds)
    scaled = (features - features.mean(0)) / features.std(0)
    left = scaled.T @ scaled + line.penalty * len(values) * np.eye(features.shape[1])
    np.testing.assert_allclose(left @ line.weights, scaled.T @ (values - values.mean()), rtol=1e-8, atol=1e-6)


def test_features_of_pure_noise_are_penalised_away():
    rng = np.random.default_rng(1)
    features, values = rng.normal(size=(60, 40)), rng.normal(size=60)
    line = fit(features, values, np.arange(60) % 5)
    assert line.penalty >= 1.0
    assert np.linalg.norm(line.predict(features) - values.mean()) < np.linalg.norm(values - values.mean())


def test_units_and_constant_features_do_not_matter():
    features, values, _, folds = example()
    plain = fit(features, values, folds).predict(features)
    scaled = np.concatenate([features * 1e3, np.ones((len(features), 1))], axis=1)
    np.testing.assert_allclose(fit(scaled, values, folds).predict(scaled), plain, rtol=1e-6)


def test_one_part_is_refused():
    features, values, _, _ = example()
    with pytest.raises(ValueError, match="two parts"):
        fit(features, values, np.zeros(len(values)))
