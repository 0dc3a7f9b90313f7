"""Macromolecules and lipids of brain spectra: the published Gaussian lines of ``macromolecules.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Lines:
    """Gaussian lines in groups that keep their ratios, one array element a line.

    groups: names. group: index of each line's group. ppm: shift. fwhm: ppm. area: protons, where creatine's
    CH3 has 3. levels: (groups, 2), range of a group's amount relative to the one ``relative_to`` points to
    (-1: none, then relative to total creatine).
    """

    groups: tuple[str, ...]
    group: np.ndarray
    ppm: np.ndarray
    fwhm: np.ndarray
    area: np.ndarray
    levels: np.ndarray
    relative_to: tuple[int, ...]

    def amounts(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Random amounts (count, groups), uniform in their ranges; a group follows the one it refers to."""
        amounts = rng.uniform(self.levels[:, 0], self.levels[:, 1], (count, len(self.groups)))
        for index, other in enumerate(self.relative_to):
            if other >= 0:
                amounts[:, index] *= amounts[:, other]
        return amounts


@functools.cache
def gaussian_lines(prefix: str) -> Lines:
    """The groups whose names start with ``prefix``: ``MM`` for macromolecules, ``Lip`` for lipids."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    chosen = {name: entry for name, entry in table.items() if name.startswith(prefix)}
    names = tuple(chosen)
    lines = [(names.index(name), *line) for name, entry in chosen.items() for line in entry["lines"]]
    group, ppm, fwhm, area = (np.array(column) for column in zip(*lines, strict=True))
    relative_to = [entry.get("relative_to") for entry in chosen.values()]
    return Lines(
        names,
        group,
        ppm,
        fwhm,
        area,
        np.array([entry["level"] for entry in chosen.values()]),
        tuple(-1 if other is None else names.index(other) for other in relative_to),
    )
