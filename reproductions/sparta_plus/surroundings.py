"""Inputs of the variants (ours): what SPARTA+ is told, and more of a residue's surroundings.

Beside the 113 inputs of the program: the terms that it adds afterwards, amino acids and torsions further
along the chain, secondary structure, burial, bonds that a hydrogen takes part in, and how many atoms of an
element are near each of the six nuclei.
"""

from __future__ import annotations

import numpy as np

from common.protein import features
from common.protein.contacts import exposure
from common.protein.cysteines import disulfides
from common.protein.electric import electric_field
from common.protein.geometry import torsions
from common.protein.hbonds import hydrogen_bonds
from common.protein.order import contact_order
from common.protein.random_coil import random_coil
from common.protein.rings import ring_currents
from common.protein.secondary import secondary_structure
from common.shiftlist import COLUMNS
from common.structures import AMINO_ACIDS, Protein

#: Residues on either side whose amino acid, torsions and structure are told.
REACH = 3
#: Residues on either side whose contacts are told.
NEAR = 1
#: Edges of the shells about a nucleus in which atoms are counted (angstrom).
SHELLS = (2.5, 3.5, 4.5, 6.0, 8.0, 11.0)
ELEMENTS = ("H", "C", "N", "O", "S")
#: Atoms whose surroundings are counted: the six nuclei, in the names of the PDB.
CENTRES = ("N", "H", "HA", "C", "CA", "CB")
STATES = "HGIEBTSC"
#: How many inputs there are beside those of the program.
SURROUNDINGS = 613


def surroundings(protein: Protein) -> np.ndarray:
    """Further inputs (n, k) of each residue; NaN nowhere but for positions that are not in the chain."""
    own = along(protein)
    beyond = [neighbours(own, protein, REACH), neighbours(contacts(protein), protein, NEAR)]
    return np.nan_to_num(np.concatenate([*beyond, local(protein), shells(protein)], axis=1))


def neighbours(values: np.ndarray, protein: Protein, reach: int) -> np.ndarray:
    """Values of the residues around; zeros where there is none."""
    return np.nan_to_num(features.neighbours(values, protein.bonded, reach))


def along(protein: Protein) -> np.ndarray:
    """Amino acid, torsions and secondary structure of each residue, and that it is there at all."""
    angles = torsions(protein)
    codes = features.amino_codes(protein.sequence)
    parts = [np.ones((len(protein), 1)), codes[:, None] == np.arange(len(AMINO_ACIDS))]
    for angle in (angles.phi, angles.psi, angles.omega, angles.chi1, angles.chi2):
        parts += [np.sin(angle)[:, None], np.cos(angle)[:, None]]
    for angle in (angles.phi, angles.psi):
        parts += [np.sin(2 * angle)[:, None], np.cos(2 * angle)[:, None]]
    states = np.array([STATES.find(state) for state in secondary_structure(protein)])
    parts += [states[:, None] == np.arange(len(STATES)), disulfides(protein)[:, None], angles.cis[:, None]]
    return np.nan_to_num(np.concatenate(parts, axis=1).astype(float))


def contacts(protein: Protein) -> np.ndarray:
    """Burial, order, flexibility and hydrogen bonds of each residue."""
    seen, bonds = exposure(protein), hydrogen_bonds(protein)
    carbon = protein.position("CA")
    rows = protein.index("CA")
    factors = np.where(rows >= 0, protein.b_factors[rows], np.nan)
    spread = np.nanstd(factors)
    factors = (factors - np.nanmean(factors)) / (spread if spread > 0 else 1.0)
    parts = [
        seen.up[:, None] / 20, seen.down[:, None] / 20, seen.heavy[:, None] / 50,
        contact_order(protein)[:, None], np.clip(factors, -3, 3)[:, None],
        bonds.hn, bonds.ha, bonds.o, bonds.ha2, bonds.ha3, bonds.energy / 2,
        np.isfinite(carbon).all(1)[:, None],
    ]  # fmt: skip
    return np.nan_to_num(np.concatenate(parts, axis=1).astype(float))


def local(protein: Protein) -> np.ndarray:
    """Ring currents, fields, the effects of neighbours on random coil, and angles of the backbone."""
    rings, field = ring_currents(protein), electric_field(protein)
    options = {"oxidised": disulfides(protein), "bonded": protein.bonded}
    coil = random_coil(protein.sequence, neighbours=True, **options)
    coil = coil - random_coil(protein.sequence, neighbours=False, **options)
    field = field[:, [COLUMNS.index(name) for name in ("HN", "HA", "HA2", "HA3")]]
    n, ca, c, cb = (protein.position(name) for name in ("N", "CA", "C", "CB"))
    angles = [bend(n, ca, c) - 1.94, bend(n, ca, cb) - 1.92, bend(c, ca, cb) - 1.92]
    ends = [np.minimum(np.arange(len(protein)), 10) / 10, np.minimum(np.arange(len(protein))[::-1], 10) / 10]
    columns = np.stack([*(10 * angle for angle in angles), *ends], axis=1)
    return np.nan_to_num(np.concatenate([2 * rings, 2 * field, coil, columns], axis=1))


def bend(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Angles (n,) at b in radians."""
    first, second = a - b, c - b
    cosine = np.sum(first * second, axis=1) / (np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1))
    return np.arccos(np.clip(cosine, -1, 1))


def shells(protein: Protein) -> np.ndarray:
    """Square roots of the numbers of atoms of each element in shells about each nucleus."""
    kinds = np.array([ELEMENTS.index(name) if name in ELEMENTS else -1 for name in protein.elements])
    # neither a residue's own atoms nor those of the neighbours it is bonded to: torsions tell of them
    far = np.abs(np.arange(len(protein))[:, None] - protein.residue_of[None]) > 1
    far &= kinds >= 0
    made = []
    for name in CENTRES:
        centre = protein.position(name)
        if name == "HA":
            centre = np.where(np.isfinite(centre), centre, protein.position("HA2"))
        square = np.zeros((len(protein), len(protein.xyz)))
        for own, others in zip(centre.T, protein.xyz.T, strict=True):  # an axis at a time, for little memory
            along = np.subtract.outer(own, others)
            square += np.multiply(along, along, out=along)
        rows, atoms = np.nonzero((square < (SHELLS[-1] + 0.1) ** 2) & far)
        shell = np.searchsorted(SHELLS, np.sqrt(square[rows, atoms]), side="right")
        shape = (len(protein), len(ELEMENTS), len(SHELLS) + 1)  # the last: beyond all shells
        cells = np.ravel_multi_index((rows, kinds[atoms], shell), shape)
        counts = np.bincount(cells, minlength=np.prod(shape)).reshape(shape)[:, :, :-1]
        made.append(counts.reshape(len(protein), -1))
    return np.sqrt(np.concatenate(made, axis=1))
