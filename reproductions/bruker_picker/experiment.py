"""The experiment: train on simulated spectra, score on unseen compounds and on regions set by hand."""

from __future__ import annotations

from functools import partial

from common import datasets
from common.training.losses import compile_adam

from . import compounds, data, figures, scoring
from .config import Config
from .estimate import parts, predict


def train(config: Config, session) -> None:
    """Train every network on spectra drawn as they are needed."""
    from .model import build

    if config.measured:
        session.used(compounds.SPIN_SYSTEMS, "train", datasets.load(compounds.SPIN_SYSTEMS).checksums)
    for part in parts(config):
        training, validation = (
            data.batches(config, session.seed, split, part, session.offline)
            for split in ("train", "validation")
        )
        model = session.build(lambda: build(config), part)
        compile_model(model, config, config.epochs * len(training))
        session.fit(
            model,
            training,
            part,
            epochs=config.epochs,
            validation=validation,
            monitor=None,
            figures=lambda trained, seen=validation: {"example": figures.example(config, trained, seen)},
        )


def compile_model(model, config: Config, steps: int) -> None:
    """Cross-entropy of every step (ours); steps beyond the end of a spectrum have no class, and none."""
    compile_adam(model, "categorical_crossentropy", config.rate, steps, metric=overlap)


def overlap(target, output):
    """Signal that is both true and found, over the mean of true and found: F1 of probabilities."""
    from keras import ops

    both = ops.sum(target[..., 1] * output[..., 1])
    return 2 * both / (ops.sum(target[..., 1]) + ops.sum(output[..., 1]) + 1e-6)


def evaluate(config: Config, session) -> None:
    """Score the networks beside the classical finder, draw what they do, and time them."""
    from .model import build

    models = [session.trained(part, build(config)) for part in parts(config)]
    find = partial(predict, config, models)
    reliabilities, first = scoring.score_simulated(config, session, find)
    of_measured, every = scoring.score_measured(config, session, find)
    reliabilities |= of_measured
    for name, found in reliabilities.items():
        source = name if name in of_measured else "simulated"
        condition = "all" if name in of_measured else name
        session.measure(f"{source}/{condition}/calibration_error", found.error())
    scoring.score_time(config, session, find)
    figures.draw(session, reliabilities, first, every)
