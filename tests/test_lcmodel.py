"""The driver of LCModel: what it writes, what it reads, and LCModel itself where it is installed."""

import os

import numpy as np
import pytest

from common.errors import UserError
from common.io.lcmodel import read_basis, write_basis
from common.mrs.peers import Job, read_results, write_job
from common.simulation.metabolites import basis as simulated_basis
from common.spectrum import Axis
from tests.benchmarks import lcmodel

TABLE = """ LCModel (Version 6.3-1N)
  a title

$$CONC  9 lines in following concentration table = NCONC+1
    Conc.  %SD /Cr+PCr  Metabolite
   52.500   4%   0.750 Cr
 2.50E-02 150% 3.6E-04 Glc
    3.100   8% 4.4E-02 Scyllo
    0.000 999%   0.000 PCh
   90.000  12%   1.286+NAA
    1.000 200% 1.4E-02 -CrCH2
   70.000   1%   1.000 Cr+PCr
   95.000   2%   1.357 NAA+NAAG

$$MISC  6 lines in following misc. output table
  FWHM = 0.050 ppm    S/N =  17
  Data shift =-0.020 ppm
  Ph:-121 deg      -2.5 deg/ppm
"""
NAMES = ("Cr", "Glc", "sIns", "PCh", "NAA", "Tau", "tCr", "tNAA")
CONCENTRATIONS = {
    "Cr": 6,
    "PCr": 4,
    "GPC": 1,
    "PCh": 0.6,
    "NAA": 10,
    "NAAG": 1.5,
    "Glu": 9,
    "Gln": 3,
    "Ins": 6.5,
}


def test_a_table_is_read():
    table = lcmodel.parse_table(TABLE)
    assert table.concentrations["NAA"] == 90
    assert table.percent["NAA"] == 12
    assert table.concentrations["Glc"] == 0.025
    assert "-CrCH2" in table.concentrations
    assert "CrCH2" not in table.concentrations
    assert (table.fwhm, table.snr, table.shift, table.phase0, table.phase1) == (0.05, 17, -0.02, -121, -2.5)


@pytest.mark.parametrize("text", ["", " LCModel\n\n FATAL", TABLE[: TABLE.index("$$MISC")]])
def test_a_table_without_results_is_refused(text):
    with pytest.raises(ValueError, match="no concentrations"):
        lcmodel.parse_table(text)


def test_a_row_has_units_of_the_basis_and_the_suites_names():
    row = lcmodel.row_of(lcmodel.parse_table(TABLE), NAMES, mhz=100.0, seconds=2.0, scale=10.0)
    np.testing.assert_allclose(row["value"], [5.25, 0.0025, 0.31, 0, 9, np.nan, 7, 9.5])
    np.testing.assert_allclose(row["sd"], [0.21, 0.00375, 0.0248, np.nan, 1.08, np.nan, 0.07, 0.19])
    assert (row["fwhm"], row["shift"], row["seconds"]) == (5, 2, 2)


def test_a_failure_is_nothing():
    row = lcmodel.row_of(None, NAMES, mhz=100.0, seconds=2.0)
    assert np.isnan(row["value"]).all()
    assert np.isnan(row["fwhm"])


@pytest.mark.parametrize("name", ["lcmodel_test", "A01_press35", "B01_press30", "SVS_30"])
def test_real_tables_are_read(data_dir, name):
    """Totals are sums, ratios are concentrations over Cr + PCr."""
    text = (data_dir("mrs_invivo") / "lcmodel_tables" / f"{name}.table").read_text()
    table = lcmodel.parse_table(text)
    found = table.concentrations
    assert len(found) == text.count("%", text.index("Metabolite"), text.index("$$MISC"))
    for total in ("NAA+NAAG", "Cr+PCr", "Glu+Gln", "GPC+PCh"):
        assert found[total] == pytest.approx(sum(found[part] for part in total.split("+")), rel=0.01)
    assert 0.05 < table.fwhm < 0.12
    assert table.snr > 20
    assert abs(table.shift) < 0.05


@pytest.fixture(scope="module")
def job():
    """Sums of metabolites in LCModel's lines, 10 Hz wide, shifted by 3 Hz, turned by 10 degrees."""
    axis = Axis("1H", 2048, 2000.0, 123.25, 4.7, "time", "complex")
    basis = simulated_basis(axis, names=tuple(CONCENTRATIONS))
    t, width = np.arange(2048) / 2000, 0.013 * 123.25 + 0.78
    decay = np.exp(-np.pi * width * t - (np.pi * 9 * t) ** 2 / (4 * np.log(2)))
    fid = np.array(list(CONCENTRATIONS.values())) @ basis.fids * decay
    fid = fid * np.exp(2j * np.pi * 3 * t + 1j * np.deg2rad(10))
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, 2, 2048)) * 0.01
    return Job(fid + noise[0] + 1j * noise[1], basis)


def test_the_basis_goes_out_broadened_and_renamed(tmp_path, job):
    broad = lcmodel.broadened(job.basis)
    assert broad.axis.size == 4096
    assert not broad.fids[:, 2048:].any()
    index, t = 500, 500 / 2000
    ratio = broad["NAA"][index] / job.basis["NAA"][index]
    assert ratio == pytest.approx(np.exp(-np.pi * 0.013 * 123.25 * t))
    write_basis(tmp_path / "a.basis", broad)
    assert read_basis(tmp_path / "a.basis").names == job.basis.names
    scyllo = lcmodel.broadened(simulated_basis(job.basis.axis, names=("sIns",)))
    assert scyllo.names == ("Scyllo",)


def test_the_control_file_asks_for_water_only_with_water(job):
    assert "dows" not in lcmodel.control(job.basis)
    assert "echot=30" in lcmodel.control(job.basis)
    assert "dows=T" in lcmodel.control(job.basis, water=True)


def test_failures_are_counted_and_a_stopped_run_goes_on(tmp_path, job, monkeypatch):
    """A program that answers with the table above, but not to the first spectrum."""
    calls = []

    def fit_one(program, folder, fid, basis, timeout, water=None):
        calls.append(int(folder.name))
        return None if folder.name == "0" else lcmodel.parse_table(TABLE)

    monkeypatch.setattr(lcmodel, "fit_one", fit_one)
    monkeypatch.setattr(lcmodel, "find_program", lambda given: "/somewhere/lcmodel")
    write_job(tmp_path / "job.npz", job)
    words = ["--spectra", str(tmp_path / "job.npz"), "-o", str(tmp_path / "results.npz")]
    assert lcmodel.main(words) == 0
    results = read_results(tmp_path / "results.npz", job.fids)
    assert results.failed == 1
    assert np.isnan(results.concentrations[0]).all()
    assert results.of(["tNAA"])[1, 0] == 9.5
    assert lcmodel.main(words) == 0
    assert calls == [0, 1]
    assert lcmodel.main([*words, "--factor", "1.2"]) == 2


def test_calibration_is_the_median_ratio_of_creatine(job):
    results = lcmodel.empty(job, "lcmodel", factor=2.0)
    results.concentrations[:, results.names.index("tCr")] = [16, np.nan]
    assert lcmodel.calibration(results, np.array([10.0, 10.0])) == pytest.approx(1.25)


def test_an_absent_program_is_named(monkeypatch):
    monkeypatch.delenv("LCMODEL", raising=False)
    with pytest.raises(UserError, match="--program"):
        lcmodel.find_program(None)


def test_lcmodel_finds_what_went_in(job):
    """Units, signs, names: metabolites alone, in lines of LCModel's shape."""
    if not os.environ.get("LCMODEL"):
        pytest.skip("needs LCModel (set LCMODEL to the executable)")
    results = lcmodel.fit(lcmodel.find_program(None), job)
    true = np.array(list(CONCENTRATIONS.values()))
    np.testing.assert_allclose(results.of(tuple(CONCENTRATIONS)).mean(axis=0), true, rtol=0.1, atol=0.2)
    totals = {"tNAA": 11.5, "tCr": 10.0, "tCho": 1.6, "Glx": 12.0}
    np.testing.assert_allclose(results.of(totals).mean(axis=0), list(totals.values()), rtol=0.05)
    np.testing.assert_allclose(results.extra["shift"], 3, atol=1)
    np.testing.assert_allclose(results.extra["phase0"], 10, atol=5)
    assert results.failed == 0
