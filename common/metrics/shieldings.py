"""How well predicted magnetic shieldings of atoms in crystals agree with computed ones.

Errors are predicted - known, in ppm, one an atom. Papers give the root mean square, the mean size and the
coefficient of determination (Paruzzo et al., Nat. Commun. 2018, 9, 4501). Atoms of one crystal share its
structure: intervals come from drawing crystals anew, with the bootstrap of :mod:`common.metrics.shifts`.
"""

from __future__ import annotations

import numpy as np

from common.metrics.case import Case


def score_shieldings(known, predicted) -> dict[str, float]:
    """``rmse``, ``mae`` and ``r2`` of predicted shieldings (atoms,) in ppm, where both are finite.

    ``r2`` is the share of the variance of what is known that is explained, below zero for a prediction worse
    than their mean; absent where they do not vary. Nothing where no atom counts. ``ValueError`` where shapes
    do not fit.
    """
    known, predicted = np.asarray(known, np.float64), np.asarray(predicted, np.float64)
    if known.shape != predicted.shape:
        raise ValueError(f"{predicted.shape} predicted shieldings for {known.shape} known ones")
    both = np.isfinite(known) & np.isfinite(predicted)
    if not both.any():
        return {}
    known, error = known[both], (predicted - known)[both]
    scores = {"rmse": float(np.sqrt(np.mean(error**2))), "mae": float(np.abs(error).mean())}
    if np.ptp(known) > 0:
        scores["r2"] = float(1 - np.mean(error**2) / known.var())
    return scores


def case(known, source: str, name: str, element: str, role: str = "test") -> Case:
    """A case that scores predicted shieldings (atoms,) of one element; ids ``<source>/<name>/N/rmse``."""
    known = np.array(known, np.float64)
    return Case(source, name, element, role, lambda predicted: score_shieldings(known, predicted))
