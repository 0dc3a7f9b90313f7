"""How well a picker tells true peaks from the rest: average precision, recall, positions.

Candidates have a score each (a probability, a height); the truth is a list of positions, or of zones (boxes)
where an expert marked multiplets. A candidate is true where it is joined to a true peak one to one, closest
pairs first, within a tolerance on every axis. Which one is true does not depend on the scores, so a network
can be told before it learns. Some true signals may be set aside (a diagonal): candidates joined to them count
neither way, and neither do they.

Average precision is ``sum (R_k - R_(k-1)) P_k`` over the scores, equal ones taken together, as scikit-learn
has it; true peaks that no candidate reaches stay in the recall ``R``, so a picker cannot win by leaving the
hard ones out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Matched:
    """Candidates joined to true peaks.

    partner: (candidates,) the true peak of each, -1 where it is false. apart: (candidates, ndim) found less
    true, NaN where false. counted: (candidates,) whether it counts. total: true peaks that count.
    """

    partner: np.ndarray
    apart: np.ndarray
    counted: np.ndarray
    total: int

    @property
    def true(self) -> np.ndarray:
        """Whether each candidate is a true peak, (candidates,)."""
        return self.partner >= 0


def match(found, true, tolerance, ignored=None) -> Matched:
    """Join candidates to true peaks, closest pairs (in units of the tolerance) first.

    found (n, ndim), true (m, ndim) and tolerance (ndim,) or (m, ndim), the half width of the window: all in
    one unit an axis, ppm or points. ignored: (m,) boolean, true signals that do not count.
    """
    found, true = np.asarray(found, float), np.asarray(true, float)
    true = true.reshape(-1, found.shape[1])
    tolerance = np.broadcast_to(np.asarray(tolerance, float), true.shape)
    aside = np.zeros(len(true), bool) if ignored is None else np.asarray(ignored, bool)
    partner = _joined(found, true, tolerance)
    apart = np.full(found.shape, np.nan)
    hit = partner >= 0
    apart[hit] = found[hit] - true[partner[hit]]
    set_aside = np.zeros(len(found), bool)
    set_aside[hit] = aside[partner[hit]]
    return Matched(np.where(set_aside, -1, partner), apart, ~set_aside, int((~aside).sum()))


def _joined(found: np.ndarray, true: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """The true peak (n,) of each candidate, or -1; every true peak has a window of its own."""
    from scipy.spatial import cKDTree

    partner, taken = np.full(len(found), -1), np.zeros(len(true), bool)
    if not len(found) or not len(true):
        return partner
    widest = tolerance.max(axis=0)
    groups = cKDTree(found / widest).query_ball_point(true / widest, 1.0 + 1e-9, p=np.inf)
    owner = np.repeat(np.arange(len(true)), [len(group) for group in groups])
    near = np.concatenate([np.asarray(group, int) for group in groups])
    away = (found[near] - true[owner]) / tolerance[owner]
    inside = np.abs(away).max(axis=1, initial=0) <= 1 + 1e-9
    owner, near, away = owner[inside], near[inside], np.linalg.norm(away[inside], axis=1)
    for k in np.argsort(away, kind="stable"):
        if partner[near[k]] < 0 and not taken[owner[k]]:
            partner[near[k]], taken[owner[k]] = owner[k], True
    return partner


def match_zones(found, zones, score, ignored=None) -> Matched:
    """Join candidates to zones, where a zone is hit once: its best candidate is true, others do not count.

    found: (n, ndim); zones: (m, ndim, 2) lower and upper bounds, in one unit an axis. Zones may overlap: a
    candidate, best first, hits the one of them that is still free and whose centre is nearest (in units of
    its size). score: (n,), the higher the better. ignored: (m,) boolean, zones that do not count, nor does
    what lies in them.
    """
    found, zones, score = np.asarray(found, float), np.asarray(zones, float), np.asarray(score, float)
    zones = zones.reshape(-1, found.shape[1], 2)
    aside = np.zeros(len(zones), bool) if ignored is None else np.asarray(ignored, bool)
    centre, size = zones.mean(axis=-1), np.maximum(np.ptp(zones, axis=-1), 1e-9)
    away = np.abs((found[:, None] - centre) / size).max(axis=-1, initial=0)
    partner, free = np.full(len(found), -1), ~aside
    for k in np.argsort(-score, kind="stable"):
        open_to = np.flatnonzero((away[k] <= 0.5) & free)
        if len(open_to):
            partner[k] = open_to[np.argmin(away[k, open_to])]
            free[partner[k]] = False
    hit, inside = partner >= 0, (away <= 0.5).any(axis=1)
    apart = np.full(found.shape, np.nan)
    apart[hit] = found[hit] - centre[partner[hit]]
    return Matched(partner, apart, ~inside | hit, int((~aside).sum()))


def average_precision(score, true, total: int | None = None) -> float:
    """Area under the steps of precision against recall; NaN where there is nothing true.

    score: (n,), the higher the better. true: (n,) boolean. total: how many true peaks there are, found or
    not; those among the candidates where None.
    """
    score, true = np.asarray(score, float), np.asarray(true, bool)
    total = int(true.sum()) if total is None else total
    if not total:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1) if len(score) else []
    hits, seen = hits[ends], np.asarray(ends) + 1
    return float(np.sum(np.diff(hits, prepend=0) * hits / seen) / total) if len(ends) else 0.0


def precision_recall(score, matched: Matched) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and score after each candidate that counts, best first, for a curve."""
    score, true = np.asarray(score, float)[matched.counted], matched.true[matched.counted]
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    return hits / np.arange(1, len(hits) + 1), hits / max(matched.total, 1), score[order]


def score_picking(score, matched: Matched, cut: float | None = None, hz_per_unit=None) -> dict[str, float]:
    """Measures of one spectrum.

    ``ap`` over all true peaks, ``ap_candidates`` over those that a candidate reaches, ``candidate_recall``;
    with ``cut``, of the candidates that score at least that: ``precision``, ``recall``, ``f1``; with
    ``hz_per_unit`` (ndim,), ``position_error``, the median distance of true candidates in Hz (of those above
    the cut, where there is one). A measure that is not defined (nothing true, nothing picked) is absent.
    """
    score = np.asarray(score, float)
    true, counted = matched.true, matched.counted
    found = {
        "ap": average_precision(score[counted], true[counted], matched.total),
        "ap_candidates": average_precision(score[counted], true[counted]),
        "candidate_recall": true.sum() / matched.total if matched.total else np.nan,
    }
    picked = counted if cut is None else counted & (score >= cut)
    hits = int((true & picked).sum())
    if cut is not None and matched.total:
        found["precision"] = hits / picked.sum() if picked.any() else np.nan
        found["recall"] = hits / matched.total
        found["f1"] = 2 * hits / (picked.sum() + matched.total)
    if hz_per_unit is not None and hits:
        apart = matched.apart[true & picked] * np.asarray(hz_per_unit)
        found["position_error"] = np.median(np.linalg.norm(apart, axis=1))
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}
