"""Simulated brain spectra against closed forms, and what is drawn against what was asked for."""

import dataclasses

import numpy as np
import pytest

from common.acquisition import Basis
from common.processing import spectrum_at
from common.simulation.brain import HEALTHY, BrainRanges, naa_height, simulate, wide
from common.simulation.brain_ranges import CREATINE
from common.simulation.lineshapes import decay, voigt_parts
from common.simulation.macromolecules import gaussian_lines
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex")
PPM = {"NAA": 2.01, "Cr": 3.03, "Ins": 3.55}
#: No artefact at all; what a test wants to see is put back.
NOTHING = BrainRanges(
    linewidth=(0, 0), snr=None, shift=(0, 0), phase0=(0, 0), phase1=(0, 0), extra_width=(0, 0), jitter=0,
    eddy=(0, 0), macromolecules=(0, 0), lipid_probability=0, water=(0, 0), baseline=(0, 0),
)  # fmt: skip


def rng(seed=0):
    return np.random.default_rng(seed)


def singlets(axis=AXIS, protons=3.0):
    """One undamped line each."""
    hz = (np.array(list(PPM.values())) - axis.carrier) * axis.mhz
    return Basis(
        tuple(PPM), protons * np.exp(2j * np.pi * np.outer(hz, np.arange(axis.size) / axis.sw)), axis
    )


def only(count=1, basis=None, **changes):
    """Spectra with the named disturbances and no other; concentrations 10, 0, 0 mM."""
    ranges = dataclasses.replace(NOTHING, **changes)
    return simulate(
        basis or singlets(), ranges, count, rng(), concentrations=np.array([10.0, 0, 0]), parts=True
    )


def real_spectrum(fids, ppm, axis=AXIS):
    return spectrum_at(np.asarray(fids), axis, ppm).real


def fwhm(fid, ppm, axis=AXIS):
    """Of the one line near ``ppm``, Hz."""
    window = np.linspace(ppm - 0.12, ppm + 0.12, 241)
    line = real_spectrum(fid, window, axis)
    line -= line.max() / 2
    edges = np.flatnonzero(np.diff(np.sign(line)))
    crossings = window[edges] - line[edges] * (window[1] - window[0]) / (line[edges + 1] - line[edges])
    return (crossings[-1] - crossings[0]) * axis.mhz


def test_without_disturbances_a_spectrum_is_the_sum_of_its_basis():
    basis = singlets()
    brains = simulate(basis, NOTHING, 70, rng())
    expected = brains.concentrations @ basis.fids
    for signal in (brains.fids, brains.metabolites, brains.broadened):
        assert signal.dtype == "complex64"
        np.testing.assert_allclose(signal, expected, atol=2e-4 * np.abs(expected).max())
    assert np.all(np.isinf(brains.snr))
    assert np.all(brains.noise_sd == 0)


def test_a_generator_in_the_same_state_gives_the_same_spectra():
    first, second = (simulate(singlets(), BrainRanges(), 70, rng(5)) for _ in range(2))
    assert np.array_equal(first.fids, second.fids)
    assert not np.array_equal(first.fids, simulate(singlets(), BrainRanges(), 70, rng(6)).fids)


@pytest.mark.parametrize("points", [1000, 1024, 2048])
def test_measured_noise_gives_the_stated_ratio(points):
    axis = dataclasses.replace(AXIS, size=points)
    noisy = only(100, singlets(axis), linewidth=(10, 20), snr=(7, 20))
    noise = (noisy.fids - noisy.broadened).astype(complex)
    noise[:, 0] /= 2
    spectrum = np.fft.fft(noise, axis=1).real
    halved = noisy.broadened.astype(complex)
    halved[:, 0] /= 2
    # height off a finely zero-filled transform, an independent way
    fine = np.fft.fft(halved, 16 * points, axis=1).real.max(axis=1)
    sd = spectrum.std(axis=1)
    assert np.median(fine / (2 * sd) / noisy.snr) == pytest.approx(1, abs=0.005)
    np.testing.assert_allclose(naa_height(noisy.broadened, axis), fine, rtol=2e-3)
    assert np.all((noisy.snr >= 7) & (noisy.snr <= 20))


def test_noise_can_refer_to_normal_concentrations():
    ranges = dataclasses.replace(
        NOTHING, linewidth=(15, 15), gaussian_share=(0, 0), snr=(10, 10), snr_of="normal"
    )
    normal = 9.75
    brains = simulate(
        singlets(), ranges, 2, rng(), concentrations=np.array([[normal, 1, 1], [normal / 2, 1, 1]])
    )
    np.testing.assert_allclose(brains.snr, [10, 5], rtol=0.02)
    assert brains.noise_sd[0] == pytest.approx(brains.noise_sd[1])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_a_line_has_the_stated_width(share):
    axis = dataclasses.replace(AXIS, size=2048)
    brains = only(6, singlets(axis), linewidth=(10, 20), gaussian_share=(share, share))
    for fids in (brains.fids, brains.broadened):
        widths = [fwhm(fid, PPM["NAA"], axis) for fid in fids]
        np.testing.assert_allclose(widths, brains.linewidth, rtol=0.004)


def test_voigt_parts_end_in_pure_shapes():
    assert voigt_parts(12.0, 0.0) == (12.0, pytest.approx(0, abs=1e-5))
    assert voigt_parts(12.0, 1.0) == (0.0, pytest.approx(12.0))
    t = np.arange(5) / 100
    np.testing.assert_allclose(decay(t, 3.0, 0.0), np.exp(-np.pi * 3 * t), rtol=1e-6)


def test_amplitudes_do_not_change_with_width():
    brains = only(5, linewidth=(10, 20), snr=(7, 20))
    np.testing.assert_allclose(brains.metabolites[:, 0], 30 * np.ones(5), rtol=1e-5)
    np.testing.assert_allclose(brains.broadened[:, 0], 30 * np.ones(5), rtol=1e-5)


def test_a_positive_shift_goes_to_high_ppm():
    window = np.linspace(1.98, 2.1, 1201)
    brains = only(linewidth=(12, 12), shift=(8, 8))
    peak = window[real_spectrum(brains.fids[0], window).argmax()]
    assert peak == pytest.approx(2.01 + 8 / AXIS.mhz, abs=2e-4)
    assert window[real_spectrum(brains.broadened[0], window).argmax()] == pytest.approx(2.01, abs=2e-4)


def test_phases_turn_the_spectrum_and_naa_is_the_pivot():
    plain = only(linewidth=(12, 12))
    turned = only(linewidth=(12, 12), phase0=(30, 30))
    np.testing.assert_allclose(turned.fids, plain.fids * np.exp(1j * np.pi / 6), atol=1e-3)
    first = only(linewidth=(12, 12), phase1=(5, 5))
    ppm = AXIS.to_frequency().ppm()[600:1800]
    expected = spectrum_at(plain.fids[0], AXIS, ppm) * np.exp(1j * np.deg2rad(5 * (ppm - 2.01)))
    np.testing.assert_allclose(
        spectrum_at(first.fids[0], AXIS, ppm), expected, atol=2e-3 * np.abs(expected).max()
    )


def test_metabolites_but_naa_get_widths_and_shifts_of_their_own():
    ranges = dataclasses.replace(NOTHING, linewidth=(12, 12), extra_width=(2, 2), jitter=0.05)
    axis = dataclasses.replace(AXIS, size=2048)
    for position, name in enumerate(PPM):
        amounts = np.eye(3)[position]
        brains = simulate(singlets(axis), ranges, 1, rng(), concentrations=amounts)
        jitter = brains.drawn["jitter"][0, position]
        assert (jitter == 0) == (name == "NAA")
        window = PPM[name] + jitter / axis.mhz + np.linspace(-0.01, 0.01, 201)
        assert real_spectrum(brains.fids[0], window, axis).argmax() == pytest.approx(100, abs=1)
        wider = fwhm(brains.fids[0], PPM[name], axis) - fwhm(brains.broadened[0], PPM[name], axis)
        assert wider == pytest.approx(0, abs=0.02) if name == "NAA" else 1 < wider < 2.05


def test_drift_starts_at_its_size_and_dies():
    lorentzian = {"linewidth": (12, 12), "gaussian_share": (0, 0)}
    plain, drifting = only(**lorentzian), only(**lorentzian, eddy=(3, 3), eddy_time=(0.05, 0.05))
    turn = np.unwrap(np.angle(drifting.fids[0, :400] / plain.fids[0, :400])) * AXIS.sw / (2 * np.pi)
    assert turn[1] - turn[0] == pytest.approx(3, rel=0.02)
    assert turn[-1] / AXIS.sw == pytest.approx(3 * 0.05 * (1 - np.exp(-399 / 100)), rel=1e-3)


def test_macromolecules_are_the_gaussian_lines_of_the_table():
    brains = only(3, macromolecules=(1, 1), macromolecule_width=(1, 1), macromolecule_jitter=0)
    lines, t = gaussian_lines("MM"), np.arange(AXIS.size) / AXIS.sw
    for row in range(3):
        area = brains.drawn["macromolecules_area"][row]
        hz, width = (lines.ppm - AXIS.carrier) * AXIS.mhz, lines.fwhm * AXIS.mhz
        each = area[:, None] * np.exp(
            2j * np.pi * np.outer(hz, t) - np.outer(np.pi * width, t) ** 2 / (4 * np.log(2))
        )
        np.testing.assert_allclose(brains.parts["macromolecules"][row], each.sum(0), atol=1e-3 * area.sum())
    np.testing.assert_allclose(brains.fids, brains.broadened + brains.parts["macromolecules"], atol=0.02)


def test_levels_follow_the_group_they_refer_to():
    lines = gaussian_lines("MM")
    amounts = lines.amounts(rng(), 1000)
    ratio = amounts[:, lines.groups.index("MM20")] / amounts[:, lines.groups.index("MM09")]
    low, high = lines.levels[lines.groups.index("MM20")]
    assert low <= ratio.min() < low + 0.1
    assert high - 0.1 < ratio.max() <= high


def test_a_measured_signal_takes_the_place_of_lines():
    measured = np.exp(-np.arange(AXIS.size) / 40 + 0.3j * np.arange(AXIS.size))[None].astype("complex64")
    ranges = dataclasses.replace(NOTHING, macromolecules=(1, 1), measured_share=0.5)
    brains = simulate(singlets(), ranges, 100, rng(), measured=measured, parts=True)
    chosen = brains.drawn["measured"] == 0
    assert 25 < chosen.sum() < 75
    expected = brains.drawn["measured_amount"][chosen, None] * measured
    np.testing.assert_allclose(brains.parts["macromolecules"][chosen], expected, rtol=1e-5, atol=1e-6)
    assert brains.drawn["measured_amount"].min() > 0.2 * CREATINE
    assert brains.drawn["measured_amount"].max() < 1.2 * CREATINE


def test_lipids_come_in_some_spectra_only():
    brains = simulate(
        singlets(),
        dataclasses.replace(NOTHING, lipid_probability=0.3, lipid_phase=(0, 0)),
        500,
        rng(),
        parts=True,
    )
    there = np.abs(brains.parts["lipids"]).max(axis=1) > 0
    assert 0.2 < there.mean() < 0.4
    window = np.linspace(0, 4.5, 901)
    peak = window[real_spectrum(brains.parts["lipids"][there][0], window).argmax()]
    assert peak == pytest.approx(1.28, abs=0.1)


def test_water_stays_near_its_shift_and_has_its_area():
    brains = only(50, water=(1, 1))
    window = np.linspace(0, 7, 1401)
    power = np.abs(spectrum_at(brains.parts["water"], AXIS, window)).mean(axis=0)
    assert window[power.argmax()] == pytest.approx(4.65, abs=0.15)
    np.testing.assert_allclose(brains.drawn["water_area"].sum(axis=1), 33.75, rtol=1e-6)


def test_a_baseline_is_smooth():
    brains = only(50, baseline=(0.1, 0.1))
    window = np.linspace(0.2, 4.2, 801)
    curve = real_spectrum(brains.parts["baseline"], window)
    naa = 33.75 * AXIS.sw * np.sqrt(np.log(2) / np.pi) / 15  # height of a Gaussian line of 15 Hz
    assert 0.05 < curve.std() / naa < 0.4
    # nothing moves by more than its own size within the narrowest bump
    assert np.abs(np.diff(curve, axis=1)).max() < 0.05 * np.ptp(curve, axis=1).max()


def test_ranges_are_kept():
    ranges = BrainRanges()
    basis = Basis(tuple(HEALTHY), np.ones((20, 256), complex), dataclasses.replace(AXIS, size=256))
    for table, chosen in ((HEALTHY, "healthy"), (wide(), "wide"), (dict.fromkeys(HEALTHY, (1, 2)),) * 2):
        brains = simulate(basis, dataclasses.replace(ranges, concentrations=chosen), 300, rng())
        low, high = np.array([table[name] for name in brains.names]).T
        assert np.all((brains.concentrations >= low) & (brains.concentrations <= high))
        assert np.all(brains.concentrations.max(0) - brains.concentrations.min(0) > 0.9 * (high - low))
    for name in ("linewidth", "snr", "shift", "phase0", "phase1"):
        low, high = getattr(ranges, name)
        assert np.all((getattr(brains, name) >= low) & (getattr(brains, name) <= high))
    assert wide()["NAA"] == (0, 19.5)


def test_a_metabolite_without_a_range_is_named():
    basis = Basis(("NAA", "XYZ"), np.ones((2, 64), complex), dataclasses.replace(AXIS, size=64))
    with pytest.raises(ValueError, match="XYZ"):
        simulate(basis, BrainRanges(), 1, rng())
    with pytest.raises(ValueError, match="'healthy', 'wide'"):
        simulate(basis, BrainRanges(concentrations="sick"), 1, rng())
