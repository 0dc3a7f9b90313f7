"""Recovery of synthetic peaks: tables by hand, and what the package nmrtoolbox says of the same tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from common.metrics import recovery
from common.metrics.registry import measure

CASES = json.loads((Path(__file__).parent / "data" / "nmrtoolbox.json").read_text())
ANSWERED = [case for case in CASES if "error" not in case["nmrtoolbox"]]


def match(flags, synthetic):
    """A match of that many synthetic peaks whose recovered peaks, strongest first, are true or false."""
    flags = np.asarray(flags, bool)
    return recovery.Match(np.arange(len(flags)), np.where(flags, np.cumsum(flags) - 1, -1), synthetic)


# --- against nmrtoolbox


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["name"])
def test_matches_and_curves_are_those_of_nmrtoolbox(case):
    said = case["nmrtoolbox"]
    tables = (case["recovered"], case["height"], case["synthetic"], case["width"])
    found = recovery.match_peaks(*tables, lw_scalar=case["lw_scalar"])
    assert found.order.tolist() == said["order"]
    assert found.partner.tolist() == said["partner"]
    false, rate = recovery.recovery_curve(found)
    np.testing.assert_allclose(false, said["FDR"], atol=1e-12)
    np.testing.assert_allclose(rate, said["RR"], atol=1e-12)
    scores = recovery.score_recovery(*tables[:3], np.ones(len(tables[2])), tables[3], case["lw_scalar"])
    figures = {"auc": said["AUC"], "dpc": said["DPC"], "mrmf": said["MRMF"], "recovery_rate": said["RR"][-2]}
    figures["false_discovery_rate"] = said["FDR"][-3]
    assert {name: scores[name] for name in figures} == pytest.approx(figures, abs=1e-12)


def test_the_tables_of_nmrtoolbox_are_of_every_kind():
    assert {len(case["synthetic"][0]) for case in ANSWERED} == {2, 3}
    assert {case["nmrtoolbox"]["AUC"] for case in ANSWERED} >= {0.0, 1.0}
    assert sum(0 < case["nmrtoolbox"]["MRMF"] < 1 for case in ANSWERED) > 3
    assert any(len(set(np.abs(case["height"]))) < len(case["height"]) - 5 for case in ANSWERED)


# --- matching


def test_the_strongest_takes_the_peak_and_a_taken_nearest_peak_has_no_stand_in():
    """Both recovered peaks lie nearest to the first synthetic one; the weaker reaches the second too."""
    found = recovery.match_peaks([[104.0], [103.0]], [1.0, -2.0], [[100.0], [110.0]], [[8.0], [5.0]])
    assert found.order.tolist() == [1, 0]
    assert found.partner.tolist() == [0, -1]


def test_reach_is_a_box_of_the_largest_width_with_its_edge():
    synthetic, width = [[0.0, 0.0], [1000.0, 1000.0]], [[8.0, 3.0], [4.0, 16.0]]
    for place, true in (((8, 16), True), ((-8, 0), True), ((8.001, 0), False), ((0, -16.001), False)):
        assert recovery.match_peaks([place], [1.0], synthetic, width).true.tolist() == [true], place
    assert recovery.match_peaks([(11.9, 0)], [1.0], synthetic, width, lw_scalar=1.5).true.all()


def test_equal_heights_keep_the_order_of_the_table():
    places = [[10.0], [0.0], [1.0], [500.0]]
    found = recovery.match_peaks(places, [2.0, -3.0, 3.0, 3.0], [[0.0], [10.0]], [[5.0], [5.0]])
    assert found.order.tolist() == [1, 2, 3, 0]
    assert found.partner.tolist() == [0, -1, -1, 1]


def test_tables_that_do_not_fit_are_refused():
    good = [[0.0, 0.0]]
    for recovered, height, synthetic, width in (
        (good, [1.0], np.zeros((0, 2)), np.zeros((0, 2))),
        (good, [1.0], good, [[1.0]]),
        (good, [1.0, 2.0], good, good),
        ([[0.0]], [1.0], good, good),
    ):
        with pytest.raises(ValueError, match=r"needs synthetic peaks|do not fit"):
            recovery.match_peaks(recovered, height, synthetic, width)


# --- curves and their numbers


def test_a_curve_by_hand():
    """True, false, true of four: (0, 0), (0, 1/4), (1/2, 1/4), (1/3, 1/2), (1, 1/2), (1, 0)."""
    false, rate = recovery.recovery_curve(match([1, 0, 1], 4))
    np.testing.assert_allclose(false, [0, 0, 1 / 2, 1 / 3, 1, 1])
    np.testing.assert_allclose(rate, [0, 1 / 4, 1 / 4, 1 / 2, 1 / 2, 0])
    # by columns of RR: a quarter at FDR 0, a quarter between 1/2 and 1/3
    assert recovery.curve_area(false, rate) == pytest.approx(0.25 * 1 + 0.25 * (1 / 2 + 2 / 3) / 2)
    assert recovery.corner_distance(false, rate) == pytest.approx(np.hypot(1 / 3, 1 / 2))
    assert recovery.rate_before_false(false, rate) == 0.25


@pytest.mark.parametrize(
    ("flags", "synthetic", "auc", "dpc", "mrmf"),
    [
        ([1, 1, 1], 3, 1.0, 0.0, 1.0),
        ([1, 1, 1, 0], 3, 1.0, 0.0, 1.0),  # what comes after the last true peak takes nothing away
        ([1, 1], 4, 0.5, 0.5, 0.5),
        ([0, 0], 3, 0.0, 1.0, 0.0),
        ([], 3, 0.0, 1.0, 0.0),
        ([0, 1], 1, 0.25, 0.5, 0.0),  # triangle (0, 0), (1, 0), (1/2, 1), (1, 1), (1, 0)
    ],
)
def test_known_curves(flags, synthetic, auc, dpc, mrmf):
    false, rate = recovery.recovery_curve(match(flags, synthetic))
    assert recovery.curve_area(false, rate) == pytest.approx(auc)
    assert recovery.corner_distance(false, rate) == pytest.approx(dpc)
    assert recovery.rate_before_false(false, rate) == pytest.approx(mrmf)


def test_the_area_is_the_precision_averaged_over_recovery():
    """The polygon's area is the integral of 1 - FDR over RR, whatever the order of true and false."""
    flags = np.random.default_rng(0).random(60) < 0.6
    false, rate = recovery.recovery_curve(match(flags, 50))
    expected = np.sum(np.diff(rate[:-2]) * (1 - (false[:-3] + false[1:-2]) / 2))
    assert recovery.curve_area(false, rate) == pytest.approx(expected)


# --- scores


def grid(count, ndim=2):
    """Synthetic peaks far apart, heights 1, 2, 3, ..., widths of 10 Hz."""
    places = 100.0 * np.arange(1, count + 1)[:, None] * np.ones(ndim)
    return places, np.arange(1.0, count + 1), np.full((count, ndim), 10.0)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_table_itself_is_perfect(ndim):
    places, heights, width = grid(6, ndim)
    scores = recovery.score_recovery(places, heights, places, heights, width)
    ones = dict.fromkeys(("recovery_rate", "auc", "mrmf", "injected_slope", "injected_r2"), 1.0)
    assert scores == pytest.approx({**ones, "dpc": 0, "false_discovery_rate": 0}, abs=1e-12)
    assert all(measure(name) for name in scores)


def test_heights_are_those_of_the_true_peaks_alone():
    """Of heights 1 to 4 the last is lost, the others halved; a tall false peak changes rates alone."""
    places, heights, width = grid(4)
    recovered = np.vstack([[[5000.0, 5000.0]], places[:3]])
    scores = recovery.score_recovery(recovered, [9.0, 0.5, 1.0, 1.5], places, heights, width)
    assert scores["injected_slope"] == pytest.approx(0.5)
    assert scores["injected_r2"] == pytest.approx(1.0)
    assert (scores["recovery_rate"], scores["false_discovery_rate"], scores["mrmf"]) == (0.75, 0.25, 0.0)


def test_heights_by_hand():
    places, heights, width = grid(3)
    scores = recovery.score_recovery(places, [1.0, 2.0, 2.0], places, heights, width)
    assert scores["injected_slope"] == pytest.approx(11 / 14)
    assert scores["injected_r2"] == pytest.approx(1.0**2 / (2 * 2 / 3))


def test_what_cannot_be_said_is_absent():
    places, heights, width = grid(4)
    nothing = recovery.score_recovery(np.zeros((0, 2)), [], places, heights, width)
    assert nothing == {"recovery_rate": 0, "auc": 0, "dpc": 1, "mrmf": 0}
    two = recovery.score_recovery(places[:2], heights[:2], places, heights, width)
    assert "injected_r2" not in two
    assert two["injected_slope"] == pytest.approx(1.0)
    assert "injected_slope" not in recovery.score_recovery([[0.0, 0.0]], [1.0], places, heights, width)
    flat = recovery.score_recovery(places, np.ones(4), places, heights, width)
    assert flat["injected_r2"] == 0.0
