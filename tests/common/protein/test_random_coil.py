"""Random coil shifts: against the tables by hand, and against the real SPARTA+ program atom by atom."""

import csv
import gzip

import numpy as np
import pytest

from common.io.structures import read_structure
from common.protein.cysteines import disulfides, oxidised_cysteines
from common.protein.random_coil import random_coil, secondary_shifts, tables
from common.shiftlist import COLUMNS, NUCLEI, six
from common.structures import AMINO_ACIDS, Protein

COLUMN = {name: index for index, name in enumerate(COLUMNS)}


def test_a_residue_by_itself_is_table_and_adjustment():
    shifts = random_coil("ALA", neighbours=False)
    assert shifts[1, COLUMN["C"]] == pytest.approx(177.6 - 0.73)
    np.testing.assert_array_equal(shifts[0], shifts[2])


def test_neighbours_add_what_they_have_at_their_side():
    # nitrogen of lysine: 4.136 from isoleucine before, 0.48 from serine after
    alone, among = (random_coil("IKS", neighbours=which)[1] for which in (False, True))
    assert among[COLUMN["N"]] - alone[COLUMN["N"]] == pytest.approx(4.136 + 0.48)
    assert among[COLUMN["CA"]] == alone[COLUMN["CA"]]


def test_a_break_of_the_chain_parts_neighbours():
    broken = random_coil("IKS", neighbours=True, bonded=np.array([False, False, False]))
    np.testing.assert_array_equal(broken, random_coil("IKS", neighbours=False))


def test_only_nuclei_that_exist_have_shifts():
    known = np.isfinite(random_coil(AMINO_ACIDS + "X", neighbours=True))
    names = [{name for name, has in zip(COLUMNS, row, strict=True) if has} for row in known]
    glycine, proline = AMINO_ACIDS.index("G"), AMINO_ACIDS.index("P")
    assert names[glycine] == {"N", "HN", "C", "CA", "HA2", "HA3"}
    assert names[proline] == {"HA", "C", "CA", "CB"}
    assert names[20] == set()
    others = [names[row] for row in range(20) if row not in (glycine, proline)]
    assert all(found == set(NUCLEI) for found in others)


def test_an_oxidised_cysteine_has_its_own_row_and_tells_its_neighbours():
    oxidised = np.array([False, True, False])
    shifts, reduced = (random_coil("ACA", neighbours=True, oxidised=which) for which in (oxidised, None))
    assert shifts[1, COLUMN["CB"]] == pytest.approx(43.7 - 1.19)
    assert shifts[2, COLUMN["N"]] - reduced[2, COLUMN["N"]] == pytest.approx(2.55 - 2.43)
    # the mask says nothing about residues that are no cysteines
    np.testing.assert_array_equal(
        random_coil("AAA", neighbours=True, oxidised=oxidised)[1, 0], 123.8 - 0.98 - 0.2
    )


def test_secondary_shifts_of_random_coil_are_zero():
    sequence = "MKGCPCSIWYH"
    oxidised = np.array([letter == "C" for letter in sequence]) & (np.arange(11) > 4)
    shifts = six(random_coil(sequence, neighbours=True, oxidised=oxidised))
    np.testing.assert_array_equal(oxidised_cysteines(shifts, sequence), oxidised)
    secondary = secondary_shifts(shifts, sequence)
    assert np.isfinite(secondary[2, COLUMN["HA"]])
    np.testing.assert_array_equal(secondary[np.isfinite(secondary)], 0)
    np.testing.assert_array_equal(np.isfinite(secondary), np.isfinite(shifts))


def test_disulfides_are_sulfurs_at_two_angstrom():
    sulfurs = np.array([[0.0, 0, 0], [2.05, 0, 0], [9.0, 0, 0]])
    names, empty = np.array(["CYS"] * 3), np.array([""] * 3)
    protein = Protein(
        "three", names, np.arange(3), empty, np.array(["A"] * 3), np.zeros(3, bool),
        np.array(["SG"] * 3), np.array(["S"] * 3), np.arange(3), sulfurs[None], np.zeros(3),
    )  # fmt: skip
    assert disulfides(protein).tolist() == [True, True, False]


@pytest.mark.parametrize("name", ["A001_1KF3A", "A033_1JTGC", "A061_1SGZA"])
def test_sparta_plus_sees_the_same_disulfides(data_dir, name):
    """It writes them as c. In 1SGZ sulfurs at 2.36 angstrom are bonded, those at 2.54 and 2.60 are not."""
    folder = data_dir("shiftx2_testset")
    protein = read_structure(folder / "pdbH" / f"{name}.pdbH.gz", chain=name[-1])
    with gzip.open(folder / "sparta_plus" / f"{name}.cs.gz", "rt") as lines:
        atoms = [words for words in map(str.split, lines) if len(words) == 9 and words[0].isdigit()]
    theirs = {int(words[0]): words[1] == "c" for words in atoms if words[1] in "Cc"}
    ours = dict(zip(protein.numbers.tolist(), disulfides(protein).tolist(), strict=True))
    assert sum(theirs.values()) >= 2
    assert {number: ours[number] for number in theirs} == theirs


def test_tables_are_those_of_the_mirror(data_dir):
    folder = data_dir("random_coil_shifts")
    names = {"coil": "randcoil", "adjustment": "rcadj", "previous": "rcprev", "next": "rcnext"}
    columns = ("N", "NH", "HA", "CO", "CA", "CB")
    for name, file in names.items():
        with open(folder / f"rci_data_talosn_{file}.csv", newline="") as lines:
            rows = {
                row["residue"]: [float(row[column] or "nan") for column in columns]
                for row in csv.DictReader(lines)
            }
        mirror = np.array([rows[letter] for letter in AMINO_ACIDS + "c"])
        ours = tables()[name][:21]
        if name == "coil":
            mirror[AMINO_ACIDS.index("P"), 0] = np.nan  # that of a nitrogen nobody predicts
        np.testing.assert_array_equal(ours, np.nan_to_num(mirror) if name != "coil" else mirror)


def test_sparta_plus_prints_the_same_for_every_atom(data_dir):
    """Residue and adjustment against RC_SHIFT, which is printed to 0.001 ppm."""
    letters = AMINO_ACIDS.replace("C", "")
    alone = dict(zip(letters, random_coil(letters, neighbours=False), strict=True))
    alone["C"], alone["c"] = random_coil("CC", neighbours=False, oxidised=np.array([False, True]))
    compared = 0
    for path in sorted(data_dir("shiftx2_testset").glob("sparta_plus/*.cs.gz")):
        with gzip.open(path, "rt") as lines:
            atoms = [words for words in map(str.split, lines) if len(words) == 9 and words[0].isdigit()]
        ours = np.array([alone[words[1]][COLUMN[words[2]]] for words in atoms])
        theirs = np.array([float(words[5]) for words in atoms])
        assert np.abs(ours - theirs).max() < 0.00051, path.name
        compared += len(atoms)
    assert compared == 45285
