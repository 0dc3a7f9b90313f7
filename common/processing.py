"""From time-domain data to spectra: windows, transforms, phases, quadrature, solvent filter, noise level.

Conventions are NMRPipe's and those of ``common/spectrum.py``: point ``i`` of ``size`` lies at the offset
``(1/2 - i / size) * sw`` from the carrier, so a signal ``exp(+2 pi i f t)`` of positive ``f`` lies left, at
high ppm. For even sizes that is nmrglue's ``fft_positive``; for odd ones the carrier falls half-way between
two points, where ``Axis`` has it. Nothing here scales with anything but the data; all operations are linear,
keep the precision of their input and run over every other axis of an array.

A 2D data set goes two steps: :func:`interferogram` (direct dimension and quadrature of t1, everything before
a reconstruction) and :func:`spectrum_2d` (everything after it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.fft

from common.errors import UserError
from common.spectrum import INTERLEAVED, Axis, Spectrum


def sine_bell(size: int, off=0.5, end=0.98, power=2.0, first_point=0.5) -> np.ndarray:
    """NMRPipe's SP window, ``sin(pi off + pi (end - off) n / (size - 1))^power``, first point scaled.

    The defaults are the usual squared cosine of an HSQC. ``first_point`` (NMRPipe's ``-c``) is 1/2 where
    sampling starts at time zero, 1 where it starts half a dwell or more later (see :func:`delay_phase`).
    """
    angle = np.pi * (off + (end - off) * np.arange(size) / max(size - 1, 1))
    return _scale_first(np.sin(angle) ** power, first_point)


def exponential(size: int, sw: float, lb: float, first_point=0.5) -> np.ndarray:
    """NMRPipe's EM window, ``exp(-pi lb t)``: adds ``lb`` Hz to every line width; ``sw`` in Hz."""
    return _scale_first(np.exp(-np.pi * lb * np.arange(size) / sw), first_point)


def _scale_first(window: np.ndarray, first_point: float) -> np.ndarray:
    window[0] *= first_point
    return window


def auto_zero_fill(size: int) -> int:
    """NMRPipe's ``ZF -auto``: the size doubled, then up to a power of two."""
    return 1 << (2 * size - 1).bit_length()


def spectrum_at(fid: np.ndarray, axis: Axis, ppm: np.ndarray, first_point: float = 0.5) -> np.ndarray:
    """Spectrum of complex FIDs (..., points) at any chemical shifts (ppm): their discrete-time transform.

    Where the shifts are those of ``axis`` it equals :func:`fourier` of FIDs with the first point scaled. Two
    scanners' data, of other dwells and frequencies, so come on one grid of ppm with no interpolation.
    """
    hz = (np.asarray(ppm, dtype=float) - axis.carrier) * axis.mhz
    kernel = np.exp(-2j * np.pi * np.outer(np.arange(axis.size) / axis.sw, hz))
    kernel[0] *= first_point
    return fid @ kernel.astype(fid.dtype)


def zero_fill(fid: np.ndarray, size: int, axis: int = -1) -> np.ndarray:
    """Zeros appended along ``axis`` up to ``size`` points; a smaller size is refused with ``ValueError``."""
    missing = size - fid.shape[axis]
    if missing < 0:
        raise ValueError(f"cannot zero-fill {fid.shape[axis]} points to {size}")
    widths = [(0, 0)] * fid.ndim
    widths[axis] = (0, missing)
    return np.pad(fid, widths)


def fourier(fid: np.ndarray, size: int | None = None, axis: int = -1) -> np.ndarray:
    """Spectrum ``X_i = sum_n x_n exp(-2 pi i (1/2 - i/size) n)`` of a FID, zero-filled to ``size`` points."""
    fid = fid if size is None else zero_fill(fid, size, axis)
    return scipy.fft.ifft(alternate(fid, axis), axis=axis, norm="forward")


def inverse_fourier(spectrum: np.ndarray, size: int | None = None, axis: int = -1) -> np.ndarray:
    """FID of a spectrum, the inverse of :func:`fourier`; only its first ``size`` points where given."""
    fid = scipy.fft.fft(spectrum, axis=axis, norm="forward")
    return alternate(fid[_along(fid.ndim, axis, slice(size))], axis)


def alternate(data: np.ndarray, axis: int = -1) -> np.ndarray:
    """Every other point negated (NMRPipe's ``FT -alt``): moves the carrier by half the spectral width."""
    data = data.copy()
    data[_along(data.ndim, axis, slice(1, None, 2))] *= -1
    return data


def phase(data: np.ndarray, p0: float, p1: float = 0.0, axis: int = -1) -> np.ndarray:
    """Complex spectrum times ``exp(i (p0 + p1 i / size))``, NMRPipe's PS; degrees, pivot at index 0."""
    size = data.shape[axis]
    turn = np.exp(1j * np.deg2rad(p0 + p1 * np.arange(size) / size))
    return data * _lift(turn, data, axis)


def turn(data: np.ndarray, degrees: float) -> np.ndarray:
    """Complex data times ``exp(i degrees)``, in their precision."""
    return data * np.exp(1j * np.deg2rad(degrees)).astype(data.dtype)


def delay_phase(first_delay: float) -> tuple[float, float]:
    """(p0, p1) in degrees that undo sampling which starts ``first_delay`` dwells after time zero.

    A delay ``d / sw`` turns offset ``f`` by ``exp(2 pi i f d / sw)``; with ``f = (1/2 - i/size) sw`` the
    correction is ``-180 d + 360 d i/size``: (-90, 180) for half a dwell, (-180, 360) for a whole one. After
    half a dwell a decaying exponential gives ``1 / (2 sinh((R + i w) / 2))``, purely absorptive with no
    baseline offset, so the first point stays whole; folded peaks come out negative. After a whole dwell the
    point at time zero is missing, which the phase cannot mend: the baseline stays lowered by half a point.
    """
    return -180.0 * first_delay, 360.0 * first_delay


def to_states(data: np.ndarray, encoding: str, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine modulated parts of an indirect dimension as recorded along ``axis``.

    ``states``: rows alternate cosine, sine. ``states-tppi``: the same with every other pair negated.
    ``echo-antiecho`` (Rance-Kay): rows alternate ``P = C + iS`` and ``N = C - iS``. ``tppi``: one row each
    half dwell, turned by 90 degrees from row to row; the missing sine parts come from the discrete Hilbert
    transform, which takes the record as periodic. A constant receiver phase is left to the direct dimension.
    Raises ``UserError`` for encodings without quadrature, ``ValueError`` for an odd number of interleaved
    rows.
    """
    if encoding == "tppi":
        return _from_tppi(data, axis)
    if encoding not in INTERLEAVED:
        raise UserError(
            f"an indirect dimension encoded {encoding!r} holds no quadrature pairs; record it as States"
        )
    if data.shape[axis] % 2:
        raise ValueError(f"{data.shape[axis]} interleaved rows do not pair up")
    first = data[_along(data.ndim, axis, slice(0, None, 2))]
    second = data[_along(data.ndim, axis, slice(1, None, 2))]
    if encoding == "echo-antiecho":
        return (first + second) / 2, (first - second) / 2j
    if encoding == "states-tppi":
        return alternate(first, axis), alternate(second, axis)
    return first, second


def _from_tppi(data, axis):
    """``r_n = cos(w n/2 + n pi/2)``: even rows are ``(-1)^k cos(w k)``, their Hilbert transform the sines."""
    data = zero_fill(data, data.shape[axis] + data.shape[axis] % 2, axis)
    rows = data.shape[axis]
    # -i on positive frequencies, +i on negative ones: real kernel, so complex direct points pass untouched
    sign = -1j * np.sign(np.fft.fftfreq(rows))
    sign[rows // 2] = 0
    sine = scipy.fft.ifft(scipy.fft.fft(data, axis=axis) * _lift(sign, data, axis), axis=axis)
    sine = sine if np.iscomplexobj(data) else sine.real
    even = _along(data.ndim, axis, slice(0, None, 2))
    return alternate(data[even], axis), alternate(sine[even], axis)


def remove_polynomial(fid: np.ndarray, order: int = 4, axis: int = -1) -> np.ndarray:
    """On-resonance solvent filter: each FID less its least-squares polynomial in time (NMRPipe's POLY -time).

    The fit is a projection on orthonormalised Legendre polynomials, well conditioned at any order.
    """
    size = fid.shape[axis]
    basis, _ = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, size), min(order, size - 1)))
    basis = basis.astype(np.result_type(fid.real.dtype, np.float32))
    rows = np.moveaxis(fid, axis, -1)
    return np.moveaxis(rows - (rows @ basis) @ basis.T, -1, axis)


def noise_level(data: np.ndarray) -> float:
    """Robust standard deviation, 1.4826 times the median absolute deviation from the median.

    Complex data give the value for one component: real and imaginary parts are pooled.
    """
    data = np.concatenate([data.real.ravel(), data.imag.ravel()]) if np.iscomplexobj(data) else data
    return float(1.4826 * np.median(np.abs(data - np.median(data))))


@dataclass(frozen=True)
class DirectRecipe:
    """How to turn time-domain 2D data into a t1 interferogram.

    p0, p1: degrees, NMRPipe convention. polynomial_order: time-domain solvent filter, None for none.
    window: (off, end, power) of :func:`sine_bell`, None for none. first_point: its ``first_point``.
    zero_fill: number of points, None for :func:`auto_zero_fill`. region: (left, right) ppm to keep, None for
    all. conjugate: t1 was recorded with the other sense of rotation (NMRPipe's ``FT -neg``). alternate: every
    other t1 point is negated and the file does not say so (``FT -alt``). t1_phase: degrees, a constant phase
    of t1 to undo, such as 90 for some echo/anti-echo data. first_delay: first t1 in dwells, None where the
    file says it. These four describe the recording, so they act here: every method then sees the same t1.
    """

    p0: float = 0.0
    p1: float = 0.0
    polynomial_order: int | None = None
    window: tuple[float, float, float] | None = (0.5, 0.98, 2.0)
    first_point: float = 0.5
    zero_fill: int | None = None
    region: tuple[float, float] | None = None
    conjugate: bool = False
    alternate: bool = False
    t1_phase: float = 0.0
    first_delay: float | None = None


@dataclass(frozen=True)
class IndirectRecipe:
    """How to turn a t1 interferogram into a spectrum; fields as in :class:`DirectRecipe`.

    The phase of the first delay (:func:`delay_phase`) comes from the axis and is added to p0 and p1.
    """

    p0: float = 0.0
    p1: float = 0.0
    window: tuple[float, float, float] | None = (0.5, 0.98, 2.0)
    first_point: float = 0.5
    zero_fill: int | None = None


def interferogram(spectrum: Spectrum, recipe: DirectRecipe) -> Spectrum:
    """Complex t1 signals of every direct point: filter, window, transform, phase t2; combine quadrature.

    spectrum: 2D, t1 in time on its full grid, t2 complex in time; or t2 real in frequency, when only the
    region and the t1 fields of the recipe act. Returns complex data of shape (t1 points, direct points):
    axis 0 complex in time, axis 1 real in frequency. Raises ``UserError`` for other input.
    """
    _check_2d(spectrum)
    t1, direct = spectrum.axes
    data = spectrum.data
    if direct.domain == "time":
        if recipe.polynomial_order is not None:
            data = remove_polynomial(data, recipe.polynomial_order)
        data, direct = transform(data, direct, recipe)
    if recipe.region is not None:
        part = direct.region(*recipe.region)
        data, direct = data[..., part], direct.cut(part)
    # the phased real part first: only then are cosine and sine rows two components of one t1 signal
    cosine, sine = (part.real for part in to_states(data, t1.encoding))
    columns = cosine - 1j * sine if recipe.conjugate else cosine + 1j * sine
    columns = alternate(columns, axis=0) if recipe.alternate else columns
    columns = columns if recipe.t1_phase == 0 else turn(columns, recipe.t1_phase)
    delay = t1.first_delay if recipe.first_delay is None else recipe.first_delay
    t1 = replace(t1, size=len(columns), encoding="complex", first_delay=delay)
    return spectrum.replace(data=columns, axes=(t1, direct))


def _check_2d(spectrum: Spectrum):
    name = spectrum.source or "spectrum"
    kinds = [(axis.domain, axis.encoding) for axis in spectrum.axes]
    direct = (("time", "complex"), ("frequency", "real"))
    if len(kinds) != 2 or kinds[0][0] != "time" or kinds[1] not in direct:
        raise UserError(
            f"{name}: needs 2D data, t1 in time, the direct dimension complex in time or real in frequency; "
            f"got {spectrum.describe()}"
        )
    if kinds == [("time", "echo-antiecho"), ("frequency", "real")]:
        raise UserError(
            f"{name}: echo and anti-echo rows need the direct dimension's imaginary part; start from the FIDs"
        )


def spectrum_2d(interferogram: Spectrum, recipe: IndirectRecipe) -> Spectrum:
    """Real spectrum (zero-filled t1 points, direct points) of an interferogram."""
    t1, direct = interferogram.axes
    data, indirect = transform(interferogram.data, t1, recipe, axis=0)
    return interferogram.replace(data=np.ascontiguousarray(data.real), axes=(indirect, direct))


def transform(
    data: np.ndarray, time: Axis, recipe: DirectRecipe | IndirectRecipe, axis: int = -1
) -> tuple[np.ndarray, Axis]:
    """One dimension windowed, zero-filled, transformed and phased, still complex, with its frequency axis."""
    size = data.shape[axis]
    if recipe.window is not None:
        window = sine_bell(size, *recipe.window, first_point=recipe.first_point)
    else:
        window = _scale_first(np.ones(size), recipe.first_point)
    filled = recipe.zero_fill or auto_zero_fill(size)
    data = fourier(data * _lift(window, data, axis), filled, axis)
    d0, d1 = delay_phase(time.first_delay)
    return phase(data, recipe.p0 + d0, recipe.p1 + d1, axis), time.to_frequency(filled)


def _along(ndim: int, axis: int, part: slice) -> tuple[slice, ...]:
    index = [slice(None)] * ndim
    index[axis] = part
    return tuple(index)


def _lift(vector: np.ndarray, data: np.ndarray, axis: int) -> np.ndarray:
    """``vector`` shaped to multiply ``data`` along ``axis``; in single precision where ``data`` are."""
    if data.dtype in (np.float32, np.complex64):
        vector = vector.astype(np.complex64 if np.iscomplexobj(vector) else np.float32)
    shape = [1] * data.ndim
    shape[axis] = len(vector)
    return vector.reshape(shape)
