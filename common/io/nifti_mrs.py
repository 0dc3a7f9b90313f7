"""NIfTI-MRS, the field's common format: NIfTI with complex FIDs and a JSON header extension (code 44).

After the standard (Clarke et al., Magn. Reson. Med. 88, 2358 (2022)) the dimensions are three of space, time,
and up to three named in the extension. Its FIDs turn the other way than those of the suite and are
conjugated; 0 Hz is at ``SpecFreqChemShift``, 4.65 ppm where a file does not state it, plus ``RxOffset``.

Real files break the standard: numbers that stand alone or in lists, nulls, units left out. What the suite
needs is read however it is written; the rest of the extension is kept as it is.
"""

from __future__ import annotations

import io
import json
import math
import struct
from pathlib import Path

import numpy as np

from common.acquisition import WATER_PPM, Acquisition
from common.errors import FormatError
from common.io.text import read_bytes
from common.io.voxels import check_proton, checked, milliseconds, proton_axis, turned_to_water

EXTENSION = 44
VERSION = b"mrs_v0_11"  # of the standard that written files follow
COIL = "DIM_COIL"
AVERAGES = ("DIM_DYN", "DIM_MEAS", "DIM_PHASE_CYCLE")
DEFAULT_TAGS = (COIL, "DIM_DYN", "DIM_INDIRECT_0")  # the standard's, where the extension names none
REFUSED = {
    "DIM_EDIT": "edited data; choose one condition first",
    "DIM_ISIS": "ISIS data; add up the localisation scheme first",
    "DIM_METCYCLE": "metabolite-cycled data; combine the halves first",
}
SECONDS = {0: 1.0, 8: 1.0, 16: 1e-3, 24: 1e-6}  # of the time unit in xyzt_units; 0 is not set
NOWHERE = np.diag([1e4, 1e4, 1e4, 1.0])  # the standard's affine of a voxel whose place is not known
#: Standard fields that a written file keeps, and their types; none that could name a person.
KEPT = {
    **dict.fromkeys(("Manufacturer", "ProtocolName", "TxCoil", "RxCoil", "WaterSuppressionType"), str),
    **dict.fromkeys(("InversionTime", "MixingTime", "ExcitationFlipAngle", "TxOffset"), (int, float)),
    **dict.fromkeys(("WaterSuppressed", "SequenceTriggered"), bool),
    "ProcessingApplied": list,
}


def read_nifti_mrs(path) -> Acquisition:
    """Read one voxel: FIDs (coils, averages, points) complex128, whatever the order of the dimensions.

    Dynamics, measurements and phase cycles all count as averages. The header keeps the extension as
    ``nifti_mrs`` and the position in space as ``affine``. Raises FormatError for bad bytes, grids of voxels
    (MRSI), edited data, indirect dimensions and another nucleus than 1H.
    """
    blob = read_bytes(path)
    header = _header(path, blob)
    shape = tuple(int(size) for size in header["dim"][1 : 1 + max(int(header["dim"][0]), 0)])
    if not 4 <= len(shape) <= 7 or min(shape) < 1:
        raise FormatError(path, f"has dimensions {shape}, not three of space, time and up to three more")
    if shape[:3] != (1, 1, 1):
        grid = " x ".join(map(str, shape[:3]))
        raise FormatError(path, f"is an MRSI grid of {grid} voxels; only one voxel is read")
    extension = _extension(path, blob, header)
    check_proton(path, str(_first(extension.get("ResonantNucleus")) or ""))
    tags = _tags(path, extension, shape[4:])
    fids = _ordered(_data(path, blob, header, shape), tags)
    affine = np.asarray(header.get_best_affine(), dtype=float)
    return Acquisition(
        np.conj(checked(path, fids), out=fids),
        _axis(path, header, extension, fids.shape[-1]),
        te=milliseconds(_number(extension, "EchoTime", 1e3), path, "EchoTime"),
        tr=milliseconds(_number(extension, "RepetitionTime", 1e3), path, "RepetitionTime"),
        sequence=_text(extension, "SequenceName") or _text(extension, "ProtocolName"),
        header={"nifti_mrs": extension} | ({"affine": affine.tolist()} if np.isfinite(affine).all() else {}),
        source=str(path),
    )


def is_nifti(head: bytes) -> bool:
    """Whether the first bytes, unpacked, are those of a NIfTI header of version 1 or 2."""
    return len(head) >= 4 and bool({struct.unpack(order + "i", head[:4])[0] for order in "<>"} & {348, 540})


def _header(path, blob: bytes):
    """nibabel's header of either version and byte order."""
    from nibabel import Nifti1Header, Nifti2Header

    if not is_nifti(blob):
        raise FormatError(path, "is not a NIfTI file")
    kind = (
        Nifti1Header if 348 in struct.unpack("<i", blob[:4]) + struct.unpack(">i", blob[:4]) else Nifti2Header
    )
    size = 348 if kind is Nifti1Header else 540
    if len(blob) < size + 4:
        raise FormatError(path, "is cut short within its header")
    try:
        header = kind(blob[:size], check=False)
        header.get_data_dtype()
    except Exception as error:  # nibabel raises what comes up
        raise FormatError(path, f"has a damaged header: {str(error) or type(error).__name__:.100}") from None
    if bytes(header["magic"].item())[:3] not in (b"n+1", b"n+2"):
        raise FormatError(path, "is not a NIfTI file in one piece (.nii or .nii.gz)")
    return header


def _extension(path, blob: bytes, header) -> dict:
    """The JSON of the extension with code 44."""
    start, end = header.sizeof_hdr + 4, _offset(path, header)
    while blob[header.sizeof_hdr : header.sizeof_hdr + 1] != b"\0" and start + 8 <= min(end, len(blob)):
        size, code = struct.unpack(header.endianness + "ii", blob[start : start + 8])
        if size < 8 or start + size > end:
            break
        if code == EXTENSION:
            return _parsed(path, blob[start + 8 : start + size])
        start += size
    raise FormatError(
        path, "has no NIfTI-MRS header extension (code 44), so it is not spectroscopy, or damaged"
    )


def _parsed(path, text: bytes) -> dict:
    try:
        found = json.loads(text.rstrip(b"\0 \r\n").decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        raise FormatError(path, "its NIfTI-MRS header extension is not JSON") from None
    if not isinstance(found, dict):
        raise FormatError(path, "its NIfTI-MRS header extension is not a JSON object")
    return found


def _offset(path, header) -> int:
    offset = float(header["vox_offset"])
    if not 0 <= offset < 2**31 or offset != int(offset):
        raise FormatError(path, f"has a damaged header: data at byte {offset:g}")
    return max(int(offset), header.sizeof_hdr + 4)


def _data(path, blob: bytes, header, shape: tuple[int, ...]) -> np.ndarray:
    """FIDs (points, ...) of the file's own precision, after the header was found to fit the file."""
    kind = header.get_data_dtype()
    if kind.newbyteorder("=") not in (np.dtype("c8"), np.dtype("c16")):
        raise FormatError(path, f"holds {kind} values, not complex ones of 8 or 16 bytes")
    slope, offset = float(header["scl_slope"]), float(header["scl_inter"])
    if (slope not in (0, 1) and not math.isnan(slope)) or (offset != 0 and not math.isnan(offset)):
        raise FormatError(
            path, f"has values scaled by {slope:g} and {offset:g}, which complex data cannot be"
        )
    start, count = _offset(path, header), math.prod(shape)
    if start + count * kind.itemsize != len(blob):
        needs = f"{start + count * kind.itemsize} bytes for {' x '.join(map(str, shape))} points"
        raise FormatError(path, f"has {len(blob)} bytes, but its header needs {needs}")
    return np.frombuffer(blob, kind, count, start).reshape(shape[3:], order="F")


def _tags(path, extension: dict, sizes: tuple[int, ...]) -> list[str]:
    """The tag of each dimension after time; FormatError for one that cannot be read as coils or averages."""
    tags = []
    for place, size in enumerate(sizes):
        tag = str(extension.get(f"dim_{place + 5}", DEFAULT_TAGS[place]))
        if size > 1 and tag in REFUSED:
            raise FormatError(path, f"has {size} conditions of {tag}: {REFUSED[tag]}")
        if size > 1 and (tag not in (COIL, *AVERAGES) or (tag == COIL and COIL in tags)):
            raise FormatError(path, f"dimension {place + 5} is {tag!r:.40}, which is not read")
        tags.append(tag if size > 1 else "")
    return tags


def _ordered(data: np.ndarray, tags: list[str]) -> np.ndarray:
    """(points, ...) -> (coils, averages, points), a copy in double precision."""
    coil = [place + 1 for place, tag in enumerate(tags) if tag == COIL]
    others = [place + 1 for place, tag in enumerate(tags) if tag != COIL]
    data = data.transpose(*coil, *others, 0)
    ordered = np.array(data, dtype=complex, order="C")
    return ordered.reshape(data.shape[0] if coil else 1, -1, data.shape[-1])


def _axis(path, header, extension: dict, points: int):
    code = int(header["xyzt_units"]) & 0x38
    dwell = float(header["pixdim"][4]) * SECONDS.get(code, math.nan)
    if not 0 < dwell < 1:
        raise FormatError(path, f"has a damaged header: dwell time {dwell:g} s")
    sw, stated = 1 / dwell, _number(extension, "SpectralWidth")
    if stated is not None and abs(stated - sw) <= 1e-4 * sw:
        sw = stated  # NIfTI-1 has the dwell time in single precision
    mhz = _number(extension, "SpectrometerFrequency")
    if mhz is None:
        raise FormatError(path, "its extension does not state SpectrometerFrequency")
    carrier = _number(extension, "SpecFreqChemShift")
    carrier = (WATER_PPM if carrier is None else carrier) + (_number(extension, "RxOffset") or 0.0)
    if not abs(carrier) < 100:
        raise FormatError(path, f"would have its carrier at {carrier:g} ppm")
    delay = (_number(extension, "AcquisitionStartTime") or 0.0) * sw
    if not abs(delay) <= points:
        raise FormatError(path, f"AcquisitionStartTime is {delay:g} points away from the signal")
    return proton_axis(path, points, sw, mhz / 1e6 if mhz > 1e5 else mhz, carrier, first_delay=delay)


def _first(value):
    return value[0] if isinstance(value, list) and value else value


def _number(extension: dict, name: str, factor: float = 1.0) -> float | None:
    """A number, alone, in a list or as text; None where it is absent or anything else."""
    value = _first(extension.get(name))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        value = float(value)
    except (ValueError, OverflowError):
        return None
    return value * factor if math.isfinite(value) else None


def _text(extension: dict, name: str) -> str:
    value = extension.get(name)
    return value if isinstance(value, str) else ""


def write_nifti_mrs(path, acquisition: Acquisition) -> None:
    """Write a NIfTI-2 file, complex64, packed where the name ends in ``.gz``; coils and averages are named.

    Position and acquisition fields of a NIfTI-MRS file it came from are kept, names of persons are not.
    Signals are turned so that 0 Hz is 4.65 ppm, which programs take for granted.
    """
    from nibabel import Nifti2Image
    from nibabel.nifti1 import Nifti1Extension

    axis = acquisition.axis
    fids = np.conj(turned_to_water(acquisition.fids, axis)).astype(np.complex64)
    coils, averages, points = fids.shape
    data, tags = fids.transpose(2, 0, 1).reshape(1, 1, 1, points, coils, averages), [COIL, "DIM_DYN"]
    if coils == 1:
        data, tags = data[:, :, :, :, 0], ["DIM_DYN"]
        if averages == 1:
            data, tags = data[..., 0], []
    affine = np.array(acquisition.header.get("affine", NOWHERE))
    image = Nifti2Image(data, affine)
    image.header.set_qform(affine, code=2)
    image.header.set_sform(affine, code=2)
    image.header["pixdim"][4] = 1 / axis.sw
    image.header["intent_name"] = VERSION
    image.header.set_xyzt_units(xyz="mm", t="sec")
    text = json.dumps(_written_extension(acquisition, tags))
    image.header.extensions.append(Nifti1Extension(EXTENSION, text.encode()))
    target = io.BytesIO()
    image.to_stream(target)
    blob = target.getvalue()
    if str(path).lower().endswith(".gz"):
        import gzip

        blob = gzip.compress(blob, mtime=0)
    Path(path).write_bytes(blob)


def _written_extension(acquisition: Acquisition, tags: list[str]) -> dict:
    axis, found = acquisition.axis, acquisition.header.get("nifti_mrs", {})
    kept = {
        name: found[name]
        for name, kind in KEPT.items()
        if isinstance(found.get(name), kind) and isinstance(found[name], bool) == (kind is bool)
    }
    times = {"EchoTime": acquisition.te, "RepetitionTime": acquisition.tr}
    return {
        "SpectrometerFrequency": [float(axis.mhz)],
        "ResonantNucleus": ["1H"],
        **{f"dim_{place}": tag for place, tag in enumerate(tags, start=5)},
        "SpectralWidth": float(axis.sw),
        "SpecFreqChemShift": WATER_PPM,
        **({"AcquisitionStartTime": axis.first_delay / axis.sw} if axis.first_delay else {}),
        **{name: value / 1e3 for name, value in times.items() if value is not None},
        **({"SequenceName": acquisition.sequence} if acquisition.sequence else {}),
        **kept,
    }
