"""What the networks are trained on."""

from __future__ import annotations

import numpy as np

from common.metrics.concentrations import LEAST, TOTALS
from common.simulation.brain_ranges import BrainRanges
from common.simulation.metabolites import NAMES
from common.training.losses import compile_adam

from . import data
from .config import Config


def compile_model(model, config: Config, steps: int) -> None:
    """Adam, cosine decay to zero over ``steps``, gradients clipped to norm 1; NMSE as the metric to watch.

    The relative error of concentrations starts from a tenth of the rate, reached in a fiftieth of the steps
    (ours: its first steps at the full rate raise it).
    """
    relative = config.loss == "mape"
    loss = concentration_error(config) if relative else nmse
    warmup = max(steps // 50, 1) if relative else 0
    compile_adam(model, loss, config.rate, steps, metric=normalised_error, warmup=warmup)


def nmse(target, output):
    """Squared error of each spectrum over the squares of its target, averaged over spectra."""
    from keras import ops

    squares = ops.sum(ops.square(target), axis=-1)
    return ops.mean(ops.sum(ops.square(output - target), axis=-1) / (squares + 1e-12))


def normalised_error(target, output):
    """The NMSE under a name that is no loss."""
    return nmse(target, output)


def concentration_error(config: Config):
    """Mean of |estimated - true| / true over the metabolites and the field's sums of them (ours).

    Concentrations are those of the regression that follows the network. Below a tenth of normal the error is
    taken relative to that tenth.
    """
    from keras import ops

    matrix, least = regression(config)

    def mape(target, output):
        true = ops.matmul(target, matrix)
        error = ops.abs(ops.matmul(output, matrix) - true)
        return ops.mean(error / ops.maximum(true, least))

    return mape


def regression(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """From spectra (..., shifts) to concentrations of metabolites and sums; the least that counts (mM)."""
    parts = [[name in TOTALS[total] for name in NAMES] for total in TOTALS]
    sums = np.vstack([np.eye(len(NAMES)), np.array(parts, dtype=float)]).T
    normal = BrainRanges().normal(NAMES) @ sums
    matrix = np.linalg.pinv(data.target_signals(config)) @ sums
    return matrix.astype("float32"), (LEAST * normal).astype("float32")
