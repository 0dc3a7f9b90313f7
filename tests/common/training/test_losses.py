"""What several networks are trained by, against closed forms."""

import keras
import numpy as np
import pytest

from common.training.losses import compile_adam, log_error, rlne


def test_the_metric_is_the_relative_error_of_the_batch():
    target = np.full((2, 8, 3, 2), 2.0, "float32")
    assert float(rlne(target, 0.75 * target)) == pytest.approx(0.25)
    assert float(rlne(0 * target, 0 * target)) == 0


def test_a_factor_counts_alike_on_small_and_large_errors_down_to_one_percent():
    def loss(*errors):
        squares = np.square(np.array(errors, "float32"))
        return float(log_error(lambda target, output: squares)(None, None))

    assert loss(0.2, 0.8) == pytest.approx(np.log(0.4), abs=1e-2)
    assert loss(0.0) == pytest.approx(np.log(0.01), rel=1e-5)
    assert loss(1.0) - loss(0.5) == pytest.approx(np.log(2), abs=1e-3)


def test_the_rate_falls_to_zero_and_steps_are_of_its_size():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1))])
    compile_adam(model, "mse", 0.1, 20)
    x = np.ones((4, 1), "float32")
    moved = [float(model.get_weights()[0][0, 0]) for _ in range(25) if model.train_on_batch(x, 100 * x)]
    steps = np.diff([0.0, *moved])
    assert steps[0] == pytest.approx(0.1, rel=1e-3)  # the first step of Adam, whatever the gradient
    assert steps[10] == pytest.approx(0.05, rel=0.1)  # half way down the cosine
    np.testing.assert_array_equal(steps[20:], 0.0)
    assert "rlne" in model.get_metrics_result()
