"""Sums over planar groups against the dipole's closed form, and which groups are found."""

import numpy as np

from common.protein.anisotropy import anisotropies, plane_sums, planes
from common.simulation.peptides import peptide


def test_a_plane_shields_above_and_deshields_beside():
    plane = np.array([[[1.0, 0, 0], [-0.5, 0.9, 0], [-0.5, -0.9, 0]]])
    points = np.array([[0, 0, 4.0], [0, 4.0, 0], [4.0, 0, 0]])
    np.testing.assert_allclose(plane_sums(points, plane), np.array([-2, 1, 1]) / 64)
    magic = np.array([[np.sqrt(2 / 3), 0, np.sqrt(1 / 3)]]) * 5
    np.testing.assert_allclose(plane_sums(magic, plane), 0, atol=1e-12)


def test_every_planar_group_is_found_and_counts_in_its_own_sum():
    protein = peptide("ANQDERA", np.radians(-60.0), np.radians(-45.0))
    assert [len(kind) for kind in planes(protein)] == [6, 2, 2, 1]
    points = np.array([[30.0, 5.0, 1.0], [np.nan, 0.0, 0.0]])
    found = anisotropies(protein, points)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[0, 3], plane_sums(points[:1], planes(protein)[3])[0])


def test_a_protein_without_side_chains_in_a_plane_has_sums_of_zero():
    protein = peptide("AAAA", np.radians(-60.0), np.radians(-45.0))
    assert not anisotropies(protein, np.array([[8.0, 5.0, 1.0]]))[:, 1:].any()
