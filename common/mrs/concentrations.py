"""The table of concentrations: sums, ratios to total creatine, and their uncertainties."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from common.errors import UserError, nearest
from common.metrics.concentrations import TOTALS

#: Totals whose parts are given only where they are asked for (Near et al. 2021, NMR Biomed. 34:e4257).
UNDIVIDED = ("tCr", "tCho")
REFERENCE = "tCr"


@dataclass(frozen=True)
class Row:
    """A metabolite or a sum: its value, standard deviation (NaN where not known) and unit."""

    name: str
    value: float
    sd: float
    unit: str


def chosen(names: Iterable[str], each: Iterable[str] = ()) -> dict[str, np.ndarray]:
    """What a table has, in order, each with its weights (metabolites,) over ``names``.

    each: parts of :data:`UNDIVIDED` totals to give as well; ``UserError`` for a name that is not there.
    """
    names, each = list(names), list(each)
    for name in each:
        if name not in names:
            raise UserError(f"--each {name}: no such metabolite{nearest(name, names)}")
    weights = {
        total: np.array([float(name in parts) for name in names])
        for total, parts in TOTALS.items()
        if any(part in names for part in parts)
    }
    hidden = {part for total in UNDIVIDED for part in TOTALS[total]} - set(each)
    for name in names:
        if name not in hidden:
            weights[name] = np.array([float(other == name) for other in names])
    return weights


def ratios(names, amounts: np.ndarray, covariance: np.ndarray, each: Iterable[str] = ()) -> list[Row]:
    """Ratios to total creatine with their standard deviations.

    amounts: (metabolites,), covariance: its. For ``r = a c / b c`` the variance is
    ``(a - r b) V (a - r b) / (b c)^2``. ``UserError`` where there is no creatine to refer to.
    """
    weights = chosen(names, each)
    total = weights.get(REFERENCE)
    if total is None or not total @ amounts > 0:
        raise UserError("no creatine was found, so there are no ratios to it")
    rows = []
    for name, weight in weights.items():
        if name == REFERENCE:
            continue
        ratio = float(weight @ amounts / (total @ amounts))
        lever = weight - ratio * total
        rows.append(Row(name, ratio, _root(lever, covariance) / float(total @ amounts), f"/{REFERENCE}"))
    return rows


def concentrations(
    names,
    amounts: np.ndarray,
    covariance: np.ndarray,
    unit: str,
    error: float = 0.0,
    each: Iterable[str] = (),
) -> list[Row]:
    """Amounts in a unit; ``error``: relative standard error of the scale, which all share."""
    rows = []
    for name, weight in chosen(names, each).items():
        value = float(weight @ amounts)
        rows.append(Row(name, value, float(np.hypot(_root(weight, covariance), error * value)), unit))
    return rows


def _root(weight: np.ndarray, covariance: np.ndarray) -> float:
    """Standard deviation of a weighted sum; what is not in it does not matter, even where it is NaN."""
    inside = weight != 0
    variance = weight[inside] @ covariance[np.ix_(inside, inside)] @ weight[inside]
    return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("nan")


def table_bytes(rows: Iterable[Row], method: str) -> bytes:
    """A CSV file: name, value, standard deviation, unit, method; an empty field where sd is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "value", "sd", "unit", "method"])
    for row in rows:
        sd = f"{row.sd:.6g}" if np.isfinite(row.sd) else ""
        writer.writerow([row.name, f"{row.value:.6g}", sd, row.unit, method])
    return text.getvalue().encode()
