"""Speed of what NUS work spends its time on. Not part of a usual test run: ``pytest tests/benchmarks``."""

import numpy as np
import pytest

from common.classical.ist import ist_s
from common.nus import testbench
from common.training import config as configuration
from reproductions.qu_cnn import config as configs

POINTS = 128


@pytest.fixture(scope="module")
def undersampled():
    """(fid, mask): a quarter of 128 points, 384 columns, about those of a real HSQC."""
    plane, mask = testbench.disordered_protein(), testbench.schedules(POINTS, 0.25, 1)[0]
    return np.tile(plane.fid * mask[:, None], 2), mask


def test_ist_s_of_a_spectrum(benchmark, undersampled):
    fid, mask = undersampled
    made = benchmark.pedantic(
        ist_s, (fid, mask), {"stop_sigma": 2.0}, rounds=3, iterations=1, warmup_rounds=1
    )
    assert (made[~mask] != 0).any()


def test_network_on_a_spectrum(benchmark, undersampled):
    """Untrained: the weights do not change the time."""
    from reproductions.qu_cnn import experiment, model

    config = configuration.resolve(configs, "paper", "faithful", {})
    network = experiment.method(model.build(config), config)
    made = benchmark.pedantic(network, undersampled, rounds=3, iterations=1, warmup_rounds=1)
    np.testing.assert_allclose(made, undersampled[0], atol=1e-4 * np.abs(undersampled[0]).max())
