"""What a picker says of its peaks (widths, probability) in every format, and CSV; others read it as we do."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import FormatError
from common.io.files import read
from common.io.peaklists import PeakList, read_peaks, write_peaks
from common.spectrum import Axis
from tests.common.io.fuzz import fuzz

PEAKS = PeakList(
    np.array([[120.1234, 8.25], [110.5, -0.75]]),
    ("15N", "1H"),
    np.array([1.5e6, -2.0]),
    np.array([3.25, -7.0]),
    ("G12N-H", ""),
    np.array([[21.5, 18.25], [30.0, 12.125]]),
    np.array([0.9731, 0.5]),
)
AXES = (Axis("15N", 128, 2000.0, 60.8, 118.0), Axis("1H", 1024, 8000.0, 600.0, 4.7))
CSV = """peak,w1_15N_ppm,w2_ppm,ours,w2_width_hz,height,volume,probability,assignment
1,120.5,8.25,x,20.5,1.5,,0.75,G1N-H
2,110,7.5,,,,,,
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="peaks.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.mark.parametrize("suffix", [".list", ".tab", ".csv"])
def test_widths_and_probabilities_come_back(tmp_path, suffix):
    write_peaks(tmp_path / f"x{suffix}", PEAKS)
    back = read_peaks(tmp_path / f"x{suffix}")
    for name in ("ppm", "height", "volume", "width", "probability"):
        np.testing.assert_array_equal(getattr(back, name), getattr(PEAKS, name))
    assert back.assignment == PEAKS.assignment


@pytest.mark.parametrize(("suffix", "probability"), [(".nef", True), (".peaks", False), (".xml", False)])
def test_formats_without_a_place_for_them_leave_them_out(tmp_path, suffix, probability):
    write_peaks(tmp_path / f"x{suffix}", PEAKS)
    back = read_peaks(tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(back.ppm, PEAKS.ppm)
    assert back.width is None
    if probability:
        np.testing.assert_array_equal(back.probability, PEAKS.probability)
    else:
        assert back.probability is None


@pytest.mark.parametrize("suffix", [".list", ".tab", ".nef", ".peaks", ".xml", ".csv"])
def test_a_list_of_no_peaks_is_written_and_read(tmp_path, suffix):
    empty = PeakList(np.empty((0, 2)), ("", ""), *[np.empty(0)] * 2, (), np.empty((0, 2)), np.empty(0))
    write_peaks(tmp_path / f"x{suffix}", empty, axes=AXES)
    assert read_peaks(tmp_path / f"x{suffix}").ppm.shape == (0, 2)


def test_sparky_has_widths_where_all_are_known(tmp_path):
    partial = PeakList(**{**vars(PEAKS), "width": np.array([[1.0, 2.0], [math.nan, 3.0]])})
    write_peaks(tmp_path / "x.list", partial)
    back = read_peaks(tmp_path / "x.list")
    assert back.width is None
    np.testing.assert_array_equal(back.probability, PEAKS.probability)


def test_nmrglue_reads_points_widths_and_probabilities_of_our_tables(tmp_path):
    from nmrglue.fileio.pipe import read_table

    write_peaks(tmp_path / "x.tab", PEAKS, axes=AXES)
    comments, _, table = read_table(str(tmp_path / "x.tab"))
    assert comments[0].split() == ["DATA", "X_AXIS", "1H", "1", "1024", "11.367ppm", "-1.954ppm"]
    for k, (name, axis) in enumerate(zip("YX", AXES, strict=True)):
        np.testing.assert_allclose(axis.ppm(table[f"{name}_AXIS"] - 1), PEAKS.ppm[:, k], atol=5e-4)
        np.testing.assert_allclose(table[f"{name}W"] * axis.sw / axis.size, PEAKS.width[:, k], rtol=0.002)
        np.testing.assert_array_equal(table[f"{name}W_HZ"], PEAKS.width[:, k])
    np.testing.assert_array_equal(table["PROB"], PEAKS.probability)
    np.testing.assert_array_equal(table["VOL"], PEAKS.volume)
    assert table["ASS"].tolist() == [b"G12N-H", b"*"]


def test_points_are_those_of_a_table_that_nmrpipe_wrote(data_dir, tmp_path):
    """Points and ppm of the table of protein L, by NMRPipe, with the axes of its spectrum."""
    from nmrglue.fileio.pipe import read_table

    folder = data_dir("protein_l_hsqc")
    axes = read(folder / "test1.ft2").axes[-2:]
    write_peaks(tmp_path / "x.tab", read_peaks(folder / "test.tab"), axes=axes)
    _, _, theirs = read_table(str(folder / "test.tab"))
    _, _, ours = read_table(str(tmp_path / "x.tab"))
    for name, axis in zip("YX", axes, strict=True):
        off = (ours[f"{name}_AXIS"] - theirs[f"{name}_AXIS"]) * axis.sw / axis.size / axis.mhz
        assert np.abs(off).max() < 0.002  # ppm; the table has three decimals


def test_pynmrstar_reads_the_figure_of_merit(tmp_path):
    import pynmrstar

    write_peaks(tmp_path / "x.nef", PEAKS)
    entry = pynmrstar.Entry.from_file(str(tmp_path / "x.nef"))
    frame = entry.get_saveframe_by_name("nef_nmr_spectrum_peaks")
    assert frame["_nef_peak"].get_tag("ccpn_figure_of_merit") == ["0.9731", "0.5000"]


def test_csv_is_what_a_csv_reader_takes(tmp_path):
    write_peaks(tmp_path / "x.csv", PEAKS)
    with open(tmp_path / "x.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["w1_15N_ppm"]) == 120.1234
    assert float(rows[1]["w2_1H_width_hz"]) == 12.125
    assert float(rows[1]["probability"]) == 0.5
    assert rows[0]["assignment"] == "G12N-H"


def test_csv_in_any_order_and_with_holes(written):
    peaks = read_peaks(written(CSV))
    np.testing.assert_array_equal(peaks.ppm, [[120.5, 8.25], [110, 7.5]])
    assert peaks.nuclei == ("15N", "")
    np.testing.assert_array_equal(peaks.height, [1.5, math.nan])
    np.testing.assert_array_equal(peaks.width, [[math.nan, 20.5], [math.nan, math.nan]])
    np.testing.assert_array_equal(peaks.probability, [0.75, math.nan])
    assert peaks.assignment == ("G1N-H", "")


@st.composite
def peak_lists(draw):
    ndim, count = draw(st.integers(1, 4)), draw(st.integers(0, 6))
    value = st.one_of(st.just(math.nan), st.floats(-1e9, 1e9).map(lambda x: float(f"{x:.7e}")))
    hertz = st.one_of(st.just(math.nan), st.integers(1, 10**6).map(lambda step: step / 1000))

    def array(kind, *shape):
        return np.array([draw(kind) for _ in range(int(np.prod(shape)))], float).reshape(shape)

    ppm = array(st.integers(-10_000, 2_000_000).map(lambda step: step / 10_000), count, ndim)
    nuclei = tuple(draw(st.sampled_from(["1H", "15N", "13C", ""])) for _ in range(ndim))
    names = tuple(draw(st.sampled_from(["", "A1N-H", 'T17H2"-H', "a,b"])) for _ in range(count))
    share = array(st.integers(0, 10_000).map(lambda step: step / 10_000), count)
    return PeakList(
        ppm, nuclei, array(value, count), array(value, count), names, array(hertz, count, ndim), share
    )


def test_csv_round_trip(tmp_path):
    @settings(deadline=None, max_examples=60)
    @given(peak_lists())
    def check(peaks):
        write_peaks(tmp_path / "x.csv", peaks, force=True)
        back = read_peaks(tmp_path / "x.csv")
        assert (back.nuclei, back.assignment) == (peaks.nuclei, peaks.assignment)
        for name in ("ppm", "height", "volume"):
            np.testing.assert_array_equal(getattr(back, name), getattr(peaks, name))
        if np.isfinite(peaks.width).any():
            np.testing.assert_array_equal(back.width, peaks.width)

    check()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CSV.replace("8.25", "x"), "line 2: 'x' is not a number"),
        (CSV.replace("w2_ppm", "w3_ppm"), "line 1: positions that are not w1, w2"),
        (CSV.replace("110,7.5,,,,,,", "110,7.5"), "line 3: 3 values for 9 columns"),
        (CSV.replace("ppm", "p"), "no line with"),
    ],
)
def test_what_csv_cannot_be_is_said(written, text, message):
    with pytest.raises(FormatError, match=message):
        read_peaks(written(text))


def test_damaged_csv(written):
    def check(peaks):
        assert peaks.ppm.shape == (len(peaks.assignment), len(peaks.nuclei))
        assert np.isfinite(peaks.ppm).all()

    assert fuzz(read_peaks, written(CSV), check, text=True, count=200)["refused"] > 20
