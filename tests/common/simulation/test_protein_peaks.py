import numpy as np
import pytest

from common.shiftlist import COLUMNS
from common.simulation.peptides import peptide
from common.simulation.protein_peaks import EXPERIMENTS, ON_DIAGONAL, peaks
from common.simulation.protein_spins import Sample, made_up, protein_spins

SEQUENCE = "GAPNWLKRAV"


@pytest.fixture(scope="module")
def spins():
    n = len(SEQUENCE)
    chain = peptide(SEQUENCE, np.radians(-65.0), np.radians(-40.0))
    shifts = np.full((n, len(COLUMNS)), np.nan)
    shifts[:, COLUMNS.index("N")] = 110 + np.arange(n)
    shifts[:, COLUMNS.index("HN")] = 8 + 0.1 * np.arange(n)
    shifts[:, COLUMNS.index("C")] = 170 + np.arange(n)
    sides = [{} for _ in range(n)]
    sides[5] = {"HD1": 0.5, "HD2": 0.9, "CD1": 22.0}
    return protein_spins(chain, shifts, np.random.default_rng(0), sides, "here")


def still(spins):
    """A sample in which nothing relaxes and every residue is alike."""
    return Sample(np.zeros(len(spins)), np.ones(len(spins)), 600.0, 6.0)


def made(spins, experiment):
    return peaks(spins, still(spins), experiment, np.random.default_rng(1))


def test_the_table_of_nuclei(spins):
    assert spins.cluster == "here"
    hydrogen = spins.element == "H"
    assert (spins.carrier[hydrogen] >= 0).all()
    assert (spins.residue[spins.carrier[hydrogen]] == spins.residue[hydrogen]).all()
    assert (spins.carrier[~hydrogen] == -1).all()
    leucine = np.flatnonzero((spins.residue == 5) & (spins.atom == "HD1"))[0]
    assert spins.ppm[leucine] == 0.5
    assert not spins.drawn[leucine]
    assert spins.protons[leucine] == 3
    assert spins.drawn[(spins.residue == 5) & (spins.atom == "HG")].all()
    assert np.linalg.norm(spins.place[spins.owner == leucine].mean(axis=0)) > 0
    assert not np.isin(["N", "H"], spins.atom[spins.residue == 0]).any()  # the amino group


def test_an_hsqc_has_amides_and_side_chains(spins):
    found = made(spins, "hsqc")
    names = {(spins.residue[n], spins.atom[n], spins.atom[h]) for n, h in found.rows}
    backbone = {(i, "N", "H") for i in range(1, 10) if SEQUENCE[i] != "P"}
    side = {(3, "ND2", "HD21"), (3, "ND2", "HD22"), (4, "NE1", "HE1"), (7, "NE", "HE")}
    assert names == backbone | side
    assert 0 < found.drawn(spins) < 1


def test_backbone_experiments_join_the_right_residues(spins):
    amides = [i for i in range(1, 10) if SEQUENCE[i] != "P"]
    hnco = made(spins, "hnco")
    np.testing.assert_allclose(sorted(hnco.table.ppm[:, 0]), [169.0 + i for i in amides])
    hnca = made(spins, "hnca")
    pairs = sorted((spins.residue[n], spins.residue[c]) for c, n, _ in hnca.rows)
    assert pairs == sorted([(i, i) for i in amides] + [(i, i - 1) for i in amides])
    own = spins.residue[hnca.rows[:, 0]] == spins.residue[hnca.rows[:, 1]]
    assert hnca.table.amplitude[own].mean() > 2 * hnca.table.amplitude[~own].mean()
    both = made(spins, "cbcaconh")
    assert len(both) == 2 * len(amides) - sum(SEQUENCE[i - 1] == "G" for i in amides)
    assert (spins.residue[both.rows[:, 0]] == spins.residue[both.rows[:, 1]] - 1).all()


def test_a_tocsy_stays_within_residues_and_falls_off_with_bonds(spins):
    found = made(spins, "hcch_tocsy")
    assert (spins.residue[found.rows[:, 0]] == spins.residue[found.rows[:, 2]]).all()
    assert (spins.carrier[found.rows[:, 2]] == found.rows[:, 1]).all()
    lysine = {
        (spins.atom[a], spins.atom[c]): amplitude
        for (a, _, c), amplitude in zip(found.rows, found.table.amplitude, strict=True)
        if spins.residue[a] == 6
    }
    falling = [lysine["HA", name] for name in ("HA", "HB2", "HG2", "HD2", "HE2")]
    assert (np.diff(falling) < 0).all()
    assert not np.isin(spins.atom[found.rows[:, 0]], ["HD1", "HE1", "HE3"])[
        spins.residue[found.rows[:, 0]] == 4
    ].any()


def test_a_noesy_is_symmetric_and_its_edited_forms_are_parts_of_it(spins):
    flat = made(spins, "noesy")
    table = {(a, b): x for (a, b), x in zip(flat.rows.tolist(), flat.table.amplitude, strict=True)}
    assert all(table[b, a] == pytest.approx(x, rel=1e-3) for (a, b), x in table.items() if (b, a) in table)
    assert {(h, h) for h in np.flatnonzero(spins.element == "H") if h in spins.owner} <= set(table)
    apart = np.abs(flat.table.ppm[:, 0] - flat.table.ppm[:, 1])
    assert (flat.diagonal == (apart < ON_DIAGONAL)).all()
    for name, element in (("noesy_15n", "N"), ("noesy_13c", "C")):
        edited = made(spins, name)
        assert (spins.element[edited.rows[:, 1]] == element).all()
        assert all((a, c) in table for a, _, c in edited.rows.tolist())


def test_what_relaxes_longer_is_weaker_and_what_is_not_seen_is_not_there(spins):
    rates = np.full(len(spins), 20.0)
    quick = peaks(spins, Sample(rates, np.ones(len(spins)), 600.0, 6.0), "hnco", np.random.default_rng(1))
    np.testing.assert_allclose(quick.table.amplitude, np.exp(-20 * (0.050 + 0.0108)))
    hidden = np.ones(len(spins))
    hidden[(spins.residue == 5) & (spins.atom == "N")] = 0.0
    seen = peaks(spins, Sample(rates, hidden, 600.0, 6.0), "hnco", np.random.default_rng(1))
    assert len(seen) == len(quick) - 1
    with pytest.raises(ValueError, match="no peak"):
        peaks(spins, Sample(rates, np.zeros(len(spins)), 600.0, 6.0), "hnco", np.random.default_rng(1))
    with pytest.raises(ValueError, match="hsqc"):
        made(spins, "cosy")


def test_made_up_proteins_need_no_data():
    chains = made_up(2, np.random.default_rng(3), (30, 40))
    assert [30 <= len(chain.sequence) <= 40 for chain in chains] == [True, True]
    assert chains[0].drawn.all()
    for experiment in EXPERIMENTS:
        assert len(made(chains[0], experiment)) > 20
