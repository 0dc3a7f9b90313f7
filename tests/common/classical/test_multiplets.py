"""Peaks inside regions and the multiplets they make: known lines, and TopSpin's peaks of aspirin."""

import numpy as np
import pytest

from common.classical.integrals import flattened
from common.classical.multiplets import multiplet, pattern, peaks_between
from common.io import files
from common.io.peaklists import read_peaks
from common.io.regions import read_regions
from common.spectrum import Axis

AXIS = Axis("1H", 32768, 6000.0, 500.0, 5.0)
HZ = AXIS.hz()
REGION = (3.2, 2.8)


def spectrum(hz, heights, width=1.0, level=0.0, seed=0) -> np.ndarray:
    """Lorentzians at so many Hz from 3 ppm, of these heights, and noise."""
    shape = [h / (1 + ((HZ - 1500 - f) / (width / 2)) ** 2) for f, h in zip(hz, heights, strict=True)]
    return sum(shape) + level * np.random.default_rng(seed).normal(size=AXIS.size)


@pytest.mark.parametrize("offset", [0.0, 0.05, 0.13])
def test_positions_lie_between_points(offset):
    """Points are .18 Hz apart; a line 1 Hz wide is found to a hundredth of them."""
    ppm, height = peaks_between(spectrum([7.1 + offset], [2.0]), AXIS, REGION, 1e-6)
    assert 500 * (ppm[0] - 3) == pytest.approx(7.1 + offset, abs=0.005)
    assert height[0] == pytest.approx(2.0, rel=0.01)


def test_noise_has_no_peaks_and_noise_on_top_of_a_broad_line_is_none():
    for seed in range(20):
        assert len(peaks_between(spectrum([], [], level=1.0, seed=seed), AXIS, REGION, 1.0)[0]) == 0
        broad = spectrum([0.0], [30.0], width=40.0, level=1.0, seed=seed)
        assert len(peaks_between(broad, AXIS, REGION, 1.0)[0]) == 1


def test_a_weak_doublet_is_found_in_noise():
    found = [multiplet(spectrum([4, -4], [20, 20], level=1.0, seed=k), AXIS, REGION, 1.0) for k in range(10)]
    assert [one.pattern for one in found].count("d") >= 9
    assert np.median([one.couplings[0] for one in found if one.couplings]) == pytest.approx(8.0, abs=0.1)


def test_wiggles_below_a_share_of_the_tallest_are_none():
    data = spectrum([0.0, 20.0, 30.0], [100.0, 1.0, 4.0])
    assert len(peaks_between(data, AXIS, REGION, 1e-6)[0]) == 2


def test_negative_lines_and_regions_of_a_point_have_no_peaks():
    assert len(peaks_between(-spectrum([0.0], [1.0]), AXIS, REGION, 1e-3)[0]) == 0
    for region in ((3.0, 3.0), (40.0, 30.0)):
        found = multiplet(spectrum([0.0], [1.0]), AXIS, region, 1e-3)
        assert (found.pattern, found.couplings, len(found.ppm)) == ("", (), 0)
        assert np.isnan(found.centre)


KNOWN = {
    "s": ([0], [1], ()),
    "d": ([3.6, -3.6], [1, 1], (7.2,)),
    "t": ([7, 0, -7], [1, 2, 1], (7.0,)),
    "q": ([10.5, 3.5, -3.5, -10.5], [1, 3, 3, 1], (7.0,)),
    "dd": ([9.25, 6.75, -6.75, -9.25], [1, 1, 1, 1], (16.0, 2.5)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_patterns_of_first_order_are_named(name):
    hz, heights, couplings = KNOWN[name]
    data = spectrum(hz, np.array(heights) * 100.0, level=0.5)
    found = multiplet(data, AXIS, REGION, 0.5)
    assert found.pattern == name
    np.testing.assert_allclose(found.couplings, couplings, atol=0.1)
    assert found.centre == pytest.approx(3.0, abs=1e-4)


def test_a_roof_that_leans_is_still_a_doublet():
    """AB with a difference of six couplings: heights 1.40 to 1."""
    lean = 7.0 / np.hypot(42.0, 7.0)
    assert pattern(np.array([3.5, -3.5]), np.array([1 + lean, 1 - lean])) == ("d", (7.0,))


@pytest.mark.parametrize(
    ("hz", "heights"),
    [
        ([30, -30], [1, 1]),  # too far apart for a coupling
        ([4, -4], [1, 3]),  # too unlike in height
        ([7, 1, -7], [1, 2, 1]),  # unequal distances
        ([7, 0, -7], [1, 1, 1]),  # no binomial heights
        ([12, 7, 2, -12], [1, 1, 1, 1]),  # no pair of equal distances
        ([10, 5, 0, -5, -10], [1, 4, 6, 4, 1]),  # five lines have no rule
    ],
)
def test_what_no_rule_supports_is_a_multiplet(hz, heights):
    assert pattern(np.array(hz, float), np.array(heights, float)) == ("m", ())


def test_many_small_lines_beside_a_tall_one_are_no_singlet():
    data = spectrum([0, 20, 25, 30, 35, 40], [100, 12, 12, 12, 12, 12])
    assert multiplet(data, AXIS, REGION, 1e-3).pattern == "m"
    alone = spectrum([0, 20], [100, 4])  # an impurity is not looked at
    assert multiplet(alone, AXIS, REGION, 1e-3).pattern == "s"


def test_peaks_of_aspirin_are_those_of_topspin(data_dir):
    """TopSpin's list lacks none of ours; of its own two it splits a line whose valley is 0.1 % deep."""
    folder = data_dir("bruker_1d_regions") / "aspirin_300MHz/pdata/1"
    data, regions = files.read(folder), read_regions(folder / "intrng")
    axis = data.axes[0]
    flat, level = flattened(data.data, axis, regions.ppm)
    found = [multiplet(flat, axis, tuple(edges), level) for edges in regions.ppm]
    stated = read_peaks(folder / "peaklist.xml").ppm[:, 0]
    ours = np.concatenate([one.ppm for one in found])
    nearest = np.abs(ours[:, None] - stated).min(axis=1)
    assert nearest.max() * axis.mhz < 0.3  # Hz; points are .15 Hz apart
    missed = np.abs(ours[:, None] - stated).min(axis=0) * axis.mhz > 0.6
    assert missed.sum() <= 2
    assert found[4].pattern == "s"
    assert found[3].pattern == "dd"
    assert found[3].couplings[0] == pytest.approx(8.1, abs=0.1)  # of H3 in aspirin, ortho
