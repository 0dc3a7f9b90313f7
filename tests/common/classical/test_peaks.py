import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.classical.peaks import pick_peaks


def gaussians(shape, centres, heights, widths):
    grids = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    data = np.zeros(shape)
    for centre, height in zip(centres, heights, strict=True):
        square = sum(((g - c) / w) ** 2 for g, c, w in zip(grids, centre, widths, strict=True))
        data += height * np.exp(-0.5 * square)
    return data


def test_a_parabola_is_found_exactly():
    y, x = np.meshgrid(np.arange(9.0), np.arange(11.0), indexing="ij")
    peaks = pick_peaks(10 - 0.5 * (y - 4.3) ** 2 - 0.2 * (x - 5.4) ** 2, 5.0)
    np.testing.assert_allclose(peaks.index, [[4.3, 5.4]], atol=1e-12)
    np.testing.assert_allclose(peaks.height, [10.0], atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3))
def test_a_3d_gaussian_is_found_within_a_few_hundredths_of_a_point(offsets):
    centre = np.array([6, 8, 7]) + offsets
    peaks = pick_peaks(gaussians((12, 16, 14), [centre], [3.0], (2.5, 3.0, 2.0)), 1.0)
    assert len(peaks) == 1
    np.testing.assert_allclose(peaks.index[0], centre, atol=0.02)
    assert peaks.height[0] == pytest.approx(3.0, rel=1e-2)


def test_every_peak_strongest_first_and_none_below_the_threshold():
    centres = [(10.2, 9.8), (20.4, 30.1), (30.0, 15.7), (32.1, 32.6)]
    data = gaussians((40, 40), centres, [1.0, 4.0, 2.0, 0.4], (2, 2))
    peaks = pick_peaks(data, 0.5)
    np.testing.assert_allclose(peaks.height, [4.0, 2.0, 1.0], rtol=5e-3)
    np.testing.assert_allclose(peaks.index, [centres[1], centres[2], centres[0]], atol=0.02)
    assert peaks.threshold == 0.5


def test_negative_peaks_only_where_asked_for():
    data = gaussians((30, 30), [(10, 10), (20, 20)], [1.0, -2.0], (2, 2))
    assert pick_peaks(data, 0.5).height == pytest.approx([1.0])
    assert pick_peaks(data, 0.5, negative=True).height == pytest.approx([-2.0, 1.0])


def test_agrees_with_a_plain_loop_on_noise():
    data = np.random.default_rng(1).normal(size=(13, 17))
    expected = set()
    for i in range(1, 12):
        for j in range(1, 16):
            block = data[i - 1 : i + 2, j - 1 : j + 2].ravel()
            if block.argmax() == 4 and data[i, j] > 0:
                expected.add((i, j))
    assert {tuple(np.round(index)) for index in pick_peaks(data, 0.0).index} == expected


@pytest.mark.parametrize("transpose", [False, True])
def test_a_peak_half_way_between_two_points_counts_once(transpose):
    data = gaussians((15, 15), [(7.0, 7.5)], [1.0], (2, 2))
    peaks = pick_peaks(data.T if transpose else data, 0.5)
    expected = (7.5, 7.0) if transpose else (7.0, 7.5)
    np.testing.assert_allclose(peaks.index, [expected], atol=1e-12)


def test_flat_data_edges_and_lines_hold_no_peak():
    assert len(pick_peaks(np.ones((6, 7)), 0.5)) == 0
    ramp = np.arange(6.0)[:, None] + np.arange(7.0)
    assert len(pick_peaks(ramp, 0.0)) == 0
    assert len(pick_peaks(np.ones((2, 2)), 0.5)) == 0
    assert pick_peaks(np.zeros((5, 5)), 0.0).index.shape == (0, 2)


def test_an_axis_of_one_point_is_not_looked_along():
    data = gaussians((1, 20), [(0, 8.3)], [2.0], (1, 2))
    np.testing.assert_allclose(pick_peaks(data, 1.0).index, [[0, 8.3]], atol=0.02)


def test_bad_input_is_refused():
    for data in (np.ones(5, complex), np.array([0.0, np.nan, 0.0])):
        with pytest.raises(ValueError, match="finite"):
            pick_peaks(data, 1.0)
    for threshold in (-1.0, np.nan):
        with pytest.raises(ValueError, match="threshold"):
            pick_peaks(np.ones(5), threshold)
