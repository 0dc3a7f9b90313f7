"""Electric-field shifts of backbone protons, as SPARTA+ adds them (Shen & Bax 2007, J Biomol NMR 38:289)."""

from __future__ import annotations

import numpy as np

from common.protein.geometry import adjacent, squared_distances
from common.shiftlist import COLUMNS
from common.structures import Protein

#: Strength in ppm square angstrom of a carbonyl carbon, an oxygen and an amide nitrogen (SPARTA+, PDB.cc).
STRENGTH = {"C": -0.9612, "O": 1.39374, "N": 0.7209}
#: Atoms farther than this, in angstrom, do not count (SPARTA+, PDB.cc).
REACH = 3.0
#: Column, proton and the atom it is bonded to.
TARGETS = (("HN", "H", "N"), ("HA", "HA", "CA"), ("HA2", "HA2", "CA"), ("HA3", "HA3", "CA"))


def electric_field(protein: Protein) -> np.ndarray:
    """Electric-field shifts (n, 8) in ppm after ``COLUMNS``, which SPARTA+ subtracts from its prediction.

    The sum over backbone C, O, N and the oxygens of Asn, Asp, Gln and Glu within ``REACH`` of strength times
    cos(heavy atom-proton-atom) over squared distance; atoms of the residue and its bonded neighbours do not
    count, nor for HN backbone O, whose effect SPARTA+ learns by hydrogen bonds. NaN for a missing proton;
    zero for other nuclei than protons.
    """
    sources = np.isin(protein.atoms, ["C", "O", "N", "OD1", "OD2", "OE1", "OE2"])
    carbonyl = protein.atoms == "O"
    shifts = np.zeros((len(protein), len(COLUMNS)))
    for column, proton, heavy in TARGETS:
        rows = np.flatnonzero(sources & ~carbonyl if column == "HN" else sources)
        shifts[:, COLUMNS.index(column)] = _field(
            protein, protein.position(proton), protein.position(heavy), rows
        )
    return shifts


def _field(protein, target, partner, rows):
    """Shifts (n,) in ppm of targets (n, 3), bonded to partners (n, 3), by the atoms in ``rows``."""
    total = np.where(np.isfinite(target + partner).all(-1), 0.0, np.nan)
    there = np.flatnonzero(np.isfinite(total))
    residue, source = _pairs(protein, target, there, rows)
    to_source = protein.xyz[source] - target[residue]
    to_partner = partner[residue] - target[residue]
    distance = np.linalg.norm(to_source, axis=-1)
    cosine = np.sum(to_source * to_partner, -1) / (distance * np.linalg.norm(to_partner, axis=-1))
    strength = np.array([STRENGTH[name[0]] for name in protein.atoms[source]])
    total += np.bincount(residue, strength * cosine / distance**2, minlength=len(total))
    return total


def _pairs(protein, target, residues, rows):
    """Residues and atoms whose target and position are within reach and that are not adjacent."""
    found = []
    for some in np.array_split(residues, len(residues) // 256 + 1):
        square = squared_distances(target[some], protein.xyz[rows])
        near = np.nonzero((square <= REACH**2) & (square > 0))
        found.append((some[near[0]], rows[near[1]]))
    residue, source = (np.concatenate(part) for part in zip(*found, strict=True))
    apart = ~adjacent(protein, residue, protein.residue_of[source])
    return residue[apart], source[apart]
