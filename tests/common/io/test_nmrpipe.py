"""NMRPipe files against nmrglue, against NMRPipe's own headers, and against every kind of damage."""

import dataclasses
import math
import warnings
from pathlib import Path

import nmrglue
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import FormatError, UserError
from common.io.nmrpipe import HEADER_BYTES, Words, byte_order, nucleus, read_nmrpipe, write_nmrpipe
from common.spectrum import Axis, Spectrum
from tests.common.io.fuzz import fuzz

PROTEINS = ("acbp_600", "sod1wt_600", "savinase_750")
FIXTURES = (
    "1d_ext.fid",
    "1d_freq.fid",
    "1d_time.fid",
    "2d_freq.ft2",
    "2d_time.fid",
    "3d_freq.ft3",
    "3d_time.fid",
    "3d_freq.dir/nmrpipe_3d_freq_002.ft3",
)
REAL = [
    *(("format_fixtures/nmrpipe", f"nmrpipe_{name}") for name in FIXTURES),
    *(("nus_hsqc_qnls", f"{name}.test.{kind}") for name in PROTEINS for kind in ("fid", "ft2")),
    ("nus_hdac8_fidnet", "hdac_ex.ft1"),
    ("nus_hdac8_fidnet", "methyl_test.fid"),
    ("protein_l_hsqc", "test1.ft2"),
]
real = pytest.mark.parametrize(("folder", "name"), REAL)


@pytest.fixture
def real_file(data_dir):
    return lambda folder, name: data_dir(folder.split("/")[0]).parent / folder / name


def axis(size, encoding="real", domain="frequency", nucleus="1H"):
    return Axis(nucleus, size, 2000.0, 500.0, 4.75, domain, encoding)


def hypercomplex(indirect=3, direct=4):
    """A 2D FID whose every element is another number."""
    rows = 10.0 + np.arange(2 * indirect)[:, None] + np.arange(direct) / 8
    axes = (axis(indirect, "states", "time", "15N"), axis(direct, "complex", "time"))
    return Spectrum((rows - 1j * rows).astype(np.complex64), axes)


def numbers_of(spectrum):
    """F-numbers of a spectrum's axes by their labels in the header."""
    words = Words(spectrum.header["nmrpipe"][0])
    order = [int(words[f"DIMORDER{place}"]) for place in (3, 2, 1)][-spectrum.data.ndim :]
    return words, [number for number in order if number != 2] + [2]


@real
def test_an_untouched_file_goes_out_byte_for_byte(real_file, tmp_path, folder, name):
    path, copy = real_file(folder, name), tmp_path / "copy.dat"
    write_nmrpipe(copy, read_nmrpipe(path))
    assert copy.read_bytes() == path.read_bytes()


@real
def test_the_data_are_those_that_nmrglue_reads(real_file, folder, name):
    header, data = nmrglue.pipe.read(str(real_file(folder, name)))
    if header["FDTRANSPOSED"]:
        data = data.T
    np.testing.assert_array_equal(read_nmrpipe(real_file(folder, name)).data, data)


@real
def test_the_axes_are_those_of_nmrpipe_and_nmrglue(real_file, folder, name):
    spectrum = read_nmrpipe(real_file(folder, name))
    header, data = nmrglue.pipe.read(str(real_file(folder, name)))
    words, numbers = numbers_of(spectrum)
    for found, number in zip(spectrum.axes, numbers, strict=True):
        if found.domain == "time":
            assert found.carrier == words[f"F{number}CAR"]
            continue
        orig, mhz = words[f"F{number}ORIG"], words[f"F{number}OBS"]
        assert found.ppm(found.size - 1) == pytest.approx(orig / mhz, abs=1e-9)
        # NMRPipe's own note of the point (from 1) at which the carrier lies, also in an extracted region
        assert found.index(words[f"F{number}CAR"]) == pytest.approx(words[f"F{number}CENTER"] - 1, abs=1e-4)
        place = header["FDDIMORDER"].index(number)
        convert = nmrglue.pipe.make_uc(header, data, dim=data.ndim - 1 - place)
        np.testing.assert_allclose(found.ppm(), convert.ppm_scale(), atol=1e-9)


def test_the_axes_of_a_known_spectrum(real_file):
    spectrum = read_nmrpipe(real_file("protein_l_hsqc", "test1.ft2"))
    assert [a.nucleus for a in spectrum.axes] == ["", "15N", "1H"]
    np.testing.assert_allclose(spectrum.axes[2].ppm()[[0, -1]], [10.498, 6.502], atol=5e-4)
    np.testing.assert_allclose(spectrum.axes[1].ppm()[[0, -1]], [130.538, 106.634], atol=5e-4)


def test_a_processed_direct_dimension_beside_complex_time(real_file):
    spectrum = read_nmrpipe(real_file("nus_hdac8_fidnet", "hdac_ex.ft1"))
    indirect, direct = spectrum.axes
    assert (indirect.nucleus, indirect.size, indirect.domain, indirect.encoding) == (
        "13C",
        24,
        "time",
        "states",
    )
    assert (direct.nucleus, direct.size, direct.domain, direct.encoding) == ("1H", 408, "frequency", "real")
    assert indirect.carrier == pytest.approx(18.738)  # 24 of 192 points: FDF1ORIG would be 0.8 ppm off


@pytest.mark.parametrize("kind", ["fid", "freq.ft3"])
def test_planes_and_stream_are_the_same_data(real_file, tmp_path, kind):
    name = {"fid": "nmrpipe_3d_time.fid", "freq.ft3": "nmrpipe_3d_freq.ft3"}[kind]
    stream = read_nmrpipe(real_file("format_fixtures/nmrpipe", name))
    write_nmrpipe(tmp_path / "plane%03d.dat", stream)
    planes = read_nmrpipe(tmp_path / "plane%03d.dat")
    np.testing.assert_array_equal(planes.data, stream.data)
    assert planes.axes == stream.axes
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        header, data = nmrglue.pipe.read(str(tmp_path / "plane%03d.dat"))
    np.testing.assert_array_equal(data, stream.data)
    assert header["FDFILECOUNT"] == len(stream.data)
    write_nmrpipe(tmp_path / "again.dat", planes)
    assert (tmp_path / "again.dat").read_bytes() == real_file("format_fixtures/nmrpipe", name).read_bytes()


def test_real_planes_go_out_byte_for_byte(real_file, tmp_path):
    folder = real_file("format_fixtures/nmrpipe", "nmrpipe_3d_freq.dir")
    spectrum = read_nmrpipe(folder / "nmrpipe_3d_freq_%03d.ft3")
    stream = read_nmrpipe(folder.parent / "nmrpipe_3d_freq.ft3")
    np.testing.assert_array_equal(spectrum.data, stream.data)
    assert spectrum.axes == stream.axes
    write_nmrpipe(tmp_path / "p%03d.ft3", spectrum)
    for number in (1, 2):
        original = (folder / f"nmrpipe_3d_freq_{number:03d}.ft3").read_bytes()
        assert (tmp_path / f"p{number:03d}.ft3").read_bytes() == original


def transposed(path, target):
    """The file as NMRPipe's TP would leave it, written component by component."""
    header, data = nmrglue.pipe.read(str(path))
    rows, columns = data.shape
    out = np.zeros((2 * columns, rows // 2), np.complex64)
    for row in range(rows):
        for column in range(columns):
            for part, value in enumerate((data[row, column].real, data[row, column].imag)):
                out[2 * column + part, row // 2] += value * (1j if row % 2 else 1)
    header |= {"FDTRANSPOSED": 1.0, "FDSIZE": rows / 2, "FDSPECNUM": 2.0 * columns, "FDDIMORDER1": 1.0}
    header |= {"FDDIMORDER2": 2.0, "FDDIMORDER": [1.0, 2.0, 3.0, 4.0]}
    nmrglue.pipe.write(str(target), header, out, overwrite=True)


@pytest.mark.parametrize("shape", [(3, 4), (1, 5), (4, 1), (5, 3)])
def test_a_transposed_hypercomplex_file_is_turned_back(tmp_path, shape):
    spectrum = hypercomplex(*shape)
    write_nmrpipe(tmp_path / "plain.fid", spectrum)
    transposed(tmp_path / "plain.fid", tmp_path / "tp.fid")
    found = read_nmrpipe(tmp_path / "tp.fid")
    np.testing.assert_array_equal(found.data, spectrum.data)
    assert found.axes == read_nmrpipe(tmp_path / "plain.fid").axes
    write_nmrpipe(tmp_path / "back.fid", found)
    assert (tmp_path / "back.fid").read_bytes() == (tmp_path / "tp.fid").read_bytes()


def test_the_transposition_of_nmrglue_is_undone(real_file, tmp_path):
    path = real_file("nus_hdac8_fidnet", "methyl_test.fid")
    header, data = nmrglue.pipe_proc.tp(*nmrglue.pipe.read(str(path)), hyper=True)
    nmrglue.pipe.write(str(tmp_path / "tp.fid"), header, data)
    spectrum, plain = read_nmrpipe(tmp_path / "tp.fid"), read_nmrpipe(path)
    np.testing.assert_array_equal(spectrum.data, plain.data)
    assert spectrum.axes == plain.axes


def test_a_real_axis_is_turned_back_beside_a_complex_one(tmp_path):
    """Direct dimension processed and phased, then TP: X holds complex 15N time points."""
    value = np.arange(24, dtype=np.float32).reshape(6, 4)
    spectrum = Spectrum(value, (axis(3, "states", "time", "15N"), axis(4)))
    write_nmrpipe(tmp_path / "plain.ft1", spectrum)
    header, data = nmrglue.pipe.read(str(tmp_path / "plain.ft1"))
    np.testing.assert_array_equal(data, value)
    header |= {"FDTRANSPOSED": 1.0, "FDSIZE": 3.0, "FDSPECNUM": 4.0, "FDDIMORDER1": 1.0, "FDDIMORDER2": 2.0}
    header["FDDIMORDER"] = [1.0, 2.0, 3.0, 4.0]
    nmrglue.pipe.write(
        str(tmp_path / "tp.ft1"), header, np.ascontiguousarray((value[::2] + 1j * value[1::2]).T)
    )
    found = read_nmrpipe(tmp_path / "tp.ft1")
    np.testing.assert_array_equal(found.data, value)
    assert [a.encoding for a in found.axes] == ["states", "real"]


INDIRECT = [
    ("real", "frequency"),
    ("states", "time"),
    ("states-tppi", "time"),
    ("tppi", "time"),
    ("qf", "time"),
]
DIRECT = [("real", "frequency"), ("complex", "frequency"), ("complex", "time"), ("real", "time")]


@st.composite
def spectra(draw, ndim):
    kinds = [
        draw(st.sampled_from(INDIRECT if draw(st.booleans()) else INDIRECT[:2])) for _ in range(ndim - 1)
    ]
    if ndim == 3:
        kinds = [kind if kind[0] not in ("tppi", "qf") else INDIRECT[1] for kind in kinds]
    kinds.append(draw(st.sampled_from(DIRECT)))
    large = draw(st.integers(0, 3 * ndim))
    found = []
    for place, (encoding, domain) in enumerate(kinds):
        size = draw(st.integers(60, 130)) if place == large else draw(st.integers(1, 7))
        sw, mhz = draw(st.floats(100, 1e5, width=32)), draw(st.floats(20, 1200, width=32))
        found.append(
            Axis(("15N", "13C", "1H")[place], size, sw, mhz, draw(st.floats(-50, 200)), domain, encoding)
        )
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    data = rng.standard_normal([a.rows for a in found]).astype(np.float32)
    if kinds[-1][0] == "complex":
        data = data + np.complex64(1j) * data[..., ::-1]
    return Spectrum(data, tuple(found))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("nmrpipe")


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_spectrum_without_header_survives_a_file(scratch, ndim):
    @given(spectra(ndim))
    def check(spectrum):
        write_nmrpipe(scratch / "x.dat", spectrum)
        found = read_nmrpipe(scratch / "x.dat")
        np.testing.assert_array_equal(found.data, spectrum.data)
        for old, new in zip(spectrum.axes, found.axes, strict=True):
            assert (new.nucleus, new.size, new.domain, new.encoding) == (
                old.nucleus,
                old.size,
                old.domain,
                old.encoding,
            )
            assert (new.sw, new.mhz) == (old.sw, old.mhz)
            width = abs(old.carrier) + old.sw / old.mhz
            np.testing.assert_allclose(new.ppm(), old.ppm(), atol=3e-7 * width)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            np.testing.assert_array_equal(nmrglue.pipe.read(str(scratch / "x.dat"))[1], spectrum.data)

    check()


def test_an_extracted_region_keeps_its_ppm(real_file, tmp_path):
    whole = read_nmrpipe(real_file("nus_hsqc_qnls", "acbp_600.test.ft2"))
    part = whole.axes[1].region(10.0, 6.0)
    cut = whole.replace(data=whole.data[:, part], axes=(whole.axes[0], whole.axes[1].cut(part)))
    write_nmrpipe(tmp_path / "cut.ft2", cut)
    found = read_nmrpipe(tmp_path / "cut.ft2")
    np.testing.assert_array_equal(found.data, cut.data)
    np.testing.assert_allclose(found.axes[1].ppm(), whole.axes[1].ppm()[part], atol=1e-5)
    assert found.axes[0] == whole.axes[0]
    header, data = nmrglue.pipe.read(str(tmp_path / "cut.ft2"))
    assert header["FDTRANSPOSED"] == 1  # goes out as it came in
    np.testing.assert_allclose(
        nmrglue.pipe.make_uc(header, data, dim=0).ppm_scale(), cut.axes[1].ppm(), atol=1e-5
    )
    assert (header["FDMAX"], header["FDMIN"]) == (cut.data.max(), cut.data.min())


def test_only_changed_words_change(real_file, tmp_path):
    path = real_file("nus_hsqc_qnls", "savinase_750.test.fid")
    spectrum = read_nmrpipe(path)
    write_nmrpipe(tmp_path / "scaled.fid", spectrum.replace(data=2 * spectrum.data))
    before, after = (nmrglue.pipe.read(str(p))[0] for p in (path, tmp_path / "scaled.fid"))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"FDMAX", "FDMIN", "FDDISPMAX", "FDDISPMIN"}


def test_a_reconstructed_and_transformed_dimension_is_described_anew(real_file, tmp_path):
    spectrum = read_nmrpipe(real_file("nus_hdac8_fidnet", "hdac_ex.ft1"))
    indirect, direct = spectrum.axes
    result = spectrum.replace(data=np.ones((512, 408), np.float32), axes=(indirect.to_frequency(512), direct))
    write_nmrpipe(tmp_path / "x.ft2", result)
    header, data = nmrglue.pipe.read(str(tmp_path / "x.ft2"))
    assert data.shape == (512, 408)
    assert (header["FDF1FTFLAG"], header["FDF1QUADFLAG"], header["FDQUADFLAG"]) == (1, 1, 1)
    assert header["FDF1CAR"] == np.float32(18.738)
    assert header["FDF1CENTER"] == 257
    assert nmrglue.pipe.make_uc(header, data, dim=0).ppm(256) == pytest.approx(18.738, abs=1e-5)
    assert header["FDF2ORIG"] == Words(spectrum.header["nmrpipe"][0])["F2ORIG"]


def test_a_byte_swapped_file_is_the_same_spectrum(real_file, tmp_path):
    path = real_file("format_fixtures/nmrpipe", "nmrpipe_3d_time.fid")
    words = np.fromfile(path, "<f4")
    swapped = words.byteswap()
    for text in (slice(16, 24), slice(286, 294), slice(297, 352), slice(464, 472)):
        swapped[text] = words[text]  # characters stand in the same order on every machine
    swapped.tofile(tmp_path / "swapped.fid")
    spectrum, swapped = read_nmrpipe(path), read_nmrpipe(tmp_path / "swapped.fid")
    np.testing.assert_array_equal(swapped.data, spectrum.data)
    assert swapped.axes == spectrum.axes
    write_nmrpipe(tmp_path / "plain.fid", swapped)
    assert (tmp_path / "plain.fid").read_bytes() == path.read_bytes()


def test_every_bit_of_the_data_is_kept(tmp_path):
    """Signed zeros, infinities and NaN survive: quadrature parts are moved, never computed with."""
    spectrum = hypercomplex()
    parts = spectrum.data.view(np.float32)
    parts[0, :6] = [-0.0, 0.0, np.inf, -np.inf, np.nan, -0.0]
    write_nmrpipe(tmp_path / "x.fid", spectrum)
    assert read_nmrpipe(tmp_path / "x.fid").data.tobytes() == spectrum.data.tobytes()


@pytest.mark.parametrize(
    ("data", "axes", "message"),
    [
        (
            np.zeros((4, 3)),
            (axis(2, "echo-antiecho", "time"), axis(3)),
            "no real direct beside .'echo-antiecho'. indirect",
        ),
        (
            np.zeros((4, 3), complex),
            (axis(4, "complex"), axis(3)),
            "no real direct beside .'complex'. indirect",
        ),
        (np.zeros((3, 4)), (axis(3), axis(2, "states", "time")), "no states direct"),
        (np.zeros((1, 1, 1, 1)), (axis(1),) * 4, "a 4D spectrum does not fit"),
    ],
)
def test_what_nmrpipe_cannot_hold_is_refused(tmp_path, data, axes, message):
    with pytest.raises(UserError, match=message):
        write_nmrpipe(tmp_path / "x.fid", Spectrum(data, axes))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"FDSIZE": math.nan}, "FDSIZE is nan"),
        ({"FDSIZE": -4.0}, "FDSIZE is -4"),
        ({"FDSIZE": 1e30}, r"FDSIZE is 1e\+30"),
        ({"FDSIZE": 1e8}, "header promises"),
        ({"FDDIMCOUNT": 4.0}, "FDDIMCOUNT is 4"),
        ({"FDDIMORDER1": 1.0}, "a dimension twice"),
        ({"FDSPECNUM": 5.0}, "odd number of rows"),
        ({"FDF2QUADFLAG": 3.0}, "FDF2QUADFLAG is 3"),
        ({"FDF2SW": math.inf}, "spectral width inf"),
        ({"FDF1OBS": -1.0}, "frequency -1.0 MHz"),
        ({"FDFLTORDER": 0.0}, "not an NMRPipe file"),
    ],
)
def test_a_wrong_header_word_is_named(tmp_path, change, message):
    path = tmp_path / "x.fid"
    write_nmrpipe(path, hypercomplex())
    words, raw = Words(path.read_bytes()[:HEADER_BYTES]), path.read_bytes()
    for name, value in change.items():
        words[name.removeprefix("FD")] = value
    path.write_bytes(words.values.tobytes() + raw[HEADER_BYTES:])
    with pytest.raises(FormatError, match=message):
        read_nmrpipe(path)


@pytest.mark.parametrize("length", [0, 1, 2047, 2048, 2052, -4, -1])
def test_a_cut_file_is_refused(tmp_path, length):
    path = tmp_path / "x.fid"
    write_nmrpipe(path, hypercomplex())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FormatError, match=r"too few for an NMRPipe header|header promises 192"):
        read_nmrpipe(path)


def test_a_lengthened_file_is_refused(tmp_path):
    path = tmp_path / "x.fid"
    write_nmrpipe(path, hypercomplex())
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(FormatError, match="193 bytes of data where the header promises 192"):
        read_nmrpipe(path)


def test_a_series_with_a_missing_or_foreign_plane_is_refused(tmp_path):
    cube = Spectrum(np.zeros((3, 4, 5), np.float32), (axis(3), axis(4), axis(5)))
    write_nmrpipe(tmp_path / "p%03d.ft3", cube)
    template, last = tmp_path / "p%03d.ft3", tmp_path / "p003.ft3"
    last.rename(tmp_path / "elsewhere")
    with pytest.raises(FormatError, match="plane 3 of 3 is missing"):
        read_nmrpipe(template)
    write_nmrpipe(last, Spectrum(np.zeros((5, 4), np.float32), (axis(5), axis(4))))
    with pytest.raises(FormatError, match="another layout"):
        read_nmrpipe(template)
    assert read_nmrpipe(tmp_path / "p002.ft3").data.shape == (4, 5)
    write_nmrpipe(tmp_path / "p001.ft3", hypercomplex())
    with pytest.raises(FormatError, match="not of a 3D"):
        read_nmrpipe(template)


@pytest.mark.parametrize(
    ("label", "isotope"),
    [
        *[
            ("HN", "1H"),
            ("H1", "1H"),
            ("1H", "1H"),
            ("N15", "15N"),
            ("C13", "13C"),
            ("CACB", "13C"),
            ("P", "31P"),
        ],
        *[("29Si", "29Si"), ("X", ""), ("ID", ""), ("", ""), ("Pressure", "")],
    ],
)
def test_labels_name_isotopes(label, isotope):
    assert nucleus(label) == isotope


def test_a_new_label_replaces_the_old_one(tmp_path):
    path = tmp_path / "x.fid"
    write_nmrpipe(path, hypercomplex())
    found = read_nmrpipe(path)
    write_nmrpipe(
        path, found.replace(axes=(dataclasses.replace(found.axes[0], nucleus="13C"), found.axes[1]))
    )
    header, _ = nmrglue.pipe.read(str(path))
    assert (header["FDF1LABEL"], header["FDF2LABEL"]) == ("13C", "1H")


def holds_its_file(spectrum):
    """The spectrum has the shape that nmrglue finds in its header and every value of its file, none else."""
    raw = Path(spectrum.source).read_bytes()
    values = np.frombuffer(raw[HEADER_BYTES:], "<u4")
    found = np.ascontiguousarray(spectrum.data).view("<u4")
    np.testing.assert_array_equal(np.sort(found.ravel()), np.sort(values))
    words = Words(raw[:HEADER_BYTES])
    numbers = {
        f"FD{name}": words[f"{name}"] for name in ("DIMCOUNT", "SIZE", "SPECNUM", "TRANSPOSED", "QUADFLAG")
    }
    numbers |= {f"FD{name}": words[name] for name in ("F1QUADFLAG", "F2QUADFLAG", "PIPEFLAG", "F3SIZE")}
    plain = words["DIMORDER1"] == 2 and words["TRANSPOSED"] == 0
    if plain and (np.iscomplexobj(spectrum.data) or words["QUADFLAG"] == 1):
        shape = np.atleast_1d(nmrglue.pipe.find_shape(numbers))
        assert spectrum.data.shape[:-1] == tuple(shape[:-1])


def damaged_kinds(folder):
    cube = (axis(2, "states", "time"), axis(3, "states", "time"), axis(4, "complex", "time"))
    write_nmrpipe(folder / "1d.fid", Spectrum(np.ones(16, np.complex64), (axis(16, "complex", "time"),)))
    write_nmrpipe(folder / "2d.ft2", Spectrum(np.ones((6, 8), np.float32), (axis(6), axis(8))))
    write_nmrpipe(folder / "3d.fid", Spectrum(np.ones((4, 6, 4), np.complex64), cube))
    write_nmrpipe(folder / "plain.fid", hypercomplex())
    transposed(folder / "plain.fid", folder / "tp.fid")


@pytest.mark.parametrize("name", ["1d.fid", "2d.ft2", "3d.fid", "tp.fid"])
def test_damaged_files_are_refused_or_read_right(tmp_path, name):
    damaged_kinds(tmp_path)
    outcome = fuzz(read_nmrpipe, tmp_path / name, holds_its_file, count=1000)
    assert min(outcome.values()) > 50


def test_a_damaged_plane_is_refused_or_read_right(tmp_path):
    axes = (axis(3), axis(4), axis(5))
    write_nmrpipe(tmp_path / "p%03d.ft3", Spectrum(np.ones((3, 4, 5), np.float32), axes))

    def right(spectrum):
        assert spectrum.data.shape == (3, 4, 5)

    for number in (1, 2):
        target = tmp_path / f"p{number:03d}.ft3"
        outcome = fuzz(read_nmrpipe, target, right, root=tmp_path / "p%03d.ft3", count=500)
        assert outcome["refused"] > 50


def test_the_fuzzing_finds_the_faults_of_a_lenient_reader(tmp_path):
    damaged_kinds(tmp_path)
    with pytest.raises(AssertionError, match=r"mutation \d+ of seed 0: (IndexError|UnicodeDecodeError)"):
        fuzz(lambda path: nmrglue.pipe.read(str(path)), tmp_path / "2d.ft2", lambda found: None, count=200)


def test_bytes_that_are_no_numbers_are_looked_at_in_silence():
    """A signalling not-a-number, as integers of a Bruker ``ser`` happen to spell it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert byte_order(bytes(8) + b"\xff\xff\xbf\x7f") is None
