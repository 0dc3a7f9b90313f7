"""The table: sums and ratios with their standard deviations, and what is not given unless asked for."""

import csv
import io

import numpy as np
import pytest

from common.errors import UserError
from common.mrs.concentrations import Row, chosen, concentrations, ratios, table_bytes

NAMES = ("NAA", "NAAG", "Cr", "PCr", "GPC", "PCh", "Ins")
AMOUNTS = np.array([10.0, 1.5, 5.0, 4.0, 1.0, 0.5, 6.0])
ROOT = np.random.default_rng(0).normal(size=(7, 7)) * 0.1
COVARIANCE = ROOT @ ROOT.T


def test_parts_of_creatine_and_choline_are_given_where_asked_for():
    assert list(chosen(NAMES)) == ["tNAA", "tCr", "tCho", "NAA", "NAAG", "Ins"]
    assert list(chosen(NAMES, ["PCr"])) == ["tNAA", "tCr", "tCho", "NAA", "NAAG", "PCr", "Ins"]
    with pytest.raises(UserError, match="did you mean"):
        chosen(NAMES, ["PCrr"])


def test_ratios_and_their_errors_are_those_of_draws():
    drawn = np.random.default_rng(1).multivariate_normal(AMOUNTS, COVARIANCE, 200_000)
    creatine = drawn[:, 2] + drawn[:, 3]
    rows = {row.name: row for row in ratios(NAMES, AMOUNTS, COVARIANCE, ["Cr"])}
    assert "tCr" not in rows
    for name, sums in (("tNAA", drawn[:, 0] + drawn[:, 1]), ("Cr", drawn[:, 2]), ("Ins", drawn[:, 6])):
        assert rows[name].value == pytest.approx(np.mean(sums / creatine), rel=0.01)
        assert rows[name].sd == pytest.approx(np.std(sums / creatine), rel=0.03)
        assert rows[name].unit == "/tCr"


def test_sums_know_that_their_parts_are_told_apart_badly():
    covariance = np.array([[1.0, -0.99], [-0.99, 1.0]])
    rows = {row.name: row for row in concentrations(("Cr", "PCr"), np.array([5.0, 4.0]), covariance, "mM")}
    assert rows["tCr"] == Row("tCr", 9.0, pytest.approx(np.sqrt(0.02)), "mM")
    scaled = concentrations(("Cr", "PCr"), np.array([5.0, 4.0]), 0 * covariance, "mM", error=0.1)
    assert scaled[0].sd == pytest.approx(0.9)


def test_an_unknown_error_stays_its_own():
    covariance = np.diag([0.01, np.nan, 0.01, 0.01])
    rows = ratios(("NAA", "Ins", "Cr", "PCr"), np.array([9.0, 5, 4, 4]), covariance)
    sd = {row.name: row.sd for row in rows}
    assert np.isnan(sd["Ins"])
    assert np.isfinite(sd["NAA"])
    text = table_bytes(rows, "network").decode()
    assert [line["sd"] for line in csv.DictReader(io.StringIO(text)) if line["name"] == "Ins"] == [""]


def test_without_creatine_there_are_no_ratios():
    with pytest.raises(UserError, match="no creatine"):
        ratios(("NAA", "Cr"), np.array([1.0, 0.0]), np.eye(2))
    with pytest.raises(UserError, match="no creatine"):
        ratios(("NAA",), np.array([1.0]), np.eye(1))
