"""What varies between simulated brain spectra, and the random draw of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import WATER_PPM
from common.simulation.macromolecules import Lines, gaussian_lines

#: Concentrations in the healthy adult brain, mM (de Graaf, In Vivo NMR Spectroscopy, 3rd ed., Wiley 2019).
HEALTHY: dict[str, tuple[float, float]] = {
    "Ala": (0.1, 1.6),
    "Asc": (0.4, 1.7),
    "Asp": (1.0, 2.0),
    "Cr": (4.5, 10.5),
    "GABA": (1.0, 2.0),
    "Glc": (1.0, 2.0),
    "Gln": (3.0, 6.0),
    "Glu": (6.0, 12.5),
    "Gly": (0.2, 1.0),
    "GPC": (0.4, 1.7),
    "GSH": (1.7, 3.0),
    "Ins": (4.0, 9.0),
    "Lac": (0.2, 1.0),
    "NAA": (7.5, 12.0),
    "NAAG": (0.5, 2.5),
    "PCh": (0.2, 1.0),
    "PCr": (3.0, 5.5),
    "PE": (1.0, 2.0),
    "sIns": (0.2, 0.5),
    "Tau": (3.0, 6.0),
}

#: The metabolite whose singlet defines shift and width: it gets no jitter of its own.
REFERENCE = "NAA"
#: Total creatine (mM) and area of the tNAA singlet (mM times protons) in the middle of the healthy ranges.
CREATINE = float(sum(np.mean(HEALTHY[name]) for name in ("Cr", "PCr")))
NAA_AREA = float(3 * sum(np.mean(HEALTHY[name]) for name in ("NAA", "NAAG")))
#: Hz, the middle of the paper's line widths; heights of a baseline refer to a tNAA singlet as wide as this.
USUAL_WIDTH = 15.0


def wide(ranges: dict[str, tuple[float, float]] = HEALTHY) -> dict[str, tuple[float, float]]:
    """Ranges from 0 to 2 times normal, the middle of the given ones (as Rizzo et al., MRM 2023;89:1707)."""
    return {name: (0.0, float(low + high)) for name, (low, high) in ranges.items()}


#: Bounds of a uniform distribution.
Range = tuple[float, float]


@dataclass(frozen=True)
class BrainRanges:
    """What varies between spectra. Pairs are bounds of a uniform distribution unless said otherwise.

    Published networks were trained on them: a change makes theirs the ranges of another experiment.

    "relative to tNAA" or to total creatine means their amount in the middle of the healthy ranges.
    """

    #: "healthy", "wide" (0 to 2 times normal), or a table {name: (low, high)} in mM
    concentrations: str | dict = "healthy"
    linewidth: Range = (10.0, 20.0)  # Hz; paper: its range. Definition: common/simulation/brain.py
    gaussian_share: Range = (0.2, 0.9)  # 1 - Lorentzian / total width; ours: T2 gives 1 to 3 Hz
    snr: Range | None = (6.90, 20.74)  # paper: its range; None: no noise. Definition: brain.py
    #: "own": of each spectrum's tNAA; "normal": as if tNAA were normal, for ranges that come down to 0
    snr_of: str = "own"
    shift: Range = (-5.0, 5.0)  # Hz; ours: what referencing to a broad peak leaves
    phase0: Range = (-20.0, 20.0)  # degrees at 2.01 ppm; ours: what automatic phasing leaves
    phase1: Range = (-3.0, 3.0)  # degrees/ppm; ours: LCModel finds 2.2 in its own test spectrum
    extra_width: Range = (0.0, 2.0)  # Hz, Lorentzian, not NAA; ours: T2 of 289 to 111 ms (Rizzo)
    jitter: float = 0.004  # ppm, sd of a metabolite's shift, not NAA's; LCModel's default (DESDSH)
    eddy: Range = (-3.0, 3.0)  # Hz at t = 0; ours: asymmetry that an eddy-current correction leaves
    eddy_time: Range = (0.02, 0.2)  # s, decay of that drift; ours
    macromolecules: Range = (0.67, 1.33)  # times the table's levels; Rizzo 2023: +-33 %
    macromolecule_width: Range = (0.9, 1.3)  # times the widths; ours: LCModel's prior, 1 to 1.2
    macromolecule_jitter: float = 0.01  # ppm, sd of a line's shift; ours
    measured_share: float = 0.5  # of spectra with a measured macromolecule signal, where some are given; ours
    lipid_probability: float = 0.3  # ours: most voxels keep away from the scalp
    lipids: Range = (0.05, 2.0)  # Lip13 relative to total creatine, log-uniform; ours
    lipid_phase: Range = (-180.0, 180.0)  # degrees; ours: signal from outside the voxel has any phase
    lipid_offset: float = 0.03  # ppm, sd of their common shift; ours: the field outside the voxel
    water: Range = (0.03, 5.0)  # residual area relative to tNAA's, log-uniform; ours
    water_lines: int = 4  # ours: what suppression leaves is no single line
    water_width: Range = (4.0, 30.0)  # Hz; ours
    water_offset: float = 0.06  # ppm, sd of its lines about 4.65 ppm; ours
    baseline: Range = (0.0, 0.12)  # sd of the bumps' heights, tNAA at 15 Hz being 1; ours
    baseline_bumps: int = 6  # ours: broad Gaussians of any phase, which sum to a smooth curve
    baseline_width: Range = (0.4, 2.0)  # ppm; ours: a stiff spline's knots to half the window
    baseline_span: Range = (-0.5, 5.0)  # ppm, where bumps lie; ours: the window and its margins

    def of(self, names) -> np.ndarray:
        """Bounds of the concentrations (metabolites, 2) in mM; ``ValueError`` for a name that has none."""
        table = self.concentrations
        if isinstance(table, str):
            known = {"healthy": HEALTHY, "wide": wide()}
            if table not in known:
                raise ValueError(f"concentrations are 'healthy', 'wide' or a table, not {table!r}")
            table = known[table]
        missing = [name for name in names if name not in table]
        if missing:
            raise ValueError(f"no range of concentrations for {', '.join(missing)}")
        return np.array([table[name] for name in names], dtype=float)

    def normal(self, names) -> np.ndarray:
        """Middle of the healthy ranges (metabolites,) in mM."""
        return np.array([np.mean(HEALTHY[name]) for name in names])


class Draw:
    """Random numbers of ``count`` spectra, each array (count, ...)."""

    def __init__(self, rng: np.random.Generator, count: int):
        self.rng, self.count = rng, count

    def uniform(self, bounds, *shape) -> np.ndarray:
        """Uniform between two bounds."""
        return self.rng.uniform(*bounds, (self.count, *shape))

    def log_uniform(self, bounds, *shape) -> np.ndarray:
        """Log-uniform; all zero where the upper bound is 0."""
        drawn = self.rng.uniform(size=(self.count, *shape))
        low, high = bounds
        return np.zeros_like(drawn) if high == 0 else low * (high / low) ** drawn

    def normal(self, *shape) -> np.ndarray:
        """Of mean 0 and standard deviation 1."""
        return self.rng.standard_normal((self.count, *shape))


def draw(names, mhz: float, ranges: BrainRanges, count: int, rng, measured: int = 0) -> dict[str, np.ndarray]:
    """Every random parameter of ``count`` spectra but their noise, by name; arrays (count, ...).

    Gaussian lines of macromolecules, lipids and baseline are ``<part>_area`` (mM times protons, complex for
    lipids and baseline), ``_ppm`` and ``_fwhm`` (Hz); water's are Lorentzian. measured: how many measured
    macromolecule signals there are to choose from.
    """
    some = Draw(rng, count)
    low, high = ranges.of(names).T
    drawn = {"concentrations": some.uniform((0, 1), len(names)) * (high - low) + low}
    for name in ("linewidth", "gaussian_share", "shift", "phase0", "phase1", "eddy", "eddy_time"):
        drawn[name] = some.uniform(getattr(ranges, name))
    drawn["wanted_snr"] = np.full(count, np.inf) if ranges.snr is None else some.uniform(ranges.snr)
    free = np.array([name != REFERENCE for name in names])
    drawn["extra_width"] = some.uniform(ranges.extra_width, len(names)) * free
    drawn["jitter"] = ranges.jitter * mhz * some.normal(len(names)) * free
    drawn |= _macromolecules(some, mhz, ranges, measured) | _lipids(some, mhz, ranges)
    return drawn | _baseline(some, mhz, ranges) | _water(some, ranges)


def _macromolecules(some: Draw, mhz, ranges, measured):
    lines = gaussian_lines("MM")
    amounts = lines.amounts(some.rng, some.count) * some.uniform(ranges.macromolecules, 1) * CREATINE
    taken = some.uniform((0, 1)) < ranges.measured_share
    which = some.rng.integers(0, max(measured, 1), some.count)
    return _lines(some, "macromolecules", lines, amounts, mhz, ranges) | {
        "measured": np.where(taken & (measured > 0), which, -1),
        "measured_amount": amounts[:, lines.groups.index("MM09")],
    }


def _lipids(some: Draw, mhz, ranges):
    lines = gaussian_lines("Lip")
    there = some.uniform((0, 1)) < ranges.lipid_probability
    level = some.log_uniform(ranges.lipids) * there * CREATINE
    level = level * np.exp(1j * np.deg2rad(some.uniform(ranges.lipid_phase)))
    drawn = _lines(some, "lipids", lines, lines.amounts(some.rng, some.count) * level[:, None], mhz, ranges)
    return drawn | {"lipids_ppm": drawn["lipids_ppm"] + ranges.lipid_offset * some.normal(1)}


def _lines(some: Draw, part: str, lines: Lines, amounts, mhz, ranges):
    shape = len(lines.ppm)
    return {
        f"{part}_area": amounts[:, lines.group] * lines.area,
        f"{part}_ppm": lines.ppm + ranges.macromolecule_jitter * some.normal(shape),
        f"{part}_fwhm": lines.fwhm * mhz * some.uniform(ranges.macromolecule_width, shape),
    }


def _baseline(some: Draw, mhz, ranges):
    bumps = ranges.baseline_bumps
    fwhm = some.uniform(ranges.baseline_width, bumps) * mhz
    height = some.uniform(ranges.baseline, 1) * (some.normal(bumps) + 1j * some.normal(bumps))
    return {
        # a Gaussian line's height goes as area / width
        "baseline_area": height * NAA_AREA * fwhm / USUAL_WIDTH,
        "baseline_ppm": some.uniform(ranges.baseline_span, bumps),
        "baseline_fwhm": fwhm,
    }


def _water(some: Draw, ranges):
    lines = ranges.water_lines
    share = some.rng.dirichlet(np.ones(lines), some.count)
    return {
        "water_area": some.log_uniform(ranges.water, 1) * share * NAA_AREA,
        "water_ppm": WATER_PPM + ranges.water_offset * some.normal(lines),
        "water_fwhm": some.uniform(ranges.water_width, lines),
        "water_phase": some.uniform((-np.pi, np.pi), lines),
    }
