"""Torsion angles of backbone and side chains, and which residues stand next to each other in the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from common.structures import Protein

#: Fourth atom of chi1, N-CA-CB-X, by residue (IUPAC-IUB 1970, J Mol Biol 52:1).
CHI1 = {
    **dict.fromkeys(
        ("ARG", "ASN", "ASP", "GLN", "GLU", "HIS", "LEU", "LYS", "MET", "PHE", "PRO", "TRP", "TYR"), "CG"
    ),
    "CYS": "SG", "ILE": "CG1", "SER": "OG", "THR": "OG1", "VAL": "CG1",
}  # fmt: skip
#: Last two atoms of chi2, CA-CB-X-Y, by residue (IUPAC-IUB 1970).
CHI2 = {
    **dict.fromkeys(("ARG", "GLN", "GLU", "LYS", "PRO"), ("CG", "CD")),
    **dict.fromkeys(("LEU", "PHE", "TRP", "TYR"), ("CG", "CD1")),
    "ASN": ("CG", "OD1"), "ASP": ("CG", "OD1"), "HIS": ("CG", "ND1"), "ILE": ("CG1", "CD1"),
    "MET": ("CG", "SD"),
}  # fmt: skip
#: What SPARTA+ takes (its PDB.cc as ported to Rosetta): CG2 for chi1 of valine, hydrogens for four chi2. (The
#: port misses CD1 of isoleucine; the shifts of the program itself do depend on chi2 of isoleucine.)
SPARTA_CHI1 = CHI1 | {"VAL": "CG2"}
SPARTA_CHI2 = CHI2 | {
    "CYS": ("SG", "HG"), "SER": ("OG", "HG"), "THR": ("CG2", "HG21"), "VAL": ("CG1", "HG11"),
}  # fmt: skip


@dataclass(frozen=True)
class Torsions:
    """Torsion angles (n,) of n residues in radians, -pi to pi, NaN where undefined.

    ``omega[i]`` is that of the bond between residues i-1 and i: CA(i-1)-C(i-1)-N(i)-CA(i).
    """

    phi: np.ndarray
    psi: np.ndarray
    omega: np.ndarray
    chi1: np.ndarray
    chi2: np.ndarray

    @property
    def cis(self) -> np.ndarray:
        """Whether (n,) the peptide bond to the residue before is cis, ``omega`` within 90 degrees of 0."""
        return np.abs(self.omega) < np.pi / 2


def dihedral(a, b, c, d) -> np.ndarray:
    """Torsion angles in radians, -pi to pi, about the bonds b-c of points (..., 3); NaN where a point is.

    Positive where d, seen along b to c, is turned clockwise from a (IUPAC-IUB 1970).
    """
    middle = c - b
    first, second = np.cross(b - a, middle), np.cross(middle, d - c)
    length = np.sqrt(np.sum(middle**2, axis=-1))
    return np.arctan2(length * np.sum((b - a) * second, axis=-1), np.sum(first * second, axis=-1))


def torsions(
    protein: Protein, chi1: Mapping[str, str] = CHI1, chi2: Mapping[str, tuple[str, str]] = CHI2
) -> Torsions:
    """Torsion angles of the first conformer.

    Those that span two residues are undefined where no peptide bond joins them. chi1, chi2: the atoms by
    residue; ``SPARTA_CHI1`` and ``SPARTA_CHI2`` are what SPARTA+ takes.
    """
    n, ca, c, cb = (protein.position(atom) for atom in ("N", "CA", "C", "CB"))
    before = {"C": previous(protein, c), "CA": previous(protein, ca)}
    gamma = {name: first for name, (first, _) in chi2.items()}
    delta = {name: second for name, (_, second) in chi2.items()}
    return Torsions(
        phi=dihedral(before["C"], n, ca, c),
        psi=dihedral(n, ca, c, following(protein, n)),
        omega=dihedral(before["CA"], before["C"], n, ca),
        chi1=dihedral(n, ca, cb, position_by_residue(protein, chi1)),
        chi2=dihedral(ca, cb, position_by_residue(protein, gamma), position_by_residue(protein, delta)),
    )


def position_by_residue(protein: Protein, atoms: Mapping[str, str]) -> np.ndarray:
    """Coordinates (n, 3) in angstrom of an atom that each residue name has its own name for; NaN: none."""
    found = np.full((len(protein), 3), np.nan)
    for atom in set(atoms.values()):
        here = np.isin(protein.residues, [name for name, wanted in atoms.items() if wanted == atom])
        found[here] = protein.position(atom)[here]
    return found


def previous(protein: Protein, values: np.ndarray) -> np.ndarray:
    """For each residue, ``values`` (n, ...) of the one bonded before it; NaN where there is none."""
    found = np.full(values.shape, np.nan)
    found[1:][protein.bonded[1:]] = values[:-1][protein.bonded[1:]]
    return found


def following(protein: Protein, values: np.ndarray) -> np.ndarray:
    """For each residue, ``values`` (n, ...) of the one bonded after it; NaN where there is none."""
    found = np.full(values.shape, np.nan)
    found[:-1][protein.bonded[1:]] = values[1:][protein.bonded[1:]]
    return found


def squared_distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Squared distances (m, k) in square angstrom between points (m, 3) and others (k, 3)."""
    # |p|^2 - 2 p.o + |o|^2 as one product of matrices; about their middle, so that little is lost
    middle = others.mean(0) if len(others) else 0.0
    points, others = points - middle, others - middle
    left = np.column_stack([-2 * points, np.sum(points**2, axis=1), np.ones(len(points))])
    right = np.column_stack([others, np.ones(len(others)), np.sum(others**2, axis=1)])
    return np.maximum(left @ right.T, 0)


def adjacent(protein: Protein, first, second) -> np.ndarray:
    """Whether residues, given by index in arrays that broadcast, are the same or bonded neighbours."""
    first, second = np.broadcast_arrays(first, second)
    later = np.maximum(first, second)
    return (first == second) | ((np.abs(first - second) == 1) & protein.bonded[later])
