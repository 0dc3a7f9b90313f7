import tomllib
from dataclasses import replace

import numpy as np
import pytest

from common.shifts.lists import DATA_SET
from common.shifts.sidechains import (
    MEASURED,
    _rows,
    full_tables,
    protein_chains,
    residue_statistics,
    roles,
    side_chains,
    statistics_text,
)
from common.simulation.peptides import peptide
from common.simulation.protein_nuclei import TABLE, names
from common.simulation.protein_spins import made_up

STAR = """data_1
save_shifts
   loop_
      _Atom_shift_assign_ID
      _Residue_seq_code
      _Residue_label
      _Atom_name
      _Atom_type
      _Chem_shift_value
      1 12 PHE HD1 H 7.1
      2 12 PHE HD2 H 7.3
      3 13 ILE CD C 13.5
      4 13 ILE QX H 1.0
      5 14 LYS HZ H 7.5
      6 15 ALA HB H .
   stop_
save_
"""


def chain(sequence, first):
    found = peptide(sequence, np.radians(-65.0), np.radians(-40.0))
    return found.replace(numbers=np.arange(first, first + len(sequence)))


def test_names_of_tables_become_those_used_here():
    """Flipping rings have one shift, ILE CD is CD1; what exchanges or has no number is left out."""
    assert _rows("x", STAR) == [(12, "PHE", "HD1", pytest.approx(7.2)), (13, "ILE", "CD1", 13.5)]


def test_side_chains_find_their_residues_by_letters():
    protein = chain("AFIKLA", 40)
    kinds = ["ALA", "PHE", "ILE", "LYS", "LEU", "ALA"]
    table = {7 + i: (kind, {"CB": 30.0 + i}) for i, kind in enumerate(kinds)}
    assert [row["CB"] for row in side_chains(protein, table)] == [30.0 + i for i in range(6)]
    table[9] = ("TRP", {"CB": 99.0})
    assert side_chains(protein, {**table, 8: ("PHE", {})})[2] == {}  # too few letters agree, or not this one
    foreign = {i: ("GLY", {"CA": 45.0}) for i in range(1, 7)}
    assert not any(side_chains(protein, foreign))


def test_statistics_by_hand():
    rng = np.random.default_rng(0)
    common = rng.standard_normal(500)
    tables = [{
        i: ("ALA", {"CA": 53 + 2 * common[i], "CB": 19 - common[i], "HB": 1.4 + 0.1 * rng.standard_normal()})
        for i in range(500)
    }]  # fmt: skip
    tables[0][501] = ("ALA", {"CA": 153.0})
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):
        found = residue_statistics(tables)["ALA"]
    ca, cb, hb = (names("ALA").index(atom) for atom in ("CA", "CB", "HB"))
    assert found["mean"][ca] == pytest.approx(53, abs=0.2)
    assert found["sd"][ca] == pytest.approx(2, rel=0.1)
    assert found["correlation"][ca, cb] == pytest.approx(-1, abs=0.01)
    assert abs(found["correlation"][ca, hb]) < 0.15


def test_the_file_of_statistics_is_that_of_the_data_set(data_dir):
    data_dir(DATA_SET)
    tables = full_tables(offline=True)
    assert len(tables) == 214
    made = tomllib.loads(statistics_text(residue_statistics(list(tables.values()))))
    kept = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert list(made) == list(kept)
    for residue, row in kept.items():
        assert made[residue]["atoms"] == row["atoms"]
        np.testing.assert_allclose(made[residue]["mean"], row["mean"], atol=2e-3)
        np.testing.assert_allclose(made[residue]["sd"], row["sd"], atol=2e-3)
        for ours, theirs in zip(made[residue]["percent"], row["percent"], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1)


@pytest.mark.slow
def test_paired_chains_have_side_chains_where_their_table_has(data_dir):
    for name in (DATA_SET, "protein_shifts_paired"):
        data_dir(name)
    chains = protein_chains(("protein_shifts_paired",), offline=True)
    assert len({one.cluster for one in chains}) > 100
    assigned = [1 - one.drawn[np.isin(one.atom, ["HG2", "HD1", "HG"])].mean() for one in chains]
    # counted once by hand: the tables of 12 of the 144 chains have side chains, of two more a few atoms
    shares = [sum(share > least for share in assigned) for least in (-1, 0, 0.3)]
    assert shares == [144, 14, 12]
    assert dict(zip([one.name for one in chains], roles(chains), strict=True))[MEASURED[0]] == "test"


def test_roles_follow_clusters_alone():
    chains = made_up(2, np.random.default_rng(0), (5, 6))
    many = [replace(chains[0], cluster=f"c{k}") for k in range(400)]
    found = roles(many)
    assert found[::-1] == roles(many[::-1])
    assert found[7] == roles([chains[1], many[7]])[1]
    for role, share in (("test", 0.15), ("development", 0.15), ("train", 0.7)):
        assert found.count(role) / 400 == pytest.approx(share, abs=0.06)
    measured = replace(many[3], name=MEASURED[0])
    assert roles([measured, replace(chains[1], cluster="c3")]) == ["test", "test"]
