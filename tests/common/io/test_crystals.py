"""Crystals against ase, closed forms, and files that are wrong."""

import gzip

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.crystals import overlapping, read_crystals, write_crystals
from common.structures import Crystal, images
from tests.common.io.fuzz import fuzz

#: Rock salt, F m -3 m: an atom in a general place has 192 images, these special ones four each.
ROCK_SALT = """data_salt
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Na1 Na 0 0 0 1
Cl1 Cl 0.5 0.5 0.5 1.0
"""
#: P 21/c, operations alone, in a cell with an angle; one atom on the inversion centre, one beside.
MONOCLINIC = """data_one
_cell_length_a 7.1(2)
_cell_length_b 8.2
_cell_length_c 9.3
_cell_angle_alpha 90
_cell_angle_beta 112.5
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 21/c'
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
'-x, 1/2+y, 1/2-z'
'-x, -y, -z'
'x, 1/2-y, 1/2+z'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
C1 0.0 0.0 0.0
N1 0.3213(4) 0.21 0.17
H1 0.43 0.25 0.19
"""
XYZ = """2
Lattice="4 0 0 0 5 0 0.5 0 6" Properties=species:S:1:pos:R:3:CS:R:2 NAME=FIRST
H 0.1 0.2 0.3 26.25 26.5
O 1.0 0.2 0.3 198.2 201.0
1
Lattice="4 0 0 0 5 0 0.5 0 6" Properties=species:S:1:pos:R:3:CS_local:R:1:CS_total:R:1 pbc="T T T"
N 9.1 0.2 0.3 100.5 102.5
"""
MAGRES = """#$magres-abinitio-v1.0
[atoms]
units lattice Angstrom
lattice 4.0 0.0 0.0 0.0 5.0 0.0 0.5 0.0 6.0
units atom Angstrom
atom H H 1 0.1 0.2 0.3
atom O O 1 1.0 0.2 0.3
[/atoms]
[magres]
units ms ppm
ms H 1 20.0 1.0 2.0 3.0 30.0 4.0 5.0 6.0 28.0
ms O 1 200.0 0.0 0.0 0.0 210.0 0.0 0.0 0.0 190.0
[/magres]
"""


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


def fractions(crystal) -> np.ndarray:
    """Fractional coordinates in the cell with the atomic numbers, sorted."""
    inside = (crystal.positions @ np.linalg.inv(np.asarray(crystal.cell)) + 1e-6) % 1.0
    rows = np.column_stack([crystal.numbers, inside.round(4)])
    return rows[np.lexsort(rows.T[::-1])]


def test_special_positions_are_one_atom_each(written):
    (crystal,) = read_crystals(written("salt.cif", ROCK_SALT))
    assert sorted(crystal.numbers.tolist()) == [11] * 4 + [17] * 4
    assert crystal.volume == pytest.approx(5.64**3)
    home, around, index = images(crystal, 4.0)
    apart = np.linalg.norm(around - home[0], axis=1)
    assert sorted(crystal.numbers[index[np.isclose(apart, 5.64 / 2)]]) == [17] * 6
    assert (np.isclose(apart, 5.64 / np.sqrt(2))).sum() == 12


@pytest.mark.parametrize("text", [ROCK_SALT, MONOCLINIC], ids=["name", "operations"])
def test_a_cif_has_the_atoms_that_ase_finds(written, text):
    import ase.io

    path = written("crystal.cif", text)
    (crystal,), known = read_crystals(path), ase.io.read(path)
    assert np.allclose(fractions(crystal), fractions(known), atol=2e-4)
    lengths = np.linalg.norm(crystal.cell, axis=1)
    assert np.allclose(lengths, known.cell.lengths())
    assert crystal.volume == pytest.approx(known.get_volume())


def test_the_screw_axis_stands_where_the_operations_put_it(written):
    (crystal,) = read_crystals(written("one.cif", MONOCLINIC))
    assert sorted(crystal.numbers.tolist()) == [1] * 4 + [6] * 2 + [7] * 4
    wanted = {(0.3213, 0.21, 0.17), (0.6787, 0.71, 0.33), (0.6787, 0.79, 0.83), (0.3213, 0.29, 0.67)}
    assert {tuple(row[1:]) for row in fractions(crystal) if row[0] == 7} == wanted
    assert np.isnan(crystal.shieldings).all()


def test_a_cif_without_symmetry_is_read_as_it_stands_and_that_is_noted(written):
    text = MONOCLINIC.replace("'-x, 1/2+y, 1/2-z'\n'-x, -y, -z'\n'x, 1/2-y, 1/2+z'\n", "")
    text = text.replace("loop_\n_symmetry_equiv_pos_as_xyz\n'x, y, z'\n", "")
    text = text.replace("_symmetry_space_group_name_H-M 'P 21/c'\n", "")
    (crystal,) = read_crystals(written("one.cif", text))
    assert len(crystal) == 3
    assert "states no symmetry" in crystal.notes[0]


def test_a_file_may_hold_several_crystals(written):
    found = read_crystals(written("both.cif.gz", MONOCLINIC + ROCK_SALT))
    assert [crystal.name for crystal in found] == ["one", "salt"]


@pytest.mark.parametrize("name", ["two.xyz", "two.xyz.gz"])
def test_the_gipaw_column_of_extended_xyz_is_the_shielding(written, name):
    first, second = read_crystals(written(name, XYZ))
    assert (first.name, second.name) == ("FIRST", "two-2")
    assert first.shieldings.tolist() == [26.25, 198.2]
    assert first.columns["CS[1]"].tolist() == [26.5, 201.0]
    assert second.shieldings.tolist() == [102.5]
    assert second.columns["CS_local"].tolist() == [100.5]
    assert np.allclose(first.cell, [[4, 0, 0], [0, 5, 0], [0.5, 0, 6]])


def test_a_magres_file_gives_a_third_of_the_trace(written):
    (crystal,) = read_crystals(written("one.magres", MAGRES))
    assert crystal.shieldings.tolist() == pytest.approx([26.0, 200.0])
    assert crystal.numbers.tolist() == [1, 8]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.xyz", "2\nwater\nH 0 0 0\nO 1 0 0\n", "no cell in three dimensions"),
        ("a.xyz", XYZ.replace('pbc="T T T"', 'pbc="T T F"'), "no cell in three dimensions"),
        ("a.xyz", XYZ.replace("O 1.0", "O 0.4"), "overlapping atoms: H1 and O2, 0.30 angstrom"),
        ("a.xyz", XYZ.replace("O 1.0", "O 4.2"), "overlapping atoms: H1 and O2, 0.10 angstrom"),
        ("a.xyz", XYZ.replace("26.25", "what"), "not a sound extended XYZ file"),
        ("a.xyz", XYZ.replace("9.1", "nan"), "not sound numbers"),
        ("a.xyz", "0\n\n", "not a sound|no atoms|no cell"),
        ("a.cif", ROCK_SALT.replace("0.5 1.0", "0.5 0.55(3)"), r"disordered: 1 sites .*\(Cl1\)"),
        ("a.cif", ROCK_SALT.replace("Cl1 Cl 0.5", "Cl1 Cl ?"), "Cl1 without coordinates"),
        ("a.cif", ROCK_SALT.replace("5.64", "?"), "no cell"),
        ("a.cif", ROCK_SALT.replace("loop_\n", "loop_ loop_\n"), "not a sound CIF"),
        ("a.cif", "data_none\n_cell_length_a 5\n", "no atoms"),
        ("a.cif", ROCK_SALT.replace("Na1 Na", "Qx1 Qx"), "element is not known"),
        ("a.magres", MAGRES.replace("lattice 4.0", "#"), "not a sound magres|no cell"),
        ("a.dat", "what is this", "neither CIF, nor extended XYZ, nor magres"),
        ("a.dat", "", "is empty"),
        ("a.dat", "\0\1", "binary"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(written, name, text, reason):
    with pytest.raises(FormatError, match=reason) as caught:
        read_crystals(written(name, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("a.xyz", XYZ), ("a.cif", MONOCLINIC), ("a.magres", MAGRES)])
def test_damaged_files_give_a_crystal_or_a_word(written, name, text):
    def sound(crystals):
        for crystal in crystals:
            assert np.isfinite(crystal.positions).all()
            assert overlapping(crystal) is None

    outcome = fuzz(read_crystals, written(name, text), sound, text=True, count=150)
    assert outcome["read"] > 5
    assert outcome["refused"] > 5


def test_what_is_written_is_read_again(written, tmp_path):
    first, second = read_crystals(written("two.xyz", XYZ))
    first = first.replace(columns={"uncertainty": np.array([0.25, 3.5])}, name="a name")
    write_crystals(tmp_path / "out.xyz", [first, second])
    again, other = read_crystals(tmp_path / "out.xyz")
    assert (again.name, other.name) == ("a name", "two-2")
    assert np.allclose(again.positions, first.positions)
    assert np.allclose(again.cell, first.cell)
    assert again.shieldings.tolist() == first.shieldings.tolist()
    assert again.columns["uncertainty"].tolist() == [0.25, 3.5]
    assert np.isnan(other.columns["uncertainty"]).all()
    with pytest.raises(UserError, match="exists"):
        write_crystals(tmp_path / "out.xyz", [first])
    with pytest.raises(UserError, match=r"ends in \.xyz"):
        write_crystals(tmp_path / "out.pdb", [first])


def test_a_table_has_a_row_an_atom(written, tmp_path):
    first, _ = read_crystals(written("two.xyz", XYZ))
    write_crystals(tmp_path / "out.csv", [first.replace(columns={"uncertainty": np.array([0.5, np.nan])})])
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "crystal,atom,element,x,y,z,shielding,uncertainty"
    assert lines[1] == "FIRST,1,H,0.100000,0.200000,0.300000,26.2500,0.5000"
    assert lines[2].endswith("198.2000,")


def test_images_are_all_there_in_a_skewed_cell():
    """Against every translation of the cell as it is given, far more than needed."""
    rng = np.random.default_rng(3)
    cell = np.array([[4.0, 0.0, 0.0], [11.0, 3.0, 0.0], [-7.0, 5.0, 3.5]])
    crystal = Crystal("skewed", np.array([6, 1, 8]), cell, rng.uniform(-9, 9, (3, 3)))
    home, around, index = images(crystal, 6.0)
    counts = [np.arange(-most, most + 1) for most in (70, 20, 10)]
    steps = np.stack(np.meshgrid(*counts, indexing="ij"), -1).reshape(-1, 3) @ cell
    for atom in range(3):
        wanted = np.concatenate([crystal.positions[k] + steps - crystal.positions[atom] for k in range(3)])
        wanted = np.linalg.norm(wanted, axis=1)
        found = np.linalg.norm(around - home[atom], axis=1)
        assert np.allclose(np.sort(found[found < 6.0]), np.sort(wanted[wanted < 6.0]), atol=1e-9)
        nearest = np.argsort(found)[0]
        assert index[nearest] == atom


def test_the_mirror_is_read_as_its_source_says(data_dir):
    folder = data_dir("shiftml_csd")
    relaxed = read_crystals(folder / "csd500_relaxed_shared.xyz.gz")
    assert len(relaxed) == 457
    numbers = np.concatenate([crystal.numbers for crystal in relaxed])
    assert {n: int((numbers == n).sum()) for n in set(numbers.tolist())} == {
        1: 27301, 6: 24353, 7: 2439, 8: 4969,
    }  # fmt: skip
    known = np.concatenate([crystal.shieldings for crystal in relaxed])
    other = np.concatenate([crystal.columns["CS[1]"] for crystal in relaxed])
    errors = {n: float(np.sqrt(np.mean((known - other)[numbers == n] ** 2))) for n in (1, 6, 7, 8)}
    assert errors == pytest.approx({1: 0.4896, 6: 4.3837, 7: 12.9341, 8: 17.7387}, abs=1e-4)
