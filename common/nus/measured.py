"""A user's non-uniformly sampled (NUS) data on their full grid, every assumption about them checked and said.

Data come as measured (the rows of the schedule only, in the order of its lines) or on the full grid with a
schedule to choose from it, which is how retrospective tests and files expanded by other programs look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from common.errors import FormatError, UserError
from common.io.files import read
from common.io.schedules import Schedule, read_schedule
from common.processing import phase, to_states
from common.spectrum import INTERLEAVED, Axis, Spectrum

#: Far beyond any t1; keeps a mistyped index from asking for the memory of its grid.
LARGEST = 2**15


@dataclass(frozen=True)
class Measured:
    """Measured points on their grid.

    spectrum: 2D, t1 in time on the full grid with ``states`` or ``states-tppi`` rows, zero where not
    measured; the direct dimension complex in time or real in frequency. mask: boolean (t1 points,), true
    where measured. found: what the file holds. sampling: which of the points were measured. notes: what was
    assumed. All three are for the user to read.
    """

    spectrum: Spectrum
    mask: np.ndarray
    found: str
    sampling: str
    notes: tuple[str, ...]


def check_data(spectrum: Spectrum) -> None:
    """``UserError`` for anything but finite, phase-sensitive 2D data with t1 in time."""
    name = spectrum.source
    if len(spectrum.axes) != 2:
        raise UserError(f"{name}: is {len(spectrum.axes)}D; needs 2D data with t1 in time")
    t1, direct = spectrum.axes
    if t1.domain != "time":
        raise UserError(
            f"{name}: the indirect dimension ({t1.nucleus or '?'}) is transformed already; give the data from"
            " before that transform"
        )
    if direct.domain == "time" and direct.encoding != "complex":
        raise UserError(f"{name}: the FIDs have no imaginary part; convert the raw data with both components")
    if t1.encoding not in INTERLEAVED:
        raise UserError(
            f"{name}: t1 has one row a point ({t1.encoding}) and so no quadrature; where rows do alternate"
            " cosine and sine, add --quadrature states"
        )
    if t1.encoding == "echo-antiecho" and direct.encoding != "complex":
        raise UserError(
            f"{name}: echo and anti-echo rows need the imaginary part of the direct dimension; give the FIDs"
        )
    check_values(spectrum)


def check_values(spectrum: Spectrum) -> None:
    """``UserError`` for data of zeros alone, or of values that are not finite."""
    if not np.isfinite(spectrum.data).all():
        raise UserError(
            f"{spectrum.source}: holds values that are not finite numbers; convert the raw data again"
        )
    if not spectrum.data.any():
        raise UserError(f"{spectrum.source}: holds nothing but zeros")


def load_measured(
    path, schedule=None, *, size: int | None = None, base: int | None = None, quadrature: str | None = None
) -> Measured:
    """Read data and schedule, and put every row in its place.

    path: as ``common.io.files.read``. schedule: a file; None where the folder of the data has its own. size:
    complex points of the full grid, None where the data say it or the largest index is to be the last one.
    base: what the first point of the schedule is called. quadrature: encoding of t1 where the header is
    wrong. FIDs of points that are listed twice are averaged; points with nothing but zeros are not measured.
    Raises ``UserError`` where data and schedule do not fit.
    """
    spectrum = _read(path, quadrature)
    found, notes = _find_schedule(spectrum, schedule, size, base)
    pairs = _states(spectrum).data.reshape(spectrum.axes[0].size, 2, -1)
    points, (grid,) = found.points[:, 0], found.size
    if len(pairs) == len(points):
        full, said = _placed(pairs, points, grid), "rows as measured"
    elif len(pairs) == grid:
        full, said = pairs, "full data, of which the other points are left out"
    else:
        raise UserError(
            f"{path}: has {len(pairs)} complex t1 points, neither the {len(points)} that the schedule lists"
            f" nor the {grid} of the full grid; give their own schedule, or the right --size"
        )
    mask, dropped = _measured_mask(path, full, points)
    if repeats := len(points) - len(np.unique(points)):
        notes.append(f"{repeats} lines of the schedule repeat a point; the FIDs of one point are averaged")
    if not mask[0]:
        dropped.append("point 0 is not measured; the integral of every signal rests on the reconstruction")
    sampling = (
        f"{mask.sum()} of {grid} points ({mask.mean():.1%}), counted from {int(found.one_based)}; {said}"
    )
    full = np.where(mask[:, None, None], full, 0).reshape(2 * grid, -1)
    axes = (replace(spectrum.axes[0], size=grid, encoding=_kept(spectrum.axes[0])), spectrum.axes[1])
    on_grid = spectrum.replace(data=full, axes=axes)
    return Measured(on_grid, mask, spectrum.describe(), sampling, (*notes, *dropped))


def load_full(path, quadrature: str | None = None) -> Spectrum:
    """Read fully sampled data, arguments as :func:`load_measured`; ``UserError`` where points are missing."""
    spectrum = _read(path, quadrature)
    rows = spectrum.data.reshape(spectrum.axes[0].size, -1)
    missing = int((~rows.any(axis=1)).sum())
    if missing or "nus" in spectrum.header:
        what = f"{missing} t1 points hold only zeros" if missing else "it comes with a schedule"
        raise UserError(f"{path}: is not fully sampled, {what}; `nmr-repro apply` reconstructs it")
    return _states(spectrum)


def _read(path, quadrature: str | None) -> Spectrum:
    """2D data that passed :func:`check_data`."""
    spectrum = read(path)
    if quadrature is not None and len(spectrum.axes) == 2:
        spectrum = _encoded(spectrum, quadrature)
    check_data(spectrum)
    return spectrum


def real_direct(spectrum: Spectrum, p0: float, p1: float) -> Spectrum:
    """Data whose direct dimension is complex in frequency: phased (degrees), then the real part alone."""
    *indirect, direct = spectrum.axes
    data = np.ascontiguousarray(phase(spectrum.data, p0, p1).real)
    return spectrum.replace(data=data, axes=(*indirect, replace(direct, encoding="real")))


def _encoded(spectrum: Spectrum, quadrature: str) -> Spectrum:
    """The same rows read as pairs of another kind."""
    t1, rows = spectrum.axes[0], len(spectrum.data)
    if rows % 2:
        raise UserError(f"{spectrum.source}: {rows} rows do not pair up; --quadrature cannot be {quadrature}")
    return spectrum.replace(axes=(replace(t1, size=rows // 2, encoding=quadrature), spectrum.axes[1]))


def _kept(t1: Axis) -> str:
    return "states" if t1.encoding == "echo-antiecho" else t1.encoding


def _states(spectrum: Spectrum) -> Spectrum:
    """Echo and anti-echo rows combined into cosine and sine; others as they are."""
    t1, direct = spectrum.axes
    if t1.encoding != "echo-antiecho":
        return spectrum
    rows = np.stack(to_states(spectrum.data, t1.encoding), axis=1).reshape(spectrum.data.shape)
    return spectrum.replace(data=rows, axes=(replace(t1, encoding="states"), direct))


def _find_schedule(spectrum: Spectrum, file, size, base) -> tuple[Schedule, list[str]]:
    """The schedule with the size of its grid, and what had to be assumed."""
    own = spectrum.header.get("nus")
    size = size or (own["full_size"][0] if own else None)
    if file is None:
        if own is None:
            raise UserError(f"{spectrum.source}: which points were measured? give --schedule FILE")
        return _sized(Schedule(own["schedule"], (size,)), spectrum.source)
    listed, points = read_schedule(file, base=0, allow_duplicates=True).points, spectrum.axes[0].size
    if listed.shape[1] != 1:
        columns = listed.shape[1]
        raise FormatError(file, f"has {columns} columns, a schedule for {columns + 1}D data; apply takes 2D")
    if size is None and len(listed) != points and listed.max() <= points:
        size = points  # full data
    return _sized(read_schedule(file, size, base=base, allow_duplicates=True), file)


def _sized(found: Schedule, file) -> tuple[Schedule, list[str]]:
    notes, largest = [found.note] if found.note else [], int(found.points.max())
    if max(largest, *(found.size or (0,))) >= LARGEST:
        raise UserError(f"{file}: a grid of more than {LARGEST} points; check the largest index and --size")
    if found.size is None:
        notes.append(
            f"{file}: a grid of {largest + 1} points, as its last one has index {largest}; --size N for a"
            " larger one"
        )
        return replace(found, size=(largest + 1,)), notes
    if largest >= found.size[0]:
        raise UserError(f"{file}: point {largest} is beyond --size {found.size[0]}; give a larger size")
    return found, notes


def _placed(pairs: np.ndarray, points: np.ndarray, size: int) -> np.ndarray:
    """Rows in the order of acquisition put on the grid; the mean where a point was measured repeatedly."""
    full = np.zeros((size, *pairs.shape[1:]), pairs.dtype)
    np.add.at(full, points, pairs)
    times = np.maximum(np.bincount(points, minlength=size), 1).astype(pairs.real.dtype)
    return full / times[:, None, None]


def _measured_mask(path, full: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Which points hold data, and what to say about listed points that do not."""
    listed = np.zeros(len(full), dtype=bool)
    listed[points] = True
    recorded = full.any(axis=(1, 2))
    empty = np.flatnonzero(listed & ~recorded)
    if not empty.size:
        return listed, []
    extra = np.flatnonzero(recorded & ~listed)
    if extra.size:
        raise UserError(
            f"{path}: point {empty[0]} of the schedule holds only zeros, point {extra[0]} is not in it and"
            " does not; is it the right schedule, and counted from the right number (--base 0 or 1)?"
        )
    return listed & recorded, [f"{empty.size} listed points hold only zeros and count as not measured"]
