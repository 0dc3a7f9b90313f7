from types import SimpleNamespace

import numpy as np
import pytest

from common.shifts.clusters import clusters, development, folds, shared, shares_cluster, words
from common.structures import AMINO_ACIDS


def sequence(length, seed):
    return "".join(np.random.default_rng(seed).choice(list(AMINO_ACIDS), length))


def entry(name, cluster, residues=100, source="protein_shifts_paired", **flags):
    flags = {"bound": False, "doubtful": False} | flags
    return SimpleNamespace(id=name, cluster=cluster, protein=range(residues), source=source, **flags)


def test_words_are_counted_by_hand():
    assert words("ACDEFGHIK") == {"ACDEFGHI", "CDEFGHIK"}
    assert words("ACDEFGH") == set()
    assert words("ACDEXGHIKLMNP") == {"GHIKLMNP"}
    assert words("acdefghi") == {"ACDEFGHI"}  # TALOS tables write oxidised cysteines as c


def test_the_share_is_of_the_shorter_sequence():
    long, short = sequence(200, 0), sequence(50, 1)
    mixed = short[:20] + long[:30]  # 23 words of long; 43 words in all
    assert list(shared([long, mixed])) == [(0, 1, pytest.approx(23 / 43))]


@pytest.mark.parametrize(("copied", "together"), [(22, False), (23, True)])
def test_more_than_15_per_cent_makes_one_cluster(copied, together):
    """Of 107 residues with 100 words: 15 words are not more than 15 %, 16 are."""
    a, b = sequence(107, 0), sequence(300, 1)
    a = b[:copied] + a[copied:]
    assert (len(set(clusters([a, b]))) == 1) == together


def test_clusters_are_what_pairs_connect():
    a, b, alone = sequence(100, 0), sequence(100, 1), sequence(100, 2)
    bridge = a[:60] + b[:60]
    assert clusters([a, alone, b]).tolist() == [0, 1, 2]
    assert clusters([a, alone, b, bridge]).tolist() == [0, 1, 0, 0]
    assert shares_cluster([a, alone], [b]).tolist() == [False, False]
    assert shares_cluster([a, alone, bridge], [b]).tolist() == [True, False, True]


def test_one_of_the_sequences_of_a_protein_is_enough():
    whole, part, other = sequence(400, 0), sequence(60, 1), sequence(400, 2)
    assert clusters([(part, whole), (other, part), whole, sequence(50, 3), ()]).tolist() == [0, 0, 0, 1, 2]
    assert clusters([]).tolist() == []


def test_folds_keep_clusters_whole_and_are_nearly_equal():
    rng = np.random.default_rng(0)
    entries = [entry(str(i), f"c{i // 3}", int(rng.integers(50, 300))) for i in range(180)]
    parts = folds(entries, 5, 0)
    for start in range(0, 180, 3):
        assert len(set(parts[start : start + 3])) == 1
    sizes = np.bincount(parts, [len(one.protein) for one in entries])
    assert len(sizes) == 5
    assert sizes.max() - sizes.min() < 900  # at most the largest cluster
    assert (parts == folds(entries, 5, 0)).all()
    assert (parts != folds(entries, 5, 1)).any()
    with pytest.raises(ValueError, match="2 sequence clusters cannot be split into 3 folds"):
        folds(entries[:6], 3, 0)


def test_development_does_not_depend_on_what_else_is_loaded():
    entries = [entry(f"1AB{i}_A", f"c{i}") for i in range(400)]
    held = development(entries)
    assert 0.1 < held.mean() < 0.2
    assert (development(entries[::2]) == held[::2]).all()
    relatives = [entry(f"public{i}", f"c{i}", source="sparta_public") for i in range(400)]
    assert (development(entries + relatives) == np.tile(held, 2)).all()
    assert not development(relatives).any()
    assert not development([entry(one.id, one.cluster, bound=True) for one in entries]).any()
