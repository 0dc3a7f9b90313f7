"""Random coil index: how ordered the backbone is, from how far its shifts are from random coil.

Berjanskii & Wishart (JACS 2005;127:14970; Nat Protoc 2006;1:683; J Biomol NMR 2008;40:31). Constants as in
their program, by way of makeshift-nmr 0.2.0, which ports it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.protein.random_coil import UNKNOWN, rows_of, tables
from common.shiftlist import NUCLEI

TABLE = Path(__file__).with_suffix(".toml")
#: What a ppm counts, in the program's "Hz", and the weight of a nucleus; HN takes no part.
HERTZ = {"N": 1.0, "HN": 10.0, "HA": 10.0, "C": 2.5, "CA": 2.5, "CB": 2.5}
WEIGHT = {"N": 0.59, "HN": 0.0, "HA": 0.85, "C": 0.72, "CA": 0.72, "CB": 0.15}
#: Smallest deviation of one shift, and of a nucleus after smoothing ("Hz").
SHIFT_FLOOR, FLOOR = 0.1, 0.5
#: Largest index before and after the ends are corrected, and what the index is divided by.
CEILING, END_CEILING, SCALE = 0.5, 0.6, 1.125
#: A missing deviation is taken from the nearest on either side, this far at most (residues).
GAP = 2
#: CB of a cysteine above this is oxidised and left out: the table has no value for it (ppm).
OXIDISED = 35.0
#: The ends: corrected this far in, up to the largest index this far in (residues).
END, END_SEARCH = 3, 4


def expected(sequence: str) -> np.ndarray:
    """Random coil shifts (n, 6) of ``NUCLEI`` in ppm with the effects of neighbours up to two away."""
    table, rows = tables(TABLE), rows_of(sequence)
    shifts = table["coil"][rows]
    far = np.concatenate([np.full(2, UNKNOWN), rows, np.full(2, UNKNOWN)])
    for start, name in enumerate(("previous_but_one", "previous", None, "next", "next_but_one")):
        if name:
            shifts = shifts + table[name][far[start : start + len(rows)]]
    return shifts


def rci(shifts: np.ndarray, sequence: str) -> np.ndarray:
    """Random coil index (n,) of consecutive residues; 0.02 is rigid, 0.4 a coil.

    shifts: (n, 6) of ``NUCLEI`` in ppm, NaN where missing; a residue with none but HN has NaN. Deviations
    from random coil are filled over gaps of two residues, smoothed over three for each nucleus, weighted and
    averaged over the nuclei that are there. The index is the power -1.5 of that, raised at the ends and
    smoothed over three.
    """
    scale, weight = (np.array([values[name] for name in NUCLEI]) for values in (HERTZ, WEIGHT))
    deviation = np.abs(shifts - expected(sequence)) * scale
    deviation[deviation > 0] = np.maximum(deviation[deviation > 0], SHIFT_FLOOR)
    beta = NUCLEI.index("CB")
    oxidised = (np.array(list(sequence)) == "C") & (shifts[:, beta] > OXIDISED)
    deviation[oxidised, beta] = np.nan
    used = np.flatnonzero(weight)
    smoothed = np.maximum(smooth(fill(deviation[:, used])), FLOOR)
    index = np.minimum(mean(smoothed * weight[used] * len(used), axis=1) ** -1.5, CEILING)
    index = smooth(raise_ends(index)[:, None])[:, 0] / SCALE
    return np.where(np.isfinite(shifts[:, used]).any(1), index, np.nan)


def rci_s2(shifts: np.ndarray, sequence: str, bonded: np.ndarray | None = None) -> np.ndarray:
    """Order parameter S2 (n,) of the backbone from shifts (n, 6) of ``NUCLEI`` in ppm.

    NaN for a residue that has no shift but HN.

    S2 = 1 - 0.4 ln(1 + 17.7 RCI), Berjanskii & Wishart (2008); TALOS-N adds 0.003. bonded: (n,) boolean,
    whether a residue follows the one above it by a peptide bond (all, without it); nothing reaches over a
    break.
    """
    joined = np.ones(len(sequence), bool) if bonded is None else np.array(bonded, bool)
    # rows of nothing between the pieces, more than any step reaches over
    places = np.arange(len(sequence)) + np.cumsum(~joined) * (2 * GAP + 2)
    places -= places[0] if len(places) else 0
    spaced = np.full((places[-1] + 1 if len(places) else 0, len(NUCLEI)), np.nan)
    letters = np.full(len(spaced), "X")
    spaced[places], letters[places] = shifts, list(sequence)
    index = rci(spaced, "".join(letters))
    return (1 - 0.4 * np.log(1 + 17.7 * index))[places]


def mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean along an axis of what is there; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis)
    return np.where(count > 0, np.where(known, values, 0).sum(axis) / np.maximum(count, 1), np.nan)


def moved(values: np.ndarray, step: int) -> np.ndarray:
    """Values (n, k) of the residues ``step`` further on, NaN beyond the ends."""
    result = np.full_like(values, np.nan)
    if step > 0:
        result[:-step] = values[step:]
    else:
        result[-step:] = values[:step]
    return result


def fill(values: np.ndarray) -> np.ndarray:
    """Values (n, k) with missing ones taken from the nearest within ``GAP`` on either side, their mean."""
    sides = []
    for direction in (1, -1):
        nearest = np.full_like(values, np.nan)
        for step in range(GAP, 0, -1):
            candidate = moved(values, direction * step)
            nearest = np.where(np.isfinite(candidate), candidate, nearest)
        sides.append(nearest)
    return np.where(np.isfinite(values), values, mean(np.stack(sides), axis=0))


def smooth(values: np.ndarray) -> np.ndarray:
    """Means (n, k) over each residue and its two neighbours, where the residue itself has a value."""
    window = np.stack([moved(values, 1), values, moved(values, -1)])
    return np.where(np.isfinite(values), mean(window, axis=0), np.nan)


def raise_ends(index: np.ndarray) -> np.ndarray:
    """Index (n,) with the ends reflected at the largest index near them: smoothing makes ends too rigid."""
    result = index.copy()
    for view, raised in ((index, result), (index[::-1], result[::-1])):
        near = view[: END_SEARCH + 1]
        if not np.isfinite(near).any():
            continue
        top = int(np.nanargmax(near))
        outer = view[: min(top, END + 1)]
        raised[: len(outer)] = np.where(
            np.isfinite(outer), np.minimum(2 * near[top] - outer, END_CEILING), np.nan
        )
    return result
