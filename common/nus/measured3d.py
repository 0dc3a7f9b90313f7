"""A user's 3D data, sampled non-uniformly in both indirect dimensions, on their full grid.

As :mod:`common.nus.measured` for 2D. t1 is the first axis of the data (NMRPipe's Z, Bruker's F1), t2 the
second (Y, F2). A schedule has a column for t2 and then one for t1, as NMRPipe and Bruker write them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from common.errors import FormatError, UserError
from common.io.files import read
from common.io.schedules import Schedule, read_schedule
from common.nus.measured import Measured, check_values
from common.spectrum import INTERLEAVED, Spectrum


def load_cube(
    path, schedule=None, *, base: int | None = None, swapped: bool = False, quadratures=(None, None)
) -> Measured:
    """Read 3D data on their full grid, or as Bruker records them by its schedule, and say what was measured.

    schedule: a file; None where the folder of the data has its own. base: what its first point is called.
    swapped: its first column is t1. quadratures: encodings of t1 and t2 where the header is wrong. Points of
    the schedule with nothing but zeros are not measured. Returns 3D data and a mask (t1, t2 points). Raises
    ``UserError`` where data and schedule do not fit, ``FormatError`` for damaged files.
    """
    spectrum = _encoded(read(path), quadratures)
    _check_data(spectrum)
    own = spectrum.header.get("nus")
    if own:
        found = Schedule(own["schedule"], own["full_size"])
        spectrum, said = _placed(spectrum, found), "rows as measured"
    elif schedule is None:
        raise UserError(f"{path}: which points were measured? give --schedule FILE")
    else:
        grid = [axis.size for axis in spectrum.axes[:2]]
        found, said = read_schedule(schedule, grid if swapped else grid[::-1], base=base), "full grid"
        if found.points.shape[1] != 2:
            raise FormatError(schedule, f"has {found.points.shape[1]} column(s); a 3D needs two")
        if swapped:
            found = replace(found, points=found.points[:, ::-1], size=found.size[::-1])
    listed = found.mask().T
    mask, notes = _measured_mask(path, spectrum, listed)
    points1, points2 = mask.shape
    sampling = (
        f"{mask.sum()} of {points1} x {points2} points ({mask.mean():.1%}), counted from"
        f" {int(found.one_based)}; {said}"
    )
    keep = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)[..., None]
    on_grid = spectrum.replace(data=np.where(keep, spectrum.data, 0).astype(spectrum.data.dtype))
    return Measured(on_grid, mask, spectrum.describe(), sampling, (*filter(None, [found.note]), *notes))


def _encoded(spectrum: Spectrum, quadratures) -> Spectrum:
    """Rows of an indirect axis read as pairs of another kind where the user says so."""
    axes = list(spectrum.axes)
    for number, quadrature in enumerate(quadratures):
        if quadrature is None or len(axes) != 3:
            continue
        if axes[number].rows % 2:
            raise UserError(f"{spectrum.source}: {axes[number].rows} rows do not pair up as {quadrature}")
        axes[number] = replace(axes[number], size=axes[number].rows // 2, encoding=quadrature)
    return spectrum.replace(axes=tuple(axes))


def _check_data(spectrum: Spectrum) -> None:
    name = spectrum.source
    if len(spectrum.axes) != 3:
        raise UserError(f"{name}: is {len(spectrum.axes)}D, not a 3D")
    *indirect, direct = spectrum.axes
    for axis in indirect:
        if axis.domain != "time":
            raise UserError(f"{name}: {axis.nucleus or 'an indirect dimension'} is transformed already")
        if axis.encoding not in INTERLEAVED:
            raise UserError(
                f"{name}: {axis.nucleus or 'an indirect dimension'} has one row a point ({axis.encoding});"
                " where rows do alternate cosine and sine, add --quadrature or --t2-quadrature"
            )
    if direct.domain == "time" and direct.encoding != "complex":
        raise UserError(f"{name}: the FIDs have no imaginary part; convert the raw data with both components")
    check_values(spectrum)


def _placed(spectrum: Spectrum, schedule: Schedule) -> Spectrum:
    """Rows in the order of acquisition on the full grid; the mean where a point was measured repeatedly."""
    axis1, axis2, direct = spectrum.axes
    pairs = spectrum.data.reshape(axis1.size, 2, 2, -1)
    size2, size1 = schedule.size
    full = np.zeros((size1, size2, 2, 2, pairs.shape[-1]), pairs.dtype)
    times = np.zeros((size1, size2))
    at = (schedule.points[:, 1], schedule.points[:, 0])
    np.add.at(full, at, pairs)
    np.add.at(times, at, 1)
    full /= np.maximum(times, 1)[..., None, None, None].astype(pairs.real.dtype)
    data = full.transpose(0, 2, 1, 3, 4).reshape(2 * size1, 2 * size2, -1)
    return spectrum.replace(data=data, axes=(replace(axis1, size=size1), replace(axis2, size=size2), direct))


def _measured_mask(path, spectrum: Spectrum, listed: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Which points hold data; ``UserError`` where others than the listed ones do."""
    points1, points2 = listed.shape
    recorded = spectrum.data.reshape(points1, 2, points2, 2, -1).any(axis=(1, 3, 4))
    empty, extra = listed & ~recorded, recorded & ~listed
    if empty.any() and extra.any():
        raise UserError(
            f"{path}: point {_first(empty)} of t1 and t2 is in the schedule and holds only zeros,"
            f" {_first(extra)} is not in it and does not; is it the right schedule, counted from the right"
            " number (--base), its columns in this order (--swap-columns)?"
        )
    notes = [f"{empty.sum()} listed points hold only zeros and count as not measured"] if empty.any() else []
    if extra.any():
        notes.append(f"{extra.sum()} further points of the data are left out")
    mask = listed & recorded
    if not mask[0, 0]:
        notes.append("point 0 0 is not measured; the integral of every signal rests on the reconstruction")
    return mask, notes


def _first(points: np.ndarray) -> str:
    return " ".join(map(str, np.argwhere(points)[0].tolist()))
