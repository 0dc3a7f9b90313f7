"""How well estimated concentrations of metabolites agree with the true ones, and how steady ratios are.

A mean error alone proves little: where concentrations hardly vary, a constant has a small one. So every error
stands beside the slope and the correlation of estimated against true values, and beside the error of the best
constant, which ``skill`` compares with.

An estimate that is not finite, such as that of a fit which failed, is scored as a concentration of zero and
counted (``failed_fits``): a method cannot do better by giving up.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from common.metrics.case import Case

#: The metabolites of the mean error of Lee and Kim, Magn. Reson. Med. 2019, 82, 33-48 (recalled).
TWELVE = ("Asp", "Cr", "GABA", "Glc", "Gln", "Glu", "GSH", "Ins", "NAA", "PCr", "PE", "Tau")
#: Sums that the field reports because their signals overlap.
TOTALS = {"tNAA": ("NAA", "NAAG"), "tCr": ("Cr", "PCr"), "tCho": ("GPC", "PCh"), "Glx": ("Glu", "Gln")}
#: A relative error counts from this fraction of the normal concentration on; below, it has no meaning.
#: ours: the issue's choice for concentrations that start at zero.
LEAST = 0.1
#: Edges of the bins of SNR and of line width in Hz: the ranges of Lee and Kim (6.90-20.74; 10-20 Hz), each
#: cut in three. ours: about equal ratios.
SNR_BINS = (6.9, 10.0, 14.0, 20.74)
LINEWIDTH_BINS = (10.0, 13.0, 16.0, 20.0)


def with_totals(concentrations, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Concentrations (spectra, metabolites) with a column for each of ``TOTALS`` whose parts are there.

    Returns them with their names.
    """
    values, names = np.asarray(concentrations, dtype=np.float64), tuple(names)
    sums = {total: parts for total, parts in TOTALS.items() if set(parts) <= set(names)}
    columns = [values[:, [names.index(part) for part in parts]].sum(axis=1) for parts in sums.values()]
    return np.column_stack([values, *columns]), (*names, *sums)


def ratios_to_creatine(concentrations, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Every metabolite and total over Cr + PCr, each of shape (spectra,).

    NaN where there is no creatine or the fit failed. ``ValueError`` without ``Cr`` or ``PCr``.
    """
    values, names = with_totals(concentrations, names)
    if "tCr" not in names:
        raise ValueError("ratios to creatine need Cr and PCr among the metabolites")
    creatine = values[:, names.index("tCr")]
    creatine = np.where(creatine > 0, creatine, np.nan)
    return {name: values[:, column] / creatine for column, name in enumerate(names)}


def best_constant(draws, least: float = 0.0) -> float:
    """The constant of the smallest mean relative error over concentrations like ``draws``.

    draws: from the prior, never test data, shape (draws,); those below ``least`` do not count, as in the
    error. The smallest ``mean |c - a| / c`` is at the median of ``c`` weighted with ``1 / c``; for a uniform
    range that is ``sqrt(low * high)``. ``ValueError`` where no draw counts.
    """
    draws = np.sort(np.asarray(draws, dtype=np.float64))
    draws = draws[(draws >= least) & (draws > 0)]
    if not len(draws):
        raise ValueError("no drawn concentration is as high as the least that counts")
    weight = np.cumsum(1 / draws)
    return float(draws[np.searchsorted(weight, weight[-1] / 2)])


def best_constants(
    draws, names: Sequence[str], normal: Mapping[str, float], least: float = LEAST
) -> dict[str, float]:
    """The best constant of every metabolite and total; draws (draws, metabolites) from the prior.

    normal: the normal concentration by metabolite; ``least`` is a fraction of it.
    """
    values, names = with_totals(draws, names)
    normal = _normal_of(names, normal)
    return {name: best_constant(values[:, i], least * normal[name]) for i, name in enumerate(names)}


def mean_relative_error(true, estimated, least: float = 0.0) -> float:
    """Mean of ``|estimated - true| / true`` in per cent, over true values of at least ``least``.

    NaN where there is none; true values of zero never count.
    """
    true, estimated = np.asarray(true, dtype=np.float64), _finite(estimated)
    counted = (true >= least) & (true > 0)
    if not counted.any():
        return float("nan")
    return float(100 * np.mean(np.abs(estimated[counted] / true[counted] - 1)))


def score_metabolite(true, estimated, constant: float | None = None, least: float = 0.0) -> dict[str, float]:
    """Score estimated against true concentrations of one metabolite, both of shape (spectra,).

    constant: the best one from the prior, for ``skill``. least: the lowest concentration whose relative error
    counts; slope and correlation take all.

    Returns ``mape``, ``skill`` (1 for a perfect method, 0 for one no better than the constant),
    ``concentration_slope`` (least squares with an intercept) and ``concentration_r2``; those without meaning
    are absent: the first two where nothing reaches ``least``, the others where true values do not differ.
    """
    true, estimated = np.asarray(true, dtype=np.float64), _finite(estimated)
    scores = {}
    error = mean_relative_error(true, estimated, least)
    if np.isfinite(error):
        scores["mape"] = error
        of_constant = (
            0.0 if constant is None else mean_relative_error(true, np.full_like(true, constant), least)
        )
        if of_constant > 0:
            scores["skill"] = 1 - error / of_constant
    if len(true) > 1 and np.ptp(true) > 0:
        scores["concentration_slope"] = float(np.polyfit(true, estimated, 1)[0])
        varies = np.ptp(estimated) > 0
        scores["concentration_r2"] = float(np.corrcoef(true, estimated)[0, 1] ** 2) if varies else 0.0
    return scores


def score_concentrations(
    true,
    estimated,
    names: Sequence[str],
    normal: Mapping[str, float],
    constants: Mapping[str, float] | None = None,
    least: float = LEAST,
) -> dict[str, dict[str, float]]:
    """Score every metabolite, the totals and the mean of the paper's twelve.

    true, estimated: (spectra, metabolites) in the same units, columns as in ``names``. normal: normal
    concentration by metabolite in these units. constants: of :func:`best_constants`, for ``skill``.

    Returns the scores of :func:`score_metabolite` by name. Where all of ``TWELVE`` are among the names,
    ``mean12`` has the mean of each measure over them, ``mape_sd`` (the standard deviation of ``mape`` over
    them) and ``failed_fits`` (spectra with an estimate that is not finite). ``ValueError`` where shapes do
    not fit.
    """
    true, estimated = np.asarray(true, dtype=np.float64), np.asarray(estimated, dtype=np.float64)
    if true.ndim != 2 or true.shape[1] != len(names) or estimated.shape != true.shape:
        raise ValueError(
            f"true {true.shape} and estimated {estimated.shape} concentrations of {len(names)} metabolites"
        )
    failed = ~np.isfinite(estimated).all(axis=1)
    true, all_names = with_totals(true, names)
    estimated, _ = with_totals(_finite(estimated), names)
    normal, constants = _normal_of(all_names, normal), constants or {}
    scores = {
        name: score_metabolite(true[:, i], estimated[:, i], constants.get(name), least * normal[name])
        for i, name in enumerate(all_names)
    }
    if set(TWELVE) <= set(names):
        scores["mean12"] = _mean([scores[name] for name in TWELVE]) | {"failed_fits": float(failed.sum())}
    return scores


def cases(
    true,
    names: Sequence[str],
    snr,
    linewidth,
    condition: str,
    normal: Mapping[str, float],
    constants: Mapping[str, float],
    role: str = "test",
) -> list[Case]:
    """The cases of simulated spectra with known concentrations; each scores (spectra, metabolites).

    true: (spectra, metabolites). snr, linewidth (Hz): of each spectrum. condition: the range of
    concentrations, ``healthy`` or ``wide``. normal, constants: as in :func:`score_concentrations`.

    One case for each metabolite and total and one for ``mean12``, of the whole set; for each bin of SNR and
    of line width that holds spectra one more of ``mean12``, its condition such as ``healthy-snr6.9-10`` or
    ``healthy-width10-13``. Ids read ``simulated/NAA/healthy/mape``.
    """
    true = np.asarray(true, dtype=np.float64)
    everything = np.ones(len(true), bool)
    _, all_names = with_totals(true[:1], names)

    def case(name: str, chosen: np.ndarray, condition: str) -> Case:
        def score(estimated) -> dict[str, float]:
            rows = np.asarray(estimated)[chosen]
            return score_concentrations(true[chosen], rows, names, normal, constants)[name]

        return Case("simulated", name, condition, role, score)

    whole = [case(name, everything, condition) for name in all_names]
    if not set(TWELVE) <= set(names):
        return whole
    parts = {f"{condition}-snr{label}": chosen for label, chosen in _bins(snr, SNR_BINS)}
    parts |= {f"{condition}-width{label}": chosen for label, chosen in _bins(linewidth, LINEWIDTH_BINS)}
    whole.append(case("mean12", everything, condition))
    return whole + [case("mean12", chosen, label) for label, chosen in parts.items() if chosen.any()]


def score_versions(ratios, undegraded: float) -> dict[str, float]:
    """How a ratio varies over degraded versions of one measured spectrum, and how far it is off.

    ratios: (versions,). undegraded: what the same method finds in the spectrum before it was degraded.

    Returns ``cv`` and ``bias`` in per cent and ``ratio_recovery``, the mean over the versions divided by the
    undegraded ratio, which has the sign that ``bias`` lacks. Absent are ``cv`` where the mean is zero, the
    other two where the undegraded ratio is zero or not finite.
    """
    ratios = _finite(ratios)
    mean, scores = float(ratios.mean()), {}
    if mean > 0:
        scores["cv"] = float(100 * ratios.std(ddof=1) / mean)
    if np.isfinite(undegraded) and undegraded > 0:
        scores |= {"bias": 100 * abs(mean / undegraded - 1), "ratio_recovery": mean / undegraded}
    return scores


def _bins(values, edges) -> list[tuple[str, np.ndarray]]:
    """Label and members of each bin; the last one has its upper edge."""
    values = np.asarray(values, dtype=np.float64)
    bins = []
    for low, high in itertools.pairwise(edges):
        below = values <= high if high == edges[-1] else values < high
        bins.append((f"{low:g}-{high:g}", (values >= low) & below))
    return bins


def _mean(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of the measures that all have, and the spread of the error."""
    shared = [name for name in scores[0] if all(name in one for one in scores)]
    mean = {name: float(np.mean([one[name] for one in scores])) for name in shared}
    if "mape" in mean:
        mean["mape_sd"] = float(np.std([one["mape"] for one in scores], ddof=1))
    return mean


def _normal_of(names, normal: Mapping[str, float]) -> dict[str, float]:
    """Normal concentrations of metabolites and totals."""
    return {name: sum(normal[part] for part in TOTALS.get(name, (name,))) for name in names}


def _finite(estimated) -> np.ndarray:
    """Estimates with zero in place of what is not finite."""
    estimated = np.asarray(estimated, dtype=np.float64)
    return np.where(np.isfinite(estimated), estimated, 0.0)
