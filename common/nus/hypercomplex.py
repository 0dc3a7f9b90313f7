"""Spectra with two indirect dimensions: hypercomplex data, the complex planes that stand for them, and back.

Both indirect dimensions are recorded as pairs, so a point of a plane is four real numbers: cosine or sine of
t1 times cosine or sine of t2, here RR, RI, IR, II with the first letter for the first axis. They are exactly
two complex signals, ``P = (RR - II) + i (IR + RI)``, which turns forward in both dimensions, and
``N = (RR + II) + i (IR - RI)``, which turns backward in the second. A method completes each by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from common.errors import UserError
from common.processing import (
    DirectRecipe,
    IndirectRecipe,
    alternate,
    remove_polynomial,
    to_states,
    transform,
    turn,
)
from common.spectrum import INTERLEAVED, Axis, Spectrum

#: Points of the first axis that are processed at once (even: states-tppi alternates), and columns.
ROWS, COLUMNS = 8, 64


@dataclass(frozen=True)
class Recording:
    """How an indirect dimension was recorded, as the fields of :class:`DirectRecipe` say of t1.

    phase: degrees, constant, to undo. first_delay: dwells, None where the axis says it.
    """

    conjugate: bool = False
    alternate: bool = False
    phase: float = 0.0
    first_delay: float | None = None


PLAIN = (Recording(), Recording())


def interferogram_3d(
    spectrum: Spectrum, recipe: DirectRecipe, recordings: tuple[Recording, Recording] = PLAIN
) -> Spectrum:
    """Direct dimension processed, quadrature of both others settled, as ``processing.interferogram`` in 2D.

    spectrum: 3D, two indirect dimensions in time as pairs of rows; the direct one complex in time or real in
    frequency. Of the recipe what is about t1 does not act, ``recordings`` tell it of each axis. Returns real
    data (2 points1, 2 points2, columns), axes ``states``, ``states`` and real. ``UserError`` for other input.
    """
    _check_3d(spectrum)
    *indirect, direct = spectrum.axes
    size, out = indirect[0].size, None
    for start in range(0, size, ROWS):
        rows, axis = spectrum.data[2 * start : 2 * (start + ROWS)], direct
        if direct.domain == "time":
            if recipe.polynomial_order is not None:
                rows = remove_polynomial(rows, recipe.polynomial_order)
            rows, axis = transform(rows, direct, recipe)
        if recipe.region is not None:
            part = axis.region(*recipe.region)
            rows, axis = rows[..., part], axis.cut(part)
        rows = _settled(rows, (indirect[0].encoding, indirect[1].encoding), recordings)
        out = np.empty((2 * size, *rows.shape[1:]), rows.dtype) if out is None else out
        out[2 * start : 2 * start + len(rows)] = rows
    axes = [
        replace(each, encoding="states", first_delay=_delay(each, recording))
        for each, recording in zip(indirect, recordings, strict=True)
    ]
    return spectrum.replace(data=out, axes=(*axes, axis), header={})


def _delay(axis: Axis, recording: Recording) -> float:
    return axis.first_delay if recording.first_delay is None else recording.first_delay


def _check_3d(spectrum: Spectrum) -> None:
    kinds = [(axis.domain, axis.encoding) for axis in spectrum.axes]
    pairs = [("time", encoding) for encoding in INTERLEAVED]
    direct = (("time", "complex"), ("frequency", "real"))
    if len(kinds) != 3 or any(kind not in pairs for kind in kinds[:2]) or kinds[2] not in direct:
        raise UserError(
            f"{spectrum.source or 'spectrum'}: needs 3D data, two dimensions in time as pairs of rows, the"
            f" direct one complex in time or real in frequency; got {spectrum.describe()}"
        )
    if "echo-antiecho" in (kinds[0][1], kinds[1][1]) and kinds[2] != direct[0]:
        raise UserError(
            f"{spectrum.source}: echo and anti-echo rows need the direct dimension's imaginary part; start"
            " from the FIDs"
        )


def _settled(rows: np.ndarray, encodings, recordings) -> np.ndarray:
    """Real ``states`` rows on both axes."""
    first = [to_states(part, encodings[1], axis=1) for part in to_states(rows, encodings[0], axis=0)]
    parts = np.stack([np.stack(pair) for pair in first]).real  # (pair 1, pair 2, points 1, points 2, columns)
    for axis, recording in enumerate(recordings):
        signal = np.take(parts, 0, axis) + 1j * np.take(parts, 1, axis)
        signal = np.conj(signal) if recording.conjugate else signal
        # one axis of pairs is gone: that of the other dimension stands first
        signal = alternate(signal, axis=1 + axis) if recording.alternate else signal
        signal = turn(signal, recording.phase) if recording.phase else signal
        parts = np.stack([signal.real, signal.imag], axis=axis)
    return _interleaved(parts)


def _interleaved(parts: np.ndarray) -> np.ndarray:
    _, _, points1, points2, columns = parts.shape
    return parts.transpose(2, 0, 3, 1, 4).reshape(2 * points1, 2 * points2, columns)


def to_planes(data: np.ndarray) -> np.ndarray:
    """Hypercomplex rows, real (2 points1, 2 points2, columns), as complex (points1, points2, 2 columns).

    The first half are the P planes of all columns, the second the N planes. Noise of a component is sqrt(2)
    times that of a row.
    """
    rr, ri, ir, ii = (data[i::2, j::2] for i in (0, 1) for j in (0, 1))
    return np.concatenate([(rr - ii) + 1j * (ir + ri), (rr + ii) + 1j * (ir - ri)], axis=-1)


def from_planes(planes: np.ndarray) -> np.ndarray:
    """The inverse of :func:`to_planes`."""
    p, n = np.split(planes, 2, axis=-1)
    parts = [(p + n).real, (p - n).imag, (p + n).imag, (n - p).real]  # RR, RI, IR, II
    shape = (2, 2, *p.shape)
    return _interleaved(np.stack(parts).reshape(shape) / 2)


def spectrum_3d(signal: Spectrum, recipes: tuple[IndirectRecipe, IndirectRecipe]) -> Spectrum:
    """Real 3D spectrum of an :func:`interferogram_3d` whose every point is there; memory goes by columns."""
    *times, direct = signal.axes
    parts, axes = [], ()
    for start in range(0, direct.size, COLUMNS):
        block = signal.data[..., start : start + COLUMNS]
        second, axis2 = transform(block[:, 0::2] + 1j * block[:, 1::2], times[1], recipes[1], axis=1)
        second = second.real
        first, axis1 = transform(second[0::2] + 1j * second[1::2], times[0], recipes[0], axis=0)
        parts.append(first.real)
        axes = (axis1, axis2, direct)
    return signal.replace(data=np.concatenate(parts, axis=-1), axes=axes)


def in_batches(
    complete: Callable[[np.ndarray], np.ndarray],
    fid: np.ndarray,
    planes: int = COLUMNS,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> np.ndarray:
    """``complete`` on at most so many planes at a time; ``progress(done, of)`` after each time.

    fid: complex (points1, points2, columns). Bounds the memory of a method to that of one batch. A batch
    takes its columns from the whole width, so that it has quiet ones, by which methods know the noise.
    """
    result, count = np.empty_like(fid), fid.shape[-1]
    batches = max(-(-count // planes), 1)
    for start in range(batches):
        result[..., start::batches] = complete(np.ascontiguousarray(fid[..., start::batches]))
        progress(-(-count * (start + 1) // batches), count)
    return result
