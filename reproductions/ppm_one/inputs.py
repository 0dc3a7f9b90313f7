"""The inputs of PPM_One: which numbers of a residue's surroundings the network of each nucleus is given."""

from __future__ import annotations

import numpy as np

from common.protein import features
from common.protein.rings import ATOMS
from common.structures import Protein

from . import terms

#: code: protons, whose networks have ring currents and anisotropies as well, with their names in PDB files.
PROTONS = {"HN": ("H",), "HA": ("HA", "HA2", "HA3")}
#: code: whose contact sum a nucleus is given; the others have that of CA.
CONTACT = {"C": "C", "CB": "CB"}
#: Torsions of the residues before, itself and behind, as (place among phi, psi, chi1, chi2; multiples told).
TORSIONS = {-1: ((1, 1), (2, 1), (3, 1)), 0: ((0, 2), (1, 2), (2, 2), (3, 2)), 1: ((0, 1), (2, 1), (3, 1))}
#: code: of bonds of the three residues, in the order N-H then C=O each: C=O before, both, N-H behind.
BONDS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
#: What the code computes of the three residues and does not tell its networks: N-H before, C=O behind.
OTHER_BONDS = (0, 1, 2, 15, 16, 17)
#: Columns of ``describe`` by their first, after similarities: contact sums, torsions, those left out, bonds.
CONTACTS, ANGLES, OTHER_ANGLES, HYDROGEN = 60, 63, 91, 95
RINGS = {"HN": 113, "HA": 122}
ALL = 131


def columns(nucleus: str, paper: bool = False) -> np.ndarray:
    """Which columns of :func:`describe` a nucleus is given: 101 or, of a proton, 110, in the code's order.

    paper: 12 more, as many as the paper has; which ones is not known. Ours: what the code computes of the
    three residues and leaves out, two contact sums, two torsions and six terms of hydrogen bonds.
    """
    contact = CONTACTS + terms.CENTRES.index(CONTACT.get(nucleus, "CA"))
    chosen = [*range(60), contact, *range(ANGLES, ANGLES + 28), *(HYDROGEN + bond for bond in BONDS)]
    if nucleus in PROTONS:
        chosen += range(RINGS[nucleus], RINGS[nucleus] + 9)
    if paper:
        chosen += [CONTACTS + other for other in range(3) if CONTACTS + other != contact]
        chosen += range(OTHER_ANGLES, OTHER_ANGLES + 4)
        chosen += [HYDROGEN + bond for bond in OTHER_BONDS]
    return np.array(chosen)


def describe(protein: Protein) -> np.ndarray:
    """All that any network is given (n, 131), of the first conformer.

    NaN throughout for a residue without a bonded neighbour on either side. Zeros where a side chain has no
    chi, where an atom has no contact sum, and for protons that are not there.
    """
    own = features.similarity(protein.sequence), terms.hydrogen_bonds(protein)
    around = [features.neighbours(part, protein.bonded, 1) for part in own]
    angles, others = torsion_inputs(protein)
    near = [np.concatenate([terms.rings(protein, names), terms.anisotropies(protein, names)], axis=1)
            for names in PROTONS.values()]  # fmt: skip
    made = np.concatenate([around[0], terms.contacts(protein), angles, others, around[1], *near], axis=1)
    return np.where(np.isfinite(around[0]).all(1)[:, None], np.nan_to_num(made), np.nan)


def torsion_inputs(protein: Protein) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines (n, 28) that the networks are given, and (n, 4): of phi before and of psi behind."""
    around = features.neighbours(terms.angles(protein), protein.bonded, 1).reshape(len(protein), 3, 4)
    told = [
        terms.harmonics(around[:, step + 1, place], orders)
        for step, listed in TORSIONS.items()
        for place, orders in listed
    ]
    others = [terms.harmonics(around[:, 0, 0], 1), terms.harmonics(around[:, 2, 1], 1)]
    return np.concatenate(told, axis=1), np.concatenate(others, axis=1)


def there(protein: Protein) -> np.ndarray:
    """Zeros (n, 8) after ``COLUMNS`` where the structure has the atom, NaN where not: none is predicted."""
    present = np.stack([np.isfinite(protein.position(atom)).all(axis=1) for atom in ATOMS], axis=1)
    return np.where(present, 0.0, np.nan)
