"""One simulated spectrum while it is made: where peaks fold to, what is cut out, signals, noise, labels."""

from __future__ import annotations

import numpy as np

from common.simulation.exponentials import draw
from common.simulation.plane_ranges import NOES, SNR, PlaneRanges
from common.simulation.plane_signals import Dimension, disturbed, roll, thermal_noise, water
from common.simulation.protein_peaks import ProteinPeaks
from common.spectrum import Axis

#: Labels have at least this height over the noise, by the task's rule.
LABELLED = 3.0
#: ours: line widths within which peaks are one label; two Gaussians of one height part at 0.85 of them.
MERGED = 0.5
#: ours: 1H ppm around water that a spectrum must come near for water to be in it.
NEAR_WATER = 0.3


class Scene:
    """One spectrum being made: ``parts`` has the slices that are kept of each frequency axis."""

    def __init__(
        self, table: ProteinPeaks, axes: list[Dimension], slab: int, ranges: PlaneRanges, rng, experiment: str
    ) -> None:
        self.axes, self.slab, self.ranges, self.rng = axes, slab, ranges, rng
        direct = axes[-1].frequency
        inside = np.abs(table.table.ppm[:, -1] - direct.carrier) < direct.sw / direct.mhz / 2
        self.rows, self.diagonal = table.rows[inside], table.diagonal[inside]
        if not inside.any():
            raise ValueError("no peak lies in the region of the direct dimension")
        self.ppm, self.r2 = table.table.ppm[inside], table.table.r2[inside]
        self.water_ppm = rng.uniform(*ranges.water_ppm)
        hole = (self.ppm[:, -1] - self.water_ppm) / rng.uniform(*ranges.water_hole)
        self.amplitude = table.table.amplitude[inside] * (1 - np.exp(-(hole**2)))
        self.index, self.height = self._places()
        self.sd, self.reference = self._levels(experiment)
        self.parts = self._parts()

    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Folded indices (n, d) and heights (n,) of all peaks."""
        index, height = np.empty(self.ppm.shape), self.amplitude.copy()
        for d, axis in enumerate(self.axes):
            index[:, d], sign = axis.index(self.ppm[:, d])
            first, which = self._nuclei(d)
            height *= sign * axis.heights(self.r2[first, d])[which]
        return index, height

    def _nuclei(self, d: int) -> tuple[np.ndarray, np.ndarray]:
        """A peak (k,) of each different nucleus of a dimension, and which nucleus (n,) each peak has."""
        _, first, which = np.unique(self.rows[:, d], return_index=True, return_inverse=True)
        return first, which.reshape(-1)

    def _levels(self, experiment: str) -> tuple[float, float]:
        """Noise, and the 90th percentile of the cross-peaks that it lets through."""
        cross = np.sort(np.abs(self.height[~self.diagonal]))[::-1]
        if experiment in SNR:
            level = float(np.quantile(cross, 0.9))
            return level / draw(self.rng, ("log_uniform", *SNR[experiment]), ()) / self.ranges.snr, level
        protons = len(np.unique(self.rows[:, -1]))
        shown = round(draw(self.rng, ("log_uniform", *NOES), ()) * protons)
        weakest = cross[min(shown, len(cross)) - 1]
        return weakest / LABELLED / self.ranges.snr, float(np.quantile(cross[cross >= weakest], 0.9))

    def _parts(self) -> list[slice]:
        """What is kept of each axis: a window around a random cross-peak, planes around another."""
        chosen = self.rng.choice(np.flatnonzero(np.abs(self.height) >= self.reference / 10))
        parts = []
        planes = [d for d in range(len(self.axes)) if d != self.slab]
        for d, axis in enumerate(self.axes):
            size = axis.frequency.size
            if d == self.slab:
                length = self.ranges.depth
                start = round(self.index[chosen, d]) - length // 2
            else:
                length = min(self.ranges.crop[planes.index(d)], size) if self.ranges.crop else size
                start = round(self.index[chosen, d] - self.rng.uniform(0, length))
            start = min(max(start, 0), size - length)
            parts.append(slice(start, start + length))
        return parts

    def planes(self) -> np.ndarray:
        """Signals and artefacts of all kept planes, (planes, rows, columns)."""
        first = next(d for d in range(len(self.axes) - 1) if d != self.slab)
        t1, direct = self.axes[first], self.axes[-1]
        lines, u = self._unique(-1)
        signals, v = self._unique(first)
        depth = np.ones((1, len(self.ppm)))
        if self.slab >= 0:
            each, w = self._unique(self.slab)
            depth = self.axes[self.slab].lines(each)[:, self.parts[self.slab]].T[:, w]
        shape = len(lines), len(signals)
        lines = direct.lines(lines)[:, self.parts[-1]]
        made = []
        curve = self._roll(lines.shape[1], direct)
        seed = int(self.rng.integers(2**32))
        for weight in depth:
            # artefacts go with the signal, so neighbouring planes have the same disturbance
            rng = np.random.default_rng(seed)
            matrix = np.bincount(u * shape[1] + v, self.amplitude * weight, shape[0] * shape[1])
            here = matrix.reshape(shape).astype("float32") @ signals.astype("complex64")
            here = disturbed(here, self.ranges, rng)
            wet, profile = self._water(t1, direct, rng)
            every = np.concatenate([here, here.sum(axis=0, keepdims=True), wet])
            columns = np.concatenate([lines, curve[None], profile]).astype("float32")
            made.append(t1.lines(every)[:, self.parts[first]].T @ columns)
        return np.array(made)

    def _unique(self, d: int) -> tuple[np.ndarray, np.ndarray]:
        """FIDs (k, points) of the different nuclei of a dimension, and which of them each peak has."""
        first, which = self._nuclei(d)
        return self.axes[d].fids(self.ppm[first, d], self.r2[first, d]), which

    def _roll(self, columns: int, direct: Dimension) -> np.ndarray:
        level = draw(self.rng, ("log_uniform", *self.ranges.roll), ())
        return roll(columns, level * direct.heights(np.array([60.0]))[0], self.rng)

    def _water(self, t1: Dimension, direct: Dimension, rng) -> tuple[np.ndarray, np.ndarray]:
        """Interferograms and direct lines of water, none where it is far from the region."""
        axis = direct.frequency
        level = draw(rng, ("log_uniform", *self.ranges.water), ())
        if abs(self.water_ppm - axis.carrier) > axis.sw / axis.mhz / 2 + NEAR_WATER:
            return np.zeros((0, t1.time.size), "complex64"), np.zeros((0, self._columns), "float32")
        gain = t1.heights(np.array([10.0]))[0] * direct.heights(np.array([40.0]))[0]
        third = self.axes[self.slab].heights(np.array([20.0]))[0] if self.slab >= 0 else 1.0
        signal, fids = water(
            t1, direct, self.water_ppm, level * self.reference / gain / third, self.ranges, rng
        )
        return signal.astype("complex64"), direct.lines(fids)[:, self.parts[-1]]

    @property
    def _columns(self) -> int:
        return self.parts[-1].stop - self.parts[-1].start

    def noise(self, planes: int) -> np.ndarray:
        """Thermal noise (planes, rows, columns) of standard deviation one; planes as correlated as windows
        and zero filling of the third dimension make them."""
        first = next(d for d in range(len(self.axes) - 1) if d != self.slab)
        pair = self.axes[first], self.axes[-1], self.parts[first], self.parts[-1]
        white = np.array([thermal_noise(*pair, self.rng) for _ in range(planes)])
        if self.slab < 0:
            return white
        axis = self.axes[self.slab]
        apart = np.subtract.outer(np.arange(planes), np.arange(planes))
        power = axis.window**2
        turns = np.exp(2j * np.pi * apart[..., None] * np.arange(len(power)) / axis.frequency.size)
        covariance = (turns @ power).real / power.sum() + 1e-6 * np.eye(planes)
        return np.einsum("pq,qrc->prc", np.linalg.cholesky(covariance).astype("float32"), white)

    def data(self) -> np.ndarray:
        """Signals and noise, the axes in their order, single precision."""
        data = self.planes()
        data = (data + np.float32(self.sd) * self.noise(len(data))).astype("float32")
        return np.ascontiguousarray(np.moveaxis(data, 0, self.slab) if self.slab >= 0 else data[0])

    def frequency_axes(self) -> tuple[Axis, ...]:
        """The axes of what is kept."""
        return tuple(a.frequency.cut(part) for a, part in zip(self.axes, self.parts, strict=True))

    def widths(self) -> np.ndarray:
        """Full widths (n, d) at half height of all peaks in points."""
        return np.stack([axis.widths(self.r2[:, d]) for d, axis in enumerate(self.axes)], axis=1)

    def labels(self, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which peaks are labels, strongest first, and how high with those that are one with them."""
        inside = np.abs(self.height) >= self.sd
        for d, part in enumerate(self.parts):
            inside &= (self.index[:, d] >= part.start + 0.5) & (self.index[:, d] <= part.stop - 1.5)
        rows = np.flatnonzero(inside)
        rows = rows[np.argsort(-np.abs(self.height[rows]), kind="stable")]
        height, free = self.height[rows].copy(), np.ones(len(rows), bool)
        for i, near in enumerate(_groups(self.index[rows] / width[rows])):
            if free[i] and len(near) > 1:
                others = [j for j in near if j > i and free[j]]
                height[i] += height[others].sum()
                free[others] = False
        kept = free & (np.abs(height) >= LABELLED * self.sd)
        order = np.argsort(-np.abs(height[kept]), kind="stable")
        return rows[kept][order], height[kept][order]


def _groups(place: np.ndarray) -> list[list[int]]:
    """Of each peak those within ``MERGED`` in every dimension of positions (n, d) in line widths."""
    from scipy.spatial import cKDTree

    return list(cKDTree(place).query_ball_point(place, MERGED, p=np.inf)) if len(place) else []
