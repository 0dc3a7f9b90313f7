"""The checklist every network of the suite passes; ``tests/reproductions/test_checks.py`` runs it.

What a folder offers to it: ``config.Config`` with ``PRESETS`` and ``VARIANTS``; ``model.build(config)`` and
``model.SCALES`` (``"equivariant"``: the output scales with the input; ``"invariant"``: it does not depend on
the size of the input; ``"features"``: the input is no signal, and has no size; the input layers of ``PLACES``
are left alone) and, where a network of a configuration
knows one size of input, ``model.fixed_size(config)``; ``data.batches(config, seed, split)``;
``experiment.compile_model(model, config, steps)``; and an entry in ``tests/golden/models.toml``.

Run as ``python -m tests.checks FOLDER`` it computes, under the Keras backend of the environment, what
:func:`prepare` asks for there.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import numpy as np

from common.training import config as configuration
from common.training.fingerprint import backend
from reproductions import registry

GOLDEN = tomllib.loads((Path(__file__).parent / "golden" / "models.toml").read_text())
SCALES = ("equivariant", "invariant", "features")
#: Input layers that say where the signal was measured: no signal themselves.
PLACES = ("mask", "schedule")


class Subject:
    """A reproduction in one configuration, its network with weights as a training might leave them."""

    def __init__(self, name: str, preset: str = "smoke", variant: str = "faithful", **overrides):
        reproduction = registry.get(name)
        self.name, self.module = name, reproduction.module
        self.config = configuration.resolve(self.module("config"), preset, variant, overrides)

    @property
    def fixed(self) -> bool:
        """Whether a network of this configuration knows one size of input."""
        fixed_size = getattr(self.module("model"), "fixed_size", None)
        return fixed_size is not None and fixed_size(self.config)

    def build(self, seed: int | None = 0):
        """The network; ``seed`` moves its weights away from special values such as zero, None keeps them."""
        import keras

        keras.utils.set_random_seed(0)
        model = self.module("model").build(self.config)
        if seed is not None:
            rng = np.random.default_rng(seed)
            for weight in model.weights:
                value = keras.ops.convert_to_numpy(weight)
                moved = value + 0.1 * rng.standard_normal(value.shape)
                weight.assign(np.abs(moved) + 0.1 if "variance" in weight.path else moved)
        return model

    def batch(self, split: str = "validation") -> tuple[list[np.ndarray], np.ndarray]:
        """``(inputs, targets)`` of one batch, the inputs in the order of those of the network."""
        inputs, targets = self.module("data").batches(self.config, 0, split).batch(0, 0)
        return list(inputs) if isinstance(inputs, (tuple, list)) else [inputs], targets


def outputs(model, inputs) -> list[np.ndarray]:
    """What a network makes of inputs at inference, every output as an array."""
    import keras

    made = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [
        keras.ops.convert_to_numpy(each) for each in (made if isinstance(made, (list, tuple)) else [made])
    ]


def scaled(model, inputs, factor: float) -> list[np.ndarray]:
    """The inputs multiplied by a factor, those of ``PLACES`` as they are."""
    return [
        value if layer.name in PLACES else (value * factor).astype(value.dtype)
        for layer, value in zip(model.inputs, inputs, strict=True)
    ]


def spikes(model, inputs) -> list[np.ndarray]:
    """The inputs with all but the largest value of each example set to zero."""
    made = []
    for layer, value in zip(model.inputs, inputs, strict=True):
        rows = np.abs(value.reshape(len(value), -1))
        spike = np.where(rows == rows.max(axis=1, keepdims=True), value.reshape(rows.shape), 0)
        made.append(value if layer.name in PLACES else spike.reshape(value.shape).astype(value.dtype))
    return made


def prepare(folder: Path, subject: Subject) -> list[np.ndarray]:
    """Write configuration, weights and inputs of a network for another backend; its outputs under this."""
    model, (inputs, _) = subject.build(), subject.batch()
    (folder / f"{subject.name}.json").write_text(configuration.to_json(subject.config))
    model.save_weights(folder / f"{subject.name}.weights.h5")
    np.savez(folder / f"{subject.name}.inputs.npz", *inputs)
    return outputs(model, inputs)


def compute(folder: Path) -> None:
    """Write the outputs of every network that :func:`prepare` left in a folder."""
    for path in sorted(folder.glob("*.json")):
        module = registry.get(path.stem).module
        fields = json.loads(path.read_text())
        model = module("model").build(configuration.from_dict(module("config").Config, fields))
        model.load_weights(folder / f"{path.stem}.weights.h5")
        with np.load(folder / f"{path.stem}.inputs.npz") as file:
            inputs = [file[f"arr_{i}"] for i in range(len(file.files))]
        np.savez(folder / f"{path.stem}.outputs.npz", *outputs(model, inputs))


def largest(arrays: list[np.ndarray]) -> float:
    """The largest modulus in several arrays."""
    return max(float(np.abs(array).max()) for array in arrays)


def distance(some: list[np.ndarray], others: list[np.ndarray]) -> float:
    """The largest difference between arrays, relative to the largest of the first ones."""
    return largest([a - b for a, b in zip(some, others, strict=True)]) / largest(some)


if __name__ == "__main__":
    compute(Path(sys.argv[1]))
    print(backend())
