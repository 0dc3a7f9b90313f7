"""Ring-current shifts by the theory of Haigh and Mallion.

Haigh & Mallion 1979, Prog Nucl Magn Reson Spectrosc 13:303; intensities and target factor from Case 1995,
J Biomol NMR 6:341, as SPARTA+ uses them (Shen & Bax 2010, J Biomol NMR 48:13).
"""

from __future__ import annotations

import numpy as np

from common.protein.geometry import squared_distances
from common.shiftlist import COLUMNS
from common.structures import Protein

#: Residue, intensity relative to benzene (Case 1995), atoms in the order of their bonds.
RINGS = (
    ("PHE", 1.46, ("CG", "CD1", "CE1", "CZ", "CE2", "CD2")),
    ("TYR", 1.24, ("CG", "CD1", "CE1", "CZ", "CE2", "CD2")),
    ("TRP", 1.24, ("CD2", "CE2", "CZ2", "CH2", "CZ3", "CE3")),
    ("TRP", 1.32, ("CG", "CD1", "NE1", "CE2", "CD2")),
    ("HIS", 1.35, ("CG", "ND1", "CE1", "NE2", "CD2")),
)
#: Case 1995: target factor of benzene in ppm angstrom, of a shift with its sign turned to chemical shift.
TARGET_FACTOR = 5.4548
#: ours: atoms at once, which bounds memory.
BLOCK = 512
#: PDB names of the atoms of ``COLUMNS``.
ATOMS = ("N", "H", "HA", "C", "CA", "CB", "HA2", "HA3")


def ring_currents(protein: Protein) -> np.ndarray:
    """Ring-current shifts (n, 8) in ppm after ``COLUMNS``; NaN where the atom is missing.

    Positive shifts lie in the plane of a ring, negative ones above it. A residue's own ring counts for its HN
    alone. Rings with missing atoms do not count. SPARTA+ adds 0.6 of this to its prediction.
    """
    corners, intensity, owner = _rings(protein)
    shifts = np.full((len(protein), len(COLUMNS)), np.nan)
    targets = np.stack([protein.position(atom) for atom in ATOMS], axis=1)
    rows, columns = np.nonzero(np.isfinite(targets).all(-1))
    for some in np.array_split(np.arange(len(rows)), len(rows) // BLOCK + 1):
        row, column = rows[some], columns[some]
        each = ring_shifts(targets[row, column], corners, intensity)
        each[(row[:, None] == owner) & (column[:, None] != COLUMNS.index("HN"))] = 0
        shifts[row, column] = each.sum(1)
    return shifts


def ring_shifts(points: np.ndarray, corners: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """Shifts (m, r) in ppm at points (m, 3) by r rings with corners (r, 6, 3) in the order of their bonds.

    Each bond adds the signed area of its triangle with the point, projected on the ring, doubled, times the
    mean inverse cube of the distances of its two atoms. Rings of five repeat their first corner at the end.
    """
    if not len(corners):
        return np.zeros((len(points), 0))
    # Relative to the protein's middle: areas are differences of products of coordinates.
    middle = corners.mean((0, 1))
    points, corners = points - middle, corners - middle
    bonds = np.roll(corners, -1, axis=1) - corners
    normal = np.cross(corners, bonds).sum(1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    sideways = np.cross(bonds, normal[:, None])
    area = np.sum(corners * sideways, axis=-1).ravel() - points @ sideways.reshape(-1, 3).T
    # A point on a corner, which no sound structure has, gives a large number rather than infinity.
    square = np.maximum(squared_distances(points, corners.reshape(-1, 3)), 1e-6)
    inverse = (1 / (square * np.sqrt(square))).reshape(len(points), *corners.shape[:2])
    mean = (inverse + np.roll(inverse, -1, axis=-1)) / 2
    return -TARGET_FACTOR * intensity * np.sum(area.reshape(mean.shape) * mean, axis=-1)


def _rings(protein):
    """Corners (r, 6, 3), intensities (r,) and residue indices (r,) of the complete rings."""
    corners, intensity, owner = [], [], []
    for name, strength, atoms in RINGS:
        here = np.flatnonzero(protein.residues == name)
        ring = np.stack([protein.position(atom)[here] for atom in (*atoms, atoms[0])[:6]], axis=1)
        whole = np.isfinite(ring).all((1, 2))
        corners.append(ring[whole])
        intensity.append(np.full(whole.sum(), strength))
        owner.append(here[whole])
    return tuple(np.concatenate(part) for part in (corners, intensity, owner))
