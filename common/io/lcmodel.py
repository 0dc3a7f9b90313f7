"""LCModel's files: basis sets (``.BASIS``) and raw signals (``.RAW``, ``.H2O``), as text or packed by gzip.

Conventions, read in LCModel's source (github.com/schorschinho/LCModel, c9d95ff) and checked on three basis
sets and its test spectrum:

* A ``.BASIS`` holds the Fourier transform of each FID, not rearranged, divided by ``sqrt(points)``. A unit of
  concentration is the FID times ``TRAMP / (VOLUME * CONC)``.
* Shifts fall with frequency, ``ppm = centre - f / mhz``: everything is conjugated on its way in and out.
* The centre of a basis set is ``4.65 + ISHIFT * step`` ppm (``ISHIFT``: grid points to the left), as LCModel
  aligns it with its data. Osprey writes ``ISHIFT = 0`` for a centre of 4.68.
* A ``.RAW`` is multiplied by ``TRAMP / VOLUME``, and turned by ``BRUKER = T``.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from common.acquisition import WATER_PPM, Acquisition, Basis
from common.errors import FormatError, UserError
from common.io.text import read_bytes
from common.io.voxels import (
    MOST_POINTS,
    Fields,
    checked,
    decode,
    milliseconds,
    numbers,
    proton_axis,
    single_coil,
    turned_to_water,
    write_packed,
)

#: Names that other programs give to metabolites, in lower case, and what LCModel calls them.
ALIASES = {
    "ach": "Ach",
    "ascorbate": "Asc",
    "creatine": "Cr",
    "glucose": "Glc",
    "glycerophosphocholine": "GPC",
    "gsh_v2": "GSH",
    "h2o": "H2O",
    "ins": "Ins",
    "lactate": "Lac",
    "m-ins": "Ins",
    "mi": "Ins",
    "mins": "Ins",
    "myo": "Ins",
    "myoins": "Ins",
    "naag": "NAAG",
    "pcho": "PCh",
    "pc": "PCh",
    "phosphocreatine": "PCr",
    "phosphocholine": "PCh",
    "pe": "PE",
    "s-ins": "sIns",
    "scyllo": "sIns",
    "scylloins": "sIns",
    "si": "sIns",
    "sins": "sIns",
}
#: The twenty metabolites of the suite.
NAMES = (
    *("Ala", "Asc", "Asp", "Cr", "GABA", "Glc", "Gln", "Glu", "Gly", "GPC"),
    *("GSH", "Ins", "Lac", "NAA", "NAAG", "PCh", "PCr", "PE", "sIns", "Tau"),
)
OSPREY_PPM = 4.68  # its simulations put the receiver there, see the module's docstring
_LIST = re.compile(r"^[ \t]*[$&](\w{1,30})\b(.*?)[$&]END\b", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_FIELD = re.compile(r"(\w{1,40})\s*=\s*(?:'((?:[^']|'')*)'|([^,=\n$&']*))")


def metabolite(name: str) -> str:
    """LCModel's abbreviation for a metabolite's name in another program's files; other names stay."""
    known = {standard.lower(): standard for standard in NAMES} | ALIASES
    return known.get(name.strip().lower(), name.strip())


def read_basis(path, carrier: float | None = None) -> Basis:
    """Read a ``.BASIS`` file (or a gzip of one). Names come back as LCModel writes them, see ``ALIASES``.

    carrier: ppm at 0 Hz; without it that of the file, see the module's docstring. Raises FormatError for bad
    bytes and for metabolites that share a name.
    """
    text = decode(path, read_bytes(path))
    lists = list(_LIST.finditer(text))
    general = Fields(path, {})
    for found in lists:
        if found[1].upper() in ("SEQPAR", "BASIS1"):
            general.update(_fields(path, found[2]))
    places = [place for place, found in enumerate(lists) if found[1].upper() == "BASIS"]
    if not places:
        raise FormatError(path, "has no $BASIS list with its $END; not a .BASIS file, or cut short")
    points, dwell = general.whole("NDATAB"), general.needed("BADELT")
    if not dwell > 0:
        raise FormatError(path, f"BADELT is {dwell:g} s")
    if 4 * points * len(places) > len(text):
        raise FormatError(path, f"is too short for {len(places)} spectra of {points} points (NDATAB)")
    axis = proton_axis(path, points, 1 / dwell, general.needed("HZPPPM"))
    names, fids, shifts = [], [], []
    for place in places:
        end = lists[place + 1].start() if place + 1 < len(lists) else len(text)
        fields = _fields(path, lists[place][2])
        names.append(metabolite(fields.get("METABO", "")))
        fids.append(_basis_fid(path, fields, names[-1], text[lists[place].end() : end], points))
        shifts.append(_shift(fields, points))
    if "" in names or len(set(names)) < len(names):
        raise FormatError(
            path, f"its metabolites are {', '.join(names):.200}: a name is empty or stands twice"
        )
    centre = WATER_PPM + shifts[0] * axis.sw / points / axis.mhz
    if "osprey" in general.get("IDBASI", "").lower() and shifts[0] == 0:
        centre = OSPREY_PPM
    turns = (np.array(shifts) - shifts[0])[:, None] * np.arange(points) / points
    fids = np.array(fids) * np.exp(2j * np.pi * turns)
    return Basis(
        tuple(names),
        checked(path, fids),
        proton_axis(path, points, axis.sw, axis.mhz, centre if carrier is None else carrier),
        te=milliseconds(general.number("ECHOT"), path, "ECHOT"),
        sequence=general.get("SEQ", ""),
    )


def _fields(path, body: str) -> Fields:
    """Names in capitals and their values, quoted or not, of a Fortran namelist; of an array the first."""
    pairs = ((name.upper(), (quoted or plain).strip()) for name, quoted, plain in _FIELD.findall(body))
    return Fields(path, pairs)


def _basis_fid(path, fields: Fields, name: str, text: str, points: int) -> np.ndarray:
    """The FID of one unit of concentration in the suite's sense of rotation."""
    values = numbers(path, text)
    if values.size != 2 * points:
        raise FormatError(path, f"{name} has {values.size // 2} points, not {points} (NDATAB); cut short?")
    concentration, amplitude, volume = (fields.number(key, 1.0) for key in ("CONC", "TRAMP", "VOLUME"))
    if min(concentration, amplitude, volume) <= 0:
        raise FormatError(path, f"{name}: CONC, TRAMP and VOLUME have to be positive")
    spectrum = checked(path, values[0::2] + 1j * values[1::2])
    return np.conj(np.fft.ifft(spectrum, norm="ortho")) * (amplitude / (volume * concentration))


def _shift(fields: Fields, points: int) -> int:
    shift = fields.number("ISHIFT", 0)
    if shift != int(shift) or abs(shift) > points:
        raise FormatError(fields.path, f"ISHIFT is {shift:g}, not a number of grid points")
    return int(shift)


def write_basis(path, basis: Basis, width: float | None = None) -> None:
    """Write a ``.BASIS`` file that LCModel reads; gzip where the name ends in ``.gz``.

    width: full width of its singlets at half height in ppm, LCModel's ``FWHMBA``, which guides its line
    shape; without it LCModel takes 0.013. Nine digits are kept. FIDs are turned so that the centre is
    4.65 ppm, ``ISHIFT = 0``.
    """
    axis = basis.axis
    echo = "" if basis.te is None else f" ECHOT = {basis.te:.10g},\n"
    echo += "" if width is None else f" FWHMBA = {width:.10g},\n"
    parts = [
        f" $SEQPAR\n HZPPPM = {axis.mhz:.10g},\n{echo} SEQ = {_quoted(basis.sequence)}\n $END\n",
        f" $BASIS1\n IDBASI = 'nmr-repro',\n FMTBAS = '(6E17.8)',\n BADELT = {1 / axis.sw:.12g},\n",
        f" NDATAB = {axis.size}\n $END\n",
    ]
    spectra = np.fft.fft(np.conj(turned_to_water(basis.fids, axis)), norm="ortho")
    for name, spectrum in zip(basis.names, spectra, strict=True):
        parts.append(f" $NMUSED\n XTRASH = 0.\n $END\n $BASIS\n ID = {_quoted(name)},\n")
        parts.append(f" METABO = {_quoted(name)},\n CONC = 1.,\n TRAMP = 1.,\n VOLUME = 1.,\n")
        parts.append(f" ISHIFT = 0\n $END\n{_rows(spectrum, 3)}")
    write_packed(path, "".join(parts))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows(values: np.ndarray, a_line: int = 1) -> str:
    """Complex values as text; LCModel's own basis sets have three a line, which suspect 0.6.2 counts on."""
    words = [f"{value.real:17.8E}{value.imag:17.8E}" for value in values]
    return "".join("".join(words[i : i + a_line]) + "\n" for i in range(0, len(words), a_line))


def read_raw(path, mhz: float | None = None, sw: float | None = None) -> Acquisition:
    """Read one signal, ``.RAW`` or ``.H2O`` (or a gzip of one): FIDs (1, 1, points) complex128.

    mhz, sw: spectrometer frequency (MHz) and spectral width (Hz), which the format does not state. Without
    them they come from a control file in the same folder that names the file (``HZPPPM``, ``DELTAT``).
    Raises FormatError for bad bytes, for more than one voxel, and where nothing states mhz and sw.
    """
    text = decode(path, read_bytes(path))
    lists = {found[1].upper(): found for found in _LIST.finditer(text)}
    if "NMID" not in lists:
        raise FormatError(path, "has no $NMID list with its $END; not an LCModel .RAW file, or cut short")
    identity = _fields(path, lists["NMID"][2])
    sequence = _fields(path, lists["SEQPAR"][2]) if "SEQPAR" in lists else Fields(path, {})
    values = numbers(path, text[max(found.end() for found in lists.values()) :])
    fid = values[0::2] + 1j * values[1::2]
    control = _control(Path(path)) if mhz is None or sw is None else Fields(path, {})
    axis = _raw_axis(path, fid.size, mhz, sw, sequence, control)
    if identity.get("SEQACQ", "F").strip(".").upper().startswith("T"):
        raise FormatError(path, "was acquired sequentially (SEQACQ = T), which is not read")
    turned = identity.get("BRUKER", "F").strip(".").upper().startswith("T")
    amplitude, volume = identity.number("TRAMP", 1.0), identity.number("VOLUME", 1.0)
    if min(amplitude, volume) <= 0:
        raise FormatError(path, "TRAMP and VOLUME have to be positive")
    fid = checked(path, fid * (amplitude / volume))
    return Acquisition(
        (fid if turned else np.conj(fid))[None, None],
        axis,
        te=milliseconds(sequence.number("ECHOT", control.number("ECHOT")), path, "ECHOT"),
        sequence=sequence.get("SEQ", control.get("SEQ", "")),
        header={"nmid": dict(identity)},
        source=str(path),
    )


def _raw_axis(path, points: int, mhz, sw, sequence: Fields, control: Fields):
    """The axis by the options, the file's own $SEQPAR, or a control file."""
    if mhz is None:
        mhz = sequence.number("HZPPPM", control.number("HZPPPM"))
    if sw is None and (dwell := control.number("DELTAT")):
        sw = 1 / dwell
    if mhz is None or sw is None:
        raise FormatError(path, "does not state its frequency and spectral width: give mhz= and sw=")
    if not 1 <= points <= MOST_POINTS:
        raise FormatError(path, f"has {points} points; is it cut short?")
    expected = control.whole("NUNFIL", points)
    if points != expected:
        raise FormatError(
            path, f"has {points} points, not {expected} (NUNFIL): cut short, or more than one voxel"
        )
    return proton_axis(path, points, sw, mhz)


def _control(path: Path) -> Fields:
    """The fields of a control file beside ``path`` that names it as FILRAW or FILH2O; empty without one."""
    try:
        files = sorted(file for file in path.parent.iterdir() if "control" in file.name.lower())
    except OSError:
        files = []
    for file in files:
        if not file.is_file() or file.stat().st_size > 2**20:
            continue
        fields = _fields(file, file.read_bytes().decode("latin-1"))
        named = {fields.get(key, "").replace("\\", "/").rsplit("/", 1)[-1] for key in ("FILRAW", "FILH2O")}
        if path.name.removesuffix(".gz") in named:
            return fields
    return Fields(path, {})


def write_raw(path, acquisition: Acquisition) -> None:
    """Write one signal with nine digits. UserError for more than one coil or average.

    The file states the frequency, echo time and sequence in ``$SEQPAR``; LCModel, and :func:`read_raw`, want
    the dwell time from elsewhere. The signal is turned so that 0 Hz is 4.65 ppm.
    """
    axis = acquisition.axis
    fids = turned_to_water(single_coil(path, acquisition), axis)
    if len(fids) > 1:
        raise UserError(f"{path}: a .RAW file holds one signal, not {len(fids)} averages; average them")
    echo = "" if acquisition.te is None else f" ECHOT = {acquisition.te:.10g},\n"
    head = f" $SEQPAR\n HZPPPM = {axis.mhz:.10g},\n{echo} SEQ = {_quoted(acquisition.sequence)}\n $END\n"
    identity = (
        f" $NMID\n ID = {_quoted(Path(path).stem)}, FMTDAT = '(2E17.8)',\n VOLUME = 1., TRAMP = 1.\n $END\n"
    )
    write_packed(path, head + identity + _rows(np.conj(fids[0])))
