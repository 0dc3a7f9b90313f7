"""TopSpin's peaklist.xml and NEF peak lists; NEF against pynmrstar, an independent reader of STAR."""

import math

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.nefpeaks import read_nef_peaks
from common.io.peaklists import PeakList, read_peaks, write_peaks
from tests.common.io.fuzz import fuzz

PEAKS = PeakList(
    np.array([[120.1234, 8.25], [110.5, -0.75]]),
    ("15N", "1H"),
    np.array([1.5e6, -2.0]),
    np.array([3.25, math.nan]),
    ("A.12.GLY.N-A.12.GLY.H|?-A.13.ALA.H", ""),
)
XML = """<?xml version="1.0" encoding="UTF-8"?>
<PeakList>
  <PeakList2D>
    <PeakList2DHeader creator="x"><PeakPickDetails>MI=0</PeakPickDetails></PeakList2DHeader>
    <Peak2D F1="120.5" F2="8.25" annotation="a b" intensity="1.5e+02" type="0"/>
    <Peak2D F1="110" F2="7.5" type="0"/>
  </PeakList2D>
</PeakList>
"""
NEF = """data_x
save_nef_nmr_spectrum_a
_nef_nmr_spectrum.num_dimensions 2
loop_
_nef_spectrum_dimension.dimension_id
_nef_spectrum_dimension.axis_code
_nef_spectrum_dimension.is_acquisition
1 15N false
2 1H true
stop_
loop_
_nef_peak.index
_nef_peak.peak_id
_nef_peak.height
_nef_peak.position_1
_nef_peak.position_2
_nef_peak.atom_name_1
1 1 5.0 120.5 8.25 N
2 2 . 110 7.5 .
stop_
save_
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_topspin_peaks_are_read(written):
    peaks = read_peaks(written(XML, "peaklist.xml"))
    np.testing.assert_array_equal(peaks.ppm, [[120.5, 8.25], [110, 7.5]])
    np.testing.assert_array_equal(peaks.height, [150.0, math.nan])
    assert peaks.assignment == ("a b", "")


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_topspin_round_trip(tmp_path, ndim):
    ppm = np.round(np.random.default_rng(0).uniform(0, 100, (4, ndim)), 6)
    height = np.array([1.5, -2e6, math.nan, 1e-9])
    peaks = PeakList(ppm, ("",) * ndim, height, np.full(4, math.nan), ("", 'a"<&', "b", ""))
    write_peaks(tmp_path / "peaklist.xml", peaks)
    back = read_peaks(tmp_path / "peaklist.xml")
    np.testing.assert_array_equal(back.ppm, ppm)
    np.testing.assert_array_equal(back.height, height)
    assert back.assignment == peaks.assignment
    with pytest.raises(UserError, match="--force"):
        write_peaks(tmp_path / "peaklist.xml", peaks)


def test_real_topspin_lists(data_dir):
    folder = data_dir("bruker_1d_regions")
    aspirin = read_peaks(folder / "aspirin_300MHz" / "pdata" / "1" / "peaklist.xml")
    assert aspirin.ppm[0] == 8.2452
    assert aspirin.assignment.count("CDCl3") == 2
    naphthoic = read_peaks(folder / "naphthoic_acid_500MHz" / "pdata" / "1" / "peaklist.xml")
    text = (folder / "naphthoic_acid_500MHz" / "pdata" / "1" / "peaklist.xml").read_text()
    assert len(naphthoic) == text.count("<Peak1D ")


def test_nef_round_trip(tmp_path):
    write_peaks(tmp_path / "x.nef", PEAKS)
    back = read_peaks(tmp_path / "x.nef")
    assert (back.nuclei, back.assignment) == (PEAKS.nuclei, PEAKS.assignment)
    for name in ("ppm", "height", "volume"):
        np.testing.assert_array_equal(getattr(back, name), getattr(PEAKS, name))


def test_pynmrstar_reads_the_nef_we_write(tmp_path):
    import pynmrstar

    write_peaks(tmp_path / "x.nef", PEAKS)
    entry = pynmrstar.Entry.from_file(str(tmp_path / "x.nef"))
    frame = entry.get_saveframe_by_name("nef_nmr_spectrum_peaks")
    assert frame.get_tag("num_dimensions") == ["2"]
    rows = frame["_nef_peak"].get_tag(["peak_id", "position_1", "position_2", "height", "atom_name_2"])
    assert [[row[0], *map(float, row[1:4]), row[4]] for row in rows] == [
        ["1", 8.25, 120.1234, 1.5e6, "N"],
        ["1", 8.25, 120.1234, 1.5e6, "."],
        ["2", -0.75, 110.5, -2.0, "."],
    ]
    codes = frame["_nef_spectrum_dimension"].get_tag(["axis_code", "is_acquisition"])
    assert codes == [["1H", "true"], ["15N", "false"]]


def test_the_acquired_dimension_of_nef_comes_last(written):
    peaks = read_peaks(written(NEF, "x.nef"))
    np.testing.assert_array_equal(peaks.ppm, [[120.5, 8.25], [110, 7.5]])
    assert peaks.nuclei == ("15N", "1H")
    np.testing.assert_array_equal(peaks.height, [5.0, math.nan])
    assert peaks.assignment == ("......N-?", "")


def test_one_of_several_nef_lists_is_chosen_by_name(written):
    path = written(NEF + NEF.replace("data_x\n", "").replace("spectrum_a", "spectrum_b"), "x.nef")
    with pytest.raises(FormatError, match="spectrum_a, nef_nmr_spectrum_b"):
        read_peaks(path)
    assert len(read_nef_peaks(path, "nef_nmr_spectrum_b")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (XML.replace("8.25", "x"), "'x' is not a number"),
        (XML.replace(' F2="7.5"', ""), "a peak without 'F2'"),
        (XML.replace("</PeakList>", ""), "is not XML"),
        (XML.replace("PeakList>", "Other>"), "its root is 'Other'"),
        (XML.replace("<PeakList>", "<!DOCTYPE a [<!ENTITY b 'c'>]><PeakList>"), "defines entities"),
        ("<PeakList></PeakList>", "of no dimensions"),
        (NEF.replace("120.5", "x"), "'x' is not a number"),
        (NEF.replace("2 2 . 110 7.5 .", "2 2 . 110"), "values for 6 columns"),
        (NEF.replace("2 1H true", "9 1H true"), "dimension 9 is the direct one"),
        ("data_x\n", "has none"),
    ],
)
def test_what_is_refused_is_said(written, text, message):
    with pytest.raises(FormatError, match=message):
        read_peaks(written(text, "x"))


@pytest.mark.parametrize("text", [XML, NEF])
def test_damaged_files(written, text):
    def check(peaks):
        assert peaks.ppm.shape == (len(peaks.assignment), len(peaks.nuclei))
        assert np.isfinite(peaks.ppm).all()

    assert fuzz(read_peaks, written(text, "x"), check, text=True, count=300)["refused"] > 30
