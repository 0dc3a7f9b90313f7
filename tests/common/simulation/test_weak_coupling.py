"""Weak couplings between clusters against the exact spectrum, on real molecules."""

import json
import zipfile

import numpy as np
import pytest

from common.simulation import sequences, spins, weak_coupling
from common.simulation.spins import SpinSystem
from common.spectrum import Axis

MHZ = 600.0
AXIS = Axis("1H", 8192, 7000.0, MHZ, 4.7, "time", "complex")
DECAY = np.exp(-np.pi * 1.0 * np.arange(AXIS.size) / AXIS.sw)  # lines of 1 Hz


def chain(*ppm, j=7.0):
    pairs = [(i, i + 1, j) for i in range(len(ppm) - 1)]
    return SpinSystem.of(dict(enumerate(ppm)), pairs)


def error(system, mhz=MHZ, **options):
    """Distance of the FID from the exact one, over the size of that."""
    exact = sequences.pulse_acquire(system, mhz).merged().fid(AXIS) * DECAY
    made = weak_coupling.pulse_acquire(system, mhz, **options).fid(AXIS) * DECAY
    return np.linalg.norm(made - exact) / np.linalg.norm(exact)


@pytest.fixture(scope="module")
def gissmo(data_dir):
    """60 molecules of GISSMO with at most 256 states, drawn at random."""
    found = {}
    with zipfile.ZipFile(data_dir("gissmo_spin_systems") / "coupling_info.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("coupling_info/bmse"))
        for name in np.random.default_rng(1).permutation(names)[:120]:
            entry = json.loads(archive.read(name))
            shifts = {s["ID"]: s["value"] for s in entry["chemical shift"]}
            pairs = [(j["ID1"], j["ID2"], j["value"]) for j in entry["J-coupling"]]
            found[name] = SpinSystem.of(shifts, pairs)
    small = [system for system in found.values() if states(system) <= 256]
    return small[:60]


def states(system):
    return max(len(np.concatenate(p.structure.states)) for p in spins.problems(system, MHZ))


def test_ratio_zero_is_exact():
    assert error(chain(1.0, 1.4, 1.5, 3.0), ratio=0.0) < 1e-5


def test_what_is_neglected_between_two_spins():
    """Doublets move by d = J^2 / 4 delta, an error of sqrt(2) d / width; lines change by J / delta."""
    j, delta = 7.0, MHZ
    expected = np.hypot(2**0.5 * j**2 / (4 * delta) / 1.0, j / delta)
    assert error(chain(2.0, 3.0), ratio=0.05) == pytest.approx(expected, rel=0.05)


def test_virtual_coupling_is_kept():
    """X of ABX with J(BX) = 0: a first-order doublet without A's partner, six lines with it."""
    system = SpinSystem.of({"x": 4.5, "a": 2.0, "b": 2.01}, [("x", "a", 7.0), ("a", "b", 10.0)])
    assert error(system, ratio=0.02) < 0.05
    assert error(system, ratio=0.02, reach=0) > 0.3


def test_total_intensity_is_the_number_of_protons():
    system = chain(1.0, 1.0, 1.1, 2.0, 3.5, 3.55, 7.2)
    made = weak_coupling.pulse_acquire(system, MHZ)
    assert made.amplitude.sum() == pytest.approx(system.protons, rel=1e-5)


def test_a_system_too_large_for_the_ratio_is_cut_smaller():
    """Forty coupled protons 0.2 ppm apart: one cluster at the default ratio, many at a larger one."""
    system = chain(*(0.2 * np.arange(40)))
    with pytest.raises(ValueError, match="too many"):
        sequences.pulse_acquire(system, MHZ)
    made = weak_coupling.pulse_acquire(system, MHZ)
    assert made.amplitude.sum() == pytest.approx(40, rel=1e-5)


def test_spins_that_cannot_be_cut_are_refused():
    system = SpinSystem.of(dict.fromkeys(range(16), 2.0), [(i, i + 1, 7.0) for i in range(15)])
    with pytest.raises(ValueError, match="too many"):
        weak_coupling.pulse_acquire(system, MHZ)


def test_real_molecules(gissmo):
    """At 600 MHz, lines of 1 Hz: half of the molecules within 1 % of the exact FID, all within 15 %."""
    errors = np.array([error(system) for system in gissmo])
    assert len(errors) == 60
    assert np.median(errors) < 0.01, np.quantile(errors, [0.5, 0.9, 1])
    assert errors.max() < 0.15
    finer = np.array([error(system, ratio=0.005) for system in gissmo])
    assert finer.max() < 0.05, finer.max()
