"""How buried residues are: half-sphere exposure and contact numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.protein.geometry import squared_distances
from common.structures import Protein

#: paper: Hamelryck 2005, radius of the half spheres about CA in angstrom.
HALF_SPHERE = 13.0
#: ours: radius about CB in angstrom, the first shells of neighbouring side chains.
SHELL = 10.0
#: ours: residues at once, which bounds memory.
BLOCK = 64


@dataclass(frozen=True)
class Exposure:
    """Contact numbers (n,) of n residues, NaN where undefined.

    up, down: CA atoms within 13 angstrom of CA, on the side of the side chain and on the other (Hamelryck
    2005, Proteins 59:38). heavy: heavy atoms of other residues within 10 angstrom of CB.
    """

    up: np.ndarray
    down: np.ndarray
    heavy: np.ndarray


def exposure(protein: Protein) -> Exposure:
    """Contact numbers of the first conformer; a residue without CB, as glycine, is given one."""
    ca, cb = protein.position("CA"), virtual_cb(protein)
    cb = np.where(np.isfinite(protein.position("CB")), protein.position("CB"), cb)
    outward = cb - ca
    heavy = np.flatnonzero(~np.isin(protein.elements, ["H", "D"]))
    counts = np.full((len(protein), 3), np.nan)
    for some in np.array_split(np.arange(len(protein)), len(protein) // BLOCK + 1):
        near = squared_distances(ca[some], ca) <= HALF_SPHERE**2
        near &= some[:, None] != np.arange(len(protein))
        side = outward[some] @ ca.T > np.sum(outward * ca, -1)[some, None]
        counts[some, 0], counts[some, 1] = (near & side).sum(1), (near & ~side).sum(1)
        close = squared_distances(cb[some], protein.xyz[heavy]) <= SHELL**2
        counts[some, 2] = (close & (protein.residue_of[heavy] != some[:, None])).sum(1)
    counts[~np.isfinite(ca + cb).all(-1)] = np.nan
    return Exposure(*counts.T)


def virtual_cb(protein: Protein) -> np.ndarray:
    """Coordinates (n, 3) in angstrom of CB from N, CA and C: a tetrahedral CA, a bond of 1.53 angstrom."""
    n, ca, c = (protein.position(atom) for atom in ("N", "CA", "C"))
    to_n, to_c = _unit(n - ca), _unit(c - ca)
    inward, across = _unit(to_n + to_c), _unit(np.cross(to_n, to_c))
    # CB and HA halve N-CA-C, 109.5 degrees apart; in an L amino acid CB is on the side of n x c.
    return ca + 1.53 * (across * np.sin(np.radians(54.75)) - inward * np.cos(np.radians(54.75)))


def _unit(vectors):
    """Vectors (n, 3) of length one."""
    length = np.sqrt(np.sum(vectors**2, axis=-1, keepdims=True))
    return vectors / np.where(length > 0, length, np.nan)
