"""Scores of predicted shieldings, by hand and against scikit-learn's definition."""

import numpy as np
import pytest

from common.metrics.shieldings import case, score_shieldings


def test_scores_by_hand():
    scores = score_shieldings([30.0, 28.0, 26.0, 24.0], [31.0, 25.0, 26.0, 24.0])
    # errors 1, -3, 0, 0; squares of the known ones about their mean 9 + 1 + 1 + 9
    assert scores["rmse"] == pytest.approx(np.sqrt(10 / 4))
    assert scores["mae"] == pytest.approx(1)
    assert scores["r2"] == pytest.approx(1 - 10 / 20)


def test_r2_of_the_mean_is_zero_and_of_worse_is_below():
    known = np.linspace(20, 40, 9)
    assert score_shieldings(known, np.full(9, 30.0))["r2"] == pytest.approx(0)
    assert score_shieldings(known, np.full(9, 31.0))["r2"] < 0
    assert score_shieldings(known, known)["r2"] == 1


def test_r2_is_that_of_the_libraries():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    known = rng.normal(-60, 90, 500)
    predicted = known + rng.normal(2, 12, 500)
    scores = score_shieldings(known, predicted)
    assert scores["r2"] == pytest.approx(metrics.r2_score(known, predicted))
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(known, predicted))


def test_what_has_no_meaning_is_absent():
    assert score_shieldings([np.nan, 1.0], [1.0, np.nan]) == {}
    assert score_shieldings([30.0, np.nan], [31.0, 2.0]) == {"rmse": 1.0, "mae": 1.0}
    with pytest.raises(ValueError, match="predicted shieldings for"):
        score_shieldings([1.0], [1.0, 2.0])


def test_a_case_names_the_element():
    one = case([30.0, 28.0], "shiftml_csd", "test", "H")
    assert one.id("rmse") == "shiftml_csd/test/H/rmse"
    assert one.scores(np.array([30.0, 29.0]))["mae"] == pytest.approx(0.5)
