"""Varian folders, written by nmrglue out of measured data and measured procpars.

The mirror has procpars of HSQCs as the spectrometer wrote them, but their FIDs only as NMRPipe files that
var2pipe made, with cosine and sine parts combined. So the tests undo that combination by ``f1coef``, write
a Varian folder with nmrglue, and expect the NMRPipe data back. The sense of rotation was checked by hand
on measured folders that are not in the mirror (1H and 13C of solvents at 7.26, 3.31, 4.76 and 77.0 ppm).
"""

import numpy as np
import pytest

from common.errors import FormatError
from common.io.varian import read_varian
from tests.common.io.fuzz import fuzz

RANCE_KAY = "1 0 -1 0 0 -1 0 -1"
PROCPAR = {"np": 16, "sw": 8000.0, "sfrq": 600.00282, "reffrq": 600.0, "tn": "H1", "array": "", "axis": "p"}
PROCPAR |= {"dn": "C13", "dfrq": 150.88, "dm": "nnn", "dn2": "N15", "dfrq2": 60.8046, "dm2": "nny"}
PROCPAR |= {"sw1": 2000.0, "sw2": 3000.0, "solvent": "d2o", "temp": 25, "lockfreq_": 92.1}


def parameter(name, values):
    """A procpar entry as nmrglue writes it; strings are type 2, numbers type 1."""
    import nmrglue

    values = values if isinstance(values, list) else [values]
    entry = nmrglue.varian.create_pdic_param(name, [str(value) for value in values])
    entry["basictype"] = "2" if isinstance(values[0], str) else "1"
    return entry


def write_folder(folder, rows, torder="f", procpar=()):
    """A Varian folder with complex rows (traces, points), or (n2, n1, points) in nmrglue's trace order."""
    import nmrglue

    entries = {name: parameter(name, value) for name, value in (PROCPAR | dict(procpar)).items()}
    points, traces = rows.shape[-1], int(np.prod(rows.shape[:-1]))
    header = dict.fromkeys(("vers_id", "status"), 0)
    header |= {
        "nblocks": traces,
        "ntraces": 1,
        "np": 2 * points,
        "ebytes": 4,
        "tbytes": 8 * points,
        "nbheaders": 1,
    }
    header |= {"bbytes": 8 * points + 28, "procpar": entries, "status": 0x1 | 0x8 | 0x10}
    for name in ("S_DATA", "S_FLOAT", "S_COMPLEX"):
        header[name] = 1
    for name in (
        "S_SPEC",
        "S_32",
        "S_HYPERCOMPLEX",
        "S_ACQPAR",
        "S_SECND",
        "S_TRANSF",
        "S_NP",
        "S_NF",
        "S_NI",
        "S_NI2",
    ):
        header[name] = 0
    folder.mkdir(exist_ok=True)
    data = rows.astype("complex64")
    nmrglue.varian.write(str(folder), header, data, torder=torder, overwrite=True)


def noise(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype("complex64")


def two_dimensional(**extra):
    return {"ni": 4, "phase": [1, 2], "array": "phase", "np": 16} | extra


def check(spectrum):
    assert np.isfinite(spectrum.data).all()
    for axis in spectrum.axes:
        assert np.isfinite(axis.ppm()).all()


# Measured data


@pytest.mark.parametrize(
    ("name", "proton", "nitrogen"),
    [("acbp_600", 4.630, 117.861), ("sod1wt_600", 4.773, 118.005), ("savinase_750", 4.773, 119.475)],
)
def test_measured_hsqc(data_dir, tmp_path, name, proton, nitrogen):
    """Real procpar, data of the NMRPipe file; carriers as the authors set them by hand (water, then 15N)."""
    import nmrglue

    folder = data_dir("nus_hsqc_qnls")
    _, pipe = nmrglue.pipe.read(str(folder / f"{name}.test.fid"))
    text = (folder / f"{name}.procpar").read_text()
    assert RANCE_KAY in text
    text = text.replace('"ncyc,phase"', '"phase"')  # one plane of the relaxation series
    cosine, sine = pipe[0::2], pipe[1::2]
    # inverse of C = S1 - S2, S = i (S1 + S2), in NMRPipe's sense of rotation
    first, second = (cosine - 1j * sine) / 2, (-cosine - 1j * sine) / 2
    rows = np.stack([first, second], axis=1).reshape(pipe.shape).conj()
    write_folder(tmp_path / "a.fid", rows)
    (tmp_path / "a.fid" / "procpar").write_text(text)
    spectrum = read_varian(tmp_path / "a.fid")
    np.testing.assert_allclose(spectrum.data, pipe, atol=2e-6 * np.abs(pipe).max())
    t1, t2 = spectrum.axes
    assert (t1.nucleus, t1.encoding, t2.nucleus, t2.encoding) == ("15N", "states", "1H", "complex")
    assert (t1.size, t2.size, t2.domain) == (128, pipe.shape[1], "time")
    assert t2.carrier == pytest.approx(proton, abs=0.16)
    # both follow from one reference: the same error in ppm, apart from the ratio used
    assert t1.carrier - nitrogen == pytest.approx(t2.carrier - proton, abs=0.03)
    assert ("note" in spectrum.header) == (name != "savinase_750")


# Layouts


def test_procpar_with_texts_over_several_lines(tmp_path):
    """As VnmrJ writes arrays of texts, and entries added by hand with the name alone."""
    write_folder(tmp_path, noise(1, 8))
    extra = 'names 4 2 8 0 0 2 1 0 1 64\n3 "a b" \n"" \n"c" \n2 "a b" "c" \nSPARSE \n1 "y"\n0\n\n'
    (tmp_path / "procpar").write_text((tmp_path / "procpar").read_text() + extra)
    procpar = read_varian(tmp_path).header["procpar"]
    assert procpar["names"] == ["a b", "", "c"]
    assert procpar["SPARSE"] == ["y"]


@pytest.mark.parametrize("points", [1, 7, 4096])
def test_1d(tmp_path, points):
    rows = noise(1, points)
    write_folder(tmp_path, rows, procpar={"np": 2 * points})
    spectrum = read_varian(tmp_path)
    np.testing.assert_array_equal(spectrum.data, rows[0].conj())
    axis = spectrum.axes[0]
    assert (axis.nucleus, axis.sw, axis.mhz, axis.carrier) == ("1H", 8000.0, 600.0, pytest.approx(4.7))


@pytest.mark.parametrize("size", [2, 5, 64])
@pytest.mark.parametrize("coefficients", ["", "1 0 0 0 0 0 -1 0", "1,0,0,0,0,0,-1,0"])
def test_states(tmp_path, size, coefficients):
    """cos and sin of Varian's sense of rotation turn into those of ours: the sine changes its sign."""
    turns = 2 * np.pi * np.arange(size)[:, None] / size
    direct = np.exp(2j * np.pi * 3 * np.arange(8) / 8)
    rows = np.stack([np.cos(turns) * direct, -np.sin(turns) * direct], axis=1).reshape(2 * size, 8).conj()
    write_folder(tmp_path, rows, procpar=two_dimensional(ni=size, f1coef=coefficients))
    spectrum = read_varian(tmp_path / "procpar")
    np.testing.assert_allclose(spectrum.data[0::2], np.cos(turns) * direct, atol=1e-6)
    np.testing.assert_allclose(spectrum.data[1::2], np.sin(turns) * direct, atol=1e-6)
    assert spectrum.axes[0].encoding == "states"
    assert spectrum.axes[0].size == size


@pytest.mark.parametrize(("phase", "encoding"), [(1, "qf"), (3, "tppi")])
def test_one_row_a_point(tmp_path, phase, encoding):
    rows = noise(4, 8)
    write_folder(tmp_path, rows, procpar=two_dimensional(phase=phase, array=""))
    spectrum = read_varian(tmp_path)
    assert (spectrum.axes[0].encoding, spectrum.axes[0].size) == (encoding, 4)
    np.testing.assert_array_equal(spectrum.data, rows.conj())


@pytest.mark.parametrize(("array", "torder"), [("phase2,phase", "r"), ("phase,phase2", "o")])
def test_3d(tmp_path, array, torder):
    """nmrglue's two trace orders, by which of the phases runs faster."""
    data = noise(6, 10, 8)
    extra = {"ni": 5, "ni2": 3, "phase2": [1, 2], "array": array, "refsource1": "dfrq2", "refsource2": "dfrq"}
    write_folder(tmp_path, data, torder, two_dimensional(**extra))
    spectrum = read_varian(tmp_path)
    expected = data.conj()
    expected[1::2] *= -1
    expected[:, 1::2] *= -1
    np.testing.assert_allclose(spectrum.data, expected)
    assert [axis.nucleus for axis in spectrum.axes] == ["13C", "15N", "1H"]
    assert [axis.sw for axis in spectrum.axes] == [3000.0, 2000.0, 8000.0]


def test_integers(tmp_path):
    """A 32-bit integer file, byte by byte: file header, block header of 28 bytes, numbers."""
    write_folder(tmp_path, noise(1, 8))
    words = [1, 1, 16, 4, 64, 64 + 28]
    header = (
        np.array(words, ">i4").tobytes()
        + np.array([0, 0x5], ">i2").tobytes()
        + np.array([1], ">i4").tobytes()
    )
    (tmp_path / "fid").write_bytes(header + bytes(28) + np.arange(16, dtype=">i4").tobytes())
    np.testing.assert_array_equal(read_varian(tmp_path).data, np.arange(0, 16, 2) - 1j * np.arange(1, 16, 2))


@pytest.mark.parametrize(
    ("extra", "nucleus"),
    [
        ({}, "15N"),  # decoupled during acquisition
        ({"dm2": "nnn", "dm": "nny"}, "13C"),
        ({"dm2": "nnn"}, "1H"),
        ({"axis": "pd"}, "13C"),
        ({"axis": "pd", "refsource1": "dfrq2"}, "15N"),
    ],
)
def test_nucleus_of_the_indirect_dimension(tmp_path, extra, nucleus):
    write_folder(tmp_path, noise(8, 8), procpar=two_dimensional(**extra))
    assert read_varian(tmp_path).axes[0].nucleus == nucleus


def test_15n_reference_follows_from_1h(tmp_path):
    """0 ppm of 15N at 0.101329118 of that of 1H (Markley et al. 1998)."""
    write_folder(tmp_path, noise(8, 8), procpar=two_dimensional())
    axis = read_varian(tmp_path).axes[0]
    assert axis.mhz == pytest.approx(60.7974708, abs=1e-9)
    assert axis.carrier == pytest.approx((60.8046 - 60.7974708) / 60.7974708 * 1e6)


def test_reference_of_another_spectrometer(tmp_path):
    write_folder(tmp_path, noise(1, 8), procpar={"reffrq": 499.7})
    spectrum = read_varian(tmp_path)
    assert spectrum.axes[0].carrier == pytest.approx(4.768, abs=1e-3)  # water at 25 C
    assert "water" in spectrum.header["note"]
    write_folder(tmp_path, noise(1, 8), procpar={"reffrq": 499.7, "solvent": "cdcl3"})
    with pytest.raises(FormatError, match=r"reffrq is 499.7"):
        read_varian(tmp_path)


# Non-uniform sampling


def test_nus_2d(tmp_path):
    rows = noise(6, 8)
    write_folder(tmp_path, rows, procpar=two_dimensional(ni=32))
    with pytest.raises(FormatError, match=r"6 rows, not 32 x 2.*sampling.sch"):
        read_varian(tmp_path)
    (tmp_path / "sampling.sch").write_text("0\n5\n31\n")
    spectrum = read_varian(tmp_path)
    assert spectrum.axes[0].size == 3
    np.testing.assert_allclose(spectrum.data[0::2], rows[0::2].conj())
    np.testing.assert_array_equal(spectrum.header["nus"]["schedule"], [[0], [5], [31]])
    assert spectrum.header["nus"]["full_size"] == (32,)


def test_nus_3d(tmp_path):
    rows = noise(3, 2, 2, 8)  # point, phase2, phase
    extra = {"ni": 16, "ni2": 10, "phase2": [1, 2], "array": "phase2,phase"}
    extra |= {"refsource1": "dfrq2", "refsource2": "dfrq"}
    write_folder(tmp_path, rows.reshape(12, 8), procpar=two_dimensional(**extra))
    (tmp_path / "sampling.sch").write_text("0 0\n15 9\n4 2\n")
    spectrum = read_varian(tmp_path)
    assert [axis.size for axis in spectrum.axes] == [3, 1, 8]
    expected = rows.conj() * np.array([1, -1])[:, None, None] * np.array([1, -1])[:, None]
    np.testing.assert_allclose(spectrum.data, expected.reshape(6, 2, 8))
    assert spectrum.header["nus"]["full_size"] == (16, 10)


# Damage


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"array": "ncyc,phase"}, "split the array"),
        ({"phase": [1, 2, 3]}, "only 1 2"),
        ({"ni": 5}, "8 rows, not 5 x 2"),
        ({"np": 32}, "np in procpar"),
        ({"sw": 0.0}, "sw is 0"),
        ({"sw1": "x"}, "sw1 is x"),
        ({"sfrq": 0.0}, "within 1000 ppm"),
        ({"dfrq2": 75.0}, "1000 ppm"),
        ({"f1coef": "1 0 1 0 1 0 1 0"}, "does not tell"),
        ({"f1coef": "1 0"}, "eight numbers"),
    ],
)
def test_damaged_parameters(tmp_path, extra, reason):
    write_folder(tmp_path, noise(8, 8), procpar=two_dimensional(**extra))
    with pytest.raises(FormatError, match=reason) as caught:
        read_varian(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_missing_and_short_files(tmp_path):
    with pytest.raises(FormatError, match=r"procpar: is missing"):
        read_varian(tmp_path)
    write_folder(tmp_path, noise(8, 8), procpar=two_dimensional())
    blob = (tmp_path / "fid").read_bytes()
    (tmp_path / "fid").write_bytes(blob[:-4])
    with pytest.raises(FormatError, match=f"has {len(blob) - 4} bytes, but its header needs {len(blob)}"):
        read_varian(tmp_path)
    (tmp_path / "fid").write_bytes(blob[:20])
    with pytest.raises(FormatError, match="fewer than its header"):
        read_varian(tmp_path)
    (tmp_path / "fid").write_bytes(blob[:-4] + np.array([np.nan], ">f4").tobytes())
    with pytest.raises(FormatError, match="not numbers"):
        read_varian(tmp_path)
    (tmp_path / "fid").unlink()
    with pytest.raises(FormatError, match="fid: is missing"):
        read_varian(tmp_path)


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["fid", "procpar", "sampling.sch"])
def test_fuzz(tmp_path, name, count):
    write_folder(tmp_path, noise(8, 8), procpar=two_dimensional(ni=32))
    (tmp_path / "sampling.sch").write_text("0\n5\n31\n12\n")
    outcome = fuzz(
        read_varian, tmp_path / name, check, root=tmp_path, text=name != "fid", header=60, count=count
    )
    assert outcome["read"] > 0
    assert outcome["refused"] > 0
