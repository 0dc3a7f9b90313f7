"""Simulated COSY, HSQC and HMBC of made-up small molecules, for the variants that learn from them too.

Proteins teach nothing of what spectra of small molecules are like: multiplets, magnitudes, signals of 1e4
times the noise whose t1 noise stands far above it. All of this is ours: weak coupling, one relaxation time,
ranges chosen to look like such spectra, none fitted to measured ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.simulation.small_molecules import random_molecule
from common.spectrum import Axis, Spectrum

KINDS = ("cosy", "hsqc", "hmbc")
#: Points of a spectrum, those of the curated ones; of which so many were recorded.
ROWS, COLUMNS = 512, 1024
#: 1H groups whose shifts differ by less (ppm) are one.
EQUIVALENT = 1e-6
#: Share of a candidate's value that true signal alone must have there.
PURE = 0.5


@dataclass(frozen=True)
class Group:
    """Protons of one shift: ppm, how many, couplings to others as (group, protons, Hz), whether on a carbon,
    and that carbon's shift."""

    ppm: float
    protons: int
    couplings: tuple[tuple[int, int, float], ...]
    carbon: float | None


@dataclass(frozen=True)
class SmallPlane:
    """spectrum: real. clean: its true signals alone. zones: (m, 2, 2) lower and upper indices by axis."""

    spectrum: Spectrum
    clean: np.ndarray
    zones: np.ndarray

    def labels(self, point: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether candidates (n, 2) are true, and whether that can be said: not of artefacts in a zone."""
        here = index[:, None]
        inside = ((here >= self.zones[..., 0]) & (here <= self.zones[..., 1])).all(axis=-1).any(axis=1)
        at = tuple(point.T)
        pure = np.abs(self.clean[at]) >= PURE * np.abs(self.spectrum.data[at])
        return inside & pure, ~inside | pure


def groups(rng: np.random.Generator) -> list[Group]:
    """The protons of a random molecule; 13C shifts go with those of 1H, some 9 ppm off (ours)."""
    found: list[Group] = []
    for part in random_molecule(rng).parts:
        shifts, j = part.system.shifts, part.system.couplings
        protons = np.array([nucleus == "1H" for nucleus in part.system.nuclei])
        kinds = [
            np.flatnonzero(protons & (np.abs(shifts - ppm) < EQUIVALENT))
            for ppm in np.unique(shifts[protons])
        ]
        for k, rows in enumerate(kinds):
            others = tuple(
                (len(found) - k + m, len(other), float(j[rows[0], other].mean()))
                for m, other in enumerate(kinds)
                if m != k and np.abs(j[rows[0], other]).max() > 0.3
            )
            ppm = float(shifts[rows[0]])
            carbon = 20.0 + 13.0 * (ppm - 0.9) + 9.0 * rng.standard_normal()
            carbon = carbon + 25.0 if ppm > 4.6 else carbon
            found.append(Group(ppm, len(rows), others, float(carbon) if part.carbon[rows[0]] else None))
    return found


class Scene:
    """One spectrum while it is made."""

    def __init__(self, kind: str, rng: np.random.Generator):
        self.kind, self.rng = kind, rng
        self.groups = groups(rng)
        mhz = rng.choice([300.0, 400.0, 500.0, 600.0])
        low = min(group.ppm for group in self.groups) - rng.uniform(0.3, 2.0)
        high = max(group.ppm for group in self.groups) + rng.uniform(0.3, 2.0)
        direct = Axis("1H", COLUMNS, (high - low) * mhz, mhz, (high + low) / 2)
        wide = Axis("13C", ROWS, rng.uniform(140.0, 220.0) * mhz / 4, mhz / 4, rng.uniform(75.0, 100.0))
        self.axes = (Axis("1H", ROWS, direct.sw, mhz, direct.carrier) if kind == "cosy" else wide, direct)
        self.t2 = np.arange(int(COLUMNS * rng.choice([0.5, 1.0]))) / direct.sw
        self.t1 = np.arange(int(rng.choice([96, 128, 256]))) / self.axes[0].sw
        self.magnitude = kind != "hsqc" or rng.random() < 0.4
        self.windows = [self._window(len(t)) for t in (self.t1, self.t2)]
        self.decay = np.exp(rng.uniform(np.log(2.0), np.log(25.0)))
        self.rows, self.columns, self.zones = [], [], []

    def _window(self, size: int) -> np.ndarray:
        """A sine bell from somewhere on, to a power; none leaves wiggles, a flat start the tails of lines."""
        x = (np.arange(size) + 0.5) / size
        start = self.rng.uniform(0.0, 0.5)
        return np.sin(np.pi * (start + (1 - start) * x)) ** int(self.rng.integers(3))

    def fid(self, d: int, ppm: float, group: Group | None = None, anti: int | None = None) -> np.ndarray:
        """The signal along a dimension: in phase, or antiphase to one group; no couplings without a group."""
        t, axis = (self.t1, self.t2)[d], self.axes[d]
        signal = np.exp(2j * np.pi * (ppm - axis.carrier) * axis.mhz * t - self.decay * t)
        for other, protons, j in group.couplings if group else ():
            cos = np.cos(np.pi * j * t)
            signal = signal * (
                np.sin(np.pi * j * t) * cos ** (protons - 1) if other == anti else cos**protons
            )
        return signal

    def add(self, size: float, first: np.ndarray, last: np.ndarray, centre, spans) -> None:
        """A correlation, and where an expert would draw its box: spans in Hz to either side of the centre."""
        self.rows.append(size * first)
        self.columns.append(last)
        if centre is None:
            return
        box = []
        for axis, ppm, span, t in zip(self.axes, centre, spans, (self.t1, self.t2), strict=True):
            middle, points = float(axis.index(ppm)), axis.size / axis.sw
            # the multiplet, six tenths of a recorded point, and a point for what is not seen
            half = span * points + axis.size / t.size * 0.6 * (t[-1] * axis.sw / t.size) + 1.0
            box.append((middle - half, middle + half))
        self.zones.append(box)

    def correlations(self) -> None:
        """The true signals of the experiment."""
        rng = self.rng
        for k, g in enumerate(self.groups):
            span = sum(n * abs(j) for _, n, j in g.couplings) / 2
            if self.kind == "cosy":
                self.add(
                    g.protons, self.fid(0, g.ppm, g), self.fid(1, g.ppm, g), (g.ppm, g.ppm), (span, span)
                )
                for other, _, _ in g.couplings:
                    h = self.groups[other]
                    wide = sum(n * abs(j) for _, n, j in h.couplings) / 2
                    size = np.sqrt(g.protons * h.protons)
                    self.add(
                        size,
                        self.fid(0, g.ppm, g, other),
                        self.fid(1, h.ppm, h, k),
                        (g.ppm, h.ppm),
                        (span, wide),
                    )
            elif self.kind == "hsqc" and g.carbon is not None:
                sign = -1.0 if g.protons == 2 and self.edited else 1.0
                size = sign * g.protons * np.exp(0.3 * rng.standard_normal())
                self.add(size, self.fid(0, g.carbon), self.fid(1, g.ppm, g), (g.carbon, g.ppm), (0, span))
            elif self.kind == "hmbc":
                self._long_range(g, span)

    @property
    def edited(self) -> bool:
        """Whether CH2 are negative, by the molecule's first shift: a property of the spectrum."""
        return not self.magnitude and self.groups[0].ppm * 1e3 % 2 < 1

    def _long_range(self, g: Group, span: float) -> None:
        rng = self.rng
        carbons = [h.carbon for h in self.groups if h.carbon is not None and h is not g]
        carbons += list(rng.uniform(110.0, 178.0, 2))
        for carbon in rng.choice(carbons, min(int(rng.integers(1, 5)), len(carbons)), replace=False):
            size = g.protons * np.exp(0.8 * rng.standard_normal())
            self.add(size, self.fid(0, carbon), self.fid(1, g.ppm, g), (carbon, g.ppm), (0, span))

    def artefacts(self) -> tuple[np.ndarray, np.ndarray]:
        """t1 signals and direct lines of what is no correlation: t1 noise of every proton and of a solvent,
        one-bond doublets left over in HMBC, images and axial peaks."""
        rng, rows, columns = self.rng, [], []
        noisy = np.exp(rng.uniform(np.log(2e-3), np.log(0.1)))
        level = 1.0 if self.kind == "cosy" else np.exp(rng.uniform(np.log(0.3), np.log(10.0)))
        lines = [(g.protons, self.fid(1, g.ppm, g)) for g in self.groups]
        lines += [
            (
                np.exp(rng.uniform(np.log(0.05), np.log(10.0))),
                self.fid(1, float(self.axes[1].ppm(rng.uniform(0, COLUMNS)))),
            )
            for _ in range(int(rng.integers(0, 3)))
        ]
        for size, line in lines:
            noise = rng.standard_normal((2, len(self.t1)))
            drift = np.cumsum(noise[0]) / np.sqrt(len(self.t1)) * rng.uniform(0, 3)
            rows.append(size * level * noisy * (noise[0] + 1j * noise[1] + drift))
            columns.append(line)
            rows.append(
                np.full(len(self.t1), size * level * np.exp(rng.uniform(np.log(1e-4), np.log(1e-2))), complex)
            )
            columns.append(line)
        image = np.exp(rng.uniform(np.log(1e-4), np.log(1e-2)))
        for row, column in zip(list(self.rows), list(self.columns), strict=True):
            rows.append(image * row.conj())
            columns.append(column)
        if self.kind == "hmbc":
            for g in self.groups:
                if g.carbon is not None and rng.random() < 0.5:
                    split = np.cos(np.pi * rng.uniform(120.0, 180.0) * self.t2)
                    rows.append(rng.uniform(0.02, 0.5) * g.protons * self.fid(0, g.carbon))
                    columns.append(self.fid(1, g.ppm, g) * split)
        return np.array(rows), np.array(columns)

    def transformed(self, d: int, signals: np.ndarray) -> np.ndarray:
        """Complex lines (n, size) of signals (n, points), high ppm first."""
        window = self.windows[d] * np.where(np.arange(signals.shape[1]) == 0, 0.5, 1.0)
        size = self.axes[d].size
        return np.fft.fftshift(np.fft.fft(signals * window, size), axes=1)[:, ::-1].astype("complex64")

    def plane(self, rows, columns) -> np.ndarray:
        """Complex plane of t1 signals and direct FIDs, or its real part where phases are kept."""
        first, last = self.transformed(0, np.asarray(rows)), self.transformed(1, np.asarray(columns))
        return first.T @ last if self.magnitude else (first.real.T @ last.real).astype("complex64")


def simulate_small(kind: str, rng: np.random.Generator) -> SmallPlane:
    """A random molecule's spectrum of one of ``KINDS``."""
    scene = Scene(kind, rng)
    scene.correlations()
    if not scene.zones:
        return simulate_small(kind, rng)
    clean = scene.plane(scene.rows, scene.columns)
    data = clean + scene.plane(*scene.artefacts())
    level = np.abs(clean).max() / np.exp(rng.uniform(np.log(300.0), np.log(3e5)))
    noise = (rng.standard_normal((2, *data.shape), dtype="float32") * np.float32(level)).astype("float32")
    data = data + noise[0] + 1j * noise[1]
    if scene.magnitude:
        data, clean = np.abs(data), np.abs(clean)
    else:
        data, clean = data.real, clean.real
    if kind == "cosy" and rng.random() < 0.4:
        across = np.repeat(data[:, ::2].T, 2, axis=1)[:ROWS, :COLUMNS]
        data = np.minimum(data, across)
    return SmallPlane(Spectrum(data.astype("float32"), scene.axes, source=kind), clean, np.array(scene.zones))
