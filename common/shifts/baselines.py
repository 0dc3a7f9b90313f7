"""Conventional predictions of shifts that networks are compared with."""

from __future__ import annotations

import numpy as np

from common.protein.cysteines import disulfides
from common.protein.random_coil import random_coil
from common.structures import Protein


def coil(protein: Protein) -> np.ndarray:
    """Random coil shifts (n, 8) in ppm with the effects of neighbours, disulfides found in the structure."""
    oxidised = disulfides(protein)
    return random_coil(protein.sequence, neighbours=True, oxidised=oxidised, bonded=protein.bonded)
