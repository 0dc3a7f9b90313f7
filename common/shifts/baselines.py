"""Conventional predictions of shifts that networks are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.protein.cysteines import disulfides
from common.protein.random_coil import random_coil
from common.shifts import peers
from common.structures import Protein


def coil(protein: Protein) -> np.ndarray:
    """Random coil shifts (n, 8) in ppm with the effects of neighbours, disulfides found in the structure."""
    oxidised = disulfides(protein)
    return random_coil(protein.sequence, neighbours=True, oxidised=oxidised, bonded=protein.bonded)


def conventional(entries: Sequence, *, programs: bool) -> dict[str, list[np.ndarray]]:
    """Shifts (n, 8) in ppm of each entry by method: random coil and, of test proteins, the real programs'.

    Raises as :func:`common.shifts.peers.shifts`.
    """
    made = {"random_coil": [coil(entry.protein) for entry in entries]}
    for program in peers.PROGRAMS if programs else ():
        made[program] = [peers.shifts(entry, program) for entry in entries]
    return made
