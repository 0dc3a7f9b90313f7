"""Simulated nD protein spectra: a table of peaks in ppm and axes, to time-domain data or spectra.

A peak is a product over the dimensions. In a time dimension it is

    exp(i phase) exp(2 pi i f t) exp(-R2 t) cos(pi J t),   f = (ppm - carrier) mhz,

at t = (k + first_delay) / sw. It folds as recorded signals do: it wraps round, and after half a dwell a peak
folded once is negative. In a frequency dimension it is the absorptive line of that signal at phase zero,
sampled for ever. What tells one experiment from another is its table of peaks: :func:`hnco`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.spectrum import Axis, Spectrum


@dataclass(frozen=True)
class CrossPeaks:
    """A table of n peaks in d dimensions, indirect ones first and the direct one last.

    ppm, r2 (1/s), phase (radians) and j (coupling in Hz, 0 for none): arrays (n, d). amplitude: (n,), the
    signal at time zero, the volume of the peak.
    """

    ppm: np.ndarray
    r2: np.ndarray
    amplitude: np.ndarray
    phase: np.ndarray
    j: np.ndarray

    def __len__(self) -> int:
        return len(self.amplitude)


def table(ppm, r2, amplitude=1.0, phase=0.0, j=0.0) -> CrossPeaks:
    """A table from arrays that broadcast to (n, d), the amplitude to (n,)."""
    ppm = np.atleast_2d(np.asarray(ppm, dtype=float))
    each = (np.broadcast_to(np.asarray(a, dtype=float), ppm.shape) for a in (r2, phase, j))
    r2, phase, j = each
    return CrossPeaks(ppm, r2, np.broadcast_to(np.asarray(amplitude, float), len(ppm)), phase, j)


def spectrum(peaks: CrossPeaks, axes: Sequence[Axis], source: str = "simulated") -> Spectrum:
    """The noise-free spectrum of a table over given axes, single precision.

    An axis is in time (``states`` where indirect, ``complex`` where direct) or in frequency (``real``);
    ``ValueError`` for others, and for a table of another number of dimensions. Memory beside the result: that
    of one plane of it for all peaks.
    """
    if len(axes) != peaks.ppm.shape[1]:
        raise ValueError(f"{peaks.ppm.shape[1]} dimensions of peaks do not fit {len(axes)} axes")
    factors = [profiles(peaks, d, axis, last=d == len(axes) - 1) for d, axis in enumerate(axes)]
    *outer, last = (f.astype("complex64" if np.iscomplexobj(f) else "float32") for f in factors)
    *slow, middle = outer or [np.ones((len(peaks), 1), "float32")]
    data = np.empty([*(f.shape[1] for f in slow), middle.shape[1], last.shape[1]], last.dtype)
    for index in np.ndindex(*data.shape[:-2]):
        weight = peaks.amplitude.astype("float32")
        for factor, i in zip(slow, index, strict=True):
            weight = weight * factor[:, i]
        data[index] = (middle * weight[:, None]).T @ last
    data = data if outer else data[0]
    return Spectrum(data, tuple(axes), source=source)


def profiles(peaks: CrossPeaks, dimension: int, axis: Axis, last: bool) -> np.ndarray:
    """What every peak is along one axis, (n, rows): complex, real, or rows that alternate cosine and sine."""
    if axis.domain == "frequency" and axis.encoding == "real":
        return _lines(peaks, dimension, axis)
    if axis.domain != "time" or axis.encoding != ("complex" if last else "states"):
        raise ValueError(f"cannot simulate {axis.encoding} points in the {axis.domain} domain")
    t = (np.arange(axis.size) + axis.first_delay) / axis.sw
    offset, r2, phase, j = (a[:, None] for a in _of(peaks, dimension, axis))
    signal = np.exp(1j * (2 * np.pi * offset * t + phase) - r2 * t) * np.cos(np.pi * j * t)
    return signal if last else np.stack([signal.real, signal.imag], axis=-1).reshape(len(peaks), -1)


def _lines(peaks: CrossPeaks, dimension: int, axis: Axis) -> np.ndarray:
    """Real part of ``sum_k z^k`` with the first point halved, ``(1 - |z|^2) / 2 |1 - z|^2``, in each doublet.

    z is one dwell of the signal seen from a point of the axis, so the line is periodic in the width.
    """
    offset, r2, phase, j = (a[:, None] for a in _of(peaks, dimension, axis))
    if phase.any():
        raise ValueError("a line in the frequency domain has phase zero; simulate the time domain instead")
    at = (axis.ppm() - axis.carrier) * axis.mhz
    size = np.exp(-r2 / axis.sw)
    halves = []
    for shift in (j / 2, -j / 2):
        turn = np.cos(2 * np.pi * (offset + shift - at) / axis.sw)
        halves.append((1 - size**2) / (2 * (1 - 2 * size * turn + size**2)))
    return sum(halves) / 2


def _of(peaks: CrossPeaks, dimension: int, axis: Axis):
    """Offset from the carrier in Hz, R2, phase and J of every peak in one dimension."""
    offset = (peaks.ppm[:, dimension] - axis.carrier) * axis.mhz
    return offset, peaks.r2[:, dimension], peaks.phase[:, dimension], peaks.j[:, dimension]


def add_noise(clean: Spectrum, sd: float, rng: np.random.Generator) -> Spectrum:
    """White Gaussian noise of standard deviation ``sd`` on every real number of the data."""
    data = np.ascontiguousarray(clean.data).copy()
    for part in np.atleast_2d(data.view("float32")):
        part += np.float32(sd) * rng.standard_normal(part.shape, dtype="float32")
    return clean.replace(data=data)


#: Random-coil shifts of 1HN, 15N and 13C' in ppm, Wishart et al., J. Biomol. NMR 1995, 5, 67, and the share
#: of each residue among the 181 chains of the data set protein_shifts_paired. Proline has no amide proton.
RANDOM_COIL = {
    "A": (8.24, 123.8, 177.8, 0.070), "R": (8.23, 120.5, 176.3, 0.045), "N": (8.40, 118.7, 175.2, 0.044),
    "D": (8.34, 120.4, 176.3, 0.060), "C": (8.32, 118.8, 174.6, 0.017), "Q": (8.32, 119.8, 176.0, 0.041),
    "E": (8.42, 120.2, 176.6, 0.071), "G": (8.33, 108.8, 174.9, 0.068), "H": (8.42, 118.2, 174.1, 0.021),
    "I": (8.00, 119.9, 176.4, 0.059), "L": (8.16, 121.8, 177.6, 0.090), "K": (8.29, 120.4, 176.6, 0.072),
    "M": (8.28, 119.6, 176.3, 0.021), "F": (8.30, 120.3, 175.8, 0.043), "S": (8.31, 115.7, 174.6, 0.060),
    "T": (8.15, 113.6, 174.7, 0.056), "W": (8.25, 121.3, 176.1, 0.013), "Y": (8.12, 120.3, 175.9, 0.037),
    "V": (8.03, 119.2, 176.3, 0.073), "P": (np.nan, np.nan, 177.3, 0.040),
}  # fmt: skip
#: Standard deviation of the secondary shifts of 1HN, 15N and 13C' there: measured shift less random coil.
SECONDARY = {"1H": 0.74, "15N": 4.55, "13C": 1.97}
#: R2 in 1/s of the ordered part of a protein of about 15 kDa at 600 MHz, round numbers (ours); unresolved
#: couplings of the amide proton to HA are in its rate.
R2 = {"1H": 30.0, "15N": 12.0, "13C": 12.0}


@dataclass(frozen=True)
class Residues:
    """The backbone of a simulated protein: shifts (n,) in ppm by nucleus, R2 (n,) by nucleus, amplitude (n,).

    A proline has no shift (nan) of 1H and 15N.
    """

    shift: dict[str, np.ndarray]
    r2: dict[str, np.ndarray]
    amplitude: np.ndarray


def protein(rng: np.random.Generator, residues: int, flexible: float = 0.1) -> Residues:
    """A random sequence with normally distributed secondary shifts.

    flexible: share of residues in mobile ends, with a quarter of the secondary shift, a third of R2 and two
    times the amplitude. The other rates scatter by 15 %, amplitudes by a factor of 1.5 (log-normal; transfer
    and exchange with water differ along a chain).
    """
    rows = np.array(list(RANDOM_COIL.values()))
    drawn = rows[rng.choice(len(rows), residues, p=rows[:, 3] / rows[:, 3].sum())]
    ends = np.minimum(np.arange(residues), np.arange(residues)[::-1]) < flexible * residues / 2
    shift, r2 = {}, {}
    for column, nucleus in enumerate(("1H", "15N", "13C")):
        secondary = SECONDARY[nucleus] * rng.standard_normal(residues)
        shift[nucleus] = drawn[:, column] + np.where(ends, 0.25, 1.0) * secondary
        r2[nucleus] = R2[nucleus] * np.where(ends, 1 / 3, 1.0) * np.exp(0.15 * rng.standard_normal(residues))
    amplitude = np.where(ends, 2.0, 1.0) * np.exp(np.log(1.5) * rng.standard_normal(residues))
    return Residues(shift, r2, amplitude)


def hnco(chain: Residues) -> CrossPeaks:
    """The peaks of an HNCO, dimensions 13C', 15N, 1H: each amide with the carbonyl of the residue before."""
    amide = 1 + np.flatnonzero(np.isfinite(chain.shift["1H"][1:]))
    places = {"13C": amide - 1, "15N": amide, "1H": amide}
    ppm = np.stack([chain.shift[nucleus][at] for nucleus, at in places.items()], axis=1)
    r2 = np.stack([chain.r2[nucleus][at] for nucleus, at in places.items()], axis=1)
    return table(ppm, r2, chain.amplitude[amide])


def hnco_axes(points: tuple[int, int] = (32, 32), direct: int = 384) -> tuple[Axis, Axis, Axis]:
    """Usual axes of an HNCO at 600 MHz in time: 13C' 12 ppm and 15N 32 ppm wide, 1H 12 ppm around water."""
    return (
        Axis("13C", points[0], 1810.0, 150.86, 175.5, "time", "states"),
        Axis("15N", points[1], 1946.0, 60.80, 118.5, "time", "states"),
        Axis("1H", direct, 7200.0, 599.93, 4.75, "time", "complex"),
    )
