"""How probabilities of points stand to what the points are: counts by probability, for two figures."""

from __future__ import annotations

import numpy as np

#: Bins of probability; ours.
BINS = 200


class Reliability:
    """Counts of points by probability, true ones and all; memory does not grow with spectra."""

    def __init__(self):
        self.true, self.all = np.zeros(BINS), np.zeros(BINS)

    def add(self, probability: np.ndarray, true: np.ndarray) -> None:
        """Count the points of a spectrum, each by its share of the spectrum."""
        place = np.minimum((np.asarray(probability) * BINS).astype(int), BINS - 1)
        weight = np.full(len(place), 1 / len(place))
        self.all += np.bincount(place, weight, BINS)
        self.true += np.bincount(place, weight * true, BINS)

    def precision_recall(self) -> tuple[np.ndarray, np.ndarray]:
        """Precision and recall of points at every cut, from the highest cut to the lowest."""
        true, every = np.cumsum(self.true[::-1]), np.cumsum(self.all[::-1])
        return true / np.maximum(every, 1e-12), true / max(self.true.sum(), 1e-12)

    def curve(self, groups: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean probability, share of true points, and share of all points, of equal stretches; none empty."""
        middle = (np.arange(BINS) + 0.5) / BINS
        stated, true, every = (
            part.reshape(groups, -1).sum(axis=1) for part in (middle * self.all, self.true, self.all)
        )
        some = every > 0
        return stated[some] / every[some], true[some] / every[some], every[some] / max(every.sum(), 1e-12)

    def error(self) -> float:
        """Mean difference between probability stated and share that is true, all points alike."""
        stated, true, share = self.curve()
        return float(np.sum(np.abs(stated - true) * share))
