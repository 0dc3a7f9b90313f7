"""Which molecules are in a sample: compounds, and by-products of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.simulation.molecules import Molecule
from common.simulation.proton_ranges import ProtonRanges
from common.simulation.small_molecules import random_molecule


def mixture(
    pool: Sequence[Molecule] | None, ranges: ProtonRanges, rng: np.random.Generator
) -> list[Molecule]:
    """None to three molecules, out of a pool or, where there is none, random ones."""
    if rng.random() < ranges.empty_share:
        return []
    count = 1 + rng.choice(len(ranges.mixture), p=ranges.mixture)
    return [_any(pool, rng) for _ in range(count)]


def byproducts(
    pool: Sequence[Molecule] | None, ranges: ProtonRanges, rng: np.random.Generator
) -> list[Molecule]:
    """Other molecules that are left in a sample as little as impurities."""
    count = rng.choice(len(ranges.byproducts), p=ranges.byproducts)
    return [_any(pool, rng) for _ in range(count)]


def _any(pool: Sequence[Molecule] | None, rng: np.random.Generator) -> Molecule:
    return pool[rng.integers(len(pool))] if pool else random_molecule(rng)
