"""Signal regions: lengths and counts by hand."""

import numpy as np
import pytest

from common.metrics.regions import Agreement, compare_regions
from common.metrics.registry import measure

TRUE = [[8.0, 7.0], [3.0, 2.0]]


def test_the_same_regions_score_one():
    scores = compare_regions(TRUE, TRUE).scores()
    assert {scores[name] for name in ("precision", "recall", "f1", "regions_hit", "region_iou")} == {1.0}
    assert scores["regions_missed"] == scores["regions_extra"] == 0
    for name in scores:
        assert measure(name).name == name


def test_lengths_by_hand():
    """Found 7.5 to 9 and 5 to 6 of true 7 to 8 and 2 to 3: shared .5, found 2.5, true 2."""
    agreement = compare_regions([[9.0, 7.5], [5.0, 6.0]], TRUE, tolerance=0)
    assert agreement == Agreement(0.5, 2.0, 1.5, 1, 1, 1, pytest.approx(0.5 / 2.0))
    scores = agreement.scores()
    assert scores["precision"] == pytest.approx(0.2)
    assert scores["recall"] == pytest.approx(0.25)
    assert scores["f1"] == pytest.approx(1 / 4.5)
    assert (scores["regions_hit"], scores["region_iou"]) == (0.5, pytest.approx(0.125))


def test_a_band_at_the_true_edges_counts_neither_way():
    wide = [[8.05, 6.95], [3.05, 1.95]]
    assert compare_regions(wide, TRUE, tolerance=0.05).scores()["f1"] == 1.0
    agreement = compare_regions(wide, TRUE, tolerance=0.04)
    assert agreement.found_only == pytest.approx(4 * 0.01)
    assert agreement.both == pytest.approx(2 * (1 - 2 * 0.04))
    narrow = compare_regions([[7.95, 7.05], [2.95, 2.05]], TRUE, tolerance=0.04)
    assert narrow.true_only == pytest.approx(4 * 0.01)


def test_the_edge_between_touching_regions_has_no_band():
    true = [[3.0, 2.0], [2.0, 1.0]]
    agreement = compare_regions([[2.05, 1.95]], true, tolerance=0.1)
    assert (agreement.hit, agreement.both) == (2, pytest.approx(0.1))
    assert agreement.true_only == pytest.approx(2 - 0.2 - 0.1)


def test_finding_nothing_and_finding_everything():
    nothing = compare_regions([], TRUE).scores()
    assert nothing == {
        **dict.fromkeys(("precision", "recall", "f1", "regions_hit", "regions_extra", "region_iou"), 0.0),
        "regions_missed": 2.0,
    }
    everything = compare_regions([[10, 0]], TRUE, tolerance=0).scores()
    assert (everything["recall"], everything["precision"]) == (1.0, pytest.approx(0.2))
    assert (everything["regions_hit"], everything["regions_extra"]) == (1.0, 0.0)
    assert everything["region_iou"] == pytest.approx(0.1)


def test_noise_alone_has_extra_regions_and_no_share():
    scores = compare_regions([[1, 2]], []).scores()
    assert (scores["regions_extra"], scores["regions_hit"], scores["f1"]) == (1.0, 0.0, 0.0)


def test_a_window_set_aside_forgives_what_is_found_there():
    solvent = [[7.26 + 0.05, 7.26 - 0.05]]
    found = [[3.0, 2.0], [7.3, 7.22], [7.35, 5.0]]
    true = [[3.0, 2.0]]
    agreement = compare_regions(found, true, tolerance=0, aside=solvent)
    assert agreement.extra == 1
    assert agreement.found_only == pytest.approx(7.35 - 5.0 - 0.1)
    assert compare_regions([], [[7.3, 7.2]], tolerance=0, aside=solvent).true_only == pytest.approx(0.1)


def test_nothing_counts_beyond_the_spectrum():
    agreement = compare_regions([[9.0, 7.0], [12, 11]], [[12.0, 8.0]], span=(10.0, 0.0), tolerance=0)
    assert agreement == Agreement(1.0, 1.0, 1.0, 1, 0, 0, pytest.approx(1 / 3))


def test_overlapping_found_regions_count_once():
    agreement = compare_regions([[2.0, 3.0], [2.5, 3.5]], TRUE, tolerance=0)
    assert agreement.both == pytest.approx(1.0)
    assert agreement.found_only == pytest.approx(0.5)


def test_spectra_are_added_up():
    parts = [
        compare_regions([[1, 2]], [[1, 3]], tolerance=0),
        compare_regions([[5, 8]], [[6, 7]], tolerance=0),
    ]
    scores = (parts[0] + parts[1]).scores()
    assert scores["precision"] == pytest.approx(2 / 4)
    assert scores["recall"] == pytest.approx(2 / 3)
    assert scores["region_iou"] == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_lengths_agree_with_counting_points():
    rng = np.random.default_rng(0)
    grid = np.linspace(0, 10, 200_001)
    for _ in range(5):
        found, true = (np.sort(rng.uniform(0, 10, (4, 2)), axis=1) for _ in range(2))
        inside = [((grid[:, None] > r[:, 0]) & (grid[:, None] < r[:, 1])).any(axis=1) for r in (found, true)]
        agreement = compare_regions(found, true, tolerance=0)
        assert agreement.both == pytest.approx(10 * np.mean(inside[0] & inside[1]), abs=2e-3)
        assert agreement.found_only == pytest.approx(10 * np.mean(inside[0] & ~inside[1]), abs=2e-3)
