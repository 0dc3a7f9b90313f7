"""A stiff baseline: a cubic B-spline held back by its curvature, taken out of a linear fit beforehand.

P. H. C. Eilers and B. D. Marx, Statist. Sci. 1996, 11, 89-121; for brain spectra M. Wilson, Magn. Reson. Med.
2021, 85, 13-29, who also sets its stiffness by effective degrees of freedom a ppm.
"""

from __future__ import annotations

import numpy as np


class Smoother:
    """The best baseline under any residual, as a fixed linear map ``q q^T``.

    Minimising ``|r - S b|^2 + stiffness |D b|^2`` over ``b`` leaves ``r^T (1 - q q^T) r``, so a fit with a
    baseline is a fit in that metric. ppm: (shifts,). knots: distance of spline knots in ppm. freedom:
    effective degrees of freedom, the trace of ``q q^T``.
    """

    def __init__(self, ppm: np.ndarray, knots: float, freedom: float):
        spline = _spline(ppm, knots)
        bend = np.diff(np.eye(spline.shape[1]), 2, axis=0)
        gram, penalty = spline.T @ spline, bend.T @ bend
        stiffness = _stiffness(gram, penalty, freedom)
        lower = np.linalg.cholesky(gram + stiffness * penalty)
        self.q = np.linalg.solve(lower, spline.T)
        self.freedom = freedom

    def baseline(self, residual: np.ndarray) -> np.ndarray:
        """Baselines (..., shifts) under residuals (..., shifts)."""
        return residual @ self.q.T @ self.q

    def without(self, rows: np.ndarray) -> np.ndarray:
        """Rows (..., shifts) less their baselines: products with it are products in the metric."""
        return rows - self.baseline(rows)


def _spline(ppm, knots):
    from scipy.interpolate import BSpline

    span = abs(ppm[0] - ppm[-1])
    pieces = max(round(span / knots), 4)
    places = ppm.min() + span / pieces * np.arange(-3, pieces + 4)
    return BSpline.design_matrix(np.clip(ppm, places[3], places[-4]), places, 3).toarray()


def _stiffness(gram, penalty, freedom):
    """Weight of the penalty that leaves ``freedom`` degrees of freedom, by bisection of its logarithm."""
    from scipy.linalg import eigh

    ratios = np.clip(eigh(penalty, gram, eigvals_only=True), 0, None)
    if not 2 < freedom < ratios.size:
        raise ValueError(f"a spline of {ratios.size} functions has no {freedom:g} degrees of freedom")
    low, high = -30.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(1 / (1 + np.exp(middle) * ratios)) > freedom else (low, middle)
    return np.exp(low)
