"""SDAT and SPAR: measured pairs, VAX floats against their definition, wrong pairs, damaged files."""

import shutil
import struct

import numpy as np
import pytest

from common.errors import FormatError
from common.io.philips import read_sdat, vax_floats
from tests.common.io.fuzz import fuzz
from tests.common.io.voxel import acquisition, check, peak

SPAR = """! a comment : with a colon
scan_id : "PRESS 30"
samples : {samples}
rows : {rows}
synthesizer_frequency : 127750896
sample_frequency : 2000
nucleus : 1H
echo_time : 30
repetition_time : 2000
averages : 48
"""


def to_vax(value: float) -> bytes:
    """A VAX F float by its definition: sign, exponent of a fraction in [0.5, 1), words swapped."""
    fraction, exponent = np.frexp(abs(value))
    if value == 0:
        return b"\0\0\0\0"
    bits = (value < 0) << 31 | int(exponent + 128) << 23 | round(float(fraction) * 2**24) & 0x7FFFFF
    return struct.pack("<HH", bits >> 16, bits & 0xFFFF)


def write_pair(folder, fids, name="a"):
    averages, points = fids.shape
    values = np.stack([fids.real, fids.imag], axis=-1).ravel()
    (folder / f"{name}.SDAT").write_bytes(b"".join(to_vax(float(np.float32(value))) for value in values))
    (folder / f"{name}.SPAR").write_text(SPAR.format(samples=points, rows=averages))
    return folder / f"{name}.SDAT"


@pytest.mark.parametrize(
    ("name", "te", "averages"), [("A01_press35", 35.0, "64"), ("B01_press30", 30.0, "48")]
)
def test_measured_spectra_have_naa_where_it_belongs(data_dir, name, te, averages):
    found = read_sdat(data_dir("mrs_invivo") / "osprey_philips" / f"{name}_act.SDAT")
    assert found.fids.shape == (1, 1, 2048)
    assert (found.te, found.tr, found.axis.sw) == (te, 2000.0, 2000.0)
    assert found.axis.mhz == pytest.approx(127.75, abs=0.01)
    assert found.sequence.startswith("PRESS")
    assert found.header["spar"]["averages"] == averages
    assert peak(found.fids[0, 0], found.axis, 1.8, 2.2) == pytest.approx(2.01, abs=0.05)
    assert peak(found.fids[0, 0], found.axis, 2.9, 3.1) == pytest.approx(3.03, abs=0.05)


def test_measured_water_lies_at_its_own_shift(data_dir):
    found = read_sdat(data_dir("mrs_invivo") / "osprey_philips" / "B01_press30_ref.SPAR")
    assert peak(found.fids[0, 0], found.axis, 3.0, 6.0) == pytest.approx(4.68, abs=0.05)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.1, -3.25e-30, 1.5e30, 2.0**-120, np.pi])
def test_vax_floats_by_their_definition(value):
    assert vax_floats("x", to_vax(value))[0] == pytest.approx(value, rel=1e-7, abs=0)


def test_vax_float_of_a_manual():
    """1.0 is 4080 hexadecimal in the first word, as VAX manuals have it."""
    assert vax_floats("x", bytes.fromhex("80400000")) == [1.0]


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_become_averages(tmp_path, rows):
    made = acquisition(averages=rows, carrier=4.68)
    found = read_sdat(write_pair(tmp_path, made.fids[0]))
    np.testing.assert_allclose(found.fids, made.fids, rtol=1e-6, atol=1e-8)
    assert found.axis.carrier == 4.68
    assert peak(found.fids[0, 0], found.axis, 1, 3) == pytest.approx(2.01, abs=0.01)


@pytest.mark.parametrize(("sdat", "spar"), [("x.sdat", "x.spar"), ("x.SDAT", "x.spar"), ("x.Sdat", "x.Spar")])
def test_either_file_leads_to_the_pair_in_any_case(tmp_path, sdat, spar):
    whole = write_pair(tmp_path, acquisition().fids[0])
    whole.rename(tmp_path / sdat)
    whole.with_suffix(".SPAR").rename(tmp_path / spar)
    one, other = read_sdat(tmp_path / sdat), read_sdat(tmp_path / spar)
    np.testing.assert_array_equal(one.fids, other.fids)


def test_swapped_missing_and_cut_files_get_one_clear_line(tmp_path):
    whole = write_pair(tmp_path, acquisition().fids[0])
    spar = whole.with_suffix(".SPAR")
    blob, text = whole.read_bytes(), spar.read_bytes()
    whole.write_bytes(blob[:-8])
    with pytest.raises(FormatError, match=r"has 504 bytes, but a\.SPAR needs 512: cut short, or not of one"):
        read_sdat(whole)
    whole.write_bytes(text)
    spar.write_bytes(blob)
    with pytest.raises(FormatError, match=r"a\.SPAR: .*(not text|not a SPAR file)"):
        read_sdat(whole)
    whole.write_bytes(blob)
    spar.write_text("samples of nothing\n")
    with pytest.raises(FormatError, match="not a SPAR file"):
        read_sdat(whole)
    spar.unlink()
    with pytest.raises(FormatError, match=r"a\.SPAR: is missing; an SDAT and a SPAR file go together"):
        read_sdat(whole)
    spar.write_bytes(text)
    whole.unlink()
    with pytest.raises(FormatError, match=r"a\.SDAT: is missing"):
        read_sdat(spar)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("nucleus : 1H", "nucleus : 31P", "of nucleus 31P; only 1H"),
        ("sample_frequency : 2000", "sample_frequency : 2", "spectral width would be 2 Hz"),
        ("synthesizer_frequency : 127750896", "synthesizer_frequency : 127.75", "frequency would be 0.0001"),
        ("synthesizer_frequency : 127750896", "x : 1", "does not state synthesizer_frequency"),
        ("samples : 64", "samples : 64.5", "samples is 64.5, not a whole number"),
        ("samples : 64", "samples : 4000000", "needs 32000000: cut short"),
        ("echo_time : 30", "echo_time : soon", "echo_time is soon, not a number"),
    ],
)
def test_wrong_headers_are_named(tmp_path, old, new, message):
    whole = write_pair(tmp_path, acquisition().fids[0])
    spar = whole.with_suffix(".SPAR")
    spar.write_text(spar.read_text().replace(old, new))
    with pytest.raises(FormatError, match=message):
        read_sdat(whole)


@pytest.mark.parametrize("kind", ["SDAT", "SPAR"])
def test_fuzz(tmp_path, kind):
    whole = write_pair(tmp_path, acquisition(averages=2).fids[0])

    def right(found):
        check(found)
        assert whole.stat().st_size == 8 * found.fids.size

    outcome = fuzz(
        read_sdat, whole.with_suffix(f".{kind}"), right, root=whole, text=kind == "SPAR", header=1024
    )
    assert min(outcome.values()) > 50


def test_fuzz_of_a_measured_spar(data_dir, tmp_path):
    for kind in ("SDAT", "SPAR"):
        shutil.copy(data_dir("mrs_invivo") / "osprey_philips" / f"A01_press35_act.{kind}", tmp_path)
    spar = tmp_path / "A01_press35_act.SPAR"
    outcome = fuzz(read_sdat, spar, check, text=True, seed=1)
    assert min(outcome.values()) > 50
