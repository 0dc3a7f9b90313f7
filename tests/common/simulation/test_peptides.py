"""Peptides have the torsions asked for, the geometry of proteins, and helices and strands as Pauling's."""

import time

import numpy as np
import pytest

from common.errors import UserError
from common.protein.geometry import CHI1, CHI2, dihedral, torsions
from common.shiftlist import COLUMNS, NUCLEI
from common.simulation.peptides import HELIX, STRAND, peptide, random_peptides, secondary_shifts
from common.structures import AMINO_ACIDS, THREE_LETTER

ALPHA = np.radians([-57.0, -47.0])  # IUPAC-IUB 1970, as the strands below
#: Shortest and longest bond in angstrom by elements (Engh & Huber 1991); N-H from the cloud of electrons to
#: the nucleus (Deis et al. 2013, Comput. Crystallogr. Newsl. 4, 9).
BONDS = {
    "CC": (1.33, 1.56), "CN": (1.28, 1.50), "CO": (1.20, 1.44), "CS": (1.76, 1.84), "CH": (1.05, 1.12),
    "HN": (0.86, 1.05), "HO": (0.94, 1.00), "HS": (1.30, 1.36),
}  # fmt: skip
SIDE_CHAIN_ATOMS = dict(
    zip(AMINO_ACIDS, (1, 2, 4, 5, 7, 0, 6, 4, 5, 4, 4, 4, 3, 5, 7, 2, 3, 3, 10, 8), strict=True)
)
HYDROGENS = dict(
    zip(AMINO_ACIDS, (5, 5, 4, 6, 9, 3, 7, 11, 13, 11, 9, 6, 7, 8, 13, 5, 7, 9, 10, 9), strict=True)
)  # by formula of the residue at pH 7


def some(seed=0, repeats=3):
    """A peptide of all amino acids in mixed order, any torsions, and the torsions."""
    rng = np.random.default_rng(seed)
    sequence = "".join(rng.permutation(list(AMINO_ACIDS * repeats)))
    asked = {name: rng.uniform(-np.pi, np.pi, len(sequence)) for name in ("phi", "psi", "chi1", "chi2")}
    asked["omega"] = np.pi + 0.1 * rng.standard_normal(len(sequence))
    return peptide(sequence, **asked), asked


def distance(a, b):
    return np.linalg.norm(a - b, axis=-1)


def ideal(angles, n=16, letter="A"):
    return peptide(letter * n, *angles)


def bonded_pairs(protein):
    """Pairs of atoms closer than bonds are long, by residue and over peptide bonds (heavy atoms and H)."""
    xyz, hydrogen = protein.xyz, protein.elements == "H"
    gaps = distance(xyz[:, None], xyz[None])
    reach = np.where(hydrogen[:, None] | hydrogen[None], 1.45, 1.95)
    near = (gaps < reach) & ~(hydrogen[:, None] & hydrogen[None])
    near &= np.abs(protein.residue_of[:, None] - protein.residue_of[None]) <= 1
    return np.argwhere(np.triu(near, 1)), gaps


@pytest.mark.parametrize("name", ["phi", "psi", "omega", "chi1", "chi2"])
def test_torsions_are_those_asked_for(name):
    protein, asked = some()
    found = getattr(torsions(protein), name)
    known = np.isfinite(found)
    if name.startswith("chi"):
        proline = protein.residues == "PRO"
        names = (CHI1 if name == "chi1" else CHI2).keys()
        assert (known == np.isin(protein.residues, list(names))).all()
        known &= ~proline
    else:
        assert known.sum() == len(protein) - 1
    turn = found[known] - asked[name][known]
    assert np.abs(np.angle(np.exp(1j * turn))).max() < 1e-6


def test_atoms_are_all_there_under_standard_names():
    protein, _ = some()
    assert np.isfinite(protein.coordinates).all()
    for row, letter in enumerate(protein.sequence):
        here = protein.residue_of == row
        atoms, elements = protein.atoms[here], protein.elements[here]
        assert len(set(atoms)) == len(atoms)
        assert (elements != "H").sum() == SIDE_CHAIN_ATOMS[letter] + 4
        assert (elements == "H").sum() == HYDROGENS[letter]
        assert [atom[0] for atom in atoms] == list(elements)
    assert ((protein.index("H") < 0) == (protein.residues == "PRO")).all()
    assert ((protein.index("HA") < 0) == (protein.residues == "GLY")).all()


def test_bonds_are_as_long_as_chemistry_has_them():
    protein = peptide(AMINO_ACIDS, np.radians(-65), np.radians(140))
    pairs, gaps = bonded_pairs(protein)
    for a, b in pairs:
        low, high = BONDS["".join(sorted(protein.elements[a] + protein.elements[b]))]
        assert low < gaps[a, b] < high, (protein.atoms[a], protein.atoms[b], protein.residue_of[a])
    # a tree of bonds, and one more for each ring: F, H, P, Y have one, W two
    assert len(pairs) == len(protein.atoms) - 1 + 6


def test_bonds_hold_when_side_chains_turn():
    one, other = (peptide(AMINO_ACIDS, -1.1, 2.4, chi1=a, chi2=b) for a, b in ((-1.0, 2.0), (2.5, -0.7)))
    pairs, gaps = bonded_pairs(peptide(AMINO_ACIDS, -1.1, 2.4))
    for protein in (one, other):
        a, b = protein.xyz[pairs.T]
        np.testing.assert_allclose(distance(a, b), gaps[tuple(pairs.T)], atol=1e-9)


def test_amino_acids_are_left_handed():
    """The CORN rule: seen from H, CO, R and N stand clockwise; and CB of Ile is (S), of Thr (R)."""
    protein, _ = some()
    n, ca, c, cb, ha = (protein.position(atom) for atom in ("N", "CA", "C", "CB", "HA"))
    volume = np.sum(np.cross(n - ca, c - ca) * (cb - ca), 1)
    others = protein.residues != "GLY"
    assert (volume[others] > 2).all()
    assert (np.sum(np.cross(n - ca, c - ca) * (ha - ca), 1)[others] < -1).all()
    for name, gamma in (("ILE", "CG1"), ("THR", "OG1")):
        here = protein.residues == name
        first, second = (protein.position(atom) - cb for atom in (gamma, "CG2"))
        assert (np.sum(np.cross(first, second) * (ca - cb), 1)[here] > 2).all()


def test_hydrogens_of_glycine_are_told_apart():
    """HA2 is pro-R (IUPAC 1998): with it as the heavier isotope N, C, HA2 run clockwise seen opposite HA3."""
    protein = peptide("AGA", -1.0, -0.8)
    n, ca, c, ha2, ha3 = (protein.position(atom)[1] for atom in ("N", "CA", "C", "HA2", "HA3"))
    towards_viewer = ca - ha3
    assert np.dot(np.cross(n - ca, c - ca) + np.cross(c - ca, ha2 - ca), towards_viewer) < 0
    alanine = peptide("AAA", -1.0, -0.8)
    assert distance(ha2, alanine.position("HA")[1]) < 0.15
    assert distance(ha3, alanine.position("CB")[1]) < 0.6


@pytest.mark.parametrize(
    ("centre", "before", "after", "hydrogen"),
    [
        ("CB", "CA", "CG", "HB2"),
        ("CG", "CB", "CD", "HG2"),
        ("CG1", "CB", "CD1", "HG12"),
        ("CD", "CG", "NE", "HD2"),
    ],
)
def test_methylene_hydrogens_are_numbered_clockwise(centre, before, after, hydrogen):
    """Seen from the atom before: the one after, 2 and 3 (IUPAC 1998, J. Mol. Biol. 280, 933)."""
    protein = peptide(AMINO_ACIDS, -1.1, 2.4)
    a, b, h = (protein.position(atom) - protein.position(centre) for atom in (before, after, hydrogen))
    volume = np.sum(np.cross(a, b) * h, 1)
    known = np.isfinite(volume) & (protein.index(hydrogen[:-1] + "3") >= 0)
    assert known.any()
    assert (volume[known] < -1).all()


@pytest.mark.parametrize(
    ("letter", "path", "expected"),
    [
        ("R", ("CD", "NE", "CZ", "NH1"), 0),
        ("R", ("NE", "CZ", "NH1", "HH11"), 0),
        ("R", ("NE", "CZ", "NH2", "HH21"), 0),
        ("N", ("CB", "CG", "ND2", "HD21"), 180),
        ("Q", ("CG", "CD", "NE2", "HE21"), 180),
    ],
)
def test_flat_groups_are_numbered_as_in_crystal_structures(letter, path, expected):
    """As reduce names them in PDB files."""
    protein = peptide(letter, -1.1, 2.4)
    turn = dihedral(*(protein.position(atom)[0] for atom in path)) - np.radians(expected)
    assert np.cos(turn) == pytest.approx(1, abs=1e-3)


def test_the_peptide_group_is_flat_and_its_hydrogen_halves_the_angle():
    protein = ideal(ALPHA)
    n, ca, h = (protein.position(atom)[1:] for atom in ("N", "CA", "H"))
    c, o = (protein.position(atom)[:-1] for atom in ("C", "O"))
    normal = np.cross(c - n, ca - n)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    for atom in (h, o):
        assert np.abs(np.sum(normal * (atom - n), 1)).max() < 1e-9
    np.testing.assert_allclose(distance(h, c), distance(h, ca) + 0.0, atol=0.12)
    assert (distance(h, o) > 3.0).all()  # trans


def test_an_alpha_helix_turns_and_rises_as_pauling_s():
    """1.5 A a residue, 3.6 residues a turn, right-handed; H to O four before it near 2.0 A."""
    protein = ideal(ALPHA)
    rise, turn = screw(protein.position("CA"))
    assert rise == pytest.approx(1.5, abs=0.06)
    assert 360 / np.degrees(turn) == pytest.approx(3.6, abs=0.1)
    bonds = distance(protein.position("O")[:-4], protein.position("H")[4:])
    np.testing.assert_allclose(bonds, 2.06, atol=0.12)


@pytest.mark.parametrize(("angles", "expected"), [((-139.0, 135.0), 3.4), ((-119.0, 113.0), 3.2)])
def test_strands_rise_as_in_antiparallel_and_parallel_sheets(angles, expected):
    rise, _ = screw(ideal(np.radians(angles)).position("CA"))
    assert abs(rise) == pytest.approx(expected, abs=0.1)


def screw(points):
    """Rise and right-handed turn a step of points on a helix: second differences point to its axis."""
    second = points[:-2] - 2 * points[1:-1] + points[2:]
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    axis = np.cross(second[0], second[1])
    axis /= np.linalg.norm(axis)
    turn = np.arctan2(np.cross(second[0], second[1]) @ axis, second[0] @ second[1])
    return (points[1] - points[0]) @ axis, turn


def test_dssp_sees_a_helix():
    import mdtraj

    protein = ideal(ALPHA)
    topology = mdtraj.Topology()
    chain = topology.add_chain()
    residues = [topology.add_residue(name, chain) for name in protein.residues]
    for atom, element, row in zip(protein.atoms, protein.elements, protein.residue_of, strict=True):
        topology.add_atom(atom, mdtraj.element.get_by_symbol(element), residues[row])
    codes = mdtraj.compute_dssp(mdtraj.Trajectory(protein.coordinates / 10, topology), simplified=False)[0]
    assert set(codes[1:-1]) == {"H"}


@pytest.mark.slow
@pytest.mark.parametrize("letter", AMINO_ACIDS.replace("P", ""))
def test_side_chains_are_those_of_the_component_dictionary(letter):
    """With the torsions of wwPDB's ideal residue all distances from CA outwards are the residue's."""
    import biotite.structure.info

    name = THREE_LETTER[letter]
    component = biotite.structure.info.residue(name)
    theirs = dict(zip(component.atom_name, component.coord.astype(float), strict=True))
    chi1, chi2 = (
        dihedral(*(theirs[atom] for atom in path)) if path else None
        for path in (
            ("N", "CA", "CB", CHI1[name]) if name in CHI1 else (),
            ("CA", "CB", *CHI2[name]) if name in CHI2 else (),
        )
    )
    mine = peptide(letter, -1.1, 2.4, chi1=chi1, chi2=chi2)
    # the dictionary names some atoms against IUPAC's rules; those have a test of their own
    backbone = ("N", "C", "O", "H")
    renamed = ("H", "NH") if letter in "RILMN" else ()
    rows = [r for r, atom in enumerate(mine.atoms) if not (atom in backbone or atom.startswith(renamed))]
    expected = np.array([theirs[mine.atoms[row]] for row in rows])
    gaps = [distance(xyz[:, None], xyz[None]) for xyz in (mine.xyz[rows], expected)]
    np.testing.assert_allclose(*gaps, atol=0.04)


def test_missing_angles_are_filled_or_refused():
    phi, psi = np.full(5, -1.0), np.full(5, -0.8)
    phi[0] = psi[-1] = np.nan
    chi = np.full(5, np.nan)
    found = torsions(peptide("MKVLA", phi, psi, chi1=chi, chi2=chi))
    np.testing.assert_allclose(np.degrees(found.chi1), [-65, -65, 175, -65, np.nan], atol=1e-6)
    phi[2] = np.nan
    with pytest.raises(UserError, match="finite"):
        peptide("MKVLA", phi, psi)
    with pytest.raises(UserError, match="MKXLA"):
        peptide("MKXLA", -1.0, -0.8)


def test_a_proline_in_its_place_closes_no_atoms_up():
    protein = peptide("APA", np.radians(-65), np.radians(140))
    n, cd, ca = (protein.position(atom)[1] for atom in ("N", "CD", "CA"))
    before = protein.position("C")[0]
    assert distance(n, cd) == pytest.approx(1.473, abs=0.03)
    assert cosine(ca - n, cd - n) == pytest.approx(np.cos(np.radians(112.0)), abs=0.03)  # Engh & Huber 1991
    around = sum(
        np.degrees(np.arccos(cosine(a - n, b - n))) for a, b in ((before, ca), (ca, cd), (cd, before))
    )
    assert around > 358  # flat nitrogen


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_sixty_residues_take_milliseconds():
    angles = np.radians([-60.0, -40.0])
    peptide(AMINO_ACIDS * 3, *angles)
    took = []
    for _ in range(5):
        start = time.process_time()
        peptide(AMINO_ACIDS * 3, *angles)
        took.append(time.process_time() - start)
    assert min(took) < 0.05  # 10 ms on an idle core


def test_random_peptides_repeat_and_keep_to_their_lengths():
    first, again = (random_peptides(20, np.random.default_rng(3), (8, 12)) for _ in range(2))
    for (protein, shifts), (same, values) in zip(first, again, strict=True):
        assert protein.sequence == same.sequence
        np.testing.assert_array_equal(protein.xyz, same.xyz)
        np.testing.assert_array_equal(shifts, values)
        assert shifts.shape == (len(protein), len(COLUMNS))
    assert {len(protein) for protein, _ in first} == {8, 9, 10, 11, 12}


def test_random_peptides_lack_the_shifts_that_residues_lack():
    pairs = random_peptides(60, np.random.default_rng(0))
    letters = np.array([letter for protein, _ in pairs for letter in protein.sequence])
    shifts = np.concatenate([values for _, values in pairs])
    column = {name: shifts[:, k] for k, name in enumerate(COLUMNS)}
    for name, letter in (("N", "P"), ("HN", "P"), ("HA", "G"), ("CB", "G")):
        assert np.isnan(column[name][letters == letter]).all()
    assert np.isnan(column["HA2"][letters != "G"]).all()
    assert np.isfinite(column["HA2"][letters == "G"]).mean() > 0.8
    assert all(np.isnan(values[0, :2]).all() for _, values in pairs)
    assert 0.02 < np.isnan(column["CA"]).mean() < 0.08


def test_made_up_secondary_shifts_are_those_of_helices_and_strands():
    """As Spera & Bax 1991 and Wishart et al. 1991 have them, by sign; smooth and periodic in both angles."""
    helix, strand = (secondary_shifts(*np.radians(angles)[:, None])[0] for angles in (HELIX, STRAND))
    signs = {"N": -1, "HN": -1, "HA": -1, "C": 1, "CA": 1, "CB": -1}
    assert all(np.sign(helix[NUCLEI.index(name)]) == sign for name, sign in signs.items())
    assert all(np.sign(strand[NUCLEI.index(name)]) == -sign for name, sign in signs.items())
    assert helix[NUCLEI.index("CA")] == pytest.approx(3.0, abs=0.1)
    phi, psi = np.random.default_rng(0).uniform(-np.pi, np.pi, (2, 50))
    np.testing.assert_allclose(secondary_shifts(phi, psi), secondary_shifts(phi + 2 * np.pi, psi - 2 * np.pi))
