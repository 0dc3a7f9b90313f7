import numpy as np
import pytest

from common import datasets
from common.mrs import invivo
from common.mrs.invivo import COMMON_WIDTH, Removal, lcmodel_ratios, lcmodel_table, matched
from common.mrs.quality import quality, voigt
from common.processing import spectrum_at
from common.simulation.brain import HEALTHY
from common.simulation.macromolecules import gaussian_lines
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex")
TIMES = np.arange(AXIS.size) / AXIS.sw
NAMES = ("NAA", "NAAG", "Cr", "PCr", "GPC", "PCh", "Glu", "Gln", "Ins", "GABA")


@pytest.fixture(scope="module")
def metabolites():
    amounts = [np.mean(HEALTHY[name]) for name in NAMES]
    return amounts @ basis(AXIS, names=NAMES).fids


@pytest.fixture(scope="module")
def macromolecules():
    lines = gaussian_lines("MM")
    hz = (lines.ppm - AXIS.carrier) * AXIS.mhz
    decays = [voigt(TIMES, width, 1.0) for width in lines.fwhm * AXIS.mhz]
    return 12 * (lines.area @ (decays * np.exp(2j * np.pi * np.outer(hz, TIMES))))


def measured_case(name="B01_press30"):
    """Enough of a measured spectrum to make cases for."""
    return invivo.Measured(name, "test", None, None, np.zeros(1, complex))


def test_cases_score_the_versions_against_the_spectrum_as_measured():
    # Cr 1, PCr 1: ratios are half of NAA + NAAG
    naa = np.array([2.0, 1.8, 2.2])
    concentrations = np.ones((3, len(NAMES)))
    concentrations[:, 0] = naa - 1
    case = invivo.cases(measured_case(), NAMES)[0]
    assert case.id("cv") == "mrs_invivo/B01_press30/tNAA/cv"
    scores = case.scores(concentrations)
    assert scores["cv"] == pytest.approx(100 * 0.2 / np.sqrt(2) / 1.0)
    assert scores["bias"] == pytest.approx(0.0, abs=1e-9)
    assert scores["ratio_recovery"] == pytest.approx(1.0)
    assert scores["lcmodel_ratio"] == pytest.approx(1.0 / 1.006)


def test_a_version_without_a_result_counts_as_zero():
    concentrations = np.ones((3, len(NAMES)))
    concentrations[1] = np.nan
    scores = invivo.cases(measured_case("unpublished"), NAMES)[0].scores(concentrations)
    assert scores["bias"] == pytest.approx(50.0)
    assert "lcmodel_ratio" not in scores


def test_matching_gives_width_shift_and_phase(metabolites):
    clean = metabolites * voigt(TIMES, 4.0, 0.0)
    fid = metabolites * voigt(TIMES, 12.0, 0.6) * np.exp(2j * np.pi * 3.0 * TIMES + 0.4j)
    found = matched(clean, fid, AXIS)
    own, other = quality(found, AXIS), quality(fid, AXIS)
    assert own.linewidth == pytest.approx(other.linewidth, rel=0.02)
    assert own.shift == pytest.approx(3.0, abs=0.1)
    # the other metabolites turn a fit by a degree, another one at another width
    assert own.phase == pytest.approx(np.rad2deg(0.4), abs=2.0)
    assert found[0] == pytest.approx(clean[0] * np.exp(0.4j), rel=0.02)
    nothing = np.zeros_like(clean)
    assert matched(nothing, fid, AXIS) is nothing


def test_removed_baseline_of_a_perfect_method_is_the_macromolecules(metabolites, macromolecules):
    rng = np.random.default_rng(0)
    shape = voigt(TIMES, COMMON_WIDTH, 0.6)
    noise = 2.0 * (rng.standard_normal(AXIS.size) + 1j * rng.standard_normal(AXIS.size))
    fid = metabolites * shape + macromolecules + noise * shape
    test = Removal(fid, AXIS, 0.3 * macromolecules, "test")
    narrow = metabolites * voigt(TIMES, 4.0, 0.0) * np.exp(-0.2j)
    case = test.case()
    assert case.id("baseline_correlation") == "mrs_invivo/B01_press30/baseline/baseline_correlation"
    assert case.scores(narrow)["baseline_correlation"] > 0.95
    # half of the metabolites left in, all of them, and the baseline in the metabolites
    half, none, all_of_it = (
        case.scores(clean)["baseline_correlation"] for clean in (narrow / 2, 0 * narrow, 0.9 * fid)
    )
    assert case.scores(narrow)["baseline_correlation"] > half > none
    assert all_of_it < 0.8


def test_published_ratios_are_those_of_the_tables(data_dir):
    folder = data_dir("mrs_invivo") / "lcmodel_tables"
    for name, ratios in lcmodel_ratios().items():
        table = lcmodel_table(folder / f"{name}.table")
        assert table["tCr"] == 1.0
        for metabolite, value in ratios.items():
            assert table[metabolite] == pytest.approx(value, abs=1e-9)


def test_a_table_as_lcmodel_writes_it(tmp_path):
    path = tmp_path / "x.table"
    path.write_text(
        " LCModel\n\n$$CONC 3 lines in following concentration table = NCONC+1\n"
        "    Conc.  %SD /Cr+PCr  Metabolite\n 3.58E-03   6%   0.247+GSH\n"
        "    0.000 999%   0.000 -CrCH2\n 8.37E-05 671% 5.8E-03 Glc\n 1.46E-02   2%   1.006 NAA+NAAG\n\n"
        "$$MISC\n"
    )
    assert lcmodel_table(path) == {"GSH": 0.247, "-CrCH2": 0.0, "Glc": 0.0058, "tNAA": 1.006}
    path.write_text("nothing")
    with pytest.raises(ValueError, match="CONC"):
        lcmodel_table(path)


needs_spec = pytest.mark.skipif("mrs_invivo" not in datasets.names(), reason="no spec of mrs_invivo")


@needs_spec
def test_the_development_case_and_its_versions(data_dir, tmp_path, monkeypatch):
    data_dir("mrs_invivo")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    measured = invivo.load("lcmodel_test", offline=True)
    assert measured.role == "development"
    fids = invivo.noise_injected(measured, count=2)
    assert fids.shape == (3, measured.axis.size)
    assert np.array_equal(fids, invivo.noise_injected(measured, count=2))
    found = [quality(fid, measured.axis) for fid in fids]
    assert found[0].snr > 24 > 20.74 * 1.15 > max(one.snr for one in found[1:])
    assert min(one.linewidth for one in found[1:]) > 9
    assert all(abs(one.shift) < 4 and abs(one.phase) < 30 for one in found)


@needs_spec
def test_the_measured_macromolecules_of_b01(data_dir):
    """They stand upright, where published lines are; nothing of a method is looked at."""
    data_dir("mrs_invivo")
    test = invivo.removal(offline=True)
    assert test.role == "test"
    assert quality(test.fid, test.axis).linewidth == pytest.approx(COMMON_WIDTH, rel=0.1)
    measured = test.measured(np.array([0.92, 1.05, 1.7, 1.55, 2.1]))
    assert measured[0] > measured[1]
    assert measured[2] > measured[3]
    assert measured[4] == max(measured)
    ppm = np.linspace(0.5, 2.5, 200)
    upright = np.abs(spectrum_at(test.macromolecules, test.axis, ppm).real).sum()
    assert test.measured(ppm).sum() == pytest.approx(upright, rel=0.05)
