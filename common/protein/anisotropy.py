"""Magnetic anisotropy of planar groups: peptide bonds, amides and carboxylates of side chains, guanidinium.

McConnell's equation (J Chem Phys 1957;27:226) with the groups of PPM_One (Li & Brueschweiler 2015, J Biomol
NMR 62:403; released code read for its facts). Strengths are left out: who uses the sums finds them.
"""

from __future__ import annotations

import numpy as np

from common.protein.geometry import squared_distances
from common.structures import Protein

#: code: groups of three atoms in a plane by kind: amides of side chains, carboxylates, guanidinium. The first
#: kind is the peptide bond.
PLANES = (
    {"ASN": ("OD1", "CG", "ND2"), "GLN": ("OE1", "CD", "NE2")},
    {"ASP": ("OD1", "CG", "OD2"), "GLU": ("OE1", "CD", "OE2")},
    {"ARG": ("NH1", "CZ", "NH2")},
)


def anisotropies(protein: Protein, points: np.ndarray) -> np.ndarray:
    """Sums (m, 4) of (1 - 3 cos^2) / r^3 at points (m, 3) by kind of plane, in inverse cubic angstrom.

    r is the distance to the middle of the plane's three atoms, the angle that with its normal. Kinds: peptide
    bonds, then those of ``PLANES``. NaN where a point is.
    """
    kinds = planes(protein)
    known = np.isfinite(points).all(axis=1)
    made = np.full((len(points), len(kinds)), np.nan)
    made[known] = np.stack([plane_sums(points[known], kind) for kind in kinds], axis=1)
    return made


def planes(protein: Protein) -> list[np.ndarray]:
    """Coordinates (k, 3 atoms, 3) of the complete planes of each kind."""
    return [_peptides(protein), *(_side_chains(protein, kind) for kind in PLANES)]


def _peptides(protein: Protein) -> np.ndarray:
    """N of a residue, C and O of the one before."""
    behind = np.flatnonzero(protein.bonded)
    behind = behind[behind > 0]
    at = [("N", behind), ("C", behind - 1), ("O", behind - 1)]
    return _whole(np.stack([protein.position(atom)[rows] for atom, rows in at], axis=1))


def _side_chains(protein: Protein, kind: dict[str, tuple[str, str, str]]) -> np.ndarray:
    parts = []
    for name, atoms in kind.items():
        here = protein.residues == name
        parts.append(np.stack([protein.position(atom)[here] for atom in atoms], axis=1))
    return _whole(np.concatenate(parts))


def _whole(found: np.ndarray) -> np.ndarray:
    return found[np.isfinite(found).all(axis=(1, 2))]


def plane_sums(points: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Sums (m,) of (1 - 3 cos^2) / r^3 at points (m, 3) over planes (k, 3 atoms, 3)."""
    normal = np.cross(found[:, 0] - found[:, 1], found[:, 2] - found[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    middle = found.mean(axis=1)
    square = np.maximum(squared_distances(points, middle), 1e-2)
    height = points @ normal.T - np.sum(middle * normal, axis=1)
    return np.sum((1 - 3 * height**2 / square) / square**1.5, axis=1)
