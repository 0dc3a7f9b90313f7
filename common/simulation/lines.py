"""A spectrum as a list of lines, and the FID of one: a sum of undamped exponentials on any axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from common.spectrum import Axis

#: Lines of one bin of this width in Hz become one, at their mean frequency (ours: moves a basis FID by less
#: than 1e-3 of its size at 2 s, see the test).
TOLERANCE = 0.01
#: The weakest lines are left out up to this share of all (ours: so much of the first point of a FID at most).
LOSS = 1e-5


@dataclass(frozen=True)
class Lines:
    """frequency: (lines,) in Hz from 0 ppm, positive at high ppm. amplitude: complex (lines,), at time 0."""

    frequency: np.ndarray
    amplitude: np.ndarray

    def __len__(self) -> int:
        return len(self.frequency)

    def merged(self, tolerance: float = TOLERANCE) -> Lines:
        """Lines of one bin of ``tolerance`` Hz added up, the weakest left out up to ``LOSS``."""
        bins, at = np.unique(np.round(self.frequency / tolerance).astype(np.int64), return_inverse=True)
        size = np.abs(self.amplitude)
        total = np.bincount(at, size, len(bins))
        order = np.argsort(total)
        keep = np.sort(order[np.cumsum(total[order]) > LOSS * total.sum()])
        mean = np.bincount(at, size * self.frequency, len(bins))[keep] / total[keep]
        parts = (np.bincount(at, part, len(bins)) for part in (self.amplitude.real, self.amplitude.imag))
        re, im = parts
        return Lines(mean, (re + 1j * im)[keep])

    def fid(self, axis: Axis) -> np.ndarray:
        """``sum_k a_k exp(2 pi i (f_k - carrier mhz) t)`` at the times of a complex time axis, (points,).

        In two factors, t = coarse + fine, as in ``simulation/exponentials.py``, here in double precision.
        """
        fine = max(1, round(axis.size**0.5))
        coarse = -(-axis.size // fine)
        rate = 2j * np.pi * (self.frequency - axis.carrier * axis.mhz) / axis.sw
        late = np.exp(np.multiply.outer(fine * np.arange(coarse) + axis.first_delay, rate)) * self.amplitude
        early = np.exp(np.multiply.outer(rate, np.arange(fine)))
        return (late @ early).reshape(-1)[: axis.size]


def joined(parts: Iterable[Lines]) -> Lines:
    """All lines of some lists as one list."""
    parts = list(parts)
    if not parts:
        return Lines(np.empty(0), np.empty(0, complex))
    return Lines(*(np.concatenate([getattr(part, f) for part in parts]) for f in ("frequency", "amplitude")))
