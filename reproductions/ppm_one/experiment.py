"""The experiment of PPM_One: small networks in ensembles, tested on proteins that none of them saw."""

from __future__ import annotations

import numpy as np

from common.classical import ridge
from common.shiftlist import NUCLEI
from common.shifts import baselines, figures, scoring
from common.shifts.examples import Examples, examples
from common.shifts.proteins import report, unseen_entries, uses
from common.training.losses import compile_adam, known_error

from . import data
from .config import Config


def compile_model(model, config: Config, steps: int) -> None:
    """Adam with a cosine decay over ``steps`` on the mean square of shifts scaled to their range."""
    from keras import ops

    half = ops.convert_to_numpy(model.get_layer("shift").half())

    def scaled_error(target, output):
        return known_error(target / half, output / half)

    compile_adam(model, scaled_error, config.rate, steps, metric=squared_error, weight_decay=config.decay)


def squared_error(target, output):
    """Mean square of the members' errors in square ppm."""
    return known_error(target, output)


def train(config: Config, session) -> None:
    """Train the ensemble of each nucleus, its members together; each leaves out one part of the proteins."""
    table = data.training(config, session.offline)
    seen = uses(config.sets, config.made_up)
    for nucleus in config.nuclei:
        training, held_out = (
            data.nucleus_batches(config, table, nucleus, session.seed, split, seen)
            for split in ("train", "validation")
        )
        model = session.build(lambda nucleus=nucleus: started(config, table, nucleus), nucleus)
        compile_model(model, config, config.epochs * len(training))
        session.fit(model, training, nucleus, epochs=config.epochs, validation=held_out)


def started(config: Config, table: Examples, nucleus: str):
    """The untrained network of a nucleus that knows the ranges of inputs and shifts."""
    from .model import build

    rows, shifts = data.known(table, nucleus)
    model = build(config, nucleus)
    model.get_layer("range").learn(table.features[rows][:, data.columns(config, nucleus)])
    model.get_layer("shift").learn(shifts[:, None])
    return model


def evaluate(config: Config, session) -> None:
    """Score on the test proteins beside random coil, ridge regression and the real programs."""
    from .model import build

    report(session, config.sets, config.made_up)
    models = {nucleus: session.trained(nucleus, build(config, nucleus)) for nucleus in config.nuclei}
    entries = unseen_entries(made_up=config.made_up, offline=session.offline)
    table = examples(entries, data.describe, np.zeros(len(entries)))
    shifts = {
        "network": predict(models, config, table.features),
        "ridge": ridge_regression(config, data.training(config, session.offline), table),
    }
    predicted = {method: scoring.by_entry(entries, table, values) for method, values in shifts.items()}
    predicted |= baselines.conventional(entries, programs=not config.made_up)
    figures.draw(session, scoring.score(session, entries, predicted))


def predict(models: dict, config: Config, features: np.ndarray) -> np.ndarray:
    """Shifts (rows, 6) in ppm, the mean over the members, from columns of ``describe`` (rows, 131).

    models: by nucleus; NaN for a nucleus without one.
    """
    made = np.full((len(features), len(NUCLEI)), np.nan)
    for nucleus, model in models.items():
        given = features[:, data.columns(config, nucleus)]
        made[:, NUCLEI.index(nucleus)] = model.predict(given, batch_size=4096, verbose=0).mean(axis=1)
    return made


def ridge_regression(config: Config, table: Examples, unseen: Examples) -> np.ndarray:
    """Shifts (rows, 6) of unseen residues by a line for each nucleus, from the inputs of its network."""
    made = np.full((len(unseen), len(NUCLEI)), np.nan)
    for nucleus in config.nuclei:
        rows, shifts = data.known(table, nucleus)
        chosen = data.columns(config, nucleus)
        line = ridge.fit(table.features[rows][:, chosen], shifts, table.folds[rows])
        made[:, NUCLEI.index(nucleus)] = line.predict(unseen.features[:, chosen])
    return made
