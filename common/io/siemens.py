"""Siemens RDA: a text header and the FID of one voxel as float64 pairs, averaged on the scanner.

Its FIDs turn the other way than those of the suite and are conjugated; the carrier is :data:`CARRIER`.
"""

from __future__ import annotations

import numpy as np

from common.acquisition import Acquisition
from common.errors import FormatError
from common.io.text import read_bytes
from common.io.voxels import Fields, check_proton, checked, decode, milliseconds, proton_axis

#: The shift of water on the scale of syngo, which the file does not state; suspect 0.6.2 takes the same.
#: With 4.65 the singlets of a measured brain all lie 0.05 to 0.07 ppm too low.
CARRIER = 4.70
BEGIN, END = b">>> Begin of header <<<", b">>> End of header <<<"
GRID = ("CSIMatrixSize[0]", "CSIMatrixSize[1]", "CSIMatrixSize[2]")


def read_rda(path) -> Acquisition:
    """Read a single-voxel file; FIDs (1, 1, points) complex128.

    Raises FormatError for a damaged file, a header cut short, a grid of voxels (CSI) and another nucleus
    than 1H.
    """
    blob = read_bytes(path)
    if not blob.startswith(BEGIN):
        raise FormatError(path, "does not begin with '>>> Begin of header <<<', so it is not an RDA file")
    end = blob.find(END)
    if end < 0:
        raise FormatError(path, "is cut short within its header")
    lines = decode(path, blob[len(BEGIN) : end]).splitlines()
    fields = Fields(path, (map(str.strip, line.split(":", 1)) for line in lines if ":" in line))
    grid = [fields.whole(name, 1) for name in GRID]
    if grid != [1, 1, 1]:
        raise FormatError(path, f"is a grid of {' x '.join(map(str, grid))} voxels; only one is read")
    check_proton(path, fields.get("Nucleus", ""))
    points, dwell = fields.whole("VectorSize"), fields.needed("DwellTime")
    if not dwell > 0:
        raise FormatError(path, f"DwellTime is {dwell:g} microseconds")
    axis = proton_axis(path, points, 1e6 / dwell, fields.needed("MRFrequency"), CARRIER)
    data = blob[end + len(END) :]
    data = data[2:] if data.startswith(b"\r\n") else data[1:]
    if len(data) != 16 * points:
        raise FormatError(path, f"has {len(data)} bytes of data where the header needs {16 * points}")
    fid = np.frombuffer(data, "<f8").view("<c16").astype(complex)
    return Acquisition(
        np.conj(checked(path, fid))[None, None],
        axis,
        te=milliseconds(fields.number("TE"), path, "TE"),
        tr=milliseconds(fields.number("TR"), path, "TR"),
        sequence=fields.get("SequenceName", ""),
        header={"rda": dict(fields)},
        source=str(path),
    )
