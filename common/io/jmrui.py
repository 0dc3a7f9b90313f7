"""jMRUI text files: a header of ``Name: value`` lines, then the signals, as they are or packed by gzip.

Rows have the signal alone, or the signal and its Fourier transform, which is not read. The signals turn as
everywhere in the suite: ``ppm = 4.65 + f / mhz`` as they stand. So do spec2nii 0.8.15, FID-A and the measured
macromolecules of Landheer et al., Magn. Reson. Med. 84, 2327 (2020), whose peaks lie upfield of water.
"""

from __future__ import annotations

import re

import numpy as np

from common.acquisition import Acquisition
from common.errors import FormatError
from common.io.text import number, read_bytes
from common.io.voxels import (
    Fields,
    check_proton,
    checked,
    decode,
    numbers,
    proton_axis,
    single_coil,
    turned_to_water,
    write_packed,
)

TITLE = "jMRUI Data Textfile"
#: ``TypeOfNucleus`` as a number, after jMRUI's own list; 0 is not set.
NUCLEI = {0: "1H", 1: "1H", 2: "31P", 3: "13C", 4: "19F", 5: "23Na"}
_SIGNAL = re.compile(r"^Signal (?:number: )?(\d{1,9}) out of (\d{1,9}) in file[^\n]*$", re.MULTILINE)


def read_jmrui(path) -> Acquisition:
    """Read a file; its data sets become averages: FIDs (1, data sets, points) complex128.

    The file has neither echo time nor sequence. Raises FormatError for bad bytes and another nucleus than 1H.
    """
    text = decode(path, read_bytes(path)).replace("\r", "")
    if not text.lstrip().startswith("jMRUI"):
        raise FormatError(path, "does not begin with 'jMRUI Data Textfile'")
    signals = list(_SIGNAL.finditer(text))
    if not signals:
        raise FormatError(path, "has no line 'Signal 1 out of ... in file'; is it cut short?")
    head = text[: signals[0].start()]
    fields = Fields(path, (map(str.strip, line.split(":", 1)) for line in head.split("\n") if ":" in line))
    points, sets = fields.whole("PointsInDataset"), fields.whole("DatasetsInFile")
    check_proton(path, _nucleus(fields))
    if [(int(found[1]), int(found[2])) for found in signals] != [(i + 1, sets) for i in range(sets)]:
        raise FormatError(path, f"does not hold the {sets} signals that it promises, in order")
    axis = _axis(fields, points)
    columns = 4 if "fft" in head.split("\n")[-2].lower() else 2
    ends = [found.start() for found in signals[1:]] + [len(text)]
    fids = np.empty((1, sets, points), complex) if 4 * points * sets <= len(text) else None
    for place, (found, end) in enumerate(zip(signals, ends, strict=True)):
        values = numbers(path, text[found.end() : end])
        if fids is None or values.size != points * columns:
            raise FormatError(
                path, f"signal {place + 1} has {values.size} numbers, not {points} rows of {columns}"
            )
        rows = values.reshape(points, columns)
        fids[0, place] = rows[:, 0] + 1j * rows[:, 1]
    return Acquisition(checked(path, fids), axis, header={"jmrui": dict(fields)}, source=str(path))


def _nucleus(fields: Fields) -> str:
    """The isotope that ``TypeOfNucleus`` names, as text or as a number such as ``1E0``."""
    name = fields.get("TypeOfNucleus", "")
    try:
        return NUCLEI.get(number(name), name)
    except ValueError:
        return name


def _axis(fields: Fields, points: int):
    interval, mhz = fields.needed("SamplingInterval"), fields.needed("TransmitterFrequency")
    if not 0 < interval < 1e3:
        raise FormatError(fields.path, f"SamplingInterval is {interval:g} ms")
    mhz = mhz / 1e6 if mhz > 1e4 else mhz  # Hz by jMRUI, MHz by some who write its files
    delay = fields.number("BeginTime", 0.0) / interval
    if not abs(delay) <= points:
        raise FormatError(fields.path, f"BeginTime is {delay:g} points away from the signal")
    return proton_axis(fields.path, points, 1e3 / interval, mhz, first_delay=delay)


def write_jmrui(path, acquisition: Acquisition) -> None:
    """Write averages as data sets, with their Fourier transforms; gzip where the name ends in ``.gz``.

    Ten digits are kept. The file has no room for a carrier: signals are turned so that 0 Hz is 4.65 ppm.
    UserError for more than one coil.
    """
    axis = acquisition.axis
    fids = turned_to_water(single_coil(path, acquisition), axis)
    lines = [
        TITLE,
        "",
        f"Filename: {str(path).rsplit('/', 1)[-1]}",
        "",
        f"PointsInDataset: {axis.size}",
        f"DatasetsInFile: {len(fids)}",
        f"SamplingInterval: {1e3 / axis.sw:.12g}",
        "ZeroOrderPhase: 0E0",
        f"BeginTime: {axis.first_delay * 1e3 / axis.sw:.12g}",
        f"TransmitterFrequency: {axis.mhz * 1e6:.12g}",
        f"MagneticField: {axis.mhz / 42.577478518:.6g}",  # MHz/T of 1H, CODATA 2018
        "TypeOfNucleus: 1",
        "NameOfPatient: ",
        "DateOfExperiment: ",
        "Spectrometer: ",
        "AdditionalInfo: ",
        "SignalNames: ",
        "",
        "",
        "Signal and FFT",
        "sig(real)\tsig(imag)\tfft(real)\tfft(imag)",
    ]
    for place, fid in enumerate(fids, 1):
        lines.append(f"Signal {place} out of {len(fids)} in file")
        spectrum = np.roll(np.fft.fft(fid), (fid.size - 1) // 2)  # the order in files that jMRUI wrote
        columns = np.stack([fid.real, fid.imag, spectrum.real, spectrum.imag], axis=1)
        lines += ["\t".join(f"{value:.9E}" for value in row) for row in columns]
    write_packed(path, "\n".join(lines) + "\n")
