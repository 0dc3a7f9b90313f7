"""The spin engine against full matrices and the closed forms of the textbooks (Levitt, Spin Dynamics)."""

import numpy as np
import pytest

from common.simulation import sequences, spins
from common.simulation.lines import Lines
from common.simulation.spins import SpinSystem
from common.spectrum import Axis
from tests.common.simulation import plain_spins

MHZ = 127.8
TIMES = np.arange(40) / 500
RNG = np.random.default_rng(0)


def random_system(nuclei):
    n = len(nuclei)
    j = np.triu(RNG.uniform(-15, 15, (n, n)), 1)
    return SpinSystem(RNG.uniform(1, 4, n), j + j.T, nuclei)


SYSTEMS = {
    "four protons": random_system(("1H",) * 4),
    "methyl": SpinSystem.of(
        {"a": 4.1, "b": 3.6, "m1": 1.3, "m2": 1.3, "m3": 1.3},
        [("a", "b", 9.0), *[("a", f"m{k}", 7.0) for k in (1, 2, 3)], ("m1", "m2", -12.0), ("m1", "m3", -12.0),
         ("m2", "m3", -12.0)],
        scale=0.5,
    ),
    "two equivalent pairs": SpinSystem.of(
        {"a": 2.3, "b": 2.3, "c": 2.4, "d": 2.4}, [(i, j, 7.0) for i in "ab" for j in "cd"]
    ),
    "phosphorus and nitrogen": random_system(("1H", "31P", "1H", "14N", "1H")),
    "two parts": SpinSystem.of(
        {"a": 2.0, "b": 2.1, "c": 3.0, "d": 3.1, "e": 3.1},
        [("a", "b", 8.0), ("c", "d", 5.0), ("d", "e", 2.0)],
    ),
}  # fmt: skip


def signal(lines: Lines, times=TIMES):
    return np.exp(2j * np.pi * np.outer(times, lines.frequency)) @ lines.amplitude


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize(
    ("made", "plain", "delays"),
    [
        (sequences.pulse_acquire, "echoes", (0,)),
        (lambda *a: sequences.spin_echo(*a, te=70), "echoes", (0.035, 0.035)),
        (lambda *a: sequences.press(*a, te=30), "echoes", (0.00504, 0.015, 0.00996)),
        (lambda *a: sequences.slaser(*a, te=40), "echoes", (0.005, 0.01, 0.01, 0.01, 0.005)),
        (lambda *a: sequences.steam(*a, te=20, tm=12), "steam", (0.02, 0.012)),
    ],
    ids=["pulse_acquire", "spin_echo", "press", "slaser", "steam"],
)
def test_blocks_agree_with_full_matrices(system, made, plain, delays):
    expected = plain_spins.fid(system, MHZ, TIMES, plain, *delays)
    np.testing.assert_allclose(signal(made(system, MHZ)), expected, atol=1e-10 * system.protons)


def test_ab_quartet():
    """Lines at the mean +- (C +- J) / 2, C^2 = J^2 + delta^2, intensities 1 -+ J / C."""
    a, b, j = 2.05, 2.15, 9.0
    lines = sequences.pulse_acquire(SpinSystem.of({"a": a, "b": b}, [("a", "b", j)]), MHZ)
    order = np.argsort(lines.frequency)
    c = np.hypot(j, (b - a) * MHZ)
    np.testing.assert_allclose(
        lines.frequency[order], (a + b) / 2 * MHZ + np.array([-c - j, -c + j, c - j, c + j]) / 2
    )
    np.testing.assert_allclose(
        lines.amplitude[order], np.array([1 - j / c, 1 + j / c, 1 + j / c, 1 - j / c]) / 2
    )


def test_first_order_multiplets():
    """A3X at a field so high that only second-order shifts of J^2 / delta = 1e-4 Hz are left."""
    mhz, j = 250_000.0, 7.0
    system = SpinSystem.of({"x": 4.1, "a": 1.3, "b": 1.3, "c": 1.3}, [("x", k, j) for k in "abc"])
    lines = sequences.pulse_acquire(system, mhz).merged(0.01)
    frequency, amplitude = lines.frequency, lines.amplitude
    at_a = np.abs(frequency - 1.3 * mhz) < 20
    expected = [-1.5 * j, -0.5 * j, 0.5 * j, 1.5 * j]
    np.testing.assert_allclose(frequency[at_a] - 1.3 * mhz, [-j / 2, j / 2], atol=1e-3)
    np.testing.assert_allclose(amplitude[at_a], [1.5, 1.5], atol=1e-4)
    np.testing.assert_allclose(frequency[~at_a] - 4.1 * mhz, expected, atol=1e-3)
    np.testing.assert_allclose(amplitude[~at_a], np.array([1, 3, 3, 1]) / 8, atol=1e-4)


@pytest.mark.parametrize(("turns", "sign"), [(1, -1), (2, 1), (0.5, 0)])
def test_lactate_methyl_turns_with_its_coupling(turns, sign):
    """A doublet after a spin echo is in phase times cos(pi J TE): inverted at 1/J, upright at 2/J."""
    j = 6.933
    system = SpinSystem.of({"x": 4.0974, **dict.fromkeys("abc", 1.3142)}, [("x", k, j) for k in "abc"])
    lines = sequences.spin_echo(system, 20_000.0, te=1000 * turns / j).merged()
    methyl = np.abs(lines.frequency - 1.3142 * 20_000) < 20
    np.testing.assert_allclose(lines.amplitude[methyl].real, [1.5 * sign] * 2, atol=2e-3)


def test_stimulated_echo_of_a_singlet_is_half_and_upright():
    lines = sequences.steam(SpinSystem.of({"a": 3.0}, scale=3), MHZ, te=20, tm=10)
    np.testing.assert_allclose(lines.amplitude, [1.5], atol=1e-12)


def test_nitrogen_splits_a_proton_in_three():
    system = SpinSystem.of({"a": 3.2, "N": 0.0}, [("a", "N", 2.0)], {"N": "14N"})
    lines = sequences.pulse_acquire(system, MHZ).merged()
    np.testing.assert_allclose(lines.frequency - 3.2 * MHZ, [-2, 0, 2], atol=1e-9)
    np.testing.assert_allclose(lines.amplitude, [1 / 3] * 3)


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_total_intensity_is_the_number_of_protons(system):
    assert sequences.pulse_acquire(system, MHZ).amplitude.sum() == pytest.approx(system.protons)


def test_a_tert_butyl_group_is_one_particle():
    """Nine equal protons coupled to one: ten lines of binomial intensity at it, with 2^10 states behind."""
    system = SpinSystem.of(
        {"x": 4.0, **dict.fromkeys("abcdefghi", 1.0)}, [("x", k, 1.0) for k in "abcdefghi"]
    )
    assert max(len(problem.spins) for problem in spins.problems(system, 1e5)) == 2
    lines = sequences.pulse_acquire(system, 1e5).merged()
    x = lines.amplitude[lines.frequency > 2e5].real
    np.testing.assert_allclose(x[:5], np.array([1, 9, 36, 84, 126]) / 512, atol=1e-4)


def test_a_fid_is_the_sum_of_its_lines():
    axis = Axis("1H", 1000, 2000.0, MHZ, 4.65, "time", "complex", first_delay=0.5)
    lines = sequences.pulse_acquire(SYSTEMS["four protons"], MHZ)
    t = (np.arange(1000) + 0.5) / 2000
    expected = signal(lines, t) * np.exp(-2j * np.pi * 4.65 * MHZ * t)
    np.testing.assert_allclose(lines.fid(axis), expected, atol=1e-10)


def test_merging_moves_a_fid_little():
    """Of a glucose-like chain at 2 s, by less than 1e-3 of the signal (half a bin turns 0.06 rad there)."""
    lines = sequences.press(random_system(("1H",) * 6), MHZ, te=30)
    axis = Axis("1H", 4096, 2000.0, MHZ, 4.65, "time", "complex")
    merged = lines.merged()
    assert len(merged) < len(lines)
    np.testing.assert_allclose(merged.fid(axis), lines.fid(axis), atol=1e-3 * 6)


def test_mistakes_are_refused():
    with pytest.raises(ValueError, match="symmetric"):
        SpinSystem(np.array([1.0, 2.0]), np.array([[0.0, 1.0], [2.0, 0.0]]))
    with pytest.raises(ValueError, match="nucleus"):
        SpinSystem(np.array([1.0]), np.zeros((1, 1)), ("13C",))
    with pytest.raises(ValueError, match="TE"):
        sequences.press(SYSTEMS["methyl"], MHZ, te=10, te1=10)
    with pytest.raises(ValueError, match="too many"):
        spins.structure((1,) * 20, (0,) * 20)
