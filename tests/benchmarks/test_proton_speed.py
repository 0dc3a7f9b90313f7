"""How fast 1D spectra of small molecules are simulated: 2000 a minute on one core is the aim."""

import numpy as np

from common.simulation.proton_ranges import ProtonRanges
from common.simulation.proton_spectra import proton_spectra
from common.simulation.regions import labels

COUNT, POINTS = 20, 32768


def test_spectra_of_random_molecules_with_their_labels(benchmark):
    rng = np.random.default_rng(0)

    def make():
        return labels(proton_spectra(COUNT, POINTS, ProtonRanges(), rng))[0]

    made = benchmark.pedantic(make, rounds=3, warmup_rounds=2)
    assert made.shape == (COUNT, POINTS)
