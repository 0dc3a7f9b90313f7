"""A reproduction in small, with all that can break an exact resume: dropout, batch norm, Adam, two parts.

``python -m tests.common.training.tiny RUNS EPOCHS`` trains it and prints the checksums of its weights.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.training.backend import import_keras
from common.training.batches import Batches
from common.training.session import Session

PARTS = ("first", "second/0")


@dataclass(frozen=True)
class Config:
    epochs: int = 3
    width: int = 8  # of the hidden layer; 0 for a network without one, where little depends on it
    rate: float = 0.01
    eager: bool = True


PRESETS = {"smoke": {}, "paper": {"epochs": 500}}
VARIANTS = {"faithful": {}, "wide": {"width": 16}}


def build(config=Config()):
    import keras

    model = keras.Sequential([keras.Input((6,))])
    if config.width:
        model.add(keras.layers.Dense(config.width, "relu"))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Dropout(0.3))
    model.add(keras.layers.Dense(1))
    optimizer = keras.optimizers.Adam(config.rate)
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=config.eager)
    return model


def make(indices, rng):
    """Noise that the generator draws, marked with the example numbers so that their order counts as well."""
    inputs = rng.normal(size=(len(indices), 6)).astype("float32")
    return inputs, (inputs[:, :1] * 2 + np.sin(indices)[:, None]).astype("float32")


def batches(split, make=make, count=None, **options):
    count = count or {"train": 24, "validation": 16}[split]
    return Batches(make, count, batch_size=16, seed=3, split=split, **options)


def open_session(runs, config=Config(), **options):
    return Session.open("tiny", config, preset="smoke", variant="faithful", seed=3, runs=runs, **options)


def train(session, part, **options):
    """Fit one part, every epoch kept; what is given replaces the usual."""
    model = session.build(lambda: build(session.config), part)
    usual = {
        "batches": batches("train"),
        "validation": batches("validation"),
        "epochs": session.config.epochs,
        "checkpoint_seconds": 0.0,
    }
    return session.fit(model, part=part, **(usual | options))


def checksums(runs, config=Config(), **options):
    """Run all parts; the checksum of each part's weights."""
    with open_session(runs, config) as session:
        for part in PARTS:
            train(session, part, **options)
        return {name: part["weights_sha256"] for name, part in session.finish()["parts"].items()}


if __name__ == "__main__":
    import_keras()
    print(checksums(Path(sys.argv[1]), Config(epochs=int(sys.argv[2]), eager=False)))
