"""Ridge regression, its penalty chosen by cross-validation: what a network of the same inputs must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Penalties tried, as multiples of the number of examples.
PENALTIES = tuple(10.0**k for k in np.arange(-6, 1.01, 0.5))


@dataclass(frozen=True)
class Ridge:
    """A fitted line: ``(features - mean) / spread @ weights + offset``, in any units of the features."""

    mean: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    offset: float
    penalty: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Values (rows,) of features (rows, k)."""
        return (features - self.mean) / self.spread @ self.weights + self.offset


def fit(features: np.ndarray, values: np.ndarray, folds: np.ndarray) -> Ridge:
    """The ridge regression of values (rows,) on features (rows, k).

    folds: (rows,) parts of the cross-validation that chooses the penalty among ``PENALTIES`` (the least mean
    square error). ValueError where there is only one.
    """
    parts = np.unique(folds)
    if len(parts) < 2:
        raise ValueError("cross-validation needs two parts")
    errors = np.zeros(len(PENALTIES))
    for part in parts:
        out = folds == part
        for i, line in enumerate(_paths(features[~out], values[~out])):
            errors[i] += np.square(line.predict(features[out]) - values[out]).sum()
    return _paths(features, values)[int(np.argmin(errors))]


def _paths(features: np.ndarray, values: np.ndarray) -> list[Ridge]:
    """A line for each penalty, from one eigendecomposition of the covariances."""
    features = np.asarray(features, dtype=float)
    mean, spread = features.mean(0), features.std(0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    scaled, offset = (features - mean) / spread, float(values.mean())
    eigenvalues, vectors = np.linalg.eigh(scaled.T @ scaled / len(values))
    turned = vectors.T @ (scaled.T @ (values - offset) / len(values))
    return [
        Ridge(mean, spread, vectors @ (turned / (np.maximum(eigenvalues, 0) + penalty)), offset, penalty)
        for penalty in PENALTIES
    ]
