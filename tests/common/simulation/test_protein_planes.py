"""Spectra with artefacts against the peaks they are made of, and against plain transforms of FIDs."""

from dataclasses import replace

import numpy as np
import pytest

from common.classical.peak_picking import candidates
from common.metrics.picking import match
from common.processing import fourier, noise_level
from common.simulation.plane_ranges import AXES, AxisRange, PlaneRanges
from common.simulation.plane_signals import dimension, disturbed, roll, thermal_noise, water
from common.simulation.protein_peaks import EXPERIMENTS
from common.simulation.protein_planes import simulate, suits
from common.simulation.protein_spins import SampleRanges, made_up

TINY = (1e-9, 1.0001e-9)
#: Nothing but the peaks: no artefact, no phase left over, hardly any noise.
CLEAN = PlaneRanges(
    sample=SampleRanges(exchanging=(0.0, 0.0)), snr=1e4, crop=None, phase0=0.0, phase1=0.0, t1_noise=TINY,
    image=TINY, axial=TINY, first_t1=0.0, roll=TINY, water=TINY, water_hole=(1e-4, 2e-4),
    unapodised=0.0, delayed=0.0,
)  # fmt: skip


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def chain():
    return made_up(1, rng(5), (40, 40))[0]


def made(nucleus="15N", span=None, direct=False, ranges=CLEAN, seed=0):
    return dimension(
        nucleus, span or AxisRange((30, 30), (118, 118), (64, 64)), 600.0, direct, ranges, rng(seed)
    )


@pytest.mark.parametrize("experiment", ["hsqc", "hnco", "noesy_15n"])
def test_lone_labels_are_where_the_spectrum_has_its_peaks_and_as_high(chain, experiment):
    found = simulate(chain, experiment, rng(2), replace(CLEAN, depth=9))
    strong = np.abs(found.height) > 0.03 * np.abs(found.height).max()
    apart = np.abs(found.index[:, None] - found.index) / found.width
    lone = strong & ((apart.max(axis=-1) > 3).sum(axis=1) == len(found) - 1)
    assert lone.any()
    picked = candidates(found.spectrum.data, noise=found.noise)
    joined = match(picked.index, found.index[lone], found.tolerance[lone])
    assert joined.true.sum() == lone.sum()
    rows = joined.partner[joined.true]
    np.testing.assert_allclose(joined.apart[joined.true], 0, atol=0.25)
    np.testing.assert_allclose(picked.height[joined.true], found.height[lone][rows], rtol=0.08)
    np.testing.assert_allclose(picked.width[joined.true][:, -1], found.width[lone][rows][:, -1], rtol=0.25)


def test_a_line_is_that_of_its_fid_and_has_the_height_of_the_closed_form():
    axis = made()
    ppm, r2 = np.array([121.3, 110.2]), np.array([12.0, 40.0])
    fids = axis.fids(ppm, r2)
    time = np.arange(64) / axis.time.sw
    expected = np.exp(2j * np.pi * (ppm[0] - 118) * axis.time.mhz * time - 12.0 * time)
    np.testing.assert_allclose(fids[0], expected, rtol=1e-9)
    exact = fourier(expected * axis.window, 64 * 512).real.max()
    assert axis.heights(r2)[0] == pytest.approx(exact, rel=1e-4)
    index, sign = axis.index(ppm)
    assert np.abs(axis.lines(fids)).argmax(axis=1).tolist() == np.rint(index).astype(int).tolist()
    assert sign.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("delayed", "expected"), [(0.0, 1.0), (1.0, -1.0)])
def test_a_folded_peak_has_its_place_and_sign(delayed, expected):
    axis = made(ranges=replace(CLEAN, delayed=delayed))
    index, sign = axis.index(np.array([118.0 - 20.0]))
    line = axis.lines(axis.fids(np.array([98.0]), np.array([15.0])))[0]
    assert sign[0] == expected == np.sign(line[np.abs(line).argmax()])
    assert index[0] == pytest.approx(np.abs(line).argmax(), abs=0.51)


def test_the_width_is_that_of_the_processed_line():
    axis = made()
    for r2 in (5.0, 30.0, 100.0):
        line = fourier(axis.fids(np.array([118.0]), np.array([r2]))[0] * axis.window, 64 * 256).real
        exact = (line > line.max() / 2).sum() / 256 / 64 * axis.frequency.size
        assert axis.widths(np.array([r2]))[0] == pytest.approx(exact, rel=0.1)


def test_noise_has_its_size_and_the_correlation_of_windows():
    t1, t2 = made(seed=3), made("1H", AxisRange((6, 6), (8, 8), (70, 70)), direct=True, seed=4)
    rows, columns = slice(0, t1.frequency.size), slice(5, 400)
    found = np.array([thermal_noise(t1, t2, rows, columns, rng(k)) for k in range(6)])
    assert found.shape == (6, t1.frequency.size, 395)
    assert found.std() == pytest.approx(1.0, rel=0.02)
    power = t1.window**2
    turn = np.cos(2 * np.pi * np.arange(len(power)) / t1.frequency.size) @ power / power.sum()
    assert (found[:, 1:] * found[:, :-1]).mean() == pytest.approx(turn, abs=0.04)


def test_planes_of_a_cube_have_the_noise_that_was_stated(chain):
    found = simulate(chain, "hnca", rng(1), replace(CLEAN, snr=1e-3, crop=(64, 128)))
    assert found.spectrum.data.shape[found.slab] == CLEAN.depth
    assert found.spectrum.data.std() == pytest.approx(found.noise, rel=0.05)
    assert noise_level(found.spectrum.data) == pytest.approx(found.noise, rel=0.05)
    assert len(found) == 0


def test_labels_are_above_the_noise_inside_and_strongest_first(chain):
    for experiment, made_of in EXPERIMENTS.items():
        found = simulate(chain, experiment, rng(7))
        data = found.spectrum.data
        assert data.dtype == np.float32
        assert np.isfinite(data).all()
        assert data.ndim == len(made_of.nuclei)
        assert [axis.nucleus for axis in found.spectrum.axes] == list(made_of.nuclei)
        assert (np.abs(found.height) >= 3 * found.noise).all()
        assert (np.diff(np.abs(found.height)) <= 0).all()
        assert ((found.index >= 0.5) & (found.index <= np.array(data.shape) - 1.5)).all()
        assert found.drawn in (0.0, 1.0)
        assert suits(chain, experiment)


def test_a_spectrum_depends_on_its_seed_alone(chain):
    first, again, other = (simulate(chain, "noesy_15n", rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.spectrum.data, again.spectrum.data)
    np.testing.assert_array_equal(first.index, again.index)
    assert (
        first.spectrum.data.shape != other.spectrum.data.shape or (first.height[:1] != other.height[:1]).all()
    )


def test_what_t1_does_to_a_signal():
    """An unstable signal has noise of its size, an image lies opposite, an axial one at the carrier."""
    t1 = made(seed=1)
    signal = t1.fids(np.array([125.0]), np.array([5.0]))
    place = np.rint(t1.index(np.array([125.0]))[0][0]).astype(int)
    top = t1.lines(signal)[0, place]
    unstable = t1.lines(disturbed(signal, replace(CLEAN, t1_noise=(0.05, 0.0501)), rng(2)) - signal)[0]
    expected = 0.05 * np.sqrt((np.abs(signal[0]) ** 2 * t1.window**2).sum() / 2)
    assert unstable.std() == pytest.approx(expected, rel=0.35)
    mirror = np.abs(disturbed(signal, replace(CLEAN, image=(0.1, 0.1001)), rng(2)) - signal)[0]
    np.testing.assert_allclose(mirror, 0.1 * np.abs(signal[0]), rtol=0.01)
    axial = disturbed(signal, replace(CLEAN, axial=(0.1, 0.1001)), rng(2)) - signal
    assert np.abs(fourier(axial, 128)[0]).argmax() == 64
    assert top > 20 * expected / 0.05 * 0.05


def test_water_and_baseline_are_where_they_belong():
    t1, direct = made(), made("1H", AxisRange((8, 8), (4, 4), (80, 80)), direct=True)
    signals, fids = water(t1, direct, 4.75, 1.0, PlaneRanges(), rng(3))
    assert signals.shape[1] == 64
    lines = np.abs(direct.lines(fids)).sum(axis=0)
    assert direct.frequency.ppm(int(lines.argmax())) == pytest.approx(4.75, abs=0.1)
    curve = roll(500, 0.1, rng(4))
    assert np.abs(np.diff(curve)).max() < 0.02 * np.abs(curve).max() + 1e-3


def test_every_experiment_has_axes_and_unknown_ones_are_refused(chain):
    assert set(AXES) == set(EXPERIMENTS)
    for name, spans in AXES.items():
        assert len(spans) == len(EXPERIMENTS[name].nuclei)
    with pytest.raises(ValueError, match="hsqc"):
        simulate(chain, "cosy", rng())
