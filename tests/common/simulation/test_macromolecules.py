"""Lines fitted to metabolite-nulled spectra: a known one comes back, and the measured ones are explained."""

import numpy as np
import pytest

from common.acquisition import Acquisition
from common.io.mrs import read_mrs
from common.processing import spectrum_at
from common.simulation.macromolecules import FITTED_PPM, FITTED_WIDTH, fit, gaussian_lines, measured
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 4000.0, 123.26, 4.65, "time", "complex")
OTHER = Axis("1H", 1024, 2000.0, 127.75, 4.65, "time", "complex")
WINDOW = np.arange(4.0, 0.4, -0.01)


def gaussians(axis, ppm, fwhm, area):
    t = np.arange(axis.size) / axis.sw
    turn = 2j * np.pi * np.outer((ppm - axis.carrier) * axis.mhz, t)
    return area @ np.exp(turn - np.outer(np.pi * fwhm * axis.mhz, t) ** 2 / (4 * np.log(2)))


def likeness(first, second):
    return np.corrcoef(first, second)[0, 1]


def test_a_known_spectrum_comes_back_without_creatine_phase_and_noise():
    rng = np.random.default_rng(0)
    area = 3 * rng.uniform(0.4, 1.0, len(FITTED_PPM))
    fid = gaussians(AXIS, FITTED_PPM, FITTED_WIDTH * 1.1, area)
    creatine = gaussians(AXIS, np.array([3.91]), np.array([0.055]), np.array([1.0]))
    noise = 0.1 * (rng.normal(size=AXIS.size) + 1j * rng.normal(size=AXIS.size))
    turned = (fid + creatine) * np.exp(0.4j) + noise
    again = measured([Acquisition(turned[None, None], AXIS)], OTHER)[0]
    want = gaussians(OTHER, FITTED_PPM, FITTED_WIDTH * 1.1, 3 * area / area[0])
    shapes = [spectrum_at(f, OTHER, WINDOW).real for f in (again.astype(complex), want)]
    assert likeness(*shapes) > 0.99
    # near the creatine and the end of the window less is known
    away = (WINDOW < 3.7) & (WINDOW > 0.6)
    assert np.abs(shapes[0] - shapes[1])[away].max() < 0.1 * shapes[1].max()


@pytest.mark.parametrize("name", ["vol01_occipital_TE32", "vol03_prefrontal_TE32"])
def test_lines_explain_a_measured_spectrum(data_dir, name):
    acquisition = read_mrs(data_dir("mrs_macromolecules") / "columbia_mm3t" / f"{name}.txt.gz")
    lines = fit(acquisition)
    assert np.all(lines.area >= 0)
    assert 0.1 < lines.fwhm[0] < 0.24
    assert lines.misfit < 0.04


def test_the_table_keeps_its_lines_in_order():
    lines = gaussian_lines("MM")
    assert lines.groups[0] == "MM09"
    assert all(other < index for index, other in enumerate(lines.relative_to))
    assert np.all((lines.levels > 0) & (lines.levels[:, :1] <= lines.levels))
