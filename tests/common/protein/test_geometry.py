"""Torsion angles: known points, mdtraj, the bonds of the chemical component dictionary."""

import itertools

import numpy as np
import pytest

from common.protein import geometry
from common.protein.geometry import adjacent, dihedral, following, previous, torsions
from tests.common.protein.made import made

BACKBONE = ("N", "CA", "C")


def chain(names, phi, psi, omega):
    """N, CA and C (3n, 3) of a chain with given torsions, atom by atom from internal coordinates."""
    points = [np.array([0.0, 0, 0]), np.array([1.46, 0, 0]), np.array([2.0, 1.42, 0])]
    for i in range(1, len(names)):
        for angle, bond, bend in ((psi[i - 1], 1.33, 116), (omega[i], 1.46, 122), (phi[i], 1.52, 111)):
            points.append(place(*points[-3:], angle, bond, np.radians(bend)))
    return [
        (name, dict(zip(BACKBONE, points[3 * i : 3 * i + 3], strict=True))) for i, name in enumerate(names)
    ]


def place(a, b, c, torsion, bond, bend):
    along = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, along)
    normal /= np.linalg.norm(normal)
    outward = np.cross(normal, along)
    step = -np.cos(bend) * along + np.sin(bend) * (np.cos(torsion) * outward + np.sin(torsion) * normal)
    return c + bond * step


@pytest.mark.parametrize("angle", [-179, -90, -57, 0, 30, 90, 120])
def test_a_known_dihedral(angle):
    turned = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle)), 1])
    found = dihedral(np.array([2.0, 0, -1]), np.zeros(3), np.array([0.0, 0, 1]), turned)
    assert np.degrees(found) == pytest.approx(angle)


def test_dihedrals_against_mdtraj():
    mdtraj = pytest.importorskip("mdtraj")
    points = np.random.default_rng(0).normal(size=(50, 4, 3)).astype("float32")
    topology = mdtraj.Topology()
    residue = topology.add_residue("ALA", topology.add_chain())
    for _ in range(4):
        topology.add_atom("C", mdtraj.element.carbon, residue)
    theirs = mdtraj.compute_dihedrals(mdtraj.Trajectory(points, topology), [[0, 1, 2, 3]], periodic=False)
    ours = dihedral(*np.moveaxis(points.astype(float), 1, 0))
    np.testing.assert_allclose(ours, theirs[:, 0], atol=1e-4)


def test_a_chain_has_the_torsions_it_was_made_with():
    rng = np.random.default_rng(1)
    phi, psi, omega = rng.uniform(-np.pi, np.pi, (3, 12))
    omega[1:] = np.pi - 1e-3
    omega[5] = 0.1
    found = torsions(made(*chain(["ALA"] * 12, phi, psi, omega)))
    np.testing.assert_allclose(found.phi[1:], phi[1:])
    np.testing.assert_allclose(found.psi[:-1], psi[:-1])
    np.testing.assert_allclose(found.omega[1:], omega[1:])
    assert np.isnan([found.phi[0], found.omega[0], found.psi[-1], *found.chi1, *found.chi2]).all()
    np.testing.assert_array_equal(np.flatnonzero(found.cis), [5])


def test_nothing_spans_a_break_of_the_chain():
    residues = chain(["ALA"] * 4, *np.full((3, 4), 2.0))
    found = torsions(made(*residues, bonded=[False, True, False, True]))
    known = np.isfinite([found.phi, found.omega, found.psi])
    np.testing.assert_array_equal(known, [[0, 1, 0, 1], [0, 1, 0, 1], [1, 0, 1, 0]])


@pytest.mark.parametrize(
    ("first", "second"),
    [(geometry.CHI1, geometry.CHI2), (geometry.SPARTA_CHI1, geometry.SPARTA_CHI2)],
    ids=["iupac", "sparta"],
)
def test_side_chain_torsions_follow_bonds(first, second):
    info = pytest.importorskip("biotite.structure.info")
    for name in {*first, *second}:
        residue = info.residue(name)
        bonds = {frozenset(residue.atom_name[list(pair)]) for pair in residue.bonds.as_array()[:, :2]}
        paths = [("CA", "CB", first[name])] + ([("CA", "CB", *second[name])] if name in second else [])
        for path in paths:
            assert all(frozenset(pair) in bonds for pair in itertools.pairwise(path)), (name, path)


def test_side_chain_torsions_are_those_of_their_residue():
    rng = np.random.default_rng(2)
    names = ("N", "CA", "CB", "CG", "CG1", "CG2", "CD", "CD1")
    atoms = {name: rng.normal(size=3) for name in names}
    found = torsions(made(*((name, atoms) for name in ("ILE", "VAL", "GLN", "ALA", "GLY"))))
    start = (atoms["N"], atoms["CA"], atoms["CB"])
    np.testing.assert_allclose(
        found.chi1, [dihedral(*start, atoms[a]) if a else np.nan for a in ("CG1", "CG1", "CG", "", "")]
    )
    ends = [("CG1", "CD1"), None, ("CG", "CD"), None, None]
    chi2 = [dihedral(*start[1:], atoms[e[0]], atoms[e[1]]) if e else np.nan for e in ends]
    np.testing.assert_allclose(found.chi2, chi2)


def test_neighbours_are_bonded_ones():
    protein = made(*[("GLY", {"CA": (0, 0, 0)})] * 4, bonded=[False, True, False, True])
    values = np.arange(4.0)
    np.testing.assert_array_equal(previous(protein, values), [np.nan, 0, np.nan, 2])
    np.testing.assert_array_equal(following(protein, values), [1, np.nan, 3, np.nan])
    near = adjacent(protein, np.arange(4)[:, None], np.arange(4))
    np.testing.assert_array_equal(near, np.kron(np.eye(2), np.ones((2, 2))).astype(bool))
