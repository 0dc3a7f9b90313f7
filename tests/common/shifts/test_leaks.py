"""Nothing that a network learns from or a search looks into is like a test protein, over the real files."""

import csv
import itertools

import pytest

from common.shifts import lists
from common.shifts.clusters import PAIRED, SHARE, clusters, shared, shares_cluster
from common.shifts.dataset import PUBLIC, TEST, load, prepared_path
from common.shifts.prepare import without_leaks


@pytest.fixture(scope="module")
def entries(data_dir):
    for name in (*PAIRED, TEST, lists.DATA_SET):
        data_dir(name)
    return load(offline=True, hydrogens=False)


def of(entries, *sources):
    return [entry for entry in entries if entry.source in sources]


def test_no_training_protein_is_like_a_test_protein(entries):
    """Neither by the coordinates nor by the shift table, of both."""
    test, train = of(entries, TEST), of(entries, *PAIRED)
    assert len(test) == 51
    assert len(train) == 243
    assert all(entry.listed for entry in test)
    assert not shares_cluster([one.sequences() for one in train], [one.sequences() for one in test]).any()
    assert not {one.cluster for one in train} & {one.cluster for one in test}


def test_no_training_protein_has_an_entry_of_a_test_protein(entries):
    test, train = of(entries, TEST), of(entries, *PAIRED)
    assert not {one.pdb for one in train} & {one.pdb for one in test}
    assert not {one.table for one in train} & {one.table for one in test}


def test_the_public_list_is_free_of_test_proteins(entries):
    """What ``prepare`` adds shares no entry and no cluster with a test protein, all sets together."""
    test = of(entries, TEST)
    listed, tables = lists.sparta_list(offline=True), set(lists.table_sequences(offline=True))
    kept, _ = without_leaks(listed, [one.sequences() for one in test], tables)
    assert 400 < len(kept) < len(listed) == 575
    assert {one.table for one in kept} <= tables
    assert not {one.table for one in kept} & {one.table for one in test}
    assert not {one.pdb for one in kept} & {one.pdb for one in test}
    everything = [one.sequences() for one in of(entries, *PAIRED)] + [one.sequence for one in kept]
    assert not shares_cluster(everything, [one.sequences() for one in test]).any()
    held_back = [one.sequence for one in listed if one.table not in tables]
    assert not shares_cluster([one.sequence for one in kept], held_back).any()


def test_the_test_would_see_a_leak(entries):
    """A test protein among the training ones, cut and mutated, is found."""
    test, train = of(entries, TEST), of(entries, *PAIRED)
    part = test[3].protein.sequence[20:70]
    mutated = "".join("A" if i % 25 == 12 else letter for i, letter in enumerate(part))
    leaks = shares_cluster([*(one.sequences() for one in train), mutated], [one.sequences() for one in test])
    assert leaks.tolist() == [False] * len(train) + [True]


def test_each_paired_chain_is_a_cluster_of_its_own(entries):
    """As the data sets say; by the words of any of the sequences, not by the product of ``clusters``."""
    train = of(entries, *PAIRED)
    assert len({one.cluster for one in train}) == len(train)
    owner = [number for number, one in enumerate(train) for _ in one.sequences()]
    pairs = shared(list(itertools.chain.from_iterable(one.sequences() for one in train)))
    assert max(share for a, b, share in pairs if owner[a] != owner[b]) < SHARE


def test_clean_proteins_are_unknown_to_the_programs_that_learnt_from_the_list(entries, data_dir):
    """Fewer than the 24 that share no entry with the list (SOURCE.md of the test set)."""
    with open(data_dir(lists.DATA_SET) / lists.LIST, newline="") as file:
        rows = list(csv.DictReader(file))
    tables, structures = {row["shift_table"] for row in rows}, {row["pdb"] for row in rows}
    test = of(entries, TEST)
    by_entry = [one for one in test if one.table not in tables and one.pdb not in structures]
    assert len(by_entry) == 24
    clean = [one for one in test if one.clean]
    assert {one.id for one in clean} <= {one.id for one in by_entry}
    listed = [one.sequence for one in lists.sparta_list(offline=True)]
    labels = clusters([*(one.sequences() for one in test), *listed])
    taken = set(labels[len(test) :])
    by_cluster = {one.id for one, label in zip(test, labels, strict=False) if label not in taken}
    assert {one.id for one in clean} == by_cluster & {one.id for one in by_entry}


def test_what_is_prepared_on_this_machine_is_free_of_test_proteins(entries):
    """By the coordinates too, which ``without_leaks`` does not know yet."""
    if not prepared_path().is_file():
        pytest.skip("sparta_public is not prepared here")
    test = [one.sequences() for one in of(entries, TEST)]
    assert not shares_cluster([one.sequences() for one in load([PUBLIC])], test).any()
