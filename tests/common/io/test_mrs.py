"""The door: formats by their bytes, options, refusals, files that appear whole or not at all."""

import gzip

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.lcmodel import write_basis
from common.io.mrs import WRITERS, read_mrs, write_mrs
from tests.common.io.fuzz import fuzz
from tests.common.io.test_lcmodel import made_basis
from tests.common.io.test_philips import write_pair
from tests.common.io.test_siemens import write_rda
from tests.common.io.test_varian import noise, write_folder
from tests.common.io.voxel import acquisition, check, peak, real_peak

MEASURED = {
    "osprey_philips/A01_press35_act.SDAT": (1, 1, 2048),
    "osprey_philips/A01_press35_act.SPAR": (1, 1, 2048),
    "suspect_siemens/SVS_30.rda": (1, 1, 1024),
    "lcmodel_test/data.raw": (1, 1, 1024),
    "oxford_7t_steam/metab_raw.nii.gz": (4, 16, 4096),
}


@pytest.mark.parametrize("name", MEASURED)
def test_measured_files_of_every_format(data_dir, name):
    found = read_mrs(data_dir("mrs_invivo") / name)
    assert found.fids.shape == MEASURED[name]
    weights = found.fids[:, :, 0].mean(1).conj()
    assert peak(np.einsum("c,cap->p", weights, found.fids), found.axis, 1.8, 2.2) == pytest.approx(
        2.01, abs=0.05
    )


@pytest.mark.parametrize("file", ["", "fid", "procpar"])
def test_measured_macromolecules_in_a_varian_folder(data_dir, file):
    """M0.94 of Cudalbu et al. 2021; a reference line was put at 0 ppm, which shows that 4.65 is right."""
    path = data_dir("mrs_macromolecules") / "3T_MM_human_STEAM_CMRR.fid" / file
    found = read_mrs(path)
    assert found.fids.shape == (1, 1, 2048)
    assert (found.te, found.tr, found.sequence) == (8.0, 5000.0, "steam")
    assert (found.axis.sw, found.axis.mhz, found.axis.carrier) == (6002.4, 123.245, 4.65)
    assert real_peak(found.fids[0, 0], found.axis, 0.6, 1.15) == pytest.approx(0.91, abs=0.05)
    assert real_peak(found.fids[0, 0], found.axis, -0.15, 0.15) == pytest.approx(0.0, abs=0.03)


def test_a_varian_reference_that_is_set_counts(tmp_path):
    write_folder(tmp_path, noise(1, 64), procpar={"np": 128})
    assert read_mrs(tmp_path).axis.carrier == pytest.approx(4.7, abs=0.01)
    write_folder(tmp_path, noise(2, 64), procpar={"np": 128, "ni": 2})
    with pytest.raises(FormatError, match="is not one 1H FID"):
        read_mrs(tmp_path)


@pytest.mark.parametrize("end", WRITERS)
def test_what_is_written_is_read(tmp_path, end):
    made = acquisition(points=256)
    write_mrs(tmp_path / f"a{end.upper()}", made)
    options = {"mhz": 127.75, "sw": 2000.0} if end == ".raw" else {}
    found = read_mrs(tmp_path / f"a{end.upper()}", **options)
    np.testing.assert_allclose(found.fids, made.fids, atol=1e-6)
    assert found.axis == made.axis


def test_formats_go_by_bytes_not_by_name(tmp_path):
    made = acquisition()
    write_rda(tmp_path / "a.bin", made.fids[0, 0])
    (tmp_path / "b.rda").write_bytes(gzip.compress((tmp_path / "a.bin").read_bytes()))
    np.testing.assert_array_equal(read_mrs(tmp_path / "a.bin").fids, read_mrs(tmp_path / "b.rda").fids)


def test_options(tmp_path):
    pair = write_pair(tmp_path, acquisition().fids[0])
    assert read_mrs(pair, carrier=4.65).axis.carrier == 4.65
    with pytest.raises(UserError, match="leave out mhz and sw"):
        read_mrs(pair, sw=2000.0)
    with pytest.raises(UserError, match="carrier of 1000 ppm cannot be"):
        read_mrs(pair, carrier=1000.0)
    write_mrs(tmp_path / "a.raw", acquisition())
    with pytest.raises(FormatError, match="give mhz= and sw="):
        read_mrs(tmp_path / "a.raw")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.dat", b"x", "is Siemens twix, which is not read; convert it with spec2nii"),
        ("P12345.7", b"x", "is a GE P-file"),
        ("a.nii.gz", b"", "neither NIfTI-MRS, SDAT, RDA"),
        ("a.txt", b"some text\n", "neither NIfTI-MRS, SDAT, RDA"),
        ("a.txt", b"\x1f\x8bno", "is a damaged gzip file"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_mrs(tmp_path / name)


def test_what_is_not_a_spectrum_is_refused(tmp_path):
    write_basis(tmp_path / "a.basis", made_basis())
    with pytest.raises(FormatError, match="is a basis set, not a spectrum"):
        read_mrs(tmp_path / "a.basis")
    with pytest.raises(UserError, match="no such file or folder"):
        read_mrs(tmp_path / "b.rda")
    with pytest.raises(FormatError, match="procpar"):
        read_mrs(tmp_path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    write_mrs(tmp_path / "a.nii.gz", acquisition())
    with pytest.raises(UserError, match="exists; choose another name, or overwrite it with --force"):
        write_mrs(tmp_path / "a.nii.gz", acquisition())
    write_mrs(tmp_path / "a.nii.gz", acquisition(coils=2), force=True)
    assert read_mrs(tmp_path / "a.nii.gz").fids.shape == (2, 1, 64)
    with pytest.raises(UserError, match="cannot tell the format; use one of"):
        write_mrs(tmp_path / "a.sdat", acquisition())
    with pytest.raises(UserError, match="no room for 2 coils"):
        write_mrs(tmp_path / "b.txt", acquisition(coils=2))
    with pytest.raises(UserError, match="does not exist; make it first"):
        write_mrs(tmp_path / "no" / "a.txt", acquisition())
    assert [path.name for path in tmp_path.iterdir()] == ["a.nii.gz"]


def test_fuzz_of_a_varian_procpar(tmp_path):
    write_folder(tmp_path, noise(1, 16), procpar={"np": 32, "te": 0.008, "tr": 5.0, "seqfil": "steam"})
    outcome = fuzz(read_mrs, tmp_path / "procpar", check, root=tmp_path, text=True, count=300)
    assert min(outcome.values()) > 20
