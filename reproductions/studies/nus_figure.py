"""The figure of ``nmr-repro study nus``: a column a spectrum, against sampling and noise."""

from __future__ import annotations

import numpy as np

from common.reporting import figures
from reproductions.studies.nus_tables import FLOOR, FULL, Scores

#: Colours of Okabe and Ito. What is not here is drawn in what is left; zero filling and near doubles are not.
COLOURS = {
    "ist_s": "#D55E00",
    "ist_s_ve": "#E69F00",
    "irls": "#CC79A7",
    "low_rank": "#009E73",
    "qu_cnn/faithful": "#56B4E9",
    "qu_cnn/refined": "#0072B2",
    "hansen_lstm/any_schedule": "#000000",
}
LEFT = ("#7F3C8D", "#8C564B", "#4D4D4D")
HIDDEN = ("zero_filled", "ist_d", "low_rank_factorised")
NEUTRAL = {FULL: "#777777", FLOOR: "#777777"}
#: (case, factor, fraction) of a line's points by what they are drawn at.
Points = dict[float, tuple[str, int, float]]


def draw(record: dict):
    """RLNE against the sampled fraction, against signal-to-noise at each fraction of the series, and AUC."""
    scores, design = Scores(record), record["design"]
    cases = [case for case in design["cases"] if case in record["cases"]]
    series = design["series"] if len(design["factors"]) > 1 else []
    colours = _colours(scores)
    rows = [[_lines(scores, colours, "rlne", _fractions(scores, case)) for case in cases]]
    for fraction in series:
        rows.append([_lines(scores, colours, "rlne", _noise(scores, case, fraction)) for case in cases])
    rows.append([_lines(scores, colours, "auc", _fractions(scores, case)) for case in cases])
    percent = "sampled (%)"
    return figures.line_grid(
        rows,
        colours,
        titles=[f"{case}, SNR {record['cases'][case]['snr']:.0f}" for case in cases],
        across=[percent, *["SNR of the median peak"] * len(series), percent],
        up=["RLNE", *(f"RLNE at {100 * fraction:g} %" for fraction in series), "AUC of injected peaks"],
        floor=FLOOR,
        logarithmic=[True, *[True] * len(series), False],
    )


def _colours(scores: Scores) -> dict[str, str]:
    left = iter(LEFT)
    shown = [name for name in scores.methods if name not in HIDDEN]
    colours = {name: COLOURS.get(name) or next(left, LEFT[-1]) for name in shown}
    return colours | NEUTRAL


def _fractions(scores: Scores, case: str) -> Points:
    return {100 * fraction: (case, 1, fraction) for fraction in scores.fractions}


def _noise(scores: Scores, case: str, fraction: float) -> Points:
    snr = scores.record["cases"][case]["snr"]
    return {snr / factor: (case, factor, fraction) for factor in sorted(scores.record["design"]["factors"])}


def _lines(scores: Scores, colours: dict[str, str], measure: str, points: Points) -> dict:
    """The line of each method, mean and standard deviation over the schedules."""
    lines = {}
    for method in colours:
        known: dict[tuple, list[float]] = {}
        for fraction in {fraction for _, _, fraction in points.values()}:
            for (case, factor, _), value in scores.values(method, measure, fraction).items():
                known.setdefault((case, factor, fraction), []).append(value)
        at = {x: known[condition] for x, condition in points.items() if condition in known}
        spread = [np.std(values, ddof=1) if len(values) > 1 else 0.0 for values in at.values()]
        lines[method] = (list(at), [float(np.mean(values)) for values in at.values()], spread)
    return lines
