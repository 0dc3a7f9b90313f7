"""Whether errors that a method states are those that it makes."""

from __future__ import annotations

import numpy as np

#: Share of a normal distribution within one and two standard deviations of its mean.
WITHIN = {1: 0.6827, 2: 0.9545}


def calibration(errors, stated) -> dict[str, float]:
    """Compare errors with the standard deviations stated for them, both (n,) in one unit.

    What is not finite, or stated as zero or less, does not count. Returns ``coverage_1sd`` and
    ``coverage_2sd``, the share of errors within one and two stated standard deviations over the share of a
    normal distribution (above one: stated too large), and ``error_rank_r``, Spearman's correlation of the
    size of errors with what was stated (absent where either does not vary); nothing where nothing counts.
    """
    from scipy.stats import spearmanr

    errors, stated = np.abs(np.asarray(errors, np.float64)), np.asarray(stated, np.float64)
    if errors.shape != stated.shape:
        raise ValueError(f"{stated.shape} stated errors for {errors.shape} errors")
    known = np.isfinite(errors) & np.isfinite(stated) & (stated > 0)
    if not known.any():
        return {}
    errors, stated = errors[known], stated[known]
    scores = {
        f"coverage_{times}sd": float(np.mean(errors <= times * stated) / share)
        for times, share in WITHIN.items()
    }
    if np.ptp(errors) > 0 and np.ptp(stated) > 0:
        scores["error_rank_r"] = float(spearmanr(errors, stated).statistic)
    return scores
