"""What is in a sample and how it is measured: the lines of a random 1D 1H spectrum, before it is computed.

Lines are drawn from molecules (``molecules.Molecule``), solvents and impurities (``solvents.toml``) with the
ranges of ``proton_ranges.ProtonRanges``. They are the truth that labels are made from (``regions.py``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb
from pathlib import Path

import numpy as np

from common.simulation import spins
from common.simulation.molecules import Molecule, Part
from common.simulation.multiplets import Multiplet, multiplets
from common.simulation.proton_ranges import ProtonRanges
from common.simulation.spins import SpinSystem

TABLE = Path(__file__).with_name("solvents.toml")
#: One-bond 13C-1H coupling of chloroform in Hz (Pretsch et al., 4th ed., ch. 4, as recalled).
CHLOROFORM = 209.0
#: 29Si in shift references: its coupling to the methyl protons in Hz (6.6 in TMS and DSS), natural abundance.
SILICON, SILICON_SHARE = 6.6, 0.047


@dataclass(frozen=True)
class Signal:
    """Lines of one group of protons.

    kind: ``compound``, ``satellite``, ``solvent`` (with water and shift reference) or ``impurity``.
    compound: its number in the mixture, -1 for the others. protons: of the group in one molecule, 0 for the
    others. ppm, amplitude: (lines,); amplitudes, complex where a line has a phase of its own, add up to the
    area, in protons of a compound of concentration 1. share: area over protons. width: Hz, Lorentzian,
    without field errors and window.
    """

    kind: str
    compound: int
    protons: int
    ppm: np.ndarray
    amplitude: np.ndarray
    share: float
    width: float


@dataclass(frozen=True)
class Scene:
    """mhz: the field. solvent: its name, empty without one. protons: of every compound."""

    mhz: float
    solvent: str
    protons: tuple[int, ...]
    signals: tuple[Signal, ...]


@lru_cache(maxsize=1)
def table() -> dict:
    """Solvents, impurities and references of ``solvents.toml``."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def molecule_of(name: str, system: SpinSystem) -> Molecule:
    """A measured spin system as a molecule of sharp lines, all on carbon, cut where nothing couples."""
    found = []
    for members in spins.components(system.couplings != 0, list(range(len(system.shifts)))):
        part = SpinSystem(system.shifts[members], system.couplings[np.ix_(members, members)])
        found.append(Part.plain(part))
    return Molecule(name, tuple(found))


def scene(
    molecules: Sequence[Molecule],
    ranges: ProtonRanges,
    rng: np.random.Generator,
    traces: Sequence[Molecule] = (),
) -> Scene:
    """The lines of a sample of some molecules, the first with concentration 1, and of traces of others."""
    mhz = float(rng.choice(ranges.mhz))
    solvents = table()["solvents"]
    shares = np.array([entry["share"] for entry in solvents.values()])
    solvent = str(rng.choice(list(solvents), p=shares / shares.sum()))
    if rng.random() < ranges.no_solvent_share:
        solvent = ""
    exchanges = solvent != "" and solvents[solvent]["exchanges"]
    width = log_uniform(rng, ranges.linewidth)
    found: list[Signal] = []
    for number, molecule in enumerate(molecules):
        amount = log_uniform(rng, ranges.concentration) if number else 1.0
        for part in molecule.parts:
            found += _part(part, number, amount, exchanges, mhz, width, ranges, rng)
    if solvent:
        found += _solvent(solvent, mhz, width, ranges, rng)
    found += _impurities(mhz, width, ranges, rng)
    found += _traces(traces, molecules, exchanges, mhz, width, ranges, rng)
    moved = rng.normal(0, ranges.reference)
    signals = tuple(
        Signal(s.kind, s.compound, s.protons, s.ppm + moved, s.amplitude, s.share, s.width) for s in found
    )
    return Scene(mhz, solvent, tuple(molecule.protons for molecule in molecules), signals)


def log_uniform(rng: np.random.Generator, bounds) -> float:
    """Uniform in the logarithm."""
    return float(np.exp(rng.uniform(*np.log(bounds))))


@lru_cache(maxsize=16384)
def _cached(shifts: bytes, couplings: bytes, nuclei: tuple[str, ...], mhz: float) -> tuple[Multiplet, ...]:
    ppm = np.frombuffer(shifts)
    return tuple(multiplets(SpinSystem(ppm, np.frombuffer(couplings).reshape(len(ppm), -1), nuclei), mhz))


def _part(part: Part, number, amount, exchanges, mhz, width, ranges, rng) -> list[Signal]:
    """The multiplets of a part, moved together, and the 13C satellites of those on carbon.

    A satellite is the multiplet, moved by half of the one-bond coupling: as in first order.
    """
    moved = rng.normal(0, ranges.shift)
    system, found = part.system, []
    key = (np.asarray(of, float).tobytes() for of in (system.shifts, system.couplings))
    for multiplet in _cached(*key, system.nuclei, mhz):
        carbon = bool(part.carbon[multiplet.spins[0]])
        own = width * np.exp(rng.normal(0, ranges.width_spread)) + part.width[multiplet.spins[0]]
        share = amount * rng.uniform(*(ranges.excitation if carbon else ranges.exchange))
        if exchanges and not carbon:
            continue
        protons = part.copies * multiplet.protons
        ppm = multiplet.lines.frequency / mhz + moved
        size = part.copies * share * multiplet.lines.amplitude
        main = 1 - ranges.satellite if carbon else 1.0
        found.append(Signal("compound", number, protons, ppm, main * size, share * main, own))
        if carbon:
            apart = one_bond(multiplet.shift, rng) / 2 / mhz
            both = np.concatenate([ppm - apart, ppm + apart])
            half = np.concatenate([size, size]) * ranges.satellite / 2
            found.append(Signal("satellite", number, 0, both, half, share * ranges.satellite, own))
    return found


def one_bond(shift: float, rng: np.random.Generator) -> float:
    """A one-bond 13C-1H coupling in Hz by the shift of the proton in ppm.

    Alkyl 120 to 130, next to O or N 135 to 152, alkene and acetal 150 to 172, aromatic 155 to 175, aldehyde
    170 to 185 (Pretsch et al., 4th ed., ch. 4, as recalled).
    """
    for above, bounds in ((9.2, (170, 185)), (6.3, (155, 175)), (4.4, (145, 172)), (3.1, (135, 152))):
        if shift > above:
            return float(rng.uniform(*bounds))
    return float(rng.uniform(120, 132))


def _pattern(entry, mhz: float, moved: float, deuterons: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """ppm and amplitudes of [shift, protons, lines, J]."""
    shift, protons, lines, j = entry
    if deuterons:  # neighbours of spin 1: (1 1 1)^n
        weights = np.array([1.0])
        for _ in range(lines // 2):
            weights = np.convolve(weights, np.ones(3))
    else:
        weights = np.array([comb(lines - 1, k) for k in range(lines)], float)
    places = (np.arange(lines) - (lines - 1) / 2) * j / mhz
    return shift + moved + places, protons * weights / weights.sum()


def _solvent(name: str, mhz, width, ranges, rng) -> list[Signal]:
    entry, found = table()["solvents"][name], []

    def add(ppm, size, own):
        found.append(Signal("solvent", -1, 0, ppm, size, 1.0, own))

    area = log_uniform(rng, ranges.solvent)
    moved = rng.normal(0, ranges.solvent_shift)
    for signal in entry["residual"]:
        ppm, size = _pattern(signal, mhz, moved, deuterons=True)
        own = width * rng.uniform(1, 2)
        add(ppm, area * size, own)
        apart = (CHLOROFORM if name == "chloroform" else one_bond(signal[0], rng)) / 2 / mhz
        half = np.concatenate([size, size]) * area * ranges.satellite / 2
        found.append(Signal("satellite", -1, 0, np.concatenate([ppm - apart, ppm + apart]), half, 1.0, own))
    found += _water(name, entry, moved, mhz, width, ranges, rng)
    if rng.random() < ranges.reference_share:
        area = log_uniform(rng, ranges.reference_area)
        for signal in table()["references"]["dss" if name == "water" else "tms"]:
            ppm, size = _pattern(signal, mhz, 0.0)
            add(ppm, area * size / 9, width)
        ppm = np.array([-SILICON, SILICON]) / 2 / mhz
        add(ppm, np.full(2, area * SILICON_SHARE / 2), width)
    return found


def _water(name, entry, moved, mhz, width, ranges, rng) -> list[Signal]:
    """One line; presaturated, several of any phase; in protic solvents the main signal (ours)."""
    place = entry["water"] + moved + rng.normal(0, 10 * ranges.solvent_shift)
    heavy = entry["exchanges"]
    area = log_uniform(rng, ranges.heavy_water if heavy else ranges.water)
    own = width + log_uniform(rng, ranges.water_width)
    if name == "water" and rng.random() < ranges.suppressed_share:
        lines = rng.integers(2, 6)
        ppm = place + rng.normal(0, 12.0 / mhz, lines)
        size = area * rng.dirichlet(np.ones(lines)) * np.exp(1j * rng.normal(0, 1.2, lines))
        return [Signal("solvent", -1, 0, ppm, size, 1.0, own + rng.uniform(0, 10))]
    return [Signal("solvent", -1, 0, np.array([place]), np.array([area]), 1.0, own)]


def _impurities(mhz, width, ranges, rng) -> list[Signal]:
    found = []
    names = list(table()["impurities"])
    for _ in range(rng.choice(len(ranges.impurities), p=ranges.impurities)):
        name = names[rng.integers(len(names))]
        area, moved = log_uniform(rng, ranges.impurity), rng.normal(0, 2 * ranges.solvent_shift)
        for signal in table()["impurities"][name]:
            ppm, size = _pattern(signal, mhz, moved)
            own = width + (8.0 if name == "grease" else 0.0)  # Hz; ours: grease is a mixture
            found.append(Signal("impurity", -1, 0, ppm, area * size, 1.0, own))
    for _ in range(rng.poisson(ranges.unknown)):
        entry = [rng.uniform(0.8, 8.5), 1, rng.integers(1, 5), rng.uniform(6.0, 8.5)]
        ppm, size = _pattern(entry, mhz, 0.0)
        found.append(Signal("impurity", -1, 0, ppm, log_uniform(rng, ranges.unknown_area) * size, 1.0, width))
    for _ in range(rng.choice(len(ranges.broad), p=ranges.broad)):
        ppm, size = np.array([rng.uniform(0.5, 9.5)]), np.array([log_uniform(rng, ranges.broad_area)])
        own = width + log_uniform(rng, ranges.broad_width)
        found.append(Signal("impurity", -1, 0, ppm, size, 1.0, own))
    return found


def _traces(traces, molecules, exchanges, mhz, width, ranges, rng) -> list[Signal]:
    """By-products, some of them the first molecule with its parts moved: isomers, rotamers."""
    found = []
    for molecule in traces:
        amount, moved = log_uniform(rng, ranges.byproduct), ranges
        if molecules and rng.random() < ranges.isomer_share:
            molecule, moved = molecules[0], replace(ranges, shift=ranges.isomer_shift)
        for part in molecule.parts:
            found += _part(part, -1, amount, exchanges, mhz, width, moved, rng)
    return [replace(s, kind="impurity", protons=0) for s in found if s.kind == "compound"]
