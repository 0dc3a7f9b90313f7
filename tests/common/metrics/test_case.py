import math

import pytest

from common.metrics.case import Case
from common.metrics.registry import MEASURES, Measure, measure, measure_of


def test_ids_leave_an_empty_condition_out():
    case = Case("nus_hsqc_qnls", "acbp", "0.125", "development", lambda output: {"rlne": output})
    assert case.id("rlne") == "nus_hsqc_qnls/acbp/0.125/rlne"
    assert Case("simulated", "all", "", "test", dict).id("peak_r2") == "simulated/all/peak_r2"


def test_scores_are_the_scorers():
    case = Case("simulated", "all", "", "test", lambda output: {"rlne": output, "missed_peaks": 3})
    scores = case.scores(0.25)
    assert scores == {"rlne": 0.25, "missed_peaks": 3.0}
    assert all(type(value) is float for value in scores.values())


@pytest.mark.parametrize(
    ("source", "name", "condition", "role"),
    [
        ("", "a", "", "test"),
        ("a/b", "a", "", "test"),
        ("a", "b/c", "", "test"),
        ("a", "b", "c/d", "test"),
        ("a", "b", "", "tests"),
    ],
)
def test_bad_cases_are_refused(source, name, condition, role):
    with pytest.raises(ValueError, match="not '"):
        Case(source, name, condition, role, dict)


def test_unregistered_measures_are_refused_with_the_known_ones_named():
    case = Case("simulated", "all", "", "test", lambda output: {"rsne": output})
    for call in (
        lambda: measure("rsne"),
        lambda: measure_of("a/b/rsne"),
        lambda: case.id("rsne"),
        lambda: case.scores(1),
    ):
        with pytest.raises(ValueError, match=r"'rsne'.*rlne"):
            call()


def test_the_measure_is_the_last_segment():
    assert measure_of("nus_hsqc_qnls/acbp/0.125/position_error").unit == "Hz"
    assert measure_of("timing/acbp/ist_s_ratio") is MEASURES["ist_s_ratio"]


def test_direction_of_better():
    assert measure("rlne").improves(0.1, 0.2)
    assert not measure("rlne").improves(0.2, 0.1)
    assert measure("peak_r2").improves(0.9, 0.8)
    assert measure("height_slope").improves(1.05, 0.9)
    assert not measure("height_slope").improves(0.8, 1.1)
    for known in MEASURES.values():
        assert not known.improves(math.nan, 1.5)
        assert not known.improves(1.5, 1.5)
    with pytest.raises(ValueError, match="better"):
        Measure("x", "best", "")
