"""Exposure of residues whose neighbours are counted by hand."""

import numpy as np
import pytest

from common.protein.contacts import exposure, virtual_cb
from tests.common.protein.made import made

ALANINE = {"N": (-1.2, -0.8, 0), "CA": (0, 0, 0), "C": (1.2, -0.8, 0), "CB": (0, 0.8, 1.3)}


def test_half_spheres_and_the_shell():
    others = [(0, 5, 0), (0, 12, 1), (0, 20, 0), (0, 0, -6), (3, -4, -4)]
    protein = made(("ALA", ALANINE), *(("GLY", {"CA": place}) for place in others))
    found = exposure(protein)
    # CA within 13 angstrom: two above, two below; within 10 angstrom of CB: the first and last two.
    assert (found.up[0], found.down[0], found.heavy[0]) == (2, 2, 3)
    assert np.isnan([found.up[1:], found.down[1:], found.heavy[1:]]).all()


def test_ideal_beta_carbon():
    info = pytest.importorskip("biotite.structure.info")
    for name in ("ALA", "LEU", "TRP", "THR"):
        residue = info.residue(name)
        at = dict(zip(residue.atom_name, residue.coord.astype(float), strict=True))
        built = virtual_cb(made((name, at)))[0]
        assert np.linalg.norm(built - at["CB"]) < 0.15


def test_glycine_is_given_a_beta_carbon():
    bare = {name: place for name, place in ALANINE.items() if name != "CB"}
    found = exposure(made(("GLY", bare), ("GLY", {"CA": (0, 9, 5)})))
    assert (found.up[0], found.down[0]) in {(1, 0), (0, 1)}
    assert found.heavy[0] == 1
