"""The nuclei of proteins that give cross-peaks, residue by residue, and how their shifts spread.

``shift_statistics.toml`` has mean, standard deviation and correlations of the shifts of each residue, taken
from the assigned tables of the data set cspred_shift_tables by ``common/shifts/sidechains.py``. A residue
whose shifts are partly known has the others drawn from the normal distribution under that condition.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from common.protein.residues import residues
from common.structures import ONE_LETTER, THREE_LETTER

TABLE = Path(__file__).with_name("shift_statistics.toml")
#: Rings that flip faster than shifts differ: atoms 1 stand for 2 as well.
FLIPPING = {"PHE": {"CD2": "CD1", "CE2": "CE1"}, "TYR": {"CD2": "CD1", "CE2": "CE1"}}
#: Nitrogens whose protons exchange with water too fast to be seen near pH 7. ours: those that assigned tables
#: nearly always lack (Arg NH1 and NH2 under 2 % of tables, Lys NZ 3 %, His ring NH 3 %).
EXCHANGING = {"ARG": ("NH1", "NH2"), "LYS": ("NZ",), "HIS": ("ND1", "NE2")}


@dataclass(frozen=True)
class Nucleus:
    """A nucleus or several of one shift. atom: its name, of a methyl group that of the group (``HG2``);
    element: H, C or N; carrier: the heavy atom that bears it, empty for heavy atoms; protons: atoms that
    stand in the structure for it, one for a heavy atom."""

    atom: str
    element: str
    carrier: str
    protons: tuple[str, ...]


@cache
def nuclei(residue: str) -> tuple[Nucleus, ...]:
    """The observed nuclei of a residue within a chain, by its three-letter name: heavy atoms, then protons.

    Carbon and nitrogen that bear hydrogen, and C'. Not those that exchange with water, as OH, SH and NH3.
    """
    entry, same = residues()[residue], FLIPPING.get(residue, {})
    heavy, light = [Nucleus("C", "C", "", ("C",))], []
    for carrier, bound in entry.hydrogens.items():
        if carrier[0] not in "CN" or carrier in EXCHANGING.get(residue, ()) or carrier in same:
            continue
        if (residue, carrier) == ("PRO", "N"):
            continue
        twin = next((other for other, first in same.items() if first == carrier), None)
        heavy.append(Nucleus(carrier, carrier[0], "", (carrier, twin) if twin else (carrier,)))
        every = bound + (entry.hydrogens[twin] if twin else ())
        if len(bound) == 3 or twin:
            light.append(Nucleus(bound[0][:-1] if len(bound) == 3 else bound[0], "H", carrier, every))
        else:
            light += [Nucleus(name, "H", carrier, (name,)) for name in bound]
    return (*heavy, *light)


@dataclass(frozen=True)
class Statistics:
    """Shifts of the k nuclei of a residue: atoms, mean (k,) and sd (k,) in ppm, covariance (k, k)."""

    atoms: tuple[str, ...]
    mean: np.ndarray
    sd: np.ndarray
    covariance: np.ndarray

    def drawn(self, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Shifts (k,) in ppm: those known (k,) as they are, the NaN ones drawn given them."""
        given = np.isfinite(known)
        off = np.where(given, known - self.mean, 0.0)
        inner = self.covariance[np.ix_(given, given)] + 1e-9 * np.eye(given.sum())
        lift = np.linalg.solve(inner, self.covariance[np.ix_(given, ~given)]).T
        spread = self.covariance[np.ix_(~given, ~given)] - lift @ self.covariance[np.ix_(given, ~given)]
        value, vector = np.linalg.eigh(spread)
        noise = vector @ (np.sqrt(np.maximum(value, 0)) * rng.standard_normal(len(value)))
        shifts = known.copy()
        shifts[~given] = self.mean[~given] + lift @ off[given] + noise
        return shifts


@cache
def statistics() -> dict[str, Statistics]:
    """By three-letter name of the residue."""
    found = {}
    for name, row in tomllib.loads(TABLE.read_text(encoding="utf-8")).items():
        mean, sd = np.array(row["mean"]), np.array(row["sd"])
        matrix = np.zeros((len(mean), len(mean)))
        for i, line in enumerate(row["percent"]):
            matrix[i, : len(line)] = np.array(line) / 100
        correlation = proper(matrix + matrix.T + np.eye(len(mean)))
        found[name] = Statistics(tuple(row["atoms"].split()), mean, sd, correlation * np.outer(sd, sd))
    return found


def proper(correlation: np.ndarray) -> np.ndarray:
    """The nearest matrix without negative eigenvalues that has ones on its diagonal, in one step.

    Correlations of pairs, each from the residues that have both, need not fit together.
    """
    value, vector = np.linalg.eigh(correlation)
    matrix = (vector * np.maximum(value, 1e-3)) @ vector.T
    scale = np.sqrt(np.diag(matrix))
    return matrix / np.outer(scale, scale)


def completed(
    sequence: str, known: list[Mapping[str, float]], rng: np.random.Generator
) -> tuple[list[dict[str, float]], list[dict[str, bool]]]:
    """Shifts of all observed nuclei of a chain by atom, residue by residue, and which of them were drawn.

    sequence: n one-letter codes; known: n mappings of atom to ppm, others than the observed nuclei ignored. A
    letter that is no standard amino acid has none.
    """
    shifts, drawn = [], []
    for letter, given in zip(sequence, known, strict=True):
        if letter not in THREE_LETTER:
            shifts.append({})
            drawn.append({})
            continue
        table = statistics()[THREE_LETTER[letter]]
        have = np.array([given.get(atom, np.nan) for atom in table.atoms], dtype=float)
        every = table.drawn(have, rng)
        shifts.append(dict(zip(table.atoms, every.tolist(), strict=True)))
        drawn.append(dict(zip(table.atoms, np.isnan(have).tolist(), strict=True)))
    return shifts, drawn


def names(residue: str) -> tuple[str, ...]:
    """Atoms of a residue's table, in its order."""
    return tuple(nucleus.atom for nucleus in nuclei(residue))


#: The residues that tables are made for.
RESIDUES = tuple(ONE_LETTER)
