import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import FormatError, UserError
from common.io.peaklists import PeakList, read_peaks, write_peaks
from tests.common.io.fuzz import fuzz

SPARKY = """      Assignment         w1         w2   Data Height       Volume     lw1 (hz)   lw2 (hz)

          Q2N-HN    123.811      8.299      8.37e+07     7.15e+06 ga    28.6       20.0
             ?-?    124.724      8.992     -1.57e+08     5.42e+06
          None       99.5        7.25      1.5
"""
NMRPIPE = """REMARK hand-made
DATA  X_AXIS HN           1  1997   13.738ppm    5.001ppm
DATA  Y_AXIS 15N          1   256  132.082ppm  109.170ppm
VARS   INDEX X_AXIS Y_AXIS X_PPM Y_PPM HEIGHT VOL ASS CLUSTID
FORMAT %5d %9.3f %9.3f %8.3f %8.3f %+e %+e %s %4d
NULLVALUE -999
NULLSTRING none

  1  829.626   729.283    8.299  123.811  +8.378066e+07  -999          Q2N-HN  23
  2  617.076   672.415    8.992  124.724  -1.574150e+08  6.822429e+09  none
  3  1.0       2.0        7.25   99.5
"""
XEASY = """# Number of dimensions 3
#FORMAT xeasy3D
#INAME 1 HN
#INAME 2 C
#INAME 3 N15
   1    8.731   58.723  115.265 1 U   5.500000E+00  0.000000E+00 e 0 H.A2     CA.A3     N.A2 #MAP 403
   2    8.732   44.192  115.254 1 U   0.000000E+00  0.000000E+00 - 0 -        -         -
   3    8.740   55.500  115.300 1 U   6.500000E+00  0.000000E+00 e 0 H.A5     CA.A6     N.A5
   3    8.740   55.500  115.300 1 U   6.500000E+00  0.000000E+00 e 0 H.A5     CA.A7     -
   4    8.800   50.000  116.000 1 U   1.500000E+00  0.000000E+00 e 0
"""


@pytest.fixture
def listed(tmp_path):
    def write(text, name="peaks.list"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_sparky(listed):
    peaks = read_peaks(listed(SPARKY))
    np.testing.assert_array_equal(peaks.ppm, [[123.811, 8.299], [124.724, 8.992], [99.5, 7.25]])
    np.testing.assert_array_equal(peaks.height, [8.37e7, -1.57e8, 1.5])
    np.testing.assert_array_equal(peaks.volume, [7.15e6, 5.42e6, math.nan])
    assert peaks.assignment == ("Q2N-HN", "", "")
    assert peaks.nuclei == ("", "")
    assert len(peaks) == 3


def test_sparky_with_three_columns(listed):
    peaks = read_peaks(listed("User w1 w2 w3\nF1 55.269 106.56 9.027\nF1 43.558 106.56 9.026\n"))
    np.testing.assert_array_equal(peaks.ppm, [[55.269, 106.56, 9.027], [43.558, 106.56, 9.026]])
    assert np.isnan(peaks.height).all()
    assert np.isnan(peaks.volume).all()


def test_nmrpipe_has_the_direct_dimension_first(listed):
    peaks = read_peaks(listed(NMRPIPE, "any.txt"))
    np.testing.assert_array_equal(peaks.ppm, [[123.811, 8.299], [124.724, 8.992], [99.5, 7.25]])
    assert peaks.nuclei == ("15N", "1H")
    np.testing.assert_array_equal(peaks.height, [8.378066e7, -1.57415e8, math.nan])
    np.testing.assert_array_equal(peaks.volume, [math.nan, 6.822429e9, math.nan])
    assert peaks.assignment == ("Q2N-HN", "", "")


def test_xeasy_joins_the_assignments_of_one_peak(listed):
    peaks = read_peaks(listed(XEASY))
    assert peaks.nuclei == ("15N", "13C", "1H")
    expected = [[115.265, 58.723, 8.731], [115.254, 44.192, 8.732], [115.3, 55.5, 8.74], [116, 50, 8.8]]
    np.testing.assert_array_equal(peaks.ppm, expected)
    np.testing.assert_array_equal(peaks.volume, [5.5, math.nan, 6.5, 1.5])
    assert peaks.assignment == ("N.A2-CA.A3-H.A2", "", "N.A5-CA.A6-H.A5|?-CA.A7-H.A5", "")


@pytest.mark.parametrize("text", [SPARKY.split("\n")[0], NMRPIPE[: NMRPIPE.index("\n\n")], XEASY[:25]])
def test_a_header_alone_is_an_empty_list(listed, text):
    peaks = read_peaks(listed(text))
    assert peaks.ppm.shape in ((0, 2), (0, 3))
    assert len(peaks) == len(peaks.height) == len(peaks.volume) == len(peaks.assignment) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SPARKY.replace("8.299", "8,299"), "line 3: '8,299' is not a number"),
        (SPARKY.replace("1.5\n", "nan\n"), "line 5: 'nan' is not a number"),
        (SPARKY.replace("  7.25      1.5", ""), "line 5: 2 columns, expected an assignment and 2 shifts"),
        ("Assignment w1 w3\n", "line 1: shift columns"),
        ("Assignment w1 w2 w3 w4 w5\n", "line 1: 5 dimensions"),
        (NMRPIPE.replace("99.5", ""), "line 11: the row stops before Y_PPM"),
        (NMRPIPE.replace("Q2N-HN", "Q2 N-HN"), "line 9: 10 values for the 9 columns"),
        (NMRPIPE.replace("X_PPM", "X_HZ"), "line 4: no columns X_PPM"),
        (NMRPIPE.replace("X_PPM", "Z_PPM"), "line 4: no columns X_PPM"),
        (NMRPIPE.replace("+8.378066e+07", "1e999"), "line 9: '1e999' is not a number"),
        (XEASY.replace("44.192", "4_4"), "line 7: '4_4' is not a number"),
        (XEASY.replace("- 0 -        -         -", ""), "line 7: 8 columns, expected at least 10 for 3"),
        (XEASY.replace("dimensions 3", "dimensions 9"), "line 1: 9 dimensions"),
        ("", "no line with 'Assignment w1"),
        ("Number\t#\tPosition F1\n1\t1\t9.3\n", "no line with 'Assignment w1"),
    ],
)
def test_what_is_refused_names_the_line(listed, text, message):
    with pytest.raises(FormatError, match=message):
        read_peaks(listed(text))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(FormatError, match="cannot be read"):
        read_peaks(tmp_path / "none.list")


atoms = st.text("ABCHNQ0123456789.'\"", min_size=1, max_size=6).map(lambda text: "H" + text)


@st.composite
def peak_lists(draw, extension):
    ndim = draw(st.integers(1, 4))
    shift = st.integers(-50_000, 3_000_000).map(lambda step: step / 10_000)
    rows = draw(st.lists(st.tuples(*[shift] * ndim), max_size=12))
    intensity = st.floats(-1e12, 1e12, allow_subnormal=False).map(lambda x: float(f"{x:.7e}"))
    missing = st.booleans() if extension == ".tab" else st.just(draw(st.booleans()))

    def column():
        values = st.tuples(missing, intensity).map(lambda pair: math.nan if pair[0] else pair[1])
        return np.array([draw(values) for _ in rows], dtype=float)

    assignment = st.one_of(st.just(""), st.tuples(*[atoms] * ndim).map("-".join))
    nuclei = st.sampled_from(["1H", "15N", "13C", "31P", "2H", ""])
    return PeakList(
        np.array(rows, dtype=float).reshape(-1, ndim),
        tuple("" if extension == ".list" else draw(nuclei) for _ in range(ndim)),
        np.full(len(rows), math.nan) if extension == ".peaks" else column(),
        np.full(len(rows), math.nan) if extension == ".list" else column(),
        tuple(draw(assignment) for _ in rows),
    )


@pytest.mark.parametrize("extension", [".list", ".tab", ".peaks"])
def test_round_trip(tmp_path_factory, extension):
    path = tmp_path_factory.mktemp("round") / f"peaks{extension}"

    @settings(deadline=None)
    @given(peak_lists(extension))
    def check(peaks):
        write_peaks(path, peaks, force=True)
        back = read_peaks(path)
        assert (back.nuclei, back.assignment) == (peaks.nuclei, peaks.assignment)
        for name in ("ppm", "height", "volume"):
            np.testing.assert_array_equal(getattr(back, name), getattr(peaks, name))

    check()


def test_round_trip_of_alternatives_and_of_heights_with_volumes(listed, tmp_path):
    for text, name in ((XEASY, "out.peaks"), (SPARKY, "out.list"), (SPARKY, "out.tab")):
        peaks = read_peaks(listed(text))
        write_peaks(tmp_path / name, peaks)
        back = read_peaks(tmp_path / name)
        assert back.assignment == peaks.assignment
        np.testing.assert_array_equal(back.ppm, peaks.ppm)
        np.testing.assert_array_equal(back.height, peaks.height)
        np.testing.assert_array_equal(back.volume, peaks.volume)


def test_xeasy_takes_the_height_where_there_is_no_volume(tmp_path):
    peaks = PeakList(np.array([[120.0, 8.0]]), ("15N", "1H"), np.array([3.0]), np.array([math.nan]), ("",))
    write_peaks(tmp_path / "out.peaks", peaks)
    assert read_peaks(tmp_path / "out.peaks").volume == [3.0]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("out.txt", {}, r"\.list, \.tab, \.peaks"),
        ("out.list", {"assignment": ("A B",)}, "'A B' of peak 1 has a space"),
        ("out.peaks", {"assignment": ("A",)}, "'A' of peak 1 does not name 2 atoms"),
        ("old.list", {}, "--force"),
        ("none/out.list", {}, "make it first"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_changes(tmp_path, name, changes, message):
    (tmp_path / "old.list").write_text("old")
    fields = {"ppm": np.array([[120.0, 8.0]]), "nuclei": ("", ""), "assignment": ("",)}
    fields |= {"height": np.array([1.0]), "volume": np.array([1.0])}
    with pytest.raises(UserError, match=message):
        write_peaks(tmp_path / name, PeakList(**{**fields, **changes}))
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("old.list", "old")]


def test_sparky_cannot_hold_a_volume_without_a_height(tmp_path):
    column = np.array([math.nan, 1.0])
    peaks = PeakList(np.ones((2, 2)), ("", ""), column, np.ones(2), ("", ""))
    with pytest.raises(UserError, match="peak 1 has a volume but no height"):
        write_peaks(tmp_path / "out.list", peaks)


def test_protein_l_in_two_formats(data_dir):
    folder = data_dir("protein_l_hsqc")
    sparky, table = read_peaks(folder / "peaks.sparky"), read_peaks(folder / "test.tab")
    assert len(sparky) == len(table) == 63
    np.testing.assert_array_equal(sparky.ppm, table.ppm)
    np.testing.assert_allclose(sparky.volume, table.volume, rtol=5e-3)
    assert table.ppm[0].tolist() == [129.673, 9.336]
    assert table.height[0] == 2.564241e7
    with pytest.raises(FormatError, match="no line with"):
        read_peaks(folder / "peaks.a2")


def test_real_lists(data_dir):
    folder = data_dir("format_fixtures")
    gb3 = read_peaks(folder / "peaklists" / "gb3.tab")
    assert len(gb3) == 53
    assert gb3.ppm[-1].tolist() == [134.130, 7.819]
    assert gb3.assignment[-1] == "E56HN-N"
    table = read_peaks(folder / "nmrpipe" / "test.tab")
    assert table.nuclei == ("15N", "1H")
    assert table.assignment[0] == "01N-HN"
    sparky = read_peaks(folder / "peaklists" / "sparky_manual_full.peaks")
    assert sparky.volume.tolist() == [7.15e6, 5.42e6, 1.68e6, 2.09e7, 4.68e7]
    assert sparky.assignment[4] == "T17H2\"-H1'"
    xeasy = read_peaks(folder / "peaklists" / "basic.peaks")
    assert xeasy.nuclei == ("15N", "1H", "1H")
    assert xeasy.ppm.tolist() == [[115.265, 8.723, 8.731], [115.275, 4.61, 8.731], [115.254, 4.192, 8.732]]


def test_nmrglue_reads_the_tables_we_write(listed, tmp_path):
    from nmrglue.fileio.pipe import read_table

    write_peaks(tmp_path / "out.tab", read_peaks(listed(NMRPIPE)))
    _, _, table = read_table(str(tmp_path / "out.tab"))
    assert table["Y_PPM"].tolist() == [123.811, 124.724, 99.5]
    assert table["HEIGHT"].tolist() == [8.378066e7, -1.57415e8, -666.0]


@pytest.mark.parametrize("text", [SPARKY, NMRPIPE, XEASY])
def test_damaged_files(listed, text):
    def check(peaks):
        assert peaks.ppm.shape == (len(peaks.assignment), len(peaks.nuclei))
        assert np.isfinite(peaks.ppm).all()
        assert peaks.height.shape == peaks.volume.shape == (len(peaks),)
        assert not np.isinf(peaks.height).any()
        assert not np.isinf(peaks.volume).any()

    outcome = fuzz(read_peaks, listed(text), check, text=True)
    assert outcome["read"] > 50
    assert outcome["refused"] > 50
