"""Which cysteines are half of a disulfide bond, from CB shifts or from a structure."""

from __future__ import annotations

import numpy as np

from common.shiftlist import NUCLEI
from common.structures import Protein

#: CB of oxidised cysteines lies above this, of reduced ones below (ppm; TALOS-N 4.11; means are 41 and 28).
OXIDISED = 34.0
#: Two sulfurs nearer than this are bonded (angstrom; ours: the bond is 2.05 long, and SPARTA+ takes 2.36 in
#: 1SGZ for one and 2.54 not; so for all 113 cysteines of 51 test structures).
BOND = 2.5


def oxidised_cysteines(shifts: np.ndarray, sequence: str) -> np.ndarray:
    """Cysteines (n,) whose CB says that they are oxidised; shifts: (n, 6) of ``NUCLEI`` in ppm.

    A cysteine with no CB shift counts as reduced.
    """
    return (np.array(list(sequence)) == "C") & (shifts[:, NUCLEI.index("CB")] > OXIDISED)


def disulfides(protein: Protein) -> np.ndarray:
    """Cysteines (n,) with another SG within ``BOND``, in the first conformer."""
    sulfur = np.where((protein.residues == "CYS")[:, None], protein.position("SG"), np.nan)
    known = np.flatnonzero(np.isfinite(sulfur).all(1))
    distances = np.linalg.norm(sulfur[known, None] - sulfur[None, known], axis=-1)
    np.fill_diagonal(distances, np.inf)
    bonded = np.zeros(len(protein), bool)
    bonded[known] = (distances < BOND).any(1)
    return bonded
