"""Training of the ensembles, each on what earlier ones say of proteins that they did not see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.training.losses import compile_adam

from . import data, networks
from .config import Config
from .networks import Networks


def compile_model(model, config: Config, steps: int) -> None:
    """AdamW with a cosine decay over ``steps`` on the cross-entropy of distributions."""
    loss, metric = "categorical_crossentropy", largest_right
    compile_adam(model, loss, config.rate, steps, metric=metric, weight_decay=config.decay)


def largest_right(target, output):
    """Share of examples whose most probable state is the target's."""
    from keras import ops

    same = ops.argmax(target, axis=-1) == ops.argmax(output, axis=-1)
    return ops.mean(ops.cast(same, "float32"))


def train(config: Config, session, found: data.Known, used) -> Networks:
    """Train every ensemble on residues of known structure. used: what the record says of them."""
    trained = Networks(config, {})

    def shifts(rows, split):
        return data.level1_batches(config, found, rows, session.seed, split, used)

    trained = ensemble(trained, session, found, "level_1", config.epochs, found.scored, shifts)
    maps = trained.maps(found.table, found.folds)[-1]
    if config.reach2 >= 0:
        wanted = data.distributions(config, found)
        seen = networks.map_inputs(config, found.table, maps)
        again = array_batches(config, session, seen, wanted, used)
        trained = ensemble(trained, session, found, "level_2", config.epochs2, found.scored, again)
        maps = trained.maps(found.table, found.folds)[-1]
    seen = networks.tail_inputs(config, found.table, maps)
    for group, states in networks.tail_states(found.truth).items():
        rows = np.flatnonzero(found.table.known & (states >= 0))
        one = array_batches(config, session, seen, np.eye(3)[states], used)
        trained = ensemble(trained, session, found, group, config.epochs_tail, rows, one)
    return trained


def ensemble(trained, session, found, group: str, epochs: int, rows, batches: Callable) -> Networks:
    """The networks with a further ensemble, each member trained without a fold, on which it is watched.

    batches: ``batches(rows, split)``. The epoch with the lowest loss of that fold is kept.
    """
    config, models = trained.config, dict(trained.models)
    for member in range(config.members):
        part, out = f"{group}/{member}", found.folds[rows] == member
        training, held_out = batches(rows[~out], "train"), batches(rows[out], "validation")
        model = session.build(lambda: networks.build(config, group), part)
        compile_model(model, config, epochs * len(training))
        models[part] = session.fit(model, training, part, epochs=epochs, validation=held_out)
    return Networks(config, models)


def array_batches(config: Config, session, seen: Callable, wanted: np.ndarray, used) -> Callable:
    """``batches(rows, split)`` of what ``seen(rows)`` gives, with the targets ``wanted`` (rows, ...)."""
    return lambda rows, split: data.array_batches(seen, wanted, rows, config.batch, session.seed, split, used)
