"""The map between ppm, Hz and index: closed forms, properties, and what TopSpin writes of real spectra."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.spectrum import Axis, Spectrum

axes = st.builds(
    Axis,
    nucleus=st.just("1H"),
    size=st.integers(1, 5000),
    sw=st.floats(1, 1e6),
    mhz=st.floats(10, 1300),
    carrier=st.floats(-300, 300),
)


def part_of(size):
    return st.integers(0, size - 1).flatmap(lambda a: st.integers(a + 1, size).map(lambda b: slice(a, b)))


axes_with_part = axes.flatmap(lambda axis: st.tuples(st.just(axis), part_of(axis.size)))


def parameters(path):
    return dict(re.findall(r"##\$(\w+)= (\S+)", path.read_text("latin-1")))


def test_four_points_by_hand():
    axis = Axis("1H", 4, sw=400.0, mhz=100.0, carrier=5.0)
    np.testing.assert_allclose(axis.ppm(), [7, 6, 5, 4])
    np.testing.assert_allclose(axis.hz(), [700, 600, 500, 400])
    assert axis.index(5.5) == 1.5


def test_the_carrier_of_an_odd_axis_is_between_two_points():
    np.testing.assert_allclose(Axis("1H", 3, sw=300.0, mhz=100.0, carrier=0.0).ppm(), [1.5, 0.5, -0.5])


@given(axes, st.floats(-2, 3))
def test_index_is_the_inverse_of_ppm(axis, place):
    index = place * axis.size
    step = axis.sw / axis.mhz / axis.size
    resolution = 1e-15 * (abs(axis.carrier) + axis.sw / axis.mhz) / step  # of a ppm value, in points
    assert axis.index(axis.ppm(index)) == pytest.approx(index, abs=1e-9 + 10 * resolution)


@given(axes_with_part)
def test_a_cut_keeps_the_ppm_of_its_points(case):
    axis, part = case
    cut = axis.cut(part)
    assert cut.size == part.stop - part.start
    assert cut.sw / cut.size == pytest.approx(axis.sw / axis.size)
    np.testing.assert_allclose(cut.ppm(), axis.ppm()[part], atol=1e-9 * (1 + axis.sw / axis.mhz))


@given(axes_with_part)
def test_a_region_holds_the_points_between_its_ends(case):
    axis, part = case
    ppm = axis.ppm()
    left, right = ppm[part.start], ppm[part.stop - 1]
    assert axis.region(left, right) == axis.region(right, left) == part
    step = axis.sw / axis.mhz / axis.size
    assert axis.region(left + 0.4 * step, right - 0.4 * step) == part
    assert axis.region(1e9, -1e9) == slice(0, axis.size)


def test_a_region_without_points_names_the_range_of_the_axis():
    axis = Axis("1H", 100, sw=1000.0, mhz=100.0, carrier=5.0)
    with pytest.raises(
        ValueError, match=r"no point between 20\.0 and 30\.0 ppm; the axis spans 0\.100 to 10\.000"
    ):
        axis.region(20.0, 30.0)
    with pytest.raises(ValueError, match="no point"):
        axis.region(5.01, 5.09)


@given(axes, st.integers(1, 5000))
def test_zero_filling_keeps_the_edge_and_the_carrier(axis, size):
    larger = axis.to_frequency(size)
    assert larger.ppm(0) == axis.ppm(0)
    assert larger.ppm(size / 2) == pytest.approx(axis.carrier)
    assert (larger.domain, larger.encoding, larger.size) == ("frequency", "real", size)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"sw": 0.0},
        {"sw": float("nan")},
        {"mhz": -1.0},
        {"mhz": float("inf")},
        {"carrier": float("nan")},
        {"domain": "tempo"},
        {"encoding": "cosine"},
    ],
)
def test_an_impossible_axis_is_refused(change):
    with pytest.raises(ValueError, match=r"axis|width|carrier|unknown"):
        Axis(**{"nucleus": "1H", "size": 8, "sw": 1.0, "mhz": 1.0, "carrier": 0.0} | change)


def test_a_spectrum_must_fit_its_axes():
    direct = Axis("1H", 8, 1000.0, 500.0, 4.7, "time", "complex")
    indirect = Axis("15N", 3, 1000.0, 50.0, 118.0, "time", "states")
    spectrum = Spectrum(np.zeros((6, 8), complex), (indirect, direct))
    assert (
        "15N 3 states points, time domain, 1000.0 Hz, 128.00 to 114.67 ppm; 1H 8 complex"
        in spectrum.describe()
    )
    assert spectrum.replace(source="there").source == "there"
    with pytest.raises(ValueError, match=r"shape \(3, 8\) does not fit"):
        Spectrum(np.zeros((3, 8), complex), (indirect, direct))
    with pytest.raises(ValueError, match="complex data needs"):
        Spectrum(np.zeros((6, 8)), (indirect, direct))


@pytest.mark.parametrize("name", ["aspirin_300MHz", "menthol_500MHz", "naphthoic_acid_500MHz", "penguins_1"])
def test_the_middle_of_a_topspin_spectrum_is_its_transmitter(data_dir, name):
    folder = data_dir("bruker_1d_regions") / name
    acquired, processed = parameters(folder / "acqus"), parameters(folder / "pdata/1/procs")
    size, sw, mhz = int(processed["SI"]), float(processed["SW_p"]), float(processed["SF"])
    axis = Axis("1H", size, sw, mhz, carrier=(float(acquired["SFO1"]) - mhz) / mhz * 1e6)
    assert axis.ppm(0) == pytest.approx(float(processed["OFFSET"]), abs=1e-5)


@pytest.mark.parametrize("name", ["aspirin_300MHz", "bis_tfm_aniline_500MHz", "menthol_500MHz"])
def test_the_peaks_that_topspin_lists_are_where_the_axis_says(data_dir, name):
    folder = data_dir("bruker_1d_regions") / name / "pdata/1"
    processed, data = parameters(folder / "procs"), np.fromfile(folder / "1r", "<i4")
    sw, mhz = float(processed["SW_p"]), float(processed["SF"])
    axis = Axis("1H", data.size, sw, mhz, float(processed["OFFSET"]) - sw / mhz / 2)
    text = (folder / "peaklist.xml").read_text()
    found = re.findall(r'<Peak1D F1="([-\d.]+)" intensity="([-\d.e+]+)"', text)
    peaks = sorted(((float(height), float(ppm)) for ppm, height in found), reverse=True)[:20]
    index = axis.index([ppm for _, ppm in peaks])
    highest = [place - 3 + np.argmax(data[place - 3 : place + 4]) for place in np.round(index).astype(int)]
    assert np.median(np.abs(highest - index)) < 1  # TopSpin interpolates between points


def test_a_cut_is_what_topspin_keeps_of_a_strip_transform(data_dir):
    folder = data_dir("protein_trosy_unlabelled")
    acquired, processed = parameters(folder / "acqus"), parameters(folder / "pdata/1/procs")
    mhz, full = float(processed["SF"]), int(processed["FTSIZE"])
    start, kept = int(processed["STSR"]), int(processed["STSI"])
    whole = Axis("1H", full, float(acquired["SW_h"]), mhz, (float(acquired["SFO1"]) / mhz - 1) * 1e6)
    strip = whole.cut(slice(start, start + kept))
    assert kept == full // 2
    assert strip.sw == pytest.approx(float(processed["SW_p"]))
    assert strip.ppm(0) == pytest.approx(float(processed["OFFSET"]), abs=1e-5)
