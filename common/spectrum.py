"""Axes, spectra, and the one map between ppm, Hz and index that everything here uses.

Conventions, those of NMRPipe and TopSpin: index 0 is the high-ppm (left) edge, ppm falls with the index, and
the carrier sits at index ``size / 2`` (for odd sizes half-way between two points). So point ``i`` lies at
``carrier + (1/2 - i / size) * sw / mhz``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

DOMAINS = ("time", "frequency")
#: How the points of an axis are stored. ``real`` and ``complex``: one array element a point. The others are
#: indirect axes whose quadrature components alternate row by row, two rows a complex point: ``states``
#: (cosine, sine), ``states-tppi``, ``echo-antiecho`` (``C + iS``, ``C - iS``: the reader puts them in this
#: order); ``tppi`` and ``qf`` have one row a point.
ENCODINGS = ("real", "complex", "states", "states-tppi", "echo-antiecho", "tppi", "qf")
INTERLEAVED = ("states", "states-tppi", "echo-antiecho")


@dataclass(frozen=True)
class Axis:
    """One dimension of a spectrum or FID.

    nucleus: isotope label such as ``1H``; may be empty where a file does not say.
    size: number of points, complex points where the axis is complex or interleaved.
    sw: spectral width in Hz. mhz: observe frequency in MHz (reference 0 ppm).
    carrier: ppm at index ``size / 2``.
    domain: ``time`` or ``frequency``. encoding: one of ``ENCODINGS``.
    first_delay: the first sampled time in dwells (0, 0.5 or 1 as a rule; time domain only).
    """

    nucleus: str
    size: int
    sw: float
    mhz: float
    carrier: float
    domain: str = "frequency"
    encoding: str = "real"
    first_delay: float = 0.0

    def __post_init__(self):
        if self.size < 1:
            raise ValueError(f"an axis needs at least one point, not {self.size}")
        if not (self.sw > 0 and np.isfinite(self.sw)) or not (self.mhz > 0 and np.isfinite(self.mhz)):
            raise ValueError(f"spectral width {self.sw} Hz and frequency {self.mhz} MHz must be positive")
        if not np.isfinite(self.carrier):
            raise ValueError(f"carrier {self.carrier} ppm is not a number")
        if self.domain not in DOMAINS or self.encoding not in ENCODINGS:
            raise ValueError(f"unknown domain {self.domain!r} or encoding {self.encoding!r}")

    @property
    def rows(self) -> int:
        """Array elements along this axis: two a point where quadrature components alternate."""
        return 2 * self.size if self.encoding in INTERLEAVED else self.size

    def ppm(self, index=None):
        """Chemical shift at an index (float or array); of all points where none is given."""
        index = np.arange(self.size) if index is None else np.asarray(index, dtype=float)
        return self.carrier + (0.5 - index / self.size) * self.sw / self.mhz

    def hz(self, index=None):
        """Absolute offset from 0 ppm in Hz at an index; of all points where none is given."""
        return self.ppm(index) * self.mhz

    def index(self, ppm):
        """Fractional index of a chemical shift; the inverse of :meth:`ppm`. May lie outside the axis."""
        return (0.5 - (np.asarray(ppm, dtype=float) - self.carrier) * self.mhz / self.sw) * self.size

    def region(self, left: float, right: float) -> slice:
        """Slice of the points between two shifts in ppm, both included, in either order.

        ``ValueError`` where no point of the axis lies between them.
        """
        first, last = sorted((float(self.index(left)), float(self.index(right))))
        start, stop = max(int(np.ceil(first - 1e-6)), 0), min(int(np.floor(last + 1e-6)) + 1, self.size)
        if stop <= start:
            low, high = self.ppm(self.size - 1), self.ppm(0)
            raise ValueError(
                f"no point between {left} and {right} ppm; the axis spans {low:.3f} to {high:.3f} ppm"
            )
        return slice(start, stop)

    def cut(self, part: slice) -> Axis:
        """The axis of ``data[part]`` for a contiguous slice: same ppm for the same points."""
        start, stop, _ = part.indices(self.size)
        size = stop - start
        sw = self.sw * size / self.size
        carrier = float(self.ppm(start + size / 2))
        return dataclasses.replace(self, size=size, sw=sw, carrier=carrier)

    def to_frequency(self, size: int | None = None) -> Axis:
        """The real frequency axis after a Fourier transform to ``size`` points."""
        return dataclasses.replace(
            self, size=size or self.size, domain="frequency", encoding="real", first_delay=0.0
        )


@dataclass(frozen=True)
class Spectrum:
    """Data with its axes, indirect dimensions first and the direct one last, as in nmrglue and NMRPipe.

    data: array of shape ``tuple(axis.rows for axis in axes)``; complex where an axis is ``complex``.
    header: what the reader found, kept for a writer of the same format; never interpreted here.
    source: the file it came from.
    """

    data: np.ndarray
    axes: tuple[Axis, ...]
    header: dict = field(default_factory=dict, repr=False)
    source: str = ""

    def __post_init__(self):
        expected = tuple(axis.rows for axis in self.axes)
        if self.data.shape != expected:
            raise ValueError(f"data of shape {self.data.shape} does not fit its axes, which need {expected}")
        if np.iscomplexobj(self.data) != any(axis.encoding == "complex" for axis in self.axes):
            raise ValueError("complex data needs exactly an axis with encoding 'complex', real data none")

    def replace(self, **changes) -> Spectrum:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def describe(self) -> str:
        """One line for a user: nuclei, sizes, widths, ppm ranges, domains."""
        parts = []
        for axis in self.axes:
            points = f"{axis.nucleus or '?'} {axis.size} {axis.encoding} points, {axis.domain} domain"
            span = f"{axis.ppm(0):.2f} to {axis.ppm(axis.size - 1):.2f} ppm"
            parts.append(f"{points}, {axis.sw:.1f} Hz, {span}")
        return "; ".join(parts)
