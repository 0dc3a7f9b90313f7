"""Qu's network for two indirect dimensions: training data, what it completes, and what it is scored on."""

import numpy as np
import pytest

from common.errors import UserError
from common.nus import testbench3d
from common.nus.examples import channels, joined
from common.training import config as configuration
from common.training.findings import Findings
from reproductions.qu_cnn import apply, data, experiment, plane_data, plane_scores
from reproductions.qu_cnn import config as configs
from tests.checks import Subject

#: The variant small enough for a test; the grid is not square, so that no axis stands for another.
SMALL = {"variant": "planes", "plane": (12, 16), "growth": 4, "blocks": 2, "layers": 1, "kernel": 3}
SMALL |= {
    "examples": 16,
    "batch": 8,
    "validation": 8,
    "fractions": (0.1, 0.3),
    "schedules": 1,
    "simulated": 6,
}


def resolve(**overrides):
    options = {**SMALL, **overrides}
    return configuration.resolve(configs, "smoke", options.pop("variant"), options)


def fids(spectra):
    """Complex (planes, points1, points2) of the network's spectra."""
    return np.fft.ifft2(joined(spectra), axes=(1, 2), norm="ortho")


# --- training data


def test_a_batch_depends_on_seed_epoch_and_index_alone():
    here, there, other = (data.batches(resolve(), seed, "train") for seed in (0, 0, 1))
    wanted = here.batch(1, 0)
    there.batch(0, 0), there.batch(1, 1)
    for a, b in zip((*wanted[0], wanted[1]), (*there.batch(1, 0)[0], there.batch(1, 0)[1]), strict=True):
        np.testing.assert_array_equal(a, b)
    for different in (here.batch(0, 0), here.batch(1, 1), other.batch(1, 0)):
        assert not np.array_equal(wanted[1], different[1])
    validation = data.batches(resolve(), 0, "validation")
    np.testing.assert_array_equal(validation.batch(0, 0)[1], validation.batch(5, 0)[1])


def test_inputs_are_measured_points_and_targets_noise_free_spectra():
    (fid, mask), target = data.batches(resolve(snr=("uniform", 1e6, 1e6)), 0, "train").batch(0, 0)
    assert fid.shape == target.shape == (8, 12, 16, 2)
    assert mask.shape == (8, 12, 16, 1)
    assert fid.dtype == mask.dtype == target.dtype == np.float32
    np.testing.assert_allclose(joined(fid), fids(target) * mask[..., 0], atol=1e-4)


def test_schedules_are_shared_by_some_and_their_counts_lie_in_the_range():
    config = resolve(together=4, batch=16)
    (_, mask), _ = data.batches(config, 0, "train").batch(0, 0)
    masks = mask[..., 0].reshape(4, 4, 12, 16)
    assert (masks == masks[:, :1]).all()
    assert len({each.tobytes() for each in masks[:, 0]}) == 4
    counts = mask.sum(axis=(1, 2, 3))
    low, high = (round(share * 192) for share in config.fraction)
    assert low <= counts.min() <= counts.max() <= high


def test_the_noise_has_the_snr_that_is_asked_for_and_planes_have_norm_one():
    config = resolve(snr=("uniform", 20.0, 20.0), batch=64, examples=64, fraction=(1.0, 1.0))
    (fid, _), target = data.batches(config, 0, "train").batch(0, 0)
    clean, noisy = fids(target), joined(fid)
    tallest = np.abs(np.fft.fft2(clean)).max(axis=(1, 2))
    left = (noisy - clean) / (tallest / np.sqrt(192) / 20.0)[:, None, None]
    assert left.real.std() == pytest.approx(1.0, abs=0.03)
    norms = np.linalg.norm(noisy * plane_data.plane_weights((12, 16)), axis=(1, 2))
    np.testing.assert_allclose(norms, 1.0, rtol=1e-5)


# --- the network


@pytest.fixture(scope="module")
def subject():
    return Subject("qu_cnn", **SMALL)


@pytest.fixture(scope="module")
def network(subject):
    """Weights as a training might leave them."""
    return experiment.method(subject.build(), subject.config)


def test_untrained_it_returns_the_spectrum_of_the_measured_points(subject):
    inputs, _ = subject.batch()
    made = np.asarray(subject.build(seed=None).predict_on_batch(inputs))
    np.testing.assert_allclose(fids(made), joined(inputs[0]), atol=1e-5)


def plane(points, columns, kind="c8"):
    rng = np.random.default_rng(0)
    fid = rng.normal(size=(*points, columns)) + 1j * rng.normal(size=(*points, columns))
    mask = testbench3d.schedules(points, 0.25, 1)[0]
    return (fid * mask[..., None]).astype(kind), mask


@pytest.mark.parametrize(("points", "columns", "kind"), [((12, 16), 3, "c8"), ((9, 7), 2, "c16")])
def test_it_completes_any_grid_and_keeps_what_was_measured(network, points, columns, kind):
    fid, mask = plane(points, columns, kind)
    made = network(fid, mask)
    assert made.shape == fid.shape
    assert made.dtype == fid.dtype
    np.testing.assert_array_equal(made[mask], fid[mask])
    assert np.isfinite(made).all()
    assert np.abs(made[~mask]).min() > 0


def test_a_plane_is_completed_by_itself_however_many_there_are(network):
    """More than the network sees at once; what stands at points that were not measured is not looked at."""
    fid, mask = plane((12, 16), 70)
    made = network(np.where(mask[..., None], fid, 5.0), mask)
    few = network(fid[..., [0, 33, 69]], mask)
    assert np.abs(made[~mask] - 5.0).min() > 0
    np.testing.assert_allclose(made[mask], fid[mask])
    np.testing.assert_allclose(made[..., [0, 33, 69]], few, atol=1e-5)


def test_data_of_other_dimensions_are_refused(network):
    with pytest.raises(UserError, match="completes 3D data"):
        network(np.zeros((12, 4), "c8"), np.ones(12, bool))
    columns = Subject("qu_cnn")
    with pytest.raises(UserError, match="completes 2D data"):
        experiment.method(columns.build(), columns.config)(*plane((12, 16), 2))


def test_what_it_was_not_trained_on_is_said():
    config = resolve()
    assert apply.outside_training(config, 16, 0.2, 0.0) == []
    assert len(apply.outside_training(config, 40, 0.5, 0.5)) == 3


def test_the_loss_of_one_wrong_point():
    config = resolve()
    target = channels(np.random.default_rng(0).normal(size=(2, 12, 16)).astype(complex))
    error = np.zeros((2, 12, 16), complex)
    error[0, 2, 3] = 0.5j
    output = target + channels(np.fft.fft2(error, norm="ortho"))

    def weight(n, size):
        return 0.1 + 0.9 * np.cos(np.pi * 0.48 * n / (size - 1)) ** 2

    wrong = (0.5 * weight(2, 12) * weight(3, 16)) ** 2
    expected = {"l2": 0.25 / 2, "rlne": (np.sqrt(wrong + 1e-6) + 1e-3) / 2}
    expected["log_rlne"] = (np.log(wrong + 1e-4) + np.log(1e-4)) / 4
    for name, value in expected.items():
        assert float(experiment.LOSSES[name](config)(target, output)) == pytest.approx(value, rel=1e-4)


# --- what it is scored on


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    findings = Findings(tmp_path)
    findings.offline, findings.seed = True, 0
    return findings


def test_test_planes_are_no_training_planes_and_follow_the_seed():
    config = resolve()
    clean, noisy, sd = plane_scores.test_planes(config, 0)
    assert clean.shape == noisy.shape == (12, 16, 6)
    left = noisy - clean
    assert left.real.std() == pytest.approx(sd, rel=0.1)
    again, other = (plane_scores.test_planes(config, seed)[0] for seed in (0, 1))
    np.testing.assert_array_equal(again, clean)
    assert (other != clean).all()
    _, target = data.batches(config, 0, "train").batch(0, 0)
    assert not np.isin(np.abs(clean[0, 0]), np.abs(fids(target)[:, 0, 0])).any()


def test_every_method_is_scored_on_the_same_points(session):
    config = resolve()
    clean, _, _ = plane_scores.test_planes(config, 0)
    plane_scores.score_planes(config, session, experiment.beside(lambda fid, mask, noise: clean))
    for fraction in ("0.1", "0.3"):
        rlne = f"simulated/planes/{fraction}/rlne"
        assert session.scores.metrics[rlne]["value"] == 0
        assert 0 < session.scores.baselines["zero_filled"][rlne]["value"] < 1
        assert rlne in session.scores.baselines["ist_s"]


def test_a_cube_is_scored(session):
    config, cube = resolve(), testbench3d.hnco(points=(12, 16), residues=20, direct=128)
    methods = experiment.beside(lambda fid, mask, noise: cube.clean)
    spectra = plane_scores.score(config, session, cube, 0.3, methods)
    assert session.scores.metrics["simulated/hnco/0.3/rlne"]["value"] < 1e-6
    assert session.scores.baselines["ist_s"]["simulated/hnco/0.3/missed_peaks"]["value"] >= 0
    np.testing.assert_allclose(spectra["network"], cube.reference.data, atol=1e-3)


def test_times_are_measured_side_by_side(session):
    cube = testbench3d.hnco(points=(8, 6), residues=8, direct=64)
    plane_scores.time_network(session, cube, 0.3, lambda fid, mask, noise: fid, repeats=1)
    assert session.scores.metrics["timing/3d/cs_ratio"]["value"] < 1
    assert session.scores.baselines["ist_s"]["timing/3d/seconds"]["value"] > 0
    assert "8 x 6 points" in session.notes[0]
    assert "compressed sensing is IST-S" in session.notes[1]
