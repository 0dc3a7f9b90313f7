"""How far off a prediction is likely to be, learnt from the errors of members that did not see a protein.

The program has surfaces of errors over phi and psi for each amino acid and nucleus (its column SIGMA). A
small network of the same inputs says the same, smoothly (ours).
"""

from __future__ import annotations

import numpy as np

from common.shifts import members
from common.shifts.examples import Examples
from common.training.losses import compile_adam

from . import data
from .config import Config

#: Errors are held to so many standard deviations of all: a wrong assignment says nothing of its surroundings.
FARTHEST = 4.0
#: ours: units of the hidden layer; a surface, not a second predictor.
HIDDEN = (12,)


def part(group: str) -> str:
    """The name of the network of a group of nuclei."""
    return f"{group}/errors"


def build(config: Config):
    """From inputs (batch, inputs) to the logarithm of the standard deviation of the scaled shifts."""
    from .model import dense

    return dense(config, HIDDEN)


def likelihood(target, output):
    """Negative log-likelihood of errors under a normal distribution of standard deviation exp(output)."""
    from keras import ops

    known = ops.isfinite(target)
    error = ops.where(known, target, ops.zeros_like(target))
    terms = 0.5 * ops.square(error) * ops.exp(-2.0 * output) + output
    counted = ops.sum(ops.cast(known, output.dtype))
    return ops.sum(ops.where(known, terms, ops.zeros_like(terms))) / ops.maximum(counted, 1.0)


def mean_log(target, output):
    """The mean logarithm of the standard deviations."""
    from keras import ops

    return ops.mean(output)


def compile_errors(model, config: Config, steps: int) -> None:
    """As the networks of shifts, on the likelihood of their errors."""
    compile_adam(model, likelihood, config.rate, steps, metric=mean_log, weight_decay=config.decay)


def fit(config: Config, session, known: Examples, error: np.ndarray, group: str, uses):
    """Train the network of errors (rows, 6), in the units of the networks, of a group."""
    chosen = members.columns(group)
    held = np.full_like(error, np.nan)
    largest = FARTHEST * np.nanstd(error[:, chosen], axis=0)
    held[:, chosen] = np.clip(error[:, chosen], -largest, largest)
    training = members.batches(known, held, group, config.batch, session.seed, "train", uses)
    model = session.build(lambda: started(build(config), np.nanstd(held[:, chosen], axis=0)), part(group))
    compile_errors(model, config, config.error_epochs * len(training))
    return session.fit(model, training, part(group), epochs=config.error_epochs, monitor=None)


def started(model, spread: np.ndarray):
    """The network, beginning with the overall standard deviation."""
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel * 0.1, bias + np.log(spread)])
    return model


def predicted(config: Config, session, table: Examples) -> np.ndarray:
    """Standard deviations (rows, 6) in ppm of the predicted shifts of a table."""
    models = {part(group): session.trained(part(group), build(config)) for group in data.groups(config)}
    return stated(models, table.features)


def stated(models: dict[str, object], features: np.ndarray) -> np.ndarray:
    """Standard deviations (rows, 6) in ppm by the networks of errors, by part."""
    return np.exp(members.predict(models, features)) / data.SCALE
