"""Simulated cross-peaks against closed forms, and their ppm by the conventions of nmrglue."""

from dataclasses import replace

import nmrglue
import numpy as np
import pytest

from common.classical.peaks import pick_peaks
from common.io.nmrpipe import write_nmrpipe
from common.nus.hypercomplex import interferogram_3d, spectrum_3d
from common.processing import DirectRecipe, IndirectRecipe, fourier
from common.simulation import crosspeaks
from common.spectrum import Axis

H = Axis("1H", 128, 6000.0, 600.0, 8.0, "time", "complex")
N = Axis("15N", 32, 1800.0, 60.0, 118.0, "time", "states")
C = Axis("13C", 24, 1500.0, 150.0, 175.0, "time", "states")
BARE = DirectRecipe(window=None, zero_fill=256)
PLAIN = (IndirectRecipe(window=None, zero_fill=64), IndirectRecipe(window=None, zero_fill=64))


def rng():
    return np.random.default_rng(0)


def line(axis, **options):
    """A one-dimensional table, its FID, and its spectrum over ``size`` points."""
    size = options.pop("size", axis.size)
    fid = crosspeaks.spectrum(crosspeaks.table([[options.pop("ppm", 8.3)]], **options), [axis]).data
    fid[0] *= 0.5
    return fourier(fid, size), axis.to_frequency(size)


def test_a_line_is_a_lorentzian_of_the_width_of_its_r2_at_its_ppm():
    """Sampled until nothing is left: height sw / R2, half of it R2 / 2 pi Hz away."""
    r2 = 40.0
    axis = replace(H, size=4096)
    spectrum, ppm = line(axis, r2=r2)
    assert ppm.ppm(int(spectrum.real.argmax())) == pytest.approx(8.3, abs=axis.sw / axis.size / axis.mhz)
    offset = (ppm.ppm() - 8.3) * axis.mhz
    lorentzian = axis.sw * r2 / (r2**2 + (2 * np.pi * offset) ** 2)
    near = np.abs(offset) < 300
    np.testing.assert_allclose(spectrum.real[near], lorentzian[near], atol=2e-3 * lorentzian.max())


def test_the_closed_line_of_a_frequency_axis_is_the_transform_of_the_fid():
    axis = replace(H, size=4096)
    for options in ({"r2": 40.0}, {"r2": 40.0, "j": 30.0}, {"r2": 40.0, "ppm": 21.0}):
        spectrum, frequency = line(axis, **options)
        ppm = options.pop("ppm", 8.3)
        closed = crosspeaks.spectrum(crosspeaks.table([[ppm]], **options), [frequency]).data
        np.testing.assert_allclose(closed, spectrum.real, atol=1e-4 * closed.max())


def test_a_coupling_splits_the_line():
    spectrum, axis = line(replace(H, size=4096), r2=10.0, j=60.0, ppm=8.0)
    found = pick_peaks(spectrum.real, 0.3 * spectrum.real.max())
    np.testing.assert_allclose(np.sort(axis.hz(found.index[:, 0]) - 4800.0), [-30.0, 30.0], atol=0.1)


def test_a_phase_turns_the_line():
    absorptive, _ = line(H, r2=60.0)
    dispersive, _ = line(H, r2=60.0, phase=np.pi / 2)
    np.testing.assert_allclose(dispersive, 1j * absorptive, atol=1e-3)


@pytest.mark.parametrize(("first_delay", "sign"), [(0.0, 1.0), (0.5, -1.0)])
def test_a_peak_outside_the_width_is_folded(first_delay, sign):
    """Once to the other side; negative where sampling starts after half a dwell."""
    ppm = C.carrier + 0.7 * C.sw / C.mhz
    axes = (replace(C, first_delay=first_delay), N, H)
    peaks = crosspeaks.table([[ppm, 117.0, 8.2]], 20.0)
    signal = interferogram_3d(crosspeaks.spectrum(peaks, axes), BARE)
    first = 1.0 if first_delay else 0.5
    recipes = (replace(PLAIN[0], first_point=first), PLAIN[1])
    spectrum = spectrum_3d(signal, recipes)
    top = np.unravel_index(np.abs(spectrum.data).argmax(), spectrum.data.shape)
    assert np.sign(spectrum.data[top]) == sign
    folded = ppm - C.sw / C.mhz
    found = [axis.ppm(i) for axis, i in zip(spectrum.axes, top, strict=True)]
    for value, expected, axis in zip(found, (folded, 117.0, 8.2), spectrum.axes, strict=True):
        assert value == pytest.approx(expected, abs=axis.sw / axis.size / axis.mhz)


def test_heights_in_3d_are_products_of_those_of_the_lines():
    """Each factor is sw / R2, at the carrier of axes that lie on the peak."""
    ppm, r2 = [176.0, 121.0, 8.5], [20.0, 30.0, 60.0]
    axes = [replace(axis, carrier=c, size=2).to_frequency() for axis, c in zip((C, N, H), ppm, strict=True)]
    top = crosspeaks.spectrum(crosspeaks.table([ppm], r2, 7.0), axes).data[1, 1, 1]
    assert top == pytest.approx(7.0 * np.prod([a.sw / r for a, r in zip(axes, r2, strict=True)]), rel=1e-3)


def test_noise_has_its_size_in_every_real_number():
    clean = crosspeaks.spectrum(crosspeaks.table([[175.0, 118.0, 8.0]], 20.0), (C, N, H))
    noise = crosspeaks.add_noise(clean, 3.0, rng()).data - clean.data
    assert noise.real.std() == pytest.approx(3.0, rel=0.01)
    assert noise.imag.std() == pytest.approx(3.0, rel=0.01)
    assert abs(np.vdot(noise[0, 0], noise[0, 1])) < 4 * 18 * np.sqrt(noise.shape[-1])


def test_nmrglue_finds_the_peaks_of_a_written_file_at_their_ppm(tmp_path):
    """The file is only taken to be what its header says: NMRPipe's units of nmrglue."""
    peaks = crosspeaks.table([[176.2, 121.4, 8.61], [173.9, 113.7, 7.42]], 40.0, [1.0, 2.0])
    signal = interferogram_3d(crosspeaks.spectrum(peaks, (C, N, H)), DirectRecipe())
    spectrum = spectrum_3d(signal, (IndirectRecipe(), IndirectRecipe()))
    write_nmrpipe(tmp_path / "x.ft3", spectrum)
    header, data = nmrglue.pipe.read(str(tmp_path / "x.ft3"))
    found = pick_peaks(data, 0.3 * data.max())
    assert len(found) == 2
    for row, expected in zip(found.index, peaks.ppm[::-1], strict=True):
        for dimension, (index, ppm) in enumerate(zip(row, expected, strict=True)):
            unit = nmrglue.pipe.make_uc(header, data, dimension)
            scale = unit.ppm_scale()
            at = np.interp(index, np.arange(len(scale)), scale)
            assert at == pytest.approx(ppm, abs=0.25 * abs(scale[1] - scale[0]))


def test_an_hnco_joins_each_amide_with_the_carbonyl_before():
    chain = crosspeaks.protein(rng(), 500)
    peaks = crosspeaks.hnco(chain)
    assert 0.9 * 500 < len(peaks) < 499  # prolines and the first residue have none
    row = len(peaks) // 2
    residue = int(np.flatnonzero(chain.shift["15N"] == peaks.ppm[row, 1])[0])
    assert peaks.ppm[row, 0] == chain.shift["13C"][residue - 1]
    assert peaks.ppm[row, 2] == chain.shift["1H"][residue]
    assert peaks.r2[row, 0] == chain.r2["13C"][residue - 1]
    assert np.isfinite(peaks.ppm).all()


def test_shifts_spread_as_those_of_proteins():
    """Means of random coil and secondary shifts by their standard deviation, of the ordered part."""
    chain = crosspeaks.protein(rng(), 20000, flexible=0.0)
    for nucleus, column in (("1H", 0), ("15N", 1), ("13C", 2)):
        rows = np.array(list(crosspeaks.RANDOM_COIL.values()))
        known = np.isfinite(rows[:, column])
        weight = rows[known, 3] / rows[known, 3].sum()
        mean = weight @ rows[known, column]
        variance = weight @ (rows[known, column] - mean) ** 2 + crosspeaks.SECONDARY[nucleus] ** 2
        drawn = chain.shift[nucleus][np.isfinite(chain.shift[nucleus])]
        assert drawn.mean() == pytest.approx(mean, abs=0.03 * np.sqrt(variance))
        assert drawn.std() == pytest.approx(np.sqrt(variance), rel=0.03)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ([C, H], "3 dimensions"),
        ([C, replace(N, encoding="tppi"), H], "tppi"),
        ([C, N, replace(H, encoding="real")], "real points"),
    ],
)
def test_axes_that_cannot_be_simulated_are_refused(axes, message):
    with pytest.raises(ValueError, match=message):
        crosspeaks.spectrum(crosspeaks.table([[175.0, 118.0, 8.0]], 20.0), axes)


def test_a_phase_has_no_closed_line():
    with pytest.raises(ValueError, match="phase zero"):
        crosspeaks.spectrum(crosspeaks.table([[8.0]], 20.0, phase=1.0), [H.to_frequency()])
