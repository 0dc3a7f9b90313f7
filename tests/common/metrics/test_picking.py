import numpy as np
import pytest

from common.classical.peak_picking import candidates
from common.io.files import read
from common.io.peaklists import read_peaks
from common.metrics.picking import average_precision, match, match_zones, precision_recall, score_picking


def test_average_precision_by_hand():
    """True, false, true: (1 + 2/3) / 2; with a third true peak that nothing reaches, / 3."""
    score, true = [3.0, 2.0, 1.0], [True, False, True]
    assert average_precision(score, true) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(score, true, 3) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision([1.0, 1.0, 0.0], true) == pytest.approx((1 / 2 + 2 / 3) / 2)  # a tie is one step
    assert np.isnan(average_precision([1.0], [False]))
    assert average_precision([], [], 4) == 0.0


def test_random_scores_have_the_precision_of_the_share_of_true_ones():
    rng = np.random.default_rng(0)
    true = rng.random(20000) < 0.3
    assert average_precision(rng.random(20000), true) == pytest.approx(0.3, abs=0.02)


def test_a_true_peak_is_joined_to_the_closest_candidate_alone():
    found = [[10.0, 5.0], [10.2, 5.0], [30.0, 5.0], [50.0, 5.0]]
    matched = match(found, [[10.15, 5.0], [30.0, 5.4]], (0.3, 0.3))
    assert matched.partner.tolist() == [-1, 0, -1, -1]
    assert matched.total == 2
    np.testing.assert_allclose(matched.apart[1], [0.05, 0.0])
    wide = match(found, [[10.15, 5.0], [30.0, 5.4]], [(0.3, 0.3), (0.3, 0.5)])
    assert wide.partner.tolist() == [-1, 0, 1, -1]


def test_signals_set_aside_count_neither_way():
    found, true = [[1.0, 1.0], [2.0, 5.0], [7.0, 3.0]], [[1.0, 1.0], [2.0, 5.0]]
    matched = match(found, true, (0.1, 0.1), ignored=[True, False])
    assert matched.total == 1
    assert matched.counted.tolist() == [False, True, True]
    assert score_picking([9.0, 5.0, 1.0], matched)["ap"] == 1.0


def test_a_zone_is_hit_once_and_by_its_best_candidate():
    zones = [[[0, 2], [0, 2]], [[1, 5], [1, 5]]]
    found = [[1.5, 1.5], [1.2, 1.2], [0.5, 0.5], [9.0, 9.0]]
    matched = match_zones(found, zones, [1.0, 4.0, 2.0, 3.0])
    assert matched.partner.tolist() == [1, 0, -1, -1]  # the second of those in both takes the other zone
    assert matched.counted.tolist() == [True, True, False, True]
    scores = score_picking([1.0, 4.0, 2.0, 3.0], matched, cut=2.5)
    assert scores["ap"] == pytest.approx((1 + 2 / 3) / 2)
    assert (scores["precision"], scores["recall"], scores["f1"]) == (0.5, 0.5, 0.5)


def test_scores_that_are_not_defined_are_absent():
    nothing = match(np.zeros((0, 2)), [[1.0, 1.0]], (1, 1))
    assert score_picking([], nothing, cut=0.5) == {
        "ap": 0.0,
        "candidate_recall": 0.0,
        "recall": 0.0,
        "f1": 0.0,
    }
    no_truth = match([[1.0, 1.0]], np.zeros((0, 2)), (1, 1))
    assert score_picking([1.0], no_truth, cut=0.5) == {}


def test_position_errors_are_in_hz():
    matched = match([[1.003, 120.1]], [[1.0, 120.0]], (0.02, 0.2))
    error = score_picking([1.0], matched, hz_per_unit=(600.0, 60.0))["position_error"]
    assert error == pytest.approx(np.hypot(1.8, 6.0))


def test_the_curve_ends_at_the_recall_of_the_candidates():
    matched = match([[0.0], [4.0], [9.0]], [[0.0], [4.0], [20.0]], (1,))
    precision, recall, score = precision_recall([1.0, 3.0, 2.0], matched)
    np.testing.assert_allclose(precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(recall, [1 / 3, 1 / 3, 2 / 3])
    assert score.tolist() == [3.0, 2.0, 1.0]


def test_height_alone_picks_protein_l(data_dir):
    """The fact sheet's number: recall and AP of 1.000 of 63 peaks within 0.3 and 0.03 ppm."""
    folder = data_dir("protein_l_hsqc")
    spectrum = read(folder / "test1.ft2")
    true = read_peaks(folder / "peaks.sparky").ppm
    found = candidates(spectrum.data[0], cut=5.5, negative=False)
    ppm = np.stack([axis.ppm(found.index[:, i]) for i, axis in enumerate(spectrum.axes[1:])], axis=1)
    scores = score_picking(found.height, match(ppm, true, (0.3, 0.03)))
    assert len(true) == 63
    assert scores == {"ap": 1.0, "ap_candidates": 1.0, "candidate_recall": 1.0}


def test_height_alone_on_the_zones(data_dir):
    """The fact sheet's mean AP is 0.866, of candidates at points; interpolated ones give a little more."""
    scores = []
    for path in sorted(data_dir("small_molecule_2d_zones").glob("*.npz")):
        with np.load(path) as file:
            data, ends, zones = file["z"].astype(float), (file["y_ppm"], file["x_ppm"]), file["zones"]
        data = np.abs(data)
        found = candidates(data, cut=5.5, noise=1.4826 * np.median(data), negative=False)
        steps = [(last - first) / (size - 1) for (first, last), size in zip(ends, data.shape, strict=True)]
        ppm = np.array([first for first, _ in ends]) + found.index * steps
        boxes = np.sort(zones.reshape(-1, 2, 2), axis=-1)[:, ::-1]
        scores.append(score_picking(found.height, match_zones(ppm, boxes, found.height))["ap"])
    assert len(scores) == 18
    assert np.mean(scores) == pytest.approx(0.866, abs=0.005)
