"""The 3D test bench: its schedules, its simulated HNCO, and what scores its methods get."""

from dataclasses import replace

import numpy as np
import pytest

from common.classical.ist import ist_s
from common.nus import testbench3d

#: The first points of the first schedule of a tenth of 40 x 32. Records compare only while they stay.
TENTH = [0, 1, 2, 4, 6, 8, 9, 12, 19, 26, 32, 33, 35, 38, 40, 44, 52, 58, 65, 68, 69, 75, 79, 83]


@pytest.fixture(scope="module")
def cube():
    return testbench3d.hnco(points=(16, 12), residues=20, direct=128)


def test_schedules_are_the_ones_of_the_published_records():
    mask = testbench3d.schedules((40, 32), 0.1, 1)[0]
    assert np.flatnonzero(mask)[:24].tolist() == TENTH


def test_schedules_are_exact_and_distinct_and_the_first_ones_of_more():
    four = testbench3d.schedules((24, 20), 0.2, 4)
    assert [mask.sum() for mask in four] == [96] * 4
    assert len({mask.tobytes() for mask in four}) == 4
    np.testing.assert_array_equal(testbench3d.schedules((24, 20), 0.2, 2), four[:2])


def test_the_reference_has_no_error_and_every_peak(cube):
    scores = cube.case("0.1").scores(cube.clean)
    assert scores["rlne"] < 1e-6
    assert scores["missed_peaks"] == scores["false_peaks"] == 0
    assert scores["height_slope"] == pytest.approx(1)
    assert cube.case("0.1").id("rlne") == "simulated/hnco/0.1/rlne"
    assert cube.case("0.1").role == "test"


def test_it_shows_the_peaks_of_the_table(cube):
    """Where peaks of the protein are the strongest of their surroundings, a peak of the reference is near."""
    assert 10 <= len(cube.peaks) <= 20
    assert [axis.nucleus for axis in cube.reference.axes] == ["13C", "15N", "1H"]
    assert cube.reference.data.shape == (128, 128, cube.signal.axes[2].size)


def test_noise_is_that_of_the_median_peak(cube):
    heights = np.median(cube.peaks.height)
    assert heights / cube.noise == pytest.approx(60.0, rel=0.15)
    left = cube.fid - cube.clean
    assert left.real.std() == pytest.approx(cube.sd, rel=0.02)
    assert left.imag.std() == pytest.approx(cube.sd, rel=0.02)
    noisy = testbench3d.hnco("hnco_noisy", points=(16, 12), residues=20, direct=128)
    np.testing.assert_allclose(noisy.clean, cube.clean)
    assert noisy.sd == pytest.approx(4 * cube.sd, rel=1e-3)


def test_half_the_signal_is_half_the_error(cube):
    assert cube.case("").scores(cube.clean / 2)["rlne"] == pytest.approx(0.5)


def test_methods_stand_in_their_order(cube):
    mask = testbench3d.schedules((16, 12), 0.3, 1)[0]
    fid = cube.fid * mask[..., None]
    case = cube.case("0.3")
    made = ist_s(fid, mask, stop_sigma=2.0, noise=cube.sd)
    np.testing.assert_array_equal(made[mask], fid[mask])
    assert case.scores(made)["rlne"] < 0.75 * case.scores(fid)["rlne"]


def test_a_case_depends_on_its_name_alone(cube):
    again = testbench3d.hnco(points=(16, 12), residues=20, direct=128)
    np.testing.assert_array_equal(again.fid, cube.fid)
    assert replace(again, name="other").case("").id("rlne") == "simulated/other/rlne"
