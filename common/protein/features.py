"""What networks are told of a residue: its amino acid, its torsions, those of its neighbours.

SPARTA+ and PPM_One share these inputs (Shen & Bax 2010; Li & Brueschweiler 2015; order as in the released
code of SPARTA+).
"""

from __future__ import annotations

import numpy as np

from common.protein.blosum import BLOSUM62
from common.protein.geometry import Torsions
from common.structures import AMINO_ACIDS, Protein

#: Numbers a residue: 20 of BLOSUM62; sine, cosine of phi and psi; sine, cosine and a flag of chi1 and chi2.
RESIDUE = 30


def amino_codes(sequence: str) -> np.ndarray:
    """Index (n,) of each letter in ``AMINO_ACIDS``; -1 for what is none of the twenty."""
    return np.array([AMINO_ACIDS.find(letter) for letter in sequence], dtype=int)


def similarity(sequence: str) -> np.ndarray:
    """Rows (n, 20) of BLOSUM62 over ten; zeros for what is none of the twenty amino acids."""
    codes = amino_codes(sequence)
    return np.where((codes >= 0)[:, None], BLOSUM62[codes] / 10, 0.0)


def residues(protein: Protein, torsions: Torsions) -> np.ndarray:
    """The 30 numbers (n, 30) of each residue.

    An undefined phi or psi stands as 180 degrees, an undefined chi as zeros with a flag of 0.
    """
    parts = [similarity(protein.sequence)]
    for angle in (torsions.phi, torsions.psi):
        known = np.where(np.isfinite(angle), angle, np.pi)
        parts += [np.sin(known)[:, None], np.cos(known)[:, None]]
    for angle in (torsions.chi1, torsions.chi2):
        flag = np.isfinite(angle)
        known = np.where(flag, angle, 0.0)
        parts += [(np.sin(known) * flag)[:, None], (np.cos(known) * flag)[:, None], flag[:, None]]
    return np.concatenate(parts, axis=1).astype(float)


def neighbours(values: np.ndarray, bonded: np.ndarray, reach: int) -> np.ndarray:
    """Values (n, k) of the residues from ``reach`` before to ``reach`` behind, side by side.

    Returns (n, (2 reach + 1) k); NaN for a neighbour that does not exist or is over a break of the chain.
    """
    count = len(values)
    chain = np.cumsum(~np.asarray(bonded, dtype=bool))
    made = []
    for step in range(-reach, reach + 1):
        at = np.arange(count) + step
        inside = (at >= 0) & (at < count)
        at = np.clip(at, 0, max(count - 1, 0))
        there = inside & (chain[at] == chain)
        made.append(np.where(there[:, None], values[at], np.nan))
    return np.concatenate(made, axis=1)
