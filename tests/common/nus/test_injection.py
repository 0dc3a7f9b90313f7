"""Injected peaks: they are where and what the table says, in empty regions, and lost peaks cost score."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from common.classical.peaks import pick_peaks
from common.metrics.recovery import score_recovery
from common.nus import injection, testbench
from common.processing import IndirectRecipe
from common.simulation.exponentials import noise

RATES = {"recovery_rate", "false_discovery_rate", "auc", "dpc", "mrmf", "injected_slope", "injected_r2"}


@pytest.fixture(scope="module")
def plane():
    return testbench.disordered_protein()


@pytest.fixture(scope="module")
def injected(plane):
    return injection.inject(plane)


def alone(injected, plane):
    """The signals of the injected peaks, nothing else."""
    return injected.plane.fid - plane.fid


def hz_per_point(plane):
    return np.array([axis.sw / axis.size for axis in plane.reference.axes])


def score_alone(injected, plane, threshold):
    """Scores of what is picked anywhere in the noise-free spectrum of the injected peaks."""
    found = pick_peaks(plane.spectrum(alone(injected, plane)).data, threshold)
    hz = hz_per_point(plane)
    table = injected.peaks
    return score_recovery(found.index * hz, found.height, table.index * hz, table.height, injected.width)


# --- the table


def test_heights_are_graded_from_below_detection_to_the_median_peak(plane, injected):
    heights = injected.peaks.height / plane.noise
    np.testing.assert_allclose(np.diff(np.log(heights)), np.log(heights[1] / heights[0]))
    assert len(heights) == injection.COUNT
    assert heights[-1] == pytest.approx(injection.LOWEST)
    assert heights[0] * plane.noise == pytest.approx(np.median(plane.peaks.height))
    own = injection.inject(plane, 5, lowest=3.0, highest=48.0)
    assert own.peaks.height / plane.noise == pytest.approx([48, 24, 12, 6, 3])


def test_the_spectrum_has_the_peaks_of_the_table(plane, injected):
    """Without noise and real peaks: every one at its place, with its height; tails of others are small."""
    scores = score_alone(injected, plane, injected.peaks.height.min() / 2)
    assert scores["recovery_rate"] == scores["mrmf"] == 1
    assert scores["injected_slope"] == pytest.approx(1, abs=2e-3)
    assert scores["injected_r2"] > 0.9999


def half_a_dwell_late(plane):
    t1, direct = plane.signal.axes
    signal = plane.signal.replace(axes=(replace(t1, first_delay=0.5), direct))
    return replace(plane, signal=signal, indirect=IndirectRecipe(zero_fill=512, first_point=1.0))


@pytest.mark.parametrize(("seed", "late"), [(0, False), (1, False), (0, True)])
def test_height_place_and_width_are_those_of_the_line(plane, seed, late):
    """A single peak, t1 transformed to 64 times the points, columns interpolated by splines."""
    plane = half_a_dwell_late(plane) if late else plane
    one = injection.inject(plane, 1, highest=100.0, lowest=100.0, seed=seed)
    fine = replace(plane, indirect=replace(plane.indirect, zero_fill=64 * 128))
    data = fine.spectrum(alone(one, plane)).data.astype(float)
    i, j = np.unravel_index(np.argmax(data), data.shape)
    columns = np.linspace(j - 2, j + 2, 401)
    row = map_coordinates(data, [np.full(401, i), columns], order=5)
    index = [i / 64 / 128 * plane.reference.axes[0].size, columns[np.argmax(row)]]
    assert one.peaks.index[0] == pytest.approx(index, abs=0.1)
    # three points off the grid of a line read low
    assert 0.96 * row.max() < one.peaks.height[0] < 1.001 * row.max()
    line = data[:, j]
    wide = np.sum(line > line.max() / 2) * 1800.0 / len(line)
    assert one.width[0, 0] == pytest.approx(wide, abs=2 * 1800.0 / len(line))
    columns = np.linspace(j - 20, j + 20, 4001)
    row = map_coordinates(data, [np.full(4001, i), columns], order=5)
    wide = np.sum(row > row.max() / 2) * 0.01 * hz_per_point(plane)[1]
    assert one.width[0, 1] == pytest.approx(wide, rel=0.02)


def test_signals_that_start_half_a_dwell_late_give_the_same_peaks(plane):
    late = half_a_dwell_late(plane)
    scores = score_alone(injection.inject(late), late, plane.noise)
    assert scores["recovery_rate"] == 1
    assert scores["injected_slope"] == pytest.approx(1, abs=2e-3)


def test_widths_are_about_those_of_the_real_peaks(plane, injected):
    median = injection.line_widths(plane)
    # R2 of 2 to 6 /s is nothing beside the window: 1.8 / 71 ms; profiles of 2.5 to 4 columns of 7.8 Hz
    assert median == pytest.approx([14.5, 3.25 * 7.8], rel=0.15)
    np.testing.assert_allclose(np.median(injected.width, axis=0), median, rtol=0.15)
    assert (np.ptp(injected.width, axis=0) > 0.1 * median).all()


def test_the_seed_alone_decides(plane, injected):
    same, other = injection.inject(plane), injection.inject(plane, seed=1)
    np.testing.assert_array_equal(same.plane.fid, injected.plane.fid)
    np.testing.assert_array_equal(same.peaks.index, injected.peaks.index)
    assert np.abs(np.sort(other.peaks.index[:, 0]) - np.sort(same.peaks.index[:, 0])).max() > 5


# --- places


def test_peaks_are_apart_from_signal_edges_and_each_other(plane, injected):
    widths = injection.line_widths(plane) / hz_per_point(plane)
    index, size = injected.peaks.index, np.array(plane.reference.data.shape)
    signal = np.argwhere(np.abs(plane.reference.data) > injection.DETECTION * plane.noise)
    for place in index:
        away = np.abs(signal - place)
        away[:, 0] = np.minimum(away[:, 0], size[0] - away[:, 0])  # t1 goes round
        assert ((away + 0.5) / widths).max(axis=1).min() > injection.INJECTED
        assert ((np.minimum(place, size - 1 - place) + 0.5) / widths).min() > injection.EDGE
        others = (np.abs(index - place) + 1) / widths
        assert np.sort(others.max(axis=1))[1] > injection.APART


def test_only_what_is_picked_in_empty_regions_counts(plane, injected):
    """Real peaks are neither true nor false; injected ones lie within the regions, reach and all."""
    rows, columns = np.rint(plane.peaks.index).astype(int).T
    assert not injected.empty[rows, columns].any()
    reach = np.ceil(injected.width.max(axis=0) / hz_per_point(plane)).astype(int)
    for i, j in np.rint(injected.peaks.index).astype(int):
        assert injected.empty[i - reach[0] : i + reach[0] + 1, j - reach[1] : j + reach[1] + 1].all()
    without = injected.case("").scores(plane.clean)
    assert without == {"recovery_rate": 0, "auc": 0, "dpc": 1, "mrmf": 0}


# --- scores


def test_the_case_is_one_of_the_plane_with_injected_peaks(injected):
    case = injected.case("0.25")
    assert case.id("auc") == "simulated/disordered+injected/0.25/auc"
    assert (case.source, case.role) == ("simulated", "development")
    assert set(case.scores(injected.plane.fid)) == RATES
    assert injected.plane.fid.dtype == np.complex64


def test_a_perfect_method_misses_what_lies_below_the_threshold_alone(injected):
    scores = injected.case("").scores(injected.plane.clean)
    visible = np.mean(injected.peaks.height > injection.DETECTION * injected.plane.noise)
    assert 0.5 < visible < 1
    assert scores["recovery_rate"] == pytest.approx(visible, abs=1 / 39)
    assert scores["mrmf"] == scores["auc"] == pytest.approx(scores["recovery_rate"])
    assert (scores["false_discovery_rate"], scores["dpc"]) == (0, pytest.approx(1 - scores["auc"]))
    assert scores["injected_slope"] == pytest.approx(1, abs=0.01)
    assert scores["injected_r2"] > 0.999


def test_zeros_where_nothing_was_measured_cost_recovery(injected):
    mask = testbench.schedules(128, 0.25, 1)[0]
    full, zeros = (
        injected.case("").scores(fid) for fid in (injected.plane.fid, injected.plane.fid * mask[:, None])
    )
    assert full["auc"] > zeros["auc"] + 0.2
    assert full["mrmf"] > zeros["mrmf"]
    assert full["false_discovery_rate"] < zeros["false_discovery_rate"]
    assert abs(full["injected_slope"] - 1) < 0.05 < 1 - zeros["injected_slope"]


def test_the_same_peaks_are_looked_for_in_noisier_data(injected):
    plane = injected.plane
    louder = plane.fid + noise(np.random.default_rng(0), plane.fid.shape, 3 * plane.sd)
    noisier = replace(injected, plane=replace(plane, signal=plane.signal.replace(data=louder)))
    assert noisier.plane.noise > 2 * plane.noise
    before, after = injected.case("").scores(plane.fid), noisier.case("").scores(louder)
    assert after["recovery_rate"] < before["recovery_rate"] - 0.1


def test_no_room_and_no_peaks_are_said(plane):
    with pytest.raises(ValueError, match=r"room for \d+ of 1000 peaks"):
        injection.inject(plane, 1000)
    silent = replace(plane, clean=np.zeros_like(plane.clean))
    with pytest.raises(ValueError, match="no peaks"):
        injection.inject(silent)


# --- measured planes


@pytest.mark.parametrize("name", testbench.HSQCS)
def test_measured_planes_have_room(name, data_dir):
    data_dir(testbench.HSQCS[name])
    plane = testbench.load_plane(name, offline=True)
    injected = injection.inject(plane)
    scores = score_alone(injected, plane, injected.peaks.height.min() / 2)
    assert scores["recovery_rate"] > 0.94
    assert scores["injected_slope"] == pytest.approx(1, abs=5e-3)


def test_the_full_spectrum_of_acbp_is_near_its_ceiling(data_dir):
    """Development data: what is above the threshold is found with its height, and little else."""
    data_dir(testbench.HSQCS["acbp"])
    injected = injection.inject(testbench.load_plane("acbp", offline=True))
    scores = injected.case("").scores(injected.plane.fid)
    visible = np.mean(injected.peaks.height > injection.DETECTION * injected.plane.noise)
    assert scores["recovery_rate"] == pytest.approx(visible, abs=0.06)
    assert scores["false_discovery_rate"] < 0.1
    assert scores["injected_slope"] == pytest.approx(1, abs=0.02)
    assert scores["injected_r2"] > 0.998
