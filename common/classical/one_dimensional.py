"""A 1D FID made a spectrum without being told how: window, transform, phase, baseline; and what was done.

The phase is that of least entropy of the derivative, with a penalty on what is negative (ACME: Chen, Weng,
Goh and Garland, J. Magn. Reson. 158, 164 (2002)). A grid comes first, for the entropy has many minima. The
strongest signals count no more than the next: suppressed water has a phase of its own, and outvotes the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common import processing
from common.classical.baseline import baseline
from common.errors import UserError
from common.spectrum import Spectrum

#: ours: Hz, added to the lines that phase is judged on; sharp lines have few points and rough minima.
PHASING_WIDTH = 3.0
#: ours: points of the spectrum that phase is judged on.
PHASING_POINTS = 8192
#: paper: weight of the penalty, of 1e-5 to 1e-3 there for data of their scale; ours: relative to the power.
PENALTY = 5.0
#: ours: Hz, how near two signals are one; how many may be far above the rest: water, a methyl or two, TMS.
SIGNAL_WIDTH, STRONGEST = 20.0, 5
#: ours: of the second strongest signal, below which the level does not go: there may be fewer signals.
LEAST = 0.1
#: ours: entropy that the phase found on the whole may cost the levelled spectrum; beyond it a strongest
#: signal has a phase of its own. Ten development spectra cost up to 0.13, two with suppressed water 4.5.
MARGIN = 1.0
#: ours: degrees over the whole spectrum; a dead time of a few dwells, group delay taken off, stays within.
P1_RANGE = (-180.0, 180.0)


@dataclass(frozen=True)
class Processed:
    """A real spectrum in phase, its baseline taken off, and how that was done, a line a step."""

    spectrum: Spectrum
    steps: tuple[str, ...]


def process_1d(fid: Spectrum, lb: float = 0.3, phase: tuple[float, float] | None = None) -> Processed:
    """Spectrum of a complex 1D FID, group delay already removed by its reader.

    lb: Hz, exponential line broadening; 0.3 is TopSpin's default for 1H. phase: (p0, p1) in degrees as
    ``processing.phase`` takes them; found automatically where None. ``UserError`` for what is no 1D FID.
    """
    if fid.data.ndim != 1 or fid.axes[0].domain != "time" or not np.iscomplexobj(fid.data):
        raise UserError(f"{fid.source or 'data'}: not a complex 1D FID: {fid.describe()}")
    axis = fid.axes[0]
    if not np.isfinite(fid.data).all() or not np.abs(fid.data).max() > 0:
        raise UserError(f"{fid.source or 'data'}: the FID is empty or holds values that are not numbers")
    size = processing.auto_zero_fill(axis.size)
    window = processing.exponential(axis.size, axis.sw, lb)
    data = processing.fourier(fid.data * window, size)
    d0, d1 = processing.delay_phase(axis.first_delay)
    data = processing.phase(data, d0, d1)
    p0, p1 = automatic_phase(fid.data, axis.sw, (d0, d1)) if phase is None else phase
    real = processing.phase(data, p0, p1).real
    curve, belongs = baseline(real, axis.sw / size)
    how = "automatic (least entropy)" if phase is None else "as given"
    steps = (
        f"exponential window of {lb:g} Hz, zero-filled from {axis.size} to {size} points, Fourier transform",
        f"phase {how}: p0 {p0:.1f}, p1 {p1:.1f} degrees, pivot at the left edge",
        f"baseline: smooth curve through the {100 * belongs.mean():.0f} % of the points without signal",
    )
    return Processed(fid.replace(data=real - curve, axes=(axis.to_frequency(size),)), steps)


def automatic_phase(
    fid: np.ndarray, sw: float, delay: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    """(p0, p1) in degrees for ``processing.phase``, p0 from -180 to 180; sw in Hz.

    delay: a known phase (p0, p1), applied first.
    """
    points = min(len(fid), PHASING_POINTS // 2)
    part = fid[:points] * processing.exponential(points, sw, PHASING_WIDTH)
    data = processing.phase(processing.fourier(part, PHASING_POINTS), *delay)
    levelled = _levelled(data, sw / PHASING_POINTS)
    plain = _least_entropy(data)
    sober = _least_entropy(levelled)
    trusted = _cost(levelled, plain) - _cost(levelled, sober) < MARGIN
    pivot, at_pivot, p1 = plain if trusted else sober
    p0 = (at_pivot - p1 * pivot + 180) % 360 - 180
    return float(p0), float(p1)


def _least_entropy(data: np.ndarray) -> tuple[float, float, float]:
    """Pivot (share of the width) at the strongest signal, phase there, and p1; degrees."""
    from scipy.optimize import minimize

    pivot = int(np.argmax(np.abs(data))) / len(data)

    def cost(parameters):
        return _cost(data, (pivot, *parameters))

    grid = [(p0, p1) for p0 in np.arange(-180, 180, 15.0) for p1 in np.linspace(*P1_RANGE, 9)]
    best = sorted(grid, key=cost)[:3]
    found = [minimize(cost, start, method="Nelder-Mead", options=_simplex(start)) for start in best]
    return (pivot, *min(found, key=lambda result: result.fun).x)


def _cost(data: np.ndarray, phase: tuple[float, float, float]) -> float:
    """What is wrong with a phase (pivot, phase there, p1) of a complex spectrum."""
    pivot, at_pivot, p1 = phase
    if not P1_RANGE[0] <= p1 <= P1_RANGE[1]:
        return np.inf
    return _entropy(processing.phase(data, at_pivot - p1 * pivot, p1).real)


def _simplex(start) -> dict:
    """A first simplex of the size of the grid's cells."""
    p0, p1 = start
    corners = [(p0, p1), (p0 + 10, p1), (p0, p1 + 25)]
    return {"initial_simplex": corners, "xatol": 0.02, "fatol": 1e-7, "maxiter": 150}


def _levelled(data: np.ndarray, hz_per_point: float) -> np.ndarray:
    """Complex spectrum, its strongest signals pushed below the level of the others; phases stay."""
    from scipy.ndimage import maximum_filter1d

    size = 2 * round(SIGNAL_WIDTH / hz_per_point / 2) + 1
    heights = np.array([part.max() for part in np.array_split(np.abs(data), max(len(data) // size, 8))])
    peaks = (heights >= np.roll(heights, 1)) & (heights > np.roll(heights, -1))
    strongest = np.sort(heights[peaks])[-STRONGEST:] if peaks.sum() > 1 else heights[[0, 0]]
    level = max(strongest[0], LEAST * strongest[-2])
    envelope = maximum_filter1d(np.abs(data), size, mode="wrap")
    return data / np.maximum(envelope / level, 1.0) ** 2 / level


def _entropy(real: np.ndarray) -> float:
    """Entropy of the derivative, and what is negative: its share of the power."""
    slope = np.abs(np.diff(real))
    share = slope / slope.sum()
    entropy = -np.sum(share * np.log(share + 1e-12))
    negative = np.minimum(real, 0.0)
    return float(entropy + PENALTY * np.sum(negative**2) / np.sum(real**2))
