import numpy as np
import pytest

from common.simulation.protein_nuclei import (
    RESIDUES,
    Statistics,
    completed,
    names,
    nuclei,
    proper,
    statistics,
)


def test_nuclei_of_some_residues():
    assert names("GLY") == ("C", "N", "CA", "H", "HA2", "HA3")
    assert "N" not in names("PRO")
    assert names("ALA")[-1] == "HB"
    assert {"ND2", "HD21", "HD22"} <= set(names("ASN"))
    assert not {"NZ", "HZ", "HZ1"} & set(names("LYS"))
    rings = {n.atom: n.protons for n in nuclei("TYR")}
    assert rings["HD1"] == ("HD1", "HD2")
    assert "HD2" not in rings
    assert "HH" not in rings
    methyl = next(n for n in nuclei("ILE") if n.atom == "HD1")
    assert (methyl.carrier, len(methyl.protons)) == ("CD1", 3)


def test_every_residue_has_statistics_of_its_nuclei():
    assert set(statistics()) == set(RESIDUES)
    for residue, table in statistics().items():
        assert table.atoms == names(residue)
        assert np.linalg.eigvalsh(table.covariance).min() > 0
        np.testing.assert_allclose(np.sqrt(np.diag(table.covariance)), table.sd)
    alanine = statistics()["ALA"]
    beta = alanine.atoms.index("CB"), alanine.atoms.index("CA")
    assert alanine.mean[beta[0]] == pytest.approx(19.0, abs=0.5)
    assert alanine.covariance[beta] < 0  # helix and strand move CA and CB apart


def test_what_is_not_known_is_drawn_given_what_is():
    """Two correlated normal numbers: mean and variance of one given the other."""
    covariance = np.array([[4.0, 3.0], [3.0, 9.0]])
    table = Statistics(("A", "B"), np.array([10.0, 50.0]), np.array([2.0, 3.0]), covariance)
    rng = np.random.default_rng(0)
    drawn = np.array([table.drawn(np.array([12.0, np.nan]), rng) for _ in range(3000)])
    assert (drawn[:, 0] == 12.0).all()
    assert drawn[:, 1].mean() == pytest.approx(50 + 3 / 4 * 2, abs=0.15)
    assert drawn[:, 1].std() == pytest.approx(np.sqrt(9 - 9 / 4), rel=0.05)


def test_known_shifts_stay_and_the_drawn_ones_are_marked():
    shifts, drawn = completed("AXG", [{"CA": 50.0, "N": 120.0}, {}, {"HA2": 3.3}], np.random.default_rng(1))
    assert (shifts[0]["CA"], shifts[0]["N"], shifts[2]["HA2"]) == (50.0, 120.0, 3.3)
    assert shifts[1] == {}
    assert [atom for atom, made in drawn[0].items() if not made] == ["N", "CA"]
    assert np.isfinite(list(shifts[2].values())).all()


def test_correlations_that_do_not_fit_together_are_made_to():
    bad = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    good = proper(bad)
    assert np.linalg.eigvalsh(good).min() > 0
    np.testing.assert_allclose(np.diag(good), 1.0)
    np.testing.assert_allclose(proper(np.eye(3)), np.eye(3))
