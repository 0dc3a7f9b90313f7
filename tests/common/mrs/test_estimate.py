"""What door and methods hand each other: shapes, and FIDs of a window of a spectrum."""

import numpy as np
import pytest

from common.mrs.estimate import Estimate, fids_of
from common.processing import spectrum_at
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 123.2, 4.65, "time", "complex")


def line(ppm, width, axis=AXIS):
    t = np.arange(axis.size) / axis.sw
    return np.exp(2j * np.pi * (ppm - axis.carrier) * axis.mhz * t - np.pi * width * t)


@pytest.mark.parametrize("turn", [1, -1])
def test_fids_of_a_window_have_its_spectrum(turn):
    spacing = AXIS.sw / 2000 / AXIS.mhz  # a FID starts again after 2000 points: nothing is cut
    ppm = (0.2 + spacing * np.arange(493))[::turn]
    spectra = spectrum_at(np.stack([line(2.01, 4), line(3.03, 8)]), AXIS, ppm)
    again = spectrum_at(fids_of(spectra, ppm, AXIS), AXIS, ppm)
    assert np.allclose(again, spectra, atol=1e-9 * np.abs(spectra).max())


def test_the_tails_outside_the_window_are_what_is_missing():
    ppm = np.linspace(4.2, 0.2, 512)
    fid = fids_of(spectrum_at(line(2.2, 4), AXIS, ppm), ppm, AXIS)
    # A Lorentzian of 4 Hz has 2 / pi * 2 / 246 = 0.5 % of its area beyond +-246 Hz, all of it at early times.
    missing = np.abs(fid - line(2.2, 4))[:1900]
    assert missing[60:].max() < 0.01
    assert np.sum(missing**2) < 0.006 * np.sum(np.abs(line(2.2, 4)) ** 2)


def test_a_grid_too_coarse_for_the_fid_leaves_its_end_empty():
    ppm = np.linspace(4.2, 0.2, 101)
    fid = fids_of(spectrum_at(line(2.2, 30), AXIS, ppm), ppm, AXIS)
    spacing = 0.04 * AXIS.mhz
    assert not fid[int(np.ceil(AXIS.sw / spacing)) :].any()


def test_shifts_of_no_even_grid_are_refused():
    with pytest.raises(ValueError, match="equally"):
        fids_of(np.ones(3, complex), np.array([4.0, 3.0, 1.0]), AXIS)


def test_sd_is_the_root_of_the_diagonal():
    covariance = np.array([[[4.0, -3.0], [-3.0, 9.0]]])
    estimate = Estimate(("Cr", "PCr"), np.ones((1, 2)), covariance, np.zeros((1, 8), complex))
    assert estimate.sd.tolist() == [[2.0, 3.0]]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 names"):
        Estimate(("Cr", "PCr"), np.ones((1, 3)), np.ones((1, 3, 3)), np.zeros((1, 8), complex))
    with pytest.raises(ValueError, match="together"):
        Estimate(("Cr",), np.ones((1, 1)), np.ones((1, 1, 1)), np.zeros((1, 8), complex), ppm=np.ones(3))
