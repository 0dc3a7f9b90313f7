"""Scores of predicted shifts, by hand and against SciPy."""

import numpy as np
import pytest

from common.metrics.shifts import (
    bootstrap_ratio,
    bootstrap_rmsd,
    cases,
    common_atoms,
    outlying,
    score_shifts,
)


def test_scores_by_hand():
    scores = score_shifts([120.0, 110.0, 115.0, 118.0], [121.0, 113.0, 116.0, 117.0], ["a", "a", "b", "b"])
    # errors 1, 3, 1, -1: mean 1, squares 12
    assert scores["rmsd"] == pytest.approx(np.sqrt(3))
    assert scores["shift_bias"] == pytest.approx(1)
    assert scores["shift_sd"] == pytest.approx(np.sqrt(2))
    assert scores["outliers"] == 0
    assert scores["rmsd_protein"] == pytest.approx((np.sqrt(5) + 1) / 2)
    assert scores["shift_r"] == pytest.approx(np.corrcoef([120, 110, 115, 118], [121, 113, 116, 117])[0, 1])


def test_an_outlier_is_dropped_once_and_counted():
    error = np.tile([0.5, -0.5], 50)
    error[7] = 12.0
    scores = score_shifts(np.linspace(40, 70, 100), np.linspace(40, 70, 100) + error)
    assert scores["outliers"] == 1
    assert np.flatnonzero(outlying(error)).tolist() == [7]
    assert scores["rmsd_trimmed"] == pytest.approx(0.5)
    assert scores["rmsd"] == pytest.approx(np.sqrt((99 * 0.25 + 144) / 100))
    # 50 times + 0.5 and 49 times - 0.5
    assert scores["shift_sd_trimmed"] == pytest.approx(np.sqrt(0.25 - (0.5 / 99) ** 2))


def test_what_has_no_meaning_is_absent():
    assert score_shifts([1.0, np.nan], [np.nan, 2.0]) == {}
    assert "shift_r" not in score_shifts([8.0], [8.1])
    assert "shift_r" not in score_shifts([8.0, 8.5], [8.1, 8.1])
    with pytest.raises(ValueError, match="predicted shifts for"):
        score_shifts([8.0, 8.5], [8.0])


def test_cases_score_their_own_nucleus_and_what_is_predicted():
    nuclei = ["N", "HN", "N", "HN", "N"]
    made = cases([120.0, 8.0, 110.0, 9.0, 115.0], nuclei, list("aabbb"), "shiftx2_testset", "clean")
    assert [case.id("rmsd") for case in made] == [
        "shiftx2_testset/clean/N/rmsd",
        "shiftx2_testset/clean/HN/rmsd",
    ]
    predicted = np.array([123.0, 8.1, np.nan, 9.1, 111.0])
    assert made[0].scores(predicted)["rmsd"] == pytest.approx(np.sqrt((9 + 16) / 2))
    assert made[1].scores(predicted)["rmsd"] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="predicted shifts for"):
        made[0].scores(predicted[:2])
    with pytest.raises(ValueError, match="protein labels"):
        cases([120.0], ["N"], [], "shiftx2_testset", "all")


def test_common_atoms_are_those_that_all_methods_have():
    nan = np.nan
    predicted = {"a": np.array([1.0, nan, 1.0, 1.0]), "b": np.array([1.0, 1.0, nan, 1.0])}
    assert common_atoms([1.0, 1.0, 1.0, nan], predicted).tolist() == [True, False, False, False]


@pytest.fixture
def drawn():
    """Errors of 60 proteins; those of a second method are 0.8 of the first's."""
    rng = np.random.default_rng(3)
    proteins = np.repeat(np.arange(60), 50)
    error = rng.normal(size=3000) * rng.uniform(0.5, 1.5, 60)[proteins]
    observed = rng.uniform(100, 130, 3000)
    return observed, {"first": observed + error, "second": observed + 0.8 * error}, proteins


def test_a_ratio_of_methods_with_the_same_errors_is_sharp(drawn):
    observed, predicted, proteins = drawn
    found = bootstrap_ratio(
        observed, predicted, proteins, "second", "first", draws=500, rng=np.random.default_rng(0)
    )
    assert found.ratio.value == pytest.approx(0.8)
    assert (found.ratio.low, found.ratio.high) == pytest.approx((0.8, 0.8))
    rmsd = score_shifts(observed, predicted["first"])["rmsd"]
    assert found.difference.value == pytest.approx(-0.2 * rmsd)
    assert found.difference.low < found.difference.value < found.difference.high < 0


def test_the_interval_is_as_wide_as_proteins_differ(drawn):
    observed, predicted, proteins = drawn
    interval = bootstrap_rmsd(
        observed, predicted["first"], proteins, draws=4000, rng=np.random.default_rng(0)
    )
    # the mean square of a protein is a mean of 60 independent ones: delta method for its root
    squares = np.array([np.mean((predicted["first"] - observed)[proteins == k] ** 2) for k in range(60)])
    expected = 1.96 * squares.std() / np.sqrt(60) / (2 * np.sqrt(squares.mean()))
    assert (interval.high - interval.low) / 2 == pytest.approx(expected, rel=0.08)
    assert interval.low < interval.value < interval.high
    assert str(interval).startswith(f"{interval.value:.3f} (")


def test_a_bootstrap_counts_only_atoms_that_both_predict(drawn):
    observed, predicted, proteins = drawn
    holes = {"first": predicted["first"].copy(), "second": predicted["second"]}
    holes["first"][::2] = np.nan
    found = bootstrap_ratio(observed, holes, proteins, "second", "first", rng=np.random.default_rng(0))
    assert found.ratio.value == pytest.approx(0.8)
    with pytest.raises(ValueError, match="no atom"):
        bootstrap_rmsd([np.nan], [1.0], ["a"], rng=np.random.default_rng(0))
