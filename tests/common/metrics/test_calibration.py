"""Stated errors beside those made."""

import numpy as np
import pytest

from common.metrics.calibration import calibration


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
