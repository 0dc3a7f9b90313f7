"""The variant that is told directions: its inputs in closed form, and offsets of proteins taken off."""

import dataclasses

import numpy as np
import pytest

from common.simulation.peptides import peptide
from common.training import config as configuration
from reproductions.sparta_plus import config as configs
from reproductions.sparta_plus import data, oriented, referencing

HELIX = "GSAEKLFDRWIYTHQVNMCA"


def resolve(**overrides):
    return configuration.resolve(configs, "smoke", "oriented", overrides)


@pytest.fixture(scope="module")
def helix():
    return peptide(HELIX, np.radians(-60.0), np.radians(-45.0), chi1=np.radians(-65.0))


def test_inputs_are_finite_and_as_many_as_the_network_expects(helix):
    values = oriented.oriented(helix)
    assert values.shape == (len(HELIX), oriented.ORIENTED)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 200
    told, _ = data.made(helix, "oriented")
    assert told.shape[1] == data.inputs(resolve())


def test_inputs_depend_on_handedness_but_not_on_where_a_structure_stands(helix):
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = helix.replace(coordinates=helix.coordinates @ turn.T + [10.0, -20.0, 5.0])
    np.testing.assert_allclose(oriented.oriented(moved), oriented.oriented(helix), atol=1e-6)
    mirrored = helix.replace(coordinates=-helix.coordinates)
    assert np.abs(oriented.densities(mirrored) - oriented.densities(helix)).max() > 0.1


def test_the_axes_of_a_residue_are_those_of_its_plane():
    first, middle, last = np.array([[0.0, 0, 0]]), np.array([[1.0, 2, 0]]), np.array([[4.0, 0, 0]])
    np.testing.assert_allclose(oriented.axes(first, middle, last)[0], np.eye(3))


def test_harmonics_are_orthogonal_over_the_sphere():
    points = np.random.default_rng(0).standard_normal((200000, 3))
    waves = oriented.harmonics(points / np.linalg.norm(points, axis=1, keepdims=True))
    products = waves @ waves.T / len(points)
    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=0.01)
    np.testing.assert_allclose(waves.mean(1), 0, atol=0.01)


def test_one_far_atom_is_seen_in_its_direction_at_its_distance():
    chain = peptide("AAAAAAAA", np.radians(-140.0), np.radians(140.0))
    # the last oxygen goes to 4.5 angstrom above the plane of residue 2; all else is as it was
    n, ca, c = (chain.position(atom) for atom in ("N", "CA", "C"))
    frame = oriented.axes(n, ca, c)[2]
    atom = chain.index("O")[7]
    moved = chain.coordinates.copy()
    moved[0, atom] = ca[2] + 4.5 * frame[2]
    away = moved.copy()
    away[0, atom] = 100.0
    shape = (len(chain), len(oriented.PLACES), len(oriented.ELEMENTS), len(oriented.RADII), 8)
    found, without = (
        oriented.densities(chain.replace(coordinates=each)).reshape(shape)[2, 2, 3] for each in (moved, away)
    )
    weights = np.exp(-0.5 * np.array([(1.5 / 0.8) ** 2, 0.0, (2.0 / 1.4) ** 2]))
    wanted = np.outer(weights, [0, 0, 1, 0, 0, 0, 0, 2])
    np.testing.assert_allclose(found - without, wanted, atol=1e-9)


def test_the_course_of_a_helix_is_that_of_its_torsions(helix):
    values = oriented.course(helix)[8]
    np.testing.assert_allclose(values[4:6], 0, atol=1e-5)
    ca = helix.position("CA")
    np.testing.assert_allclose(values[6], (np.linalg.norm(ca[10] - ca[8]) - 7) / 3)
    np.testing.assert_allclose(values[19:21], [np.sin(np.radians(-105)), np.cos(np.radians(-105))], atol=1e-6)


def test_an_offset_of_a_protein_is_found_and_taken_off():
    known = data.training(resolve(inputs="surroundings", made_up=24, members=3))
    shifts = known.shifts.copy()
    before = referencing.offsets(known)
    shifts[known.protein == 5] += 3.0
    moved = referencing.offsets(dataclasses.replace(known, shifts=shifts))
    there = before[5] != 0
    assert there.sum() >= 4
    assert (moved[5] - before[5])[there].mean() > 1.5
    off = referencing.referenced(known)
    np.testing.assert_array_equal(np.isfinite(off.shifts), np.isfinite(known.shifts))
    there = np.isfinite(known.shifts[:, 4])
    taken = (known.shifts - off.shifts)[there, 4]
    np.testing.assert_allclose(taken, before[known.protein[there], 4], atol=1e-9)


def test_only_this_variant_is_referenced_anew():
    assert [name for name in configs.VARIANTS if data.REFERENCED[0] in configs.VARIANTS[name].values()] == [
        "oriented"
    ]
    known, kept = (data.training(resolve(inputs=kind)) for kind in ("oriented", "surroundings"))
    off = referencing.offsets(kept)[kept.protein]
    np.testing.assert_allclose(
        (kept.shifts - known.shifts)[:, :6], np.where(np.isfinite(kept.shifts[:, :6]), off, np.nan), atol=1e-9
    )
