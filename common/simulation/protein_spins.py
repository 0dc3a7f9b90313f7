"""A protein as a flat table of its observed nuclei with shifts, and how their lines are in one sample.

Shifts are the assigned ones where a protein has them; the others are drawn from the statistics of the residue
given those that are assigned (``protein_nuclei.py``), and marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from common.shiftlist import COLUMNS
from common.simulation.noes import Network, network
from common.simulation.protein_nuclei import completed, nuclei
from common.simulation.relaxation import rates, tumbling_time
from common.structures import ONE_LETTER, Protein

#: Names in the structure of the columns of a shift list.
ATOMS = {name: {"HN": "H"}.get(name, name) for name in COLUMNS}


@dataclass(frozen=True)
class ProteinSpins:
    """The m observed nuclei of a protein of n residues.

    residue (m,), atom (m,), element (m,): where each belongs; carrier (m,): row of the heavy atom that bears
    a proton, -1 for heavy atoms; protons (m,): how many have this shift. ppm (m,); drawn (m,): whether the
    shift was drawn. sequence; bonded (n,). place (k, 3) and owner (k,): coordinates in angstrom of single
    protons and the row each belongs to. cluster: of like sequences, for splits.
    """

    name: str
    sequence: str
    bonded: np.ndarray
    residue: np.ndarray
    atom: np.ndarray
    element: np.ndarray
    carrier: np.ndarray
    protons: np.ndarray
    ppm: np.ndarray
    drawn: np.ndarray
    place: np.ndarray
    owner: np.ndarray
    cluster: str = ""

    def __len__(self) -> int:
        return len(self.ppm)

    @cached_property
    def network(self) -> Network:
        """The dipolar network of the protons, kept: some seconds for the largest proteins."""
        return network(self.place, self.owner)

    def rows(self, atom: str) -> np.ndarray:
        """Row (n,) of an atom in each residue, -1 where there is none."""
        found = np.full(len(self.sequence), -1)
        at = np.flatnonzero(self.atom == atom)
        found[self.residue[at]] = at
        return found


def protein_spins(
    protein: Protein,
    shifts: np.ndarray,
    rng: np.random.Generator,
    side_chains: Sequence[Mapping[str, float]] | None = None,
    cluster: str = "",
) -> ProteinSpins:
    """The table of a structure with hydrogens and its shifts (n, 8) after ``COLUMNS``, NaN where not known.

    side_chains: of each residue further shifts by atom; those of ``shifts`` count first. The amide of a
    residue that no peptide bond leads to is not observed, since NH3 exchanges with water.
    """
    known = [dict(row) for row in side_chains] if side_chains else [{} for _ in range(len(protein))]
    for row, column in np.argwhere(np.isfinite(shifts)).tolist():
        known[row][ATOMS[COLUMNS[column]]] = float(shifts[row, column])
    values, drawn = completed(protein.sequence, known, rng)
    table, protons = [], []
    for row, kind in enumerate(protein.residues.tolist()):
        heavy: dict[str, int] = {}
        for nucleus in nuclei(kind) if kind in ONE_LETTER else ():
            if "N" in (nucleus.atom, nucleus.carrier) and not protein.bonded[row]:
                continue
            heavy[nucleus.atom] = len(table)
            table.append(
                (row, nucleus.atom, nucleus.element, heavy.get(nucleus.carrier, -1), len(nucleus.protons),
                 values[row][nucleus.atom], drawn[row][nucleus.atom])
            )  # fmt: skip
            if nucleus.element == "H":
                protons += [(len(table) - 1, row, name) for name in nucleus.protons]
    columns = [np.array(column) for column in zip(*table, strict=True)]
    place = np.array([protein.position(name)[row] for _, row, name in protons]).reshape(-1, 3)
    there = np.isfinite(place).all(axis=1)
    owner = np.array([owner for owner, _, _ in protons], dtype=int)
    columns[4] = np.where(columns[2] == "H", columns[4], 1)
    return ProteinSpins(
        protein.name, protein.sequence, protein.bonded, *columns, place[there], owner[there], cluster
    )


def made_up(count: int, rng: np.random.Generator, length: tuple[int, int] = (60, 120)) -> list[ProteinSpins]:
    """Random sequences folded at random, all their shifts drawn: what there is without any data set.

    Backbones are those of ``peptides.random_peptides``, whose atoms may clash, so that a NOESY of them has
    about as many peaks as a real one and none of its pattern.
    """
    from common.simulation.peptides import random_peptides

    chains = random_peptides(count, rng, length)
    nothing = [np.full((len(protein), len(COLUMNS)), np.nan) for protein, _ in chains]
    return [
        protein_spins(protein, blank, rng, cluster=f"random{k}")
        for k, ((protein, _), blank) in enumerate(zip(chains, nothing, strict=True))
    ]


@dataclass(frozen=True)
class SampleRanges:
    """What varies between samples. Pairs are bounds of a uniform distribution."""

    mhz: tuple[float, float] = (500.0, 900.0)  # ours: spectrometers for proteins
    kelvin: tuple[float, float] = (288.0, 313.0)  # ours: usual temperatures
    oligomer: tuple[float, float] = (1.0, 1.6)  # times the tumbling time; ours: weak dimers, crowding
    trosy: float = 0.3  # share of TROSY-type amide lines; ours
    deuterated: float = 0.1  # share of perdeuterated samples, amides of HN experiments alone; ours
    flexible: tuple[float, float] = (0.0, 0.15)  # share of residues in mobile ends; ours
    mobile: float = 1 / 3  # their R2 relative to rigid ones; ours, as in crosspeaks.protein
    scatter: float = 0.4  # sd of ln amplitude between residues: transfer, exchange with water; ours
    r2_scatter: float = 0.15  # sd of ln R2; ours, as in crosspeaks.protein
    exchanging: tuple[float, float] = (0.0, 0.15)  # share of residues in intermediate exchange; ours
    exchange_r2: tuple[float, float] = (10.0, 150.0)  # 1/s added to them, log-uniform; ours
    missing: tuple[float, float] = (0.0, 0.08)  # share of amides not seen at all; ours
    multiplet: tuple[float, float] = (8.0, 45.0)  # 1/s, unresolved 1H couplings of 3 to 14 Hz; ours
    labelled: float = 20.0  # 1/s on 13C of unresolved one-bond couplings in part; ours


@dataclass(frozen=True)
class Sample:
    """A protein in one tube: r2 (m,) in 1/s, amplitude (m,) of each nucleus' residue with 0 where it is not
    seen; mhz of the protons; tau: tumbling time in ns."""

    r2: np.ndarray
    amplitude: np.ndarray
    mhz: float
    tau: float


def sample(spins: ProteinSpins, rng: np.random.Generator, ranges: SampleRanges | None = None) -> Sample:
    """Random conditions for a protein, its rates after its size."""
    ranges = ranges or SampleRanges()
    n, mhz = len(spins.sequence), rng.uniform(*ranges.mhz)
    tau = tumbling_time(n, rng.uniform(*ranges.kelvin)) * rng.uniform(*ranges.oligomer)
    each = rates(tau, mhz, trosy=rng.random() < ranges.trosy, deuterated=rng.random() < ranges.deuterated)
    r2 = np.array([_rate(spins, row, each) for row in range(len(spins))])
    ends = np.minimum(np.arange(n), np.arange(n)[::-1]) < rng.uniform(*ranges.flexible) * n / 2
    r2 *= np.where(ends, ranges.mobile, 1.0)[spins.residue]
    r2 *= np.exp(ranges.r2_scatter * rng.standard_normal(len(r2)))
    slow = rng.random(n) < rng.uniform(*ranges.exchanging)
    extra = np.exp(rng.uniform(*np.log(ranges.exchange_r2), n))
    r2 += np.where(slow, extra, 0.0)[spins.residue]
    hydrogen, carbon = spins.element == "H", spins.element == "C"
    r2 += np.where(hydrogen, rng.uniform(*ranges.multiplet, len(r2)), carbon * ranges.labelled)
    amplitude = np.exp(ranges.scatter * rng.standard_normal(n)) * np.where(ends, 2.0, 1.0)
    seen = np.ones(len(r2))
    lost = rng.random(n) < rng.uniform(*ranges.missing)
    seen[lost[spins.residue] & np.isin(spins.atom, ["N", "H"])] = 0.0
    return Sample(r2, amplitude[spins.residue] * seen, mhz, tau)


def _rate(spins: ProteinSpins, row: int, each) -> float:
    """R2 in 1/s of one nucleus by its kind."""
    if spins.element[row] == "N":
        return each.amide_n
    if spins.element[row] == "C":
        bound = spins.carrier == row
        if spins.protons[bound].max(initial=0) == 3:
            return each.methyl_c
        return each.carbonyl if spins.atom[row] == "C" else each.carbon[min(int(bound.sum()), 2)]
    if spins.element[spins.carrier[row]] == "N":
        return each.amide_h
    return each.methyl_h if spins.protons[row] == 3 else each.proton
