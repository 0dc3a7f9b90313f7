"""Probability and heights together: a logistic regression of a few numbers of each candidate (ours).

What a network cannot see in a crop is how a candidate compares with the strongest signal of the spectrum, of
its column (t1 noise goes with the signal there) and of its row. Fitted to measured zones of other compounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.classical.peak_picking import Candidates

#: Probabilities are held to this far from 0 and 1 before their logarithm is taken.
CLOSEST = 1e-6
#: Columns and rows are this many points wide on either side of a candidate, a line of usual width.
NEAR = 3
#: Prior of the coefficients of standardised inputs: normal, of this standard deviation.
PRIOR = 3.0
STEPS = 30


def inputs(found: Candidates, probability: np.ndarray | None = None) -> np.ndarray:
    """Numbers (n, 4 or 5) of the candidates of a 2D spectrum: logarithms of the height over the noise, over
    the highest candidate of all, of those in the same column and in the same row; log odds of a probability.
    """
    height = np.log(np.maximum(np.abs(found.height), 1e-30))
    column, row = (_highest(found.point[:, axis], height) for axis in (1, 0))
    columns = [height - np.log(found.noise), height - height.max(), height - column, height - row]
    if probability is not None:
        held = np.clip(np.asarray(probability, float), CLOSEST, 1 - CLOSEST)
        columns.append(np.log(held / (1 - held)))
    return np.stack(columns, axis=1)


def _highest(place: np.ndarray, height: np.ndarray) -> np.ndarray:
    """The highest of the candidates within ``NEAR`` points of each along one axis, itself among them."""
    best = np.full(place.max() + 2 * NEAR + 1, -np.inf)
    np.maximum.at(best, place + NEAR, height)
    windows = np.lib.stride_tricks.sliding_window_view(best, 2 * NEAR + 1)
    return windows.max(axis=1)[place]


def fit(given: Sequence[np.ndarray], true: Sequence[np.ndarray]):
    """A function of inputs (n, k) to probabilities (n,), from spectra with inputs and truth.

    Every spectrum counts alike, whatever the number of its candidates. Newton's method; standardised inputs.
    """
    x, y = np.concatenate(given), np.concatenate(true).astype(float)
    weight = np.concatenate([np.full(len(one), 1000.0 / len(one)) for one in true])
    mean, sd = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    design = np.column_stack([(x - mean) / sd, np.ones(len(x))])
    penalty = np.append(np.full(x.shape[1], PRIOR**-2), 1e-6)
    coefficients = np.zeros(design.shape[1])
    for _ in range(STEPS):
        p = _sigmoid(design @ coefficients)
        slope = design.T @ (weight * (y - p)) - penalty * coefficients
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        coefficients += step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-12))

    def probability(these: np.ndarray) -> np.ndarray:
        return _sigmoid(np.column_stack([(these - mean) / sd, np.ones(len(these))]) @ coefficients)

    return probability


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))
