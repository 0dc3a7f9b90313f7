"""From networks and database to what a user is told: angles with their spread, classes, rotamers, secondary
structure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from common.metrics.torsions import CLASSES, WRONG, TorsionPrediction, circular_difference

from . import data, grid, search
from .config import Config
from .networks import LETTERS, Networks, Said

#: Smallest standard deviation that is stated, radians (ours: structures agree no better).
SHARPEST = np.radians(4.0)
# All that follows is ours, chosen on held-out proteins of the training sets.
#: Share of the networks' logarithm in that of networks and matches, and a factor on standard deviations.
SHARE, WIDENING = 0.5, 0.56
#: Probabilities of being right from which on angles are Strong and Generous, and a rotamer is stated; of
#: rotamers stated so, 89 % (the paper's share) were right in those proteins.
STRONG, GENEROUS, ROTAMER = 0.9, 0.7, 0.8


@dataclass(frozen=True)
class Prediction:
    """What is said of n residues. torsions: angles and all that is scored. distance: (n,) mean cost of the
    matches, matching: (n,) how many of them are near the angles; NaN and 0 without a search. secondary,
    rotamers: (n, 3) probabilities. map: (n, bins * bins) of the networks."""

    torsions: TorsionPrediction
    distance: np.ndarray
    matching: np.ndarray
    secondary: np.ndarray
    rotamers: np.ndarray
    map: np.ndarray


def predict(
    trained: Networks,
    table: data.Table,
    base: search.Base | None,
    group: np.ndarray | None = None,
    folds=None,
) -> Prediction:
    """What networks and, where there is one, a database say of the residues of a table.

    group: (rows,) of the database's proteins that are not to be found. folds: as of ``Networks.say``.
    """
    said = trained.say(table, folds)
    return combine(trained.config, table, said, find(trained.config, table, base, said.maps[-1], group))


def find(config: Config, table: data.Table, base, maps, group=None) -> search.Matches | None:
    """The matches of every residue, protein by protein; maps: None to compare sequence and shifts alone."""
    if base is None:
        return None
    found = []
    for number in range(table.protein.max() + 1):
        rows = np.flatnonzero(table.protein == number)
        query = search.residues(table, rows)
        own = -1 if group is None else int(group[rows[0]])
        seen = None if maps is None else maps[rows]
        found.append(search.search(query, base, config.matches, own, seen, config.bins))
    return search.Matches(
        np.concatenate([one.cost for one in found]), np.concatenate([one.angles for one in found])
    )


def combine(config: Config, table: data.Table, said: Said, matches: search.Matches | None) -> Prediction:
    """Angles of what networks and matches say together."""
    maps = said.maps[-1]
    merged = maps if matches is None else merge(config, maps, search.density(matches, config.bins))
    torsions = torsions_of(config, table, merged, maps)
    off = None if matches is None else circular_difference(matches.angles, torsions.angles[:, None])
    near = None if off is None else np.hypot(off[..., 0], off[..., 1]) < np.radians(WRONG)
    count = len(maps)
    best = said.rotamers.argmax(1)
    torsions = replace(
        torsions,
        secondary=LETTERS[said.secondary.argmax(1)],
        rotamers=np.where(said.rotamers.max(1) >= ROTAMER, best, -1),
    )
    return Prediction(
        torsions=torsions,
        distance=np.full(count, np.nan) if matches is None else matches.cost.mean(1),
        matching=np.zeros(count, int) if near is None else near.sum(1),
        secondary=said.secondary,
        rotamers=said.rotamers,
        map=maps,
    )


def merge(config: Config, maps: np.ndarray, density: np.ndarray) -> np.ndarray:
    """The weighted geometric mean of two distributions (n, bins * bins)."""
    made = np.maximum(maps, 1e-6) ** SHARE * np.maximum(density, 1e-6) ** (1 - SHARE)
    return made / made.sum(1, keepdims=True)


def torsions_of(config: Config, table: data.Table, maps: np.ndarray, sure_by: np.ndarray | None = None):
    """Angles of distributions (n, bins * bins), as :class:`TorsionPrediction` with classes.

    sure_by: distributions that say how sure they are; ``maps`` themselves without.
    """
    angles, sd, sure = grid.estimate(maps, config.bins, config.smoothing)
    if sure_by is not None:
        sure = grid.mass_near(sure_by, angles, config.bins)
    sd = WIDENING * np.maximum(sd, SHARPEST)
    return TorsionPrediction(angles, classes(config, sure, table.s2), sd=sd, confidence=sure)


def classes(config: Config, sure: np.ndarray, s2: np.ndarray) -> np.ndarray:
    """Class (n,) of residues by how sure the angles are, and by how ordered shifts say that they are."""
    named = np.where(sure >= STRONG, "Strong", np.where(sure >= GENEROUS, "Generous", "Warn"))
    return np.where(s2 <= config.dynamic, "Dynamic", named)


def unknown(found: Prediction, table: data.Table) -> Prediction:
    """The prediction with class ``None`` where nothing can be said of phi and psi.

    Those are residues that are none of the twenty amino acids, or the first or last of an unbroken stretch,
    or that have no shift themselves and none on both sides.
    """
    beside = table.windows(1)
    ends = (beside == len(table)).any(1)
    seen = np.append(table.known, False)[beside]
    silent = ~seen[:, 1] & ~(seen[:, 0] & seen[:, 2])
    named = np.where(ends | silent | (table.codes < 0), "None", found.torsions.classes)
    return replace(found, torsions=replace(found.torsions, classes=named))


def describe(classes: np.ndarray) -> str:
    """How many residues have each class, in a line."""
    names = (*CLASSES, "None")
    return ", ".join(f"{(classes == name).sum()} {name}" for name in names if (classes == name).any())
