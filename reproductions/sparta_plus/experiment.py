"""The experiment of SPARTA+: ensembles of small networks, tested on proteins that resemble none they saw."""

from __future__ import annotations

from functools import partial

import numpy as np

from common.classical import ridge
from common.shiftlist import NUCLEI
from common.shifts import baselines, figures, members, peers, scoring
from common.shifts.examples import Examples, examples
from common.shifts.proteins import report, unseen_entries, uses
from common.training.losses import compile_adam, known_error, known_huber

from . import data, errors
from .config import Config


def compile_model(model, config: Config, steps: int) -> None:
    """AdamW with a cosine decay over ``steps`` on the error of scaled shifts."""
    loss = {"mse": known_error, "huber": known_huber, "near_huber": near_huber}[config.loss]
    compile_adam(model, loss, config.rate, steps, metric=squared_error, weight_decay=config.decay)


def near_huber(target, output):
    """As ``known_huber``, linear from once the usual error on."""
    return known_huber(target, output, 1.0)


def squared_error(target, output):
    """The mean square of scaled errors under a name that is no loss."""
    return known_error(target, output)


def parts(config: Config) -> list[str]:
    """The networks that predict shifts, ``<group>/<member>``."""
    return [f"{group}/{member}" for group in data.groups(config) for member in range(config.members)]


def train(config: Config, session) -> None:
    """Train each nucleus' ensemble, then a network that learns how far off its members were."""
    from .model import build

    known = data.training(config, session.offline)
    wanted = data.targets(known)
    seen = uses(config.sets, config.made_up)
    for group in data.groups(config):
        models = {}
        for member in range(config.members):
            models[f"{group}/{member}"] = members.fit(
                session, known, wanted, group, member,
                build=lambda: build(config),
                compile_model=lambda model, steps: compile_model(model, config, steps),
                size=config.batch, epochs=config.epochs, uses=seen,
            )  # fmt: skip
        errors.fit(config, session, known, wanted - members.held_out(models, known), group, seen)


def evaluate(config: Config, session) -> None:
    """Score on the test proteins beside random coil, ridge regression and the real programs."""
    from .model import build

    report(session, config.sets, config.made_up)
    models = {part: session.trained(part, build(config)) for part in parts(config)}
    entries = unseen_entries(made_up=config.made_up, offline=session.offline)
    described = partial(data.describe, kind=config.inputs, reach=config.reach)
    table = examples(entries, described, np.zeros(len(entries)))
    secondary = {
        "network": members.predict(models, table.features) / data.SCALE,
        "ridge": ridge_regression(data.training(config, session.offline), table),
    }
    predicted = {method: scoring.by_entry(entries, table, value) for method, value in secondary.items()}
    predicted |= baselines.conventional(entries, programs=not config.made_up)
    stated = {"network": scoring.stated_by_entry(entries, table, errors.predicted(config, session, table))}
    if not config.made_up:
        stated["sparta_plus_program"] = [peers.stated_errors(entry) for entry in entries]
    figures.draw(session, scoring.score(session, entries, predicted, stated))


def ridge_regression(known: Examples, table: Examples) -> np.ndarray:
    """Secondary shifts (rows, 6) in ppm by a line for each nucleus, from the inputs of the networks."""
    values, made = known.secondary(), np.full((len(table), len(NUCLEI)), np.nan)
    for i in range(len(NUCLEI)):
        rows = np.isfinite(values[:, i])
        line = ridge.fit(known.features[rows], values[rows, i], known.folds[rows])
        made[:, i] = line.predict(table.features)
    return made
