"""Candidate structures of one crystal, ranked by how well their shieldings fit measured shifts.

The protocol of Paruzzo et al. (2018) on cocaine: the shift is an offset less the shielding (slope -1), the
offset fitted for each candidate by itself; the root mean square error over the measured sites ranks them. As
a second row one line, slope and offset, fitted to all candidates together.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from common.errors import FormatError, UserError
from common.io.text import number, read_lines
from common.structures import Crystal

from .densities import ELEMENTS
from .environments import NUMBERS

#: Names of the columns of measured shifts, in any order.
ATOMS = ("atoms", "h_index_in_molecule_1based")
SHIFTS = ("shift", "exp_shift_ppm")


@dataclass(frozen=True)
class Measured:
    """Measured shifts (sites,) in ppm of one nucleus, and the atoms that each is the mean of.

    atoms: numbers in the molecule, from 0, among those of that element; count: how many of it a molecule has.
    """

    sites: tuple[str, ...]
    atoms: tuple[tuple[int, ...], ...]
    shifts: np.ndarray
    count: int
    element: str = "H"


@dataclass(frozen=True)
class Ranking:
    """Root mean square errors (n,) in ppm of candidates against measured shifts, and their lines.

    A shift is ``offset + slope * shielding``; slopes (n,) and offsets (n,) in ppm.
    """

    names: tuple[str, ...]
    rmse: np.ndarray
    slopes: np.ndarray
    offsets: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Indices of the candidates, the best first."""
        return np.argsort(self.rmse, kind="stable")

    @property
    def first(self) -> str:
        """The best candidate."""
        return self.names[self.order[0]]

    @property
    def margin(self) -> float:
        """By how much the second is worse than the first, in ppm; infinite where there is one alone."""
        best = np.sort(self.rmse)
        return float(best[1] - best[0]) if len(best) > 1 else float("inf")

    def place(self, name: str) -> int:
        """The rank of a candidate, from 1."""
        return int(np.flatnonzero(self.order == self.names.index(name))[0]) + 1


def read_measured(path) -> Measured:
    """Measured shifts of a CSV file with the columns ``site``, ``atoms``, ``shift``, and maybe ``element``.

    ``atoms`` counts those of the element (H by default) in one molecule from 1, several parted by ``;``, in
    the order of the structures. A row without a shift counts its atoms and is not compared. FormatError names
    the line.
    """
    lines = [line for line in read_lines(path) if line.strip()]
    rows = list(csv.DictReader(lines))
    if not rows:
        raise FormatError(path, "has no measured shifts; a list begins with the header site,atoms,shift")
    sites, atoms, shifts, elements = zip(*_rows(path, rows), strict=True)
    element, *others = sorted(set(elements))
    if others or element not in ELEMENTS:
        found = ", ".join([element, *others])
        raise FormatError(path, f"is of the elements {found}; one of H, C, N, O at a time")
    every = [atom for group in atoms for atom in group]
    if len(set(every)) < len(every):
        raise FormatError(path, "names an atom twice")
    compared = [k for k, shift in enumerate(shifts) if not np.isnan(shift)]
    if len(compared) < 3:
        raise FormatError(path, "has fewer than three shifts; an offset and an error need more")
    return Measured(
        tuple(sites[k] for k in compared), tuple(atoms[k] for k in compared),
        np.array([shifts[k] for k in compared]), max(every) + 1, element,
    )  # fmt: skip


def _rows(path, rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, tuple[int, ...], float, str]]:
    """Site, atoms from 0, shift (NaN where there is none) and element of each row.

    FormatError names the line.
    """
    keys = [next((key for key in names if key in rows[0]), None) for names in (ATOMS, SHIFTS)]
    if None in keys:
        raise FormatError(path, "lacks a column; a list begins with the header site,atoms,shift")
    for line, row in enumerate(rows, start=2):
        words, said = ((row[key] or "").strip() for key in keys)
        try:
            atoms = tuple(int(word) - 1 for word in words.split(";"))
            if min(atoms) < 0:
                raise ValueError("atoms count from 1")
            shift = number(said) if said else np.nan
        except ValueError as error:
            raise FormatError(path, f"line {line}: {error}") from None
        yield row.get("site") or str(line - 1), atoms, shift, (row.get("element") or "H").strip()


def of_sites(crystal: Crystal, measured: Measured) -> np.ndarray:
    """Mean shieldings (sites,) in ppm of the measured sites, over the molecules of the cell.

    The copies of an atom stand together in the file, as symmetry makes them, or the atoms of a molecule do:
    whichever makes the copies more alike. UserError where the cell has no whole number of molecules.
    """
    values = crystal.shieldings[crystal.numbers == NUMBERS[measured.element]]
    if not len(values) or len(values) % measured.count:
        raise UserError(
            f"{crystal.name}: {len(values)} {measured.element} atoms are no whole number of molecules with"
            f" the {measured.count} of the measured shifts; list the missing ones too, without a shift"
        )
    together, apart = values.reshape(measured.count, -1), values.reshape(-1, measured.count).T
    copies = min((together, apart), key=lambda one: float(np.var(one, axis=1).mean()))
    return np.array([copies[list(atoms)].mean() for atoms in measured.atoms])


def rank(crystals: Sequence[Crystal], measured: Measured, *, one_line: bool = False) -> Ranking:
    """Candidates by their error; ``one_line``: one slope and offset for all of them, fitted together.

    Of each candidate the shieldings of the measured element are known. UserError: :func:`of_sites`.
    """
    shieldings = np.array([of_sites(crystal, measured) for crystal in crystals])
    n = len(crystals)
    if one_line:
        slope, offset = np.polyfit(shieldings.ravel(), np.tile(measured.shifts, n), 1)
        slopes, offsets = np.full(n, slope), np.full(n, offset)
    else:
        slopes, offsets = np.full(n, -1.0), (measured.shifts + shieldings).mean(1)
    errors = offsets[:, None] + slopes[:, None] * shieldings - measured.shifts
    return Ranking(
        tuple(crystal.name for crystal in crystals), np.sqrt(np.mean(errors**2, axis=1)), slopes, offsets
    )


def figure(rankings: Mapping[str, Ranking], best: str = ""):
    """The errors of all candidates, a row each in the order of the first ranking, a colour a method.

    best: the candidate whose name is set in bold.
    """
    from matplotlib.figure import Figure

    colours = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito, 2008
    known = next(iter(rankings.values()))
    names = [known.names[k] for k in known.order]
    made = Figure(figsize=(6.0, 1.2 + 0.19 * len(names)), layout="constrained")
    plot = made.subplots()
    for colour, (method, ranking) in zip(colours, rankings.items(), strict=False):
        errors = dict(zip(ranking.names, ranking.rmse, strict=True))
        label = f"{method}: first {ranking.first}, margin {ranking.margin:.2f} ppm"
        rows = np.arange(len(names))
        plot.plot([errors[name] for name in names], rows, "o", color=colour, markersize=5, label=label)
    for row in range(len(names)):
        plot.axhline(row, color="#dddddd", linewidth=0.6, zorder=0)
    plot.set_yticks(range(len(names)), names, fontsize=8)
    for label in plot.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() == best else "normal")
    plot.invert_yaxis()
    plot.set_xlim(left=0)
    plot.set_xlabel("root mean square error against measured shifts (ppm)", fontsize=9)
    plot.tick_params(labelsize=8)
    plot.spines[["top", "right"]].set_visible(False)
    made.legend(loc="outside upper left", fontsize=8, frameon=False)
    return made
