import numpy as np
import pytest

from common.mrs.quality import linewidth, noise_sd, quality, snr, voigt
from common.simulation.brain import HEALTHY, BrainRanges, naa_height, noise_factor, simulate
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex")
NORMAL = {name: np.mean(bounds) for name, bounds in HEALTHY.items()}


@pytest.fixture(scope="module")
def metabolites():
    return basis(AXIS, te=30.0)


def brain(metabolites, width, share, **changed):
    amounts = NORMAL | changed
    signal = sum(amounts[name] * metabolites[name] for name in metabolites.names)
    return signal * voigt(np.arange(AXIS.size) / AXIS.sw, width, share)


def noise(rng, sd, size=AXIS.size):
    return sd * (rng.standard_normal(size) + 1j * rng.standard_normal(size))


@pytest.mark.parametrize(("width", "share"), [(5.0, 0.3), (10.0, 0.8), (20.0, 0.5)])
def test_height_width_shift_and_phase_of_a_normal_brain(metabolites, width, share):
    fid = brain(metabolites, width, share)
    height = naa_height(fid, AXIS)
    turned = fid * np.exp(2j * np.pi * 6.0 * np.arange(AXIS.size) / AXIS.sw + 2.5j)
    sd = height / (2 * 100 * noise_factor(AXIS.size))
    found = quality(turned + noise(np.random.default_rng(0), sd), AXIS)
    assert found.linewidth == pytest.approx(width, rel=0.05)
    assert found.height == pytest.approx(height, rel=0.05)
    assert found.snr == pytest.approx(100.0, rel=0.07)
    assert found.shift == pytest.approx(6.0, abs=0.3)
    assert found.phase == pytest.approx(np.rad2deg(2.5), abs=3.0)


def test_noise_is_that_of_the_whole_fid_whatever_lies_in_it(metabolites):
    rng = np.random.default_rng(1)
    fid = 10 * brain(metabolites, 8.0, 0.5)
    water = 1e4 * voigt(np.arange(AXIS.size) / AXIS.sw, 5.0, 0.0)
    found = [noise_sd(fid + water + noise(rng, 2.0), AXIS) for _ in range(10)]
    assert np.mean(found) == pytest.approx(2.0 * noise_factor(AXIS.size), rel=0.02)
    assert np.std(found) < 0.04 * np.mean(found)


def test_noise_without_room_is_unknown():
    narrow = Axis("1H", 256, 500.0, 127.75, 2.5, "time", "complex")
    assert np.isnan(noise_sd(np.ones(256, complex), narrow))


def test_simulated_brain_spectra_with_all_that_disturbs(metabolites):
    """Their stated SNR and line width, over the range of Lee and Kim: right on the average."""
    brains = simulate(metabolites, BrainRanges(), 24, np.random.default_rng(0))
    found = [quality(fid, AXIS) for fid in brains.fids]
    assert np.median([one.snr for one in found] / brains.snr) == pytest.approx(1.0, abs=0.08)
    assert np.median([one.linewidth for one in found] / brains.linewidth) == pytest.approx(1.0, abs=0.06)
    assert np.std([one.linewidth for one in found] / brains.linewidth) < 0.15


def test_scale_changes_nothing_but_heights(metabolites):
    fid = brain(metabolites, 8.0, 0.5) + noise(np.random.default_rng(2), 1.0)
    one, other = quality(fid, AXIS), quality(1e-9 * fid, AXIS)
    assert other.snr == pytest.approx(one.snr, rel=1e-3)
    assert other.linewidth == pytest.approx(one.linewidth, rel=1e-3)
    assert other.height == pytest.approx(1e-9 * one.height, rel=1e-3)


def test_no_singlet_no_number(metabolites):
    rng = np.random.default_rng(3)
    only_noise = quality(noise(rng, 1.0), AXIS)
    assert np.isnan(only_noise.snr)
    assert only_noise.reason
    tumour = brain(metabolites, 8.0, 0.5, NAA=0.0, NAAG=0.0, PCh=3.0, Lac=10.0)
    found = quality(tumour + noise(rng, 0.5), AXIS)
    assert np.isnan(found.snr)
    assert "NAA" in found.reason
    assert "finite" in quality(np.full(AXIS.size, np.nan + 0j), AXIS).reason
    assert quality(np.zeros(AXIS.size, complex), AXIS).reason


@pytest.mark.parametrize(
    ("name", "height", "width"),
    [
        # NAA / sd of noise and its width by eye of another program, which sees Glx and NAAG as part of it
        ("osprey_philips/B01_press30_act.SDAT", 142, 5.1),
        ("osprey_philips/A01_press35_act.SDAT", 128, 7.3),
        ("lcmodel_test/data.raw", 59, 6.3),
    ],
)
def test_measured_spectra(data_dir, name, height, width):
    from common.io.mrs import read_mrs

    measured = read_mrs(data_dir("mrs_invivo") / name)
    fid = measured.fids[0, 0]
    assert snr(fid, measured.axis) == pytest.approx(height / 2, rel=0.15)
    assert 0.75 * width < linewidth(fid, measured.axis) < width


def test_measured_macromolecules_have_no_naa(data_dir):
    from common.io.mrs import read_mrs

    measured = read_mrs(data_dir("mrs_invivo") / "osprey_philips/B01_mm_ti600_act.SDAT")
    assert "no NAA singlet" in quality(measured.fids[0, 0], measured.axis).reason
