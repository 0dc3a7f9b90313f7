import numpy as np
import pytest

from common.metrics.concentrations import (
    LEAST,
    TWELVE,
    best_constant,
    best_constants,
    cases,
    mean_relative_error,
    ratios_to_creatine,
    score_concentrations,
    score_metabolite,
    score_versions,
    with_totals,
)
from common.metrics.spectra import nmse

NAMES = (*TWELVE, "NAAG", "Lac")
NORMAL = dict.fromkeys(NAMES, 2.0) | {"NAA": 10.0}


@pytest.fixture
def truth():
    return np.random.default_rng(0).uniform(0.5, 1.5, (300, len(NAMES))) * [NORMAL[name] for name in NAMES]


def test_relative_error_by_hand():
    assert mean_relative_error([1.0, 2.0, 4.0], [1.1, 1.0, 4.0]) == pytest.approx((10 + 50) / 3)
    # 1 and 0 do not count
    assert mean_relative_error([1.0, 2.0, 4.0, 0.0], [9.0, 1.0, 4.0, 9.0], least=2.0) == pytest.approx(25.0)
    assert np.isnan(mean_relative_error([0.0, 1.0], [1.0, 1.0], least=2.0))


def test_scores_of_a_metabolite_by_hand():
    true, estimated = [1.0, 2.0, 3.0], [1.5, 1.5, 3.0]
    scores = score_metabolite(true, estimated, constant=2.0)
    assert scores["mape"] == pytest.approx(100 * (0.5 + 0.25) / 3)
    assert scores["skill"] == pytest.approx(1 - 0.75 / (1 + 0 + 1 / 3))
    assert scores["concentration_slope"] == pytest.approx(0.75)
    # covariance 1.5, squares 2 and 1.5
    assert scores["concentration_r2"] == pytest.approx(1.5**2 / (2 * 1.5))


def test_what_has_no_meaning_is_absent():
    assert score_metabolite([0.1, 0.2], [0.1, 0.2], constant=1.0, least=1.0).keys() == {
        "concentration_slope",
        "concentration_r2",
    }
    assert score_metabolite([2.0, 2.0], [1.0, 3.0], constant=2.0).keys() == {"mape"}
    assert score_metabolite([1.0, 2.0], [1.0, 1.0], constant=1.0)["concentration_r2"] == 0.0


def test_best_constant_of_a_uniform_range_is_the_geometric_mean():
    draws = np.linspace(0.0, 2.0, 200_001)
    assert best_constant(draws, least=0.2) == pytest.approx(np.sqrt(0.2 * 2.0), rel=1e-4)
    error = mean_relative_error(draws, np.full_like(draws, np.sqrt(0.4)), least=0.2)
    # (sqrt(high) - sqrt(low)) / (sqrt(high) + sqrt(low)), by integration
    low, high = np.sqrt([0.2, 2.0])
    assert error == pytest.approx(100 * (high - low) / (high + low), rel=1e-3)
    for other in (0.55, 0.72):
        assert mean_relative_error(draws, np.full_like(draws, other), least=0.2) > error
    with pytest.raises(ValueError, match="least"):
        best_constant([0.1], least=1.0)


def test_constants_have_no_skill_and_perfection_has_all(truth):
    constants = best_constants(truth, NAMES, NORMAL)
    flat = np.tile([constants[name] for name in NAMES], (len(truth), 1))
    scores = score_concentrations(truth, flat, NAMES, NORMAL, constants)
    for name in (*NAMES, "mean12"):
        assert scores[name]["skill"] == pytest.approx(0.0)
        assert scores[name]["concentration_slope"] == pytest.approx(0.0, abs=1e-9)
    perfect = score_concentrations(truth, truth, NAMES, NORMAL, constants)["mean12"]
    assert perfect["skill"] == 1.0
    assert perfect["concentration_slope"] == pytest.approx(1.0)
    assert perfect["mape"] == perfect["mape_sd"] == perfect["failed_fits"] == 0.0


def test_mean_of_the_twelve_by_hand(truth):
    factor = np.ones(len(NAMES))
    factor[NAMES.index("NAA")], factor[NAMES.index("Lac")] = 1.24, 5.0
    scores = score_concentrations(truth, truth * factor, NAMES, NORMAL)
    assert scores["Lac"]["mape"] == pytest.approx(400.0)
    assert scores["mean12"]["mape"] == pytest.approx(24 / 12)
    # one of 24, eleven of 0
    assert scores["mean12"]["mape_sd"] == pytest.approx(np.sqrt((22**2 + 11 * 2**2) / 11))
    assert "skill" not in scores["mean12"]
    total = truth[:, NAMES.index("NAA")] * 1.24 + truth[:, NAMES.index("NAAG")]
    true_total = truth[:, NAMES.index("NAA")] + truth[:, NAMES.index("NAAG")]
    assert scores["tNAA"]["mape"] == pytest.approx(100 * np.mean(total / true_total - 1))


def test_failed_fits_count_as_zero_concentration(truth):
    estimated = truth.copy()
    estimated[:3] = np.nan
    estimated[3, 0] = np.inf
    scores = score_concentrations(truth, estimated, NAMES, NORMAL)
    assert scores["mean12"]["failed_fits"] == 4
    assert scores["NAA"]["mape"] == pytest.approx(100 * 3 / 300)
    assert scores[NAMES[0]]["mape"] == pytest.approx(100 * 4 / 300)


def test_shapes_that_do_not_fit_are_refused(truth):
    with pytest.raises(ValueError, match="14 metabolites"):
        score_concentrations(truth[:, :3], truth[:, :3], NAMES, NORMAL)


def test_totals_and_ratios_by_hand():
    values, names = with_totals([[1.0, 2.0, 3.0]], ("Cr", "NAA", "PCr"))
    assert names == ("Cr", "NAA", "PCr", "tCr")
    assert values.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    ratios = ratios_to_creatine([[1.0, 2.0, 3.0], [0.0, 2.0, 0.0]], ("Cr", "NAA", "PCr"))
    assert ratios["NAA"][0] == 0.5
    assert np.isnan(ratios["NAA"][1])
    with pytest.raises(ValueError, match="creatine"):
        ratios_to_creatine([[1.0]], ("NAA",))


def test_cases_are_the_scores_of_their_spectra(truth):
    rng = np.random.default_rng(1)
    snr, width = rng.uniform(6.9, 20.74, 300), rng.uniform(10, 13, 300)
    constants = best_constants(truth, NAMES, NORMAL)
    made = {
        (case.name, case.condition): case
        for case in cases(truth, NAMES, snr, width, "wide", NORMAL, constants)
    }
    assert made["NAA", "wide"].id("mape") == "simulated/NAA/wide/mape"
    assert {condition for name, condition in made if name == "mean12"} == {
        "wide",
        "wide-snr6.9-10",
        "wide-snr10-14",
        "wide-snr14-20.74",
        "wide-width10-13",
    }
    assert ("tNAA", "wide") in made
    estimated = truth * (1 + np.where(snr < 10, 0.3, 0.1))[:, None]
    assert made["mean12", "wide-snr6.9-10"].scores(estimated)["mape"] == pytest.approx(30.0)
    assert made["mean12", "wide-snr10-14"].scores(estimated)["mape"] == pytest.approx(10.0)
    everything = score_concentrations(truth, estimated, NAMES, NORMAL, constants)
    assert made["mean12", "wide"].scores(estimated) == everything["mean12"]
    assert made["NAA", "wide"].scores(estimated) == everything["NAA"]


def test_relative_errors_leave_traces_out(truth):
    true = truth.copy()
    true[0] *= 1e-3
    estimated = true.copy()
    estimated[0] = 1.0
    assert score_concentrations(true, estimated, NAMES, NORMAL, least=LEAST)["mean12"]["mape"] == 0.0


def test_spread_and_bias_by_hand():
    scores = score_versions([0.8, 1.0, 1.2], 2.0)
    assert scores["cv"] == pytest.approx(20.0)
    assert scores["bias"] == pytest.approx(50.0)
    assert scores["ratio_recovery"] == pytest.approx(0.5)
    failed = score_versions([np.nan, 1.0, 1.0], 1.0)
    assert failed["bias"] == pytest.approx(100 / 3)
    assert score_versions([0.0, 0.0], 0.0) == {}


def test_nmse_by_hand():
    assert nmse([[3.0, 4.0], [0.0, 2.0]], [[3.0, 1.0], [0.0, 2.0]]) == pytest.approx(9 / 25 / 2)
    with pytest.raises(ValueError, match="spectra"):
        nmse([[1.0]], [[1.0, 2.0]])
