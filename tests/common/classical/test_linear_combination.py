"""The linear-combination fit: LCModel's own test spectrum, known truth, error bounds, priors, bad input."""

import functools

import numpy as np
import pytest

from common.acquisition import Basis
from common.classical.broad_components import components
from common.classical.fit_model import Settings
from common.classical.linear_combination import linear_combination
from common.errors import UserError
from common.spectrum import Axis

AXIS = Axis("1H", 640, 1250.0, 123.25, 4.65, domain="time", encoding="complex")
T = np.arange(AXIS.size) / AXIS.sw
#: Made-up metabolites of few lines, (ppm, protons); those the soft ratios know are left out.
LINES = {
    "NAA": ((2.01, 3.0), (2.60, 1.0), (2.70, 1.0)),
    "Cr": ((3.03, 3.0), (3.92, 2.0)),
    "GPC": ((3.22, 9.0), (3.65, 1.0)),
    "Ins": ((3.54, 4.0), (3.61, 2.0), (4.06, 1.0)),
    "Glu": ((2.10, 2.0), (2.35, 2.0), (3.75, 1.0)),
}
TRUTH = np.array([10.0, 8.0, 1.5, 7.0, 9.0])


def lines(entries) -> np.ndarray:
    hz = (np.array([ppm for ppm, _ in entries]) - AXIS.carrier) * AXIS.mhz
    return np.array([height for _, height in entries]) @ np.exp(2j * np.pi * hz[:, None] * T)


BASIS = Basis(tuple(LINES), np.stack([lines(entries) for entries in LINES.values()]), AXIS)


def voigt(lorentz, gauss):
    """Decay (points,) of a line with these widths in Hz."""
    return np.exp(-np.pi * lorentz * T - (np.pi * gauss * T) ** 2 / (4 * np.log(2)))


def made(truth=TRUTH, shift=0.0, lorentz=5.0, gauss=7.0, phase=0.0, noise=0.0, count=1, seed=0):
    """FIDs (count, points) of known concentrations."""
    decay = np.exp(2j * np.pi * shift * T) * voigt(lorentz, gauss)
    rng = np.random.default_rng(seed)
    random = rng.standard_normal((2, count, AXIS.size))
    return np.exp(1j * np.deg2rad(phase)) * (truth @ BASIS.fids * decay) + noise * (
        random[0] + 1j * random[1]
    )


@functools.cache
def repeated():
    """One spectrum of SNR about 20 in many realisations of noise, with some of every component in it."""
    broad = components(BASIS, 1.0)
    amounts = np.array([4.0 if name.startswith("MM") else 1.0 for name in broad.names])
    hidden = amounts @ broad.fids * voigt(5.0, 7.0)
    return linear_combination(made(noise=0.5, count=200) + hidden, AXIS, BASIS)


@pytest.fixture(scope="module")
def development(data_dir):
    from common.io.lcmodel import read_basis, read_raw

    basis = read_basis(data_dir("mrs_basis") / "lcmodel_test_3t_spant_press30.basis.gz")
    raw = read_raw(data_dir("mrs_invivo") / "lcmodel_test" / "data.raw")
    return linear_combination(raw.fids[0], raw.axis, basis)


@pytest.mark.parametrize(
    ("names", "lcmodel"),
    [(("NAA", "NAAG"), 1.306), (("GPC", "PCh"), 0.250), (("Ins",), 0.911), (("Glu", "Gln"), 1.510)],
)
def test_ratios_of_lcmodel_on_its_own_test_spectrum(development, names, lcmodel):
    creatine, _ = development.total(("Cr", "PCr"))
    amount, sd = development.total(names)
    assert amount / creatine == pytest.approx(lcmodel, rel=0.1)
    assert 0.01 < sd / amount < 0.12


@pytest.mark.parametrize(
    ("shift", "phase", "lorentz", "gauss"),
    [(0, 0, 5, 7), (20, 45, 3, 2), (-20, -45, 10, 12), (13, 170, 1, 20), (-7, -100, 18, 5), (3, 20, 1, 1)],
)
def test_truth_without_noise(shift, phase, lorentz, gauss):
    fit = linear_combination(made(shift=shift, phase=phase, lorentz=lorentz, gauss=gauss), AXIS, BASIS)
    assert fit.converged.all()
    assert fit.concentrations[0] == pytest.approx(TRUTH, rel=0.01)
    assert fit.shift[0] == pytest.approx(shift, abs=0.05)
    assert fit.lorentz[0] == pytest.approx(lorentz, abs=0.2)
    assert fit.gauss[0] == pytest.approx(gauss, abs=0.2)


def test_error_bounds_are_the_scatter_over_noise():
    fit = repeated()
    assert fit.converged.all()
    scatter = fit.concentrations.std(axis=0)
    assert scatter / fit.sd.mean(axis=0) == pytest.approx(1, abs=0.2)
    assert fit.concentrations.mean(axis=0) == pytest.approx(TRUTH, rel=0.05)


def test_results_scale_with_the_data_and_nothing_else():
    fid = made(noise=0.5)
    one, other = (linear_combination(fid * factor, AXIS, BASIS) for factor in (1.0, 1e-9))
    assert other.concentrations == pytest.approx(1e-9 * one.concentrations, rel=1e-4)
    assert other.sd == pytest.approx(1e-9 * one.sd, rel=1e-4)
    assert other.shift == pytest.approx(one.shift, abs=1e-3)


def test_curves_add_up():
    fit = linear_combination(made(noise=0.5), AXIS, BASIS)
    assert fit.residual.std() == pytest.approx(fit.noise[0], rel=0.1)
    assert np.all(np.diff(fit.ppm) < 0)
    assert fit.ppm[0] <= 4.2
    assert fit.ppm[-1] >= 0.2
    assert fit.metabolites[0].max() > 20 * fit.noise[0]


def test_a_prior_speaks_where_the_data_are_silent():
    twin = Basis((*BASIS.names, "PCr"), np.concatenate([BASIS.fids, BASIS.fids[1:2]]), AXIS)
    mean = np.array([0, 6.0, 0, 0, 0, 2.0])
    sd = np.array([np.inf, 0.5, np.inf, np.inf, np.inf, 0.5])
    found = linear_combination(made(noise=0.5), AXIS, twin, prior=(mean, sd)).concentrations[0]
    assert found[[1, 5]] == pytest.approx([6.0, 2.0], abs=0.3)
    loud = np.full(6, 0.0), np.full(6, 1e3)
    assert linear_combination(made(noise=0.01), AXIS, twin, prior=loud).concentrations[0, 0] == pytest.approx(
        10.0, rel=0.01
    )


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_no_signal_gives_nothing(bad):
    fids = made(noise=0.5, count=2)
    fids[1] = bad
    fit = linear_combination(fids, AXIS, BASIS)
    assert list(fit.converged) == [True, False]
    assert np.isnan(fit.concentrations[1]).all()
    assert np.isnan(fit.sd[1]).all()


def test_noise_alone_gives_nothing():
    fit = linear_combination(made(0 * TRUTH, noise=1.0, count=20), AXIS, BASIS)
    assert not fit.converged.any()
    assert np.isnan(fit.concentrations).all()


def test_what_does_not_go_together_is_refused():
    other = Axis("1H", 512, 2000.0, 123.25, 4.65, domain="time", encoding="complex")
    with pytest.raises(UserError, match="another acquisition"):
        linear_combination(np.ones((1, 512), complex), other, BASIS)
    with pytest.raises(UserError, match="complex"):
        linear_combination(np.ones((1, 640)), AXIS, BASIS)
    with pytest.raises(UserError, match="prior"):
        linear_combination(made(), AXIS, BASIS, prior=(np.ones(5), np.zeros(5)))
    silent = Basis(("NAA", "X"), np.stack([BASIS["NAA"], 0 * BASIS["NAA"]]), AXIS)
    with pytest.raises(UserError, match="signal of X"):
        linear_combination(made(), AXIS, silent)
    with pytest.raises(UserError, match="whole of 20"):
        linear_combination(made(), AXIS, BASIS, Settings(high=20.0))
