"""Order parameters of N-H by the contact model (Zhang & Brueschweiler 2002, J Am Chem Soc 124:12654)."""

from __future__ import annotations

import numpy as np

from common.protein.geometry import previous, squared_distances
from common.structures import Protein

#: paper: eq. 1, as SPARTA+ takes it (PDB.cc): scale, weight of contacts of H, offset; distances in angstrom.
SCALE, HYDROGEN_WEIGHT, OFFSET = 2.656, 0.8, 0.1
#: ours: residues at once, which bounds memory.
BLOCK = 64


def contact_order(protein: Protein) -> np.ndarray:
    """Contact-model order parameters S2 (n,) of N-H, first conformer; NaN where undefined.

    tanh(2.656 sum_k [exp(-r(O(i-1), k)) + 0.8 exp(-r(H(i), k))]) - 0.1 over the heavy atoms k of all residues
    but i and i-1; proline's N stands for H. The first and last residue of a chain are extrapolated from the
    two beside it, as in SPARTA+: S2 falls by as much as those differ, where both are positive. SPARTA+ has 0
    where this has NaN.
    """
    carbonyl = previous(protein, protein.position("O"))
    hydrogen = np.where((protein.residues == "PRO")[:, None], protein.position("N"), protein.position("H"))
    known = np.flatnonzero(np.isfinite(carbonyl + hydrogen).all(-1))
    heavy = np.flatnonzero(~np.isin(protein.elements, ["H", "D"]))
    contacts = np.full(len(protein), np.nan)
    for some in np.array_split(known, len(known) // BLOCK + 1):
        owner = protein.residue_of[heavy]
        away = (owner != some[:, None]) & (owner != some[:, None] - 1)
        to_o, to_h = (
            _decay(squared_distances(points[some], protein.xyz[heavy])) for points in (carbonyl, hydrogen)
        )
        contacts[some] = np.sum(away * (to_o + HYDROGEN_WEIGHT * to_h), axis=1)
    order = np.tanh(SCALE * contacts) - OFFSET
    for chain in dict.fromkeys(protein.chains):
        _extrapolate(order, np.flatnonzero(protein.chains == chain))
    return order


def _decay(square):
    """exp(-r) of squared distances, in their place."""
    np.sqrt(square, out=square)
    np.negative(square, out=square)
    return np.exp(square, out=square)


def _extrapolate(order, chain):
    """Fill in the ends of a chain, residues given by index, in place."""
    if len(chain) < 3:
        return
    for end, second, third in (chain[:3], chain[:-4:-1]):
        if order[second] > 0 and order[third] > 0:
            order[end] = order[second] - abs(order[second] - order[third])
