"""Training of the networks, one a nucleus, and what they predict, averaged over orientations."""

from __future__ import annotations

import math
import os
from collections.abc import Callable

import numpy as np

from . import data, examples
from .config import Config
from .environments import Environments


def train(config: Config, session) -> None:
    """Train the network of each nucleus, or the joint one.

    The last epoch counts: in the paper no crystals chose one.
    """
    from .model import build

    if not config.made_up:
        session.used(config.data, "train", data.checksums(config.data))
    for part, nuclei in examples.parts(config).items():
        training, validation = (
            examples.batches(
                config,
                {each: examples.known_atoms(config, each, split, session.offline) for each in nuclei},
                session.seed,
                split,
            )
            for split in ("train", "validation")
        )
        model = session.build(lambda: build(config), part)
        epochs = epochs_of(config, training.count)
        compile_model(model, config, epochs * len(training))
        session.fit(
            model,
            training,
            part,
            epochs=epochs,
            validation=validation,
            monitor=None,
        )


def epochs_of(config: Config, count: int) -> int:
    """How many epochs of ``count`` examples, as :func:`examples.batches` has them, a training has."""
    epochs = config.epochs * (config.rotations if config.redraw else 1)
    return min(epochs, -(-config.shown // count)) if config.shown else epochs


def compile_model(model, config: Config, steps: int) -> None:
    """Adam on the mean square error of scaled shieldings, the rate of an epoch after ``config.schedule``."""
    import keras

    schedules = keras.optimizers.schedules
    if config.schedule == "cosine":
        rate = schedules.CosineDecay(config.rate, steps)
    else:
        rate = schedules.ExponentialDecay(
            config.rate, max(1, steps // config.epochs), math.exp(-0.25), staircase=True
        )
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", metrics=[rmse])


def rmse(target, output):
    """Root mean square error in units of the target, without the penalty of kernels."""
    from keras import ops

    return ops.sqrt(ops.mean(ops.square(output - target)))


class Trained:
    """The trained networks of a run: one model, compiled once, that takes the weights of each in turn.

    load: ``load(part, model)`` puts the weights of a part into a model, as ``Session.trained`` does.
    """

    def __init__(self, config: Config, load: Callable):
        from .model import build

        self.config, self._model = config, build(config)
        self._weights = {part: load(part, self._model).get_weights() for part in examples.parts(config)}

    def predict(self, atoms: Environments, element: str) -> tuple[np.ndarray, np.ndarray]:
        """Shieldings (n,) in ppm by the networks of a nucleus, their mean, and the sd over all that they say.

        With one network it is :func:`predict`.
        """
        means, spreads = [], []
        for part, nuclei in examples.parts(self.config).items():
            if element in nuclei:
                self._model.set_weights(self._weights[part])
                mean, spread = predict(self.config, self._model, atoms, element)
                means.append(mean)
                spreads.append(spread)
        if len(means) == 1:
            return means[0], spreads[0]
        # the variance of a mixture of distributions: between them and, on average, within
        spread = np.sqrt(np.var(means, axis=0, ddof=1) + np.mean(np.square(spreads), axis=0))
        return np.mean(means, axis=0), spread


def predict(config: Config, model, atoms: Environments, element: str) -> tuple[np.ndarray, np.ndarray]:
    """Shieldings (n,) in ppm, their mean over ``config.rotations`` orientations, and the sd over them.

    code: the first orientation is as the crystal lies. With one orientation the sd is zero.
    """
    count = len(atoms)
    turned = examples.orientations(config, count, 0, "prediction")

    def inputs(shown: np.ndarray) -> list[np.ndarray]:
        fold, atom = np.divmod(shown, count)
        told = examples.nucleus(config, element, len(atom))
        return [atoms.offsets[atom], atoms.channels[atom], turned[fold, atom], *told]

    made = outputs(model, inputs, config.rotations * count, at_once(config))
    made = examples.to_shielding(made, element).reshape(config.rotations, count)
    return made.mean(0), made.std(0, ddof=1) if len(made) > 1 else np.zeros(count)


def at_once(config: Config, memory: int | None = None) -> int:
    """How many environments a network is asked for at once: a power of two from 1 to 64.

    memory: bytes of the machine, by default what it has. ours: a sixteenth of them is for the maps, of which
    sixteen times ``config.channels`` are there at a time, on the nodes of the first block.
    """
    memory = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    nodes = (config.grid // config.stride) ** 3
    fit = memory // 16 // (nodes * 16 * config.channels * 4)
    return 2 ** min(int(math.log2(max(fit, 1))), 6)


def outputs(model, inputs: Callable[[np.ndarray], list[np.ndarray]], count: int, batch: int) -> np.ndarray:
    """What a network says (count, 1) of ``inputs(indices)``, ``batch`` at a time.

    ``model.predict`` would import TensorFlow whatever the backend. The last batch is filled up: another size
    would be compiled anew.
    """
    if not count:
        return np.zeros((0, 1), "float32")
    rows = np.arange(-(-count // batch) * batch) % count
    made = [model.predict_on_batch(inputs(some)) for some in rows.reshape(-1, batch)]
    return np.concatenate(made)[:count]
