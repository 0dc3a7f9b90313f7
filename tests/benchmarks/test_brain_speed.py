"""Speed of simulated brain spectra, in processor time. Run with ``pytest tests/benchmarks``."""

import time

import numpy as np
import pytest

from common.simulation.brain import BrainRanges, simulate
from common.simulation.metabolites import basis
from common.spectrum import Axis


@pytest.mark.parametrize("points", [1024, 2048])
def test_a_thousand_brain_spectra_a_second(points):
    signals = basis(Axis("1H", points, 2000.0, 127.75, 4.65, "time", "complex"))
    simulate(signals, BrainRanges(), 64, np.random.default_rng(0))
    best = 0.0
    for seed in range(3):
        start = time.process_time()
        simulate(signals, BrainRanges(), 512, np.random.default_rng(seed))
        best = max(best, 512 / (time.process_time() - start))
    print(f"{points} points: {best:.0f} spectra a second")
    assert best > 1000
