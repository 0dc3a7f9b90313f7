"""Speed of simulating spins. Not part of a usual test run: ``pytest tests/benchmarks``."""

import json
import time
import zipfile

import numpy as np
import pytest

from common.simulation import metabolites, sequences, weak_coupling
from common.simulation.spins import SpinSystem
from common.spectrum import Axis
from tests.common.simulation import plain_spins

AXIS = Axis("1H", 2048, 2000.0, 127.8, 4.65, "time", "complex")


def seconds(function, *given):
    start = time.perf_counter()
    function(*given)
    return time.perf_counter() - start


def test_basis_of_a_condition(benchmark):
    """Twenty metabolites, 2048 points."""
    made = benchmark.pedantic(metabolites.basis, (AXIS,), rounds=3, iterations=1, warmup_rounds=1)
    assert made.fids.shape == (20, 2048)
    assert benchmark.stats.stats.min < 3


@pytest.mark.parametrize("name", ["Gln", "GABA"])
def test_press_against_full_matrices(benchmark, name):
    """Glutamine with five coupled spins and GABA with six, 2048 points each."""
    (system,) = metabolites.table()[name]
    times = np.arange(AXIS.size) / AXIS.sw

    def ours():
        return sequences.press(system, AXIS.mhz, 30.0).merged().fid(AXIS)

    def plain():
        delays = (0.00504, 0.015, 0.00996)
        made = plain_spins.fid(system, AXIS.mhz, times, "echoes", *delays)
        return made * np.exp(-2j * np.pi * AXIS.carrier * AXIS.mhz * times)

    made = benchmark(ours)
    np.testing.assert_allclose(made, plain(), atol=1e-3 * system.protons)
    ratio = seconds(plain) / benchmark.stats.stats.min
    benchmark.extra_info["times_the_plain_way"] = ratio
    assert ratio > 10


@pytest.fixture(scope="module")
def molecules(data_dir):
    """A hundred of GISSMO's with 10 to 14 spins."""
    with zipfile.ZipFile(data_dir("gissmo_spin_systems") / "coupling_info.zip") as archive:
        found = []
        for name in sorted(n for n in archive.namelist() if n.startswith("coupling_info/bmse")):
            entry = json.loads(archive.read(name))
            shifts = {s["ID"]: s["value"] for s in entry["chemical shift"]}
            pairs = [(j["ID1"], j["ID2"], j["value"]) for j in entry["J-coupling"]]
            if 10 <= len(shifts) <= 14:
                found.append(SpinSystem.of(shifts, pairs))
    return found[:100]


def test_spectra_of_small_molecules(benchmark, molecules):
    """FIDs of 16384 points at 600 MHz, more than 1000 a minute on one core."""
    axis = Axis("1H", 16384, 9000.0, 600.0, 4.7, "time", "complex")

    def all_of_them():
        return [weak_coupling.pulse_acquire(system, axis.mhz).fid(axis) for system in molecules]

    made = benchmark.pedantic(all_of_them, rounds=2, iterations=1, warmup_rounds=1)
    assert len(made) == len(molecules) == 100
    rate = 60 * len(made) / benchmark.stats.stats.min
    benchmark.extra_info["spectra_a_minute"] = rate
    assert rate > 1000
