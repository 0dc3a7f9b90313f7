import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.classical.peaks import Peaks, pick_peaks
from common.metrics.peaks import score_nus, score_peaks
from common.metrics.registry import measure
from common.spectrum import Axis

# 4 Hz a point on the rows (15N), 5 Hz a point on the columns (1H)
AXES = (Axis("15N", 100, 400.0, 60.8, 118.0), Axis("1H", 120, 600.0, 600.0, 8.0))
CENTRES = np.array([(20.3, 30.2), (50.1, 60.7), (70.6, 90.4), (80.2, 20.9), (30.4, 99.8)])
HEIGHTS = np.array([10.0, 8.0, 6.0, 4.0, 2.0])


def lorentzians(centres=CENTRES, heights=HEIGHTS, width=2.0):
    y, x = np.arange(100.0)[:, None], np.arange(120.0)
    return sum(
        h / (1 + ((y - a) / width) ** 2) / (1 + ((x - b) / width) ** 2)
        for (a, b), h in zip(centres, heights, strict=True)
    )


def scored(estimate, reference=None, threshold=1.0, **options):
    peaks = pick_peaks(lorentzians() if reference is None else reference, threshold)
    return score_peaks(estimate, peaks, AXES, **options)


def test_the_reference_itself_is_perfect():
    reference = lorentzians()
    scores = score_nus(reference, reference, pick_peaks(reference, 1.0), AXES)
    perfect = {"rlne": 0, "peak_r2": 1, "height_slope": 1, "weak_quarter_error": 0, "position_error": 0}
    assert scores == pytest.approx({**perfect, "missed_peaks": 0, "false_peaks": 0}, abs=1e-12)
    assert all(measure(name) for name in scores)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 2.0))
def test_noise_scored_against_itself_is_perfect(seed, threshold):
    noise = np.random.default_rng(seed).normal(size=(40, 50))
    peaks = pick_peaks(noise, threshold)
    scores = score_peaks(noise, peaks, AXES, window=20.0)
    assert scores["missed_peaks"] == scores["false_peaks"] == scores["position_error"] == 0
    assert scores["height_slope"] == pytest.approx(1.0)


def test_a_shrunken_spectrum_shows_in_the_slope_alone():
    scores = scored(0.75 * lorentzians())
    assert scores["height_slope"] == pytest.approx(0.75)
    assert scores["peak_r2"] == pytest.approx(1.0)
    assert scores["weak_quarter_error"] == pytest.approx(0.25)
    assert scores["missed_peaks"] == scores["false_peaks"] == 0


def test_a_known_shift_is_the_position_error():
    scores = scored(lorentzians(CENTRES + np.array([0.75, 0.8])))
    assert scores["position_error"] == pytest.approx(np.hypot(0.75 * 4, 0.8 * 5), rel=0.03)
    assert scores["height_slope"] == pytest.approx(1.0, rel=0.03)


def test_heights_by_hand():
    """Single-point peaks on the grid: heights 4, 3, 2, 1 become 4, 3, 2, .5."""
    reference, estimate = np.zeros((100, 120)), np.zeros((100, 120))
    for place, (before, after) in enumerate([(4, 4), (3, 3), (2, 2), (1, 0.5)]):
        reference[20 * place + 10, 50], estimate[20 * place + 10, 50] = before, after
    scores = scored(estimate, reference, threshold=0.8)
    before, after = np.array([4, 3, 2, 1]), np.array([4, 3, 2, 0.5])
    assert scores["height_slope"] == pytest.approx(29.5 / 30)
    assert scores["weak_quarter_error"] == pytest.approx(0.5)
    # covariance sum 5.75, variance sums 5 and 6.6875
    assert scores["peak_r2"] == pytest.approx(5.75**2 / (5 * 6.6875))
    assert scores["peak_r2"] == pytest.approx(np.corrcoef(before, after)[0, 1] ** 2)
    assert (scores["missed_peaks"], scores["false_peaks"]) == (0, 0)


def test_the_weakest_quarter_is_rounded_up():
    reference, estimate = np.zeros((100, 120)), np.zeros((100, 120))
    for place in range(5):  # the weakest two of five lose 10 and 30 %
        reference[15 * place + 10, 50] = 5 - place
        estimate[15 * place + 10, 50] = (5 - place) * (1, 1, 1, 0.9, 0.7)[place]
    assert scored(estimate, reference, threshold=0.5)["weak_quarter_error"] == pytest.approx(0.2)


def test_missed_and_false_peaks_are_counted():
    lost = CENTRES[[0, 1, 2, 3]]
    extra = np.vstack([lost, (10.0, 110.0)])
    scores = scored(lorentzians(extra, HEIGHTS))
    assert (scores["missed_peaks"], scores["false_peaks"]) == (1, 1)
    assert scores["weak_quarter_error"] > 0.4  # the lost one reads what little lies at its place


def test_a_missed_peak_has_the_height_at_its_position():
    estimate = np.add.outer(0.25 * np.arange(100), 0.5 * np.arange(120))  # a slope has no local maximum
    peaks = Peaks(np.array([[10.5, 20.25], [60.0, 30.5]]), np.array([2.0, 1.0]), 0.5)
    scores = score_peaks(estimate, peaks, AXES)
    first, second = 0.25 * 10.5 + 0.5 * 20.25, 0.25 * 60 + 0.5 * 30.5
    assert scores["missed_peaks"] == 2
    assert scores["height_slope"] == pytest.approx((2 * first + second) / 5, rel=1e-3)
    assert "position_error" not in scores


def test_the_window_is_a_box_in_hz():
    for shift, missed in (((4.5, 0), 0), ((5.5, 0), 1), ((0, 3.6), 0), ((0, 4.4), 1), ((4.5, 3.6), 0)):
        moved = CENTRES.copy()
        moved[0] += shift
        scores = scored(lorentzians(moved), window=20.0)
        assert (scores["missed_peaks"], scores["false_peaks"]) == (missed, missed), shift


def test_the_window_is_never_less_than_a_point():
    assert scored(lorentzians(CENTRES + np.array([0.9, 0])), window=0.1)["missed_peaks"] == 0
    assert scored(lorentzians(CENTRES + np.array([1.4, 0])), window=0.1)["missed_peaks"] == 5


def test_two_peaks_that_merge_are_one_found_and_one_missed():
    pair, both = np.array([(50.0, 58.0), (50.0, 62.5)]), [4.0, 3.0]
    reference = lorentzians(pair, both, width=1.0)
    merged = lorentzians([(50.0, 60.0)], [5.0])
    scores = scored(merged, reference)
    assert len(pick_peaks(reference, 1.0)) == 2
    assert (scores["missed_peaks"], scores["false_peaks"]) == (1, 0)


def test_noise_does_not_stand_in_for_a_lost_peak():
    noise = np.random.default_rng(0).normal(0, 0.1, (100, 120))
    assert scored(noise)["missed_peaks"] == len(CENTRES)


def test_a_zero_estimate_scores_nothing():
    scores = scored(np.zeros((100, 120)))
    assert (scores["peak_r2"], scores["height_slope"], scores["weak_quarter_error"]) == (0.0, 0.0, 1.0)
    assert scores["missed_peaks"] == len(CENTRES)


def test_one_reference_peak_has_no_correlation():
    single = lorentzians(CENTRES[:1], HEIGHTS[:1])
    assert "peak_r2" not in scored(single, single)


def test_an_empty_or_negative_peak_list_is_refused():
    for peaks in (pick_peaks(lorentzians(), 1e3), pick_peaks(-lorentzians(), 1.0, negative=True)):
        with pytest.raises(ValueError, match="positive peaks"):
            score_peaks(lorentzians(), peaks, AXES)
