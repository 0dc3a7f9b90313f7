"""One door for spectra of one voxel: find the format and read it; write by extension, whole or not at all."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from common.acquisition import WATER_PPM, Acquisition
from common.atomic import check_output, new_files
from common.errors import FormatError, UserError
from common.io.jmrui import read_jmrui, write_jmrui
from common.io.lcmodel import read_raw, write_raw
from common.io.nifti_mrs import is_nifti, read_nifti_mrs, write_nifti_mrs
from common.io.philips import read_sdat
from common.io.siemens import read_rda
from common.io.text import read_bytes
from common.io.voxels import proton_axis

WRITERS = {
    ".nii.gz": write_nifti_mrs,
    ".nii": write_nifti_mrs,
    ".txt.gz": write_jmrui,
    ".txt": write_jmrui,
    ".raw": write_raw,
}
#: Formats of scanners that are not read, by extension, and what they are.
ELSEWHERE = {
    ".dat": "Siemens twix",
    ".ima": "Siemens DICOM",
    ".dcm": "DICOM",
    ".7": "a GE P-file",
    ".data": "Philips data/list",
    ".list": "Philips data/list",
    ".mrui": "binary jMRUI",
}
VARIAN_FILES = ("fid", "procpar")
NAMELIST = re.compile(r"^[ \t]*[$&](\w{1,30})", re.MULTILINE)


def read_mrs(path, *, mhz: float | None = None, sw: float | None = None, carrier: float | None = None):
    """Read the FIDs of one voxel, whatever the format, as an :class:`Acquisition`.

    NIfTI-MRS, Siemens RDA, LCModel ``.RAW`` and jMRUI text are known by their bytes, packed by gzip or not;
    Philips by the extension of either file of a pair, Varian by its folder or a file in it.

    mhz, sw: spectrometer frequency (MHz) and spectral width (Hz) of a ``.RAW`` file, which does not state
    them. carrier: ppm at 0 Hz in place of the reader's. Raises FormatError for bad bytes, grids of voxels,
    edited data and formats that are not read, UserError where there is nothing to read.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    reader = _reader(path)
    if reader is read_raw:
        acquisition = read_raw(path, mhz=mhz, sw=sw)
    elif mhz is not None or sw is not None:
        raise UserError(f"{path}: states its own frequency and spectral width; leave out mhz and sw")
    else:
        acquisition = reader(path)
    if carrier is None:
        return acquisition
    if not abs(carrier) < 100:
        raise UserError(f"{path}: a carrier of {carrier:g} ppm cannot be")
    return acquisition.replace(axis=dataclasses.replace(acquisition.axis, carrier=carrier))


def _reader(path: Path):
    """The reader for a path that is there."""
    kind = path.suffix.lower()
    if path.is_dir() or path.name in VARIAN_FILES:
        return _read_varian
    if kind in (".sdat", ".spar"):
        return read_sdat
    if kind in ELSEWHERE:
        raise FormatError(path, f"is {ELSEWHERE[kind]}, which is not read; convert it with spec2nii")
    head = read_bytes(path)[:4096]
    if is_nifti(head):
        return read_nifti_mrs
    if head.startswith(b">>> Begin of header"):
        return read_rda
    text = head.decode("latin-1").upper()
    if text.lstrip().startswith("JMRUI"):
        return read_jmrui
    lists = set(NAMELIST.findall(text))
    if "NMID" in lists:
        return read_raw
    if lists & {"BASIS", "BASIS1"}:
        raise FormatError(path, "is a basis set, not a spectrum")
    raise FormatError(path, "neither NIfTI-MRS, SDAT, RDA, LCModel RAW nor jMRUI text, nor a Varian folder")


def _read_varian(path: Path) -> Acquisition:
    """The one FID of a Varian folder.

    An imaging console leaves ``reffrq`` at the transmitter's frequency, or at another system's, which says
    nothing of the shift there; then it is that of water. TE and TR are seconds in its imaging sequences.
    """
    from common.io.varian import read_varian

    spectrum = read_varian(path)
    if spectrum.data.ndim > 1 or spectrum.axes[0].nucleus != "1H":
        raise FormatError(path, "is not one 1H FID")
    axis, procpar = spectrum.axes[0], spectrum.header["procpar"]
    carrier = axis.carrier if axis.carrier and "note" not in spectrum.header else WATER_PPM
    return Acquisition(
        spectrum.data[None, None].astype(complex),
        proton_axis(path, axis.size, axis.sw, axis.mhz, carrier),
        te=_procpar_time(procpar, "te"),
        tr=_procpar_time(procpar, "tr"),
        sequence=(procpar.get("seqfil") or [""])[0],
        header={"procpar": procpar},
        source=str(path),
    )


def _procpar_time(procpar: dict, name: str) -> float | None:
    """Milliseconds of a time in seconds, None where it is not there or no time of a sequence."""
    try:
        seconds = float(procpar[name][0])
    except (KeyError, IndexError, ValueError):
        return None
    return seconds * 1e3 if 0 < seconds < 600 else None


def write_mrs(path, acquisition: Acquisition, *, force: bool = False) -> None:
    """Write in the format of the extension: ``.nii.gz``, ``.nii``, ``.txt`` or ``.txt.gz`` (jMRUI), ``.raw``.

    A file appears whole or not at all. Raises UserError for an unknown extension, a missing folder, FIDs that
    the format cannot hold, and for an existing file unless ``force`` is set.
    """
    path = Path(path)
    writer = next((writer for end, writer in WRITERS.items() if path.name.lower().endswith(end)), None)
    if writer is None:
        raise UserError(f"{path}: cannot tell the format; use one of {', '.join(WRITERS)}")
    check_output(path, force)
    try:
        with new_files(path.parent, force=force) as part:
            writer(part / path.name, acquisition)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
