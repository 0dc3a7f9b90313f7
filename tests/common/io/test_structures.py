import gzip
import time

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.structures import read_structure
from tests.common.io.fuzz import fuzz

#: Two residues of a peptide with all backbone atoms and CB: name, residue, number, x, y, z.
ATOMS = [
    ("N", "ALA", 1, (0.0, 0.0, 0.0)),
    ("CA", "ALA", 1, (1.458, 0.0, 0.0)),
    ("C", "ALA", 1, (2.009, 1.42, 0.0)),
    ("O", "ALA", 1, (1.251, 2.39, 0.0)),
    ("CB", "ALA", 1, (1.988, -0.773, -1.199)),
    ("N", "GLY", 2, (3.332, 1.536, 0.0)),
    ("CA", "GLY", 2, (3.988, 2.839, 0.0)),
    ("C", "GLY", 2, (5.504, 2.692, 0.0)),
    ("O", "GLY", 2, (6.02, 1.57, 0.0)),
]


def line(
    name, residue, number, xyz, *, chain="A", alt=" ", icode=" ", occupancy=1.0, record="ATOM", element=""
):
    x, y, z = xyz
    element = element or name.lstrip("0123456789")[0]
    name = name if len(name) == 4 else f" {name}"
    return (
        f"{record:6}    1 {name:4}{alt}{residue:>3} {chain}{number:4d}{icode}   {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{occupancy:6.2f}{12.5:6.2f}          {element:>2}\n"
    )


def peptide(shift=(0, 0, 0), **options):
    return "".join(line(n, r, k, np.add(x, shift), **options) for n, r, k, x in ATOMS)


@pytest.fixture
def structure(tmp_path):
    def read(text, name="entry.pdb", **options):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_structure(path, **options)

    return read


def test_a_bare_peptide(structure):
    protein = structure(peptide())
    assert protein.name == "entry"
    assert protein.sequence == "AG"
    assert protein.numbers.tolist() == [1, 2]
    assert protein.bonded.tolist() == [False, True]
    assert protein.atoms.tolist() == [name for name, *_ in ATOMS]
    assert protein.elements.tolist() == [name[0] for name, *_ in ATOMS]
    assert protein.residue_of.tolist() == [0] * 5 + [1] * 4
    np.testing.assert_allclose(protein.xyz, [xyz for *_, xyz in ATOMS])
    np.testing.assert_array_equal(protein.b_factors, 12.5)
    assert protein.notes == ()


def test_gzip_and_what_the_name_says_do_not_matter(structure):
    assert structure(gzip.compress(peptide().encode()), "x.cif.gz").sequence == "AG"


def test_mmcif_gives_what_pdb_gives(structure, tmp_path):
    import gemmi

    text = peptide() + "TER\n" + line("O", "HOH", 9, (9, 9, 9), record="HETATM") + "END\n"
    parsed = gemmi.read_pdb_string(text)
    parsed.setup_entities()
    cif = structure("# made here\n" + parsed.make_mmcif_document().as_string(), "entry.cif")
    pdb = structure(text)
    for ours, theirs in zip(cif.arrays(), pdb.arrays(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert cif.notes == pdb.notes == ("left out what is no amino acid: HOH",)


def test_the_most_occupied_location_is_taken_for_the_whole_residue(structure):
    fixed = [each for each in ATOMS if each[0] != "CB" and each[1] == "ALA"]
    text = "".join(line(*each) for each in fixed)
    text += line("CB", "ALA", 1, (9, 0, 0), alt="A", occupancy=0.4) + line(
        "CB", "ALA", 1, (8, 0, 0), alt="B", occupancy=0.6
    )
    protein = structure(text)
    np.testing.assert_array_equal(protein.position("CB"), [[8, 0, 0]])
    assert protein.notes[0] == "took the most occupied of the alternate locations in 1 residues"
    tied = text.replace("  0.60", "  0.40").replace("  0.40", "  0.50")
    np.testing.assert_array_equal(structure(tied).position("CB"), [[9, 0, 0]])


def test_two_amino_acids_at_one_place_are_one_residue(structure):
    first = [line(n, "SER", 1, x, alt="A", occupancy=0.3) for n, r, k, x in ATOMS if r == "ALA"]
    second = [line(n, "ALA", 1, np.add(x, 0.1), alt="B", occupancy=0.7) for n, r, k, x in ATOMS if r == "ALA"]
    protein = structure("".join(first + second))
    assert protein.residues.tolist() == ["ALA"]
    assert len(protein.atoms) == 5


def test_one_number_for_two_residues_keeps_both(structure):
    text = peptide().replace("GLY A   2", "GLY A   1")
    protein = structure(text)
    assert protein.numbers.tolist() == [1, 1]
    assert protein.residues.tolist() == ["ALA", "GLY"]
    assert protein.bonded.tolist() == [False, True]


def test_two_copies_under_one_chain_name_stay_apart(structure):
    protein = structure(peptide() + peptide(shift=(50, 0, 0)))
    assert protein.sequence == "AGAG"
    assert protein.bonded.tolist() == [False, True, False, True]
    np.testing.assert_allclose(protein.position("CA")[2:], protein.position("CA")[:2] + np.array([50, 0, 0]))


def test_insertion_codes(structure):
    text = peptide().replace("GLY A   2 ", "GLY A   1A")
    protein = structure(text)
    assert protein.icodes.tolist() == ["", "A"]
    assert protein.residue_labels() == ["A:ALA 1", "A:GLY 1A"]


def test_missing_ends_of_a_bond_are_told_by_the_numbers(structure):
    lines = [line(*each) for each in ATOMS if not (each[0] == "C" and each[1] == "ALA")]
    assert structure("".join(lines)).bonded.tolist() == [False, True]
    assert structure("".join(lines).replace("GLY A   2", "GLY A   3")).bonded.tolist() == [False, False]


def test_a_long_way_is_no_bond_whatever_the_numbers(structure):
    text = "".join(line(n, r, k, np.add(x, 5 if r == "GLY" else 0)) for n, r, k, x in ATOMS)
    assert structure(text).bonded.tolist() == [False, False]


def test_modified_residues_and_others(structure):
    text = peptide().replace("ALA", "MSE").replace("ATOM  ", "HETATM")
    text += line("SE", "MSE", 1, (1, 1, 1), record="HETATM", element="SE").replace(" SE  MSE", "SE   MSE")
    text += (
        line("P", "SEP", 3, (6.5, 4.6, 0))
        + line("N", "SEP", 3, (6.2, 3.8, 0))
        + line("OG", "SEP", 3, (7, 7, 7))
    )
    protein = structure(text)
    assert protein.sequence == "MGS"
    row = protein.index("SD")[0]
    assert protein.elements[row] == "S"
    assert protein.index("P").tolist() == [-1, -1, -1]
    assert protein.index("OG")[2] >= 0
    assert protein.notes == ("read modified residues as their parents: MSE as MET, SEP as SER",)


def test_a_d_amino_acid_is_said(structure):
    mirrored = "".join(line(n, r, k, np.multiply(x, (1, 1, -1))) for n, r, k, x in ATOMS)
    assert structure(mirrored).notes == ("D-amino acids by their chirality: A:ALA 1",)
    named = structure(mirrored.replace("ALA", "DAL"))
    assert named.sequence == "XG"
    assert named.notes[0].startswith("kept residues without a parent")


def test_chains_are_chosen_by_name(structure):
    dna = line("P", "DA", 1, (30, 30, 30), chain="D").replace(" DA ", " DA ")
    text = peptide(chain="B") + peptide(shift=(30, 0, 0), chain="A") + dna
    assert structure(text).chains.tolist() == ["B", "B", "A", "A"]
    assert structure(text).bonded.tolist() == [False, True, False, True]
    one = structure(text, chain="A")
    assert one.chains.tolist() == ["A", "A"]
    assert one.notes == ("left out the other chains B",)
    with pytest.raises(UserError, match=r"no protein chain is called 'D'; there are B, A"):
        structure(text, chain="D")


def test_models_with_other_atoms_are_left_out(structure):
    def model(number, body):
        return f"MODEL     {number:4d}\n{body}ENDMDL\n"

    text = model(1, peptide()) + model(2, peptide(shift=(1, 0, 0))) + model(3, peptide()[:-81])
    protein = structure(text + "END\n")
    assert protein.models == 2
    np.testing.assert_allclose(protein.coordinates[1] - protein.coordinates[0], np.tile([1.0, 0, 0], (9, 1)))
    assert protein.notes == ("left out 1 of 3 models, whose atoms are not the first's",)


def test_a_free_amino_acid_is_a_ligand(structure):
    text = peptide() + "".join(line(n, r, 99, np.add(x, 40), record="HETATM") for n, r, k, x in ATOMS[:5])
    protein = structure(text)
    assert len(protein) == 2
    assert protein.notes == ("left out amino acids that are no part of a chain: A:ALA 99",)


@pytest.mark.parametrize(
    ("residue", "old", "new"),
    [
        ("ALA", "HN", "H"),
        ("ALA", "1HB", "HB1"),
        ("LEU", "2HD1", "HD12"),
        ("ARG", "2HH1", "HH12"),
        ("ALA", "1H", "H1"),
        ("ALA", "HT2", "H2"),
        ("ALA", "D", "H"),
        ("SER", "HG1", "HG"),
        ("ILE", "CD", "CD1"),
        ("ALA", "OT2", "OXT"),
    ],
)
def test_old_names(structure, residue, old, new):
    text = peptide().replace("ALA", residue) + line(old, residue, 1, (0, 0.5, 0.9)).replace(
        "A   1 ", "A   1 "
    )
    protein = structure(text)
    assert new in protein.atoms[protein.residue_of == 0].tolist()
    if old == "D":
        assert protein.elements[protein.index("H")[0]] == "H"


def test_old_hydrogens_of_glycine_are_named_by_their_side(structure):
    """HA2 of glycine is where L-amino acids have HA, HA3 where they have CB (pro-R and pro-S)."""
    n, ca, c = (np.array(x) for name, r, k, x in ATOMS if r == "GLY" and name in ("N", "CA", "C"))
    up = np.cross(n - ca, c - ca)
    up *= 0.9 / np.linalg.norm(up)
    # over the plane of N, CA and C in this order stands CB of an L-amino acid: the cross product points there
    for first, second in (("1HA", "2HA"), ("2HA", "1HA")):
        protein = structure(peptide() + line(first, "GLY", 2, ca + up) + line(second, "GLY", 2, ca - up))
        np.testing.assert_allclose(protein.position("HA3")[1], ca + up, atol=1e-3)
        np.testing.assert_allclose(protein.position("HA2")[1], ca - up, atol=1e-3)


def test_cb_of_an_l_amino_acid_stands_over_n_ca_c(structure):
    protein = structure(peptide())
    n, ca, c, cb = (protein.position(name)[0] for name in ("N", "CA", "C", "CB"))
    assert np.dot(cb - ca, np.cross(n - ca, c - ca)) > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("hello\n", "neither PDB nor mmCIF"),
        (b"\x7fELF\x00\x01", "is a binary file"),
        (line("P", "DA", 1, (0, 0, 0)), "has no protein, only DA"),
        (line("CA", "ALA", 1, (0, 0, 0)) + line("CA", "GLY", 2, (3.8, 0, 0)), "trace of CA"),
        (peptide()[:-40], "columns 31 to 54|too short"),
        (peptide().replace("   1.458", "   1,458"), "no coordinates in the columns 31 to 54"),
        ("data_x\n", "has no atoms"),
        ("data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1\n", "not a sound mmCIF"),
    ],
)
def test_what_is_no_structure_of_a_protein(structure, text, message):
    with pytest.raises(FormatError, match=message):
        structure(text)


def check(protein):
    assert np.isfinite(protein.coordinates).all()
    assert (np.diff(protein.residue_of) >= 0).all()
    assert len(protein) == len(protein.sequence) > 0
    assert set(np.unique(protein.residue_of)) == set(range(len(protein)))


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["pdb", "cif"])
def test_damaged_files(tmp_path, kind, count):
    import gemmi

    text = peptide() + peptide(chain="B", shift=(20, 0, 0), alt="A") + "TER\nEND\n"
    if kind == "cif":
        parsed = gemmi.read_pdb_string(text)
        parsed.setup_entities()
        text = parsed.make_mmcif_document().as_string()
    path = tmp_path / "x.pdb"
    path.write_text(text)
    outcome = fuzz(read_structure, path, check, text=True, count=count)
    assert outcome["read"] > count / 10
    assert outcome["refused"] > count / 50


def test_real_files(data_dir):
    old = read_structure(data_dir("shiftx2_testset") / "pdbH" / "A002_1XMTA.pdbH.gz")
    assert len(old) == 95
    assert {"H", "HA", "HB2", "HB3"} <= set(old.atoms.tolist())
    assert not [name for name in old.atoms.tolist() if name[0].isdigit()]
    twice = next((data_dir("protein_shifts_paired_more") / "structures").glob("1RIL_*"))
    protein = read_structure(twice)
    assert protein.residues[protein.numbers == 80].tolist() == ["GLU", "GLY"]
    start = time.process_time()
    for _ in range(3):
        read_structure(twice)
    assert time.process_time() - start < 3 * 0.1
