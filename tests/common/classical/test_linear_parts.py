"""Linear parts of a fit of brain spectra: non-negative amounts, baselines, soft ratios, lines, regression."""

import numpy as np
import pytest
from scipy.optimize import nnls

from common.acquisition import Basis
from common.classical.broad_components import METABOLITE_RATIOS, Ratio, components, ratio_rows, ratios
from common.classical.nonnegative import nonnegative
from common.classical.regression import regress
from common.classical.smoother import Smoother
from common.classical.voigt_basis import Window, gaussian, voigt_width
from common.errors import UserError
from common.processing import spectrum_at
from common.spectrum import Axis

AXIS = Axis("1H", 640, 1250.0, 123.25, 4.65, domain="time", encoding="complex")
T = np.arange(AXIS.size) / AXIS.sw
PPM = np.linspace(4.2, 0.2, 600)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("guess", [None, "all", "wrong"])
def test_nonnegative_agrees_with_scipy(seed, guess):
    rng = np.random.default_rng(seed)
    matrix, data = rng.standard_normal((60, 15)), rng.standard_normal(60)
    active = {None: None, "all": np.ones(15, bool), "wrong": rng.random(15) < 0.5}[guess]
    found = nonnegative(matrix.T @ matrix, matrix.T @ data, active)
    assert found == pytest.approx(nnls(matrix, data)[0], abs=1e-8)


def test_a_baseline_has_the_freedom_it_is_given():
    smoother = Smoother(PPM, 0.15, 6.0)
    assert np.trace(smoother.q.T @ smoother.q) == pytest.approx(6.0, abs=1e-6)
    line = 3 + 2 * PPM
    assert smoother.baseline(line) == pytest.approx(line, abs=1e-6)
    narrow = np.exp(-(((PPM - 2.0) / 0.02) ** 2))
    assert np.linalg.norm(smoother.without(narrow)) > 0.9 * np.linalg.norm(narrow)
    with pytest.raises(ValueError, match="degrees of freedom"):
        Smoother(PPM, 0.15, 100.0)


def test_taking_a_baseline_out_is_fitting_it():
    rng = np.random.default_rng(0)
    line, data = np.exp(-(((PPM - 2.0) / 0.05) ** 2)), rng.standard_normal(PPM.size)
    smoother = Smoother(PPM, 0.15, 8.0)
    amount = line @ smoother.without(data) / (line @ smoother.without(line))
    rest = data - amount * line
    assert line @ (rest - smoother.baseline(rest)) == pytest.approx(0, abs=1e-9)


def test_noise_of_the_real_part_is_white_and_complete():
    window = Window(AXIS, 4.2, 0.2)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((400, AXIS.size)) + 1j * rng.standard_normal((400, AXIS.size))
    real = window.spectra(noise).real
    assert real.var() == pytest.approx(AXIS.size, rel=0.02)
    neighbours = np.mean(real[:, 1:] * real[:, :-1]) / real.var()
    assert abs(neighbours) < 0.02


def test_a_window_is_the_transform_at_its_shifts():
    window = Window(AXIS, 4.2, 0.2)
    fid = gaussian(AXIS, [(2.0, 0.1, 1.0), (3.5, 0.05, 2.0)])
    assert window.spectra(fid) == pytest.approx(spectrum_at(fid, AXIS, window.ppm), abs=1e-3)
    assert window.ppm[np.argmax(window.spectra(fid).real)] == pytest.approx(3.5, abs=0.01)
    with pytest.raises(UserError, match="whole of"):
        Window(AXIS, 12.0, 0.2)


def test_slopes_are_differences():
    window, start, step = Window(AXIS, 4.2, 0.2), np.array([3.0, 4.0, 30.0]), np.array([0.05, 0.05, 1.0])
    fid = gaussian(AXIS, [(2.0, 0.01, 1.0)])
    slopes = window.slopes(fid * window.line_shape(*start))
    for i in range(3):
        up, down = (
            window.spectra(fid * window.line_shape(*(start + sign * step * (np.arange(3) == i)))).real
            for sign in (1, -1)
        )
        difference = (up - down) / (2 * step[i])
        assert slopes[i] == pytest.approx(difference, abs=0.01 * np.abs(difference).max())


@pytest.mark.parametrize(("lorentz", "gauss"), [(8.0, 0.0), (0.0, 8.0), (5.0, 6.0), (2.0, 12.0)])
def test_width_of_a_voigt_line(lorentz, gauss):
    window = Window(AXIS, 4.2, 0.2)
    line = np.exp(2j * np.pi * (2.0 - AXIS.carrier) * AXIS.mhz * T) * window.line_shape(0, lorentz, gauss**2)
    ppm = np.linspace(1.8, 2.2, 4001)
    real = spectrum_at(line, AXIS, ppm).real
    wide = np.ptp(ppm[real > real.max() / 2]) * AXIS.mhz
    assert voigt_width(lorentz, gauss) == pytest.approx(wide, rel=0.02)


def test_soft_ratios():
    names = ("NAA", "Cr", "GPC", "Asp", "MM09")
    amounts = np.array([10.0, 8.0, 2.0, 1.2, 5.0])
    rows = ratio_rows(names, amounts, (Ratio("Asp", {"NAA": 1.0, "Cr": 1.0, "GPC": 3.0}, 0.05, 0.05),))
    assert rows @ amounts == pytest.approx([0.0])
    assert rows[0, 3] == pytest.approx(1 / (0.05 * 24))
    assert ratio_rows(names, amounts, METABOLITE_RATIOS[-1:]).shape == (0, 5)
    assert {"MM20", "MM26", "Lip09", "GSH"} <= {ratio.name for ratio in ratios()}


def test_components_lie_where_they_are_named():
    basis = Basis(("Cr",), gaussian(AXIS, [(3.03, 0.05, 3.0)])[None], AXIS)
    broad = components(basis, 2.0)
    window = Window(AXIS, 4.2, 0.2)
    for name, ppm in (("MM09", 0.91), ("MM17", 1.67), ("MM20", 2.08), ("Lip13", 1.28)):
        assert window.ppm[np.argmax(window.spectra(broad[name]).real)] == pytest.approx(ppm, abs=0.03)
    assert broad["MM09"][0] == pytest.approx(2.0 * 3.0)
    assert broad["-CrCH2"][0] == pytest.approx(-2.0 * 2.0)
    assert broad["Lip13"] + broad["Lip13+180"] == pytest.approx(0, abs=1e-9)


def test_regression_of_clean_spectra():
    fids = np.stack([gaussian(AXIS, [(ppm, 0.03, 3.0)]) for ppm in (2.0, 3.0)])
    rows = spectrum_at(fids, AXIS, PPM).real
    truth = np.array([[10.0, 8.0], [0.0, 5.0]])
    assert regress(truth @ rows, rows) == pytest.approx(truth, abs=1e-6)
    assert regress(-rows[:1], rows).max() == 0
    spoilt = truth @ rows
    spoilt[0, 3] = np.nan
    found = regress(spoilt, rows)
    assert np.isnan(found[0]).all()
    assert found[1] == pytest.approx(truth[1], abs=1e-6)
