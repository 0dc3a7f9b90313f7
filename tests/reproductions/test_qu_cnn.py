"""What is Qu's own: training data, what the untrained network does, losses, and what it is tested on."""

import keras
import numpy as np
import pytest

from common.classical.ist import ist_s
from common.nus import testbench, testbench3d
from common.nus.examples import channels, joined, time_weights
from common.processing import sine_bell
from common.reporting.publish import applied
from common.reporting.record import read_record
from common.simulation.exponentials import noise_sd
from common.simulation.schedules import poisson_gap
from common.training import config as configuration
from common.training.config import from_dict
from common.training.findings import Findings
from common.training.parts import Parts
from reproductions import registry
from reproductions.chosen import chosen_run
from reproductions.qu_cnn import config as configs
from reproductions.qu_cnn import data, experiment, plane_scores
from reproductions.qu_cnn.config import Config
from reproductions.qu_cnn.model import build
from tests.checks import Subject
from tests.common.test_layers import Held

#: Every FID with a schedule of its own, and the variant small enough for a test.
SINGLE = {"together": 1}
SMALL = {"variant": "refined", "strip": 4, "examples": 8, "batch": 4, "validation": 4}


def resolve(variant="faithful", **overrides):
    return configuration.resolve(configs, "smoke", variant, overrides)


def fids(spectra):
    """Complex (examples, points, columns) of the network's spectra."""
    return np.fft.ifft(joined(spectra), axis=1, norm="ortho")


def columns(channels):
    """Every column on its own, complex (columns, points)."""
    return np.swapaxes(joined(channels), 1, 2).reshape(-1, channels.shape[1])


def equal(some, others):
    flat = [(*inputs, targets) for inputs, targets in (some, others)]
    return all(np.array_equal(a, b) for a, b in zip(*flat, strict=True))


# --- training data


@pytest.mark.parametrize("options", [{}, {"redraw": True}, SMALL])
def test_a_batch_depends_on_seed_epoch_and_index_alone(options):
    config = resolve(**options)
    here, there, other = (data.batches(config, seed, "train") for seed in (0, 0, 1))
    wanted = here.batch(1, 0)
    there.batch(0, 0), there.batch(1, 1)
    assert equal(wanted, there.batch(1, 0))
    for different in (here.batch(0, 0), here.batch(1, 1), other.batch(1, 0)):
        assert not equal(wanted, different)
    validation = data.batches(config, 0, "validation")
    assert equal(validation.batch(0, 0), validation.batch(5, 0))


@pytest.mark.parametrize("redraw", [False, True])
def test_examples_are_drawn_once_or_anew_and_their_schedules_always_anew(redraw):
    config = resolve(examples=16, batch=16, redraw=redraw, **SINGLE)
    batches = data.batches(config, 0, "train")
    seen = []
    for epoch in (0, 1):
        (_, mask), target = batches.batch(epoch, 0)
        order = np.argsort(batches.order(epoch))
        seen.append((target[order], mask[order]))
    assert np.array_equal(seen[0][0], seen[1][0]) is not redraw
    assert not np.array_equal(seen[0][1], seen[1][1])


def test_inputs_are_measured_points_and_targets_noise_free_spectra():
    config = resolve(snr=("uniform", 1e6, 1e6))
    (fid, mask), target = data.batches(config, 0, "train").batch(0, 0)
    assert fid.dtype == mask.dtype == target.dtype == np.float32
    assert set(np.unique(mask)) == {0.0, 1.0}
    np.testing.assert_allclose(joined(fid), fids(target) * mask[..., 0], atol=1e-4)
    low, high = (round(share * config.points) for share in config.fraction)
    counts = mask.sum(axis=(1, 2, 3))
    assert low <= counts.min() <= counts.max() <= high


def test_the_noise_has_the_snr_that_is_asked_for():
    config = resolve(snr=("uniform", 20.0, 20.0), batch=64, fraction=(1.0, 1.0), **SINGLE)
    (fid, _), target = data.batches(config, 0, "train").batch(0, 0)
    clean = fids(target)[..., 0]
    left = (joined(fid)[..., 0] - clean) / noise_sd(clean, 20.0)[:, None]
    for part in (left.real, left.imag):
        assert part.std() == pytest.approx(1.0, abs=0.04)


def test_fids_that_share_a_schedule_are_the_same_fids():
    apart, together = (
        data.batches(resolve(snr=("uniform", 1e6, 1e6), together=k), 0, "train").batch(0, 0) for k in (1, 8)
    )
    assert apart[1].shape == (16, 32, 1, 2)
    assert together[1].shape == (2, 32, 8, 2)
    np.testing.assert_array_equal(columns(apart[1]), columns(together[1]))
    assert together[0][1].shape == (2, 32, 1, 1)
    assert data.side_by_side(np.zeros((12, 32, 1)), 8).shape == (3, 32, 4)


def test_the_refined_variant_sees_the_conventional_result_and_relative_sizes():
    """Everything measured: IST-S has nothing to add, and each windowed noisy column has norm 1."""
    config = resolve(**SMALL, fraction=(1.0, 1.0))
    (fid, _, start), target = data.batches(config, 0, "train").batch(0, 0)
    assert fid.shape == start.shape == target.shape == (4, 32, 4, 2)
    np.testing.assert_allclose(start, fid, atol=1e-6)
    window = 0.1 + 0.9 * np.cos(np.pi * 0.48 * np.arange(32) / 31) ** 2
    norms = np.linalg.norm(joined(fid) * window[:, None], axis=1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-5)
    assert np.linalg.norm(fids(target) - joined(fid)) < np.linalg.norm(fid)


def test_the_start_is_ist_s_on_what_was_measured():
    """With hardly any noise its threshold never comes down to the stop, whatever the noise is taken for."""
    config = resolve(**SMALL, snr=("uniform", 1e6, 1e6))
    (fid, mask, start), _ = data.batches(config, 0, "train").batch(0, 0)
    for signal, measured, found in zip(joined(fid), mask[:, :, 0, 0] == 1, joined(start), strict=True):
        np.testing.assert_allclose(found[measured], signal[measured], rtol=1e-6)
        assert np.linalg.norm(found[~measured]) > 0.1 * np.linalg.norm(signal)
        np.testing.assert_allclose(found, ist_s(signal, measured), atol=1e-4)


# --- the network


def untrained(**options):
    return Subject("qu_cnn", **options).build(seed=None)


def test_untrained_it_returns_the_spectrum_of_the_measured_points():
    inputs, _ = Subject("qu_cnn").batch()
    made = np.asarray(untrained().predict_on_batch(inputs))
    np.testing.assert_allclose(fids(made), joined(inputs[0]), atol=1e-5)


def test_untrained_the_refined_variant_returns_its_start():
    (fid, mask, start), _ = Subject("qu_cnn", **SMALL).batch()
    made = np.asarray(untrained(**SMALL).predict_on_batch([fid, mask, 2 * start]))
    np.testing.assert_allclose(fids(made), joined(np.where(mask, fid, 2 * start)), atol=1e-5)


def plane(points, columns, kind="c8", seed=0):
    """A few lines and noise, and a schedule of a quarter of the points."""
    rng = np.random.default_rng(seed)
    lines = np.exp((2j * np.pi * rng.uniform(size=columns) - 0.02) * np.arange(points)[:, None])
    fid = lines + 0.05 * (rng.normal(size=lines.shape) + 1j * rng.normal(size=lines.shape))
    mask = poisson_gap(points, points // 4, rng)
    return (fid * mask[:, None]).astype(kind), mask


@pytest.fixture(scope="module")
def methods():
    """Networks with weights as a training might leave them, as methods."""
    subjects = {"faithful": Subject("qu_cnn"), "refined": Subject("qu_cnn", **SMALL)}
    return {name: experiment.method(subject.build(), subject.config) for name, subject in subjects.items()}


@pytest.mark.parametrize("variant", ["faithful", "refined"])
@pytest.mark.parametrize(("points", "columns", "kind"), [(31, 7, "c8"), (128, 1, "c16"), (200, 12, "c8")])
def test_it_completes_any_number_of_points_and_columns(methods, variant, points, columns, kind):
    fid, mask = plane(points, columns, kind)
    made = methods[variant](fid, mask)
    assert made.shape == fid.shape
    assert made.dtype == fid.dtype
    np.testing.assert_array_equal(made[mask], fid[mask])
    assert np.isfinite(made).all()
    assert np.abs(made[~mask]).min() > 0


@pytest.mark.parametrize("variant", ["faithful", "refined"])
def test_what_it_completes_scales_with_the_input(methods, variant):
    fid, mask = plane(31, 7)
    once = methods[variant](fid, mask)
    for factor in (1e-4, 3e5):
        grown = methods[variant]((factor * fid).astype("c8"), mask) / factor
        np.testing.assert_allclose(grown, once, atol=1e-3 * np.abs(once).max())


def test_it_does_not_look_at_points_that_were_not_measured(methods):
    fid, mask = plane(31, 7)
    filled = np.where(mask[:, None], fid, 5.0).astype("c8")
    np.testing.assert_array_equal(methods["faithful"](filled, mask), methods["faithful"](fid, mask))


# --- losses


@pytest.fixture
def delta():
    """(config, target, output): one point of one of six columns is 0.5 off in time."""
    config = resolve(points=8)
    target = channels(np.random.default_rng(0).normal(size=(2, 8, 3)).astype(complex))
    error = np.zeros((2, 8, 3), complex)
    error[0, 2, 1] = 0.5j
    return config, target, target + channels(data.spectrum(error))


def weight(n):
    return 0.1 + 0.9 * np.cos(np.pi * 0.48 * n / 7) ** 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("l2", 0.25 / 6),
        ("rlne", (np.sqrt((0.5 * weight(2)) ** 2 + 1e-6) + 5 * 1e-3) / 6),
        ("log_rlne", (np.log((0.5 * weight(2)) ** 2 + 1e-4) / 2 + 5 * np.log(1e-2)) / 6),
    ],
)
def test_losses_of_one_wrong_point(delta, name, expected):
    config, target, output = delta
    assert float(experiment.LOSSES[name](config)(target, output)) == pytest.approx(expected, rel=1e-4)


def test_time_weights_are_the_window_of_the_scores():
    np.testing.assert_allclose(time_weights(8), weight(np.arange(8)), rtol=1e-6)
    np.testing.assert_allclose(time_weights(8)[1:], 0.1 + 0.9 * sine_bell(8)[1:], rtol=1e-6)


@pytest.mark.parametrize("name", list(experiment.LOSSES))
def test_the_gradient_of_a_loss_is_zero_without_error_and_downhill_with_one(delta, name):
    config, target, output = delta
    steps = []
    for start in (target, output):
        model = keras.Sequential([Held(keras.layers.Identity(), start, ())])
        model.compile(keras.optimizers.SGD(0.01), experiment.LOSSES[name](config), run_eagerly=True)
        model.train_on_batch(np.zeros((2, 1)), target)
        steps.append(keras.ops.convert_to_numpy(model.layers[0].held) - start)
    np.testing.assert_allclose(steps[0], 0, atol=1e-6)
    assert np.isfinite(steps[1]).all()
    assert np.sum(steps[1] * (target - output)) > 1e-4


# --- what it is tested on


def raw(config, parameters):
    """The numbers between 0 and 1 that parameters were drawn as, where their distribution lets one tell."""
    found = []
    for name in ("amplitude", "frequency", "tau", "phase"):
        kind, low, high = getattr(config, name)
        values = getattr(parameters, name)[parameters.amplitude > 0]
        if kind == "log_uniform":
            values, low, high = np.log(values), np.log(low), np.log(high)
        if kind in ("uniform", "log_uniform"):
            found.append((values - low) / (high - low))
    return np.round(np.concatenate(found), 11)


@pytest.mark.parametrize("options", [{}, {"redraw": True}, SMALL])
def test_no_test_signal_was_trained_on(options, monkeypatch):
    """Nor was one made of the same random numbers: a stream used twice shows in whatever they became."""
    drawn, draw = [], data.draw_parameters
    monkeypatch.setattr(data, "draw_parameters", lambda *given: drawn.append(draw(*given)) or drawn[-1])
    config = resolve(**options)

    def numbers(run):
        drawn.clear()
        run()
        return np.concatenate([raw(config, parameters) for parameters in drawn])

    def visit(split):
        batches = data.batches(config, 0, split)
        for epoch in range(2):
            for index in range(len(batches)):
                batches.batch(epoch, index)

    test = numbers(lambda: experiment.simulated_planes(config, 0))
    other = numbers(lambda: experiment.simulated_planes(config, 1))
    train, validation = (numbers(lambda split=split: visit(split)) for split in ("train", "validation"))
    assert min(map(len, (test, other, train, validation))) > 50
    for some, others in ((train, test), (train, validation), (validation, test), (test, other)):
        assert not np.isin(some, others).any()


def test_simulated_planes():
    config = resolve(simulated=10, strip=4, disordered=True)
    exponentials, disordered = experiment.simulated_planes(config, 0)
    assert exponentials.fid.shape == (32, 12)  # whole strips
    assert disordered.fid.shape[0] == 32
    assert (exponentials.role, disordered.role) == ("test", "development")
    for each in (exponentials, disordered):
        assert each.source == "simulated"
        assert 0 < np.linalg.norm(each.fid - each.clean) < np.linalg.norm(each.clean)
    again, moved = (experiment.simulated_planes(config, seed) for seed in (0, 1))
    np.testing.assert_array_equal(again[0].fid, exponentials.fid)
    assert (moved[0].fid != exponentials.fid).any()
    np.testing.assert_array_equal(moved[1].fid, disordered.fid)  # one protein for all runs


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    findings = Findings(tmp_path)
    findings.offline = True
    return findings


def test_every_method_is_scored_on_the_same_points(session):
    config = resolve(schedules=2, simulated=8)
    plane, seen = experiment.simulated_planes(config, 0)[0], []

    def perfect(fid, mask, noise):
        assert noise == plane.sd
        np.testing.assert_array_equal(fid, plane.fid * mask[:, None])
        seen.append(mask)
        return plane.clean

    spectra = experiment.score(config, session, plane, 0.25, experiment.beside(perfect))
    rlne = "simulated/exponentials/0.25/rlne"
    assert len(seen) == 2
    assert session.scores.metrics[rlne]["value"] == 0
    assert session.scores.metrics[rlne]["n"] == 2
    assert (
        0
        < session.scores.baselines["ist_s"][rlne]["value"]
        < session.scores.baselines["zero_filled"][rlne]["value"]
    )
    np.testing.assert_array_equal(spectra["network"], plane.reference.data)
    np.testing.assert_array_equal(spectra["zero_filled"], plane.spectrum(plane.fid * seen[0][:, None]).data)


@pytest.mark.slow
@pytest.mark.parametrize("variant", list(applied(registry.RESULTS / "qu_cnn" / "apply.toml")))
def test_published_scores_follow_from_the_published_weights(variant, session, data_dir):
    """One measured case of every run that users apply, on whatever backend the tests run under."""
    data_dir("nus_hsqc_qnls")
    folder = chosen_run("qu_cnn", None, variant)
    record = read_record(folder / "record.json")
    config = from_dict(Config, record["config"])
    model = Parts(folder / "weights").load(experiment.PART, build(config))
    methods = experiment.beside(experiment.method(model, config))
    if config.plane:
        plane_scores.score(config, session, testbench3d.hnco(), 0.1, methods)
    else:
        experiment.score(config, session, testbench.load_plane("acbp", offline=True), 0.125, methods)
    for method, again in {"network": session.scores.metrics, **session.scores.baselines}.items():
        published = record["metrics"] if method == "network" else record["baselines"][method]
        for id, score in again.items():
            assert score["value"] == pytest.approx(published[id]["value"], rel=1e-4, abs=1e-4), (method, id)
