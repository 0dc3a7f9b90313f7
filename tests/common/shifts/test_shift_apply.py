"""The door for structures, through its options: files in, files out, what it says, what it refuses."""

import argparse
import csv

import numpy as np
import pytest

from common.errors import UserError
from common.io.shifts import read_shifts, write_shifts
from common.protein.deuteration import deuterium_shifts
from common.protein.random_coil import random_coil
from common.shiftlist import COLUMNS, NUCLEI, ShiftList, six
from common.shifts import apply as door
from common.simulation.peptides import peptide
from common.structures import Protein
from tests.common.protein.made import without
from tests.common.shifts.userfiles import SEQUENCE, heavy, helix, jiggled, save

ERROR = 0.3


def predict(proteins):
    """Random coil for a network, and a ppm for every angstrom that CA of a residue lies from x = 0."""
    found = []
    for protein in proteins:
        assert protein.models == 1
        shifts = random_coil(protein.sequence, neighbours=False) + protein.position("CA")[:, :1]
        inner = protein.bonded & np.append(protein.bonded[1:], False)
        shifts[~inner] = np.nan
        found.append((shifts, np.where(np.isfinite(shifts), ERROR, np.nan)))
    return found


def apply(*words, method=predict, **options):
    """``nmr-repro apply made`` with a predictor of ours; what it returns."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("name")
    door.add_options(parser)
    arguments = parser.parse_args(["made", *map(str, words)])
    return door.apply_predictor(arguments, method, **options)


def truth(protein: Protein, scatter=0.0, seed=0) -> ShiftList:
    """What ``predict`` says of a protein, with errors of a width, under numbers from 101."""
    values, _ = predict([protein])[0]
    values = values + np.random.default_rng(seed).normal(0, scatter, values.shape)
    return ShiftList("observed", protein.sequence, np.arange(101, 101 + len(protein)), values)


def test_a_table_has_what_was_predicted_with_its_errors(tmp_path, capsys):
    source, made = save(tmp_path, helix(first=5)), tmp_path / "out.tab"
    assert apply(source, "-o", made, says="made up", run="made 1") is None
    (table,) = read_shifts(made)
    expected, errors = predict([helix(first=5)])[0]
    assert table.sequence == SEQUENCE
    assert table.numbers[0] == 5
    np.testing.assert_allclose(table.values, expected, atol=2e-3)
    np.testing.assert_allclose(table.errors, errors, atol=1e-9)
    said = capsys.readouterr().out
    assert "not predicted, at an end of the chain or beside a gap: A:MET 5, A:LYS 34" in said
    assert "hydrogen" not in said
    assert "made up" in said
    assert "REMARK made by made 1" in made.read_text()


@pytest.mark.parametrize("suffix", [".tab", ".str", ".csv"])
def test_every_format_reads_back(tmp_path, suffix):
    apply(save(tmp_path, helix(), name="made.cif"), "-o", tmp_path / f"out{suffix}")
    (found,) = read_shifts(tmp_path / f"out{suffix}")
    np.testing.assert_allclose(found.values, predict([helix()])[0][0], atol=2e-3)


def test_hydrogens_are_added_where_absent_and_that_is_said(tmp_path, capsys):
    seen = []

    def look(proteins):
        seen.extend(proteins)
        return predict(proteins)

    bare = save(tmp_path, heavy(helix()), name="bare.pdb")
    apply(bare, "-o", tmp_path / "a.tab", method=look)
    assert "the file has no hydrogens: all placed by hydride" in capsys.readouterr().out
    apply(bare, "-o", tmp_path / "b.tab", "--hydrogens", "keep", method=look)
    assert "warning  the file has no hydrogens" in capsys.readouterr().out
    polar = without(helix(), (helix().elements != "H") | (helix().atoms == "H"))
    apply(save(tmp_path, polar, name="polar.pdb"), "-o", tmp_path / "c.tab", method=look)
    assert "most alpha carbons have no hydrogen: all placed" in capsys.readouterr().out
    apply(save(tmp_path, helix()), "-o", tmp_path / "d.tab", "--hydrogens", "add", method=look)
    assert [(protein.index("HA") >= 0).any() for protein in seen] == [True, False, True, True]


def test_models_are_averaged_in_one_call_and_their_spread_goes_into_the_errors(tmp_path, capsys):
    ensemble, calls = jiggled(helix(), 20, 0.1), []

    def once(proteins):
        calls.append(len(proteins))
        return predict(proteins)

    source = save(tmp_path, ensemble)
    apply(source, "-o", tmp_path / "mean.tab", method=once)
    assert calls == [20]
    assert "spread over 20 conformers" in capsys.readouterr().out
    each = np.stack([predict([ensemble.model(k)])[0][0] for k in range(20)])
    (found,) = read_shifts(tmp_path / "mean.tab")
    np.testing.assert_allclose(found.values, each.mean(0), atol=3e-3)
    np.testing.assert_allclose(found.errors, np.sqrt(ERROR**2 + each.var(0, ddof=1)), atol=3e-3)
    apply(source, "-o", tmp_path / "third.tab", "--model", 3)
    np.testing.assert_allclose(read_shifts(tmp_path / "third.tab")[0].values, each[2], atol=3e-3)


def test_without_stated_errors_there_are_those_of_an_ensemble_alone(tmp_path):
    def unsure(proteins):
        return [(shifts, None) for shifts, _ in predict(proteins)]

    apply(save(tmp_path, helix()), "-o", tmp_path / "one.tab", method=unsure)
    assert "SIGMA" not in (tmp_path / "one.tab").read_text()
    apply(
        save(tmp_path, jiggled(helix(), 5, 0.2), name="five.pdb"), "-o", tmp_path / "five.tab", method=unsure
    )
    assert 0.1 < np.nanmean(read_shifts(tmp_path / "five.tab")[0].errors) < 0.3


def test_chains_are_seen_together_and_written_apart(tmp_path):
    dimer = save(tmp_path, helix(), helix(chain="B", first=201, at=(0, 30, 0)), name="dimer.pdb")
    sizes = []

    def look(proteins):
        sizes.append(len(proteins[0]))
        return predict(proteins)

    with pytest.raises(
        UserError, match="a TALOS table holds one chain, dimer has A, B: choose one with --chain"
    ):
        apply(dimer, "-o", tmp_path / "a.tab")
    for suffix in (".str", ".csv"):
        apply(dimer, "-o", tmp_path / f"a{suffix}", method=look)
        first, second = read_shifts(tmp_path / f"a{suffix}")
        assert (first.numbers[0], second.numbers[0]) == (1, 201)
    apply(dimer, "-o", tmp_path / "b.tab", "--chain", "B", method=look)
    assert sizes == [60, 60, 30]
    assert read_shifts(tmp_path / "b.tab")[0].numbers[0] == 201


def test_numbers_that_do_not_rise_are_replaced_and_that_is_said(tmp_path, capsys):
    made = helix()
    odd = made.replace(
        numbers=np.concatenate([np.arange(1, 11), [10], np.arange(11, 30)]),
        icodes=np.where(np.arange(30) == 10, "A", ""),
    )
    apply(save(tmp_path, odd), "-o", tmp_path / "a.tab")
    assert "numbers of chain A do not rise" in capsys.readouterr().out
    (found,) = read_shifts(tmp_path / "a.tab")
    assert found.sequence == SEQUENCE
    assert np.isfinite(found.values[10]).any()


def test_several_structures_are_predicted_in_one_call(tmp_path, capsys):
    files = [save(tmp_path, helix(SEQUENCE[:n]), name=f"p{n}.pdb") for n in (12, 20, 30)]
    calls = []

    def once(proteins):
        calls.append(len(proteins))
        return predict(proteins)

    broken = tmp_path / "broken.pdb"
    broken.write_text("nothing of a structure\n")
    assert apply(*files, broken, "-o", tmp_path / "{}.tab", method=once) == 1
    assert calls == [3]
    assert "left out" in capsys.readouterr().out
    assert [len(read_shifts(tmp_path / f"p{n}.tab")[0]) for n in (12, 20, 30)] == [12, 20, 30]
    with pytest.raises(UserError, match=r"3 structures need \{\} in the name"):
        apply(*files, "-o", tmp_path / "one.tab")


def compared(tmp_path, capsys, shifts, *words, protein=None):
    """What the door says of observed shifts, and the rows of its file of differences."""
    write_shifts(tmp_path / "observed.csv", shifts, force=True)
    source = save(tmp_path, protein or helix())
    table = tmp_path / "differences.csv"
    words = (*words, "--observed", tmp_path / "observed.csv", "--differences", table, "--force")
    apply(source, *words)
    with table.open() as file:
        return capsys.readouterr().out, list(csv.DictReader(file))


def test_observed_shifts_are_matched_by_sequence_and_compared(tmp_path, capsys):
    shifts = truth(helix(), scatter=0.2)
    said, rows = compared(tmp_path, capsys, shifts)
    residuals = six(shifts.values) - six(predict([helix()])[0][0])
    for nucleus, column in zip(NUCLEI, residuals.T, strict=True):
        assert f"{nucleus} {np.sqrt(np.nanmean(column**2)):.3f} ({np.isfinite(column).sum()})" in said
    differences = np.array([float(row["difference"]) for row in rows])
    np.testing.assert_allclose(differences, residuals[np.isfinite(residuals)], atol=3e-3)
    assert rows[0]["number"] == "2"
    assert rows[0]["residue"] == "LYS"
    assert "-100" in said
    assert "misreferenced" not in said


def test_a_wrong_assignment_is_pointed_at(tmp_path, capsys):
    shifts = truth(helix(), scatter=0.05)
    shifts.values[12, COLUMNS.index("CA")] += 9
    said, _ = compared(tmp_path, capsys, shifts)
    assert "more than 4 errors: A:ALA 13 CA +9." in said


def test_offsets_are_told_and_taken_off_when_asked(tmp_path, capsys):
    shifts = truth(helix(), scatter=0.1)
    shifts.values[:, [COLUMNS.index(name) for name in ("C", "CA", "CB")]] += 2.0
    said, rows = compared(tmp_path, capsys, shifts)
    assert "warning  13C looks misreferenced" in said
    assert np.median([float(row["difference"]) for row in rows if row["atom"] == "CA"]) > 1.8
    said, rows = compared(tmp_path, capsys, shifts, "--reference", "auto")
    assert "offset   13C" in said
    assert "taken off" in said
    assert "warning" not in said
    for atom in ("C", "CA", "CB"):
        assert abs(np.mean([float(row["difference"]) for row in rows if row["atom"] == atom])) < 0.3


def test_a_deuterated_protein_is_told_from_a_wrong_reference(tmp_path, capsys):
    shifts = truth(helix(), scatter=0.05)
    shifts.values[:] -= 1.0 * deuterium_shifts(SEQUENCE)
    shifts.values[:, [COLUMNS.index(name) for name in ("HA", "HA2", "HA3")]] = np.nan
    said, _ = compared(tmp_path, capsys, shifts)
    assert "--deuterated takes isotope shifts out" in said
    assert "13C looks" not in said
    said, rows = compared(tmp_path, capsys, shifts, "--deuterated")
    assert "warning" not in said
    assert np.abs([float(row["difference"]) for row in rows if row["difference"]]).max() < 0.3


def test_chains_of_two_sequences_get_the_shifts_of_two_lists(tmp_path, capsys):
    second = helix(SEQUENCE[::-1], chain="B", at=(0, 30, 0))
    lists = [truth(helix()).replace(name="one"), truth(second).replace(name="two")]
    write_shifts(tmp_path / "both.str", lists)
    both = save(tmp_path, helix(), second, name="both.pdb")
    apply(both, "--observed", tmp_path / "both.str")
    said = capsys.readouterr().out
    count = np.isfinite(six(predict([helix()])[0][0])).sum() + np.isfinite(six(predict([second])[0][0])).sum()
    rmsd = next(line for line in said.splitlines() if line.startswith("rmsd"))
    assert (
        sum(int(word.strip("(),")) for word in rmsd.split() if word.startswith("(") and word[1].isdigit())
        == count
    )


def test_the_figure_is_drawn(tmp_path):
    source = save(tmp_path, helix())
    write_shifts(tmp_path / "observed.tab", truth(helix(), 0.3))
    for name, more in (("a.png", ()), ("b.svg", ("--observed", tmp_path / "observed.tab"))):
        apply(source, "--figure", tmp_path / name, *more)
        assert (tmp_path / name).stat().st_size > 10_000


def test_an_incomplete_side_chain_is_told(tmp_path, capsys):
    whole = helix()
    cut = without(whole, ~((whole.residue_of == 13) & np.char.startswith(whole.atoms, "CE")))
    apply(save(tmp_path, cut), "-o", tmp_path / "a.tab")
    assert "missing in A:TRP 14:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "nothing to do"),
        (("-o", "a.txt"), "the name ends in .tab, .str, .csv"),
        (("-o", "there.tab"), "there.tab exists"),
        (("-o", "nowhere/a.tab"), "the folder nowhere does not exist"),
        (("-o", "a.csv", "--differences", "a.csv", "--observed", "x.tab"), "named twice"),
        (("-o", "a.tab", "--differences", "b.csv"), "name shifts with --observed"),
        (("-o", "a.tab", "--reference", "auto"), "name shifts with --observed"),
        (("-o", "a.tab", "--chain", "Z"), "no protein chain is called 'Z'"),
        (("-o", "a.tab", "--model", "2"), "has one model"),
        (("-o", "a.tab", "--observed", "missing.str"), "cannot be read"),
        (("-o", "a.tab", "--observed", "other.csv"), "is of another protein"),
    ],
)
def test_mistakes_are_refused_in_one_line(tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    save(tmp_path, helix())
    (tmp_path / "there.tab").write_text("")
    write_shifts(tmp_path / "other.csv", truth(helix(SEQUENCE[::-1])))
    with pytest.raises(UserError, match=says) as refused:
        apply("made.pdb", *words)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "a.tab").exists()


DNA = "ATOM      1  P    DA A   1      10.000  10.000  10.000  1.00 20.00           P\n"
TRACE = "".join(
    f"ATOM  {k:5d}  CA  ALA A{k:4d}    {3.8 * k:8.3f}   0.000   0.000  1.00 20.00           C\n"
    for k in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DNA, "has no protein, only DA"),
        (TRACE, "a trace of CA atoms is not enough"),
        ("hello\n", "neither PDB nor"),
    ],
)
def test_what_is_no_structure_of_a_protein_is_refused(tmp_path, text, says):
    (tmp_path / "x.pdb").write_text(text)
    with pytest.raises(UserError, match=says):
        apply(tmp_path / "x.pdb", "-o", tmp_path / "a.tab")


def test_a_dipeptide_has_nothing_to_predict(tmp_path):
    with pytest.raises(UserError, match="no shift can be predicted"):
        apply(save(tmp_path, helix("AG")), "-o", tmp_path / "a.tab")
    assert not (tmp_path / "a.tab").exists()


def test_of_several_structures_one_that_does_not_fit_stops_no_other(tmp_path, capsys):
    dimer = save(tmp_path, helix(), helix(chain="B", at=(0, 30, 0)), name="dimer.pdb")
    assert apply(dimer, save(tmp_path, helix()), "-o", tmp_path / "{}.tab") == 1
    assert "left out a TALOS table holds one chain, dimer has A, B" in capsys.readouterr().out
    assert (tmp_path / "made.tab").exists()


def test_disulfides_cis_bonds_and_mirror_images_are_told(tmp_path, capsys):
    n, omega = 12, np.full(12, np.pi)
    omega[5] = 0.0
    made = peptide("AGCAAPAAACAA", np.full(n, -1.2), np.full(n, 2.4), omega=omega)
    sulfurs = made.index("SG")[[2, 9]]
    made.coordinates[0, sulfurs[1]] = made.xyz[sulfurs[0]] + [0, 0, 2.05]
    apply(save(tmp_path, made), "-o", tmp_path / "a.tab")
    said = capsys.readouterr().out
    assert "disulfide bonds of A:CYS 3, A:CYS 10" in said
    assert "cis peptide bonds before A:PRO 6" in said
    mirrored = helix()
    mirrored = mirrored.replace(coordinates=mirrored.coordinates * [1, 1, -1])
    apply(save(tmp_path, mirrored), "-o", tmp_path / "b.tab")
    assert "warning  D-amino acids by their chirality: A:MET 1" in capsys.readouterr().out
