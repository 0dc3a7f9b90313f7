"""Whether errors that a method states are those that it makes, and how to make them so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Share of a normal distribution within one and two standard deviations of its mean.
WITHIN = {1: 0.6827, 2: 0.9545}
#: ours: of fewer errors the share within one standard deviation has itself an sd above a tenth.
LEAST = 20


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


@dataclass(frozen=True)
class Widening:
    """How the spread of an ensemble becomes a standard deviation to state: factor * sqrt(spread^2 + floor^2).

    floor: in the unit of the spread. The members learnt from the same examples, so that all are wrong
    together; and a few of them may agree by chance. One factor alone would leave those atoms too sure and
    make the others too unsure.
    """

    factor: float = 1.0
    floor: float = 0.0

    def stated(self, spread) -> np.ndarray:
        """Standard deviations of any shape, from spreads of that shape."""
        return self.factor * np.hypot(spread, self.floor)


def widening(errors, spread) -> Widening | None:
    """The widening by which 68.27 % of errors (n,) are within what is stated from their spread (n,).

    Errors are of examples that nothing was learnt from. The floor is the median spread; ours: by
    cross-validation over held-out crystals of ``mr3d_densenet`` better in likelihood than half of it or none,
    for all four nuclei, and level with twice of it. The factor is a quantile and not the maximum of the
    likelihood, sqrt(mean((error / sd)^2)): errors have heavy tails, a few far ones would widen what is stated
    of all others. Values that are not finite do not count; None where fewer than ``LEAST`` do, or where the
    spread of most is zero. ValueError where the lengths differ.
    """
    errors, spread = np.abs(np.asarray(errors, np.float64)), np.asarray(spread, np.float64)
    if errors.shape != spread.shape:
        raise ValueError(f"a spread {spread.shape} for errors {errors.shape}")
    known = np.isfinite(errors) & np.isfinite(spread)
    if known.sum() < LEAST or not (floor := float(np.median(spread[known]))) > 0:
        return None
    factor = np.quantile(errors[known] / np.hypot(spread[known], floor), WITHIN[1])
    return Widening(float(factor), floor)
