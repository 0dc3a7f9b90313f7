"""The figure of ``nmr-repro study nus``: a column a spectrum, against sampling and noise."""

from __future__ import annotations

import numpy as np

from common.reporting import figures
from reproductions.studies.nus_tables import FLOOR, FULL, USUAL, Scores

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
    """RLNE against the sampled fraction; over that of IST-S, against signal-to-noise; and AUC."""
    scores, design = Scores(record), record["design"]
    cases = [case for case in design["cases"] if case in record["cases"]]
    series = design["series"] if len(design["factors"]) > 1 else []
    colours = _colours(scores)
    rows = [[_lines(scores, colours, "rlne", _fractions(scores, case)) for case in cases]]
    for fraction in series:
        rows.append([_beside(scores, colours, _noise(scores, case, fraction)) for case in cases])
    rows.append([_lines(scores, colours, "auc", _fractions(scores, case)) for case in cases])
    percent = "sampled (%)"
    return figures.line_grid(
        rows,
        colours,
        titles=[f"{case}, SNR {record['cases'][case]['snr']:.0f}" for case in cases],
        across=[percent, *["SNR of the median peak"] * len(series), percent],
        up=["RLNE", *(f"RLNE / IST-S, {100 * fraction:g} %" for fraction in series), "AUC, injected peaks"],
        floor=FLOOR,
        logarithmic=[True, *[False] * len(series), False],
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
    return {method: _line(_values(scores, method, measure, points)) for method in colours}


def _beside(scores: Scores, colours: dict[str, str], points: Points) -> dict:
    """Lines of RLNE over that of IST-S at the same schedule."""
    usual = _values(scores, USUAL, "rlne", points)
    lines = {}
    for method in colours.keys() - {FLOOR, FULL}:
        own = _values(scores, method, "rlne", points)
        ratios = {
            x: {each: value / usual[x][each] for each, value in values.items() if each in usual.get(x, {})}
            for x, values in own.items()
        }
        lines[method] = _line({x: values for x, values in ratios.items() if values})
    return lines


def _values(scores: Scores, method: str, measure: str, points: Points) -> dict[float, dict[int, float]]:
    """Values by schedule at every point that has some."""
    found: dict[float, dict[int, float]] = {}
    for x, (case, factor, fraction) in points.items():
        for (name, times, repeat), value in scores.values(method, measure, fraction).items():
            if (name, times) == (case, factor):
                found.setdefault(x, {})[repeat] = value
    return found


def _line(values: dict[float, dict[int, float]]) -> tuple[list[float], list[float], list[float]]:
    each = [list(schedules.values()) for schedules in values.values()]
    spread = [float(np.std(some, ddof=1)) if len(some) > 1 else 0.0 for some in each]
    return list(values), [float(np.mean(some)) for some in each], spread
