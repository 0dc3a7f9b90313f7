"""How well signal regions of a 1D spectrum are found.

Regions are intervals of ppm, so nothing depends on how many points a spectrum has. ``precision`` and
``recall`` are shares of length: of what was found and is true, of what is true and was found. Two people set
the edges of one multiplet up to 0.07 ppm apart (the two hand-made sets of aspirin), so a band to both sides
of each true edge counts neither way. Accuracy is not scored: 2 to 9 % of a spectrum are regions, so a finder
of nothing has more than .9.

A true region is hit where a found one overlaps it; one found region may hit several, which its precision, its
F1 and the IoU tell. Windows may be set aside, for a solvent that a person left out: what is found there is
neither right nor wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

#: Half-width in ppm of the band about a true edge. ours: 3 to 6 Hz at 300 to 600 MHz, a few line widths.
TOLERANCE = 0.01


@dataclass(frozen=True)
class Agreement:
    """Found and true regions compared, of one spectrum or, added up, of several.

    both, found_only, true_only: lengths in ppm outside the bands and windows. hit, missed: true regions.
    extra: found regions that overlap no true one. iou: sum over the true regions of the best intersection
    over union with a found one, bands and windows not looked at.
    """

    both: float = 0.0
    found_only: float = 0.0
    true_only: float = 0.0
    hit: int = 0
    missed: int = 0
    extra: int = 0
    iou: float = 0.0

    def __add__(self, other: Agreement) -> Agreement:
        values = (getattr(self, field.name) + getattr(other, field.name) for field in fields(self))
        return Agreement(*values)

    def scores(self) -> dict[str, float]:
        """Measures by name; a share of nothing is 0, so finding nothing scores 0."""
        found, true, regions = self.both + self.found_only, self.both + self.true_only, self.hit + self.missed
        return {
            "precision": self.both / found if found else 0.0,
            "recall": self.both / true if true else 0.0,
            "f1": 2 * self.both / (found + true) if found + true else 0.0,
            "regions_hit": self.hit / regions if regions else 0.0,
            "regions_missed": float(self.missed),
            "regions_extra": float(self.extra),
            "region_iou": self.iou / regions if regions else 0.0,
        }


def compare_regions(found, true, *, span=None, tolerance: float = TOLERANCE, aside=()) -> Agreement:
    """Compare regions, each an array (n, 2) of edges in ppm in either order.

    span: edges of the spectrum, beyond which nothing counts. aside: windows (k, 2) where what is found is
    neither right nor wrong; a found region that lies in them for more than half is no extra one. A true
    region stays true there.
    """
    found, true, aside = _sorted(found), _sorted(true), _sorted(aside)
    if span is not None:
        found, true = (np.clip(regions, min(span), max(span)) for regions in (found, true))
        found, true = (regions[regions[:, 1] > regions[:, 0]] for regions in (found, true))
    joined = _union(true)
    bands = joined.reshape(-1, 1) + np.array([-tolerance, tolerance])
    shared = _shared(found, true)
    hit = (shared > 0).any(axis=0) if len(found) else np.zeros(len(true), bool)
    wrong = ~(shared > 0).any(axis=1) if len(true) else np.ones(len(found), bool)
    in_aside = _shared(found, _union(aside)).sum(axis=1) > 0.5 * (found[:, 1] - found[:, 0])
    union = _length(found)[:, None] + _length(true)[None] - shared
    best = (shared / union).max(axis=0) if len(found) else np.zeros(len(true))
    both, found_only, true_only = _lengths(_union(found), joined, _union(bands), _union(aside))
    counts = int(hit.sum()), int((~hit).sum()), int((wrong & ~in_aside).sum())
    return Agreement(both, found_only, true_only, *counts, float(best.sum()))


def _sorted(regions) -> np.ndarray:
    """Low and high edge of each region."""
    return np.sort(np.asarray(regions, dtype=float).reshape(-1, 2), axis=1)


def _length(regions: np.ndarray) -> np.ndarray:
    return regions[:, 1] - regions[:, 0]


def _union(regions: np.ndarray) -> np.ndarray:
    """Disjoint regions that cover the same."""
    joined: list[list[float]] = []
    for low, high in regions[np.argsort(regions[:, 0], kind="stable")].tolist():
        if joined and low <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return np.array(joined, dtype=float).reshape(-1, 2)


def _shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Length shared by every pair of regions, (a, b)."""
    low = np.maximum(a[:, None, 0], b[None, :, 0])
    return np.maximum(np.minimum(a[:, None, 1], b[None, :, 1]) - low, 0.0)


def _lengths(found, true, bands, aside) -> tuple[float, float, float]:
    """Lengths of both, found alone and true alone; all arguments are disjoint regions."""
    edges = np.unique(np.concatenate([part.ravel() for part in (found, true, bands, aside)]))
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    is_found, is_true, skipped, is_aside = (_inside(middle, part) for part in (found, true, bands, aside))
    width = np.where(skipped, 0.0, width)
    parts = (is_found & is_true, is_found & ~is_true & ~is_aside, ~is_found & is_true)
    return tuple(float(width[part].sum()) for part in parts)


def _inside(points: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Whether each point lies in one of the disjoint regions."""
    return np.searchsorted(regions[:, 0], points) > np.searchsorted(regions[:, 1], points)
