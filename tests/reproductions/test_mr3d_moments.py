"""The network on moments: harmonics and contractions against closed forms, invariance, members."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import eval_legendre

from common.training import config as configuration
from reproductions.mr3d_densenet import config as module
from reproductions.mr3d_densenet import densities, examples, model, moments, training
from reproductions.mr3d_densenet.densities import uniform_rotations
from reproductions.mr3d_densenet.environments import Environments

REACH, COUNT = 4.0, 5
UNTURNED = np.eye(3, dtype="float32")


@pytest.fixture
def surroundings():
    """Neighbours (4, 40, 3) from 1 to 9 angstrom, nearest first, and their channels."""
    rng = np.random.default_rng(0)
    offsets = rng.normal(size=(4, 40, 3))
    offsets *= (np.sort(rng.uniform(1, 9, (4, 40))) / np.linalg.norm(offsets, axis=-1))[..., None]
    return offsets.astype("float32"), rng.integers(0, 4, (4, 40)).astype("int8")


@pytest.fixture(scope="module")
def config():
    changes = {"nuclei": ("N", "O"), "members": 2, "reach": 3.0}
    return configuration.resolve(module, "smoke", "moments", changes)


def drawn(config, seed):
    """A network whose weights are away from special values."""
    made, rng = model.build(config), np.random.default_rng(seed)
    for weight in made.weights:
        weight.assign(np.abs(weight.numpy() + 0.1 * rng.standard_normal(weight.shape)))
    return made


@pytest.fixture(scope="module")
def network(config):
    """Such a network as a function of offsets and channels."""
    drawn_model = drawn(config, 2)

    def made(offsets, channels, turned=UNTURNED, column=0):
        told = np.tile(np.eye(2, dtype="float32")[column], (len(offsets), 1))
        inputs = [offsets, channels, np.broadcast_to(turned, (len(offsets), 3, 3)), told]
        return np.asarray(drawn_model.predict_on_batch(inputs))[:, 0]

    return made


def directions(count: int) -> np.ndarray:
    made = np.random.default_rng(1).normal(size=(count, 3))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("float32")


def test_harmonics_obey_the_addition_theorem():
    """The products of two directions' harmonics add up to Legendre's polynomial of their angle."""
    one, other = directions(50), directions(100)[50:]
    first, second = (np.asarray(moments.harmonics(each, 3)) for each in (one, other))
    for degree in range(4):
        rows = moments.orders(degree)
        wanted = (2 * degree + 1) * eval_legendre(degree, (one * other).sum(1).astype(float))
        assert np.allclose((first[:, rows] * second[:, rows]).sum(1), wanted, atol=1e-5)
    with pytest.raises(ValueError, match="from 0 to 3"):
        moments.harmonics(one, 4)


def test_radial_functions_end_smoothly_at_the_reach():
    near, far = (np.asarray(moments.radial(np.float32([r]), REACH, COUNT)) for r in (REACH - 0.01, REACH + 1))
    assert not far.any()
    assert 0 < near.max() < 1e-4
    assert np.asarray(moments.radial(np.float32([moments.NEAREST]), REACH, COUNT)).argmax() == 0


def test_a_power_is_the_sum_over_pairs_of_neighbours(surroundings):
    offsets, channels = surroundings
    distances = np.asarray(moments.lengths(offsets))
    assert np.allclose(distances, np.linalg.norm(offsets, axis=-1))
    weights = np.asarray(moments.radial(distances, REACH, COUNT))
    angular = np.asarray(moments.harmonics(offsets / distances[..., None], 3))
    made = np.asarray(moments.moments(angular, weights, np.asarray(densities.elements(channels))))
    assert made.shape == (4, 16, 4 * COUNT)
    for channel, function, degree in ((0, 1, 0), (1, 2, 1), (3, 4, 3)):
        column, rows = 4 * function + channel, moments.orders(degree)
        found = np.asarray(moments.power(made[:, rows, [column]], made[:, rows, [column]]))[:, 0]
        for atom in range(4):
            own = channels[atom] == channel
            units = offsets[atom, own] / distances[atom, own, None]
            pairs = eval_legendre(degree, (units @ units.T).astype(float))
            wanted = weights[atom, own, function] @ pairs @ weights[atom, own, function]
            assert found[atom] == pytest.approx(wanted * np.sqrt(2 * degree + 1), rel=1e-4, abs=1e-6)


def test_bonds_count_the_atoms_around_a_neighbour_by_element_and_length():
    """A carbonyl carbon at 1.5 angstrom, its oxygen at 1.2 and a hydrogen at 2.0 from it, and padding."""
    offsets = np.float32([[[1.5, 0, 0], [1.5, 1.2, 0], [1.5, 0, 2.0], [1.5, 0, 1.2]]])
    channels = np.int8([[1, 2, 0, -1]])
    made = np.asarray(moments.bonds(offsets, np.asarray(densities.elements(channels)), 2))
    assert made.shape == (1, 2, 4 * len(moments.BONDS))
    carbon, oxygen = made.reshape(2, len(moments.BONDS), 4)
    for lengths, atom in ((carbon, 0), (oxygen, 1)):
        for kind in range(4):
            others = [row for row in np.flatnonzero(channels[0] == kind) if row != atom]
            apart = np.linalg.norm(offsets[0, others] - offsets[0, atom], axis=1)
            wanted = [np.exp(-0.5 * ((apart - r) / width) ** 2).sum() for r, width in moments.BONDS]
            assert np.allclose(lengths[:, kind], wanted, atol=1e-5)
    assert carbon[1, 2] == pytest.approx(1, abs=1e-5)


def test_products_of_three_are_those_of_vectors_and_matrices():
    units = directions(15).astype(float)
    matrices = np.sqrt(15) * (units[:, :, None] * units[:, None] - np.eye(3) / 3)
    harmonics = np.asarray(moments.harmonics(units.astype("float32"), 3))
    one = harmonics[:10, 1:4].reshape(5, 2, 3).swapaxes(1, 2)
    other = harmonics[:, 4:9].reshape(5, 3, 5).swapaxes(1, 2)
    found = np.asarray(moments.triples(one, other))
    for row in range(5):
        u, v = np.sqrt(3) * units[2 * row : 2 * row + 2]
        a, b, c = matrices[3 * row : 3 * row + 3]
        assert np.allclose(found[row], [u @ a @ v, np.trace(a @ b @ c), u @ a @ b @ v, u @ c @ u], rtol=1e-4)


def test_no_rotation_reflection_or_order_of_neighbours_changes_the_output(network, surroundings):
    offsets, channels = surroundings
    known = network(offsets, channels)
    scale = np.abs(known).max()
    assert known.std() > 1e-3 * scale
    for turned in uniform_rotations(3, np.random.default_rng(3)):
        assert np.allclose(network(offsets, channels, turned), known, atol=1e-4 * scale)
        assert np.allclose(network(offsets @ turned, channels), known, atol=1e-4 * scale)
    assert np.allclose(network(-offsets, channels), known, atol=1e-4 * scale)
    order = np.random.default_rng(4).permutation(densities.within(3.0))
    order = np.concatenate([order, np.arange(40)[: len(order) - 1 : -1]])
    assert np.allclose(network(offsets[:, order], channels[:, order]), known, atol=1e-4 * scale)


def test_elements_count_and_padding_and_what_is_beyond_the_reach_do_not(network, surroundings):
    offsets, channels = surroundings
    known = network(offsets, channels)
    assert not np.allclose(network(offsets, (channels + 1) % 4), known)
    assert not np.allclose(network(offsets, channels, column=1), known)
    longest = max(length + 5 * width for length, width in moments.BONDS)
    beyond = np.linalg.norm(offsets, axis=-1) > 3.0 + longest
    assert beyond.any()
    assert np.allclose(network(offsets, np.where(beyond, -1, channels)), known, rtol=1e-5)
    moved = np.where(beyond[..., None], 2 * offsets, offsets)
    assert np.allclose(network(moved, channels), known, rtol=1e-5)


def test_the_mean_of_the_members_is_the_prediction_and_their_sd_its_spread(config, monkeypatch):
    assert examples.parts(config) == {"joint0": ("N", "O"), "joint1": ("N", "O")}
    said = iter([(np.array([1.0, 2.0]), np.zeros(2)), (np.array([3.0, 2.0]), np.ones(2))])
    blank = SimpleNamespace(get_weights=lambda: [], set_weights=lambda weights: None)
    monkeypatch.setattr(model, "build", lambda config: blank)
    monkeypatch.setattr(training, "predict", lambda config, model, atoms, element: next(said))
    mean, spread = training.Trained(config, lambda part, model: model).predict(None, "N")
    assert mean.tolist() == [2, 2]
    assert np.allclose(spread, [np.sqrt(2 + 0.5), np.sqrt(0.5)])


def test_one_model_takes_the_weights_of_each_member_in_turn_and_says_what_they_say(config, surroundings):
    """Beside it each member in a model of its own; in the end the first nucleus is asked for again."""
    config = dataclasses.replace(config, degree=1, hidden=(8,))  # compiled three times here
    count = np.arange(len(surroundings[0]))
    known = Environments(*surroundings, 0.0 * count, count, count < 0, count, count, ("A",))
    members = {part: drawn(config, seed) for seed, part in enumerate(examples.parts(config))}
    filled = []

    def load(part, model):
        filled.append(model)
        model.set_weights(members[part].get_weights())
        return model

    trained = training.Trained(config, load)
    assert filled[0] is filled[1]
    for element in ("N", "O", "N"):
        apart = [training.predict(config, member, known, element)[0] for member in members.values()]
        assert not np.allclose(*apart)
        mean, spread = trained.predict(known, element)
        assert np.array_equal(mean, np.mean(apart, axis=0))
        assert np.allclose(spread, np.std(apart, axis=0, ddof=1))
