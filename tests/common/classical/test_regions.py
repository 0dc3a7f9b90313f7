"""Signal regions found by thresholds: made spectra whose regions are known, and aspirin (development)."""

import numpy as np
import pytest

from common.classical.regions import find_regions
from common.errors import UserError
from common.io import files
from common.io.regions import read_regions
from common.metrics.regions import compare_regions
from common.spectrum import Axis

AXIS = Axis("1H", 32768, 6000.0, 500.0, 5.0)
HZ = AXIS.hz()


def lines(*parts) -> np.ndarray:
    """Lorentzians (ppm, width in Hz, area) on the axis."""
    return sum(a * (w / 2) / ((HZ - 500 * ppm) ** 2 + (w / 2) ** 2) / np.pi for ppm, w, a in parts)


def noise(level, seed=0) -> np.ndarray:
    return level * np.random.default_rng(seed).normal(size=AXIS.size)


MULTIPLETS = lines(*[(7.2 + shift / 500, 1.0, 1.0) for shift in (-4, 4)])
MULTIPLETS = MULTIPLETS + lines(*[(3.0 + k * 7 / 500, 1.0, 1.0) for k in (-1, 0, 1)])


def test_multiplets_are_regions_of_the_size_of_their_lines():
    regions = find_regions(MULTIPLETS + noise(1e-3), AXIS)
    np.testing.assert_allclose(regions.ppm, [[7.228, 7.172], [3.034, 2.966]], atol=0.004)
    np.testing.assert_allclose(regions.integral, [2 / 3, 1], atol=0.02)


@pytest.mark.parametrize("scale", [1e-6, 1e9])
def test_the_scale_does_not_matter(scale):
    data = MULTIPLETS + noise(1e-3)
    np.testing.assert_allclose(find_regions(scale * data, AXIS).ppm, find_regions(data, AXIS).ppm)


def only_width(regions):
    """ppm from edge to edge of the one region there is."""
    ((left, right),) = regions.ppm
    return left - right


def test_noise_and_a_rolling_baseline_are_no_regions():
    for seed in range(3):
        assert len(find_regions(noise(1.0, seed), AXIS)) == 0
        assert len(find_regions(noise(1.0, seed) + 20 * np.cos(2 * np.pi * HZ / 5000), AXIS)) == 0


def test_satellites_and_skirts_of_a_strong_line_are_none():
    strong = lines((4.0, 1.0, 0.989), (4.0 + 70 / 500, 1.0, 0.0055), (4.0 - 70 / 500, 1.0, 0.0055))
    assert only_width(find_regions(strong + noise(2e-5), AXIS)) < 0.06


def test_a_broad_signal_is_one_region_without_its_skirts():
    """To a quarter of its height, .87 of its width to each side, and the margin."""
    regions = find_regions(MULTIPLETS + lines((5.0, 30.0, 8.0)) + noise(2e-4), AXIS)
    assert len(regions) == 3
    assert regions.ppm[1, 0] - 5.0 == pytest.approx(0.866 * 30 / 500 + 0.02, abs=0.02)


def test_a_weak_line_beside_a_strong_one_does_not_widen_its_region():
    """Its own edge, a quarter of its height, is reached far out on the skirts of the strong one."""
    strong = lines((4.0, 1.0, 1.0), (4.0 + 12 / 500, 1.0, 0.004), (4.0 - 12 / 500, 1.0, 0.004))
    assert only_width(find_regions(strong + noise(1e-6), AXIS)) < 0.1


def test_one_giant_solvent_peak_hides_no_others_far_away():
    regions = find_regions(MULTIPLETS + lines((4.7, 3.0, 20.0)) + noise(1e-3), AXIS)
    true = [[7.22, 7.18], [4.72, 4.68], [3.03, 2.97]]
    assert compare_regions(regions.ppm, true).scores()["regions_hit"] == 1.0


def test_negative_signals_are_none_and_what_is_no_spectrum_is_refused():
    assert len(find_regions(-MULTIPLETS + noise(1e-3), AXIS)) == 0
    assert len(find_regions(np.zeros(AXIS.size), AXIS)) == 0
    with pytest.raises(UserError, match="real 1D spectrum"):
        find_regions(MULTIPLETS + 0j, AXIS)
    with pytest.raises(UserError, match="not numbers"):
        find_regions(np.full(AXIS.size, np.nan), AXIS)


def test_aspirin_by_the_finder_and_by_hand(data_dir):
    folder = data_dir("bruker_1d_regions") / "aspirin_300MHz" / "pdata" / "1"
    spectrum, true = files.read(folder), read_regions(folder / "intrng")
    scores = compare_regions(find_regions(spectrum.data, spectrum.axes[0]).ppm, true.ppm).scores()
    assert (scores["regions_hit"], scores["regions_extra"]) == (1.0, 0.0)
    assert scores["f1"] > 0.8
