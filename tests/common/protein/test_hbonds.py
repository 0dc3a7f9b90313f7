"""Hydrogen bonds: geometry by hand, the bonds of the chemical component dictionary."""

import numpy as np
import pytest

from common.protein import hbonds
from common.protein.hbonds import hydrogen_bonds
from tests.common.protein.made import made

EMPTY = ("ALA", {})


def amide(place=0.0, name="ALA", heavy="N", proton="H"):
    return name, {heavy: (place, 0, 0), proton: (place + 1, 0, 0)}


def carbonyl(distance=1.9, angle=0.0, name="ALA", atom="O", base="C"):
    """An acceptor in line with the bond along x, its own bond turned by ``angle`` degrees from that line."""
    turned = np.radians(angle)
    start = np.array([1 + distance, 0, 0])
    return name, {atom: start, base: start + 1.23 * np.array([np.cos(turned), np.sin(turned), 0])}


def straight_energy(distance):
    near, far = distance + 1, distance + 1.23
    return 332 * 0.42 * 0.20 * (1 / near + 1 / far - 1 / distance - 1 / (far + 1))


def test_a_straight_bond():
    found = hydrogen_bonds(made(amide(), EMPTY, carbonyl()))
    np.testing.assert_allclose(found.hn[0], [1, 1.9, -1, -1])
    np.testing.assert_allclose(found.o[2], found.hn[0])
    np.testing.assert_allclose(found.energy[[0, 2], [0, 2]], straight_energy(1.9))
    assert not found.hn[1:].any()
    assert not found.o[:2].any()
    assert not found.ha.any()


def test_a_bent_bond():
    found = hydrogen_bonds(made(amide(), EMPTY, carbonyl(angle=60)))
    np.testing.assert_allclose(found.hn[0], [1, 1.9, -1, np.cos(np.radians(120))])


def test_a_bond_has_less_than_half_a_kilocalorie():
    distances = np.linspace(1.7, 9, 60)
    flags = [hydrogen_bonds(made(amide(), EMPTY, carbonyl(d))).hn[0, 0] for d in distances]
    np.testing.assert_array_equal(flags, straight_energy(distances) < -0.5)
    assert 0 < np.mean(flags) < 1


def test_the_strongest_bond_stands():
    weaker = ("SER", {"OG": (1, 2.6, 0), "CB": (1, 4, 0)})
    found = hydrogen_bonds(made(amide(), EMPTY, carbonyl(), EMPTY, weaker))
    assert found.hn[0, 1] == pytest.approx(1.9)
    alone = hydrogen_bonds(made(amide(), EMPTY, weaker))
    np.testing.assert_allclose(alone.hn[0, 1:], [2.6, 0, -1], atol=1e-12)
    assert found.energy[0, 0] < alone.energy[0, 0] < -0.5


def test_bonded_neighbours_have_none():
    protein = made(amide(), carbonyl())
    assert not hydrogen_bonds(protein).hn.any()
    assert hydrogen_bonds(protein.replace(bonded=np.array([False, False]))).hn[0, 0] == 1


def test_head_to_head_is_no_bond():
    # C=O turned round: C nearer to N than O to H.
    facing = ("ALA", {"O": (4.9, 0, 0), "C": (3.67, 0, 0)})
    assert not hydrogen_bonds(made(amide(), EMPTY, facing)).hn.any()


@pytest.mark.parametrize(("proton", "field"), [("HA", "ha"), ("HA2", "ha2"), ("HA3", "ha3")])
def test_alpha_protons_are_donors_too(proton, field):
    found = hydrogen_bonds(made(amide(heavy="CA", proton=proton), EMPTY, carbonyl(2.3)))
    np.testing.assert_allclose(getattr(found, field)[0], [1, 2.3, -1, -1])
    assert found.o[2, 0] == 1
    assert not found.hn.any()


def test_side_chains_give_and_take():
    found = hydrogen_bonds(made(amide(name="LYS", heavy="NZ", proton="HZ2"), EMPTY, carbonyl()))
    assert found.o[2, 0] == 1
    found = hydrogen_bonds(made(amide(), EMPTY, carbonyl(name="GLU", atom="OE2", base="CD")))
    assert found.hn[0, 0] == 1
    found = hydrogen_bonds(made(amide(), EMPTY, carbonyl(name="LYS", atom="OE2", base="CD")))
    assert found.hn[0, 0] == 0


def test_a_missing_partner_means_no_bond():
    _, atoms = carbonyl()
    assert not hydrogen_bonds(made(amide(), EMPTY, ("ALA", {"O": atoms["O"]}))).hn.any()
    assert not hydrogen_bonds(made(("ALA", {"H": (1, 0, 0)}), EMPTY, carbonyl())).hn.any()


@pytest.mark.parametrize(
    ("everywhere", "by_residue"),
    [
        (hbonds.BACKBONE_DONORS, hbonds.SIDE_CHAIN_DONORS),
        (hbonds.BACKBONE_ACCEPTORS, hbonds.SIDE_CHAIN_ACCEPTORS),
    ],
    ids=["donors", "acceptors"],
)
def test_partners_are_bonded(everywhere, by_residue):
    info = pytest.importorskip("biotite.structure.info")
    for name, pairs in by_residue.items():
        residue = info.residue(name)
        bonds = {frozenset(residue.atom_name[list(pair)]) for pair in residue.bonds.as_array()[:, :2]}
        there = {atom: base for atom, base in everywhere.items() if atom in residue.atom_name}
        assert {frozenset(pair) for pair in (there | pairs).items()} <= bonds, name
