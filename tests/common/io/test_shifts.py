import gzip
import math

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.shiftrows import GAP
from common.io.shifts import read_shifts, write_shifts
from common.shiftlist import COLUMNS, ShiftList
from tests.common.io.fuzz import fuzz

FILE = "list.txt"
TALOS = """REMARK ubiquitin, the start, numbered from 11

DATA FIRST_RESID 11

DATA SEQUENCE MQIFVKTLTG KTITLEcEPS
DATA SEQUENCE DTI

VARS   RESID RESNAME ATOMNAME SHIFT
FORMAT %4d %1s %4s %8.3f

  11 M    N  122.500
  12 Q   HN    8.900
# C' of a residue further on
  14 F    C  175.100
  20 G  HA2    4.110
  20 G  HA3    3.620
  27 c   CB   41.000
  27 c   CA 9999.000
  30 S   CG   30.000

S2
11 0.84 M
12 0.86 Q

pH
6.50
"""
SPARTA = """REMARK SPARTA+ Protein Chemical Shift Prediction Table
DATA SEQUENCE PIGK
VARS   RESID RESNAME ATOMNAME SS_SHIFT SHIFT RC_SHIFT HM_SHIFT EF_SHIFT SIGMA
FORMAT %4d %1s %4s %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f

   1   P   CA      0.291    63.600     63.309      0.000     0.000     1.032
   2   I   HN      0.100     8.312      8.000     -0.010     0.020  9999.000
"""
CSV = """number,residue,atom,shift,error
3,ILE,N,121.25,0.1
3,I,HN,8.5,
5,K,CA,56.75,0.2
"""
WIDE = """FILE_ID,RESNAME,RES_NUM,H,HA,C,CA,CB,N
1OMSA,GLN,2,,4.62,174.77,56.0,30.24,
1OMSA,VAL,3,8.25,4.63,175.26,61.7,34.55,122.12
1OMSB,VAL,3,8.26,,,,,
"""
STAR2 = """data_4032
save_protein
   _Saveframe_category  monomeric_polymer
   _Mol_type            polymer
   _Mol_polymer_class   protein
   _Mol_residue_sequence
;
MKGC
;
   loop_
      _Residue_seq_code
      _Residue_author_seq_code
      _Residue_label
     1 -1 MET  2 1 LYS  3 2 GLY  4 3 CYS
   stop_
save_
save_shifts
   _Saveframe_category  assigned_chemical_shifts
   loop_
      _Atom_shift_assign_ID
      _Residue_PDB_seq_code
      _Residue_seq_code
      _Residue_label
      _Atom_name
      _Atom_type
      _Chem_shift_value
      _Chem_shift_value_error
      _Chem_shift_ambiguity_code
     1 12 2 LYS H   H   8.50 0.02 1
     2 12 2 LYS CA  C  56.50 .    1
     3 13 3 GLY HA2 H   4.10 0.02 2
     4 13 3 GLY HA3 H   3.90 0.02 2
     5 14 4 CYS CB  C  28.00 ?    5
   stop_
save_
"""
STAR3 = """data_30001
save_entity_1
   _Entity.Sf_category   entity
   _Entity.ID            1
   _Entity.Name          kinase
   _Entity.Type          polymer
   _Entity.Polymer_type  polypeptide(L)
   loop_
      _Entity_comp_index.ID
      _Entity_comp_index.Auth_seq_ID
      _Entity_comp_index.Comp_ID
      _Entity_comp_index.Entity_ID
     1 101 MET 1  2 102 SEP 1  3 103 GLY 1
   stop_
save_
save_entity_2
   _Entity.ID            2
   _Entity.Name          operator
   _Entity.Polymer_type  polydeoxyribonucleotide
save_
save_list_1
   _Assigned_chem_shift_list.ID  1
   loop_
      _Atom_chem_shift.ID
      _Atom_chem_shift.Entity_assembly_ID
      _Atom_chem_shift.Entity_ID
      _Atom_chem_shift.Comp_index_ID
      _Atom_chem_shift.Seq_ID
      _Atom_chem_shift.Comp_ID
      _Atom_chem_shift.Atom_ID
      _Atom_chem_shift.Val
      _Atom_chem_shift.Val_err
      _Atom_chem_shift.Ambiguity_code
     1 1 1 1 1 MET H   8.1 0.01 1
     2 1 1 2 2 SEP N 118.0 0.10 1
     3 1 1 3 3 GLY C 174.0 .    1
     4 1 1 3 3 GLY C 173.0 .    1
     5 2 1 1 1 MET H   8.2 .    1
     6 3 2 1 1 DA  N1  200 .    1
   stop_
save_
save_list_2
   _Assigned_chem_shift_list.ID  2
   loop_
      _Atom_chem_shift.Entity_assembly_ID
      _Atom_chem_shift.Entity_ID
      _Atom_chem_shift.Comp_index_ID
      _Atom_chem_shift.Comp_ID
      _Atom_chem_shift.Atom_ID
      _Atom_chem_shift.Val
     1 1 1 MET H 8.7
   stop_
save_
"""


def at(shifts: ShiftList, number: int, column: str, values=None) -> float:
    row = shifts.numbers.tolist().index(number)
    return (shifts.values if values is None else values)[row, COLUMNS.index(column)]


# --- TALOS tables


def test_a_talos_table_has_rows_for_its_whole_sequence(written):
    (shifts,) = read_shifts(written(TALOS))
    assert shifts.sequence == "MQIFVKTLTGKTITLECEPSDTI"
    assert shifts.numbers.tolist() == list(range(11, 34))
    assert np.isfinite(shifts.values).sum() == 6
    assert at(shifts, 11, "N") == 122.5
    assert (at(shifts, 20, "HA2"), at(shifts, 20, "HA3")) == (4.11, 3.62)
    assert at(shifts, 27, "CB") == 41
    assert math.isnan(at(shifts, 27, "CA"))
    assert shifts.errors is None
    assert any("oxidised: Cys 27" in note for note in shifts.notes)
    assert any("1 values beyond 999 ppm" in note for note in shifts.notes)


def test_sparta_plus_has_its_errors_in_sigma(written):
    (shifts,) = read_shifts(written(SPARTA, "pred.tab"))
    assert (shifts.name, shifts.sequence) == ("pred", "PIGK")
    assert (at(shifts, 1, "CA"), at(shifts, 2, "HN")) == (63.6, 8.312)
    assert at(shifts, 1, "CA", shifts.errors) == 1.032
    assert math.isnan(at(shifts, 2, "HN", shifts.errors))


def test_a_sequence_without_first_residue_is_put_where_its_letters_fit(written):
    (shifts,) = read_shifts(written(TALOS.replace("DATA FIRST_RESID 11\n", "")))
    assert shifts.numbers[0] == 11
    assert any("starts at residue 11" in note for note in shifts.notes)


@pytest.mark.parametrize("sequence", ["MQFGCS", "AAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_sequence_of_other_residues_is_left_out(written, sequence):
    text = TALOS.replace("MQIFVKTLTG KTITLEcEPS\nDATA SEQUENCE DTI", sequence)
    (shifts,) = read_shifts(written(text))
    assert shifts.sequence == "MQXFXXXXXGXXXXXXCXXS"
    assert any("is left out" in note for note in shifts.notes)


def test_a_wide_gap_is_no_memory(written):
    text = "VARS RESID RESNAME ATOMNAME SHIFT\n-3 A CA 52\n-1 P CA 63\n90000 G CA 45\n"
    (shifts,) = read_shifts(written(text))
    assert shifts.sequence == "AXP" + GAP * "X" + "G"
    assert shifts.numbers[[0, 2, 3, -1]].tolist() == [-3, -1, 0, 90000]


def test_names_of_atoms(written):
    rows = ["1 G 1HA 4.1", "1 G 2HA 3.9", "2 A H 8", "2 A CO 177", "3 S C' 174", "4 G QA 4"]
    (shifts,) = read_shifts(written("VARS RESID RESNAME ATOMNAME SHIFT\n" + "\n".join(rows)))
    assert (at(shifts, 1, "HA2"), at(shifts, 1, "HA3")) == (4.1, 3.9)
    assert (at(shifts, 2, "HN"), at(shifts, 2, "C"), at(shifts, 3, "C"), at(shifts, 4, "HA")) == (
        8,
        177,
        174,
        4,
    )


def test_old_names_of_glycines(written):
    (shifts,) = read_shifts(written(TALOS.replace("HA2", "HA1").replace("HA3", "HA2")))
    assert (at(shifts, 20, "HA2"), at(shifts, 20, "HA3")) == (4.11, 3.62)


def test_atoms_that_a_residue_does_not_have_are_left_out(written):
    (shifts,) = read_shifts(written(TALOS))
    (other,) = read_shifts(
        written(TALOS.replace("  14 F    C", "  20 G   CB  30\n  11 M  HA3  4\n  14 F    C"))
    )
    np.testing.assert_array_equal(shifts.values, other.values)
    assert any("2 shifts of atoms that their residues do not have" in note for note in other.notes)


# --- CSV


def test_csv_by_atoms(written):
    (shifts,) = read_shifts(written(CSV))
    assert (shifts.sequence, shifts.numbers.tolist()) == ("IXK", [3, 4, 5])
    assert (at(shifts, 3, "HN"), at(shifts, 5, "CA", shifts.errors)) == (8.5, 0.2)


@pytest.mark.parametrize("header", ["resid,resname,atom,ppm,sigma", "NUM,RES,ATOMNAME,SHIFT,ERROR"])
@pytest.mark.parametrize("part", [",", ";", "\t"])
def test_csv_headers_that_others_write(written, header, part):
    (expected,) = read_shifts(written(CSV))
    text = "# made by hand\n" + CSV.replace("number,residue,atom,shift,error", header)
    (shifts,) = read_shifts(written(text.replace(",", part)))
    np.testing.assert_array_equal(shifts.values, expected.values)
    np.testing.assert_array_equal(shifts.errors, expected.errors)


def test_csv_by_residues_and_chains(written):
    first, second = read_shifts(written(WIDE, "two.csv"))
    assert (first.name, second.name) == ("two 1OMSA", "two 1OMSB")
    assert (first.sequence, second.sequence) == ("QV", "V")
    np.testing.assert_allclose(first.values[1, :6], [122.12, 8.25, 4.63, 175.26, 61.7, 34.55])
    assert np.isfinite(second.values).sum() == 1


# --- NMR-STAR


def test_nmrstar_2_has_the_numbers_of_the_pdb_entry(written):
    (shifts,) = read_shifts(written(STAR2))
    assert (shifts.name, shifts.sequence) == ("4032", "MKGC")
    assert shifts.numbers.tolist() == [11, 12, 13, 14]
    assert (at(shifts, 13, "HA2"), at(shifts, 14, "CB")) == (4.1, 28)
    assert at(shifts, 12, "HN", shifts.errors) == 0.02
    assert math.isnan(at(shifts, 12, "CA", shifts.errors))
    assert any("1 shifts may be those of another residue" in note for note in shifts.notes)


def test_nmrstar_2_else_has_those_of_the_author(written):
    text = STAR2
    for printed in (" 12 2 ", " 13 3 ", " 14 4 "):
        text = text.replace(printed, f" . {printed[4:]}")
    (shifts,) = read_shifts(written(text))
    assert shifts.numbers.tolist() == [-1, 1, 2, 3]


def test_nmrstar_2_may_be_keyed_by_the_author(written):
    text = STAR2.replace("-1 MET  2 1 LYS  3 2 GLY  4 3 CYS", "11 MET  2 12 LYS  3 13 GLY  4 14 CYS")
    for printed in (" 12 2 ", " 13 3 ", " 14 4 "):
        text = text.replace(printed, f" . {printed[1:4]}")
    (shifts,) = read_shifts(written(text))
    assert (shifts.sequence, shifts.numbers.tolist()) == ("MKGC", [11, 12, 13, 14])
    assert at(shifts, 14, "CB") == 28


def test_numbers_that_do_not_rise_are_places(written):
    (shifts,) = read_shifts(written(STAR2.replace(" 12 2 LYS", " 92 2 LYS")))
    assert shifts.numbers.tolist() == [1, 2, 3, 4]
    assert any("do not rise" in note for note in shifts.notes)


def test_nmrstar_3_has_a_list_a_chain_and_leaves_dna_out(written):
    lists = read_shifts(written(STAR3))
    assert [one.name for one in lists] == ["30001 list_1 chain 1", "30001 list_1 chain 2", "30001 list_2"]
    for one in lists:
        assert (one.sequence, one.numbers.tolist()) == ("MXG", [101, 102, 103])
        assert "operator (polydeoxyribonucleotide) is left out" in one.notes
    assert [at(one, 101, "HN") for one in lists] == [8.1, 8.2, 8.7]
    assert (at(lists[0], 102, "N"), at(lists[0], 103, "C")) == (118, 174)
    assert any("1 further values" in note for note in lists[0].notes)


def test_a_loop_of_shifts_alone_is_enough(written):
    text = STAR3[STAR3.rindex("   loop_") :].replace("save_\n", "")
    (shifts,) = read_shifts(written(text, "bare.str.gz"))
    assert (shifts.name, shifts.sequence, at(shifts, 1, "HN")) == ("bare", "M", 8.7)


def test_dna_alone_is_said(written):
    with pytest.raises(FormatError, match="no backbone shifts of a protein in it: operator"):
        read_shifts(
            written(STAR3[: STAR3.index("     1 1 1 1 1")] + "1 2 2 1 1 DA N1 200 . 1\nstop_\nsave_\n")
        )


# --- both


def test_packed_files_are_read(written, tmp_path):
    path = tmp_path / "x.tab.gz"
    path.write_bytes(gzip.compress(TALOS.encode()))
    (shifts,) = read_shifts(path)
    np.testing.assert_array_equal(shifts.values, read_shifts(written(TALOS))[0].values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("hello\nworld\n", "line 1: no column number"),
        ("number,residue,atom,shift\n", "a header and no rows"),
        (CSV.replace("121.25", "121,25"), "line 2: 6 values for 5 columns"),
        (CSV.replace("5,K", "27A,K"), "line 4: '27A' is no residue number"),
        (CSV.replace("56.75", "1e999"), "line 4: '1e999' is not a number"),
        (CSV.replace("CA", "CG").replace("N", "NZ").replace("HNZ", "HB"), "no shift of N, HN"),
        ("number,residue,atom,shift\n1,A,CA,50\n1,G,CA,45\n2,A,CA,50\n2,G,CA,45\n", "residue 1 is A and G"),
        (TALOS.replace("SHIFT\n", "PPM\n"), "line 8: no column SHIFT"),
        (TALOS.replace("122.500", "12x.5"), "line 11: '12x.5' is not a number"),
        (TALOS.replace("  12 Q", " 12A Q"), "line 12: '12A' is no residue number"),
        (TALOS.replace("FIRST_RESID 11", "FIRST_RESID x"), "line 3: 'x' is no residue number"),
        (TALOS.replace("   HN    8.900", "   HN"), "line 12: 3 values for 4 columns"),
        (STAR2.replace("56.50", "abc"), "residue 2, CA: 'abc' is not a number"),
        (STAR2.replace("2 LYS CA", "2B LYS CA"), "'2B' is no place of a residue"),
        (STAR2[: STAR2.index("save_shifts")], "no loop of assigned chemical shifts"),
    ],
)
def test_what_is_refused_says_why(written, text, message):
    with pytest.raises(FormatError, match=message):
        read_shifts(written(text))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(FormatError, match="cannot be read"):
        read_shifts(tmp_path / "none.str")


# --- writing


@pytest.fixture
def made():
    """Shifts of every kind of residue, with some missing, and residues that have none."""
    rng = np.random.default_rng(5)
    sequence = "".join(rng.choice([*"ACDEFGHIKLMNPQRSTVWYX"], 80))
    values = rng.uniform(1, 180, (80, 8)).round(3)
    values[rng.random((80, 8)) < 0.3] = np.nan
    letters = np.array([*sequence])
    values[~np.isin(letters, ["G", "X"]), 6:] = np.nan
    values[np.ix_(letters == "G", [COLUMNS.index("HA"), COLUMNS.index("CB")])] = np.nan
    values[letters == "P", COLUMNS.index("HN")] = np.nan
    values[[0, 7, 8]] = np.nan
    errors = np.where(rng.random((80, 8)) < 0.8, 0.25, np.nan)
    return ShiftList(
        "made up", sequence, np.arange(-6, 74), values, np.where(np.isnan(values), np.nan, errors)
    )


@pytest.mark.parametrize("suffix", [".tab", ".str", ".csv"])
def test_what_is_written_is_read_again(made, tmp_path, suffix):
    write_shifts(tmp_path / f"made{suffix}", made)
    (shifts,) = read_shifts(tmp_path / f"made{suffix}")
    assert shifts.sequence == made.sequence
    np.testing.assert_array_equal(shifts.numbers, made.numbers)
    np.testing.assert_array_equal(shifts.values, made.values)
    np.testing.assert_array_equal(shifts.errors, made.errors)


@pytest.mark.parametrize("suffix", [".str", ".csv"])
def test_chains_are_written_and_read(made, tmp_path, suffix):
    write_shifts(tmp_path / f"made{suffix}", [made.replace(name="A"), made.replace(name="B", errors=None)])
    first, second = read_shifts(tmp_path / f"made{suffix}")
    np.testing.assert_array_equal(first.values, made.values)
    np.testing.assert_array_equal(second.values, made.values)
    assert first.name != second.name
    assert second.errors is None


def test_a_glycine_with_one_ha_has_two_in_nmrstar(tmp_path):
    values = np.full((1, 8), np.nan)
    values[0, COLUMNS.index("HA")] = 3.95
    made = ShiftList("g", "G", np.array([1]), values)
    write_shifts(tmp_path / "g.str", made)
    (shifts,) = read_shifts(tmp_path / "g.str")
    assert (at(shifts, 1, "HA2"), at(shifts, 1, "HA3")) == (3.95, 3.95)
    np.testing.assert_array_equal(shifts.six(), made.six())


def test_pynmrstar_reads_and_validates_what_is_written(made, tmp_path):
    pynmrstar = pytest.importorskip("pynmrstar")
    write_shifts(tmp_path / "made.str", made)
    entry = pynmrstar.Entry.from_file(str(tmp_path / "made.str"))
    assert entry.validate() == []
    (loop,) = entry.get_loops_by_category("Atom_chem_shift")
    rows = loop.get_tag(["Auth_seq_ID", "Comp_ID", "Atom_ID", "Val"])
    assert len(rows) == np.isfinite(made.values).sum()
    for number, residue, atom, value in rows:
        row = made.numbers.tolist().index(int(number))
        assert {"GLY": "G", "UNK": "X", "LYS": "K"}.get(residue, made.sequence[row]) == made.sequence[row]
        assert made.values[row, COLUMNS.index("HN" if atom == "H" else atom)] == float(value)


def test_gaps_in_numbers_are_x_in_a_talos_sequence(tmp_path):
    made = ShiftList(
        "gap", "ASK", np.array([1, 2, 5]), np.full((3, 8), 50.0) * [1, 1, 1, 1, 1, 1, np.nan, np.nan]
    )
    write_shifts(tmp_path / "gap.tab", made)
    (shifts,) = read_shifts(tmp_path / "gap.tab")
    assert (shifts.sequence, shifts.numbers.tolist()) == ("ASXXK", [1, 2, 3, 4, 5])


def test_further_columns_are_written(made, tmp_path):
    columns = {"RC_SHIFT": made.values - 1}
    write_shifts(tmp_path / "made.tab", made, columns=columns)
    write_shifts(tmp_path / "made.csv", made, columns=columns)
    table = (tmp_path / "made.tab").read_text()
    header = next(line for line in table.split("\n") if line.startswith("VARS")).split()
    row = table.strip().split("\n")[-1].split()
    assert header == ["VARS", "RESID", "RESNAME", "ATOMNAME", "SHIFT", "RC_SHIFT", "SIGMA"]
    assert float(row[3]) - float(row[4]) == pytest.approx(1)
    assert (tmp_path / "made.csv").read_text().split("\n")[0] == "number,residue,atom,shift,error,RC_SHIFT"
    np.testing.assert_array_equal(read_shifts(tmp_path / "made.csv")[0].values, made.values)


def test_what_cannot_be_written_is_said(made, tmp_path):
    with pytest.raises(UserError, match="written as"):
        write_shifts(tmp_path / "made.txt", made)
    with pytest.raises(UserError, match="one chain, not 2"):
        write_shifts(tmp_path / "made.tab", [made, made])
    with pytest.raises(UserError, match="no shift to write"):
        write_shifts(tmp_path / "made.tab", made.replace(values=np.full_like(made.values, np.nan)))
    with pytest.raises(UserError, match="RC go into"):
        write_shifts(tmp_path / "made.str", made, columns={"RC": made.values})
    write_shifts(tmp_path / "made.tab", made)
    with pytest.raises(UserError, match="exists"):
        write_shifts(tmp_path / "made.tab", made)
    write_shifts(tmp_path / "made.tab", made, force=True)


# --- damaged files


def check(lists):
    assert lists
    for shifts in lists:
        assert np.isfinite(shifts.values).any()
        assert (np.diff(shifts.numbers) > 0).all()
        assert np.nanmax(np.abs(shifts.values)) < 999
        assert set(shifts.sequence) <= set("ACDEFGHIKLMNPQRSTVWYX")


@pytest.mark.parametrize("text", [TALOS, CSV, STAR2, STAR3], ids=["talos", "csv", "star2", "star3"])
def test_damaged_files_are_read_or_refused(written, text):
    outcome = fuzz(read_shifts, written(text), check, text=True)
    assert outcome["read"] > 100
    assert outcome["refused"] > 20


@pytest.mark.parametrize("text", [SPARTA, WIDE], ids=["sparta", "wide"])
def test_so_are_damaged_files_of_other_layouts(written, text):
    assert fuzz(read_shifts, written(text), check, text=True, count=200)["read"] > 20


# --- the data sets


def test_the_test_set_is_read_with_the_numbers_of_the_pdb(data_dir):
    paths = sorted((data_dir("shiftx2_testset") / "corr").glob("*.gz"))
    lists = [read_shifts(path) for path in paths]
    assert len(lists) == 51
    assert all(len(one) == 1 for one in lists)
    known = {path.name[:4]: one[0] for path, one in zip(paths, lists, strict=True)}
    assert known["A004"].numbers[known["A004"].sequence.index("C")] == 358
    assert not any("do not rise" in note for one in known.values() for note in one.notes)
