"""The test bench of NUS reconstructions: its schedules, its planes, and the floors it reports."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import DataMissing
from common.nus import testbench
from common.processing import IndirectRecipe
from common.simulation.exponentials import noise
from common.spectrum import Axis, Spectrum

#: The first schedule of a quarter of 128 points. Published records compare only while it stays.
QUARTER = [0, 1, 2, 3, 5, 7, 10, 11, 13, 16, 17, 20, 22, 25, 27, 29]
QUARTER += [30, 33, 37, 44, 49, 52, 57, 60, 67, 79, 87, 95, 101, 107, 117, 121]


# --- schedules


def test_schedules_are_the_ones_of_the_published_records():
    assert np.flatnonzero(testbench.schedules(128, 0.25, 1)[0]).tolist() == QUARTER


@pytest.mark.parametrize(("points", "fraction", "measured"), [(128, 0.125, 16), (128, 0.3, 38), (31, 0.2, 6)])
def test_schedules_are_exact_and_distinct_and_the_first_ones_of_more(points, fraction, measured):
    four = testbench.schedules(points, fraction, 4)
    assert [mask.sum() for mask in four] == [measured] * 4
    assert len({mask.tobytes() for mask in four}) == 4
    np.testing.assert_array_equal(testbench.schedules(points, fraction, 2), four[:2])


# --- planes


def some_plane(clean=False, sd=0.1):
    """Lines in five of 300 columns, noise in all."""
    t = np.arange(64)[:, None]
    lines = np.zeros((64, 300), complex)
    lines[:, 50::50] = np.exp((2j * np.pi * np.array([0.1, 0.27, 0.41, 0.63, 0.85]) - 0.03) * t)
    measured = lines + noise(np.random.default_rng(0), lines.shape, sd)
    t1 = Axis("15N", 64, 1800.0, 60.8, 118.0, "time", "complex")
    signal = Spectrum(measured, (t1, Axis("1H", 300, 2400.0, 600.0, 8.3)))
    plane = testbench.Plane("simulated", "lines", "test", signal, IndirectRecipe(zero_fill=256))
    return lines, replace(plane, clean=lines) if clean else plane


@pytest.mark.parametrize("clean", [False, True])
def test_the_reference_itself_has_no_error_and_every_peak(clean):
    lines, plane = some_plane(clean)
    scores = plane.case("0.25").scores(lines if clean else plane.fid)
    assert scores["rlne"] == 0
    assert scores["missed_peaks"] == scores["false_peaks"] == 0
    assert scores["height_slope"] == pytest.approx(1)
    assert len(plane.peaks) == 5
    assert plane.reference.data.shape == (256, 300)


def test_a_case_has_the_name_of_its_plane():
    case = some_plane()[1].case("0.25", peaks=False)
    assert case.id("rlne") == "simulated/lines/0.25/rlne"
    assert case.role == "test"
    assert case.scores(some_plane()[1].fid) == {"rlne": 0.0}


def test_half_the_signal_is_half_the_error():
    _, plane = some_plane()
    assert plane.case("", peaks=False).scores(plane.fid / 2)["rlne"] == pytest.approx(0.5)


def test_noise_is_that_of_the_windowed_measured_points():
    """White noise of sd 0.1: 0.1 times the norm of the window, also where the reference has none."""
    window = np.cos(np.pi * 0.48 * np.arange(64) / 63) ** 2
    window[0] *= 0.5
    for clean in (False, True):
        assert some_plane(clean)[1].noise == pytest.approx(0.1 * np.linalg.norm(window), rel=0.02)


def test_floors_are_what_a_perfect_method_gets():
    """The noise-free signal misses the noise of the reference; with measured points, of the others alone."""
    lines, plane = some_plane()
    mask = testbench.schedules(64, 0.25, 1)[0]
    case, floors = plane.case("0.25", peaks=False), plane.floors(mask)
    kept = np.where(mask[:, None], plane.fid, lines)
    assert case.scores(lines)["rlne"] == pytest.approx(floors["rlne_floor"], rel=0.02)
    assert case.scores(kept)["rlne"] == pytest.approx(floors["rlne_floor_kept"], rel=0.02)
    window = np.cos(np.pi * 0.48 * np.arange(64) / 63) ** 2
    window[0] *= 0.5
    share = np.sum(window[~mask] ** 2) / np.sum(window**2)
    assert floors["rlne_floor_kept"] == pytest.approx(floors["rlne_floor"] * np.sqrt(share))
    assert plane.floors(np.ones(64, bool))["rlne_floor_kept"] == 0


# --- simulated planes


def test_independent_fids_are_columns_scored_against_the_noise_free_ones():
    clean = np.exp(2j * np.pi * np.random.default_rng(0).uniform(size=70) * np.arange(32)[:, None])
    plane = testbench.independent_fids(clean, 100.0, np.random.default_rng(1), "some")
    case = plane.case("0.25", peaks=False)
    assert case.id("rlne") == "simulated/some/0.25/rlne"
    assert plane.reference.data.shape == (128, 70)
    assert case.scores(clean)["rlne"] == 0
    assert 0 < case.scores(plane.fid)["rlne"] < 0.2
    assert np.std(np.real(plane.fid - clean)) == pytest.approx(plane.sd, rel=0.1)


@pytest.fixture(scope="module")
def disordered():
    return testbench.disordered_protein()


def test_the_disordered_protein_is_one_and_the_same(disordered):
    np.testing.assert_array_equal(testbench.disordered_protein().fid, disordered.fid)
    assert (testbench.disordered_protein(seed=1).fid != disordered.fid).all()
    assert disordered.fid.shape == (128, 192)
    assert testbench.disordered_protein(points=64).reference.data.shape == (256, 192)


def test_the_disordered_protein_looks_like_one(disordered):
    """Most residues are resolved, within a ppm of protons; glycines lie apart at low nitrogen shifts."""
    nitrogen, proton = (
        axis.ppm(index)
        for axis, index in zip(disordered.reference.axes, disordered.peaks.index.T, strict=True)
    )
    assert 75 < len(disordered.peaks) <= 120
    assert 7.7 < proton.min() < proton.max() < 8.8
    assert np.median(proton) == pytest.approx(8.26, abs=0.05)
    assert 105 < nitrogen.min() < 112
    assert np.median(nitrogen) == pytest.approx(120.5, abs=1.5)
    assert nitrogen.max() < 130
    assert 2 < np.sum(nitrogen < 112.5) < 25


def test_the_noise_of_the_disordered_protein_is_what_its_snr_says(disordered):
    tallest = np.abs(np.fft.fft(disordered.clean, axis=0)).max()
    sd = (disordered.fid - disordered.clean).real.std()
    assert tallest / (sd * np.sqrt(128)) == pytest.approx(100, rel=0.02)


# --- measured planes


@pytest.mark.parametrize(
    ("name", "role", "columns", "peaks", "floor"),
    [
        ("acbp", "development", 369, 97, 0.0656),
        ("sod1wt", "test", 369, 208, 0.0729),
        ("savinase", "test", 615, 270, 0.2959),
        ("ubiquitin", "test", 500, 100, 0.1456),
    ],
)
def test_measured_hsqcs(name, role, columns, peaks, floor, data_dir):
    """What scores of these files are compared with: a recipe that changes shows here first."""
    data_dir(testbench.HSQCS[name])
    plane = testbench.load_plane(name, offline=True)
    assert (plane.source, plane.name, plane.role) == (testbench.HSQCS[name], name, role)
    assert plane.fid.shape == (128, columns)
    assert plane.reference.data.shape == (512, columns)
    assert len(plane.peaks) == peaks
    mask = testbench.schedules(128, 0.25, 1)[0]
    assert plane.floors(mask)["rlne_floor"] == pytest.approx(floor, rel=0.02)
    assert plane.case("0.25", peaks=False).scores(plane.fid)["rlne"] == 0
    # methods that expect signals to start with phase zero see them so, whatever the recording
    assert abs(np.angle(plane.fid[0].sum(), deg=True)) < 10


def test_a_plane_that_is_not_at_hand_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("NMR_REPRO_DATA", raising=False)
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    with pytest.raises(DataMissing, match="nus_hsqc_qnls"):
        testbench.load_plane("acbp", offline=True)
