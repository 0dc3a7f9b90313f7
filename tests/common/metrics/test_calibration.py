"""Stated errors beside those made."""

import numpy as np
import pytest

from common.metrics.calibration import LEAST, Widening, calibration, widening


def test_right_and_wrong_stated_errors():
    rng = np.random.default_rng(0)
    sd = rng.uniform(0.5, 2.0, 200_000)
    errors = sd * rng.normal(size=len(sd))
    right = calibration(errors, sd)
    assert right["coverage_1sd"] == pytest.approx(1, abs=0.01)
    assert right["coverage_2sd"] == pytest.approx(1, abs=0.005)
    # two standard deviations of the truth are within one stated
    large = calibration(errors, 2 * sd)
    assert large["coverage_1sd"] == pytest.approx(0.9545 / 0.6827, abs=0.01)
    assert large["error_rank_r"] == pytest.approx(right["error_rank_r"])
    assert right["error_rank_r"] > 0.25


def test_by_hand_and_without_meaning():
    found = calibration([1.0, -2.0, 3.0, np.nan, 1.0], [2.0, 1.5, 1.0, 1.0, 0.0])
    assert found["coverage_1sd"] == pytest.approx(1 / 3 / 0.6827)
    assert found["coverage_2sd"] == pytest.approx(2 / 3 / 0.9545)
    assert found["error_rank_r"] == pytest.approx(-1)
    assert "error_rank_r" not in calibration([1.0, 2.0], [1.0, 1.0])
    assert calibration([np.nan], [1.0]) == {}
    with pytest.raises(ValueError, match="stated errors"):
        calibration([1.0], [1.0, 2.0])


def ensemble(count, members=4, shared=2.0, seed=0):
    """Errors of the mean of members that are wrong by ``shared`` together and by another amount each."""
    rng = np.random.default_rng(seed)
    own = rng.uniform(0.2, 3.0, count)
    errors = shared * rng.normal(size=count) + own * rng.normal(size=(members, count))
    return errors.mean(0), errors.std(0, ddof=1)


def test_a_widened_spread_holds_on_other_errors_for_small_and_for_large_spreads():
    found = widening(*ensemble(50_000, seed=2))
    errors, spread = ensemble(50_000, seed=1)
    assert found.floor == pytest.approx(np.median(spread), rel=0.05)
    before, after = calibration(errors, spread), calibration(errors, found.stated(spread))
    assert before["coverage_1sd"] < 0.75
    assert after["coverage_1sd"] == pytest.approx(1, abs=0.02)
    assert after["error_rank_r"] == pytest.approx(before["error_rank_r"])
    quarters = np.array_split(np.argsort(spread), 4)
    by_floor, by_factor = (
        [np.mean(np.abs(errors[rows]) <= stated[rows]) for rows in (quarters[0], quarters[-1])]
        for stated in (found.stated(spread), np.quantile(np.abs(errors) / spread, 0.6827) * spread)
    )
    assert max(by_floor) - min(by_floor) < 0.5 * (max(by_factor) - min(by_factor))


def test_a_few_far_errors_hardly_widen_the_rest():
    errors, spread = ensemble(1000)
    far = np.where(np.arange(1000) % 50 == 0, 30 * errors, errors)
    assert widening(far, spread).factor < 1.1 * widening(errors, spread).factor
    assert np.sqrt(np.mean((far / spread) ** 2)) > 1.5 * np.sqrt(np.mean((errors / spread) ** 2))


def test_widening_by_hand_and_where_there_is_nothing_to_go_by():
    found = widening(np.arange(LEAST + 1.0), np.r_[np.full(LEAST, 3.0), np.nan])
    assert found.floor == 3
    assert found.factor * np.sqrt(18) == pytest.approx(0.6827 * (LEAST - 1))
    assert Widening(2.0, 4.0).stated([3.0, 0.0]) == pytest.approx([10, 8])
    assert Widening().stated(np.array([1.5])) == 1.5
    assert widening(np.ones(LEAST - 1), np.ones(LEAST - 1)) is None
    assert widening(np.ones(50), np.zeros(50)) is None
    with pytest.raises(ValueError, match="errors"):
        widening([1.0], [1.0, 2.0])
