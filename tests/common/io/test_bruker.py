"""Bruker folders: real ones, folders written by nmrglue, and folders synthesised from the documented layout.

The data mirror has int32 1D raw data (XWIN-NMR to TopSpin 3) and processed 1D and 2D data. Layouts that it
does not have (float64 of TopSpin 4 and NEO, rows without padding, 2D and 3D raw data, non-uniform sampling,
submatrices) are synthesised here, byte by byte, from the layout that the manuals describe.
"""

import itertools
import warnings

import numpy as np
import pytest

from common.errors import FormatError
from common.io.bruker import read_bruker
from tests.common.io.fuzz import fuzz

FOLDERS = [
    ("bruker_1d_regions", "aspirin_300MHz"),
    ("bruker_1d_regions", "menthol_500MHz"),
    ("bruker_1d_regions", "penguins_1"),
    ("nrc_1d_mixtures", "glucose_2018"),
    ("nrc_1d_mixtures", "undried_amino_acid_mixture_2021_1"),
]
ACQUS = {
    "AQ_mod": 3,
    "AQSEQ": 0,
    "BF1": 600.0,
    "BYTORDA": 0,
    "DECIM": 1,
    "DSPFVS": 20,
    "DTYPA": 0,
    "FnTYPE": 0,
    "GRPDLY": 0,
    "NC": 0,
}
ACQUS |= {"NUC1": "<1H>", "O1": 2820.0, "PARMODE": 0, "SFO1": 600.00282, "SW_h": 8000.0, "TD": 64}
ACQU2S = {"BF1": 60.8, "FnMODE": 4, "NUC1": "<15N>", "SFO1": 60.8072, "SW_h": 2000.0, "TD": 8, "NusTD": 0}
ACQU3S = ACQU2S | {"BF1": 150.0, "NUC1": "<13C>", "SFO1": 150.015, "SW_h": 3000.0}
PROCS = {
    "BYTORDP": 0,
    "DTYPP": 0,
    "FT_mod": 6,
    "NC_proc": 0,
    "OFFSET": 11.5,
    "SF": 600.0,
    "SI": 8,
    "SW_p": 8000.0,
    "XDIM": 0,
    "PPARMOD": 0,
}


def write_parameters(file, values):
    lines = [f"##${name}= {value}" for name, value in values.items()]
    text = "\n".join(["##TITLE= Parameter file, TopSpin 4.1.0", "##JCAMPDX= 5.0", *lines, "##END=", ""])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def write_raw(folder, rows, acqus=(), acqu2s=None, acqu3s=None, padded=True):
    """A fid or ser file of complex integer rows, byte by byte; each row padded to 1024 bytes or not."""
    indirect = [values for values in (acqu2s, acqu3s) if values is not None]
    values = ACQUS | {"TD": 2 * rows.shape[-1], "PARMODE": len(indirect)} | dict(acqus)
    write_parameters(folder / "acqus", values)
    for number, extra in enumerate(indirect, start=2):
        write_parameters(folder / f"acqu{number}s", (ACQU2S, ACQU3S)[number - 2] | dict(extra))
    kind = np.dtype({0: "i4", 2: "f8"}[values["DTYPA"]]).newbyteorder("<>"[values["BYTORDA"]])
    with open(folder / ("ser" if indirect else "fid"), "wb") as file:
        for row in rows.reshape(-1, rows.shape[-1]):
            block = np.stack([row.real, row.imag], axis=-1).ravel().astype(kind).tobytes()
            file.write(block + b"\0" * (-len(block) % 1024 if padded else 0))


def integers(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(-(2**20), 2**20, shape) + 1j * rng.integers(-(2**20), 2**20, shape)


def check(spectrum):
    assert np.isfinite(spectrum.data).all()
    for axis in spectrum.axes:
        assert np.isfinite(axis.ppm()).all()


# Real files


@pytest.mark.parametrize(("name", "folder"), FOLDERS)
def test_transformed_fid_is_topspins_spectrum(data_dir, name, folder):
    """FID without group delay, TopSpin's window and phase: TopSpin's 1r, in ppm, height and shape."""
    raw = read_bruker(data_dir(name) / folder)
    done = read_bruker(data_dir(name) / folder, processed=1)
    procs, axis, points = done.header["procs"], raw.axes[0], done.axes[0].size
    window = np.exp(-np.pi * procs["LB"] * np.arange(axis.size) / axis.sw)
    spectrum = np.fft.fftshift(np.fft.ifft(raw.data * window, points, norm="forward"))
    spectrum *= np.exp(-1j * np.deg2rad(procs["PHC0"] + procs["PHC1"] * np.arange(points) / points))
    slope, correlation = (
        np.polyfit(spectrum.real, done.data, 1)[0],
        np.corrcoef(spectrum.real, done.data)[0, 1],
    )
    assert abs(correlation) > 0.997  # XWIN-NMR's qsim data (aspirin) come out with the other sign
    assert abs(slope) == pytest.approx(1, abs=0.005)
    shown = raw.axes[0].to_frequency(points)
    highest = [shown.ppm(np.abs(spectrum.real).argmax()), done.axes[0].ppm(np.abs(done.data).argmax())]
    assert abs(highest[0] - highest[1]) <= 1.01 * done.axes[0].sw / done.axes[0].mhz / points
    np.testing.assert_allclose(shown.ppm(), done.axes[0].ppm(), atol=2e-5)  # OFFSET has five decimals


def test_processed_axis_is_topspins(data_dir):
    for name, folder in FOLDERS:
        spectrum = read_bruker(data_dir(name) / folder / "pdata" / "1")
        procs, axis = spectrum.header["procs"], spectrum.axes[0]
        shown = procs["OFFSET"] - np.arange(procs["SI"]) * procs["SW_p"] / procs["SF"] / procs["SI"]
        np.testing.assert_allclose(axis.ppm(), shown, rtol=0, atol=1e-9)
        assert axis.nucleus == "1H"


def test_group_delay_from_the_table(data_dir):
    """XWIN-NMR and early files have no GRPDLY; firmware 12 with decimation 8 delays by 53.25 points."""
    spectrum = read_bruker(data_dir("bruker_1d_regions") / "naphthoic_acid_500MHz")
    assert spectrum.header["group_delay"] == 53.25
    assert spectrum.axes[0].size == 8192 - 54
    early = np.abs(spectrum.data[:4]).max()
    assert early > 0.5 * np.abs(spectrum.data).max()  # the signal starts at once


def test_processed_2d(data_dir):
    import nmrglue

    folder = data_dir("protein_trosy_unlabelled") / "pdata" / "1"
    spectrum = read_bruker(folder)
    _, expected = nmrglue.bruker.read_pdata(str(folder), scale_data=True)
    np.testing.assert_array_equal(spectrum.data, expected)
    nitrogen, proton = spectrum.axes
    assert (nitrogen.nucleus, proton.nucleus) == ("15N", "1H")
    assert nitrogen.ppm(0) == pytest.approx(135.0075, abs=1e-9)
    assert proton.ppm(0) == pytest.approx(14.6998, abs=1e-9)
    assert proton.ppm(2047) == pytest.approx(14.6998 - 7002.8011204482 / 700.2 * 2047 / 2048, abs=1e-9)


def test_smallest_processed_spectrum(data_dir):
    folder = data_dir("format_fixtures") / "bruker" / "1"
    assert read_bruker(folder, processed=1).data.shape == (2,)
    with pytest.raises(FormatError, match=r"no fid.*pdata"):
        read_bruker(folder)


# Raw data


@pytest.mark.parametrize("kind", [0, 2])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("points", [1, 33, 128, 300])
def test_raw_layouts(tmp_path, kind, order, padded, points):
    """Synthesised: int32 and float64, both byte orders, rows in 1024-byte blocks or without gaps, NC."""
    rows = integers(8, points)
    write_raw(tmp_path, rows, {"DTYPA": kind, "BYTORDA": order, "NC": -3}, {}, padded=padded)
    spectrum = read_bruker(tmp_path)
    np.testing.assert_array_equal(spectrum.data, rows / 8)
    assert [axis.encoding for axis in spectrum.axes] == ["states", "complex"]
    assert [axis.size for axis in spectrum.axes] == [4, points]


@pytest.mark.parametrize("shape", [(1,), (77,), (4096,), (2, 1), (10, 65), (2, 2, 3), (4, 6, 129)])
@pytest.mark.parametrize("kind", [0, 2])
def test_reads_what_nmrglue_writes(tmp_path, shape, kind):
    import nmrglue

    rows = integers(*shape)
    empty = {"_coreheader": ["##TITLE= Parameter file, TopSpin 3.6.2"], "_comments": []}
    clean = {"NUC1": "1H"}
    dic = {"acqus": empty | ACQUS | clean | {"TD": 2 * shape[-1], "PARMODE": len(shape) - 1, "DTYPA": kind}}
    for number, size in enumerate(shape[-2::-1], start=2):
        dic[f"acqu{number}s"] = empty | ACQU2S | {"NUC1": "15N", "TD": size}
    file = "ser" if len(shape) > 1 else "fid"
    nmrglue.bruker.write(str(tmp_path / "1"), dic, rows, bin_file=file, write_prog=False, isfloat=kind == 2)
    np.testing.assert_array_equal(read_bruker(tmp_path / "1").data, rows)


@pytest.mark.parametrize("delay", [3, 7.25, 67.9842])
def test_group_delay_is_removed_whole(tmp_path, delay):
    """A tone that fits the FID a whole number of times stays itself, ``delay`` points earlier."""
    points, turns = 128, 9
    tone = 2**28 * np.exp(2j * np.pi * turns * np.arange(points) / points)
    write_raw(
        tmp_path, np.round(tone * np.exp(-2j * np.pi * turns * delay / points))[None], {"GRPDLY": delay}
    )
    spectrum = read_bruker(tmp_path)
    kept = points - int(np.ceil(delay))
    assert spectrum.data.shape == (kept,)
    np.testing.assert_allclose(spectrum.data, tone[:kept], atol=4)
    assert spectrum.header["group_delay"] == delay


@pytest.mark.parametrize(
    ("acqus", "delay"),
    [
        ({"GRPDLY": -1, "DSPFVS": 10, "DECIM": 24}, 61 + 1 / 48),
        ({"GRPDLY": 0, "DSPFVS": 13, "DECIM": 12}, 2.9583333333333333),
        ({"GRPDLY": -1, "DSPFVS": 20, "DECIM": 2080}, 0),
        ({"GRPDLY": 68, "DIGMOD": 0}, 0),
        ({"GRPDLY": 76, "DIGMOD": 3}, 76),
    ],
)
def test_group_delay_by_firmware(tmp_path, acqus, delay):
    write_raw(tmp_path, integers(1, 256), acqus)
    assert read_bruker(tmp_path).header["group_delay"] == pytest.approx(delay, abs=1e-12)


def test_ppm_of_raw_data(tmp_path):
    """BF1 without a processed spectrum, SF with one, BF1 again where SF belongs to another nucleus."""
    write_raw(tmp_path, integers(1, 64))
    assert read_bruker(tmp_path).axes[0].ppm(32) == pytest.approx(4.7, abs=1e-6)
    write_parameters(tmp_path / "pdata" / "2" / "procs", PROCS | {"SF": 599.9997})
    axis = read_bruker(tmp_path).axes[0]
    assert (axis.mhz, axis.carrier) == (599.9997, pytest.approx((600.00282 - 599.9997) / 599.9997 * 1e6))
    write_parameters(tmp_path / "pdata" / "1" / "procs", PROCS | {"SF": 150.9})
    assert read_bruker(tmp_path).axes[0].mhz == 600.0


@pytest.mark.parametrize(
    ("mode", "encoding"),
    [(1, "qf"), (3, "tppi"), (4, "states"), (5, "states-tppi"), (6, "echo-antiecho")],
)
def test_encodings(tmp_path, mode, encoding):
    write_raw(tmp_path, integers(8, 16), acqu2s={"FnMODE": mode})
    axis = read_bruker(tmp_path).axes[0]
    assert (axis.encoding, axis.rows, axis.nucleus, axis.sw) == (encoding, 8, "15N", 2000.0)


def test_undefined_encoding_is_that_of_the_processing(tmp_path):
    write_raw(tmp_path, integers(8, 16), acqu2s={"FnMODE": 0})
    with pytest.raises(FormatError, match=r"acqu2s: FnMODE is undefined"):
        read_bruker(tmp_path)
    write_parameters(tmp_path / "pdata" / "1" / "proc2s", {"MC2": 5, "SF": 60.8})
    assert read_bruker(tmp_path).axes[0].encoding == "echo-antiecho"


def test_echo_antiecho_rows_come_forward_rotation_first(tmp_path):
    """Bruker's first row is ``C - iS``; read and combined by processing, the peak is at its frequency."""
    from common.processing import to_states

    turns = 2 * np.pi * 3 * np.arange(16) / 16
    rows = 2**20 * np.stack([np.exp(-1j * turns), np.exp(1j * turns)], axis=1).reshape(32, 1)
    write_raw(tmp_path, np.round(rows), acqu2s={"FnMODE": 6, "TD": 32})
    cosine, sine = to_states(read_bruker(tmp_path).data, "echo-antiecho")
    np.testing.assert_allclose((cosine + 1j * sine)[:, 0], 2**20 * np.exp(1j * turns), atol=2)


def test_3d_in_either_order(tmp_path):
    """Synthesised: AQSEQ 0 has F2 (acqu2s) running fastest in the ser file, AQSEQ 1 F1 (acqu3s)."""
    data = integers(4, 6, 8)
    sizes = {"acqu2s": {"TD": 6}, "acqu3s": {"TD": 4}}
    write_raw(tmp_path / "a", data, **sizes)
    write_raw(tmp_path / "b", data.swapaxes(0, 1), {"AQSEQ": 1}, **sizes)
    for name in "ab":
        spectrum = read_bruker(tmp_path / name)
        np.testing.assert_array_equal(spectrum.data, data)
        assert [axis.nucleus for axis in spectrum.axes] == ["13C", "15N", "1H"]


# Non-uniform sampling


def test_nus_2d(tmp_path):
    """Synthesised as TopSpin 3.6 stores it: TD counts the measured rows, NusTD those of the grid."""
    rows = integers(8, 16)
    write_raw(tmp_path, rows, {"FnTYPE": 2}, {"NusTD": 64})
    (tmp_path / "nuslist").write_text("0\n31\n7\n12\n")
    spectrum = read_bruker(tmp_path)
    np.testing.assert_array_equal(spectrum.data, rows)
    assert spectrum.axes[0].size == 4
    np.testing.assert_array_equal(spectrum.header["nus"]["schedule"], [[0], [31], [7], [12]])
    assert spectrum.header["nus"]["full_size"] == (32,)


@pytest.mark.parametrize("sequence", [0, 1])
def test_nus_3d(tmp_path, sequence):
    """Four rows a point: the components of the faster dimension alternate first."""
    points = integers(3, 2, 2, 16)  # point, component of F1, component of F2
    stored = points.swapaxes(1, 2) if sequence else points
    indirect = {"acqu2s": {"TD": 2, "NusTD": 20}, "acqu3s": {"TD": 2, "NusTD": 30}}
    write_raw(tmp_path, stored.reshape(12, 16), {"FnTYPE": 2, "AQSEQ": sequence}, **indirect)
    (tmp_path / "nuslist").write_text("0 0\n9 14\n3 2\n")
    spectrum = read_bruker(tmp_path)
    np.testing.assert_array_equal(spectrum.data, points.reshape(6, 2, 16))
    assert [axis.size for axis in spectrum.axes] == [3, 1, 16]
    assert spectrum.header["nus"]["full_size"] == (10, 15)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0\n31\n7\n", "bytes"),
        ("0\n32\n7\n12\n", "beyond the grid"),
        ("0 1\n" * 4, "columns"),
        ("", "no sampled"),
    ],
)
def test_nuslist_that_does_not_fit(tmp_path, text, reason):
    write_raw(tmp_path, integers(8, 16), {"FnTYPE": 2}, {"NusTD": 64})
    (tmp_path / "nuslist").write_text(text)
    with pytest.raises(FormatError, match=reason):
        read_bruker(tmp_path)


# Processed data


def write_processed(folder, data, blocks, kind="<i4", **procs):
    """1r, 2rr or 3rrr value by value in submatrix order, edge submatrices filled up with zeros."""
    base = PROCS | {"PPARMOD": data.ndim - 1} | procs
    for number, (size, block) in enumerate(zip(data.shape[::-1], blocks[::-1], strict=True), start=1):
        name = f"proc{number if number > 1 else ''}s"
        write_parameters(folder / name, base | {"SI": size, "XDIM": block, "SF": 600.0 / number})
    values = []
    for corner in itertools.product(*(range(0, n, b) for n, b in zip(data.shape, blocks, strict=True))):
        for inside in itertools.product(*map(range, blocks)):
            index = tuple(c + i for c, i in zip(corner, inside, strict=True))
            values.append(data[index] if all(i < n for i, n in zip(index, data.shape, strict=True)) else 0)
    np.array(values).astype(kind).tofile(folder / {1: "1r", 2: "2rr", 3: "3rrr"}[data.ndim])


@pytest.mark.parametrize(
    ("shape", "blocks"),
    [((5,), (5,)), ((8, 12), (4, 3)), ((5, 7), (2, 4)), ((4, 6, 8), (2, 3, 8)), ((1, 1, 1),) * 2],
)
@pytest.mark.parametrize(("kind", "procs"), [("<i4", {}), (">i4", {"BYTORDP": 1}), ("<f8", {"DTYPP": 2})])
def test_processed_layouts(tmp_path, shape, blocks, kind, procs):
    """Synthesised: submatrices of XDIM, also where they do not divide SI; float64 of TopSpin 4; NC_proc."""
    data = integers(*shape).real
    write_processed(tmp_path, data, blocks, kind, NC_proc=-2, **procs)
    spectrum = read_bruker(tmp_path)
    np.testing.assert_array_equal(spectrum.data, data / 4)
    assert [axis.mhz for axis in spectrum.axes] == [600.0 / n for n in range(len(shape), 0, -1)]


def test_reads_what_nmrglue_writes_processed(tmp_path):
    import nmrglue

    data = integers(8, 12).real
    write_processed(tmp_path / "pdata" / "1", data, (4, 6))
    write_parameters(tmp_path / "acqus", ACQUS)
    dic, _ = nmrglue.bruker.read_pdata(str(tmp_path / "pdata" / "1"))
    options = {"bin_file": "2rr", "write_procs": True, "pdata_folder": 1}
    nmrglue.bruker.write_pdata(str(tmp_path / "2"), dic, data, **options)
    spectrum = read_bruker(tmp_path / "2", processed=1)
    np.testing.assert_allclose(spectrum.data / spectrum.data[0, 0], data / data[0, 0], rtol=1e-6)


def test_dimension_not_transformed_is_refused(tmp_path):
    write_processed(tmp_path, integers(4, 4).real, (4, 4), FT_mod=0)
    with pytest.raises(FormatError, match="not transformed"):
        read_bruker(tmp_path)


# Damage


def test_missing_files(tmp_path):
    with pytest.raises(FormatError, match="no such folder"):
        read_bruker(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="neither acqus nor procs"):
        read_bruker(tmp_path)
    write_raw(tmp_path, integers(8, 16), acqu2s={})
    (tmp_path / "acqu2s").unlink()
    with pytest.raises(FormatError, match=r"acqu2s: is missing"):
        read_bruker(tmp_path)
    write_raw(tmp_path, integers(8, 16), acqu2s={})
    (tmp_path / "ser").unlink()
    with pytest.raises(FormatError, match="no ser"):
        read_bruker(tmp_path)


@pytest.mark.parametrize(
    ("acqus", "reason"),
    [
        ({"TD": 30}, "bytes"),
        ({"TD": 33}, "even number"),
        ({"TD": 2_000_000_000}, "bytes"),
        ({"TD": "9" * 400}, "not a number"),
        ({"SW_h": 0}, "must be positive"),
        ({"BF1": 0}, "not a frequency"),
        ({"SFO1": "nan"}, "not a number"),
        ({"NC": 4000}, "whole number"),
        ({"GRPDLY": 31}, "longer than the FID"),
        ({"GRPDLY": -1, "DSPFVS": 12, "DECIM": 5}, "not tabulated"),
        ({"DTYPA": 1}, "DTYPA"),
        ({"AQ_mod": 2}, "AQ_mod"),
        ({"PARMODE": 3}, "PARMODE"),
        ({"NUC1": "<1H"}, "damaged"),
    ],
)
def test_damaged_parameters(tmp_path, acqus, reason):
    write_raw(tmp_path, integers(1, 32), padded=False)
    write_parameters(tmp_path / "acqus", ACQUS | {"TD": 64} | acqus)
    with pytest.raises(FormatError, match=reason) as caught:
        read_bruker(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(caught.value.reason) < 160


def test_damaged_data(tmp_path):
    write_raw(tmp_path, integers(7, 16), acqu2s={"TD": 7})
    with pytest.raises(FormatError, match="needs pairs"):
        read_bruker(tmp_path)
    rows = integers(1, 16)
    rows[0, 3] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_raw(tmp_path / "1", rows, {"DTYPA": 2})
    with pytest.raises(FormatError, match="not numbers"):
        read_bruker(tmp_path / "1")
    text = (tmp_path / "acqus").read_text()
    (tmp_path / "acqus").write_text(text[: len(text) // 2])
    with pytest.raises(FormatError, match="cut short"):
        read_bruker(tmp_path)


COUNTS = [60, pytest.param(1000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", ["ser", "acqus", "acqu2s", "nuslist", "pdata/1/procs", "pdata/1/proc2s"])
def test_fuzz_raw(tmp_path, name, count):
    write_raw(tmp_path, integers(8, 64), {"FnTYPE": 2, "DTYPA": 2, "GRPDLY": 7.5}, {"NusTD": 64})
    (tmp_path / "nuslist").write_text("0\n31\n7\n12\n")
    for file in ("procs", "proc2s"):
        write_parameters(tmp_path / "pdata" / "1" / file, PROCS)
    outcome = fuzz(
        read_bruker, tmp_path / name, check, root=tmp_path, text=name != "ser", header=8192, count=count
    )
    assert outcome["read"] > 0
    assert outcome["refused"] > 0


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", ["2rr", "procs", "proc2s"])
def test_fuzz_processed(tmp_path, name, count):
    write_processed(tmp_path, integers(8, 12).real, (4, 3), "<f8", DTYPP=2)
    outcome = fuzz(
        read_bruker, tmp_path / name, check, root=tmp_path, text=name != "2rr", header=768, count=count
    )
    assert outcome["read"] > 0
    assert outcome["refused"] > 0
