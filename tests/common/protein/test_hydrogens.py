import warnings

import numpy as np
import pytest

from common.io.structures import read_structure
from common.protein import hydrogens
from common.protein.hydrogens import add_hydrogens, has_hydrogens
from common.simulation.peptides import peptide


def helix(sequence):
    count = len(sequence)
    return peptide(sequence, np.full(count, np.radians(-60)), np.full(count, np.radians(-45)))


def without(protein, keep):
    return protein.replace(
        atoms=protein.atoms[keep],
        elements=protein.elements[keep],
        residue_of=protein.residue_of[keep],
        coordinates=protein.coordinates[:, keep],
        b_factors=protein.b_factors[keep],
    )


def names_of(protein, residue):
    return set(protein.atoms[(protein.residue_of == residue) & (protein.elements == "H")].tolist())


def test_every_amino_acid_gets_the_hydrogens_of_an_ideal_one():
    ideal = helix("GACDEFGHIKLMNPQRSTVWY")
    added = add_hydrogens(ideal)
    assert has_hydrogens(added)
    for residue in range(1, len(ideal) - 1):
        expected = names_of(ideal, residue)
        if ideal.residues[residue] == "HIS":
            expected = expected - {"HD1"} | {"HE2"}  # either tautomer is right
        assert names_of(added, residue) == expected
    for atom in ("H", "HA", "HA2", "HA3", "HB2", "HB3", "HG12", "HE21", "HE22"):
        off = np.linalg.norm(added.position(atom) - ideal.position(atom), axis=1)[1:-1]
        near = off[np.isfinite(off) & ~np.isin(ideal.residues[1:-1], ("ALA", "VAL"))]
        assert (near < 0.2).all(), (atom, near)


def test_heavy_atoms_stay_and_hydrogens_follow_them():
    ideal = helix("AKGS")
    added = add_hydrogens(ideal)
    heavy = without(added, added.elements != "H")
    before = without(ideal, ideal.elements != "H")
    np.testing.assert_array_equal(heavy.atoms, before.atoms)
    np.testing.assert_array_equal(heavy.xyz, before.xyz)
    assert (np.diff(added.residue_of) >= 0).all()
    for residue in range(len(added)):
        mine = added.elements[added.residue_of == residue] == "H"
        assert (np.diff(mine.astype(int)) >= 0).all()
    np.testing.assert_allclose(add_hydrogens(added).xyz, added.xyz)


def test_ends_gaps_and_prolines():
    protein = helix("AGGPGG")
    protein = protein.replace(bonded=np.array([False, True, False, True, True, True]))
    added = add_hydrogens(protein)
    assert {"H1", "H2", "H3"} <= names_of(added, 0)
    assert "H" not in names_of(added, 0)
    assert "H" in names_of(added, 2)
    assert not {"H", "H2"} & names_of(added, 3)
    n, ca, h = (added.position(atom)[2] for atom in ("N", "CA", "H"))
    assert np.linalg.norm(h - n) == pytest.approx(1.01, abs=0.03)
    angle = np.degrees(np.arccos(np.dot(h - n, ca - n) / np.linalg.norm(h - n) / np.linalg.norm(ca - n)))
    assert angle == pytest.approx(119, abs=4)


def test_all_conformers_get_theirs():
    one = helix("AAGA")
    turned = one.coordinates[0] @ np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).T
    both = add_hydrogens(one.replace(coordinates=np.stack([one.coordinates[0], turned])))
    assert both.models == 2
    expected = both.coordinates[0] @ np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).T
    np.testing.assert_allclose(both.coordinates[1], expected, atol=1e-3)


def test_what_is_missing_or_odd_gets_no_hydrogens():
    protein = helix("AKGA")
    protein = without(protein, ~((protein.residue_of == 1) & (protein.atoms == "CG")))
    assert not {"HB2", "HB3", "HD2"} & names_of(add_hydrogens(protein), 1)
    odd = protein.replace(residues=np.array(["ALA", "DAL", "GLY", "ALA"]))
    added = add_hydrogens(odd)
    assert names_of(added, 1) == set()
    assert added.notes[-1] == f"no hydrogens added to {odd.residue_labels()[1]}"
    lost = without(protein, (protein.atoms == "CB") | (protein.residue_of == 0))
    add_hydrogens(lost)
    flat = protein.replace(coordinates=protein.coordinates * 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add_hydrogens(flat)


def test_turning_brings_hydroxyls_nearer_to_those_of_reduce(data_dir, monkeypatch):
    theirs = read_structure(data_dir("shiftx2_testset") / "pdbH" / "A005_2H30A.pdbH.gz")
    turned = add_hydrogens(theirs)
    monkeypatch.setattr(hydrogens, "_turned", lambda protein, xyz, pairs: xyz)
    fixed = add_hydrogens(theirs)
    np.testing.assert_array_equal(turned.atoms, fixed.atoms)
    moved = np.unique(turned.atoms[(turned.xyz != fixed.xyz).any(1)]).tolist()
    assert set(moved) <= {"HG", "HG1", "HH", "HZ1", "HZ2", "HZ3", "H1", "H2", "H3"}
    for residue, heavy, atom in (("SER", "OG", "HG"), ("THR", "OG1", "HG1")):
        mine = theirs.residues == residue
        off = [
            np.linalg.norm(each.position(atom) - theirs.position(atom), axis=1)[mine]
            for each in (turned, fixed)
        ]
        assert np.nanmedian(off[0]) < 0.6 * np.nanmedian(off[1])
        bond = np.linalg.norm(turned.position(atom) - turned.position(heavy), axis=1)[mine]
        np.testing.assert_allclose(bond, 0.96, atol=0.03)


def test_disulfides_have_no_thiol_hydrogens():
    protein = helix("ACAACA")
    first, second = protein.index("SG")[[1, 4]]
    xyz = protein.coordinates.copy()
    xyz[0, second] = xyz[0, first] + [2.05, 0, 0]
    assert "HG" in names_of(add_hydrogens(protein), 1)
    bridged = add_hydrogens(protein.replace(coordinates=xyz))
    assert "HG" not in names_of(bridged, 1) | names_of(bridged, 4)


@pytest.mark.parametrize("name", ["A002_1XMTA", "A007_2D3GB", "A037_1OQRC"])
def test_against_reduce(data_dir, name):
    """Word and colleagues' program gave the test set its hydrogens."""
    theirs = read_structure(data_dir("shiftx2_testset") / "pdbH" / f"{name}.pdbH.gz")
    ours = add_hydrogens(theirs)
    for atom, median, most in (
        ("H", 0.125, 0.13),
        ("HA", 0.07, 0.15),
        ("HA2", 0.07, 0.15),
        ("HB3", 0.1, 0.2),
    ):
        off = np.linalg.norm(ours.position(atom) - theirs.position(atom), axis=1)
        off = off[np.isfinite(off) & (theirs.residues != "ALA")]
        assert np.median(off) < median
        assert np.percentile(off, 95) < most


@pytest.mark.slow
def test_the_table_is_that_of_the_chemical_component_dictionary():
    from biotite.structure.info import residue as component

    from common.protein.residues import residues

    for name, entry in residues().items():
        theirs = component(name)
        heavy = theirs.element != "H"
        bonds = theirs.bonds.as_array()
        bonds = bonds[heavy[bonds[:, 0]] & heavy[bonds[:, 1]]]
        expected = {(*sorted((theirs.atom_name[a], theirs.atom_name[b])), int(kind)) for a, b, kind in bonds}
        assert {(*sorted(bond[:2]), bond[2]) for bond in entry.bonds} == expected
        hydrogens = {atom for group in entry.hydrogens.values() for atom in group}
        assert hydrogens <= set(theirs.atom_name[~heavy].tolist())
