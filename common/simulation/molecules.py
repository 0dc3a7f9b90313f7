"""A molecule as what its 1H spectrum needs: spin systems that do not couple with each other."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from common.simulation.spins import SpinSystem

TABLE = Path(__file__).with_name("small_molecules.toml")


@dataclass(frozen=True)
class Part:
    """Spins of a molecule that couple with no others of it.

    width: Hz, full width at half height that exchange adds, of every spin. carbon: whether each proton sits
    on a carbon, so that it has 13C satellites. copies: how many times the molecule has the part (``scale``
    of the system is 1).
    """

    system: SpinSystem
    width: np.ndarray
    carbon: np.ndarray
    copies: int = 1

    @classmethod
    def plain(cls, system: SpinSystem, copies: int = 1) -> Part:
        """Sharp lines, all protons on carbons."""
        n = len(system.shifts)
        return cls(system, np.zeros(n), np.ones(n, bool), copies)

    @property
    def protons(self) -> int:
        """Protons of all copies."""
        return self.copies * self.system.nuclei.count("1H")


@dataclass(frozen=True)
class Molecule:
    """Parts of one compound, once per molecule each (times their copies)."""

    name: str
    parts: tuple[Part, ...]

    @property
    def protons(self) -> int:
        """Protons of the molecule."""
        return sum(part.protons for part in self.parts)


@lru_cache(maxsize=1)
def table() -> dict:
    """The ranges of ``small_molecules.toml``, where they come from in it."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def coupled(shifts, pairs, fluorine=()) -> SpinSystem:
    """Protons of some shifts (ppm), then fluorines; couplings (i, j, Hz), every pair once."""
    n = len(shifts) + len(fluorine)
    j = np.zeros((n, n))
    for a, b, value in pairs:
        j[a, b] = j[b, a] = value
    return SpinSystem(
        np.array([*shifts, *fluorine], float), j, ("1H",) * len(shifts) + ("19F",) * len(fluorine)
    )
