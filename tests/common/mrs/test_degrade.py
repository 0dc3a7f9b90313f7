import numpy as np
import pytest

from common.mrs.degrade import LINEWIDTH_RANGE, SNR_RANGE, broadening, degraded, versions
from common.mrs.quality import Quality, noise_sd, quality, voigt
from common.simulation.brain import HEALTHY, naa_height, noise_factor
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex")
TIMES = np.arange(AXIS.size) / AXIS.sw
WIDTH, SHARE, SNR = 5.0, 0.5, 60.0


def full_width(decay):
    """Full width at half height of the real spectrum of a decay, in Hz, finely sampled."""
    hz = np.linspace(-15, 15, 1501)
    halved = decay.copy()
    halved[0] /= 2
    spectrum = np.cos(2 * np.pi * np.outer(hz, TIMES)) @ halved
    above = hz[spectrum > spectrum.max() / 2]
    return above[-1] - above[0]


@pytest.fixture(scope="module")
def clean():
    names = ("NAA", "NAAG", "Glu", "Gln", "GABA", "Cr", "PCr")
    amounts = [np.mean(HEALTHY[name]) for name in names]
    return (amounts @ basis(AXIS, names=names).fids) * voigt(TIMES, WIDTH, SHARE)


@pytest.fixture(scope="module")
def measured(clean):
    rng = np.random.default_rng(0)
    sd = naa_height(clean, AXIS) / (2 * SNR * noise_factor(AXIS.size))
    return clean + sd * (rng.standard_normal(AXIS.size) + 1j * rng.standard_normal(AXIS.size))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("target", [5.0, 10.0, 20.0])
def test_broadening_reaches_the_width(share, target):
    for native_share in (0.1, 0.9):
        native = Quality(linewidth=WIDTH, gaussian_share=native_share)
        line = voigt(TIMES, WIDTH, native_share) * broadening(AXIS, native, target, share)
        assert full_width(line) == pytest.approx(target, rel=0.01)
    with pytest.raises(ValueError, match="narrowed"):
        broadening(AXIS, native, 4.0, share)


def test_lorentzian_width_adds():
    native = Quality(linewidth=WIDTH, gaussian_share=0.0)
    window = broadening(AXIS, native, 12.0, 0.0)
    assert window == pytest.approx(np.exp(-np.pi * 7.0 * TIMES), abs=1e-4)


def test_noise_of_a_version_counts_what_was_there(clean, measured):
    """What is not the broadened clean signal has the standard deviation that the target asks for."""
    native = quality(measured, AXIS)
    rng = np.random.default_rng(1)
    window = broadening(AXIS, native, 10.0, 0.5)
    found = [noise_sd(degraded(measured, AXIS, native, 20.0, 10.0, 0.5, rng), AXIS) for _ in range(10)]
    # the height by the suite's own simulation, tNAA with Glx under it
    expected = naa_height(clean * window, AXIS) / (2 * 20.0)
    assert np.mean(found) == pytest.approx(expected, rel=0.05)


def test_versions_have_the_snr_and_width_they_say(measured):
    made = versions(measured, AXIS, np.random.default_rng(2), count=12)
    assert made.fids.shape == (12, AXIS.size)
    for values, (low, high) in ((made.snr, SNR_RANGE), (made.linewidth, LINEWIDTH_RANGE)):
        assert low <= values.min() < values.max() <= high
    found = [quality(fid, AXIS) for fid in made.fids]
    assert np.median([one.snr for one in found] / made.snr) == pytest.approx(1.0, abs=0.06)
    assert np.median([one.linewidth for one in found] / made.linewidth) == pytest.approx(1.0, abs=0.06)
    again = versions(measured, AXIS, np.random.default_rng(2), count=12)
    assert np.array_equal(made.fids, again.fids)


def test_what_cannot_be_reached_is_refused(measured):
    rng = np.random.default_rng(3)
    with pytest.raises(ValueError, match="SNR of 200"):
        degraded(measured, AXIS, quality(measured, AXIS), 200.0, 10.0, 0.5, rng)
    with pytest.raises(ValueError, match="too broad"):
        versions(measured, AXIS, rng, linewidth=(1.0, 3.0))
    with pytest.raises(ValueError, match="NAA"):
        versions(rng.standard_normal(AXIS.size) + 0j, AXIS, rng)


def test_versions_of_the_development_spectrum(data_dir):
    from common.io.mrs import read_mrs

    acquisition = read_mrs(data_dir("mrs_invivo") / "lcmodel_test" / "data.raw")
    made = versions(acquisition.fids[0, 0], acquisition.axis, np.random.default_rng(4), count=8)
    found = [quality(fid, made.axis) for fid in made.fids]
    assert np.nanmedian([one.linewidth for one in found] / made.linewidth) == pytest.approx(1.0, abs=0.15)
    assert np.nanmedian([one.snr for one in found] / made.snr) == pytest.approx(1.0, abs=0.15)
