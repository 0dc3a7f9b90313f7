"""What experiments on protein shifts share."""

from types import SimpleNamespace

import numpy as np
import pytest

from common.shiftlist import COLUMNS
from common.shifts import scoring
from common.training.findings import Findings

SEQUENCES = ("AGPLKGAVDE", "MKTGWYVLSRG", "GAVLIPFMSTCY")


@pytest.fixture
def session(tmp_path):
    return Findings(tmp_path)


class Protein:
    def __init__(self, sequence):
        self.sequence = sequence

    def __len__(self):
        return len(self.sequence)


@pytest.fixture
def entries():
    """Three proteins with a shift of every atom that there is, the second one clean."""
    rng = np.random.default_rng(0)
    made = []
    for index, sequence in enumerate(SEQUENCES):
        shifts = rng.normal(100, 5, (len(sequence), len(COLUMNS)))
        glycine = np.array([letter == "G" for letter in sequence])
        shifts[glycine, 2] = shifts[glycine, 5] = np.nan
        shifts[~glycine, 6:] = np.nan
        entry = {"protein": Protein(sequence), "shifts": shifts, "clean": index == 1}
        made.append(SimpleNamespace(id=f"e{index}", source="shiftx2_testset", **entry))
    return made


def predictions(entries):
    """The network is 1 ppm too high; SPARTA+ 2 ppm too low but for CA, and lacks the first residues."""
    off = np.full(len(COLUMNS), -2.0)
    off[COLUMNS.index("CA")] = 0.5
    sparta = [entry.shifts + off for entry in entries]
    for values in sparta:
        values[0] = np.nan
    return {"network": [entry.shifts + 1 for entry in entries], scoring.REFERENCE: sparta}


def test_methods_are_scored_on_the_atoms_that_all_predict(session, entries):
    found = scoring.score(session, entries, predictions(entries))
    ours, theirs = session.scores.metrics, session.scores.baselines[scoring.REFERENCE]
    for part in ("all", "clean"):
        for nucleus in ("N", "HN", "HA", "C", "CB", "HA_gly"):
            assert ours[f"shiftx2_testset/{part}/{nucleus}/rmsd"]["value"] == pytest.approx(1)
            assert theirs[f"shiftx2_testset/{part}/{nucleus}/rmsd"]["value"] == pytest.approx(2)
            assert ours[f"shiftx2_testset/{part}/{nucleus}/sparta_plus_ratio"]["value"] == pytest.approx(0.5)
        assert ours[f"shiftx2_testset/{part}/CA/sparta_plus_ratio_high"]["value"] == pytest.approx(2)
    assert f"shiftx2_testset/all/N/{scoring.RATIOS[0]}" not in theirs
    assert "all: 3 proteins" in session.notes[0]
    # without the first residue of each; four of the other thirty are glycines
    assert session.notes[0].endswith("N 30, HN 30, HA 26, C 30, CA 30, CB 26, HA_gly 4")
    assert len(found.sets()["clean"].observed) < len(found.observed)


def test_shifts_of_atoms_that_a_residue_lacks_do_not_count(session, entries):
    """A method that fills every column, and glycine's HA with its pair's, is scored as one that does not."""
    tidy = predictions(entries)
    filled = {name: [np.where(np.isnan(v), 7.0, v) for v in values] for name, values in tidy.items()}
    clean, full = scoring.atoms(entries, tidy), scoring.atoms(entries, filled)
    first = full.pick(np.ones(len(full.observed), bool))
    assert len(full.observed) > len(clean.observed)
    rows = np.abs(full.predicted[scoring.REFERENCE] - 7) > 1e-9
    np.testing.assert_array_equal(first.observed[rows], clean.observed)


def test_half_a_pair_of_glycine_is_compared_with_the_mean_of_two(entries):
    entries[0].shifts[1, COLUMNS.index("HA3")] = np.nan
    predicted = {"network": [np.full_like(entry.shifts, 4.0) for entry in entries]}
    predicted["network"][0][1, 6:] = 3.0, 5.0
    found = scoring.atoms(entries[:1], {"network": predicted["network"][:1]})
    glycine = found.nuclei == scoring.GLYCINE
    assert found.observed[glycine][0] == entries[0].shifts[1, 6]
    np.testing.assert_allclose(found.predicted["network"][glycine], 4)


def test_stated_errors_are_calibrated(session, entries):
    stated = {"network": [np.full_like(entry.shifts, 0.6) for entry in entries]}
    stated["network"][0][:] = np.nan
    scoring.score(session, entries, predictions(entries), stated)
    metrics = session.scores.metrics
    assert metrics["shiftx2_testset/all/N/coverage_1sd"]["value"] == 0
    assert metrics["shiftx2_testset/all/N/coverage_2sd"]["value"] == pytest.approx(1 / 0.9545)
    assert "coverage_1sd" not in str(session.scores.baselines)


def test_shapes_are_checked(entries):
    with pytest.raises(ValueError, match="network does not predict"):
        scoring.atoms(entries, {"network": [entry.shifts[1:] for entry in entries]})


def test_a_table_has_a_row_a_method(entries):
    lines = scoring.markdown(scoring.atoms(entries, predictions(entries)), ["network"]).split("\n")
    assert lines[0] == "| method | N | HN | HA | C | CA | CB | HA_gly |"
    assert lines[2].startswith("| network | 1.000 (1.000–1.000) |")
    assert lines[-1].startswith("| atoms | 30 |")
    assert len(lines) == 4


def test_rows_of_a_table_of_examples_go_back_to_their_residues(entries):
    residue = [np.arange(1, len(entry.protein)) for entry in entries]
    table = SimpleNamespace(
        protein=np.repeat(np.arange(3), [len(rows) for rows in residue]),
        residue=np.concatenate(residue),
        total=lambda secondary: np.concatenate([secondary, secondary[:, [2, 2]]], axis=1) + 100,
    )
    secondary = np.arange(6.0 * len(table.residue)).reshape(-1, 6)
    made = scoring.by_entry(entries, table, secondary)
    assert [len(values) for values in made] == [len(sequence) for sequence in SEQUENCES]
    assert np.isnan(made[1][0]).all()
    np.testing.assert_array_equal(np.concatenate([v[1:, :6] for v in made]), secondary + 100)


@pytest.mark.slow
def test_real_programs_on_the_test_set_as_the_suite_reads_it(data_dir, tmp_path, monkeypatch):
    """The figures of SOURCE.md, but for the atoms whose neighbours have other names (test_shift_peers.py)."""
    from common.shifts import dataset, peers

    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    data_dir("shiftx2_testset")
    entries = dataset.load(("shiftx2_testset",), offline=True)
    programs = ("ppm_one_program", "sparta_plus_program", "shiftx2_program")
    predicted = {program: [peers.shifts(entry, program) for entry in entries] for program in programs}
    found = scoring.atoms(entries, predicted)
    source = {
        "ppm_one_program": (2.338, 0.448, 0.226, 1.058, 0.868, 0.992),
        "sparta_plus_program": (2.371, 0.461, 0.227, 0.985, 0.854, 0.988),
        "shiftx2_program": (2.354, 0.445, 0.224, 0.966, 0.882, 0.968),
    }
    counts = (6244, 6384, 4772, 5265, 6767, 5494)
    for program, values in source.items():
        for nucleus, value, count in zip(scoring.NUCLEI, values, counts, strict=True):
            assert found.rmsd(nucleus, program, draws=2).value == pytest.approx(value, abs=0.0105)
            assert count - 20 < (found.nuclei == nucleus).sum() <= count
