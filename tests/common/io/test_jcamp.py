"""JCAMP-DX against nmrglue and against numbers packed by hand."""

import itertools
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import processing
from common.errors import FormatError
from common.io import files
from common.io.jcamp import read_jcamp
from common.io.jcamptables import numbers
from tests.common.io.fuzz import fuzz

FILE = "x.dx"
HEAD = "##TITLE= t\n##JCAMP-DX= 5.0\n##DATA TYPE= NMR {kind}\n##.OBSERVE FREQUENCY= 500.0\n"
HEAD += "##.OBSERVE NUCLEUS= ^1H\n"
SPECTRUM = HEAD.format(kind="SPECTRUM") + (
    "##XUNITS= HZ\n##YFACTOR= 0.5\n##FIRSTX= 4000\n##LASTX= 1000\n##NPOINTS= 4\n"
    "##XYDATA= (X++(Y..Y))\n4000 2 4 $$ two\n2000 -6 8\n##END=\n"
)
TUPLES = "##NTUPLES= {kind}\n##SYMBOL= X, R, I, N\n##VAR_DIM= 4, 4, 4, 2\n##FACTOR= 1, 2, 3, 1\n"
TUPLES += "##FIRST= 0, 0, 0, 1\n##LAST= 0.003, 0, 0, 2\n##UNITS= SECONDS, A, A\n"
PAGES = "##PAGE= N=1\n##DATA TABLE= (X++(R..R)), XYDATA\n0 1 2 3 4\n"
PAGES += "##PAGE= N=2\n##DATA TABLE= (X++(I..I)), XYDATA\n0 5 6 7 8\n##END NTUPLES=\n##END=\n"
FID = HEAD.format(kind="FID") + TUPLES.format(kind="NMR FID") + PAGES
PLANE = (
    "##TITLE= t\n##DATA TYPE= nD NMR SPECTRUM\n##.NUCLEUS= 13C, 1H\n##$SF= 500\n##$SF= 125\n##$OFFSET= 10\n"
    "##$OFFSET= 100\n##NTUPLES= nD NMR SPECTRUM\n##SYMBOL= F1, F2, Y\n##VAR_DIM= 2, 3, 3\n##FACTOR= 1, 1, 1\n"
    "##FIRST= 500, 200, 0\n##LAST= 250, 0, 0\n##UNITS= HZ, HZ, A\n"
    "##PAGE= F1=500\n##DATA TABLE= (F2++(Y..Y)), PROFILE\n2A0J2J2\n"
    "##PAGE= F1=250\n##DATA TABLE= (F2++(Y..Y)), PROFILE\n2a0%T\n##END NTUPLES=\n##END=\n"
)


def test_a_spectrum_and_its_axis(written):
    spectrum = read_jcamp(written(SPECTRUM))
    np.testing.assert_array_equal(spectrum.data, [1, 2, -3, 4])
    np.testing.assert_allclose(spectrum.axes[0].ppm(), [8, 6, 4, 2])
    assert (spectrum.axes[0].nucleus, spectrum.axes[0].encoding) == ("1H", "real")
    assert spectrum.header["jcamp"]["YFACTOR"] == ["0.5"]


@pytest.mark.parametrize(
    ("old", "new", "ppm"),
    [
        ("##XUNITS", "##$OFFSET= 9.0\n##XUNITS", [9, 7, 5, 3]),
        ("##XUNITS", "##.SHIFT REFERENCE= INTERNAL, CDCl3, 2, 7.0\n##XUNITS", [9, 7, 5, 3]),
        ("##XUNITS", "##.SHIFTREFERENCE= (INTERNAL, DMSO, 0, 9.0)\n##XUNITS", [9, 7, 5, 3]),
        ("##XUNITS", "##$SF= 1000\n##XUNITS", [4, 3, 2, 1]),
        ("HZ\n", "ppm\n", [4000, 3000, 2000, 1000]),
    ],
)
def test_where_0_ppm_lies(written, old, new, ppm):
    np.testing.assert_allclose(read_jcamp(written(SPECTRUM.replace(old, new))).axes[0].ppm(), ppm)


def test_a_spectrum_stored_from_low_ppm_is_turned(written):
    text = SPECTRUM.replace("FIRSTX= 4000", "FIRSTX= 1000").replace("LASTX= 1000", "LASTX= 4000")
    spectrum = read_jcamp(written(text))
    np.testing.assert_array_equal(spectrum.data, [4, -3, 2, 1])
    np.testing.assert_allclose(spectrum.axes[0].ppm(), [8, 6, 4, 2])


def test_a_fid_and_a_complex_spectrum(written):
    fid = read_jcamp(written(FID))
    np.testing.assert_array_equal(fid.data, np.array([1, 2, 3, 4]) * 2 + 3j * np.array([5, 6, 7, 8]))
    assert (fid.axes[0].domain, fid.axes[0].sw) == ("time", pytest.approx(1000.0))
    text = FID.replace("NMR FID", "NMR SPECTRUM").replace("SECONDS", "HZ")
    text = text.replace("FIRST= 0,", "FIRST= 3000,").replace("LAST= 0.003", "LAST= 0")
    spectrum = read_jcamp(written(text))
    np.testing.assert_array_equal(spectrum.data, fid.data.conj())
    np.testing.assert_allclose(spectrum.axes[0].ppm(), [6, 4, 2, 0])


def test_a_plane_has_f1_first(written):
    spectrum = files.read(written(PLANE))
    np.testing.assert_array_equal(spectrum.data, [[10, 22, 34], [-10, -10, -10]])
    assert [axis.nucleus for axis in spectrum.axes] == ["13C", "1H"]
    np.testing.assert_allclose(spectrum.axes[0].ppm(), [100, 98])
    np.testing.assert_allclose(spectrum.axes[1].ppm(), [10, 9.8, 9.6])


def test_the_block_with_data_is_found_in_a_link(written):
    text = "##TITLE= all\n##DATA TYPE= LINK\n##BLOCKS= 1\n" + SPECTRUM + "##END=\n"
    np.testing.assert_array_equal(files.read(written(text)).data, [1, 2, -3, 4])


def pack(values, difference: bool, width: int) -> str:
    """Whole numbers as SQZ, or as DIF with DUP for repeated steps; ``width`` ordinates a line."""

    def digit(value, marks):
        text = str(abs(value))
        return marks[int(text[0]) - 1 + (9 if value < 0 else 0)] + text[1:] if value else marks[18]

    lines, place = [], 0
    while place < len(values):
        start = place - 1 if difference and place else place
        part, place = values[start : place + width], place + width
        line = f"{start}" + digit(part[0], "ABCDEFGHIabcdefghi@")
        steps = [b - a for a, b in itertools.pairwise(part)] if difference else part[1:]
        marks, row = ("JKLMNOPQRjklmnopqr%", list(steps)) if difference else ("ABCDEFGHIabcdefghi@", steps)
        while row:
            times = next((i for i, step in enumerate(row) if step != row[0]), len(row))
            line += digit(row[0], marks) + (digit(times, "STUVWXYZs") if times > 1 else "")
            row = row[times:]
        lines.append(line)
    return "\n".join(lines)


@settings(deadline=None)
@given(
    st.lists(st.integers(-(10**9), 10**9) | st.integers(-2, 2), min_size=1, max_size=60),
    st.booleans(),
    st.integers(2, 9),
)
def test_packed_numbers_come_back(values, difference, width):
    found = numbers(pack(values, difference, width), most=len(values) + 1)
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1+23-45+6", [23, -45, 6]),
        ("1.0 2.5,3E2\n2.0 -.5", [2.5, 300, -0.5]),
        ("3B3S2", [23] * 12),
        ("3E5", [55]),
        ("0E", [5]),
        ("0e\n1E", [-5, 5]),
        ("3E5JJT\n0E8K", [55, 56, 57, 58, 60]),
    ],
)
def test_forms_of_numbers(text, expected):
    np.testing.assert_array_equal(numbers(text, 100), expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3A0J1\n2A9", "does not go on"),
        ("3S9", "repetition before"),
        ("3J9", "step before"),
        ("3A0S99999999999", "more than 100"),
        ("3 1 x 2", "no line of numbers"),
        ("A0", "no line of numbers"),
    ],
)
def test_damaged_tables_are_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        numbers(text, 100)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not begin with ##TITLE"),
        ("##TITLE= x\n##DATA TYPE= INFRARED SPECTRUM\n##END=\n", "DATA TYPE: INFRARED SPECTRUM"),
        (SPECTRUM.replace("##FIRSTX= 4000\n", ""), "has no SYMBOL|has no FIRSTX"),
        (SPECTRUM.replace("##.OBSERVE FREQUENCY= 500.0\n", ""), "no frequency"),
        (SPECTRUM.replace("NPOINTS= 4", "NPOINTS= 9"), "4 points where 9 are promised"),
        (SPECTRUM.replace("NPOINTS= 4", "NPOINTS= 1e12"), "points, not 2 to"),
        (SPECTRUM.replace("HZ\n", "1/CM\n"), "abscissae in 1/CM"),
        (FID.replace("(I..I)", "(Q..Q)"), "which SYMBOL does not name"),
        (FID[: FID.index("##PAGE= N=2")], "no imaginary part"),
        (PLANE.replace("2a0%T", "2a0%"), "2 points where 3|do not make a plane"),
    ],
)
def test_what_is_not_read_is_one_line(written, text, message):
    with pytest.raises(FormatError, match=message) as caught:
        read_jcamp(written(text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "nmr_dataset1_1h/50-78-2/teaching_1h.dx",
        "nmr_dataset1_1h/403-40-7/1h.dx",
        "io_samples/jcamp/jeol/1h.dx",
        "io_samples/jcamp/varian/1h.jdx",
        "io_samples/jcamp/rutin/qH.jdx",
        "io_samples/jcamp/nanalysis/1h.jdx",
        "io_samples/jcamp/qmagnetics/ibuprofen_j_ave_qmagnetics.jdx",
    ],
)
@pytest.mark.filterwarnings("ignore:JCAMP-DX key")
def test_real_files_hold_what_nmrglue_reads(data_dir, name):
    from nmrglue.fileio import jcampdx

    folder, _, file = name.partition("/")
    spectrum = read_jcamp(data_dir(folder) / file)
    _, data = jcampdx.read(str(data_dir(folder) / file))
    if isinstance(data, list):
        sign = 1j if spectrum.axes[0].domain == "time" else -1j
        data = data[0] + sign * data[1]
    np.testing.assert_array_equal(spectrum.data, data)


def test_a_complex_spectrum_is_the_transform_of_a_fid_that_starts_at_zero(data_dir):
    spectrum = read_jcamp(data_dir("nmr_dataset1_1h") / "403-40-7" / "1h.dx")
    power = np.abs(processing.inverse_fourier(spectrum.data)) ** 2
    assert power[: len(power) // 2].sum() > 0.98 * power.sum()


def test_the_fid_of_a_spectrum_has_its_lines_at_the_same_shifts(data_dir):
    """Aspirin: the strongest line of FID and spectrum, an independent processing by TopSpin."""
    folder = data_dir("nmr_dataset1_1h") / "50-78-2"
    fid, spectrum = files.read(folder / "1h.fid.dx"), files.read(folder / "teaching_1h.dx")
    found = processing.fourier(fid.data, 16384)
    axis = fid.axes[0].to_frequency(16384)
    ours, theirs = axis.ppm(np.argmax(np.abs(found))), spectrum.axes[0].ppm(np.argmax(spectrum.data))
    assert ours == pytest.approx(theirs, abs=2e-3)
    bruker = files.read(data_dir("bruker_1d_regions") / "aspirin_300MHz" / "pdata" / "1")
    assert theirs == pytest.approx(bruker.axes[0].ppm(np.argmax(bruker.data)), abs=2e-3)


def test_benchtop_fids_turn_as_all_fids_here(data_dir):
    """Ibuprofen: methyls below 1 ppm are stronger than all between 6.5 and 8 ppm, and none lies there."""
    fid = read_jcamp(data_dir("io_samples") / "jcamp" / "nanalysis" / "1h.jdx")
    axis = fid.axes[0].to_frequency(4096)
    found = np.abs(processing.fourier(fid.data, 4096))
    assert axis.ppm(np.argmax(found)) == pytest.approx(0.95, abs=0.02)
    aromatic = axis.region(6.5, 8.0)
    assert found[aromatic].max() > 5 * np.median(found)


@pytest.mark.parametrize("text", [SPECTRUM, FID, PLANE])
def test_damaged_files(written, text):
    def check(spectrum):
        assert np.isfinite(spectrum.data).all()
        assert len(spectrum.header["jcamp"]) > 3

    outcome = fuzz(read_jcamp, written(text), check, text=True, count=400)
    assert outcome["refused"] > 50


def test_a_file_in_a_bruker_folder_is_read_as_such(written, tmp_path):
    shutil.copy(written(SPECTRUM), tmp_path / "acqus")
    assert files.read(tmp_path / "x.dx").data.size == 4
