"""Stored outputs of real programs: put in the right places, and as good as their SOURCE.md says."""

import csv
import gzip
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.metrics.shifts import common_atoms, score_shifts
from common.shiftlist import COLUMNS, NUCLEI
from common.shifts import peers
from common.structures import ONE_LETTER

#: SOURCE.md of the data set: RMSDs on the atoms that three programs predict, residue names matching.
COMPARED = ("ppm_one_program", "sparta_plus_program", "shiftx2_program")
SOURCE = {
    "all": (
        (2.338, 0.448, 0.226, 1.058, 0.868, 0.992),
        (2.371, 0.461, 0.227, 0.985, 0.854, 0.988),
        (2.354, 0.445, 0.224, 0.966, 0.882, 0.968),
    ),
    "clean": (
        (2.383, 0.460, 0.229, 1.051, 0.888, 0.999),
        (2.419, 0.470, 0.224, 0.994, 0.853, 0.998),
        (2.274, 0.435, 0.218, 0.938, 0.839, 0.913),
    ),
}
COUNTS = (6244, 6384, 4772, 5265, 6767, 5494)
ROWS = [
    (1, "G", "HA2", 3.9),
    (1, "G", "HA", 4.0),
    (2, "c", "H", 8.1),
    (3, "A", "CB", 19.0),
    (3, "A", "CD", 1.0),
]


def test_rows_go_to_their_residue_and_atom():
    values = peers._aligned(ROWS, [3, 2, 1], ["ALA", "CYS", "GLY"])
    assert {(COLUMNS[c], r): values[r, c] for r, c in zip(*np.nonzero(np.isfinite(values)), strict=True)} == {
        ("HA2", 2): 3.9,
        ("HA3", 2): 4.0,
        ("HN", 1): 8.1,
        ("CB", 0): 19.0,
    }


def test_a_residue_counts_where_it_and_its_neighbours_have_the_same_names():
    swapped = peers._aligned(ROWS, [1, 2, 3], "GCV")
    assert np.isfinite(swapped).any(1).tolist() == [True, False, False]
    alone = peers._aligned(ROWS, [1, 2, 3], "GCV", neighbours=False)
    assert np.isfinite(alone).any(1).tolist() == [True, True, False]


def test_damaged_tables_are_said(tmp_path):
    path = tmp_path / "table"
    path.write_text("NUM,RES,ATOMNAME,SHIFT\n1,A,CB,high\n")
    with pytest.raises(FormatError, match="no table of NUM"):
        peers._shiftx2(path)
    path.write_text("")
    with pytest.raises(FormatError, match="no table of NUM"):
        peers._parsed(path, [], ("NUM", "RES", "ATOMNAME", "SHIFT"))
    path.write_text("VARS RESID RESNAME ATOMNAME SHIFT\n1 A CB 19.0\n")
    with pytest.raises(FormatError, match="SPARTA"):
        peers._sparta_plus(path)


def test_an_unknown_protein_is_said():
    with pytest.raises(UserError, match="no protein 'A099'"):
        peers.peer_shifts("A099", [1], ["GLY"])


def lines_of(path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines()


def residues_of(path, chain: str) -> dict[int, str]:
    return {int(s[22:26]): s[17:20] for s in lines_of(path) if s.startswith("ATOM") and s[21] == chain}


def observed_shifts(path, residues: dict[int, str]) -> np.ndarray:
    """Shifts (n, 6) of non-glycine HA and the rest, read without the suite's readers."""
    values = np.full((len(residues), len(NUCLEI)), np.nan)
    place = {number: i for i, number in enumerate(residues)}
    for words in map(str.split, lines_of(path)):
        if len(words) >= 9 and words[1].lstrip("-").isdigit() and residues.get(int(words[1]), "") == words[3]:
            atom = "HN" if words[4] == "H" else words[4]
            if atom in NUCLEI and not (words[3] == "GLY" and atom in ("HA", "CB")):
                values[place[int(words[1])], NUCLEI.index(atom)] = float(words[6])
    return values


@pytest.fixture(scope="module")
def chains(data_dir):
    """Of each protein: name, residues by number, observed shifts (n, 6), whether clean by id."""
    folder = data_dir("shiftx2_testset")
    with open(data_dir("cspred_shift_tables") / "sparta575_list.csv", newline="") as file:
        known = {word for row in csv.DictReader(file) for word in (row["shift_table"], row["pdb"])}
    found = []
    with open(folder / "testset.csv", newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['id']}_{row['pdb_chain']}"
            residues = residues_of(folder / "pdbH" / f"{name}.pdbH.gz", row["pdb_chain"][4])
            shifts = folder / "corr" / f"{row['id']}_bmr{row['bmrb']}.str.corr.pdbresno.gz"
            clean = not known & {row["bmrb"], row["pdb_chain"][:4]}
            found.append((name, residues, observed_shifts(shifts, residues), clean))
    return found


def gathered(chains, neighbours: bool) -> dict[str, np.ndarray]:
    """Observed shifts (atoms,), nuclei, whether clean, and the shifts of each program."""
    parts = {name: [] for name in ("observed", "nuclei", "clean", *peers.PROGRAMS)}
    for name, residues, observed, clean in chains:
        parts["observed"].append(observed)
        parts["nuclei"].append(np.tile(NUCLEI, (len(residues), 1)))
        parts["clean"].append(np.full(observed.shape, clean))
        predicted = peers.peer_shifts(name, list(residues), list(residues.values()), neighbours=neighbours)
        for program, values in predicted.items():
            parts[program].append(values[:, : len(NUCLEI)])
    return {name: np.concatenate(values).ravel() for name, values in parts.items()}


def rmsds(found: dict, chosen: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """RMSDs (programs, nuclei) on the atoms that all three predict, and how many they are."""
    there = chosen & common_atoms(found["observed"], {name: found[name] for name in COMPARED})
    places = [there & (found["nuclei"] == nucleus) for nucleus in NUCLEI]
    scored = [
        [score_shifts(found["observed"][place], found[name][place])["rmsd"] for place in places]
        for name in COMPARED
    ]
    return np.array(scored), [int(place.sum()) for place in places]


def test_the_table_of_the_data_set_comes_out(chains):
    found = gathered(chains, neighbours=False)
    assert len(chains) == 51
    assert sum(clean for *_, clean in chains) == 24
    table, counts = rmsds(found, np.ones(len(found["observed"]), bool))
    assert tuple(counts) == COUNTS
    np.testing.assert_allclose(table, SOURCE["all"], atol=0.0006)
    np.testing.assert_allclose(rmsds(found, found["clean"])[0], SOURCE["clean"], atol=0.0006)


def test_matching_neighbours_costs_few_atoms_and_only_ppm_one_gains(chains):
    """PPM_One's table of A033 has residues of the other chain under the numbers of ours."""
    found = gathered(chains, neighbours=True)
    table, counts = rmsds(found, np.ones(len(found["observed"]), bool))
    assert np.all(np.subtract(COUNTS, counts) < 20)
    gain = np.subtract(SOURCE["all"], table)
    assert gain[0].max() > 0.008
    assert np.abs(gain[1:]).max() < 0.004


def test_terms_of_sparta_plus_add_up(data_dir):
    """SHIFT = SS_SHIFT + RC_SHIFT + 0.6 HM_SHIFT - EF_SHIFT in the program's own table."""
    folder = data_dir("shiftx2_testset")
    residues = residues_of(folder / "pdbH" / "A003_1LM4B.pdbH.gz", "B")
    protein = SimpleNamespace(numbers=list(residues), residues=list(residues.values()))
    terms = peers.sparta_plus_terms("A003_1LM4B", protein.numbers, protein.residues)
    total = terms["SS_SHIFT"] + terms["RC_SHIFT"] + 0.6 * terms["HM_SHIFT"] - terms["EF_SHIFT"]
    inner = np.flatnonzero(np.isfinite(total).any(1))[1:-1]
    # but for the field at glycine's HA2, which the program applies and does not print
    others = [name != "HA2" for name in COLUMNS]
    np.testing.assert_allclose(total[inner][:, others], terms["SHIFT"][inner][:, others], atol=0.0025)
    assert (terms["EF_SHIFT"][:, COLUMNS.index("HA2")] > 0).sum() == 0
    glycine = np.array([ONE_LETTER[name] == "G" for name in protein.residues])
    assert np.isnan(terms["SHIFT"][glycine, COLUMNS.index("HA")]).all()
    assert np.isfinite(terms["SHIFT"][glycine][:, -2:]).all(1).sum() > 5
    entry = SimpleNamespace(id="A003_1LM4B", protein=protein)
    np.testing.assert_array_equal(peers.shifts(entry, "sparta_plus_program"), terms["SHIFT"])
    np.testing.assert_array_equal(peers.stated_errors(entry), terms["SIGMA"])
