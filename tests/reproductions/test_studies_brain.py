"""The study of simulated beside real brain spectra: what is measured of a spectrum, and how kinds compare."""

import argparse
import dataclasses
import json

import numpy as np
import pytest

from common.acquisition import Acquisition
from common.mrs import invivo
from common.mrs.preprocess import Prepared
from common.processing import spectrum_at
from common.simulation.brain import BrainRanges, simulate
from common.simulation.macromolecules import FITTED_PPM, FITTED_WIDTH, MeasuredLines
from common.simulation.metabolites import basis
from common.spectrum import Axis
from reproductions.studies import brain, brain_tables
from reproductions.studies.brain_tables import KINDS, MEASURED, REAL, TABLE

AXIS = Axis("1H", 1024, 2000.0, 127.75, 4.65, "time", "complex")
CLEAR = BrainRanges(linewidth=(5, 6), snr=(40, 50), baseline=(0, 0.02), lipid_probability=0, water=(0, 0))
CASES = ("A01_press35", "B01_press30")


@pytest.fixture(scope="module")
def fids():
    return simulate(basis(AXIS), CLEAR, 8, np.random.default_rng(0)).fids.astype(complex)


def seen(fids):
    return brain.Spectra.seen("A01_press35", REAL, AXIS, fids)


def test_a_spectrum_is_drawn_in_phase_with_naa_in_its_place(fids):
    turned = fids[:1] * np.exp(1j + 2j * np.pi * 4.0 * np.arange(AXIS.size) / AXIS.sw)
    ppm = np.linspace(1.9, 2.1, 401)
    plain, moved = (seen(each).drawn(0, ppm) for each in (fids[:1], turned))
    assert ppm[plain.argmax()] == pytest.approx(2.008, abs=0.005)
    np.testing.assert_allclose(moved, plain, atol=0.03)


def test_what_lies_between_the_metabolites_is_measured_there_and_relative_to_naa(fids):
    clean = simulate(basis(AXIS), dataclasses.replace(CLEAR, snr=None), 1, np.random.default_rng(1)).fids
    t, at = np.arange(AXIS.size) / AXIS.sw, list(brain.PLACES).index("0.45 ppm")
    line = 50 * np.exp(2j * np.pi * (0.45 - AXIS.carrier) * AXIS.mhz * t - (20 * np.pi * t) ** 2)
    plain, raised, louder = (seen(each) for each in (clean, clean + line, 7 * clean))
    before, after = plain.values()[0, 2:], raised.values()[0, 2:]
    assert np.abs(after - before).argmax() == at
    shifts = 0.45 + np.linspace(-brain.REACH, brain.REACH, 9)
    height = spectrum_at(line, AXIS, shifts).real.mean() / plain.found[0].height
    assert (after - before)[at] == pytest.approx(height, rel=0.1)
    np.testing.assert_allclose(louder.values()[0, 2:], before, rtol=1e-3)


def test_spectra_without_naa_are_not_counted(fids):
    noise = np.random.default_rng(0).standard_normal((2, AXIS.size)) + 0j
    assert len(seen(np.concatenate([noise, fids[:3]])).fids) == 3


def test_ranks_and_shares_are_those_of_the_simulated_values():
    simulated = np.arange(100.0)
    found = brain.compared({"one": np.array([49.4, 49.5, 49.6]), "two": np.full(3, 200.0)}, simulated)
    assert found["ranks"] == {"one": 50, "two": 100}
    assert found["within"] == 50
    assert found["quartiles"] == [24.75, 49.5, 74.25]


def test_distances_tell_what_no_single_value_does():
    rng, base = np.random.default_rng(0), {}
    common = rng.standard_normal(200)
    for place in brain.PLACES:
        simulated = common + 0.1 * rng.standard_normal(200)
        sign = -1 if place == "0.45 ppm" else 1
        base[place] = {REAL: {"like": np.ones(2), "unlike": np.full(2, sign)}, TABLE: {"like": simulated}}
    real, simulated = brain.distances(base | {brain.RMS: base["0.45 ppm"]}, TABLE)
    assert len(simulated) == 100
    assert np.all(real["like"] < np.percentile(simulated, 95))
    assert np.all(real["unlike"] > simulated.max())


@pytest.fixture
def made_up(monkeypatch, fids):
    """Simulated spectra stand for the measured ones and their versions."""

    def load(name):
        ready = Prepared(fids[0], AXIS, None, None, None, (), ())
        return invivo.Measured(name, "test", Acquisition(fids[None, :1], AXIS), ready, fids[0])

    area = np.linspace(1, 2, len(FITTED_PPM))
    monkeypatch.setattr(brain, "CASES", CASES)
    monkeypatch.setattr(brain, "COUNT", 16)
    monkeypatch.setattr(brain, "nulled", lambda: [MeasuredLines(area, FITTED_WIDTH, 0.0)])
    monkeypatch.setattr(invivo, "load", load)
    monkeypatch.setattr(invivo, "noise_injected", lambda measured: fids)


def test_the_study_writes_record_tables_and_figure(made_up, tmp_path, capsys):
    brain.main(argparse.Namespace(runs=tmp_path, publish=False))
    folder = tmp_path / "studies" / "brain"
    assert (folder / "brain.png").read_bytes()[:4] == b"\x89PNG"
    record = json.loads((folder / "brain.json").read_text())
    assert brain_tables.tables(record) == record["tables"]
    tables = {name: table["rows"] for name, table in record["tables"].items()}
    assert [row[0] for row in tables["quantities"]][:3] == ["SNR", "line width (Hz)", "Cr, 3.03 ppm"]
    assert [row[:2] for row in tables["spectra"]] == [["A01_press35", "A01"], ["B01_press30", "B01"]]
    assert "| 4.15 ppm |" in capsys.readouterr().out
    key = dict(tables["panels"])
    assert list(key) == list(KINDS)
    for number, panel in enumerate(record["panels"], 1):
        assert str(number) in key[panel["kind"]]
    shown = {(panel["kind"], panel["case"]) for panel in record["panels"]}
    assert shown == {(kind, case) for kind in (REAL, TABLE, MEASURED) for case in CASES}


def test_the_key_is_that_of_the_panels(fids):
    from matplotlib.figure import Figure

    from reproductions.studies import brain_figure

    figure, some = Figure(), [seen(fids[i : i + 1]) for i in (2, 0, 1)]
    brain_figure._panels(figure, some, 1)
    lines = [plot.lines[0].get_ydata() for plot in figure.axes if plot.lines]
    assert len(lines) == 3
    for line, each in zip(lines, some, strict=True):
        values = each.drawn(0, np.linspace(*brain_figure.WINDOW, brain_figure.SHIFTS))
        np.testing.assert_allclose(line, values / values.max())


def test_the_development_spectrum_could_be_a_simulated_one(data_dir):
    """Between the metabolites LCModel's own test spectrum, as measured, lies within what simulations show."""
    data_dir("mrs_invivo")
    measured = invivo.load("lcmodel_test", offline=True)
    real = brain.Spectra.seen("lcmodel_test", REAL, measured.axis, measured.prepared.fid[None])
    snr, width = real.found[0].snr, real.found[0].linewidth
    ranges = BrainRanges(linewidth=(0.9 * width, 1.1 * width), snr=(0.9 * snr, 1.1 * snr))
    fids = simulate(basis(measured.axis), ranges, 100, np.random.default_rng(0)).fids
    simulated = brain.Spectra.seen("lcmodel_test", TABLE, measured.axis, fids)
    places = slice(-len(brain.BETWEEN), None)
    low, high = np.percentile(simulated.values()[:, places], (1, 99), axis=0)
    there = real.values()[0, places]
    assert np.all((there > low) & (there < high)), (there, low, high)
