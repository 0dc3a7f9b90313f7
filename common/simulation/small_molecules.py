"""Random small organic molecules as 1H spin systems.

They have no structures: they are fragments with shifts and couplings in their published ranges
(``small_molecules.toml``; "pretsch" is named there), put together at random. Proton counts are exact.

Parts of a molecule do not couple with each other. What is equivalent only by symmetry (AA'BB' of a
para-disubstituted benzene, XCH2CH2Y) keeps its different couplings.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from common.simulation.aromatic_rings import heteroaromatic, phenyl
from common.simulation.molecules import Molecule, Part, coupled, table
from common.simulation.spins import SpinSystem

#: Protons of a random molecule (ours: what 1D spectra of small molecules have as a rule).
PROTONS = (3, 48)


def random_molecule(rng: np.random.Generator) -> Molecule:
    """Two to six fragments, at least ``PROTONS`` protons and at most as many as its upper bound."""
    makers, weights = zip(*FRAGMENTS.values(), strict=True)
    weights = np.array(weights) / sum(weights)
    while True:
        chosen = rng.choice(len(makers), rng.integers(1, 6), p=weights)
        parts = tuple(makers[k](rng) for k in chosen)
        if PROTONS[0] <= sum(part.protons for part in parts) <= PROTONS[1]:
            return Molecule("random", parts)


def _copies(rng, twice: float) -> int:
    """1, or 2 with a probability: N-diethyl, two equal side chains (ours)."""
    return 1 + int(rng.random() < twice)


def singlet(rng: np.random.Generator) -> Part:
    """Methyl groups and others that couple with nothing."""
    low, high, protons = table()["singlets"][rng.choice(list(table()["singlets"]))]
    return Part.plain(coupled([rng.uniform(low, high)] * protons, []))


def exchangeable(rng: np.random.Generator) -> Part:
    """OH and NH, broad."""
    low, high, protons, narrow, broad = table()["exchangeable"][rng.choice(list(table()["exchangeable"]))]
    width = np.exp(rng.uniform(np.log(narrow), np.log(broad)))
    system = coupled([rng.uniform(low, high)] * protons, [])
    return Part(system, np.full(protons, width), np.zeros(protons, bool))


def chain(rng: np.random.Generator) -> Part:
    """An open chain with fast rotation: ethyl, propyl, XCH2CH2Y, isopropyl, isobutyl, CH3-CHX, ..."""
    carbons = CHAINS[rng.integers(len(CHAINS))]
    ranges = table()["aliphatic"]
    shifts = []
    for k, protons in enumerate(carbons):
        left, right = k, len(carbons) - 1 - k
        if protons in (3, 6) and right > 0:
            shift = rng.uniform(*ranges["end"]) + (0.3 if right == 1 else 0.0) * rng.random()
        elif right == 0 or (left == 0 and carbons[0] == 2):
            shift = rng.uniform(*ranges["alpha"][rng.choice(list(ranges["alpha"]))])
        else:
            shift = rng.uniform(*ranges["beta" if right == 1 else "gamma"])
        shifts.append(shift + (rng.uniform(*ranges["methine"]) if protons == 1 else 0.0))
    return Part.plain(_carbons(rng, carbons, shifts, rng.random() < 0.3), _copies(rng, 0.1))


def _carbons(rng, carbons, shifts, chiral: bool) -> SpinSystem:
    """Protons of neighbouring carbons; ``chiral`` sets the protons of each CH2 apart."""
    ppm, at = [], []
    for protons, shift in zip(carbons, shifts, strict=True):
        apart = (
            rng.uniform(0.01, 0.35) if chiral and protons == 2 else 0.0
        )  # ppm; ours: usual near a stereocentre
        ppm += [shift + apart / 2, shift - apart / 2] if protons == 2 else [shift] * protons
        at.append(range(len(ppm) - protons, len(ppm)))
    pairs = [(*of, rng.uniform(-17.0, -10.0)) for of, n in zip(at, carbons, strict=True) if n == 2]
    for here, there in pairwise(at):
        free = rng.uniform(6.3, 7.6)  # pretsch: 7 Hz with free rotation
        spread = 0.0 if {len(here), len(there)} & {3, 6} else rng.uniform(0, 3.5 if chiral else 1.5)
        for i in here:
            for k in there:
                sign = 1 if (i - here[0] + k - there[0]) % 2 else -1
                pairs.append((i, k, free + sign * spread))
    return coupled(ppm, pairs)


#: Protons of every carbon of an open chain, from the free end to the substituent.
CHAINS = (
    (3, 2), (3, 2), (3, 2, 2), (3, 2, 2, 2), (3, 1), (3, 1), (6, 1), (6, 1), (6, 1, 2),
    (2, 2), (2, 2), (2, 2, 2), (1, 2), (1, 2), (3, 2, 1), (2, 1, 2), (1, 1),
)  # fmt: skip


def ring(rng: np.random.Generator) -> Part:
    """A saturated ring: crowded, axial and equatorial protons.

    pretsch: 2J -11 to -15 Hz, 3J axial-axial 9 to 13 Hz, others 2 to 5 Hz.
    """
    count = rng.integers(2, 5)
    head = rng.uniform(*rng.choice([[1.2, 2.2], [2.2, 3.2], [3.2, 4.3]]))
    shifts = np.append(head, rng.uniform(1.0, 2.2, count - 1))
    apart = rng.uniform(0.05, 0.9, count)
    ppm = [p for s, a in zip(shifts, apart, strict=True) for p in (s - a / 2, s + a / 2)]
    pairs = [(2 * k, 2 * k + 1, rng.uniform(-15.0, -11.0)) for k in range(count)]
    for k in range(count - 1):
        for i in (0, 1):
            for m in (0, 1):
                j = rng.uniform(9.0, 13.0) if i == m == 0 else rng.uniform(2.0, 5.0)
                pairs.append((2 * k + i, 2 * k + 2 + m, j))
    return Part.plain(coupled(ppm, pairs))


def sugar(rng: np.random.Generator) -> Part:
    """A pyranose: H1 apart, H2 to H6 crowded; 3J as Bubb, Concepts Magn. Reson. A 2003, 19, 1."""
    alpha = rng.random() < 0.5
    shifts = [rng.uniform(4.9, 5.5) if alpha else rng.uniform(4.3, 4.8), *rng.uniform(3.2, 4.2, 6)]
    vicinal = [rng.uniform(3.0, 4.0) if alpha else rng.uniform(7.5, 8.2)]
    vicinal += [rng.uniform(8.8, 10.0) if rng.random() < 0.75 else rng.uniform(1.0, 3.8) for _ in range(3)]
    pairs = [(k, k + 1, j) for k, j in enumerate(vicinal)]
    pairs += [(4, 5, rng.uniform(1.5, 3.0)), (4, 6, rng.uniform(4.5, 6.5)), (5, 6, rng.uniform(-12.6, -11.0))]
    return Part.plain(coupled(shifts, pairs))


def alkene(rng: np.random.Generator) -> Part:
    """Vinyl, cis and trans CH=CH and CH3-CH=CH (pretsch: 12 to 18, 6 to 12, gem 0 to 3 Hz)."""
    kind = rng.integers(4)
    trans, cis, gem = rng.uniform(14.5, 17.8), rng.uniform(9.5, 11.5), rng.uniform(0.5, 2.5)
    if kind == 0:
        shifts = [rng.uniform(5.7, 6.9), rng.uniform(5.1, 6.4), rng.uniform(4.9, 5.9)]
        return Part.plain(coupled(shifts, [(0, 1, trans), (0, 2, cis), (1, 2, gem)]))
    shifts = [rng.uniform(5.3, 6.6), rng.uniform(5.9, 7.9)]
    if kind < 3:
        return Part.plain(coupled(shifts, [(0, 1, trans if kind == 1 else cis)]))
    methyl = [rng.uniform(1.6, 2.2)] * 3
    near, far = rng.uniform(6.5, 7.2), rng.uniform(-1.8, -1.4)
    pairs = [(0, 1, trans), *((1, k, near) for k in (2, 3, 4)), *((0, k, far) for k in (2, 3, 4))]
    return Part.plain(coupled([*shifts, *methyl], pairs))


def allyl(rng: np.random.Generator) -> Part:
    """CH2=CH-CH2X."""
    shifts = [
        rng.uniform(5.7, 6.1),
        rng.uniform(5.1, 5.4),
        rng.uniform(5.0, 5.25),
        *[rng.uniform(3.1, 4.7)] * 2,
    ]
    pairs = [(0, 1, rng.uniform(16.5, 17.5)), (0, 2, rng.uniform(10.0, 10.7)), (1, 2, rng.uniform(1.2, 1.8))]
    near, far = rng.uniform(5.3, 6.6), rng.uniform(-1.7, -1.1)
    pairs += [(0, k, near) for k in (3, 4)] + [(i, k, far) for i in (1, 2) for k in (3, 4)]
    return Part.plain(coupled(shifts, pairs))


def carbinol(rng: np.random.Generator) -> Part:
    """CH2OH or CHOH whose OH exchanges slowly, as in dry DMSO: it couples (pretsch: 4 to 6 Hz)."""
    protons = rng.integers(1, 3)
    shifts = [*[rng.uniform(3.3, 4.8)] * protons, rng.uniform(4.2, 5.8)]
    j = rng.uniform(4.2, 6.0)
    system = coupled(shifts, [(k, protons, j) for k in range(protons)])
    width = np.append(np.zeros(protons), rng.uniform(0.2, 3.0))
    return Part(system, width, np.arange(protons + 1) < protons)


#: How a fragment is made, and how often it is drawn (ours: common ones often, rings in most molecules).
FRAGMENTS: dict[str, tuple[Callable[[np.random.Generator], Part], float]] = {
    "singlet": (singlet, 4),
    "exchangeable": (exchangeable, 2),
    "chain": (chain, 5),
    "ring": (ring, 1),
    "sugar": (sugar, 0.5),
    "alkene": (alkene, 1),
    "allyl": (allyl, 0.3),
    "phenyl": (phenyl, 4),
    "heteroaromatic": (heteroaromatic, 2),
    "carbinol": (carbinol, 0.5),
}
