"""Secondary structure by the consensus chemical shift index (Wishart & Sykes, J Biomol NMR 1994;4:171).

Each nucleus votes for helix or strand where its secondary shift is beyond a threshold; runs of votes
decide. Angles are those usual in the state found: the simplest prediction of torsion angles that there is.
"""

from __future__ import annotations

import numpy as np

from common.metrics.torsions import TorsionPrediction
from common.shiftlist import NUCLEI

from . import data

#: Thresholds in ppm (Wishart & Sykes 1994), and the sign of a secondary shift in a helix.
VOTES = {"HA": (0.1, -1), "CA": (0.7, 1), "C": (0.5, 1), "CB": (0.7, -1)}
#: Residues of a window, votes that it needs in it: 70 % of four and of three.
RUNS = {"H": (4, 3), "E": (3, 3)}
#: ours: usual phi and psi in degrees; for coil those of polyproline, its commonest.
ANGLES = {"H": (-63, -42), "E": (-120, 135), "C": (-70, 145)}


def states(table: data.Table) -> np.ndarray:
    """``H``, ``E`` or ``C`` (rows,) of each residue."""
    shifts, flags = (table.features[:-1, part] for part in (data.SHIFTS, data.FLAGS))
    votes = np.zeros(len(table))
    for name, (threshold, sign) in VOTES.items():
        column = NUCLEI.index(name)
        ppm = sign * shifts[:, column] * data.SCALE[column]
        votes += np.where(np.abs(ppm) > threshold, np.sign(ppm), 0) * flags[:, column]
    index = np.sign(votes)
    found = np.full(len(table), "C")
    for state, wanted in (("E", -1), ("H", 1)):
        length, least = RUNS[state]
        found[_runs(index, wanted, length, least, table.piece)] = state
    return found


def _runs(index, wanted: int, length: int, least: int, piece) -> np.ndarray:
    """Whether (rows,) residues are between wanted votes of a window with enough of them and none against."""
    inside = np.zeros(len(index), bool)
    for start in range(len(index) - length + 1):
        window = slice(start, start + length)
        one = piece[start] == piece[start + length - 1]
        if one and (index[window] == wanted).sum() >= least and not (index[window] == -wanted).any():
            votes = start + np.flatnonzero(index[window] == wanted)
            inside[votes[0] : votes[-1] + 1] = True
    return inside


def predict(table: data.Table) -> TorsionPrediction:
    """States, and the usual angles of each, all of them Generous."""
    found = states(table)
    angles = np.radians([ANGLES[state] for state in found])
    return TorsionPrediction(angles, np.full(len(found), "Generous"), secondary=found)
