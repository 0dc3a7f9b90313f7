"""A 1D FID made a spectrum by itself: known phases and baselines, and TopSpin's own processing."""

import numpy as np
import pytest

from common import processing
from common.classical.baseline import baseline, is_baseline, noise_sd, whittaker
from common.classical.one_dimensional import automatic_phase, process_1d
from common.errors import UserError
from common.io import files
from common.spectrum import Axis, Spectrum

AXIS = Axis("1H", 4096, 6000.0, 500.0, 5.0, "time", "complex")
TIME = np.arange(AXIS.size) / AXIS.sw
#: Hz from the carrier and height of lines 1.5 Hz wide
LINES = [(-1800, 3), (-1793, 3), (-400, 1), (-393, 2), (-386, 1), (900, 1), (1700, 1), (1708, 1)]


def fid(p0=0.0, p1=0.0, noise=0.0, lines=LINES, seed=0) -> np.ndarray:
    """FID whose spectrum ``processing.phase(., p0, p1)`` would put in phase."""
    rng = np.random.default_rng(seed)
    place = {f: 0.5 - f / AXIS.sw for f, _ in lines}
    parts = [
        a * np.exp(2j * np.pi * f * TIME - np.pi * 1.5 * TIME - 1j * np.deg2rad(p0 + p1 * place[f]))
        for f, a in lines
    ]
    return sum(parts) + noise * (rng.normal(size=AXIS.size) + 1j * rng.normal(size=AXIS.size))


@pytest.mark.parametrize(("p0", "p1"), [(0, 0), (130, 0), (-75, 40), (179, -60)])
def test_the_phase_is_found(p0, p1):
    found = automatic_phase(fid(p0, p1, noise=0.05), AXIS.sw)
    for frequency, _ in LINES:
        place = 0.5 - frequency / AXIS.sw
        off = found[0] + found[1] * place - p0 - p1 * place
        assert abs((off + 180) % 360 - 180) < 8


def test_suppressed_water_does_not_outvote_the_rest(data_dir):
    """Ten times as strong as the rest and upside down; TopSpin's spectrum was phased by hand."""
    folder = data_dir("nrc_1d_mixtures") / "amino_acid_mixture_2022"
    done, reference = process_1d(files.read(folder)), files.read(folder / "pdata" / "1")
    ours = np.interp(-reference.axes[0].ppm(), -done.spectrum.axes[0].ppm(), done.spectrum.data)
    assert np.corrcoef(ours, reference.data)[0, 1] > 0.99
    rest = ours[reference.axes[0].region(4.0, 0.5)]
    assert rest.max() > 20 * -rest.min()


def test_a_known_phase_is_used_and_said():
    done = process_1d(Spectrum(fid(30, 0, noise=0.01), (AXIS,)), phase=(30.0, 0.0))
    axis = done.spectrum.axes[0]
    assert axis.ppm(np.argmax(done.spectrum.data)) == pytest.approx(5 - 1800 / 500, abs=0.02)
    assert done.spectrum.data.min() > -0.05 * done.spectrum.data.max()
    assert "as given: p0 30.0, p1 0.0" in done.steps[1]
    assert len(done.steps) == 3


def test_what_is_no_fid_is_refused():
    with pytest.raises(UserError, match="not a complex 1D FID"):
        process_1d(Spectrum(np.ones(8), (AXIS.to_frequency(8),)))
    with pytest.raises(UserError, match="empty"):
        process_1d(Spectrum(np.zeros(AXIS.size, complex), (AXIS,)))


def test_the_noise_is_that_of_the_quiet_stretches():
    rng = np.random.default_rng(0)
    data = rng.normal(size=32768) * 2.0 + np.linspace(0, 300, 32768)
    data[10000:14000] += 500
    assert noise_sd(data) == pytest.approx(2.0, rel=0.1)


def test_a_smooth_baseline_is_taken_from_under_peaks():
    """A roll of 6000 Hz under narrow lines, which the baseline must not follow."""
    rng = np.random.default_rng(1)
    hz = np.arange(16384) * 0.3
    roll = 20 * np.cos(2 * np.pi * hz / 6000) + 5
    peaks = sum(800 / (1 + ((hz - f) / 0.7) ** 2) for f in (700, 707, 2000, 3511, 4400))
    curve, belongs = baseline(roll + peaks + rng.normal(size=hz.size), 0.3)
    assert np.abs(curve - roll)[300:-300].max() < 1.5
    assert not belongs[np.abs(hz - 2000) < 1].any()
    assert belongs[np.abs(hz - 1200) < 100].mean() > 0.9


def test_whittaker_halves_a_sine_of_its_stiffness_and_crosses_gaps_straight():
    place = np.arange(4000.0)
    sine = np.sin(place / 30)
    smooth = whittaker(sine, np.ones(4000), 30)
    assert smooth[1000:3000].max() == pytest.approx(0.5, abs=0.01)
    line = 3.0 + 0.01 * place
    weight = np.where(np.abs(place - 2000) < 500, 0.0, 1.0)
    np.testing.assert_allclose(whittaker(line, weight, 30), line, atol=1e-3)


def test_noise_alone_is_all_baseline():
    data = np.random.default_rng(2).normal(size=20000)
    assert is_baseline(data, 1.0, 12).mean() > 0.99


@pytest.mark.parametrize(
    ("raw", "theirs"),
    [
        ("bruker_1d_regions/aspirin_300MHz", "bruker_1d_regions/aspirin_300MHz/pdata/1"),
        ("bruker_1d_regions/menthol_500MHz", "bruker_1d_regions/menthol_500MHz/pdata/1"),
        ("nmr_dataset1_1h/403-40-7/1h.fid.dx", "nmr_dataset1_1h/403-40-7/1h.dx"),
    ],
)
def test_real_fids_become_what_topspin_made_of_them(data_dir, raw, theirs):
    """Development spectra, phased by hand; the shapes agree although windows and zero-filling differ."""
    paths = [data_dir(name.partition("/")[0]) / name.partition("/")[2] for name in (raw, theirs)]
    done, reference = process_1d(files.read(paths[0])), files.read(paths[1])
    ours = np.interp(-reference.axes[0].ppm(), -done.spectrum.axes[0].ppm(), done.spectrum.data)
    assert np.corrcoef(ours, reference.data.real)[0, 1] > 0.995


def test_the_phase_needs_no_scale():
    signal = fid(50, 10, noise=0.02)
    np.testing.assert_allclose(
        automatic_phase(1e9 * signal, AXIS.sw), automatic_phase(signal, AXIS.sw), atol=0.1
    )


def test_the_transform_is_that_of_processing():
    done = process_1d(Spectrum(fid(), (AXIS,)), lb=1.0, phase=(0.0, 0.0))
    window = processing.exponential(AXIS.size, AXIS.sw, 1.0)
    plain = processing.fourier(fid() * window, 8192).real
    assert np.corrcoef(plain, done.spectrum.data)[0, 1] > 0.9999
