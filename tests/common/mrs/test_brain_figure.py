"""The figures of simulated beside real spectra: what is drawn, and what a degraded spectrum then has."""

import dataclasses

import numpy as np
import pytest

from common.mrs.brain_figure import (
    ANCHORS,
    Specimen,
    anchors,
    degraded,
    distributions,
    drawn,
    real,
    shuffled,
    simulated,
)
from common.mrs.quality import Quality
from common.simulation.brain import BrainRanges, naa_height, simulate
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 1024, 2000.0, 127.75, 4.65, "time", "complex")
CLEAR = BrainRanges(linewidth=(5, 6), snr=(40, 50), baseline=(0, 0.02), lipid_probability=0, water=(0, 0))


@pytest.fixture(scope="module")
def some():
    return simulated(AXIS, 30.0, CLEAR, 3, np.random.default_rng(0))


def test_a_spectrum_is_drawn_in_phase_with_naa_in_its_place(some):
    specimen = some[0]
    ppm = np.linspace(1.9, 2.1, 401)
    values = drawn(specimen, specimen.quality(), ppm)
    assert ppm[values.argmax()] == pytest.approx(2.008, abs=0.005)
    turned = dataclasses.replace(specimen, fid=specimen.fid * np.exp(1j))
    np.testing.assert_allclose(drawn(turned, turned.quality(), ppm), values, atol=0.03)
    assert anchors(specimen, specimen.quality()).shape == (len(ANCHORS),)


def test_a_degraded_spectrum_has_the_width_and_noise_asked_for(some):
    worse = degraded(some[0], 14.0, 12.0, np.random.default_rng(0))
    found = worse.quality()
    assert found.linewidth == pytest.approx(14, rel=0.1)
    assert found.snr == pytest.approx(12, rel=0.15)
    assert worse.origin == some[0].origin


def test_the_key_tells_the_order_of_the_panels(some):
    named = [dataclasses.replace(specimen, origin=str(i)) for i, specimen in enumerate(some)]
    figure, key = shuffled(named, np.random.default_rng(3))
    assert sorted(key) == list("012")
    assert key != sorted(key)
    lines = [plot.lines[0].get_ydata() for plot in figure.axes if plot.lines]
    assert len(lines) == 3
    ppm = np.linspace(4.2, 0.2, 900)
    first = named[int(key[0])]
    expected = drawn(first, first.quality(), ppm)
    np.testing.assert_allclose(lines[0], expected / expected.max())


def test_the_development_spectrum_could_be_a_simulated_one(data_dir):
    """Between the metabolites, LCModel's own test spectrum lies within what simulations show there."""
    folder = data_dir("mrs_invivo") / "lcmodel_test"
    measured = real(folder / "data.raw")
    found = measured.quality()
    width = found.linewidth
    ranges = BrainRanges(linewidth=(0.9 * width, 1.1 * width), snr=(0.9 * found.snr, 1.1 * found.snr))
    brains = simulate(basis(measured.axis), ranges, 200, np.random.default_rng(0))
    heights = naa_height(brains.broadened, brains.axis)
    known = [
        Quality(height=height, phase=phase, shift=shift)
        for height, phase, shift in zip(heights, brains.phase0, brains.shift, strict=True)
    ]
    values = [
        anchors(Specimen(fid.astype(complex), brains.axis, ""), one)
        for fid, one in zip(brains.fids, known, strict=True)
    ]
    low, high = np.percentile(values, (1, 99), axis=0)
    there = anchors(measured, found)
    assert np.all((there > low) & (there < high)), (there, low, high)


def test_distributions_come_as_quartiles(some):
    figure, table = distributions(some[:1], some[1:])
    assert set(table) >= {"SNR", "line width (Hz)", "at 0.91 ppm"}
    for quartiles in table["line width (Hz)"]:
        assert 4 < quartiles[0] <= quartiles[1] <= quartiles[2] < 7.5
    assert len(figure.axes) >= len(table)
