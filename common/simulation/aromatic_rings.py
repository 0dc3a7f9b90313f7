"""Aromatic rings as spin systems, for random molecules; ranges and sources in ``small_molecules.toml``."""

from __future__ import annotations

import numpy as np

from common.simulation.molecules import Part, coupled, table

#: Substituted positions of benzene, the common ones several times (ours).
PATTERNS = (
    (0,), (0,), (0, 1), (0, 1), (0, 2), (0, 3), (0, 3), (0, 3), (0, 1, 3), (0, 2, 4), (0, 1, 2), (0, 1, 3, 4),
)  # fmt: skip
#: Of patterns with a mirror when all substituents are the same: positions k and (this - k) mod 6 are images.
MIRRORS = {(0,): 0, (0, 1): 1, (0, 2): 2, (0, 3): 0, (0, 2, 4): 0, (0, 1, 2): 2}
#: Patterns whose mirror goes through all substituents.
ALWAYS = ((0,), (0, 3))


def phenyl(rng: np.random.Generator) -> Part:
    """Benzene with one to four substituents.

    pretsch: 3J 7 to 9 Hz, 4J 1 to 3 Hz, 5J 0 to 1 Hz; to fluorine 6 to 10, 4 to 8 and 0 to 3 Hz.
    """
    places = PATTERNS[rng.integers(len(PATTERNS))]
    increments = table()["benzene"]["increments"]
    names = rng.choice(list(increments), len(places))
    mirror = MIRRORS.get(places)
    if places not in ALWAYS:
        if mirror is not None and rng.random() < 0.4:  # ours: the same substituent everywhere
            names[:] = names[0]
        else:
            mirror = None
    free = [k for k in range(6) if k not in places]
    moved = rng.normal(0, 0.06, 6)  # ppm; ours: what increments miss
    shifts = []
    for k in free:
        add = sum(increments[name][_away(k, p) - 1] for name, p in zip(names, places, strict=True))
        image = k if mirror is None else min(k, (mirror - k) % 6)
        shifts.append(round(table()["benzene"]["shift"] + add + moved[image], 6))
    j = {1: rng.uniform(7.4, 8.5), 2: rng.uniform(1.2, 2.5), 3: rng.uniform(0.2, 0.7)}
    pairs = [(a, b, j[_away(i, k)]) for a, i in enumerate(free) for b, k in enumerate(free[:a])]
    fluorine = [place for place, name in zip(places, names, strict=True) if name == "F"]
    j = {1: rng.uniform(7.5, 10.0), 2: rng.uniform(4.5, 6.5), 3: rng.uniform(0.0, 1.5)}
    for f, place in enumerate(fluorine, start=len(free)):
        pairs += [(a, f, j[_away(k, place)]) for a, k in enumerate(free)]
    return Part.plain(coupled(shifts, pairs, [0.0] * len(fluorine)))


def _away(i: int, k: int) -> int:
    """Bonds between two carbons of a ring of six."""
    return min((i - k) % 6, (k - i) % 6)


def heteroaromatic(rng: np.random.Generator) -> Part:
    """A ring of ``small_molecules.toml`` with one to three substituents."""
    chosen = table()["rings"][rng.choice(list(table()["rings"]))]
    count = len(chosen["shifts"])
    kept = np.sort(rng.permutation(count)[rng.integers(1, min(4, count)) :])
    at = {int(old): new for new, old in enumerate(kept)}
    shifts = np.array(chosen["shifts"])[kept] + rng.normal(0, 0.25, len(kept))  # ours: any substituent
    scale = rng.uniform(0.9, 1.1)
    pairs = [(at[a], at[b], scale * j) for a, b, j in chosen["couplings"] if a in at and b in at]
    return Part.plain(coupled(shifts, pairs))
