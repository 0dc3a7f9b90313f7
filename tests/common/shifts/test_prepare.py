"""The public set, made from the structures of the paired sets that are the very entries of the list."""

import csv
import shutil

import numpy as np
import pytest

from common import download
from common.errors import DataMissing, UserError
from common.shifts import dataset
from common.shifts import prepare as module
from common.shifts.clusters import PAIRED
from common.shifts.dataset import PUBLIC, TEST, load
from common.shifts.lists import DATA_SET, Listed, sparta_list
from common.shifts.prepare import prepare, without_leaks

#: Of the 48 pairs with the very PDB entry of the list those that a test has time for, small ones: one with an
#: insertion of residues in the coordinates, one whose numbers are not those of the table.
PAIRS = ("1AIL_A__ns1", "1A7G_E__4035", "1EMV_A__4115", "2OOB_A__15111")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A place of the test's own for what is prepared."""
    for place in (module, dataset):
        monkeypatch.setattr(place, "prepared_path", lambda: tmp_path / "prepared" / "public.npz")


@pytest.fixture
def folder(data_dir, tmp_path, kept):
    """Structures of ``PAIRS`` under the names of their PDB entries, and the pairs as the sets have them."""
    data_dir(DATA_SET), data_dir(TEST)
    for name in PAIRED:
        for path in data_dir(name).glob("structures/*.pdb.gz"):
            if path.name.removesuffix(".pdb.gz") in PAIRS:
                shutil.copy(path, tmp_path / f"{path.name[:4].lower()}.pdb.gz")
    known = {entry.id: entry for entry in load(PAIRED, offline=True, hydrogens=False)}
    return tmp_path, {name: known[name] for name in PAIRS}


def test_entries_are_those_of_the_paired_sets(folder):
    """Shifts found by alignment of sequences are those that the paired sets have by residue number."""
    path, known = folder
    lines = prepare(path, offline=True)
    assert "of 575 left out: 13 kept back for tests" in lines[0]
    assert lines[1].startswith("513 without a structure")
    assert lines[-1].startswith(f"{PUBLIC}: 4 proteins")
    found = load([PUBLIC])
    assert {entry.id for entry in found} == set(PAIRS)
    for entry in found:
        other = known[entry.id]
        assert (entry.source, entry.in_sparta_list, entry.table) == (PUBLIC, True, other.table)
        assert entry.protein.sequence == other.protein.sequence
        assert (entry.protein.elements == "H").any()
        np.testing.assert_array_equal(entry.shifts, other.shifts)


def test_relatives_of_test_proteins_and_of_tables_kept_back_are_left_out():
    rng = np.random.default_rng(0)
    test, kept_back, free = ("".join(rng.choice(list("ACDEFGHIKL"), 80)) for _ in range(3))
    listed = [
        Listed("1", "1AAA", ("A",), free),
        Listed("2", "1AAB", ("A",), "MGSS" + test[:60]),
        Listed("3", "1AAC", ("A",), kept_back),
        Listed("4", "1AAD", ("A",), kept_back[20:]),
    ]
    kept, lines = without_leaks(listed, [(test,)], {"1", "2", "4"})
    assert [entry.table for entry in kept] == ["1"]
    assert lines[0].startswith("3 of 4 left out: 1 kept back")


def test_no_way_to_the_pdb_is_one_line(folder, monkeypatch):
    def refused(url, target, limit):
        raise download.Unreachable("files.rcsb.org")

    monkeypatch.setattr(download, "retrieve_unchecked", refused)
    monkeypatch.setattr(module, "_kept", lambda pdb: folder[0] / "pdb" / pdb)
    with pytest.raises(DataMissing, match=r"files\.rcsb\.org cannot be reached; --from names a folder"):
        prepare()
    with pytest.raises(UserError, match="is not a folder"):
        prepare(folder[0] / "nowhere")


def test_an_entry_that_the_pdb_does_not_have_is_left_out(monkeypatch, tmp_path, capsys):
    def missing(url, target, limit):
        assert url == "https://files.rcsb.org/download/1AAA.cif.gz"
        raise download.Broken("the server answers 404 Not Found")

    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    monkeypatch.setattr(download, "retrieve_unchecked", missing)
    listed = [Listed("1", "1AAA", ("A",), "ACDEFGHIKL")]
    assert module._structures(listed, None, False) == ({}, ["1AAA"])
    assert "1AAA: the server answers 404" in capsys.readouterr().err


@pytest.mark.slow
def test_every_very_entry_of_the_list_can_be_made(data_dir, tmp_path, kept):
    """All 48: each is made; shifts differ where the paired set left out residues, or met a gap, or (1CDC)
    where the table has several values of an atom, of which the first counts here."""
    pairs = {}
    for name in PAIRED:
        with open(data_dir(name) / "pairs.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["in_sparta575"] == "1" and row["pdb"] == row["pdb_in_shift_list"]:
                    source = data_dir(name) / "structures" / f"{row['pair']}.pdb.gz"
                    pairs[row["pair"]] = shutil.copy(source, tmp_path / f"{row['pdb']}.pdb.gz")
    assert len(pairs) == 48
    known = {entry.id: entry for entry in load(PAIRED, offline=True, hydrogens=False)}
    prepare(tmp_path, offline=True)
    found = {entry.id: entry for entry in load([PUBLIC])}
    assert set(found) == set(pairs)
    differing = lost = 0
    for name in set(pairs) - {"1CDC_B__4109"}:
        ours, theirs = found[name].shifts, known[name].shifts
        both = np.isfinite(ours) & np.isfinite(theirs)
        differing += (ours[both] != theirs[both]).sum()
        lost += (np.isfinite(theirs) & ~np.isfinite(ours)).sum()
    assert differing + lost < 0.001 * sum(np.isfinite(known[name].shifts).sum() for name in pairs)


def test_the_list_names_its_chains(data_dir):
    data_dir(DATA_SET)
    listed = {entry.pdb: entry for entry in sparta_list(offline=True)}
    assert listed["1EMV"].chains[0] == "A"
    assert listed["1YJ7"].sequence  # its table is kept back for tests; the alignment has the sequence
