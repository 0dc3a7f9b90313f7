"""UCSF files against nmrglue, byte for byte, and against every kind of damage."""

import struct
from pathlib import Path

import nmrglue
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import FormatError, UserError
from common.io.nmrpipe import read_nmrpipe
from common.io.ucsf import read_ucsf, write_ucsf
from common.spectrum import Axis, Spectrum
from tests.common.io.fuzz import fuzz

HEADER = {2: 436, 3: 564}
AXIS = struct.Struct(">6s h 3I 6f 84s")
shapes = st.lists(st.integers(1, 9) | st.integers(150, 260), min_size=2, max_size=2) | st.lists(
    st.integers(1, 7) | st.integers(30, 50), min_size=3, max_size=3
)


def spectrum_of(shape, seed=0):
    data = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    values = zip(
        ("13C", "15N", "1H")[-len(shape) :], shape, (8000.0, 1824.5, 12001.25)[-len(shape) :], strict=True
    )
    return Spectrum(data, tuple(Axis(nucleus, size, sw, 600.25, 4.75) for nucleus, size, sw in values))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("ucsf")


@given(shapes, st.integers(0, 99))
def test_a_spectrum_survives_a_file_and_nmrglue_reads_it(scratch, shape, seed):
    spectrum, path = spectrum_of(shape, seed), scratch / "x.ucsf"
    path.unlink(missing_ok=True)
    write_ucsf(path, spectrum)
    found = read_ucsf(path)
    np.testing.assert_array_equal(found.data, spectrum.data)
    assert found.axes == spectrum.axes
    header, data = nmrglue.sparky.read(str(path))
    np.testing.assert_array_equal(data, spectrum.data)
    assert header["seek_pos"] == path.stat().st_size
    for dim, axis in enumerate(found.axes):
        np.testing.assert_allclose(
            axis.ppm(), nmrglue.sparky.make_uc(header, data, dim).ppm_scale(), atol=1e-9
        )


@pytest.mark.parametrize("shape", [(1, 1), (300, 517), (7, 4000), (20, 31, 130)])
def test_files_of_nmrglue_go_out_byte_for_byte(tmp_path, shape):
    spectrum = spectrum_of(shape)
    axes = {
        n: {"size": a.size, "sw": a.sw, "obs": a.mhz, "car": a.carrier * a.mhz, "label": a.nucleus}
        for n, a in enumerate(spectrum.axes)
    }
    header = nmrglue.sparky.create_dic({"ndim": len(shape), **axes}, user="a user")
    nmrglue.sparky.write(str(tmp_path / "x.ucsf"), header, spectrum.data)
    found = read_ucsf(tmp_path / "x.ucsf")
    np.testing.assert_array_equal(found.data, spectrum.data)
    assert found.axes == spectrum.axes
    write_ucsf(tmp_path / "copy.ucsf", found)
    assert (tmp_path / "copy.ucsf").read_bytes() == (tmp_path / "x.ucsf").read_bytes()


def test_an_nmrpipe_spectrum_keeps_its_ppm(data_dir, tmp_path):
    spectrum = read_nmrpipe(data_dir("nus_hsqc_qnls") / "acbp_600.test.ft2")
    write_ucsf(tmp_path / "x.ucsf", spectrum)
    found = read_ucsf(tmp_path / "x.ucsf")
    np.testing.assert_array_equal(found.data, spectrum.data)
    for old, new in zip(spectrum.axes, found.axes, strict=True):
        assert new.nucleus == old.nucleus
        np.testing.assert_allclose(new.ppm(), old.ppm(), atol=1e-5)


def test_a_region_keeps_its_ppm_and_the_rest_of_the_header(tmp_path):
    write_ucsf(tmp_path / "x.ucsf", spectrum_of((40, 50)))
    raw = bytearray((tmp_path / "x.ucsf").read_bytes())
    raw[14:20] = b"me\0\xff\xfe!"  # what Sparky leaves behind the end mark of a text need not be text
    (tmp_path / "x.ucsf").write_bytes(raw)
    whole = read_ucsf(tmp_path / "x.ucsf")
    part = slice(10, 31)
    cut = whole.replace(data=whole.data[:, part], axes=(whole.axes[0], whole.axes[1].cut(part)))
    write_ucsf(tmp_path / "cut.ucsf", cut)
    found = read_ucsf(tmp_path / "cut.ucsf")
    np.testing.assert_array_equal(found.data, cut.data)
    np.testing.assert_allclose(found.axes[1].ppm(), whole.axes[1].ppm()[part], atol=1e-5)
    assert (tmp_path / "cut.ucsf").read_bytes()[14:20] == raw[14:20]


@pytest.mark.parametrize(
    ("data", "axes"),
    [
        (np.zeros(4), (Axis("1H", 4, 1.0, 1.0, 0.0),)),
        (
            np.zeros((2, 2), complex),
            (Axis("1H", 2, 1.0, 1.0, 0.0), Axis("1H", 2, 1.0, 1.0, 0.0, encoding="complex")),
        ),
        (np.zeros((2, 2)), (Axis("1H", 2, 1.0, 1.0, 0.0, "time"), Axis("1H", 2, 1.0, 1.0, 0.0))),
    ],
)
def test_only_real_spectra_go_in(tmp_path, data, axes):
    with pytest.raises(UserError, match="UCSF holds"):
        write_ucsf(tmp_path / "x.ucsf", Spectrum(data, axes))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, b"UCSF XXX", "not a UCSF file"),
        (10, b"\4", "4 axes"),
        (11, b"\2", "2 components"),
        (13, b"\1", "version 1"),
        (188, struct.pack(">I", 0), "sizes"),
        (196, struct.pack(">I", 0), "in tiles of"),
        (196, struct.pack(">I", 2**31), "header promises"),
        (188, struct.pack(">I", 2**32 - 1), "header promises"),
        (200, struct.pack(">f", -1.0), "frequency -1.0 MHz"),
        (204, struct.pack(">f", np.nan), "spectral width nan"),
    ],
)
def test_a_wrong_header_field_is_named(tmp_path, place, value, message):
    write_ucsf(tmp_path / "x.ucsf", spectrum_of((5, 6)))
    raw = bytearray((tmp_path / "x.ucsf").read_bytes())
    raw[place : place + len(value)] = value
    (tmp_path / "x.ucsf").write_bytes(raw)
    with pytest.raises(FormatError, match=message):
        read_ucsf(tmp_path / "x.ucsf")


@pytest.mark.parametrize("shape", [(30, 20), (3, 5, 7)])
def test_damaged_files_are_refused_or_read_right(tmp_path, shape):
    def right(spectrum):
        raw, ndim = Path(spectrum.source).read_bytes(), spectrum.data.ndim
        fields = [AXIS.unpack_from(raw, 180 + 128 * n) for n in range(ndim)]
        assert spectrum.data.shape == tuple(axis[2] for axis in fields)
        tiles = np.prod([-(-axis[2] // axis[4]) * axis[4] for axis in fields])
        assert len(raw) == HEADER[ndim] + 4 * tiles
        stored = np.frombuffer(raw[HEADER[ndim] :], ">f4").astype("<f4").view("<u4")
        assert np.isin(np.ascontiguousarray(spectrum.data).view("<u4"), stored).all()

    write_ucsf(tmp_path / "x.ucsf", spectrum_of(shape))
    outcome = fuzz(read_ucsf, tmp_path / "x.ucsf", right, header=HEADER[len(shape)], count=1000)
    assert min(outcome.values()) > 50
