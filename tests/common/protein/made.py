"""Proteins made by hand, a few atoms each."""

import numpy as np

from common.structures import Protein


def made(*residues: tuple[str, dict], bonded=None) -> Protein:
    """A protein of (name, {atom: coordinates}); ``bonded``: all but the first where None."""
    n = len(residues)
    atoms = [(i, name, xyz) for i, (_, named) in enumerate(residues) for name, xyz in named.items()]
    return Protein(
        name="made",
        residues=np.array([name for name, _ in residues], dtype="<U3"),
        numbers=np.arange(1, n + 1),
        icodes=np.full(n, ""),
        chains=np.full(n, "A"),
        bonded=np.arange(n) > 0 if bonded is None else np.array(bonded, dtype=bool),
        atoms=np.array([name for _, name, _ in atoms], dtype="<U4"),
        elements=np.array([name[0] for _, name, _ in atoms], dtype="<U2"),
        residue_of=np.array([i for i, _, _ in atoms], dtype=int),
        coordinates=np.array([xyz for _, _, xyz in atoms], dtype=float).reshape(1, -1, 3),
        b_factors=np.zeros(len(atoms)),
    )


def without(protein: Protein, keep: np.ndarray) -> Protein:
    """The protein with the atoms (m,) that ``keep`` says."""
    return protein.replace(
        atoms=protein.atoms[keep],
        elements=protein.elements[keep],
        residue_of=protein.residue_of[keep],
        coordinates=protein.coordinates[:, keep],
        b_factors=protein.b_factors[keep],
    )


def rotation(rng) -> np.ndarray:
    """A random rotation (3, 3)."""
    matrix = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return matrix * np.linalg.det(matrix)
