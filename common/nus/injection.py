"""Synthetic peaks of known height in the empty regions of a spectrum: what a method finds and invents.

The NUScon way (``common/metrics/recovery.py``): peaks of graded height are added to the t1 signals of a fully
sampled plane, where it shows no signal. What a method makes of the sum is picked at one threshold for all
methods, and what is picked in the empty regions is true or false; near real peaks it is neither. The fully
sampled sum, scored the same way, is the ceiling: some injected peaks are too weak for the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from common.classical.peaks import Peaks, pick_peaks
from common.metrics.case import Case
from common.metrics.recovery import score_recovery
from common.nus.testbench import Plane
from common.processing import sine_bell, spectrum_2d
from common.simulation.exponentials import Exponentials, complex_fid
from common.simulation.planes import line_profiles

#: Injected peaks of a plane: heights 13 % apart where the median real peak has 250 times the noise.
COUNT = 40
#: Height of the weakest one in multiples of the noise, where no method can tell it from noise.
LOWEST = 2.0
#: Peaks are picked above this many times the noise, and a point beyond it is signal, not empty.
DETECTION = 4.0
# In line widths of the real peaks: how far from signal peaks are counted and injected, and how far injected
# ones lie from each other and from the edges.
COUNTED, INJECTED, APART, EDGE = 1.5, 3.0, 4.0, 2.0
#: Line widths of injected peaks, as factors on the median of the real ones; their Lorentzian shares.
SPREAD, LORENTZ = (0.8, 1.25), (0.0, 0.5)


@dataclass(frozen=True)
class Injection:
    """A plane with synthetic peaks in it, and how they are looked for.

    plane: named ``<name>+injected``, its reference and noise those of the sum. peaks: the table of the
    injected ones, positions and heights as the picker reads them in the plane's spectrum, were each alone.
    width: their full widths at half height, (peaks, 2) in Hz. empty: where recovered peaks count, boolean, of
    the spectrum's shape.

    ``dataclasses.replace(injection, plane=...)`` looks for the same peaks in other data of the plane, such as
    noisier ones.
    """

    plane: Plane
    peaks: Peaks = field(repr=False)
    width: np.ndarray = field(repr=False)
    empty: np.ndarray = field(repr=False)

    def recovered(self, fid: np.ndarray) -> Peaks:
        """What is picked in the empty regions of the spectrum of a completed FID (points, columns)."""
        found = pick_peaks(self.plane.spectrum(fid).data, DETECTION * self.plane.noise)
        inside = self.empty[tuple(np.rint(found.index).astype(int).T)]
        return Peaks(found.index[inside], found.height[inside], found.threshold)

    def tables(self, fid: np.ndarray) -> tuple[np.ndarray, ...]:
        """Of a completed FID, what ``recovery.score_recovery`` takes.

        Positions (Hz) and heights recovered, positions and heights injected, widths (Hz).
        """
        found, hz = self.recovered(fid), _hz_per_point(self.plane)
        return found.index * hz, found.height, self.peaks.index * hz, self.peaks.height, self.width

    def case(self, condition: str) -> Case:
        """How the injected peaks that a completed FID (points, columns) recovers are scored."""
        plane = self.plane
        return Case(
            plane.source, plane.name, condition, plane.role, lambda fid: score_recovery(*self.tables(fid))
        )


def inject(
    plane: Plane,
    count: int = COUNT,
    *,
    lowest: float = LOWEST,
    highest: float | None = None,
    seed: int = 0,
) -> Injection:
    """Inject ``count`` peaks into the empty regions of a fully sampled plane.

    lowest, highest: heights of the weakest and the strongest in multiples of the plane's noise, the others
    between them in geometric progression; the median height of the real peaks where None. Line widths are
    drawn around the real peaks' medians, in t1 as far as the window allows. The same seed gives the same.
    ``ValueError`` where the plane has no peaks of its own or its empty regions no room.
    """
    if not len(plane.peaks):
        raise ValueError(f"{plane.name} has no peaks whose line widths injected ones could have")
    rng, size = np.random.default_rng(seed), plane.reference.data.shape
    width = line_widths(plane)
    points = width / _hz_per_point(plane)
    index = _places(~_dilated(_signal(plane), INJECTED * points), APART * points, EDGE * points, count, rng)
    highest = np.median(plane.peaks.height) / plane.noise if highest is None else highest
    height = plane.noise * rng.permutation(np.geomspace(highest, lowest, count))
    tau, indirect = _decays(plane, width[0] * rng.uniform(*SPREAD, count))
    direct = points[1] * rng.uniform(*SPREAD, count)
    profile = line_profiles(index[:, 1], direct, rng.uniform(*LORENTZ, count), size[1])
    signals = _signals(plane, 0.5 - index[:, 0] / size[0], tau)
    index, read = _as_picked(plane, signals, profile)
    added = ((signals * (height / read)) @ profile).astype(plane.fid.dtype)
    order = np.argsort(-height, kind="stable")
    return Injection(
        _sum(plane, added),
        Peaks(index[order], height[order], float(height.min())),
        np.stack([indirect, direct * _hz_per_point(plane)[1]], axis=1)[order],
        ~_dilated(_signal(plane), COUNTED * points),
    )


def line_widths(plane: Plane) -> np.ndarray:
    """Median full width at half height of the real peaks, (t1, direct) in Hz."""
    data, index = plane.reference.data, np.rint(plane.peaks.index).astype(int)
    widths = [[_full_width(data[:, j], i), _full_width(data[i], j)] for i, j in index]
    return np.median(widths, axis=0) * _hz_per_point(plane)


def _full_width(trace: np.ndarray, top: int) -> float:
    """Points between the half heights on either side, of the whole height: a saddle is no base."""
    return sum(_half_width(side / side[0]) for side in (trace[top:], trace[top::-1]))


def _half_width(side: np.ndarray) -> float:
    """Where a line that falls from 1 passes 1/2, between points; its end where it does not."""
    below = np.flatnonzero(side < 0.5)
    if not len(below):
        return len(side) - 1.0
    n = below[0]
    return n - 1 + (side[n - 1] - 0.5) / (side[n - 1] - side[n])


def _hz_per_point(plane: Plane) -> np.ndarray:
    return np.array([axis.sw / axis.size for axis in plane.reference.axes])


def _signal(plane: Plane) -> np.ndarray:
    """Where the fully sampled spectrum, of either sign, stands out of the noise."""
    return np.abs(plane.reference.data) > DETECTION * plane.noise


def _dilated(signal: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points within a box of that half-width around signal; shifts of t1 go round, direct ones end."""
    from scipy.ndimage import maximum_filter

    return maximum_filter(signal, 2 * np.ceil(points).astype(int) + 1, mode=("wrap", "constant"))


def _places(free: np.ndarray, apart, edge, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random positions (count, 2), between points, in ``free``: no two in one box of half-width ``apart``."""
    apart, edge = np.ceil(apart).astype(int), np.ceil(edge).astype(int)
    free = free.copy()
    inner = np.zeros_like(free)
    inner[edge[0] : -edge[0], edge[1] : -edge[1]] = True
    free &= inner
    index = np.empty((count, 2))
    for n in range(count):
        left = np.flatnonzero(free)
        if not len(left):
            raise ValueError(f"the empty regions have room for {n} of {count} peaks")
        i, j = np.unravel_index(rng.choice(left), free.shape)
        free[max(i - apart[0], 0) : i + apart[0] + 1, max(j - apart[1], 0) : j + apart[1] + 1] = False
        index[n] = i, j
    return index + rng.uniform(-0.5, 0.5, index.shape)


def _window(plane: Plane) -> np.ndarray:
    """What every t1 point is multiplied by before the transform."""
    recipe, points = plane.indirect, len(plane.fid)
    window = np.ones(points) if recipe.window is None else sine_bell(points, *recipe.window, first_point=1.0)
    window[0] *= recipe.first_point
    return window


def _decays(plane: Plane, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decay times in dwells that give lines of that width in the spectrum, and the widths (Hz) they give.

    The window broadens: what is narrower than it allows becomes as narrow as can be.
    """
    points, t1 = len(plane.fid), plane.signal.axes[0]
    tau = np.geomspace(2.0, 20.0 * points, 100)
    decays = _window(plane) * np.exp(-np.arange(points) / tau[:, None])
    size = 16 * points
    in_phase = np.exp(-2j * np.pi * t1.first_delay * np.arange(size) / size)
    lines = (in_phase * np.fft.fft(decays, size)).real
    lines /= lines[:, :1]
    reached = 2 * t1.sw / size * np.array([_half_width(line) for line in lines])
    tau = np.exp(np.interp(-width, -reached, np.log(tau)))
    return tau, np.clip(width, reached[-1], reached[0])


def _signals(plane: Plane, frequency: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """t1 signals (points, peaks) whose lines have height 1: their sum, windowed, on resonance."""
    points, delay = len(plane.fid), plane.signal.axes[0].first_delay
    whole = np.exp(-(np.arange(points) + delay) / tau[:, None]) @ _window(plane)
    columns = (1.0 / whole, frequency, tau, np.zeros(len(tau)))
    return complex_fid(Exponentials(*(column[:, None] for column in columns)), points, delay).T


def _as_picked(plane: Plane, signals: np.ndarray, profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position (peaks, 2) and height (peaks,) of each peak as the picker reads it where it stands alone.

    A parabola takes lines of three points off their grid for up to 3 % lower than they are. No method is to
    blame for that, so the table has what a perfect one gets.
    """
    t1, direct = plane.signal.axes
    each = plane.signal.replace(data=signals, axes=(t1, replace(direct, size=signals.shape[1])))
    index, height = np.empty((len(profile), 2)), np.empty(len(profile))
    for n, (line, shape) in enumerate(zip(spectrum_2d(each, plane.indirect).data.T, profile, strict=True)):
        corner = np.array([np.argmax(line) - 2, np.argmax(shape) - 2])
        around = np.outer(line[corner[0] : corner[0] + 5], shape[corner[1] : corner[1] + 5])
        top = pick_peaks(around, 0.5)
        index[n], height[n] = corner + top.index[0], top.height[0]
    return index, height


def _sum(plane: Plane, added: np.ndarray) -> Plane:
    """The plane with signals added, to its noise-free ones too where it has them."""
    signal = plane.signal.replace(data=plane.fid + added)
    clean = None if plane.clean is None else plane.clean + added
    return replace(plane, name=f"{plane.name}+injected", signal=signal, clean=clean)
