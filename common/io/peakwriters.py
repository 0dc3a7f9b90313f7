"""The lines of Sparky, NMRPipe and XEASY peak lists; :func:`common.io.peaklists.write_peaks` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from common.io.peaklists import ISOTOPES, NULL, PeakList
from common.spectrum import Axis


def sparky_lines(peaks: PeakList) -> Iterable[str]:
    """Assignment, shifts, height, volume, widths in Hz and the probability in the note, as far as known."""
    ndim = peaks.ppm.shape[1]
    intensities = {"Data Height": peaks.height, "Volume": peaks.volume}
    intensities = {name: values for name, values in intensities.items() if np.isfinite(values).any()}
    complete = len(intensities) == 2 and all(np.isfinite(values).all() for values in intensities.values())
    if complete and peaks.width is not None and np.isfinite(peaks.width).all():
        intensities |= {f"lw{i + 1} (hz)": peaks.width[:, i] for i in range(ndim)}
    shifts = "".join(f"{f'w{i + 1}':>11}" for i in range(ndim))
    note = "" if peaks.probability is None else f"{'Note':>10}"
    yield f"{'Assignment':>20}{shifts}" + "".join(f"{name:>17}" for name in intensities) + note
    yield ""
    unassigned = "-".join("?" * ndim)
    for place, (ppm, text) in enumerate(zip(peaks.ppm, peaks.assignment, strict=True)):
        values = [value[place] for value in intensities.values()]
        while values and not np.isfinite(values[-1]):
            values.pop()
        if not np.isfinite(values).all():
            raise ValueError(f"peak {place + 1} has a volume but no height, which a Sparky list cannot say")
        row = "".join(f" {shift:10.4f}" for shift in ppm) + "".join(f" {value:16.7e}" for value in values)
        noted = note and np.isfinite(peaks.probability[place])
        yield f"{text or unassigned:>20}{row}" + (f"   p={peaks.probability[place]:.4f}" if noted else "")


def nmrpipe_lines(peaks: PeakList, axes: Sequence[Axis] = ()) -> Iterable[str]:
    """A table with NMRPipe's names of columns, X the direct dimension; ``PROB``, the probability, is ours.

    With the axes of the spectrum, positions and widths in points as well, counted from 1, as nmrDraw and
    nlinLS take them.
    """
    names = "XYZA"[: peaks.ppm.shape[1]]
    turned = list(axes)[::-1]
    for name, nucleus, axis in zip(names, reversed(peaks.nuclei), turned or [None] * len(names), strict=True):
        ends = f" 1 {axis.size} {axis.ppm(0):.3f}ppm {axis.ppm(axis.size - 1):.3f}ppm" if axis else ""
        if nucleus or axis:
            yield f"DATA  {name}_AXIS {nucleus or name}{ends}"
    columns = _table(peaks, names, turned)
    yield "VARS   INDEX " + " ".join(columns)
    yield "FORMAT %5d " + " ".join(shown for shown, _ in columns.values())
    yield f"NULLVALUE {NULL:.0f}"
    yield "NULLSTRING *"
    yield ""
    for place in range(len(peaks)):
        words = (_word(shown, values[place]) for shown, values in columns.values())
        yield f"{place + 1:5d} " + " ".join(words)


def _table(peaks: PeakList, names: str, axes: Sequence[Axis]) -> dict[str, tuple[str, Sequence]]:
    """Format and values of each column of a table; names and axes with the direct dimension first."""
    ppm = peaks.ppm[:, ::-1]
    width = None if peaks.width is None else peaks.width[:, ::-1]
    found: dict[str, tuple[str, Sequence]] = {}
    for k, axis in enumerate(axes):
        found[f"{names[k]}_AXIS"] = "%9.3f", axis.index(ppm[:, k]) + 1
    for k, name in enumerate(names):
        found[f"{name}_PPM"] = "%10.4f", ppm[:, k]
    if width is not None:
        for k, axis in enumerate(axes):
            found[f"{names[k]}W"] = "%7.3f", width[:, k] * axis.size / axis.sw
        for k, name in enumerate(names):
            found[f"{name}W_HZ"] = "%8.3f", width[:, k]
    found["HEIGHT"], found["VOL"] = ("%+.7e", peaks.height), ("%+.7e", peaks.volume)
    if peaks.probability is not None:
        found["PROB"] = "%.4f", peaks.probability
    return found | {"ASS": ("%s", [text or "*" for text in peaks.assignment])}


def _word(shown: str, value) -> str:
    return shown % value if isinstance(value, str) or np.isfinite(value) else f"{NULL:.0f}"


def xeasy_lines(peaks: PeakList) -> Iterable[str]:
    """Shifts, one intensity and the atoms of each peak, once for each of its assignments."""
    ndim = peaks.ppm.shape[1]
    elements = {isotope: element for element, isotope in ISOTOPES.items()}
    yield f"# Number of dimensions {ndim}"
    for place, nucleus in enumerate(reversed(peaks.nuclei), 1):
        if nucleus:
            yield f"#INAME {place} {elements.get(nucleus, nucleus)}"
    intensity = peaks.volume if np.isfinite(peaks.volume).any() else peaks.height
    for place, (ppm, value, text) in enumerate(zip(peaks.ppm, intensity, peaks.assignment, strict=True), 1):
        shifts = "".join(f" {shift:9.4f}" for shift in ppm[::-1])
        volume, method = (value, "e") if np.isfinite(value) else (0.0, "-")
        for alternative in text.split("|"):
            atoms = alternative.split("-") if alternative else ["?"] * ndim
            if len(atoms) != ndim:
                raise ValueError(
                    f"assignment {alternative!r} of peak {place} does not name {ndim} atoms by '-'"
                )
            names = " ".join(f"{'-' if atom == '?' else atom:9}" for atom in reversed(atoms))
            yield f"{place:5d}{shifts} 1 U {volume:15.7e} {0:13.6e} {method} 0 {names}"
