import numpy as np
import pytest

from common.errors import UserError
from common.io.shifts import read_shifts
from common.io.structures import read_structure
from common.protein.matching import match, match_best
from common.shiftlist import COLUMNS, ShiftList
from common.structures import THREE_LETTER, Protein

UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
GB1 = "MTYKLILNGKTLKGETTTEAVDAATAEKVFKQYANDNGVDGEWTYDDATKTFTVTE"


def listed(sequence=UBIQUITIN, first=1) -> ShiftList:
    """Shifts that tell their residue: N of row k is 100 + k."""
    values = np.full((len(sequence), len(COLUMNS)), np.nan)
    values[:, COLUMNS.index("N")] = 100 + np.arange(len(sequence))
    return ShiftList("list", sequence, np.arange(first, first + len(sequence)), values)


def protein(sequence=UBIQUITIN, first=1, chain="A", without=()) -> Protein:
    """A chain of CA atoms; ``without``: places that have no coordinates, where the chain is broken."""
    places = [k for k in range(len(sequence)) if k not in without]
    n = len(places)
    return Protein(
        name="made",
        residues=np.array([THREE_LETTER[sequence[k]] for k in places]),
        numbers=np.array(places) + first,
        icodes=np.full(n, ""),
        chains=np.full(n, chain),
        bonded=np.array([k - 1 in places for k in places]),
        atoms=np.full(n, "CA"),
        elements=np.full(n, "C"),
        residue_of=np.arange(n),
        coordinates=np.zeros((1, n, 3)),
        b_factors=np.zeros(n),
    )


def together(*chains: Protein) -> Protein:
    fields = ("residues", "numbers", "icodes", "chains", "bonded", "atoms", "elements", "b_factors")
    joined = {field: np.concatenate([getattr(chain, field) for chain in chains]) for field in fields}
    n = sum(map(len, chains))
    return chains[0].replace(residue_of=np.arange(n), coordinates=np.zeros((1, n, 3)), **joined)


@pytest.mark.parametrize("first", [1, 7, 1000, -20])
def test_numbers_do_not_matter(first):
    found = match(listed(first=1), protein(first=first))
    np.testing.assert_array_equal(found.rows, np.arange(76))
    assert (found.identity, found.covered, found.chains) == (1, 1, ("A",))
    np.testing.assert_array_equal(found.values(listed())[:, 0], 100 + np.arange(76))
    assert np.isnan(found.errors(listed())).all()
    said = f"residue numbers of the structure are those of the shifts {first - 1:+d}"
    assert [*found.notes] == ([] if first == 1 else [said])


def test_what_has_no_coordinates_is_left_out():
    without = {0, 1, 2, *range(30, 41), 75}
    found = match(listed(), protein(first=11, without=without))
    np.testing.assert_array_equal(found.rows, [k for k in range(76) if k not in without])
    assert (
        found.notes[0] == "residues 1-3, 31-41, 76 of the shifts: no counterpart in the structure, left out"
    )
    assert found.covered == pytest.approx(1 - len(without) / 76)


def test_residues_of_a_tag_have_no_shifts():
    found = match(listed(), protein("MGSSHHHHHHSSG" + UBIQUITIN + "LEHHHHHH"))
    np.testing.assert_array_equal(found.rows, [-1] * 13 + [*range(76)] + [-1] * 8)
    found = match(listed("MGSSHHHHHHSSG" + UBIQUITIN), protein("GSAMADP" + UBIQUITIN))
    np.testing.assert_array_equal(found.rows[7:], np.arange(13, 89))
    assert (found.rows[:7] < 0).all()


@pytest.mark.parametrize("numbered", [0, 33])
def test_a_mutation_loses_that_residue_alone(numbered):
    mutant = UBIQUITIN[:44] + "W" + UBIQUITIN[45:]
    found = match(listed(), protein(mutant, first=1 + numbered))
    np.testing.assert_array_equal(found.rows, [*range(44), -1, *range(45, 76)])
    assert (
        found.notes[0]
        == f"F45 of the shifts is TRP {45 + numbered} in the structure: its shifts are left out"
    )
    assert found.identity == pytest.approx(75 / 76)


def test_insertion_and_deletion():
    changed = UBIQUITIN[:20] + "GGSG" + UBIQUITIN[20:50] + UBIQUITIN[53:]
    found = match(listed(), protein(changed, first=5))
    np.testing.assert_array_equal(found.rows, [*range(20), *[-1] * 4, *range(20, 50), *range(53, 76)])


def test_numbers_decide_between_equal_residues():
    # One glycine of four is seen and nothing says to what it is bonded: the sequence cannot tell which it is.
    sequence = "ACDEFGHIKLM" + "GGGG" + "NPQRSTVWYACDE"
    structure = protein(sequence, without={11, 12, 14})
    structure = structure.replace(bonded=np.zeros(len(structure), bool))
    assert match(listed(sequence), structure).rows[11] == 13


def test_unknown_residues_neither_help_nor_hinder():
    gaps = "".join("X" if 10 <= k < 30 else letter for k, letter in enumerate(UBIQUITIN))
    found = match(listed(gaps, first=101), protein())
    np.testing.assert_array_equal(found.rows, [*range(10), *[-1] * 20, *range(30, 76)])
    assert found.identity == 1


def test_every_copy_of_a_homomer_gets_the_shifts_and_no_other_chain():
    dimer = together(protein(chain="A", first=1), protein(GB1, chain="B"), protein(chain="C", first=201))
    found = match(listed(), dimer)
    assert found.chains == ("A", "C")
    np.testing.assert_array_equal(found.rows, [*range(76), *[-1] * len(GB1), *range(76)])
    assert found.notes[0] == "chain B has another sequence and gets no shifts"


def test_a_paralogue_beside_the_protein_itself_gets_none():
    other = "".join("A" if k % 8 == 3 else letter for k, letter in enumerate(UBIQUITIN))
    found = match(listed(), together(protein(other, chain="A"), protein(chain="B")))
    assert found.chains == ("B",)
    assert (found.rows[:76] < 0).all()


def test_another_protein_is_refused_in_one_line():
    with pytest.raises(UserError, match="list is of another protein than made: chain A is nearest") as error:
        match(listed(GB1), protein())
    assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="no residue"):
        match(listed(), protein(""))


def test_of_several_lists_the_fullest_one_that_belongs_is_taken():
    few = listed()
    few.values[5:] = np.nan
    shifts, found = match_best([listed(GB1), few, listed()], protein())
    assert np.isfinite(shifts.values).sum() == 76
    assert found.covered == 1
    with pytest.raises(UserError, match="another protein"):
        match_best([listed(GB1)], protein())


def test_random_sequences_are_not_matched():
    rng = np.random.default_rng(3)
    for _ in range(50):
        one, other = ("".join(rng.choice([*THREE_LETTER], size)) for size in rng.integers(8, 150, 2))
        with pytest.raises(UserError):
            match(listed(one), protein(other))


def test_the_test_set_agrees_with_its_numbers(data_dir):
    """The authors' PDB numbers in the shift files are an independent answer for every residue."""
    folder = data_dir("shiftx2_testset")
    placed = 0
    for path in sorted((folder / "corr").glob("*.gz"))[::3]:
        (structure,) = (folder / "pdbH").glob(f"{path.name[:4]}_*")
        shifts, chain = read_shifts(path)[0], read_structure(structure)
        found = match(shifts, chain)
        there = found.rows >= 0
        np.testing.assert_array_equal(shifts.numbers[found.rows[there]], chain.numbers[there], path.name)
        renumbered = match(shifts.replace(numbers=shifts.numbers + 1), chain)
        assert (renumbered.rows != found.rows).mean() < 0.02, path.name
        placed += there.sum()
    assert placed > 2500
