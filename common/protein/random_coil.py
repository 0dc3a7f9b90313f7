"""Random coil shifts of a sequence, and how far observed shifts are from them.

The tables are those of SPARTA+ and TALOS-N (``random_coil.toml``): SPARTA+ adds no effect of neighbours,
TALOS-N does. Cysteines are reduced unless said otherwise.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import numpy as np

from common.protein.cysteines import oxidised_cysteines
from common.shiftlist import COLUMNS, NUCLEI, six
from common.structures import AMINO_ACIDS

TABLE = Path(__file__).with_suffix(".toml")
#: Rows of the tables: the twenty, the oxidised cysteine, and what is unknown or not there.
ROWS = AMINO_ACIDS + "c" + "X"
UNKNOWN = ROWS.index("X")


@functools.cache
def tables(path: Path = TABLE) -> dict[str, np.ndarray]:
    """Tables (22, 6) of a file in ppm, ``ROWS`` by ``NUCLEI``: ``coil`` and what is added to it.

    NaN in ``coil`` where a residue has no such nucleus, or none that is seen; effects that the file does not
    have are zero.
    """
    found = {}
    for name, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
        found[name] = np.full((len(ROWS), len(NUCLEI)), np.nan if name == "coil" else 0.0)
        for letter, effects in rows.items():
            for nucleus, value in effects.items():
                found[name][ROWS.index(letter), NUCLEI.index(nucleus)] = value
    # the amide nitrogen of proline has a table value, but no program predicts or reads it
    found["coil"][ROWS.index("P"), NUCLEI.index("N")] = np.nan
    return found


def rows_of(sequence: str, oxidised: np.ndarray | None = None) -> np.ndarray:
    """Rows (n,) of the tables for one-letter codes; oxidised: (n,) boolean, which of the cysteines."""
    rows = np.array([ROWS.find(letter) for letter in sequence.replace("c", "X")], dtype=int)
    rows[rows < 0] = UNKNOWN
    if oxidised is not None:
        rows[np.asarray(oxidised) & (rows == ROWS.index("C"))] = ROWS.index("c")
    return rows


def neighbour_rows(rows: np.ndarray, bonded: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n,) of the residues before and after each; ``UNKNOWN`` at ends and, by ``bonded``, at breaks."""
    previous, following = np.full((2, len(rows)), UNKNOWN)
    joined = np.ones(len(rows), bool) if bonded is None else np.asarray(bonded, bool)
    previous[1:] = np.where(joined[1:], rows[:-1], UNKNOWN)
    following[:-1] = np.where(joined[1:], rows[1:], UNKNOWN)
    return previous, following


def random_coil(
    sequence: str,
    *,
    neighbours: bool,
    oxidised: np.ndarray | None = None,
    bonded: np.ndarray | None = None,
) -> np.ndarray:
    """Random coil shifts (n, 8) of ``COLUMNS`` in ppm, 13C against DSS.

    Residue and adjustment as in SPARTA+ (Shen & Bax 2010); with ``neighbours`` also the effects of the
    residues before and after, as in TALOS-N (Shen & Bax 2013). oxidised: (n,) boolean, cysteines of disulfide
    bonds. bonded: (n,) boolean, whether a residue follows the one above it by a peptide bond
    (``Protein.bonded``); all do without it. NaN for HN and N of proline, CB and HA of glycine (HA2 and HA3
    share one value), HA2 and HA3 of all others, and for letters not among the twenty.
    """
    table = tables()
    rows = rows_of(sequence, oxidised)
    shifts = table["coil"][rows] + table["adjustment"][rows]
    if neighbours:
        previous, following = neighbour_rows(rows, bonded)
        shifts = shifts + table["previous"][previous] + table["next"][following]
    values = np.full((len(rows), len(COLUMNS)), np.nan)
    values[:, : len(NUCLEI)] = shifts
    glycine, alpha = rows == ROWS.index("G"), NUCLEI.index("HA")
    values[glycine, len(NUCLEI) :] = values[glycine, alpha, None]
    values[glycine, alpha] = np.nan
    return values


def secondary_shifts(shifts: np.ndarray, sequence: str, bonded: np.ndarray | None = None) -> np.ndarray:
    """Secondary shifts (n, 6) of ``NUCLEI`` in ppm as TALOS-N defines them: observed less random coil.

    shifts: (n, 6) in ppm, HA of glycine the mean of both (:func:`common.shiftlist.six`). Neighbours count,
    and cysteines with CB above 34 ppm are oxidised.
    """
    oxidised = oxidised_cysteines(shifts, sequence)
    return shifts - six(random_coil(sequence, neighbours=True, oxidised=oxidised, bonded=bonded))
