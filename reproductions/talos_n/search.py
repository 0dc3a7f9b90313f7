"""Search of a database of known proteins for stretches like one of the query, and angles from what it finds.

Seven residues of the query are compared with every seven of the database in sequence, in secondary shifts,
and in how probable networks call the angles of the database's residues for those of the query. How these
count is ours, chosen on held-out proteins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.protein.blosum import BLOSUM62

from . import data, grid

#: Residues on either side of the middle of a stretch: seven in all.
REACH = 3
#: Weights of the residues of a stretch from the middle outwards.
PLACES = (1.0, 0.6, 0.3, 0.15)
#: Of half a bit of BLOSUM62, beside the mean square of scaled differences of shifts and a natural logarithm.
SEQUENCE = 0.05
#: Mean square of two residues that have no nucleus in common.
MISSING = 1.0
#: A bin that networks call less probable than this counts as this.
LEAST = 1e-5
#: Cost by which a match weighs a factor e less, and width of its hill in degrees.
TEMPERATURE, WIDTH = 1.0, 15.0


@dataclass(frozen=True)
class Residues:
    """Residues with rows of nothing between unbroken stretches, (rows, ...) each.

    shifts: scaled secondary ones, 0 where unknown; known: (rows, 6) flags. codes: (rows,) index of the
    amino acid, -1 where nothing. there: (rows,) whether there is a residue. place: (rows,) row of the
    table, -1 where nothing.
    """

    shifts: np.ndarray
    known: np.ndarray
    codes: np.ndarray
    there: np.ndarray
    place: np.ndarray


@dataclass(frozen=True)
class Base:
    """The database. angles: (rows, 2) in radians, NaN where unknown; group: (rows,) of like proteins."""

    residues: Residues
    angles: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class Matches:
    """The best matches of n residues: their cost (n, k), and their angles (n, k, 2) in radians."""

    cost: np.ndarray
    angles: np.ndarray


def residues(table: data.Table, rows: np.ndarray) -> Residues:
    """Some rows of a table, ``REACH`` rows of nothing after each unbroken stretch."""
    piece = table.piece[rows]
    place = np.arange(len(rows)) + REACH * (np.cumsum(np.diff(piece, prepend=piece[0]) != 0) + 1)
    spread = np.full(place[-1] + REACH + 1, -1)
    spread[place] = rows
    features = table.features[spread]  # -1 is the row of nothing
    codes = np.where(spread >= 0, table.codes[spread], -1)
    return Residues(features[:, data.SHIFTS], features[:, data.FLAGS], codes, spread >= 0, spread)


def database(found: data.Known, share: float = 1.0) -> Base:
    """The database of residues of known structure, or of a share of its proteins, drawn once and for all."""
    proteins = np.random.default_rng(0).permutation(found.table.protein.max() + 1)
    kept = proteins[: max(1, round(share * len(proteins)))]
    base = residues(found.table, np.flatnonzero(np.isin(found.table.protein, kept)))
    angles = np.where(base.there[:, None], found.truth.angles[base.place], np.nan)
    return Base(base, angles, np.where(base.there, found.group[base.place], -1))


def pair_costs(query: Residues, base: Base, maps: np.ndarray | None, bins: int) -> np.ndarray:
    """What each residue of the query costs with each of the database, float32 (rows of query, rows of
    database).

    maps: (residues of the query, bins * bins) of networks; without it angles do not count. Where the
    database has nothing the cost is the query residue's mean; where the query has nothing, zero.
    """
    ours, theirs = query, base.residues
    counted = ours.known @ theirs.known.T
    square = ours.shifts**2 @ theirs.known.T + ours.known @ (theirs.shifts**2).T
    square -= 2 * (ours.shifts @ theirs.shifts.T)
    cost = np.where(counted > 0, square / np.maximum(counted, 1), MISSING)
    # unknown amino acids are like none and unlike none
    similar = np.zeros((len(BLOSUM62) + 1, len(BLOSUM62) + 1), np.float32)
    similar[:-1, :-1] = BLOSUM62
    cost -= SEQUENCE * similar[ours.codes][:, theirs.codes]
    usable = theirs.there & np.isfinite(base.angles).all(1)
    if maps is not None:
        logs = np.zeros((len(ours.there), bins * bins), np.float32)
        logs[ours.there] = np.log(np.maximum(maps, LEAST))
        cost -= logs[:, grid.bin_of(np.nan_to_num(base.angles), bins)]
    cost[:, ~usable] = cost[:, usable].mean(1, keepdims=True)
    cost[~ours.there] = 0
    return cost


def stretches(cost: np.ndarray) -> np.ndarray:
    """Costs of stretches about each pair of residues, from those of the pairs."""
    total = np.zeros_like(cost)
    rows, columns = cost.shape
    for step in range(-REACH, REACH + 1):
        low, high = max(0, -step), max(0, step)
        moved = cost[high : rows - low, high : columns - low]
        total[low : rows - high, low : columns - high] += np.float32(PLACES[abs(step)]) * moved
    return total


def search(
    query: Residues, base: Base, count: int, group: int = -1, maps: np.ndarray | None = None, bins: int = 18
) -> Matches:
    """The ``count`` cheapest matches of each residue of a query, none of a protein of its own ``group``.

    maps: as of :func:`pair_costs`. ValueError where the database has fewer residues than that.
    """
    cost = stretches(pair_costs(query, base, maps, bins))[query.there]
    usable = base.residues.there & np.isfinite(base.angles).all(1) & ((base.group != group) | (group < 0))
    if usable.sum() < count:
        raise ValueError(f"the database has {usable.sum()} residues for {count} matches")
    cost[:, ~usable] = np.inf
    best = np.argpartition(cost, count - 1, axis=1)[:, :count]
    return Matches(np.take_along_axis(cost, best, axis=1), base.angles[best])


def density(matches: Matches, bins: int) -> np.ndarray:
    """Distribution (n, bins * bins) of the angles of matches, the cheaper the heavier."""
    shares = np.exp(-(matches.cost - matches.cost.min(1, keepdims=True)) / TEMPERATURE)
    shares /= shares.sum(1, keepdims=True)
    one = grid.hill(matches.angles[..., None] - grid.centres(bins), WIDTH)
    one /= one.sum(-1, keepdims=True)
    made = np.swapaxes(shares[..., None] * one[:, :, 0], 1, 2) @ one[:, :, 1]
    return made.reshape(len(shares), -1)
