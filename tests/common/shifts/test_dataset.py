import csv
import gzip

import numpy as np
import pytest

from common import cache
from common.errors import ConfigError, DataMissing
from common.protein.hydrogens import has_hydrogens
from common.shiftlist import COLUMNS
from common.shifts.clusters import PAIRED, development
from common.shifts.dataset import BOUND, DOUBTFUL, PUBLIC, TEST, Shift, align, load, with_hydrogens
from common.shifts.lists import DATA_SET
from common.structures import THREE_LETTER, Protein


@pytest.fixture(scope="module")
def entries(data_dir):
    for name in (*PAIRED, TEST, DATA_SET):
        data_dir(name)
    return {entry.id: entry for entry in load(offline=True, hydrogens=False)}


def protein(sequence, numbers, icodes=None):
    n = len(sequence)
    return Protein(
        name="x",
        residues=np.array([THREE_LETTER[letter] for letter in sequence]),
        numbers=np.array(numbers),
        icodes=np.array(icodes or [""] * n),
        chains=np.array(["A"] * n),
        bonded=np.arange(n) > 0,
        atoms=np.array(["CA"] * n),
        elements=np.array(["C"] * n),
        residue_of=np.arange(n),
        coordinates=np.zeros((1, n, 3)),
        b_factors=np.zeros(n),
    )


def test_shifts_go_by_number_insertion_code_and_name():
    chain = protein("AGWEG", [10, 11, 12, 12, 12], ["", "", "", "A", ""])
    shifts = [
        Shift(10, "", "A", COLUMNS.index("CA"), 52.0, 3),
        Shift(11, "", "G", COLUMNS.index("HA3"), 3.9, 4),
        Shift(12, "A", "E", COLUMNS.index("N"), 120.0, 6),
        Shift(12, "", "G", COLUMNS.index("N"), 108.0, 7),
        Shift(12, "", "V", COLUMNS.index("N"), 121.0, 5),
        Shift(99, "", "A", COLUMNS.index("N"), 122.0, 8),
    ]
    values, dropped = align(chain, shifts)
    expected = np.full((5, 8), np.nan)
    expected[0, COLUMNS.index("CA")], expected[1, COLUMNS.index("HA3")] = 52.0, 3.9
    expected[3, COLUMNS.index("N")], expected[4, COLUMNS.index("N")] = 120.0, 108.0
    np.testing.assert_array_equal(values, expected)
    assert dropped == 2


def test_a_residue_that_an_alignment_ran_on_to_is_dropped():
    """The last residue is V, as is one of the list twenty places on; its neighbours are not there."""
    chain = protein("AGWEV", range(1, 6))
    shifts = [Shift(i + 1, "", letter, 0, 110.0 + i, i) for i, letter in enumerate("AGWE")]
    values, dropped = align(chain, [*shifts, Shift(5, "", "V", 0, 130.0, 24)])
    assert values[:, 0].tolist()[:4] == [110.0, 111.0, 112.0, 113.0]
    assert np.isnan(values[4]).all()
    assert dropped == 1


def test_what_the_sets_hold(entries):
    """Counts of their SOURCE.md, and that no more than 0.3 % of the shifts are dropped as misaligned."""
    chains = [entry for entry in entries.values() if entry.source == PAIRED[0]]
    more = [entry for entry in entries.values() if entry.source == PAIRED[1]]
    test = [entry for entry in entries.values() if entry.source == TEST]
    assert [len(chains), len(more), len(test)] == [181, 62, 51]
    assert sum(len(entry.protein) for entry in chains) == 23255
    for found, count in ((chains, 95899), (more, 34166)):
        kept = sum(np.isfinite(entry.shifts).sum() for entry in found)
        dropped = sum(entry.dropped for entry in found)
        assert kept + dropped == count
        assert dropped < 0.003 * count
    assert sum(entry.in_sparta_list for entry in chains) == 113
    assert sum(entry.in_sparta_list for entry in more) == 35
    assert sum(entry.bound for entry in chains) == 37
    assert {*BOUND, *DOUBTFUL} <= set(entries)
    assert sum(not entry.in_sparta_list for entry in test) == 24
    assert np.isfinite([entry.resolution for entry in test]).all()


def test_shifts_are_those_of_the_table(entries, data_dir):
    """A protein, value by value; 1RIL has two residues 80, and the shifts belong to the first."""
    entry = entries["1RIL_A__5918"]
    assert entry.protein.numbers.tolist().count(80) == 2
    column = {name: i for i, name in enumerate(COLUMNS)} | {"H": 1}
    expected = {}
    with gzip.open(data_dir(PAIRED[1]) / "shifts.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["pair"] == entry.id:
                expected[int(row["pdb_resnum"]), row["aa"], column[row["atom"]]] = float(row["shift_ppm"])
    found = {
        (int(entry.protein.numbers[row]), entry.protein.sequence[row], column): entry.shifts[row, column]
        for row, column in np.argwhere(np.isfinite(entry.shifts)).tolist()
    }
    assert found == expected


def test_shifts_of_the_test_set_are_numbered_as_its_structures(entries):
    """A001, 1KF3: rows of its NMR-STAR file by eye."""
    entry = entries["A001"]
    assert (entry.pdb, entry.table, entry.resolution) == ("1KF3", "4032", 1.05)
    assert entry.protein.sequence.startswith("KETAAAKFERQHMDSSTSAA")
    expected = [125.77, 8.79, 4.53, 176.68, 56.02, 31.82, np.nan, np.nan]
    np.testing.assert_array_equal(entry.shifts[1], expected)
    assert entry.dropped == 12  # two serines of the list are cysteines in the structure
    assert not entry.clean


def test_every_amide_and_alpha_proton_of_the_test_set_is_there(entries):
    for entry in entries.values():
        if entry.source == TEST:
            assert has_hydrogens(entry.protein)


def test_chains_without_hydrogens_get_them_once(entries, monkeypatch, tmp_path):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    bare = entries["1AIL_A__ns1"].protein
    assert not has_hydrogens(bare)
    full = with_hydrogens(bare)
    assert has_hydrogens(full)
    heavy = full.elements != "H"
    np.testing.assert_array_equal(full.xyz[heavy], bare.xyz)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
    np.testing.assert_array_equal(with_hydrogens(bare).xyz, full.xyz)
    assert len(list(tmp_path.rglob("*.npz"))) == 1


def test_strict_leaves_out_bound_and_doubtful_pairs(entries):
    strict = load(offline=True, strict=True, hydrogens=False)
    assert {entry.id for entry in strict} == {
        entry.id for entry in entries.values() if not (entry.bound or entry.doubtful)
    }
    assert development(strict).sum() == development(list(entries.values())).sum() == 23


def test_a_set_that_is_not_there_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_told", set())
    with pytest.raises(ConfigError, match="did you mean shiftx2_testset"):
        load(["shiftx2_test"])
    with pytest.raises(DataMissing, match="nmr-repro data prepare sparta_public"):
        load([PUBLIC])
