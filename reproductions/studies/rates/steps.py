"""Speed of a training step of each network, at the published size where a CPU can."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from common.training.backend import import_keras
from reproductions import registry
from reproductions.studies.rates.arithmetic import flops
from reproductions.studies.rates.measurement import Form, Forms, Measurement

#: Made-up or few examples in place of a data set: the batch is as large as in the real training.
FEW = {
    "qu_cnn": {"examples": 256},
    "hansen_lstm": {},
    "lee_kim_denoiser": {"spectra": 512, "validation": 64},
    "sparta_plus": {"made_up": 12},
    "ppm_one": {"made_up": 12},
    "talos_n": {"made_up": 12},
    "mr3d_densenet": {"made_up": 10},
    "nmr_net": {"made_up": 2, "spectra": 3, "experiments": ("hsqc",)},
    "bruker_picker": {"measured": 0.0},
}
#: Steps of the learning rate's schedule; any number would do.
STEPS = 1000


def configured(name: str, preset: str, variant: str, **overrides):
    """The modules of a reproduction and a configuration of it that needs no data set."""
    from common.training.config import resolve

    reproduction = registry.get(name)
    config = resolve(reproduction.module("config"), preset, variant, {**FEW[name], **overrides})
    return reproduction.module, config


def compiled(name: str, module, config):
    """A network that is ready to be trained."""
    import_keras()
    model = module("model").build(config)
    own = {"mr3d_densenet": "training", "talos_n": "training"}.get(name, "experiment")
    module(own).compile_model(model, config, STEPS)
    return model


def batch(module, config) -> tuple[list[np.ndarray], np.ndarray]:
    """Inputs and targets of a whole training batch, repeated where made-up examples do not fill it."""
    inputs, targets = module("data").batches(config, 0, "train").batch(0, 0)
    inputs = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
    if not getattr(config, "made_up", 0):
        return inputs, targets
    rows = np.arange(config.batch) % len(targets)
    return [each[rows] for each in inputs], targets[rows]


def step(folder: Path, name: str, preset: str, variant: str, peer=None, **overrides) -> Forms:
    """A step on one batch that is in memory."""
    module, config = configured(name, preset, variant, **overrides)
    model = compiled(name, module, config)
    inputs, targets = batch(module, config)
    given = inputs if len(inputs) > 1 else inputs[0]
    return Forms(
        Form(lambda: model.train_on_batch(given, targets), config.batch),
        peers={} if peer is None else peer(config, inputs, targets),
        flops=flops(model, given, training=True),
        # Adam reads and writes a weight, its gradient and two means
        bytes=28 * sum(int(np.prod(each.shape)) for each in model.trainable_variables),
    )


def lstm(config, inputs, targets) -> dict[str, Form]:
    """Three steps of ``keras.layers.LSTM`` of the width of Hansen's cell, which has three layers."""
    import keras

    rng = np.random.default_rng(0)
    steps = keras.Input((config.layers, config.units + config.frequencies))
    outputs = keras.layers.Dense(2 * config.points)(keras.layers.LSTM(config.units)(steps))
    model = keras.Model(steps, outputs)
    model.compile("adam", "mse")
    values = rng.standard_normal((len(targets), *steps.shape[1:])).astype("float32")
    wanted = rng.standard_normal((len(targets), 2 * config.points)).astype("float32")
    return {"keras LSTM": Form(lambda: model.train_on_batch(values, wanted), len(targets))}


def perceptron(hidden: tuple[int, ...], config, inputs, targets) -> dict[str, Form]:
    """scikit-learn's network of the same layers, one output: none where it is not installed."""
    try:
        from sklearn.neural_network import MLPRegressor
    except ImportError:
        return {}
    model = MLPRegressor(hidden_layer_sizes=hidden, activation="tanh", batch_size=len(targets))
    values, wanted = np.nan_to_num(inputs[0]), np.nan_to_num(targets)[:, 0]
    return {"scikit-learn MLP": Form(lambda: model.partial_fit(values, wanted), len(targets))}


def _row(name: str, what: str, unit: str, *words, label: str = "", **overrides) -> Measurement:
    prepare = partial(step, name=name, preset=words[0], variant=words[1], **overrides)
    return Measurement(f"train/{label or name}", what, unit, prepare)


MEASUREMENTS = (
    _row("qu_cnn", "faithful, 64 FIDs of 128 points", "FIDs", "paper", "faithful"),
    _row("hansen_lstm", "faithful, 512 units, 128 FIDs of 256 points", "FIDs", "paper", "faithful",
         peer=lstm),
    _row("lee_kim_denoiser", "faithful, 64 spectra of 512 points", "spectra", "paper", "faithful"),
    _row("sparta_plus", "faithful, one network, 64 residues", "residues", "paper", "faithful",
         peer=partial(perceptron, (113, 30))),
    _row("ppm_one", "faithful, 12 networks of a nucleus, 256 residues", "residues", "paper", "faithful"),
    _row("talos_n", "faithful, level 1, 256 residues", "residues", "paper", "faithful"),
    _row("mr3d_densenet", "faithful, 64 channels, 16 nodes, 2 environments", "environments", "paper",
         "faithful", label="mr3d_densenet/faithful", batch=2),
    _row("mr3d_densenet", "compact, 32 channels, 8 nodes, 32 environments", "environments", "cpu", "compact",
         label="mr3d_densenet/compact", batch=32),
    _row("mr3d_densenet", "moments, one member, 128 environments", "environments", "cpu", "moments",
         label="mr3d_densenet/moments"),
    _row("nmr_net", "faithful, 64 crops of 48 x 48", "crops", "paper", "faithful"),
    _row("bruker_picker", "faithful, 4 windows of 4096 steps", "windows", "paper", "faithful"),
)  # fmt: skip
