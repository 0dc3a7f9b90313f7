"""Every network of the suite, held to the checklist of ``tests/checks.py``."""

import json

import numpy as np
import pytest

from common.training import config as configuration
from common.training.fingerprint import backend
from reproductions import registry
from tests import checks
from tests.checks import Subject, distance, largest, outputs, scaled, spikes
from tests.processes import output

NAMES = registry.names()
RUN_OPTIONS = {"help", "preset", "variant", "seed", "runs", "fresh", "offline"}


def variants(name: str) -> list[str]:
    return list(registry.get(name).module("config").VARIANTS)


EACH = [(name, variant) for name in NAMES for variant in variants(name)]


@pytest.fixture(scope="module")
def prepared():
    """Subject, network and one batch for each name and variant, made once."""
    made = {}

    def get(name, variant="faithful"):
        if (name, variant) not in made:
            subject = Subject(name, variant=variant)
            made[name, variant] = subject, subject.build(), *subject.batch()
        return made[name, variant]

    return get


# --- configuration


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_is_in_the_golden_file(name):
    assert set(checks.GOLDEN[name]) == {"parameters", "sizes"}
    assert len(checks.GOLDEN[name]["sizes"]) >= 3
    assert registry.get(name).module("model").SCALES in checks.SCALES
    assert registry.get(name).title.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_presets_and_variants_resolve_and_survive_json(name):
    module = registry.get(name).module("config")
    first, second, *_, last = module.PRESETS
    assert (first, second, last) == ("smoke", "quick", "paper")
    assert next(iter(module.VARIANTS.items())) == ("faithful", {})
    for preset in module.PRESETS:
        for variant in module.VARIANTS:
            config = configuration.resolve(module, preset, variant, {})
            assert configuration.from_dict(module.Config, json.loads(configuration.to_json(config))) == config


@pytest.mark.parametrize("name", NAMES)
def test_no_field_is_called_like_an_option_of_run(name):
    assert not RUN_OPTIONS & set(registry.get(name).module("config").Config.__dataclass_fields__)


# --- the network


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["smoke", "quick", "paper"])
def test_the_number_of_parameters_is_the_recorded_one(name, preset):
    assert Subject(name, preset).build(seed=None).count_params() == checks.GOLDEN[name]["parameters"][preset]


@pytest.mark.parametrize(
    ("name", "size"), [(name, size) for name in NAMES for size in checks.GOLDEN[name]["sizes"]]
)
def test_outputs_have_the_shape_of_the_targets_at_every_size(name, size):
    subject = Subject(name, **size)
    inputs, targets = subject.batch()
    made = outputs(subject.build(), inputs)
    assert made[0].shape == targets.shape
    assert np.isfinite(largest(made))


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_one_network_serves_every_size(name, variant, prepared):
    subject, model, _, _ = prepared(name, variant)
    if subject.fixed:
        pytest.skip("networks of this variant have one size each")
    for size in checks.GOLDEN[name]["sizes"]:
        inputs, targets = Subject(name, variant=variant, **size).batch()
        assert outputs(model, inputs)[0].shape == targets.shape


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_outputs_are_finite_on_odd_input(name, variant, prepared):
    _, model, inputs, _ = prepared(name, variant)
    for odd in (scaled(model, inputs, 0.0), scaled(model, inputs, 1e6), spikes(model, inputs)):
        assert np.isfinite(largest(outputs(model, odd)))


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_outputs_scale_as_declared(name, variant, prepared):
    if registry.get(name).module("model").SCALES == "features":
        pytest.skip("its inputs are no signal")
    _, model, inputs, _ = prepared(name, variant)
    plain = outputs(model, inputs)
    assert largest(plain) > 0
    for factor in (1e-3, 1e4):
        grown = outputs(model, scaled(model, inputs, factor))
        if registry.get(name).module("model").SCALES == "equivariant":
            grown = [array / factor for array in grown]
        assert distance(plain, grown) < 1e-4


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_an_output_depends_on_its_own_example_alone(name, variant, prepared):
    _, model, inputs, _ = prepared(name, variant)
    plain = outputs(model, inputs)
    order = np.random.default_rng(1).permutation(len(inputs[0]))
    shuffled = outputs(model, [value[order] for value in inputs])
    assert distance([array[order] for array in plain], shuffled) < 1e-5
    alone = outputs(model, [value[:1] for value in inputs])
    assert distance([array[:1] for array in plain], alone) < 1e-5


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_weights_survive_a_file(name, variant, prepared, tmp_path):
    subject, model, inputs, _ = prepared(name, variant)
    model.save_weights(tmp_path / "network.weights.h5")
    again = subject.build(seed=1)
    assert distance(outputs(model, inputs), outputs(again, inputs)) > 1e-3
    again.load_weights(tmp_path / "network.weights.h5")
    assert distance(outputs(model, inputs), outputs(again, inputs)) == 0


@pytest.mark.parametrize(("name", "variant"), EACH)
def test_one_training_step_lowers_the_loss_of_its_batch(name, variant):
    subject = Subject(name, variant=variant)
    model = subject.build(seed=None)
    subject.module("experiment").compile_model(model, subject.config, 100)
    inputs, targets = subject.batch("train")
    before = float(model.train_on_batch(inputs, targets, return_dict=True)["loss"])
    model.reset_metrics()
    after = float(model.train_on_batch(inputs, targets, return_dict=True)["loss"])
    assert after < before


@pytest.mark.parametrize("name", NAMES)
def test_no_gradient_is_nan(name):
    """A step of plain gradient descent leaves a weight finite only if its gradient was."""
    import keras

    subject = Subject(name)
    inputs, targets = subject.batch("train")
    model = subject.build()
    model.compile(optimizer=keras.optimizers.SGD(1e-6), loss="mse")
    for odd in (inputs, scaled(model, inputs, 0.0), spikes(model, inputs), scaled(model, inputs, 1e3)):
        before = model.get_weights()
        model.train_on_batch(odd, targets)
        assert all(np.isfinite(weight).all() for weight in model.get_weights())
        model.set_weights(before)


# --- both backends


def test_both_backends_agree(tmp_path):
    here = {name: checks.prepare(tmp_path, Subject(name)) for name in NAMES}
    other = "jax" if backend() == "tensorflow" else "tensorflow"
    assert output("-m", "tests.checks", tmp_path, KERAS_BACKEND=other).split() == [other]
    for name, ours in here.items():
        with np.load(tmp_path / f"{name}.outputs.npz") as file:
            theirs = [file[f"arr_{i}"] for i in range(len(file.files))]
        assert all(array.dtype == np.float32 for array in [*ours, *theirs])
        assert distance(ours, theirs) < 1e-5
