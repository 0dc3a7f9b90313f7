"""Speed of MR-3D-DenseNet in environments per second of processor time; the README's table is its output.

Not part of a usual test run: ``KERAS_BACKEND=tensorflow pytest -s tests/benchmarks/test_mr3d_speed.py``, with
one thread (``TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1``).
"""

import time

import numpy as np
import pytest

from reproductions.mr3d_densenet import examples
from reproductions.mr3d_densenet.config import Config
from reproductions.mr3d_densenet.training import compile_model

#: Channels, stride of the first convolution, environments a batch.
FULL, COMPACT = (64, 1, 8), (32, 2, 64)
CASES = (FULL, (16, 1, 16), (16, 2, 32), (16, 2, 64), COMPACT)


def batch(count):
    """Neighbours as dense as in a crystal, 1 / 10 cubic angstrom, and targets."""
    rng = np.random.default_rng(0)
    config = Config()
    radius = (3 * config.neighbours / (4 * np.pi * 0.1)) ** (1 / 3)
    places = rng.standard_normal((count, config.neighbours, 3))
    lengths = radius * np.sort(rng.random((count, config.neighbours))) ** (1 / 3)
    offsets = places / np.linalg.norm(places, axis=2, keepdims=True) * lengths[..., None]
    kinds = rng.integers(0, 4, (count, config.neighbours)).astype("int8")
    turned = examples.orientations(config, count, 0, "prediction")[1]
    return [offsets.astype("float32"), kinds, turned], rng.standard_normal((count, 1)).astype("float32")


def rate(function, count, times=3):
    """Environments per processor second of the best of some calls, after one that compiles."""
    function()
    seconds = []
    for _ in range(times):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return count / min(seconds)


def network(channels, stride, count):
    """Rates of a training step and of a prediction."""
    from common.training.backend import import_keras

    import_keras()
    from reproductions.mr3d_densenet.model import build

    config = Config(channels=channels, stride=stride)
    model = build(config)
    compile_model(model, config, 100)
    inputs, targets = batch(count)
    train = rate(lambda: model.train_on_batch(inputs, targets), count)
    return train, rate(lambda: model.predict_on_batch(inputs), count)


@pytest.fixture(scope="module")
def rates():
    """Rates of training and prediction by case."""
    found = {}
    for case in CASES:
        found[case] = network(*case)
        nodes = 16 // case[1]
        print(f"\n{nodes} nodes, {case[0]} channels, batches of {case[2]}: training {found[case][0]:.3g},"
              f" prediction {found[case][1]:.3g} environments a second")  # fmt: skip
    return found


def test_densities_cost_little_beside_the_network(rates):
    from common.training.backend import import_keras

    import_keras()
    from reproductions.mr3d_densenet.model import Densities

    config, (inputs, _) = Config(), batch(32)
    layer = Densities(config.boxes, config.grid)
    alone = rate(lambda: np.asarray(layer(*inputs)), 32)
    print(f"\ndensities alone: {alone:.3g} environments a second")
    assert rates[FULL][0] < 0.05 * alone


def test_half_of_nodes_and_channels_are_ten_times_as_fast(rates):
    assert rates[COMPACT][0] > 10 * rates[FULL][0]
