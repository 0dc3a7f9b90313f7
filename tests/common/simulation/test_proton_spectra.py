"""Simulated 1D spectra: closed forms, integrals, satellites, noise, and the fast transform under them."""

from dataclasses import replace

import numpy as np
import pytest

from common.simulation import proton_scene
from common.simulation.gridding import fids
from common.simulation.proton_ranges import ProtonRanges
from common.simulation.proton_scene import molecule_of, scene, table
from common.simulation.proton_spectra import proton_spectra, spectrum
from common.simulation.regions import SIGNAL, SOLVENT, labels
from common.simulation.spins import SpinSystem
from tests.common.simulation.proton_samples import ETHANOL, ETHYL_ACETATE, PLAIN, singlets

POINTS = 32768
#: Lines without wiggles of a FID that is cut off.
SMOOTH = replace(PLAIN, window=("exponential",), broadening=(1.0, 1.0))


def made(molecule, ranges=PLAIN, seed=0, mhz=400.0):
    rng = np.random.default_rng(seed)
    ranges = replace(ranges, mhz=(mhz,))
    return spectrum(scene([molecule], ranges, rng), POINTS, ranges, rng)


@pytest.mark.parametrize("size", [64, 1001, 4096])
def test_fids_are_the_sum_of_their_lines(size):
    rng = np.random.default_rng(1)
    frequency, group = rng.uniform(-4000, 4000, 300), rng.integers(0, 3, 300)
    amplitude = rng.normal(size=300) + 1j * rng.normal(size=300)
    found = fids(frequency, amplitude, group, 3, size, 8000.0)
    turns = np.exp(2j * np.pi * np.outer(np.arange(size) / 8000.0, frequency))
    for k in range(3):
        error = np.abs(found[k] - turns[:, group == k] @ amplitude[group == k])
        assert error.max() < 1e-6 * np.abs(amplitude).sum()


def test_ethyl_acetate_has_its_multiplets_and_integrals():
    axis, _, data, compounds, _, _, _ = made(ETHYL_ACETATE, SMOOTH, mhz=800.0)
    hertz = axis.sw / axis.size
    for ppm, protons, lines in ((4.12, 2, 4), (2.05, 3, 1), (1.26, 3, 3)):
        part = axis.region(ppm + 0.2, ppm - 0.2)
        assert compounds[part].sum() * hertz == pytest.approx(protons * 0.9893, rel=0.01)
        places = axis.ppm()[part.start + _maxima(data[part], 0.1)]
        np.testing.assert_allclose(
            places, ppm + (np.arange(lines)[::-1] - (lines - 1) / 2) * 7.1 / 800, atol=0.001
        )
    assert data.sum() * hertz == pytest.approx(8, rel=0.002)


def _maxima(y, share):
    inner = (y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]) & (y[1:-1] > share * y.max())
    return np.flatnonzero(inner) + 1


def test_a_line_is_a_lorentzian_of_its_width():
    axis, _, data, *_, extra = made(singlets(3.0))
    assert extra == pytest.approx(0.05)
    part = axis.region(3.05, 2.95)
    offset = (axis.ppm()[part] - 3.0) * axis.mhz
    expected = 0.9893 * 2 / (np.pi * 0.5) / (1 + (2 * offset / 0.5) ** 2)
    np.testing.assert_allclose(data[part], expected, atol=0.03 * expected.max())


def test_satellites_stand_half_a_coupling_away(monkeypatch):
    monkeypatch.setattr(proton_scene, "one_bond", lambda shift, rng: 140.0)
    axis, sample, data, compounds, *_ = made(singlets(3.5, protons=3), SMOOTH, mhz=500.0)
    (satellite,) = [s for s in sample.signals if s.kind == "satellite"]
    np.testing.assert_allclose(np.sort(satellite.ppm), [3.5 - 0.14, 3.5 + 0.14])
    np.testing.assert_allclose(satellite.amplitude, 3 * 0.0107 / 2)
    main = data[axis.region(3.51, 3.49)].max()
    for ppm in (3.36, 3.64):
        part = axis.region(ppm + 0.01, ppm - 0.01)
        assert data[part].max() / main == pytest.approx(0.0107 / 2 / 0.9893, rel=0.1)
        assert compounds[part].max() < 0.001 * main


@pytest.mark.parametrize(
    ("shift", "low", "high"), [(1.0, 120, 132), (3.7, 135, 152), (7.3, 155, 175), (9.8, 170, 185)]
)
def test_one_bond_couplings_follow_the_shift(shift, low, high):
    rng = np.random.default_rng(0)
    values = [proton_scene.one_bond(shift, rng) for _ in range(50)]
    assert low <= min(values) < max(values) <= high


def test_signals_in_ppm_do_not_depend_on_the_field():
    at = {}
    for mhz in (400.13, 800.13):
        sample = scene([ETHANOL], replace(PLAIN, mhz=(mhz,)), np.random.default_rng(0))
        groups = [s for s in sample.signals if s.kind == "compound"]
        at[mhz] = [np.average(s.ppm, weights=s.amplitude) for s in groups]
        assert [s.protons for s in groups] == [2, 3]
        for group in groups:
            assert np.ptp(group.ppm) * mhz == pytest.approx(7.1 * (3 if group.protons == 2 else 2), abs=0.3)
    np.testing.assert_allclose(*at.values(), atol=1e-3)


def test_noise_and_snr_are_what_they_say():
    for window in ("none", "exponential", "gaussian"):
        ranges = replace(PLAIN, snr=(50.0, 50.0), window=(window,), acquired=(0.5, 0.5))
        axis, _, data, compounds, _, noise, _ = made(singlets(2.0), ranges)
        quiet = data[axis.region(9.0, 4.0)]
        assert quiet.std() == pytest.approx(noise, rel=0.08)
        assert compounds.max() / 2 / noise == pytest.approx(50, rel=0.01)


def test_baseline_has_its_level():
    levels = []
    for seed in range(12):
        ranges = replace(PLAIN, baseline=(0.01, 0.01))
        axis, _, data, compounds, *_ = made(singlets(2.0), ranges, seed)
        levels.append(np.sqrt(np.mean(data[axis.region(9.0, 3.0)] ** 2)) / compounds.max())
    assert np.median(levels) == pytest.approx(0.01, rel=0.5)


def test_traces_are_there_and_have_no_label():
    ranges = replace(
        PLAIN, byproducts=(0.0, 1.0), byproduct=(0.05, 0.05), isomer_share=0.0, broad=(0.0, 1.0),
        broad_area=(0.1, 0.1), broad_width=(20.0, 20.0), mhz=(400.0,), width=(16.0, 16.0), centre=(5.0, 5.0),
    )  # fmt: skip
    spectra = proton_spectra(3, 16384, ranges, np.random.default_rng(0), [singlets(4.0, protons=3)])
    assert [[r.protons for r in found] for found in labels(spectra)[1]] == [[3]] * 3
    for sample, data, axis in zip(spectra.scenes, spectra.data, spectra.axes, strict=True):
        others = [s for s in sample.signals if s.kind == "impurity"]
        assert sorted(s.amplitude.sum() for s in others) == pytest.approx([0.1, 0.05 * 3 * 0.9893])
        assert data.sum() * axis.sw / axis.size == pytest.approx(3.0 + 0.25, rel=0.02)


def test_isomers_are_the_compound_with_its_parts_moved():
    ranges = replace(PLAIN, byproducts=(0.0, 1.0), byproduct=(0.05, 0.05), isomer_share=1.0, isomer_shift=0.2)
    sample = scene([ETHYL_ACETATE], ranges, np.random.default_rng(0), [singlets(8.0)])
    traces = [s for s in sample.signals if s.kind == "impurity"]
    compound = [s for s in sample.signals if s.kind == "compound"]
    assert len(traces) == len(compound) == 3
    for trace, signal in zip(traces, compound, strict=True):
        assert trace.amplitude.sum() == pytest.approx(0.05 * signal.amplitude.sum())
        assert 1e-4 < abs(trace.ppm.mean() - signal.ppm.mean()) < 0.8


def test_feet_are_broad_and_keep_the_integral():
    plain = made(singlets(3.0))
    feet = made(singlets(3.0), replace(PLAIN, feet_share=1.0, feet=(0.1, 0.1), feet_width=(20.0, 20.0)))
    axis = plain[0]
    assert feet[2].sum() == pytest.approx(plain[2].sum(), rel=1e-3)
    hertz = np.abs(axis.ppm() - 3.0) * axis.mhz
    added = 0.1 * 0.9893 * 2 / (np.pi * 20.5) / (1 + (2 * hertz / 20.5) ** 2)
    np.testing.assert_allclose((feet[2] - 0.9 * plain[2])[hertz < 50], added[hertz < 50], rtol=0.05)


def test_everything_comes_from_the_generator():
    ranges = ProtonRanges()
    first, second = (proton_spectra(4, 4096, ranges, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first.data, second.data)
    assert first.axes == second.axes
    other = proton_spectra(4, 4096, ranges, np.random.default_rng(10))
    assert not np.array_equal(first.data, other.data)
    assert first.data.shape == first.compounds.shape == first.solvents.shape == (4, 4096)
    assert first.data.dtype == np.float32
    assert np.isfinite(first.data).all()


def test_a_blank_has_noise_and_perhaps_solvent():
    for ranges, solvent in ((PLAIN, False), (replace(PLAIN, no_solvent_share=0.0), True)):
        spectra = proton_spectra(
            2, 4096, replace(ranges, empty_share=1.0, snr=(50.0, 50.0)), np.random.default_rng(0)
        )
        assert (spectra.compounds == 0).all()
        assert (spectra.solvents != 0).any() == solvent
        assert (spectra.data != 0).any()
        made, found = labels(spectra)
        assert (made != SIGNAL).all()
        assert (made == SOLVENT).any() == solvent
        assert found == [[], []]


def test_measured_systems_are_cut_where_nothing_couples():
    system = SpinSystem.of({1: 1.0, 2: 1.0, 3: 2.0, 4: 5.0}, [(1, 3, 7.0), (2, 3, 7.0)])
    molecule = molecule_of("x", system)
    assert [part.protons for part in molecule.parts] == [3, 1]
    spectra = proton_spectra(2, 4096, PLAIN, np.random.default_rng(0), [molecule])
    assert {scene.protons for scene in spectra.scenes} == {(4,)}


def test_solvents_are_those_of_the_tables():
    """DMSO: a quintet 1:2:3:2:1, as one proton sees two deuterons (Fulmer 2010)."""
    ppm, size = proton_scene._pattern(table()["solvents"]["dmso"]["residual"][0], 400.0, 0.0, deuterons=True)
    np.testing.assert_allclose(size * 9, [1, 2, 3, 2, 1])
    np.testing.assert_allclose(np.diff(ppm) * 400, 1.9)
    for entry in table()["solvents"].values():
        assert set(entry) == {"residual", "water", "share", "exchanges"}
