"""Predictions in files: a table like TALOS-N's, torsion restraints for CYANA and XPLOR-NIH."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from common.metrics.torsions import ROTAMERS
from common.shiftlist import ShiftList
from common.structures import THREE_LETTER

from .predict import Prediction

#: Columns of the table and how they are written. Those up to COUNT and CLASS are TALOS-N's.
COLUMNS = {
    "RESID": "%5d", "RESNAME": "%s", "PHI": "%8.3f", "PSI": "%8.3f", "DPHI": "%8.3f", "DPSI": "%8.3f",
    "DIST": "%8.3f", "S2": "%5.3f", "COUNT": "%2d", "CS_COUNT": "%2d", "SURE": "%5.3f", "SS": "%s",
    "SS_H": "%5.3f", "SS_E": "%5.3f", "CHI1": "%4s", "CHI1_P": "%5.3f", "CLASS": "%s",
}  # fmt: skip
#: What stands for an angle that is not predicted, and for an unknown order parameter.
NO_ANGLE, NO_VALUE = 9999.0, 0.0
#: Half width of a restraint in degrees: at least this, and this many standard deviations (as with TALOS-N: 20
#: degrees or twice the spread).
NARROWEST, DEVIATIONS = 20.0, 2.0
#: Half width of a restraint on chi1: a rotamer and what is usual about it (ours).
ROTAMER_WIDTH = 30.0
#: Names of the rotamers as TALOS-N has them.
ROTAMER_NAMES = ("60", "180", "-60")
#: The four atoms of phi and psi, each with the residue it is of, counted from the residue's own.
ATOMS = {
    "PHI": ((-1, "C"), (0, "N"), (0, "CA"), (0, "C")),
    "PSI": ((0, "N"), (0, "CA"), (0, "C"), (1, "N")),
}
#: Fourth atom of chi1 by residue; CG for all others.
GAMMA = {"C": "SG", "I": "CG1", "V": "CG1", "S": "OG", "T": "OG1"}


def table(shifts: ShiftList, found: Prediction, s2: np.ndarray, counts: np.ndarray, notes) -> str:
    """The table of predictions, a row a residue of the twenty amino acids.

    s2: (n,) order parameters from shifts; counts: (n,) shifts of a residue. Angles of the first and of the
    last residue, and of those far from any shift, are 9999; their class is None.
    """
    lines = [f"REMARK {note}" for note in notes] + [""]
    first, letters = int(shifts.numbers[0]), shifts.sequence
    lines.append(f"DATA FIRST_RESID {first}")
    lines += [f"DATA SEQUENCE {letters[k : k + 60]}" for k in range(0, len(letters), 60)]
    lines += ["", f"VARS   {' '.join(COLUMNS)}", f"FORMAT {' '.join(COLUMNS.values())}", ""]
    for row, values in enumerate(rows(shifts, found, s2, counts)):
        if letters[row] != "X":
            lines.append(" ".join(form % value for form, value in zip(COLUMNS.values(), values, strict=True)))
    return "\n".join(lines) + "\n"


def rows(shifts: ShiftList, found: Prediction, s2, counts) -> Iterator[tuple]:
    """The values of each residue in the order of ``COLUMNS``."""
    angles, spread = np.degrees(found.torsions.angles), np.degrees(found.torsions.sd)
    for i, letter in enumerate(shifts.sequence):
        named = found.torsions.classes[i] != "None"
        phi, psi = angles[i] if named else (NO_ANGLE, NO_ANGLE)
        rotamer = found.torsions.rotamers[i]
        yield (
            shifts.numbers[i], letter, phi, psi, *(spread[i] if named else (0.0, 0.0)),
            np.nan_to_num(found.distance[i]), np.nan_to_num(s2[i], nan=NO_VALUE), found.matching[i],
            counts[i], found.torsions.confidence[i], found.torsions.secondary[i], *found.secondary[i, :2],
            ROTAMER_NAMES[rotamer] if rotamer >= 0 else "-", found.rotamers[i].max(),
            found.torsions.classes[i],
        )  # fmt: skip


def restraints(shifts: ShiftList, found: Prediction, classes, chi1: bool) -> list[tuple]:
    """Residue row, angle, middle and half width in degrees of what is restrained.

    classes: of the residues that are. chi1: restrain stated rotamers of these too. An angle over a gap in the
    numbers is none.
    """
    made, numbers = [], shifts.numbers
    angles = np.degrees(found.torsions.angles)
    width = np.maximum(NARROWEST, DEVIATIONS * np.degrees(found.torsions.sd))
    for i in np.flatnonzero(np.isin(found.torsions.classes, classes)):
        if i > 0 and numbers[i - 1] == numbers[i] - 1:
            made.append((i, "PHI", angles[i, 0], width[i, 0]))
        if i + 1 < len(numbers) and numbers[i + 1] == numbers[i] + 1:
            made.append((i, "PSI", angles[i, 1], width[i, 1]))
        if chi1 and found.torsions.rotamers[i] >= 0:
            made.append((i, "CHI1", float(ROTAMERS[found.torsions.rotamers[i]]), ROTAMER_WIDTH))
    return made


def cyana(shifts: ShiftList, made: list[tuple]) -> str:
    """Restraints as CYANA reads them (.aco): number, residue, angle, lower and upper limit."""
    lines = [
        f"{shifts.numbers[i]:4d} {THREE_LETTER[shifts.sequence[i]]:<4} {angle:<5}"
        f" {middle - width:8.1f} {middle + width:8.1f}"
        for i, angle, middle, width in made
    ]
    return "\n".join(lines) + "\n"


def xplor(shifts: ShiftList, made: list[tuple]) -> str:
    """Restraints as XPLOR-NIH and CNS read them (.tbl): four atoms, energy, middle, half width, exponent."""
    lines = []
    for i, angle, middle, width in made:
        number, letter = int(shifts.numbers[i]), shifts.sequence[i]
        atoms = ATOMS.get(angle) or ((0, "N"), (0, "CA"), (0, "CB"), (0, GAMMA.get(letter, "CG")))
        picks = " ".join(f"(resid {number + step} and name {name})" for step, name in atoms)
        lines.append(f"assign {picks} 1.0 {middle:7.1f} {width:6.1f} 2  ! {letter}{number} {angle}")
    return "\n".join(lines) + "\n"
