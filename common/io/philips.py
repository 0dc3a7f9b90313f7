"""Philips SDAT and SPAR: FIDs as VAX floats, and the text that says what they are.

FIDs already turn as everywhere in the suite: ``ppm = 4.68 + f / mhz`` on the values as they stand (NAA of
in-vivo spectra at 2.01 to 2.02 ppm; readers that show ``ppm = centre - f / mhz`` conjugate them). A row is
one average, or what the scanner has made of all of them where there is one row.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from common.acquisition import Acquisition
from common.errors import FormatError
from common.io.text import read_bytes
from common.io.voxels import Fields, check_proton, decode, milliseconds, proton_axis

#: The shift of water on Philips scanners and in Osprey's basis sets for them (Oeltzschner et al.,
#: J. Neurosci. Methods 343, 108827 (2020)); the files name none.
CARRIER = 4.68
MOST_TEXT = 2**20  # bytes; a SPAR has some three thousand


def read_sdat(path) -> Acquisition:
    """Read a pair of files, of which ``path`` names one; the other has the same name, in either case.

    FIDs (1, rows, samples) complex128. Raises FormatError where a file is missing, damaged or of the wrong
    size, and for another nucleus than 1H.
    """
    sdat, spar = _pair(Path(path))
    fields = _fields(spar)
    points, rows = fields.whole("samples"), fields.whole("rows", 1)
    check_proton(spar, fields.get("nucleus", ""))
    axis = proton_axis(
        spar, points, fields.needed("sample_frequency"), fields.needed("synthesizer_frequency") / 1e6, CARRIER
    )
    size, needed = os.path.getsize(sdat), 8 * points * rows
    if size != needed:
        raise FormatError(
            sdat, f"has {size} bytes, but {spar.name} needs {needed}: cut short, or not of one pair"
        )
    values = vax_floats(sdat, sdat.read_bytes())
    fids = (values[0::2] + 1j * values[1::2]).reshape(1, rows, points)
    return Acquisition(
        fids,
        axis,
        te=milliseconds(fields.number("echo_time"), spar, "echo_time"),
        tr=milliseconds(fields.number("repetition_time"), spar, "repetition_time"),
        sequence=fields.get("scan_id", "").strip('"'),
        header={"spar": dict(fields)},
        source=str(sdat),
    )


def vax_floats(path, blob: bytes) -> np.ndarray:
    """float64 values of VAX F floats: 16-bit words high word first; sign, exponent less 128, hidden bit.

    Value ``(-1)**s * 0.1m * 2**(e - 128)``, ``VAX Architecture Reference Manual`` (1987); zero where the
    exponent is 0, unless the sign is set, which is an error on a VAX and a FormatError here.
    """
    words = np.frombuffer(blob, "<u2").astype(np.uint32)
    bits = words[0::2] << 16 | words[1::2]
    exponent = (bits >> 23 & 0xFF).astype(np.int32)
    negative = bits >> 31 == 1
    if (negative & (exponent == 0)).any():
        raise FormatError(path, "holds values that are not numbers; is it an SDAT file?")
    values = np.ldexp((bits & 0x7FFFFF | 0x800000).astype(float), exponent - (128 + 24))
    return np.where(exponent == 0, 0.0, np.where(negative, -values, values))


def _pair(path: Path) -> tuple[Path, Path]:
    """The SDAT and the SPAR file; FormatError where one is not there."""
    found = {}
    for kind in ("sdat", "spar"):
        if path.suffix.lower() == f".{kind}":
            found[kind] = path
            continue
        places = [path.with_suffix(suffix) for suffix in (f".{kind.upper()}", f".{kind}", f".{kind.title()}")]
        found[kind] = next((place for place in places if place.is_file()), places[0])
    for kind, file in found.items():
        if not file.is_file():
            raise FormatError(file, f"is missing; an SDAT and a SPAR file go together ({kind.upper()})")
    return found["sdat"], found["spar"]


def _fields(spar: Path) -> Fields:
    lines = decode(spar, read_bytes(spar, MOST_TEXT)).splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith("!"))
    fields = Fields(spar, {name.strip(): value.strip() for name, value in pairs})
    if "samples" not in fields:
        raise FormatError(spar, "has no line 'samples : ...', so it is not a SPAR file")
    return fields
