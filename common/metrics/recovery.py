"""How many synthetic peaks a method recovers, and how many it invents: the scores of the NUScon challenge.

Y. Pustovalova et al., Magn. Reson. 2021, 2, 843-861, as its public code computes them (PyPI package
nmrtoolbox 11.1, class ``roc``): tables of peaks in, numbers out, for any number of dimensions. Recovered
peaks are taken strongest first. One whose nearest synthetic peak (Euclidean, in Hz) is still free and no
further away than the largest synthetic line width on every axis is true, any other is false: also one
whose nearest peak is taken while another lies within reach. After each of them there is a recovery rate,
true / all synthetic, and a false discovery rate, false / (true + false); corners close the curve of one
against the other.

The package takes an empty table for an error; here nothing recovered is the curve of its corners. Its filters
of unlikely peaks by width and shape belong to NMRPipe's peak picker and are not here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Fewest recovered synthetic peaks whose heights are correlated; two points always lie on a line.
CORRELATED = 3


@dataclass(frozen=True)
class Match:
    """Which synthetic peak each recovered one is.

    order: indices of the recovered peaks, strongest first, shape (recovered,). partner: the synthetic peak of
    each in that order, -1 where it is false, shape (recovered,). synthetic: number of synthetic peaks.
    """

    order: np.ndarray
    partner: np.ndarray
    synthetic: int

    @property
    def true(self) -> np.ndarray:
        """Whether each recovered peak, strongest first, is a synthetic one, shape (recovered,)."""
        return self.partner >= 0


def match_peaks(recovered, height, synthetic, width, lw_scalar: float = 1.0) -> Match:
    """Match recovered peaks to synthetic ones, strongest first.

    recovered (n, ndim) and synthetic (m, ndim): positions in Hz. height (n,): of recovered peaks; equal ones
    (by modulus) stay in the order of the table. width (m, ndim): full line widths of the synthetic peaks in
    Hz; the largest on each axis times ``lw_scalar`` is as far as a match reaches.
    ``ValueError`` where there is no synthetic peak or shapes do not fit.
    """
    synthetic, width = np.asarray(synthetic, dtype=np.float64), np.asarray(width, dtype=np.float64)
    if synthetic.ndim != 2 or not len(synthetic) or width.shape != synthetic.shape:
        raise ValueError(
            f"needs synthetic peaks (m, ndim) and as many widths, not {synthetic.shape} and {width.shape}"
        )
    height = np.asarray(height, dtype=np.float64)
    recovered = np.asarray(recovered, dtype=np.float64)
    if recovered.shape != (len(height), synthetic.shape[1]):
        raise ValueError(f"{recovered.shape} positions do not fit {height.shape} heights and the dimensions")
    order = np.argsort(-np.abs(height), kind="stable")
    apart = np.abs(recovered[order, None] - synthetic)
    nearest = np.argmin(np.linalg.norm(apart, axis=-1), axis=1)
    within = (apart[np.arange(len(order)), nearest] <= lw_scalar * width.max(axis=0)).all(axis=-1)
    partner = np.full(len(order), -1)
    # the strongest in reach of a synthetic peak takes it
    reached, first = np.unique(nearest[within], return_index=True)
    partner[np.flatnonzero(within)[first]] = reached
    return Match(order, partner, len(synthetic))


def recovery_curve(match: Match) -> tuple[np.ndarray, np.ndarray]:
    """False discovery rate and recovery rate after each recovered peak, shape (recovered + 3,) each.

    Corners close the curve: (0, 0) before the first peak, (1, largest recovery rate) and (1, 0) after the
    last. The false discovery rate may fall again, the recovery rate does not.
    """
    true, seen = np.cumsum(match.true), np.arange(1, len(match.true) + 1)
    rate = np.concatenate([[0.0], true / match.synthetic])
    false = np.concatenate([[0.0], (seen - true) / seen])
    return np.append(false, [1.0, 1.0]), np.append(rate, [rate[-1], 0.0])


def curve_area(false: np.ndarray, rate: np.ndarray) -> float:
    """Area of the polygon of a closed curve of :func:`recovery_curve`; 1 at best."""
    return float(abs(false @ np.roll(rate, -1) - rate @ np.roll(false, -1)) / 2)


def corner_distance(false: np.ndarray, rate: np.ndarray) -> float:
    """Smallest distance of the curve's points from (0, 1), the perfect corner; its lines do not count."""
    return float(np.hypot(false, 1.0 - rate).min())


def rate_before_false(false: np.ndarray, rate: np.ndarray) -> float:
    """Maximum recovery at minimum false: the recovery rate just before the first false peak."""
    return float(rate[np.argmax(false > 0) - 1])


def score_recovery(
    recovered, height, synthetic, synthetic_height, width, lw_scalar: float = 1.0
) -> dict[str, float]:
    """Score a table of recovered peaks against the synthetic ones; arguments as in :func:`match_peaks`.

    synthetic_height: (m,), in the units of ``height``.

    Returns ``recovery_rate``, ``auc``, ``dpc``, ``mrmf`` and, where anything is recovered,
    ``false_discovery_rate``; both rates are those after the last peak. ``injected_slope`` (least squares
    through the origin, recovered against injected) and ``injected_r2`` are those of the true peaks alone: a
    lost one counts in the rates. They are absent where there is none, r2 also below ``CORRELATED`` or where
    the injected heights do not differ. ``ValueError`` as there.
    """
    match = match_peaks(recovered, height, synthetic, width, lw_scalar)
    false, rate = recovery_curve(match)
    scores = {
        "recovery_rate": float(rate[-2]),
        "auc": curve_area(false, rate),
        "dpc": corner_distance(false, rate),
        "mrmf": rate_before_false(false, rate),
    }
    if len(match.order):
        scores["false_discovery_rate"] = float(false[-3])
    found = np.asarray(height, dtype=np.float64)[match.order[match.true]]
    injected = np.asarray(synthetic_height, dtype=np.float64)[match.partner[match.true]]
    return scores | _linearity(injected, found)


def _linearity(injected: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Slope and squared correlation of heights."""
    if not np.any(injected):
        return {}
    scores = {"injected_slope": float(found @ injected / (injected @ injected))}
    if len(injected) >= CORRELATED and np.ptp(injected) > 0:
        varies = np.ptp(found) > 0
        scores["injected_r2"] = float(np.corrcoef(injected, found)[0, 1] ** 2) if varies else 0.0
    return scores
