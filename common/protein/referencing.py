"""Whether shifts are referenced as they should be: an offset a nucleus, its error, and how to take it off.

13C and 1H refer to DSS and 15N to liquid ammonia, by frequency ratios (Markley et al., Pure Appl Chem
1998;70:117). Lists that refer to something else are off by a constant. With a structure it is the mean of
observed less predicted shifts. Without one, secondary shifts tell: that of CA less that of CB does not
depend on the reference of 13C and says which conformation a residue has, and so where CA, CB, C' and HA
should be (LACS: Wang et al., J Biomol NMR 2005;32:13), and N and HN of the residue after it (Wang & Markley,
J Biomol NMR 2009;44:95). LACS fits two lines to every protein; here all proteins share one curve a nucleus
(``referencing.toml``) and only the offset is left to be found, which scatters half as much (CA 0.15 ppm,
where the two lines have 0.25; N 0.6 and 1.1).
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.protein.random_coil import secondary_shifts
from common.shiftlist import COLUMNS, NUCLEI

TABLE = Path(__file__).with_suffix(".toml")
#: Nuclei that one reference serves.
ELEMENTS = {"1H": ("HN", "HA"), "13C": ("C", "CA", "CB"), "15N": ("N",)}
#: How shifts are told to be off: by predictions from a structure, or by themselves.
PREDICTED, ALONE = "structure", "shifts"
#: Huber's constant, and what it costs in standard error at 95 % efficiency (Huber 1981).
HUBER, INEFFICIENCY = 1.345, 0.95**-0.5
#: Fewest residues that an offset is found from (ours: the spread is known to a quarter then).
FEWEST = 10
#: An offset of so many standard errors is significant (ours: one sound nucleus in 400, were errors normal).
SIGNIFICANT = 3.0
#: A cause is named where the offset is this near to what it makes (ppm; ours: 1.7 and 2.66 are told apart).
TOLERANCE = 0.3
#: Residues that do not tell their conformation by CA less CB (LACS leaves them out as well).
SILENT = "GCPX"


@dataclass(frozen=True)
class Offsets:
    """How far observed shifts are from where they should be, (6,) each after ``NUCLEI``.

    values: in ppm, positive where shifts are too large, NaN where it cannot be told; errors: standard errors
    in ppm, that of the mean and what sound proteins scatter by; counts: residues used; source: ``PREDICTED``
    or ``ALONE``.
    """

    values: np.ndarray
    errors: np.ndarray
    counts: np.ndarray
    source: str

    @property
    def significant(self) -> np.ndarray:
        """Which nuclei (6,) are off by more than ``SIGNIFICANT`` standard errors."""
        return np.abs(self.values) > SIGNIFICANT * self.errors

    def joint(self, element: str) -> tuple[float, float]:
        """Offset and error in ppm of an element's reference, ``1H``, ``13C`` or ``15N``; NaN if not known.

        The weighted mean of its nuclei, its error raised where they disagree (chi, as for particle masses).
        """
        rows = self._rows(element)
        if not len(rows):
            return np.nan, np.nan
        weights = self.errors[rows] ** -2
        value = float((weights * self.values[rows]).sum() / weights.sum())
        chi2 = float((weights * (self.values[rows] - value) ** 2).sum())
        return value, float(weights.sum() ** -0.5 * max(1.0, chi2 / max(len(rows) - 1, 1)) ** 0.5)

    def _rows(self, element):
        # from shifts alone CA and CB tell the same: each is the other less what has no offset
        names = [name for name in ELEMENTS[element] if self.source == PREDICTED or name != "CB"]
        rows = np.array([NUCLEI.index(name) for name in names])
        return rows[np.isfinite(self.values[rows])]

    def amounts(self) -> np.ndarray:
        """What to take off (6,) in ppm: the element's joint offset where its nuclei agree, else each its own.

        Zero for what is not significant.
        """
        found = np.zeros(len(NUCLEI))
        for element, names in ELEMENTS.items():
            rows = np.array([NUCLEI.index(name) for name in names])
            value, error = self.joint(element)
            known = rows[np.isfinite(self.values[rows])]
            if (np.abs(self.values[known] - value) < SIGNIFICANT * self.errors[known]).all():
                found[rows] = value if abs(value) > SIGNIFICANT * error else 0.0
            else:
                found[known] = np.where(self.significant[known], self.values[known], 0.0)
        return found


def reference_offsets(
    shifts: np.ndarray,
    sequence: str,
    *,
    expected: np.ndarray | None = None,
    bonded: np.ndarray | None = None,
) -> Offsets:
    """Offsets of shifts (n, 6) of ``NUCLEI`` in ppm.

    expected: (n, 6) predicted from a structure, if there is one. Without it CA and CB have to be known.
    bonded: (n,) boolean, whether a residue follows the one above it by a peptide bond (all, without it).
    """
    if expected is not None:
        return _offsets(shifts - expected, PREDICTED)
    secondary = secondary_shifts(shifts, sequence, bonded)
    silent = np.isin(list(sequence), list(SILENT))
    conformation = secondary[:, NUCLEI.index("CA")] - secondary[:, NUCLEI.index("CB")]
    conformation[silent] = np.nan
    before = np.concatenate([[np.nan], conformation[:-1]])
    if bonded is not None:
        before[~np.asarray(bonded, bool)] = np.nan
    differences = np.full(secondary.shape, np.nan)
    for column, name in enumerate(NUCLEI):
        known = before if name in ("N", "HN") else conformation
        differences[:, column] = secondary[:, column] - curve(name, known)
    return _offsets(differences, ALONE)


def corrected(shifts: np.ndarray, offsets: Offsets) -> np.ndarray:
    """Shifts (n, 6) of ``NUCLEI`` or (n, 8) of ``COLUMNS`` with the significant offsets taken off."""
    amounts = offsets.amounts()
    both = np.full(len(COLUMNS) - len(NUCLEI), amounts[NUCLEI.index("HA")])
    return shifts - np.concatenate([amounts, both])[: shifts.shape[1]]


def warning(offsets: Offsets) -> list[str]:
    """A line for every reference that is off, in words for the user; none if all is well."""
    amounts, lines = offsets.amounts(), []
    for element, names in ELEMENTS.items():
        rows = [NUCLEI.index(name) for name in names]
        rows = [row for row in rows if amounts[row] and offsets.counts[row]]
        if not rows:
            continue
        value, error = offsets.joint(element)
        if (amounts[rows] == value).all():
            told = f"{', '.join(NUCLEI[row] for row in rows)} {value:+.2f} +- {error:.2f} ppm"
            told += _guess(element, value, error)
        else:
            each = (f"{NUCLEI[k]} {offsets.values[k]:+.2f} +- {offsets.errors[k]:.2f}" for k in rows)
            told = f"{', '.join(each)} ppm, each for itself"
        lines.append(f"{element} looks misreferenced: {told}; --reference auto takes it out")
    return lines


def robust_mean(values: np.ndarray) -> tuple[float, float, int]:
    """Huber's estimate of location, its standard error and how many values (k,) are not NaN."""
    values = values[np.isfinite(values)]
    if len(values) < FEWEST:
        return np.nan, np.nan, len(values)
    centre = np.median(values)
    spread = max(1.4826 * np.median(np.abs(values - centre)), 1e-9)
    for _ in range(50):
        weights = np.minimum(1, HUBER * spread / np.maximum(np.abs(values - centre), 1e-12))
        before, centre = centre, (weights * values).sum() / weights.sum()
        if abs(centre - before) < 1e-6 * spread:
            break
    return float(centre), float(INEFFICIENCY * spread / len(values) ** 0.5), len(values)


def curve(nucleus: str, conformation: np.ndarray) -> np.ndarray:
    """Mean secondary shift of a nucleus in ppm where CA less CB is this far from random coil, in ppm."""
    table = _table()
    return np.interp(conformation, table["knots"], table["curves"][nucleus])


@functools.cache
def _table():
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _offsets(differences, source):
    found = [robust_mean(column) for column in differences.T]
    scatter = np.array([_table()["scatter"][source][name] for name in NUCLEI])
    values, errors, counts = (np.array(part) for part in zip(*found, strict=True))
    return Offsets(values, np.hypot(errors, scatter), counts, source)


def _guess(element, value, error):
    """What the list may be instead, from what is known to make such differences."""
    for amount, cause in _table()["causes"].get(element, []):
        if abs(value - amount) < max(2 * error, TOLERANCE):
            return f" ({cause}?)"
    return ""
