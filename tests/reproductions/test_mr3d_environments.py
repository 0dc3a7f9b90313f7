"""Neighbours of atoms: against a double loop and ase, and the same whatever the cell, origin and order."""

import numpy as np
import pytest

from common.errors import UserError
from common.structures import Crystal
from reproductions.mr3d_densenet.densities import ELEMENTS
from reproductions.mr3d_densenet.environments import NUMBERS, environments, equal_atoms
from reproductions.mr3d_densenet.simulated import made_up

K = 60


def random_crystal(seed=0, n=9) -> Crystal:
    """Atoms at random in a skewed cell, an atom of each element at least."""
    rng = np.random.default_rng(seed)
    cell = np.array([[5.0, 0.0, 0.0], [4.2, 5.5, 0.0], [-2.4, 3.1, 6.0]])
    numbers = np.array([1, 6, 7, 8, *rng.choice([1, 6, 7, 8], n - 4)])
    return Crystal("TEST", numbers, cell, rng.uniform(size=(n, 3)) @ cell, rng.normal(30, 5, n))


def one_by_one(crystal: Crystal, atom: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and channels of the neighbours, by a plain loop over images and atoms."""
    found = []
    for a in range(-5, 6):
        for b in range(-4, 5):
            for c in range(-3, 4):
                shift = np.array([a, b, c]) @ crystal.cell
                for other in range(len(crystal)):
                    apart = np.linalg.norm(crystal.positions[other] + shift - crystal.positions[atom])
                    if apart > 1e-9:
                        symbol = {z: s for s, z in NUMBERS.items()}[crystal.numbers[other]]
                        found.append((apart, ELEMENTS.index(symbol)))
    found = sorted(found)[:count]
    return np.array([apart for apart, _ in found]), np.array([kind for _, kind in found])


def same(one, two, tolerance=1e-5):
    """Whether two environments have the same atoms in the same order."""
    assert np.allclose(one.offsets, two.offsets, atol=tolerance)
    assert np.array_equal(one.channels, two.channels)
    assert np.allclose(one.shielding, two.shielding, equal_nan=True)


def test_neighbours_are_those_of_a_plain_loop():
    crystal = random_crystal()
    found = environments([crystal], "N", neighbours=K, collapse=False)
    for row, atom in enumerate(found.atom):
        apart, kinds = one_by_one(crystal, atom, K)
        assert np.allclose(np.linalg.norm(found.offsets[row], axis=-1), apart, atol=1e-5)
        assert np.array_equal(found.channels[row], kinds)
    assert np.array_equal(found.shielding, crystal.shieldings[found.atom])
    assert (found.atom == np.flatnonzero(crystal.numbers == 7)).all()


def test_neighbours_are_those_of_ase():
    import ase
    from ase.neighborlist import neighbor_list

    crystal = random_crystal(1, 12)
    found = environments([crystal], "H", neighbours=K, collapse=False)
    reach = float(np.linalg.norm(found.offsets, axis=-1).max()) + 1e-3
    atoms = ase.Atoms(numbers=crystal.numbers, positions=crystal.positions, cell=crystal.cell, pbc=True)
    i, vectors = neighbor_list("iD", atoms, reach)
    for row, atom in enumerate(found.atom):
        known = np.sort(np.linalg.norm(vectors[i == atom], axis=1))[:K]
        assert np.allclose(np.linalg.norm(found.offsets[row], axis=-1), known, atol=1e-5)
        nearest = vectors[i == atom][np.argmin(np.linalg.norm(vectors[i == atom], axis=1))]
        assert np.allclose(found.offsets[row, 0], nearest, atol=1e-5)


def test_types_and_shapes_are_those_promised():
    found = environments([random_crystal()], "O", neighbours=K)
    n = len(found)
    assert found.offsets.dtype == np.float32
    assert found.offsets.shape == (n, K, 3)
    assert found.channels.dtype == np.int8
    assert found.channels.shape == (n, K)
    assert (found.names, found.crystal.tolist()) == (("TEST",), [0] * n)
    assert (np.diff(np.linalg.norm(found.offsets, axis=-1), axis=1) > -1e-6).all()
    assert len(found.pick(found.atom > 3)) == int((found.atom > 3).sum())
    assert len(environments([random_crystal()], "O", neighbours=320).offsets[0]) == 320


@pytest.mark.parametrize("element", ELEMENTS)
def test_neither_translation_nor_wrapping_nor_order_nor_cell_change_anything(element):
    crystal = random_crystal(2)
    rng = np.random.default_rng(5)
    known = environments([crystal], element, neighbours=K, collapse=False)
    moved = crystal.positions + [3.3, -7.1, 12.9] + rng.integers(-3, 4, (len(crystal), 3)) @ crystal.cell
    same(environments([crystal.replace(positions=moved)], element, neighbours=K, collapse=False), known)
    # another setting of the lattice: whole combinations of the vectors with determinant 1
    setting = np.array([[1, 2, 0], [0, 1, -3], [1, 2, 1]])
    assert round(np.linalg.det(setting)) == 1
    other = crystal.replace(cell=setting @ crystal.cell)
    same(environments([other], element, neighbours=K, collapse=False), known)
    order = rng.permutation(len(crystal))
    shuffled = Crystal("TEST", crystal.numbers[order], crystal.cell, crystal.positions[order],
                       crystal.shieldings[order])  # fmt: skip
    found = environments([shuffled], element, neighbours=K, collapse=False)
    same(found.pick([list(order[found.atom]).index(atom) for atom in known.atom]), known)


def test_a_supercell_has_the_same_environments_and_its_copies_are_one():
    crystal = random_crystal(3)
    steps = np.stack(np.meshgrid([0, 1], [0, 1, 2], [0], indexing="ij"), -1).reshape(-1, 3)
    positions = np.concatenate([crystal.positions + step @ crystal.cell for step in steps])
    supercell = Crystal("TEST", np.tile(crystal.numbers, 6), np.diag([2, 3, 1]) @ crystal.cell, positions,
                        np.tile(crystal.shieldings, 6))  # fmt: skip
    known = environments([crystal], "C", neighbours=K)
    found = environments([supercell], "C", neighbours=K)
    same(found, known)
    assert found.copies.tolist() == [6] * len(known)
    assert known.copies.tolist() == [1] * len(known)
    apart = environments([supercell], "C", neighbours=K, collapse=False)
    assert len(apart) == 6 * len(known)
    assert (apart.copies == 1).all()


def test_equal_distances_come_in_one_order():
    """A simple cubic lattice, where whole shells are equally far and the last one is cut."""
    cell, unknown = 2.0 * np.eye(3), np.full(1, np.nan)
    lattice = Crystal("CUBE", np.array([6]), cell, np.zeros((1, 3)), unknown)
    known = environments([lattice], "C", neighbours=20)
    turned = lattice.replace(cell=np.array([[0, 2.0, 0], [0, 2, 2], [2, 2, 2]]), positions=np.ones((1, 3)))
    same(environments([turned], "C", neighbours=20), known)
    apart = np.linalg.norm(known.offsets[0], axis=-1)
    assert np.allclose(apart, [2.0] * 6 + [2 * np.sqrt(2)] * 12 + [2 * np.sqrt(3)] * 2)
    assert known.offsets[0, 0].tolist() == [-2.0, 0.0, 0.0]
    assert known.offsets[0, 5].tolist() == [2.0, 0.0, 0.0]


def test_symmetry_copies_are_one_by_distances_and_shieldings():
    frames, _ = made_up(1)
    found = environments(frames[:1], "C", neighbours=K)
    assert (found.copies == 2).all()
    assert found.copies.sum() == (frames[0].numbers == 6).sum()
    alone = frames[0].replace(shieldings=np.full(len(frames[0]), np.nan))
    assert environments([alone], "C", neighbours=K).copies.tolist() == found.copies.tolist()
    atoms = environments(frames[:1], "C", neighbours=K, collapse=False)
    apart = atoms.shielding + np.arange(len(atoms))  # equal places, different shieldings: not copies
    assert len(equal_atoms(atoms.offsets, atoms.channels, apart)[0]) == len(atoms)
    rattled = environments(frames[1:], "C", neighbours=K)
    assert (rattled.copies == 1).all()


def test_several_crystals_are_told_apart_and_rattled_copies_share_a_name():
    frames, rattled = made_up(3)
    found = environments(frames, "N", neighbours=K, rattled=rattled)
    assert found.names == ("MADEUP000", "MADEUP001", "MADEUP002")
    assert set(found.crystal[found.rattled]) == set(found.crystal[~found.rattled]) == {0, 1, 2}
    alone = environments(frames[1:2], "N", neighbours=K)
    same(found.pick((found.crystal == 1) & ~found.rattled), alone)


def test_an_element_without_a_channel_is_named():
    crystal = random_crystal()
    odd = crystal.replace(numbers=np.where(crystal.numbers == 8, 16, crystal.numbers))
    with pytest.raises(UserError, match="TEST: no channel for S; the network knows H, C, O, N"):
        environments([odd], "N", neighbours=K)
    found = environments([odd], "H", neighbours=K, others=True)
    as_nitrogen = crystal.replace(numbers=np.where(crystal.numbers == 8, 7, crystal.numbers))
    same(found, environments([as_nitrogen], "H", neighbours=K))
    with pytest.raises(UserError, match="nucleus 'S' has no network"):
        environments([odd], "S")


def test_what_is_kept_is_what_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    frames, rattled = made_up(2)
    made = environments(frames, "O", neighbours=K, rattled=rattled)
    for _ in range(2):
        kept = environments(frames, "O", neighbours=K, rattled=rattled, keep=True)
        same(kept, made, 0)
        assert np.array_equal(kept.copies, made.copies)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
