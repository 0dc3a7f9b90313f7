"""Integrals of regions and their protons: closed forms of Lorentzians, TopSpin's integrals of aspirin."""

import numpy as np
import pytest

from common.classical.integrals import flattened, integrals, running_integral, suggested_scale
from common.classical.signals import Reference, find_signals
from common.errors import UserError
from common.io import files
from common.io.regions import make_regions, read_regions
from common.spectrum import Axis

AXIS = Axis("1H", 16384, 6000.0, 500.0, 5.0)


def lines(*parts, axis=AXIS) -> np.ndarray:
    """Lorentzians (ppm, width in Hz, area) on an axis."""
    hz = axis.hz()
    return sum(a * (w / 2) / ((hz - 500 * ppm) ** 2 + (w / 2) ** 2) / np.pi for ppm, w, a in parts)


def noise(level, seed=0) -> np.ndarray:
    return level * np.random.default_rng(seed).normal(size=AXIS.size)


@pytest.mark.parametrize("reach", [5.0, 20.0, 100.0])
def test_a_cut_lorentzian_has_the_area_of_its_arctangent(reach):
    found = integrals(lines((4.0, 2.0, 3.0)), AXIS, [[4 + reach / 500, 4 - reach / 500]])
    assert found[0] == pytest.approx(3 * 2 / np.pi * np.arctan(reach), rel=2e-3)


def test_edges_between_points_and_zero_filling_change_nothing():
    fine = Axis("1H", 65536, 6000.0, 500.0, 5.0)
    edges = [[4.01234, 3.98765]]
    found = [integrals(lines((4.0, 2.0, 1.0), axis=axis), axis, edges)[0] for axis in (AXIS, fine)]
    assert found[0] == pytest.approx(found[1], rel=1e-3)
    whole = [[4.01234, 4.0], [4.0, 3.98765]]
    assert integrals(lines((4.0, 2.0, 1.0)), AXIS, whole).sum() == pytest.approx(found[0], rel=1e-9)
    running = running_integral(np.ones(AXIS.size), AXIS)
    assert running[-1] == pytest.approx(6000.0, rel=1e-3)
    assert integrals(np.ones(AXIS.size), AXIS, [[30.0, 25.0]])[0] == 0  # beyond the axis


def test_a_rolling_baseline_is_not_integrated_and_a_broad_signal_is():
    """An OH 60 Hz wide on a roll: its top is as smooth as a baseline, and its skirts at the edges are one."""
    roll = 0.02 * np.cos(2 * np.pi * AXIS.hz() / 6000)
    edges = np.array([[5.9, 5.1], [3.1, 2.9]])
    data = lines((5.5, 60.0, 1.0), (3.0, 1.5, 1.0)) + roll + noise(2e-4)
    flat, level = flattened(data, AXIS, edges)
    reach, half = np.array([200.0, 50.0]), np.array([30.0, 0.75])
    skirts = 2 * reach * half / (reach**2 + half**2) / np.pi
    np.testing.assert_allclose(
        integrals(flat, AXIS, edges), 2 / np.pi * np.arctan(reach / half) - skirts, atol=0.03
    )
    assert level == pytest.approx(2e-4, rel=0.1)


def test_integrals_of_aspirin_are_those_of_topspin(data_dir):
    folder = data_dir("bruker_1d_regions") / "aspirin_300MHz/pdata/1"
    rows = [line.split() for line in (folder / "integrals.txt").read_text().splitlines()]
    stated = np.array([float(row[3]) for row in rows if len(row) == 4 and row[0].isdecimal()])
    assert len(stated) == 5
    spectrum = files.read(folder)
    signals = find_signals(spectrum.data, spectrum.axes[0], read_regions(folder / "intrng"))
    integral = signals.regions.integral
    np.testing.assert_allclose(integral / integral[1], stated, rtol=0.01)
    assert signals.protons_by == "suggested"
    np.testing.assert_array_equal(np.round(signals.protons), [3, 1, 1, 1, 3])


@pytest.mark.parametrize(
    ("protons", "unit"),
    [((1, 2, 3), 7.0), ((3, 2, 2, 1), 1e-6), ((9, 1, 2, 2), 1.0), ((3, 3, 6, 1, 1, 1), 40.0)],
)
def test_whole_protons_are_suggested(protons, unit):
    off = 1 + 0.02 * np.random.default_rng(0).normal(size=len(protons))
    scale = suggested_scale(unit * np.array(protons) * off)
    assert scale * unit == pytest.approx(1.0, rel=0.03)


def test_one_exchanging_proton_spoils_no_suggestion():
    scale = suggested_scale(np.array([0.55, 1.0, 2.02, 3.0, 1.99, 1.01]))
    assert scale == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("found", [[], [1.0, -0.2], [1.0, 0.0]])
def test_nothing_is_suggested_without_positive_integrals(found):
    assert suggested_scale(np.array(found)) is None


DATA = lines((7.25, 1.0, 2.0), (7.2, 1.0, 2.0), (4.7, 2.0, 50.0), (2.1, 1.0, 3.0), (0.0, 1.0, 9.0))
REGIONS = make_regions(
    [[7.3, 7.23], [7.22, 7.15], [4.9, 4.5], [2.15, 2.05], [0.05, -0.05]],
    ["signal", "signal", "solvent", "signal", "reference"],
)


def test_a_total_counts_the_compound_alone():
    signals = find_signals(DATA, AXIS, REGIONS, protons=7)
    np.testing.assert_allclose(signals.protons[[0, 1, 3]], [2, 2, 3], rtol=0.03)
    assert signals.protons[[0, 1, 3]].sum() == pytest.approx(7)
    assert signals.protons_by == "total"
    assert signals.regions.integral[[0, 1, 3]].sum() == pytest.approx(100)
    assert signals.compound.tolist() == [True, True, False, True, False]


def test_a_reference_may_be_of_several_regions_and_need_not_be_of_the_compound():
    by_two = find_signals(DATA, AXIS, REGIONS, reference=Reference(7.1, 7.4, 4))
    np.testing.assert_allclose(by_two.protons[[0, 1, 3]], [2, 2, 3], rtol=0.03)
    by_tms = find_signals(DATA, AXIS, REGIONS, reference=Reference(0.1, -0.1, 9))
    np.testing.assert_allclose(by_tms.protons[[0, 1, 3, 4]], [2, 2, 3, 9], rtol=0.03)
    assert by_tms.protons_by == "reference"


def test_a_scale_that_cannot_be_had_is_refused():
    with pytest.raises(UserError, match=r"no region has its middle between 6 and 5 ppm; there are 7\.30"):
        find_signals(DATA, AXIS, REGIONS, reference=Reference(5, 6, 1))
    with pytest.raises(UserError, match="not positive"):
        find_signals(-DATA, AXIS, REGIONS, protons=7)
    with pytest.raises(UserError, match="not positive"):
        find_signals(DATA, AXIS, make_regions([]), protons=7)


def test_without_regions_there_is_nothing():
    signals = find_signals(noise(1.0), AXIS, make_regions([]))
    assert len(signals.regions) == len(signals.protons) == len(signals.multiplets) == 0
    assert signals.protons_by == ""
