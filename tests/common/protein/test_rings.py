"""Ring currents: closed forms of a regular ring; what counts in a protein."""

import numpy as np
import pytest

from common.protein.rings import RINGS, TARGET_FACTOR, ring_currents, ring_shifts
from common.shiftlist import COLUMNS
from tests.common.protein.made import made, rotation, without

RADIUS = 1.39
ANGLES = np.arange(6) * np.pi / 3
HEXAGON = RADIUS * np.stack([np.cos(ANGLES), np.sin(ANGLES), 0 * ANGLES], axis=1)
#: Twice the area of the hexagon.
DOUBLED = 6 * RADIUS**2 * np.sin(np.pi / 3)
HN, CB = COLUMNS.index("HN"), COLUMNS.index("CB")


def benzene(point, corners=HEXAGON, intensity=1.0):
    return ring_shifts(np.array([point], float), corners[None], np.array([intensity]))[0, 0]


@pytest.mark.parametrize("height", [0, 1.5, 3, -4, 10])
def test_on_the_axis_of_a_ring(height):
    expected = -TARGET_FACTOR * DOUBLED / (RADIUS**2 + height**2) ** 1.5
    assert benzene([0, 0, height]) == pytest.approx(expected)


def test_far_in_the_plane_the_ring_is_a_dipole():
    # Half as much as at the same distance above it, with the other sign.
    assert benzene([500, 0, 0]) == pytest.approx(TARGET_FACTOR * DOUBLED / 2 / 500**3, rel=0.01)
    assert benzene([400, 300, 0]) == pytest.approx(TARGET_FACTOR * DOUBLED / 2 / 500**3, rel=0.01)


def test_far_away_shifts_vanish_on_the_magic_angle():
    angle = np.arccos(1 / np.sqrt(3))
    point = 500 * np.array([np.sin(angle), 0, np.cos(angle)])
    assert abs(benzene(point)) < 0.01 * TARGET_FACTOR * DOUBLED / 500**3


def test_the_way_round_and_the_place_do_not_matter():
    rng = np.random.default_rng(0)
    point = rng.normal(size=3) * 4
    turn, shift = rotation(rng), np.array([300.0, -200, 500])
    assert benzene(point, HEXAGON[::-1]) == pytest.approx(benzene(point))
    assert benzene(point @ turn + shift, HEXAGON @ turn + shift) == pytest.approx(benzene(point))


def test_a_ring_of_five_may_repeat_its_first_corner():
    five = ANGLES[:5] * 6 / 5
    corners = 1.2 * np.stack([np.cos(five), np.sin(five), 0 * five], axis=1)
    expected = -TARGET_FACTOR * 1.35 * 5 * 1.2**2 * np.sin(2 * np.pi / 5) / (1.2**2 + 9) ** 1.5
    closed = np.concatenate([corners, corners[:1]])
    assert benzene([0, 0, 3], closed, 1.35) == pytest.approx(expected)


def phenylalanine(above=3.0):
    ring = dict(zip(RINGS[0][2], HEXAGON, strict=True))
    side = {"H": (0, 0, above), "CB": (2.9, 0, 0), "N": (0, 1, above)}
    return made(("PHE", side | ring), ("ALA", {"CB": (0, 0, -above), "H": (0, 0, above)}))


def test_a_ring_counts_for_its_own_amide_and_for_others():
    shifts = ring_currents(phenylalanine())
    expected = 1.46 * benzene([0, 0, 3])
    assert shifts[0, CB] == shifts[0, 0] == 0
    np.testing.assert_allclose([shifts[0, HN], shifts[1, HN], shifts[1, CB]], expected)


def test_missing_atoms_have_no_shift_and_broken_rings_none_to_give():
    protein = phenylalanine()
    shifts = ring_currents(protein)
    assert np.isnan(shifts[:, COLUMNS.index("CA")]).all()
    assert np.isfinite(shifts).sum() == 5
    broken = ring_currents(without(protein, protein.atoms != "CE2"))
    np.testing.assert_array_equal(broken, np.where(np.isfinite(shifts), 0, np.nan))


def test_rings_go_round_bonds():
    info = pytest.importorskip("biotite.structure.info")
    for name, _, ring in RINGS:
        residue = info.residue(name)
        bonds = {frozenset(residue.atom_name[list(pair)]) for pair in residue.bonds.as_array()[:, :2]}
        assert all(frozenset(pair) in bonds for pair in zip(ring, (*ring[1:], ring[0]), strict=True))
