import numpy as np
import pytest

from common.simulation.noes import LEAKAGE, cross_relaxation, network
from common.simulation.relaxation import GAMMA, HBAR, MU, csa_r2, dipolar_r2, rates, tumbling_time

TESLA = 14.1


def test_limits_of_dipolar_and_csa_relaxation():
    """Fast tumbling: R2 = d^2/8 20 2/5 tau. Slow tumbling: 4 J(0) and the J(0)-like term alone grow."""
    d2 = (MU * HBAR * GAMMA["1H"] * GAMMA["15N"] / 1.02e-10**3) ** 2
    assert dipolar_r2("15N", "1H", 1.02, 1e-13, TESLA) == pytest.approx(d2 * 1e-13, rel=1e-3)
    assert dipolar_r2("15N", "1H", 1.02, 1e-6, TESLA) == pytest.approx(d2 / 5 * 1e-6, rel=1e-3)
    w = GAMMA["13C"] * TESLA
    assert csa_r2("13C", 100.0, 1e-6, TESLA) == pytest.approx((1e-4 * w) ** 2 * 4 / 45 * 1e-6, rel=1e-3)


def test_ubiquitin_has_about_the_rates_that_are_measured():
    """15N R2 near 6 1/s at 600 MHz and 4.1 ns (Tjandra et al., J. Am. Chem. Soc. 1995, 117, 12562)."""
    assert rates(4.1, 600).amide_n == pytest.approx(6.0, abs=0.8)
    assert 4 < tumbling_time(76, 300) < 6.5
    assert tumbling_time(200) == pytest.approx(tumbling_time(100) * 2**0.93)


def test_trosy_is_best_near_a_gigahertz():
    fields = np.arange(500, 1500, 50)
    narrow = [rates(40.0, mhz, trosy=True).amide_n for mhz in fields]
    assert 850 <= fields[np.argmin(narrow)] <= 1150
    assert min(narrow) < 0.2 * rates(40.0, 1000).amide_n


def test_lines_broaden_with_size_and_deuteration_narrows_them():
    small, large = rates(5.0, 700), rates(15.0, 700)
    for name in ("amide_h", "amide_n", "carbonyl", "proton", "methyl_c"):
        assert getattr(large, name) > 1.8 * getattr(small, name)
    assert rates(15.0, 700, deuterated=True).carbon[1] < 0.3 * large.carbon[1]


def pair(apart, count=(1, 1)):
    place = np.array([[0.0, 0, 0]] * count[0] + [[apart, 0, 0]] * count[1])
    return network(place, np.repeat([3, 8], count))


def test_two_protons_exchange_as_the_closed_form():
    """Diagonal (1 + exp(-2 sigma t)) / 2, cross-peak (1 - exp(-2 sigma t)) / 2, both less leakage."""
    sigma, t = cross_relaxation(8.0) / 2.5**6, 0.15
    found = pair(2.5)
    assert found.rows.tolist() == [3, 8]
    lost, mixed = np.exp(-LEAKAGE * t), np.exp(-2 * sigma * t)
    expected = lost * np.array([[1 + mixed, 1 - mixed], [1 - mixed, 1 + mixed]]) / 2
    np.testing.assert_allclose(found.intensities(8.0, t), expected, rtol=1e-4)


def test_a_methyl_group_and_a_proton_keep_what_they_have_but_leakage():
    found = pair(3.0, (3, 1)).intensities(10.0, 0.2)
    np.testing.assert_allclose(found.sum(axis=0), np.exp(-LEAKAGE * 0.2) * np.array([3.0, 1.0]), rtol=1e-4)
    np.testing.assert_allclose(found, found.T, rtol=1e-5)
    # at first by three pairs
    early = pair(3.0, (3, 1)).intensities(10.0, 1e-4)
    assert early[0, 1] == pytest.approx(3 * cross_relaxation(10.0) / 3.0**6 * 1e-4, rel=0.02)


def test_spin_diffusion_goes_by_a_third_proton():
    line = network(np.array([[0.0, 0, 0], [2.5, 0, 0], [5.0, 0, 0]]), np.arange(3)).intensities(10.0, 0.2)
    assert line[0, 2] > 3 * pair(5.0).intensities(10.0, 0.2)[0, 1]


def test_cross_relaxation_is_that_of_the_spectral_densities_within_three_per_cent():
    w, tau = 2 * np.pi * 600e6, 4e-9
    density = [0.4 * tau / (1 + (k * w * tau) ** 2) for k in range(3)]
    d2 = (MU * HBAR * GAMMA["1H"] ** 2 * 1e30) ** 2
    assert cross_relaxation(4.0) == pytest.approx(d2 / 4 * (density[0] - 6 * density[2]), rel=0.03)
    assert cross_relaxation(4.0) == pytest.approx(
        d2 / 4 * (density[0] + 3 * density[1] + 6 * density[2]), rel=0.03
    )
