"""The whole way from an acquisition to one FID: simulated ones, and real ones of three scanners."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import UserError
from common.io.mrs import read_mrs
from common.mrs.alignment import align
from common.mrs.coils import coil_weights, combine_coils
from common.mrs.eddy import correct_eddy
from common.mrs.preprocess import prepare
from common.mrs.quality import quality
from common.mrs.referencing import find_pattern, referenced
from common.mrs.solvent import water_signal
from common.processing import noise_level, spectrum_at
from tests.common.mrs.voxels import AXIS, T, acquisition, brain, line, noise

COILS = np.array([1.0, 0.7j, -0.5])[:, None, None]
EDDY = np.exp(1j * (1.2 * np.exp(-T / 0.05) + 0.4))
NAA = np.linspace(2.11, 1.91, 801)


def measured(sd=2.0, seed=0):
    """Three coils, eight averages that drift, eddy currents, residual water; and the water reference."""
    drift = np.exp(2j * np.pi * np.outer(np.linspace(-3, 3, 8), T))
    signal = (brain(6.0) + 4000j * line(4.66, 8)) * EDDY
    water = 2e5 * line(4.65, 6.0) * EDDY
    data = acquisition(COILS * drift * signal + noise((3, 8, len(T)), sd, seed))
    return data, acquisition(COILS * water[None] + noise((3, 2, len(T)), sd, seed + 1))


def test_what_scanner_and_coils_did_is_undone():
    prepared = prepare(*measured())
    scale = np.linalg.norm(COILS)
    ppm = np.linspace(4.1, 0.2, 600)
    found, expected = (spectrum_at(fid, AXIS, ppm).real for fid in (prepared.fid / scale, brain(6.0)))
    assert np.linalg.norm(found - expected) < 0.12 * np.linalg.norm(expected)
    assert np.abs(prepared.water[3]) == pytest.approx(2e5 * scale, rel=0.05)
    assert [step for step, _ in prepared.steps] == ["coils", "align", "eddy", "residual", "pattern"]
    assert prepared.warnings == ()


def test_residual_water_and_eddy_currents_stay_where_they_are_to():
    data, water = measured()
    kept = prepare(data, water, remove_water=False)
    assert np.abs(spectrum_at(kept.fid, AXIS, np.array([4.66]))) > 1e5
    plain = prepare(data, water, eddy=False)
    assert "eddy" not in [step for step, _ in plain.steps]
    assert plain.water is not None


def test_a_filters_transient_at_the_end_is_cleared():
    fid = brain(6.0) + noise(len(T), 1.0)
    fid[-8:] += 60 * (-1.0) ** np.arange(8)
    prepared = prepare(acquisition(fid))
    assert np.abs(prepared.fid[-8:]).max() < 0.1
    assert np.std(prepared.fid[-40:-9]) > 1
    assert prepared.steps[0][0] == "end"


def test_a_brain_without_naa_is_told():
    data = acquisition(brain(6.0, absent=("NAA", "NAAG")) + noise(len(T), 2.0))
    assert "no singlet of NAA" in prepare(data).warnings[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda fid: fid.conj(), "--conjugate"),
        (lambda fid: noise(len(T), 1.0), "no pattern"),
        (lambda fid: 0 * fid, "zeros"),
        (lambda fid: fid * np.nan, "not finite"),
        (lambda fid: 0.001 * fid + 1000 * line(4.65, 6.0), "water reference"),
    ],
)
def test_what_is_no_brain_spectrum_is_refused(change, says):
    with pytest.raises(UserError, match=says):
        prepare(acquisition(change(brain(6.0) + noise(len(T), 2.0))))


def test_files_that_do_not_go_together_or_are_cut_off_are_refused():
    data, water = measured()
    with pytest.raises(UserError, match="1 coils, the data 3"):
        prepare(data, acquisition(water.fids[:1]))
    with pytest.raises(UserError, match="not of one scanner"):
        prepare(data, water.replace(axis=replace(AXIS, mhz=297.2)))
    with pytest.raises(UserError, match="cut off"):
        prepare(acquisition(brain(6.0)[:100], axis=replace(AXIS, size=100)))


def naa(fid, axis):
    """Height of NAA over the noise of a point, and its width in Hz, of a FID of any phase."""
    fid = fid - water_signal(fid, axis)
    real = spectrum_at(referenced(fid, axis, find_pattern(fid, axis)), axis, NAA).real
    high = NAA[real > real.max() / 2]
    return real.max() / noise_level(fid[-len(fid) // 4 :]), (high[0] - high[-1]) * axis.mhz


def test_averages_at_7_t_add_up(data_dir):
    folder = data_dir("mrs_invivo") / "oxford_7t_steam"
    data, water = (read_mrs(folder / f"{name}_raw.nii.gz") for name in ("metab", "wref"))
    one = combine_coils(data, coil_weights(water))
    few = naa(align(one.replace(fids=one.fids[:, :4])).mean().fids[0, 0], data.axis)
    all_ = naa(align(one).mean().fids[0, 0], data.axis)
    assert all_[0] / few[0] == pytest.approx(2, rel=0.15)  # 16 averages over 4
    assert all_[1] < 1.1 * few[1]
    plain = naa(one.fids[0].mean(axis=0), data.axis)
    assert all_[0] > 1.01 * plain[0]
    assert all_[1] < 0.95 * plain[1]
    best = max(naa(coil.mean(axis=0), data.axis)[0] for coil in data.fids)
    assert all_[0] > 1.3 * best


def unevenness(fid, axis):
    """Rms imaginary part, over the real one, of a line turned to 0 Hz and phase 0: none of an even line."""
    t = np.arange(len(fid)) / axis.sw
    early = (t > 0.002) & (t < 0.1)
    turned = fid[early] * np.exp(
        -1j * np.polyval(np.polyfit(t[early], np.unwrap(np.angle(fid[early])), 1), t[early])
    )
    return np.linalg.norm(turned.imag) / np.linalg.norm(turned.real)


@pytest.mark.parametrize("name", ["A01_press35", "B01_press30"])
def test_the_phase_of_a_philips_reference_makes_water_even_and_widens_nothing(data_dir, name):
    folder = data_dir("mrs_invivo") / "osprey_philips"
    data, water = (read_mrs(folder / f"{name}_{kind}.SDAT") for kind in ("act", "ref"))
    line = water.fids[0, 0]
    corrected = correct_eddy(line, water.axis, line, water.axis)
    assert unevenness(corrected, water.axis) < 0.3 * unevenness(line, water.axis)
    with_phase, without = (prepare(data, water, eddy=eddy) for eddy in (True, False))
    widths = [quality(prepared.fid, prepared.axis).linewidth for prepared in (with_phase, without)]
    assert widths[0] < 1.02 * widths[1]


@pytest.mark.parametrize(
    ("path", "reference"),
    [
        ("osprey_philips/A01_press35_act.SDAT", "osprey_philips/A01_press35_ref.SDAT"),
        ("osprey_philips/B01_press30_act.SDAT", None),
        ("suspect_siemens/SVS_30.rda", None),
        ("lcmodel_test/data.raw", None),
        ("oxford_7t_steam/metab_raw.nii.gz", "oxford_7t_steam/wref_raw.nii.gz"),
    ],
)
def test_real_files_have_naa_in_phase_at_its_place(data_dir, path, reference):
    folder = data_dir("mrs_invivo")
    water = None if reference is None else read_mrs(folder / reference)
    prepared = prepare(read_mrs(folder / path), water)
    real = spectrum_at(prepared.fid, prepared.axis, NAA).real
    assert NAA[np.argmax(real)] == pytest.approx(2.008, abs=0.012)
    for ppm in (3.03, 3.21, 3.55):
        around = spectrum_at(prepared.fid, prepared.axis, np.array([ppm, ppm + 0.1, ppm - 0.1])).real
        assert around[0] > around[1:].max()


@pytest.mark.parametrize("name", ["A01_press35_ref", "B01_press30_ref", "B01_mm_ti600_act"])
def test_real_files_without_metabolites_are_refused(data_dir, name):
    with pytest.raises(UserError, match=r"water reference|no pattern"):
        prepare(read_mrs(data_dir("mrs_invivo") / "osprey_philips" / f"{name}.SDAT"))
