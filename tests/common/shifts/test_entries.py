from dataclasses import fields

import numpy as np

from common import cache
from common.shifts.entries import PLAIN, Entry, pack, unpack
from common.structures import ARRAYS, Protein


def protein(sequence, rng):
    atoms = np.tile(["N", "CA", "C"], len(sequence))
    return Protein(
        name="x",
        residues=np.array(sequence),
        numbers=np.arange(-1, len(sequence) - 1),
        icodes=np.array(["A", *[""] * (len(sequence) - 1)]),
        chains=np.array(["B"] * len(sequence)),
        bonded=np.array([False] + [True] * (len(sequence) - 1)),
        atoms=atoms,
        elements=np.array([name[0] for name in atoms]),
        residue_of=np.repeat(np.arange(len(sequence)), 3),
        coordinates=rng.normal(size=(1, len(atoms), 3)),
        b_factors=rng.uniform(size=len(atoms)),
        notes=("a line", "another"),
    )


def entries():
    rng = np.random.default_rng(0)
    plain = {"pdb": "1ABC", "table": "4032", "listed": "GAV", "bound": True, "resolution": 1.5, "dropped": 3}
    shifts = rng.normal(size=(3, 8))
    shifts[0, 0] = np.nan
    return [
        Entry("1ABC_A__4032", "here", protein(["GLY", "ALA", "VAL"], rng), shifts, **plain),
        Entry("A001", "there", protein(["MET"], rng).replace(notes=()), np.full((1, 8), np.nan), clean=True),
    ]


def test_entries_come_back_from_a_cache_as_they_went(monkeypatch, tmp_path):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    for _ in range(2):
        found = unpack(cache.cached(packed))
        for one, other in zip(found, entries(), strict=True):
            np.testing.assert_array_equal(one.shifts, other.shifts)
            for name in PLAIN:
                assert type(getattr(one, name)) is type(getattr(other, name))
                np.testing.assert_equal(getattr(one, name), getattr(other, name))
            for name in ARRAYS:
                np.testing.assert_array_equal(getattr(one.protein, name), getattr(other.protein, name))
            assert one.protein.notes == other.protein.notes
            assert one.protein.name == other.id


def packed():
    return pack(entries())


def test_every_field_is_kept():
    assert set(PLAIN) | {"protein", "shifts"} == {field.name for field in fields(Entry)}


def test_sequences_are_those_that_are_known():
    first, second = entries()
    assert first.sequences() == ("GAV", "GAV")
    assert second.sequences() == ("M",)
