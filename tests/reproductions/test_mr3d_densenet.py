"""MR-3D-DenseNet: densities against sums over atoms, rotations, the network's shape, batches, predictions."""

import numpy as np
import pytest

from common.training import config as configuration
from reproductions.mr3d_densenet import config as module
from reproductions.mr3d_densenet import densities, examples, training
from reproductions.mr3d_densenet.environments import Environments
from tests.checks import Subject


@pytest.fixture
def surroundings():
    """Neighbours (3, 60, 3) within 12 angstrom, nearest first, and their channels, padding among them."""
    rng = np.random.default_rng(0)
    offsets = rng.uniform(-7, 7, (3, 60, 3))
    offsets = np.take_along_axis(offsets, np.argsort((offsets**2).sum(2))[..., None], axis=1)
    channels = rng.integers(0, 4, (3, 60)).astype("int8")
    channels[2, 50:], offsets[2, 50:] = -1, 1e3
    return offsets.astype("float32"), channels


def atoms(count: int = 5, neighbours: int = 40) -> Environments:
    rng = np.random.default_rng(1)
    offsets = rng.uniform(-5, 5, (count, neighbours, 3)).astype("float32")
    ones = np.ones(count, int)
    return Environments(
        offsets, rng.integers(0, 4, (count, neighbours)).astype("int8"), rng.normal(14, 100, count), 0 * ones,
        ones > 1, np.arange(count), ones, ("MADEUP0",),
    )  # fmt: skip


def plain_densities(offsets, channels, boxes, grid):
    """The sum over atoms at every node, one by one."""
    made = np.zeros((len(offsets), grid, grid, grid, 4 * len(boxes)))
    for b, half in enumerate(boxes):
        nodes = (np.arange(grid) - (grid - 1) / 2) / ((grid - 1) / 2) * half
        for i, j, k in np.ndindex(grid, grid, grid):
            apart = ((np.array([nodes[i], nodes[j], nodes[k]]) - offsets) ** 2).sum(-1)
            for channel in range(4):
                made[:, i, j, k, 4 * b + channel] = (np.exp(-3 * apart) * (channels == channel)).sum(1)
    return made


def test_densities_are_the_sum_of_gaussians_over_the_atoms(surroundings):
    boxes, grid = (2.0, 4.0, 3.0), 6
    made = np.asarray(densities.densities(*surroundings, boxes, grid))
    assert np.abs(made - plain_densities(*surroundings, boxes, grid)).max() < 1e-5


def test_neighbours_beyond_those_that_are_looked_at_add_next_to_nothing():
    """At the density that :func:`enough` counts with, the first one left out is out of a box's reach."""
    for half in (2.0, 3.0, 4.0):
        sphere = (densities.enough(half) / densities.DENSEST / (4 / 3 * np.pi)) ** (1 / 3)
        assert np.exp(-3 * (sphere - np.sqrt(3) * half) ** 2) < 6.1e-5


@pytest.mark.parametrize("draw", [densities.euler_rotations, densities.uniform_rotations])
def test_random_rotations_are_rotations(draw):
    made = draw(50, np.random.default_rng(0)).astype(float)
    assert np.allclose(made @ np.swapaxes(made, 1, 2), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(made), 1, atol=1e-6)


def test_euler_angles_stay_within_90_degrees_and_go_about_x_then_y_then_z():
    rng = np.random.default_rng(0)
    angles = np.random.default_rng(0).uniform(-np.pi / 2, np.pi / 2, (3, 7))
    made = densities.euler_rotations(7, rng)
    for each, (a, b, c) in zip(made, angles.T, strict=True):
        rx = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
        ry = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
        rz = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
        assert np.allclose(each, np.array(rz) @ ry @ rx, atol=1e-6)


def test_uniform_rotations_spread_a_direction_evenly_over_the_sphere_and_the_papers_do_not():
    """Archimedes: the height of uniform points on a sphere is uniform, of variance 1/3, in each direction."""
    rng = np.random.default_rng(0)
    for draw, even in ((densities.uniform_rotations, True), (densities.euler_rotations, False)):
        variances = draw(20000, rng).astype(float).var(axis=0)
        assert np.allclose(variances, 1 / 3, atol=0.01) == even


def test_uniform_rotations_of_a_turned_atom_are_distributed_as_those_of_the_atom(surroundings):
    """The mean density over uniform rotations depends on nothing but distances: it is a ball's."""
    offsets, channels = (each[:1, :1] for each in surroundings)
    offsets = offsets / np.linalg.norm(offsets) * 1.5
    turned = densities.uniform_rotations(4000, np.random.default_rng(0))
    around = np.asarray(densities.rotated(np.repeat(offsets, 4000, axis=0), turned))
    mean = np.asarray(densities.densities(around, np.repeat(channels, 4000, axis=0), (2.0,), 5)).mean(0)
    mean = mean[..., channels[0, 0]]
    for flipped in (mean[::-1], mean.transpose(1, 0, 2), mean.transpose(2, 1, 0)):
        assert np.abs(flipped - mean).max() < 0.03 * mean.max() + 0.01


def test_the_network_has_the_parameters_of_the_released_one():
    from reproductions.mr3d_densenet.model import build

    model = build(configuration.resolve(module, "paper", "faithful", {}))
    assert model.count_params() == 2_583_041
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == 2_574_593
    assert model.get_layer("flatten").output.shape == (None, 4096)
    assert model.get_layer("densities").output.shape == (None, 16, 16, 16, 20)


def test_all_orientations_of_the_training_atoms_are_in_every_epoch_and_the_first_is_unturned():
    config, known = module.Config(rotations=3, batch=4), atoms()
    batches = examples.batches(config, {"N": known}, 0, "train")
    assert batches.count == 15
    seen = [
        (target, turned)
        for i in range(len(batches))
        for (_, _, turns), targets in [batches.batch(1, i)]
        for turned, target in zip(turns, targets[:, 0], strict=True)
    ]
    for target in examples.to_target(known.shielding, "N")[:, 0]:
        own = [turned for value, turned in seen if value == target]
        assert len(own) == 3
        assert sum(np.array_equal(turned, np.eye(3)) for turned in own) == 1


def test_new_orientations_come_with_every_epoch_where_they_are_drawn_anew():
    for redraw in (False, True):
        batches = examples.batches(
            module.Config(rotations=2, batch=10, redraw=redraw), {"N": atoms()}, 0, "train"
        )
        first, second = (sorted(batches.batch(epoch, 0)[0][2].sum((1, 2))) for epoch in (0, 1))
        assert np.array_equal(first, second) != redraw


def test_targets_and_shieldings_are_inverse():
    shielding = np.array([-200.0, 14.0, 180.25])
    for element in examples.TARGETS:
        assert np.allclose(
            examples.to_shielding(examples.to_target(shielding, element), element), shielding, atol=1e-4
        )


def test_a_prediction_is_the_mean_over_orientations_and_their_sd():
    class Network:
        """Answers with the first element of each rotation."""

        def predict_on_batch(self, inputs):
            return inputs[2][:, 0, :1]

    config, known = module.Config(rotations=4), atoms()
    mean, spread = training.predict(config, Network(), known, "N")
    values = examples.orientations(config, 5, 0, "prediction")[:, :, 0, 0] * 20 + 13
    assert np.allclose(mean, values.mean(0))
    assert np.allclose(spread, values.std(0, ddof=1))
    assert not training.predict(module.Config(rotations=1), Network(), known, "N")[1].any()


def test_a_training_ends_after_as_many_examples_as_it_may_see():
    assert training.epochs_of(module.Config(), 800) == 24
    assert training.epochs_of(module.Config(redraw=True), 100) == 24 * 8
    assert training.epochs_of(module.Config(redraw=True, shown=1050), 100) == 11
    assert training.epochs_of(module.Config(redraw=True, shown=10**9), 100) == 24 * 8


def test_batches_of_a_prediction_are_sized_to_the_memory_of_the_machine():
    paper = module.Config()
    sizes = [training.at_once(paper, memory=gigabytes * 2**30) for gigabytes in (1, 4, 24, 128)]
    assert sizes == [4, 16, 64, 64]
    assert training.at_once(module.Config(channels=32, stride=2), memory=2**30) == 64
    assert 1 <= training.at_once(paper) <= 64


def test_a_joint_network_is_shown_all_nuclei_equally_often_and_answers_for_the_one_it_is_asked():
    config = configuration.resolve(module, "smoke", "joint", {"nuclei": ("N", "O"), "batch": 16})
    few, many = atoms(3), atoms(8)
    batches = examples.batches(config, {"N": few, "O": many}, 0, "train")
    assert batches.count == 16
    (_, _, _, told), targets = batches.batch(0, 0)
    assert told.sum(0).tolist() == [8, 8]
    for element, known, column in (("N", few, 0), ("O", many, 1)):
        shown = np.unique(targets[told[:, column] == 1])
        assert np.allclose(shown, np.unique(examples.to_target(known.shielding, element)))
    # weights as after a training: untrained units of ReLU are all silent at times
    model = Subject("mr3d_densenet", variant="joint", nuclei=("N", "O"), batch=16).build()
    assert model.output_shape == (None, 1)
    first, second = (training.predict(config, model, few, element)[0] for element in config.nuclei)
    assert not np.allclose((first - 13) / 20, (second - 18) / 40)
