"""Peak lists of the NMR Exchange Format (NEF 1.1), in and out.

Gutmanas et al., Nat. Struct. Mol. Biol. 22, 433 (2015). Dimensions are numbered as the program that wrote
them has it; ``is_acquisition`` marks the direct one, which comes last in a ``PeakList``, and where nothing is
marked dimension 1 is direct, as CcpNmr has it. Written lists number the direct dimension 1. A probability
stands in ``ccpn_figure_of_merit``, CcpNmr's own column for how good a peak is, from 0 to 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.io.peaklists import PeakList, Row, peak_list
from common.io.star import Frame, Loop, read_star
from common.io.text import number, read_bytes

MOST_TEXT = 2**26  # bytes
EMPTY = (".", "?", "")
_MERIT = "ccpn_figure_of_merit"
_ATOM = ("chain_code", "sequence_code", "residue_name", "atom_name")


def read_nef_peaks(path: str | Path, spectrum: str | None = None) -> PeakList:
    """Read the peaks of a NEF file; ``spectrum`` names a save frame where it has several lists.

    Assignments of a peak that is listed again for each of them are joined by ``|``; an atom reads
    ``A.12.GLY.H``. FormatError for anything else.
    """
    text = read_bytes(path, MOST_TEXT).decode("utf-8-sig", errors="replace")
    _, frames = read_star(path, text)
    lists = [frame for frame in frames if frame.loop("_nef_peak.position_1")]
    if spectrum is not None:
        lists = [frame for frame in lists if frame.name == spectrum]
    if len(lists) != 1:
        found = ", ".join(frame.name for frame in lists) or "none"
        raise FormatError(path, f"needs one peak list of NEF (_nef_peak), it has {found:.200}")
    try:
        return _peaks(path, lists[0])
    except ValueError as error:
        raise FormatError(path, str(error)) from None


def _peaks(path, frame: Frame) -> PeakList:
    loop = frame.loop("_nef_peak.position_1")
    ndim = sum(f"_nef_peak.position_{axis}" in loop.columns for axis in range(1, 5))
    order, nuclei = _dimensions(path, frame, ndim)
    names = ["peak_id", "height", "volume", _MERIT, *(f"position_{axis}" for axis in order)]
    atoms = [f"{part}_{axis}" for axis in order for part in _ATOM]
    rows = loop.rows(path, *(f"_nef_peak.{name}" for name in (*names, *atoms)))
    peaks: dict[object, list] = {}
    for place, row in enumerate(rows):
        shifts = row[4 : 4 + ndim]
        key = (row[0], shifts) if row[0] not in EMPTY else place
        found = peaks.setdefault(key, [[number(word) for word in shifts], *map(_value, row[1:4]), []])
        label = _label(row[4 + ndim :])
        if label:
            found[-1].append(label)
    return peak_list(
        nuclei,
        [
            Row(ppm, height, volume, "|".join(labels), probability=merit)
            for ppm, height, volume, merit, labels in peaks.values()
        ],
    )


def _dimensions(path, frame: Frame, ndim: int) -> tuple[list[int], tuple[str, ...]]:
    """Numbers of the dimensions, the direct one last, and their isotopes."""
    loop: Loop | None = frame.loop("_nef_spectrum_dimension.dimension_id")
    isotopes, direct = {}, 1
    if loop:
        tags = ("dimension_id", "axis_code", "is_acquisition")
        for axis, code, acquired in loop.rows(path, *(f"_nef_spectrum_dimension.{tag}" for tag in tags)):
            isotopes[axis] = code if re.fullmatch(r"\d+[A-Z][a-z]?", code) else ""
            direct = int(axis) if acquired.lower() == "true" and axis.isdecimal() else direct
    if not 1 <= direct <= ndim:
        raise ValueError(f"dimension {direct} is the direct one of {ndim}")
    order = [axis for axis in range(ndim, 0, -1) if axis != direct] + [direct]
    return order, tuple(isotopes.get(str(axis), "") for axis in order)


def _value(word: str) -> float:
    return math.nan if word in EMPTY else number(word)


def _label(words: tuple[str, ...]) -> str:
    """``A.12.GLY.H-A.12.GLY.N``; empty where no atom is named."""
    atoms = [words[place : place + len(_ATOM)] for place in range(0, len(words), len(_ATOM))]
    if all(atom[-1] in EMPTY for atom in atoms):
        return ""
    return "-".join("?" if atom[-1] in EMPTY else ".".join(atom) for atom in atoms)


def nef_lines(peaks: PeakList) -> Iterable[str]:
    """The lines of a NEF file with one peak list.

    Assignments of four words an atom (chain.number.residue.atom) go to NEF's columns, others are left out.
    """
    ndim = peaks.ppm.shape[1]
    yield "data_nmr_repro_peaks"
    yield "save_nef_nmr_meta_data"
    meta = {"sf_category": "nef_nmr_meta_data", "sf_framecode": "nef_nmr_meta_data"}
    meta |= {"format_name": "nmr_exchange_format", "format_version": "1.1", "program_name": "nmr-repro"}
    yield from (f"  _nef_nmr_meta_data.{tag} {value}" for tag, value in meta.items())
    yield "save_"
    yield "save_nef_nmr_spectrum_peaks"
    head = {"sf_category": "nef_nmr_spectrum", "sf_framecode": "nef_nmr_spectrum_peaks"}
    head |= {"num_dimensions": ndim, "chemical_shift_list": "."}
    yield from (f"  _nef_nmr_spectrum.{tag} {value}" for tag, value in head.items())
    columns = ("dimension_id", "axis_unit", "axis_code", "is_acquisition")
    dimensions = [
        (axis, "ppm", nucleus or ".", "true" if axis == 1 else "false")
        for axis, nucleus in enumerate(reversed(peaks.nuclei), 1)
    ]
    yield from _loop("nef_spectrum_dimension", columns, dimensions)
    columns = ["index", "peak_id", "volume", "height", *(f"position_{axis}" for axis in range(1, ndim + 1))]
    columns += [f"{part}_{axis}" for axis in range(1, ndim + 1) for part in _ATOM]
    columns += [_MERIT] * (peaks.probability is not None)
    yield from _loop("nef_peak", columns, _rows(peaks))
    yield "save_"


def _rows(peaks: PeakList) -> Iterable[tuple]:
    index = 0
    for place, ppm in enumerate(peaks.ppm, 1):
        shown = [_shown(peaks.volume[place - 1]), _shown(peaks.height[place - 1])]
        shifts = [f"{shift:.4f}" for shift in ppm[::-1]]
        merit = [] if peaks.probability is None else [_shown(peaks.probability[place - 1], ".4f")]
        for label in peaks.assignment[place - 1].split("|"):
            index += 1
            yield (index, place, *shown, *shifts, *_words(label, len(ppm)), *merit)


def _words(label: str, ndim: int) -> list[str]:
    """The columns of an assignment, direct dimension first; dots where it does not name the atoms."""
    atoms = [atom.split(".") for atom in label.split("-")[::-1]]
    if len(atoms) != ndim:
        return ["."] * len(_ATOM) * ndim
    return [word for atom in atoms for word in (atom if len(atom) == len(_ATOM) else ["."] * len(_ATOM))]


def _shown(value: float, form: str = ".7e") -> str:
    return format(value, form) if np.isfinite(value) else "."


def _loop(category: str, columns: Iterable[str], rows: Iterable[tuple]) -> Iterable[str]:
    yield "  loop_"
    yield from (f"    _{category}.{column}" for column in columns)
    yield from ("    " + " ".join(map(str, row)) for row in rows)
    yield "  stop_"
