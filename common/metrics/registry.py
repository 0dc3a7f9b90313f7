"""Every measure that a metric id may end with, registered once.

A metric id reads ``<source>/<case>[/<condition>]/<measure>``; its last segment is a name of this registry,
which says the unit, which direction is better, and how repeats of an id are pooled.
"""

from __future__ import annotations

from dataclasses import dataclass

BETTER = ("lower", "higher", "one")


@dataclass(frozen=True)
class Measure:
    """One measure.

    name: last segment of a metric id. unit: as printed in tables, empty for a pure number.
    better: ``lower``, ``higher`` or ``one`` (the closer to one the better, as for a slope).
    bound: the best value the measure can reach (1.0 for a correlation), or None where verdicts use none.
    pooling: how several cases become one value. formula: one line.
    """

    name: str
    unit: str
    better: str
    bound: float | None
    pooling: str
    formula: str

    def __post_init__(self):
        if self.better not in BETTER:
            raise ValueError(f"better is one of {', '.join(BETTER)}, not {self.better!r}")

    def improves(self, value: float, reference: float) -> bool:
        """Whether ``value`` is better than ``reference``; never so for NaN."""
        if self.better == "one":
            return abs(value - 1.0) < abs(reference - 1.0)
        return value < reference if self.better == "lower" else value > reference


_MEAN = "mean over cases"

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "rlne", "", "lower", None, _MEAN, "||x - estimate|| / ||x|| of the real spectrum in the region"
        ),
        Measure("rlne_floor", "", "lower", None, _MEAN, "sigma sqrt(points) / ||x||: noise of the reference"),
        Measure(
            "rlne_floor_kept",
            "",
            "lower",
            None,
            _MEAN,
            "rlne_floor * sqrt(sum of w^2 over unmeasured t1 / sum of w^2), w the t1 window",
        ),
        Measure(
            "peak_r2", "", "higher", 1.0, _MEAN, "squared Pearson r of estimated and reference peak heights"
        ),
        Measure(
            "height_slope", "", "one", None, _MEAN, "sum(h_est h_ref) / sum(h_ref^2) over the reference peaks"
        ),
        Measure(
            "weak_quarter_error",
            "",
            "lower",
            None,
            _MEAN,
            "median |h_est - h_ref| / h_ref of the weakest quarter",
        ),
        Measure(
            "position_error", "Hz", "lower", None, _MEAN, "median distance of matched peaks over all axes"
        ),
        Measure(
            "missed_peaks", "", "lower", None, _MEAN, "reference peaks without a local maximum in the window"
        ),
        Measure(
            "false_peaks",
            "",
            "lower",
            None,
            _MEAN,
            "peaks above the threshold with no reference peak in the window",
        ),
        Measure("seconds", "s", "lower", None, _MEAN, "wall-clock time of one spectrum"),
        Measure(
            "ist_s_ratio",
            "",
            "lower",
            None,
            _MEAN,
            "time of the method / time of IST-S, same machine, same run",
        ),
    )
}


def measure(name: str) -> Measure:
    """The measure of that name; ``ValueError`` naming the known ones where there is none."""
    try:
        return MEASURES[name]
    except KeyError:
        known = ", ".join(sorted(MEASURES))
        raise ValueError(f"no measure is called {name!r}; the registered ones are {known}") from None


def measure_of(metric_id: str) -> Measure:
    """The measure that a metric id ends with; ``ValueError`` where it is not registered."""
    return measure(metric_id.rsplit("/", 1)[-1])
