"""Inputs of the variant ``oriented`` (ours): where atoms stand, as seen from a residue, not how many alone.

Shells of :mod:`.surroundings` count atoms by distance. Here the density of each element about a nucleus is
also resolved by direction, in axes that the backbone gives: an atom above a peptide plane and one in it act
differently. Beside it stand the magnetic anisotropies of planar groups, and the course of the backbone.
"""

from __future__ import annotations

import numpy as np

from common.protein.anisotropy import anisotropies
from common.protein.features import neighbours
from common.protein.geometry import following, previous, squared_distances, torsions
from common.structures import Protein

from .surroundings import CENTRES, bend

#: Distances about which atoms count, and over which that falls (angstrom); ours: the shells, fewer.
RADII = ((3.0, 0.8), (4.5, 1.0), (6.5, 1.4))
#: ours: farther atoms count less than a sixth in the last of them.
FARTHEST = 9.0
ELEMENTS = ("H", "C", "N", "O")
#: Where directions are resolved, and from which axes: those of the peptide bond before, or of the residue.
PLACES = (("N", "peptide"), ("H", "peptide"), ("CA", "residue"), ("CB", "residue"), ("C", "residue"))
#: What stands where a residue lacks an atom.
INSTEAD = {"H": "CD", "HA": "HA2", "CB": "HA3"}
#: Waves over phi and psi: multiples of each.
WAVES = ((1, 1), (1, -1), (2, 1), (1, 2), (2, 0), (0, 2), (3, 0), (0, 3), (2, 2), (2, -2))
#: Pairs of residues, by steps along the chain, between whose CA distances are told.
STEPS = (
    (2, 0), (-2, 0), (3, 0), (-3, 0), (4, 0), (-4, 0), (2, -2), (3, -3), (1, -2), (2, -1), (1, -3), (3, -1),
    (4, -4),
)  # fmt: skip
#: Real spherical harmonics of degrees 1 and 2.
HARMONICS = 8
#: How many inputs there are beside those of ``surroundings``.
ORIENTED = len(PLACES) * len(ELEMENTS) * len(RADII) * HARMONICS + 4 * len(CENTRES) + 3 * 47


def oriented(protein: Protein) -> np.ndarray:
    """Further inputs (n, ORIENTED) of each residue, zero where something is not there."""
    around = np.nan_to_num(neighbours(course(protein), protein.bonded, 1))
    planes = [anisotropies(protein, place(protein, name)) for name in CENTRES]
    # in hundredths of an inverse cubic angstrom; what clashes does not count beyond 1
    planes = [10 * np.clip(np.nan_to_num(values), -1, 1) for values in planes]
    return np.concatenate([densities(protein), *planes, around], axis=1)


def place(protein: Protein, name: str) -> np.ndarray:
    """Coordinates (n, 3) of an atom, or of what stands in its place; NaN where there is neither."""
    own = protein.position(name)
    return np.where(np.isfinite(own), own, protein.position(INSTEAD[name])) if name in INSTEAD else own


def axes(first: np.ndarray, middle: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Right-handed axes (n, 3, 3) as rows: from first to last, towards the middle, and across their plane."""
    along = _unit(last - first)
    up = middle - (first + last) / 2
    up = _unit(up - np.sum(up * along, axis=1, keepdims=True) * along)
    return np.stack([along, up, np.cross(along, up)], axis=1)


def densities(protein: Protein) -> np.ndarray:
    """Atoms about nuclei by element and distance, times harmonics of their direction; zero where unknown.

    Neither a residue's own atoms count nor those of the residues next to it: torsions tell of them.
    """
    n, ca, c = (protein.position(atom) for atom in ("N", "CA", "C"))
    frames = {"peptide": axes(previous(protein, c), n, ca), "residue": axes(n, ca, c)}
    kinds = np.array([ELEMENTS.index(name) if name in ELEMENTS else -1 for name in protein.elements])
    far = np.abs(np.arange(len(protein))[:, None] - protein.residue_of[None]) > 1
    far &= kinds >= 0
    return np.concatenate(
        [_density(protein, place(protein, name), frames[kind], kinds, far) for name, kind in PLACES], axis=1
    )


def _density(protein, centre, frame, kinds, far) -> np.ndarray:
    """Moments (n, elements x radii x harmonics) about points (n, 3) in frames (n, 3, 3)."""
    known = np.isfinite(centre).all(axis=1) & np.isfinite(frame).all(axis=(1, 2))
    square = squared_distances(np.where(known[:, None], centre, 0.0), protein.xyz)
    rows, atoms = np.nonzero((square < FARTHEST**2) & far & known[:, None])
    distance = np.maximum(np.sqrt(square[rows, atoms]), 1.0)
    offset = (protein.xyz[atoms] - centre[rows]) / distance[:, None]
    waves = harmonics(np.matmul(frame[rows], offset[:, :, None])[:, :, 0])
    cells, count = rows * len(ELEMENTS) + kinds[atoms], len(protein) * len(ELEMENTS)
    made = np.empty((count, len(RADII), HARMONICS))
    for i, (radius, width) in enumerate(RADII):
        weight = np.exp(-0.5 * ((distance - radius) / width) ** 2)
        for j, wave in enumerate(waves):
            made[:, i, j] = np.bincount(cells, weight * wave, count)
    return made.reshape(len(protein), -1)


def harmonics(directions: np.ndarray) -> np.ndarray:
    """Real spherical harmonics (8, m) of degrees 1 and 2, not normalised, of unit vectors (m, 3)."""
    x, y, z = directions.T
    return np.stack([x, y, z, x * y, y * z, x * z, x**2 - y**2, 3 * z**2 - 1])


def course(protein: Protein) -> np.ndarray:
    """The course of the backbone at each residue (n, 47): angles, CA to CA, waves of torsions; NaN: none."""
    n, ca, c, o = (protein.position(atom) for atom in ("N", "CA", "C", "O"))
    before, behind = previous(protein, c), following(protein, n)
    angles = torsions(protein)
    # less what they are in a peptide bond (Engh & Huber 1991), in tenths of a radian
    columns = [
        10 * (bend(before, n, ca) - 2.12), 10 * (bend(ca, c, behind) - 2.03), 10 * (bend(ca, c, o) - 2.10),
        10 * (bend(previous(protein, o), before, n) - 2.14),
        10 * np.sin(angles.omega), 10 * np.sin(following(protein, angles.omega)),
    ]  # fmt: skip
    trace = neighbours(ca, protein.bonded, 4).reshape(len(protein), 9, 3)
    lengths = [np.linalg.norm(trace[:, 4 + first] - trace[:, 4 + last], axis=1) for first, last in STEPS]
    columns += [(length - 7) / 3 for length in lengths]
    chi1, chi2 = angles.chi1, angles.chi2
    waves = [i * angles.phi + j * angles.psi for i, j in WAVES]
    for wave in (*waves, 2 * chi1, 3 * chi1, chi1 + chi2, chi1 - chi2):
        columns += [np.sin(wave), np.cos(wave)]
    return np.nan_to_num(np.stack(columns, axis=1))


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, np.nan)
