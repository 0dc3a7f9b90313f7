"""RDA: a measured file, headers of every wrong kind, damaged files."""

import numpy as np
import pytest

from common.errors import FormatError
from common.io.siemens import read_rda
from tests.common.io.fuzz import fuzz
from tests.common.io.voxel import acquisition, check, peak

HEADER = """>>> Begin of header <<<
PatientName: x
SequenceName: *svs_se
TR: 2000.000000
TE: 30.000000
DwellTime: 500
NumberOfAverages: 64.000000
MRFrequency: 127.75
Nucleus: 1H
VectorSize: {points}
CSIMatrixSize[0]: 1
CSIMatrixSize[1]: 1
CSIMatrixSize[2]: 1
>>> End of header <<<
"""


def write_rda(path, fid):
    data = np.ascontiguousarray(np.conj(fid), "<c16").tobytes()
    path.write_bytes(HEADER.format(points=fid.size).replace("\n", "\r\n").encode() + data)
    return path


def test_measured_spectrum_has_naa_where_it_belongs(data_dir):
    found = read_rda(data_dir("mrs_invivo") / "suspect_siemens" / "SVS_30.rda")
    assert found.fids.shape == (1, 1, 1024)
    assert (found.te, found.tr, found.sequence) == (30.0, 2000.0, "*svs_se")
    assert found.axis.sw == pytest.approx(1e6 / 833)
    assert found.axis.mhz == pytest.approx(123.234655)
    for low, high, shift in ((1.8, 2.2, 2.01), (2.9, 3.1, 3.03), (3.12, 3.35, 3.2), (4.3, 5.0, 4.68)):
        assert peak(found.fids[0, 0], found.axis, low, high) == pytest.approx(shift, abs=0.05)


def test_the_sense_of_rotation(tmp_path):
    made = acquisition(carrier=4.7)
    found = read_rda(write_rda(tmp_path / "a.rda", made.fids[0, 0]))
    np.testing.assert_allclose(found.fids, made.fids, rtol=1e-12)
    assert found.axis == made.axis
    assert found.header["rda"]["NumberOfAverages"] == "64.000000"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">>> Begin", ">>> begin", "so it is not an RDA file"),
        ("CSIMatrixSize[0]: 1", "CSIMatrixSize[0]: 16", "is a grid of 16 x 1 x 1 voxels; only one is read"),
        ("Nucleus: 1H", "Nucleus: 31P", "of nucleus 31P"),
        ("DwellTime: 500", "DwellTime: 0", "DwellTime is 0 microseconds"),
        ("DwellTime: 500", "DwellTime: 0.0005", "spectral width would be 2e[+]09 Hz"),
        ("VectorSize: 64", "VectorSize: 128", "has 1024 bytes of data where the header needs 2048"),
        ("VectorSize: 64", "VectorSiz: 64", "does not state VectorSize"),
        ("MRFrequency: 127.75", "MRFrequency: 127750000", "spectrometer frequency would be"),
        (">>> End of header <<<", "", "is cut short within its header"),
    ],
)
def test_wrong_headers_are_named(tmp_path, old, new, message):
    path = write_rda(tmp_path / "a.rda", acquisition().fids[0, 0])
    blob = path.read_bytes()
    assert old.encode() in blob
    path.write_bytes(blob.replace(old.encode(), new.encode(), 1))
    with pytest.raises(FormatError, match=message):
        read_rda(path)


def test_a_file_cut_anywhere_is_refused(tmp_path):
    path = write_rda(tmp_path / "a.rda", acquisition().fids[0, 0])
    blob = path.read_bytes()
    for size in range(0, len(blob), 37):
        path.write_bytes(blob[:size])
        with pytest.raises(FormatError):
            read_rda(path)


def test_fuzz(tmp_path):
    path = write_rda(tmp_path / "a.rda", acquisition().fids[0, 0])

    def right(found):
        check(found)
        assert path.read_bytes().endswith(np.conj(found.fids).tobytes())

    header = path.read_bytes().index(b"End of header")
    assert min(fuzz(read_rda, path, right, header=header).values()) > 50
    assert fuzz(read_rda, path, right, text=True, seed=1)["refused"] > 50
