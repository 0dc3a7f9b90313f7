"""Speed of what NUS work spends its time on. Not part of a usual test run: ``pytest tests/benchmarks``."""

import time

import numpy as np
import pytest

from common.classical.ist import ist_s
from common.io.files import read, write
from common.nus import testbench
from common.simulation.exponentials import complex_fid, draw_exponentials
from common.spectrum import Axis, Spectrum
from common.training import config as configuration
from reproductions.qu_cnn import config as configs

POINTS, FIDS = 128, 512


@pytest.fixture(scope="module")
def parameters():
    """As qu_cnn draws them."""
    config = configs.Config()
    drawn = (config.amplitude, config.frequency, config.tau, config.phase)
    return draw_exponentials(np.random.default_rng(0), FIDS, config.peaks, *drawn)


def plain_sum(p):
    """All exponentials at all points, in single precision as well."""
    t = np.arange(POINTS, dtype="float32")
    rate = (2j * np.pi * p.frequency - 1 / p.tau).astype("complex64")
    size = (p.amplitude * np.exp(1j * p.phase)).astype("complex64")
    return np.einsum("fk,fkn->fn", size, np.exp(rate[..., None] * t))


def quickest(function, *given):
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        function(*given)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def test_simulating_fids(benchmark, parameters):
    """In two factors, more than three times as fast as the plain sum."""
    made = benchmark(complex_fid, parameters, POINTS)
    np.testing.assert_allclose(made, plain_sum(parameters), atol=1e-3)
    ratio = quickest(plain_sum, parameters) / quickest(complex_fid, parameters, POINTS)
    benchmark.extra_info |= {
        "fids_per_second": FIDS / benchmark.stats.stats.min,
        "times_the_plain_sum": ratio,
    }
    assert ratio > 3


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


def test_reading_a_large_nmrpipe_file(benchmark, tmp_path):
    """64 MB, the page cache warm."""
    axes = (Axis("15N", 4096, 2000.0, 60.8, 118.0), Axis("1H", 4096, 8000.0, 600.0, 4.7))
    data = np.random.default_rng(0).standard_normal((4096, 4096), dtype="float32")
    path = tmp_path / "large.ft2"
    write(path, Spectrum(data, axes))
    made = benchmark.pedantic(read, (path,), rounds=3, iterations=1, warmup_rounds=1)
    np.testing.assert_array_equal(made.data, data)
    benchmark.extra_info["megabytes_per_second"] = path.stat().st_size / 1e6 / benchmark.stats.stats.min


def test_a_training_step_of_hansens_cell(benchmark):
    """Three layers of the modified LSTM against ``keras.layers.LSTM`` of their width on three steps."""
    import keras

    from reproductions.hansen_lstm.config import Config
    from reproductions.hansen_lstm.model import build

    config, rng = Config(units=256), np.random.default_rng(0)
    inputs = [rng.standard_normal((128, *shape)).astype("float32") for shape in ((2, 32), (32,), (3, 576))]
    targets = [rng.standard_normal((128, *shape)).astype("float32") for shape in ((2, 256), (512,))]
    steps = keras.Input((3, 576))
    lstm = keras.Model(steps, keras.layers.Dense(512)(keras.layers.LSTM(config.units)(steps)))
    ours = build(config)
    for model in (ours, lstm):
        model.compile("adam", "mse")
    benchmark(ours.train_on_batch, inputs[:2], targets[0])
    ratio = quickest(ours.train_on_batch, inputs[:2], targets[0]) / quickest(
        lstm.train_on_batch, inputs[2], targets[1]
    )
    benchmark.extra_info |= {"times_of_a_keras_lstm": ratio}
    assert ratio < 2
