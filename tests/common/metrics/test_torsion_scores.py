"""Scores of torsion angles from shifts, by hand."""

import numpy as np
import pytest

from common.metrics.torsions import (
    CLASSES,
    TorsionPrediction,
    TorsionTruth,
    cases,
    circular_difference,
    coverage_curve,
    is_wrong,
    rotamer,
    score_all,
    score_coverage,
    score_predicted,
    score_prediction,
    score_rotamers,
    score_secondary,
    torsion_errors,
)


def test_differences_go_round_the_circle():
    first, second = np.radians([179.0, -179.0, 10.0, 0.0]), np.radians([-179.0, 179.0, 350.0, 180.0])
    np.testing.assert_allclose(np.degrees(circular_difference(first, second)), [-2, 2, 20, -180])
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-7, 7, (2, 100))
    np.testing.assert_allclose(circular_difference(a, b), np.angle(np.exp(1j * (a - b))), atol=1e-12)


def test_a_missing_angle_is_as_wrong_as_can_be():
    true = np.radians([[-60.0, -40.0], [np.nan, 120.0]])
    errors = torsion_errors(true, np.radians([[np.nan, -50.0], [0.0, 120.0]]))
    np.testing.assert_allclose(errors, [[180, 10], [np.nan, 0]], atol=1e-9)
    with pytest.raises(ValueError, match="phi and psi"):
        torsion_errors(true, true[:1])


def test_two_definitions_of_wrong():
    errors = np.array([[50.0, 50.0], [61.0, 0.0], [-59.0, 0.0], [0.0, -100.0]])
    assert is_wrong(errors).tolist() == [True, True, False, True]
    assert is_wrong(errors, either=True).tolist() == [False, True, False, True]


def test_the_published_figures_by_hand():
    errors = np.array([[10.0, 0.0], [0.0, 20.0], [90.0, 0.0], [50.0, 50.0], [5.0, 5.0], [100.0, 100.0]])
    classes = ["Strong", "Generous", "Strong", "Generous", "Warn", "Dynamic"]
    assert score_predicted(errors, classes) == pytest.approx(
        {
            "predicted_fraction": 4 / 6,
            "predicted_ordered": 4 / 5,
            "dynamic_fraction": 1 / 6,
            "wrong_fraction": 2 / 4,
            "wrong_either": 1 / 4,
            "phi_rmsd": np.sqrt(50),
            "psi_rmsd": np.sqrt(200),
            "torsion_rmsd": np.sqrt(125),
        }
    )
    assert set(score_predicted(errors[:1], ["Dynamic"])) == {"predicted_fraction", "dynamic_fraction"}
    assert score_predicted(errors[:0], []) == {}
    with pytest.raises(ValueError, match="'Good'"):
        score_predicted(errors[:1], ["Good"])
    with pytest.raises(ValueError, match="2 classes"):
        score_predicted(errors[:1], ["Warn", "Warn"])


def test_figures_over_all_residues_by_hand():
    # distances 10, 20, 30, 50
    scores = score_all(np.array([[10.0, -10.0], [20.0, 20.0], [30.0, 30.0], [50.0, -50.0]]))
    assert scores["torsion_median"] == pytest.approx(25)
    assert scores["torsion_mean"] == pytest.approx(27.5)
    assert scores["torsion_above_25"] == 0.5
    assert scores["torsion_p90"] == pytest.approx(30 + 0.7 * 20)


def test_coverage_curve_ranks_by_confidence():
    share, error = coverage_curve([True, False, False, True], [0.1, 0.9, 0.8, 0.2])
    np.testing.assert_allclose(share, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(error, [0, 0, 1 / 3, 0.5])
    # equally sure: the order of the rows does not matter
    for order in ([True, False], [False, True]):
        np.testing.assert_allclose(coverage_curve(order, [1.0, 1.0])[1], [0.5, 0.5])
    wrong = np.arange(100) >= 95
    scores = score_coverage(wrong, -np.arange(100.0))
    assert scores["wrong_at_90"] == 0
    assert scores["wrong_area"] == pytest.approx(np.mean([k / (95 + k) for k in range(1, 6)]) * 5 / 100)


def test_rotamers_are_120_degrees_wide():
    degrees = np.array([1.0, 119.0, 121.0, -121.0, -119.0, -1.0, 300.0, np.nan])
    assert rotamer(np.radians(degrees)).tolist() == [0, 0, 1, 1, 2, 2, 2, -1]
    scores = score_rotamers(np.radians([60.0, 180.0, -60.0, -70.0, np.nan]), [0, 2, -1, 2, 1])
    assert scores == pytest.approx({"chi1_fraction": 3 / 4, "chi1_accuracy": 2 / 3})
    assert score_rotamers([np.nan], [0]) == {}


def test_q3_counts_known_residues():
    assert score_secondary(["H", "E", "C", " ", "H"], ["H", "C", "C", "H", ""]) == {"q3": 0.5}


@pytest.fixture
def protein():
    """A truth of 2000 residues, and a prediction with normal errors of the stated size."""
    rng = np.random.default_rng(0)
    truth = TorsionTruth(
        rng.uniform(-np.pi, np.pi, (2000, 2)), rng.uniform(-np.pi, np.pi, 2000), rng.choice(list("HEC"), 2000)
    )
    sd = np.radians(rng.uniform(5, 15, (2000, 2)))
    angles = circular_difference(truth.angles + sd * rng.normal(size=sd.shape), 0)
    classes = rng.choice(CLASSES, 2000, p=[0.6, 0.2, 0.1, 0.1])
    found = TorsionPrediction(angles, classes, sd, -sd.sum(1), rotamer(truth.chi1), truth.secondary)
    return truth, found


def test_a_prediction_with_honest_errors(protein):
    truth, found = protein
    scores = score_prediction(truth, found)
    assert scores["coverage_1sd"] == pytest.approx(1, abs=0.03)
    assert scores["coverage_2sd"] == pytest.approx(1, abs=0.02)
    # the mean square of 5 to 15 degrees, uniform
    assert scores["torsion_rmsd"] == pytest.approx(np.sqrt((15**3 - 5**3) / 30), rel=0.03)
    assert scores["wrong_fraction"] == scores["wrong_at_90"] == 0
    assert scores["q3"] == scores["chi1_accuracy"] == scores["chi1_fraction"] == 1


def test_only_residues_with_known_angles_count(protein):
    truth, found = protein
    hidden = truth.angles.copy()
    hidden[found.classes == "Dynamic", 0] = np.nan
    scores = score_prediction(TorsionTruth(hidden), found)
    assert scores["dynamic_fraction"] == 0
    assert scores["predicted_fraction"] == scores["predicted_ordered"]
    assert "q3" not in scores


def test_cases_of_all_residues_and_of_each_state(protein):
    truth, found = protein
    made = cases(truth, "shiftx2_testset", "clean")
    assert [case.id("q3") for case in made] == [
        "shiftx2_testset/clean/q3",
        "shiftx2_testset/clean/helix/q3",
        "shiftx2_testset/clean/strand/q3",
        "shiftx2_testset/clean/coil/q3",
    ]
    shares = [np.mean(truth.secondary == state) for state in "HEC"]
    parts = [case.scores(found)["predicted_fraction"] for case in made]
    assert np.dot(shares, parts[1:]) == pytest.approx(parts[0])
    with pytest.raises(ValueError, match="rows for 2000 residues"):
        made[0].scores(TorsionPrediction(found.angles[:5], found.classes[:5]))
    assert len(cases(TorsionTruth(truth.angles), "shiftx2_testset", "clean")) == 1
