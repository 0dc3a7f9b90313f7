"""Every measure that a metric id may end with, registered once.

A metric id reads ``<source>/<case>[/<condition>]/<measure>``; its last segment is a name of this registry,
which says the unit, which direction is better, and how repeats of an id are pooled.
"""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import nearest

BETTER = ("lower", "higher", "one")


@dataclass(frozen=True)
class Measure:
    """One measure.

    name: last segment of a metric id. better: ``lower``, ``higher`` or ``one`` (the closer to one the better,
    as for a slope). formula: one line. unit: as printed in tables, empty for a pure number. bound: the best
    value the measure can reach (1.0 for a correlation), or None where verdicts use none. pooling: how several
    cases become one value.
    """

    name: str
    better: str
    formula: str
    unit: str = ""
    bound: float | None = None
    pooling: str = "mean over cases"

    def __post_init__(self):
        if self.better not in BETTER:
            raise ValueError(f"better is one of {', '.join(BETTER)}, not {self.better!r}")

    def improves(self, value: float, reference: float) -> bool:
        """Whether ``value`` is better than ``reference``; never so for NaN."""
        if self.better == "one":
            return abs(value - 1.0) < abs(reference - 1.0)
        return value < reference if self.better == "lower" else value > reference


_ALL = (
    Measure("rlne", "lower", "||x - estimate|| / ||x|| of the real spectrum in the region"),
    Measure("rlne_floor", "lower", "sigma sqrt(points) / ||x||: noise of the reference"),
    Measure("rlne_floor_kept", "lower", "rlne_floor sqrt(sum w^2 unmeasured / sum w^2), w the window of t1"),
    Measure("peak_r2", "higher", "squared Pearson r of estimated and reference peak heights", bound=1.0),
    Measure("height_slope", "one", "sum(h_est h_ref) / sum(h_ref^2) over the reference peaks"),
    Measure("weak_quarter_error", "lower", "median |h_est - h_ref| / h_ref of the weakest quarter"),
    Measure("position_error", "lower", "median distance of matched peaks over all axes", unit="Hz"),
    Measure("missed_peaks", "lower", "reference peaks without a local maximum in the window"),
    Measure("false_peaks", "lower", "peaks above the threshold with no reference peak in the window"),
    # Synthetic peaks in empty regions, as NUScon scores them (common/metrics/recovery.py).
    Measure("recovery_rate", "higher", "recovered / injected peaks", bound=1.0),
    Measure("false_discovery_rate", "lower", "false / all peaks picked in the empty regions"),
    Measure("auc", "higher", "area under recovery against false discovery rate", bound=1.0),
    Measure("dpc", "lower", "smallest distance of that curve from (0, 1)"),
    Measure("mrmf", "higher", "recovery rate before the first false peak, strongest first", bound=1.0),
    Measure("injected_slope", "one", "sum(h_rec h_inj) / sum(h_inj^2) over the recovered injected peaks"),
    Measure("injected_r2", "higher", "squared Pearson r of recovered and injected heights", bound=1.0),
    # Concentrations of metabolites (common/metrics/concentrations.py).
    Measure("mape", "lower", "mean |estimate - true| / true over true >= 10 % of normal", unit="%"),
    Measure("mape_sd", "lower", "standard deviation of mape over the metabolites", unit="%"),
    Measure("skill", "higher", "1 - mape / mape of the best constant of the prior", bound=1.0),
    Measure("concentration_slope", "one", "least-squares slope, with intercept, of estimated against true"),
    Measure("concentration_r2", "higher", "squared Pearson r of estimated and true", bound=1.0),
    Measure("failed_fits", "lower", "spectra with an estimate that is not finite (scored as zero)"),
    Measure("nmse", "lower", "mean of ||x - estimate||^2 / ||x||^2, real spectra, 4.2 to 0.2 ppm"),
    # Ratios to total creatine in degraded versions of one measured spectrum.
    Measure("cv", "lower", "standard deviation / mean of the ratio over the versions", unit="%"),
    Measure("bias", "lower", "|mean ratio / ratio of the same method undegraded - 1|", unit="%"),
    Measure("ratio_recovery", "one", "mean ratio over the versions / ratio undegraded"),
    Measure("lcmodel_ratio", "one", "ratio undegraded / ratio of LCModel for the same spectrum"),
    Measure("response", "one", "mean change of the estimate / change of the true concentration"),
    Measure("baseline_correlation", "higher", "r of removed baseline and measured macromolecules", bound=1.0),
    # Chemical shifts of proteins (common/metrics/shifts.py); e = predicted - observed, a value an atom.
    Measure("rmsd", "lower", "sqrt(mean e^2)", unit="ppm"),
    Measure("shift_sd", "lower", "standard deviation of e, its mean taken off", unit="ppm"),
    Measure("rmsd_trimmed", "lower", "rmsd without e further than 3.5 sd from their mean", unit="ppm"),
    Measure(
        "shift_sd_trimmed", "lower", "shift_sd without e further than 3.5 sd from their mean", unit="ppm"
    ),
    Measure("rmsd_protein", "lower", "median over proteins of the rmsd in each", unit="ppm"),
    Measure("shift_r", "higher", "Pearson r of predicted and observed shifts", bound=1.0),
    Measure("shift_bias", "lower", "|mean e|", unit="ppm"),
    Measure("outliers", "lower", "number of e further than 3.5 sd from their mean"),
    Measure("sparta_plus_ratio", "lower", "rmsd / rmsd of the program SPARTA+ on the same atoms"),
    Measure("sparta_plus_ratio_low", "lower", "lower end of its 95 % interval over proteins"),
    Measure("sparta_plus_ratio_high", "lower", "upper end of its 95 % interval over proteins"),
    # Magnetic shieldings in crystals (common/metrics/shieldings.py); e = predicted - known, a value an atom.
    Measure("rmse", "lower", "sqrt(mean e^2)", unit="ppm"),
    Measure("mae", "lower", "mean |e|", unit="ppm"),
    Measure("r2", "higher", "1 - mean e^2 / variance of the known shieldings", bound=1.0),
    Measure("soap_krr_ratio", "lower", "rmse / rmse of kernel regression on SOAP, same atoms"),
    Measure("soap_krr_ratio_low", "lower", "lower end of its 95 % interval over crystals"),
    Measure("soap_krr_ratio_high", "lower", "upper end of its 95 % interval over crystals"),
    # Candidate structures ranked by measured shifts (reproductions/mr3d_densenet/candidates.py).
    Measure("candidate_rmse", "lower", "sqrt(mean e^2) of shifts of the candidate to be found", unit="ppm"),
    Measure("candidate_place", "lower", "its rank among the candidates, from 1", bound=1.0),
    Measure("candidate_lead", "higher", "least error of another candidate - its error", unit="ppm"),
    # Stated errors, of shifts, shieldings and angles (common/metrics/calibration.py).
    Measure("coverage_1sd", "one", "share of errors within the stated sd / 0.683, that of a normal one"),
    Measure("coverage_2sd", "one", "share of errors within twice the stated sd / 0.954"),
    Measure("error_rank_r", "higher", "Spearman r of |error| and its stated sd", bound=1.0),
    # stated sd = spread_factor sqrt(spread^2 + spread_floor^2), from the spread over members of an ensemble.
    Measure("spread_factor", "one", "68.3 % quantile of |error| / sqrt(spread^2 + spread_floor^2), held out"),
    Measure("spread_floor", "lower", "median spread over the members, held out", unit="ppm"),
    # Torsion angles and secondary structure from shifts (common/metrics/torsions.py).
    Measure("predicted_fraction", "higher", "Strong and Generous / all residues with shifts", bound=1.0),
    Measure("predicted_ordered", "higher", "Strong and Generous / residues that are not Dynamic", bound=1.0),
    Measure("dynamic_fraction", "lower", "Dynamic / all residues with shifts"),
    Measure("wrong_fraction", "lower", "sqrt(dphi^2 + dpsi^2) > 60 deg / Strong and Generous"),
    Measure("wrong_either", "lower", "|dphi| or |dpsi| > 60 deg / Strong and Generous"),
    Measure("phi_rmsd", "lower", "sqrt(mean dphi^2) of the right predictions", unit="deg"),
    Measure("psi_rmsd", "lower", "sqrt(mean dpsi^2) of the right predictions", unit="deg"),
    Measure("torsion_rmsd", "lower", "sqrt(mean (dphi^2 + dpsi^2) / 2) of the right predictions", unit="deg"),
    Measure("torsion_median", "lower", "median of sqrt((dphi^2 + dpsi^2) / 2), all residues", unit="deg"),
    Measure("torsion_mean", "lower", "mean of sqrt((dphi^2 + dpsi^2) / 2), all residues", unit="deg"),
    Measure("torsion_p90", "lower", "90th percentile of sqrt((dphi^2 + dpsi^2) / 2), all", unit="deg"),
    Measure("torsion_above_25", "lower", "share of sqrt((dphi^2 + dpsi^2) / 2) > 25 deg, all residues"),
    Measure("wrong_at_90", "lower", "share of wrong ones among the surest 90 % that are not Dynamic"),
    Measure("wrong_area", "lower", "mean share of wrong ones over all coverages, the surest first"),
    Measure("chi1_fraction", "higher", "predicted chi1 rotamers / residues that have one", bound=1.0),
    Measure("chi1_accuracy", "higher", "right / predicted chi1 rotamers", bound=1.0),
    Measure("q3", "higher", "residues whose H, E or C is right / all", bound=1.0),
    # Peak picking (common/metrics/picking.py).
    Measure("ap", "higher", "average precision over all true peaks above 3 sigma", bound=1.0),
    Measure("ap_candidates", "higher", "average precision over those that a candidate reaches", bound=1.0),
    Measure("candidate_recall", "higher", "true peaks that a candidate reaches / all", bound=1.0),
    Measure("precision", "higher", "true / picked", bound=1.0),
    Measure("recall", "higher", "found / true", bound=1.0),
    Measure("f1", "higher", "2 true / (picked + all true)", bound=1.0),
    Measure("ap_low", "higher", "lower end of its 95 % interval over compounds", bound=1.0),
    Measure("ap_high", "higher", "upper end of its 95 % interval over compounds", bound=1.0),
    Measure("ap_gain_low", "higher", "lower end of the 95 % interval over compounds of ap - ap by height"),
    Measure("ap_gain_high", "higher", "upper end of the 95 % interval over compounds of ap - ap by height"),
    Measure("spectra_worse", "lower", "spectra with (ap by height - ap) zones > 1"),
    Measure("calibration_error", "lower", "mean over candidates of |probability - share true| in ten bins"),
    Measure("candidates_per_second", "higher", "candidates / time of one spectrum"),
    # Signal regions of 1D spectra (common/metrics/regions.py); there precision, recall and f1 are of length.
    Measure("regions_hit", "higher", "true regions that a found one overlaps / all", bound=1.0),
    Measure("regions_missed", "lower", "true regions that no found one overlaps", pooling="sum over cases"),
    Measure("regions_extra", "lower", "found regions that overlap no true one", pooling="sum over cases"),
    Measure("region_iou", "higher", "mean over true regions of the best shared / joint length", bound=1.0),
    Measure("calibration_error", "lower", "mean |probability stated - share that is true| of points"),
    Measure("seconds", "lower", "wall-clock time of one spectrum", unit="s"),
    # Times of the method over those of a conventional one, same machine, same run.
    Measure("ist_s_ratio", "lower", "time / time of IST-S"),
    Measure("hansen_over_ist_s", "lower", "time of the network of Hansen / time of IST-S"),
    Measure("low_rank_ratio", "lower", "time / time of low-rank Hankel completion"),
    Measure("cs_ratio", "lower", "time / time of compressed sensing"),
)
MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}


def measure(name: str) -> Measure:
    """The measure of that name; ``ValueError`` naming the known ones where there is none."""
    if name not in MEASURES:
        raise ValueError(f"no measure is called {name!r}{nearest(name, MEASURES)}")
    return MEASURES[name]


def measure_of(metric_id: str) -> Measure:
    """The measure that a metric id ends with; ``ValueError`` where it is not registered."""
    return measure(metric_id.rsplit("/", 1)[-1])
