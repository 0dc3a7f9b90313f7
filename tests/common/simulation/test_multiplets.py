"""Multiplets against closed forms, full matrices, and the spectrum they add up to."""

import numpy as np
import pytest

from common.simulation import sequences
from common.simulation.multiplets import LOSS, multiplets
from common.simulation.spins import SpinSystem
from tests.common.simulation import plain_spins

ETHANOL = SpinSystem.of(
    {"a": 3.65, "b": 3.65, "c": 1.19, "d": 1.19, "e": 1.19},
    [(i, j, 7.0) for i in "ab" for j in "cde"],
)


def test_ethanol_at_a_high_field_is_a_triplet_and_a_quartet():
    """First order: binomial intensities, lines J apart; the roof effect is of order J / difference."""
    mhz = 20000.0
    methylene, methyl = multiplets(ETHANOL, mhz)
    assert (methylene.protons, methyl.protons) == (2, 3)
    for found, expected in ((methyl, [1, 2, 1]), (methylene, [1, 3, 3, 1])):
        n = len(expected) - 1
        np.testing.assert_allclose(
            found.lines.frequency, found.shift * mhz + 7.0 * (np.arange(n + 1) - n / 2), atol=0.02
        )
        shares = np.array(expected) / sum(expected) * found.protons
        np.testing.assert_allclose(found.lines.amplitude, shares, rtol=0.003)


def test_an_ab_pair_is_the_textbooks():
    """Lines at centre +- (C +- J) / 2, C^2 = delta^2 + J^2, intensities (1 -+ J / C) / 2 (Levitt, ch. 14)."""
    delta, j, mhz = 20.0, 12.0, 400.0
    system = SpinSystem.of({"a": 3.0 + delta / mhz / 2, "b": 3.0 - delta / mhz / 2}, [("a", "b", j)])
    c = np.hypot(delta, j)
    total = {}
    for found in multiplets(system, mhz):
        assert found.lines.amplitude.sum() == pytest.approx(1.0, abs=LOSS)
        for f, a in zip(found.lines.frequency, found.lines.amplitude, strict=True):
            total[round(f - 3.0 * mhz, 6)] = total.get(round(f - 3.0 * mhz, 6), 0.0) + a
    places = np.array([-(c + j), -(c - j), c - j, c + j]) / 2
    heights = np.array([1 - j / c, 1 + j / c, 1 + j / c, 1 - j / c]) / 2
    np.testing.assert_allclose(sorted(total), places, atol=1e-4)
    np.testing.assert_allclose([total[k] for k in sorted(total)], heights, atol=2 * LOSS)


@pytest.mark.parametrize("fluorine", [False, True])
def test_parts_are_what_single_spin_operators_detect(fluorine):
    rng = np.random.default_rng(3)
    j = np.triu(rng.uniform(-12, 12, (5, 5)), 1)
    nuclei = ("1H",) * 4 + (("19F",) if fluorine else ("1H",))
    system = SpinSystem(rng.uniform(2.0, 2.2, 5), j + j.T, nuclei)
    mhz, times = 300.0, np.arange(60) / 300
    plain = plain_spins.Plain(system, mhz)
    for found in multiplets(system, mhz, ratio=0.0):
        (spin,) = found.spins
        plain.fx, plain.fy = plain_spins.Plain(system, mhz).fx, plain_spins.Plain(system, mhz).fy
        rho = plain.echoes(0.0)
        plain.fx, plain.fy = plain.one[spin][0], plain.one[spin][1]
        seen = plain.vectors.conj().T @ (plain.fx + 1j * plain.fy) @ plain.vectors
        amplitude = (seen.T * (plain.vectors.conj().T @ rho @ plain.vectors)).reshape(-1)
        gap = (plain.energy - plain.energy[:, None]).reshape(-1)
        expected = 4 / len(plain.energy) * np.exp(2j * np.pi * np.outer(times, gap)) @ amplitude
        made = np.exp(2j * np.pi * np.outer(times, found.lines.frequency)) @ found.lines.amplitude
        np.testing.assert_allclose(made, expected, atol=5 * LOSS)


def test_they_add_up_to_the_spectrum_and_to_the_protons():
    rng = np.random.default_rng(0)
    times = np.arange(100) / 500
    for _ in range(5):
        j = np.triu(rng.uniform(-10, 10, (4, 4)), 1)
        base = SpinSystem(rng.uniform(1, 4, 4), j + j.T)
        grown = [0, 0, 1, 2, 2, 2, 3]
        system = SpinSystem(base.shifts[grown], (base.couplings * (1 - np.eye(4)))[np.ix_(grown, grown)])
        found = multiplets(system, 300.0, ratio=0.0)
        assert sorted(m.protons for m in found) == [1, 1, 2, 3]
        assert sorted(i for m in found for i in m.spins) == list(range(7))
        made = sum(np.exp(2j * np.pi * np.outer(times, m.lines.frequency)) @ m.lines.amplitude for m in found)
        lines = sequences.pulse_acquire(system, 300.0)
        expected = np.exp(2j * np.pi * np.outer(times, lines.frequency)) @ lines.amplitude
        np.testing.assert_allclose(made, expected, atol=7 * 3 * LOSS)
        for m in found:
            assert m.lines.amplitude.sum() == pytest.approx(m.protons, abs=2 * LOSS * m.protons)


def test_shifts_in_ppm_do_not_depend_on_the_field():
    for mhz in (300.0, 600.0, 800.0):
        for found, ppm in zip(multiplets(ETHANOL, mhz), (3.65, 1.19), strict=True):
            assert found.shift == ppm
            centre = np.average(found.lines.frequency, weights=found.lines.amplitude) / mhz
            assert centre == pytest.approx(ppm, abs=0.002)
