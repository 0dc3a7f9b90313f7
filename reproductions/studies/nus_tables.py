"""What the record of ``nmr-repro study nus`` says, in tables: nothing here computes a reconstruction."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from common.reporting.tables import NONE, Table

FLOOR, FULL = "noise_floor", "fully_sampled"
#: What every method is set beside.
USUAL = "ist_s"
#: Names and lower bounds of the classes of signal-to-noise, of the median peak fully sampled; best first.
CLASSES = (("50 and more", 50.0), ("20 to 50", 20.0), ("below 20", 0.0))
#: Measures of the table of methods: heading and format.
MEASURES = {
    "rlne": ("RLNE", ".3f"),
    "peak_r2": ("peak r2", ".3f"),
    "height_slope": ("slope", ".3f"),
    "weak_quarter_error": ("weak quarter", ".3f"),
    "missed_peaks": ("missed", ".1f"),
    "false_peaks": ("false", ".1f"),
    "auc": ("AUC", ".3f"),
    "mrmf": ("MRMF", ".3f"),
    "injected_slope": ("injected slope", ".3f"),
}
#: (case, factor, repeat)
Unit = tuple[str, int, int]


@dataclass(frozen=True)
class Scores:
    """The scores of a record, to be asked for: ``{(method, measure, fraction): {unit: value}}``."""

    record: dict

    def values(self, method: str, measure: str, fraction: float) -> dict[Unit, float]:
        """Every value of a measure at a fraction, by case, noise factor and schedule."""
        return {
            (entry["case"], entry["factor"], repeat): value
            for entry in self.record["scores"]
            if (entry["method"], entry["fraction"]) == (method, fraction)
            for repeat, value in zip(entry["schedules"], entry["values"].get(measure, ()), strict=False)
            if value is not None
        }

    @property
    def methods(self) -> list[str]:
        """In the order of the record."""
        return list(self.record["methods"])

    @property
    def fractions(self) -> list[float]:
        """Sampled fractions, ascending."""
        return sorted({entry["fraction"] for entry in self.record["scores"]})

    def judged(self) -> dict[str, dict]:
        """The cases that chose nothing; all where every case is for development, as in a quick study."""
        cases = self.record["cases"]
        return {name: facts for name, facts in cases.items() if facts["role"] == "test"} or cases

    def snr(self, unit: Unit) -> float:
        """Signal-to-noise of the median peak of the fully sampled spectrum, noise added."""
        case, factor, _ = unit
        return self.record["cases"][case]["snr"] / factor


def tables(record: dict) -> dict[str, dict]:
    """Every table of a record as it keeps them, by name."""
    scores = Scores(record)
    made = {"answer": answer(scores)}
    for fraction in record["design"]["series"]:
        made[f"methods-{100 * fraction:g}".replace(".", "-")] = methods(scores, fraction)
    made["one-schedule"] = one_schedule(scores, record["design"]["series"][0])
    return {name: table.to_json() for name, table in made.items()}


def answer(scores: Scores) -> Table:
    """The best method for each sampled fraction and class of signal-to-noise, and by how much."""
    rows, cases = [], scores.judged()
    for fraction in scores.fractions:
        for name, units in _classes(scores, fraction).items():
            errors = _complete(scores, "rlne", fraction, units)
            areas = _complete(scores, "auc", fraction, units)
            if not errors:
                continue
            rows.append((_percent(fraction), name, str(len(units)), *_ranked(errors, scores), *_found(areas)))
    columns = (
        "sampled", "SNR", "n", "lowest RLNE", "next", "best conventional", USUAL, "noise floor",
        "highest AUC", "next ", "all points",
    )  # fmt: skip
    notes = (
        f"Spectra: {', '.join(cases)}; n: spectra times schedules. SNR: median peak over noise of the fully"
        " sampled spectrum, noise added.",
        "RLNE: geometric mean over n. The others: how much higher theirs is, and at how many of n.",
        "AUC: area under recovery against false discovery rate of injected peaks, mean over n; all points:"
        " that of the fully sampled spectrum.",
        "A method that does not do all n, such as a network that knows one schedule, is not in this table.",
    )
    return Table(columns, tuple(rows), notes)


def methods(scores: Scores, fraction: float) -> Table:
    """Every method at one fraction, no noise added: means over spectra and schedules."""
    full = [case for case in scores.judged() if case in scores.record["design"]["cases"]]
    repeats = range(scores.record["design"]["schedules"])
    units = {(case, 1, repeat) for case in full for repeat in repeats}
    rows = []
    for method in (*scores.methods, FULL, FLOOR):
        cells = [
            _mean(scores.values(method, measure, fraction), units, form)
            for measure, (_, form) in MEASURES.items()
        ]
        if any(cell != NONE for cell in cells):
            rows.append((method, _seconds(scores, method, fraction, full), *cells))
    columns = ("method", "CPU s", *(heading for heading, _ in MEASURES.values()))
    notes = (
        f"{_percent(fraction)} of the points, no noise added; mean over {', '.join(full)} ± standard"
        f" deviation over {len(repeats)} schedules, averaged over the spectra.",
        "CPU s: processor time of one spectrum, mean over the spectra, best of the schedules, on "
        f"{scores.record['environment']['hardware']['processor']}; `study times` has wall-clock times.",
    )
    return Table(columns, tuple(rows), notes)


def one_schedule(scores: Scores, fraction: float) -> Table:
    """RLNE of every spectrum at the first schedule: there the networks that know one schedule take part."""
    cases = list(scores.record["cases"])
    rows = []
    for method in (*scores.methods, FLOOR):
        values = scores.values(method, "rlne", fraction)
        cells = [values.get((case, 1, 0)) for case in cases]
        if any(cell is not None for cell in cells):
            rows.append((method, *(NONE if cell is None else f"{cell:.3f}" for cell in cells)))
    roles = [f"{case} ({facts['role']})" for case, facts in scores.record["cases"].items()]
    notes = (
        f"RLNE at {_percent(fraction)} of the points, first schedule, no noise added. A network that knows"
        " one schedule of one size takes part where it is this one.",
    )
    return Table(("method", *roles), tuple(rows), notes)


def _classes(scores: Scores, fraction: float) -> dict[str, list[Unit]]:
    """Spectra and schedules of a fraction by class of signal-to-noise."""
    units = [unit for unit in scores.values(FLOOR, "rlne", fraction) if unit[0] in scores.judged()]
    found: dict[str, list[Unit]] = {name: [] for name, _ in CLASSES}
    for unit in units:
        found[next(name for name, least in CLASSES if scores.snr(unit) >= least)].append(unit)
    return {name: members for name, members in found.items() if members}


def _complete(scores: Scores, measure: str, fraction: float, units: list[Unit]) -> dict[str, list[float]]:
    """The values at all units of each method that has them, of the fully sampled and of the floor."""
    found = {}
    for method in (*scores.methods, FULL, FLOOR):
        values = scores.values(method, measure, fraction)
        have = [unit for unit in units if unit in values]
        if len(have) == len(units):
            found[method] = [values[unit] for unit in units]
    return found


def _ranked(errors: dict[str, list[float]], scores: Scores) -> tuple[str, ...]:
    """Best, next, best conventional, IST-S and floor, each beside the best."""
    order = sorted(errors.keys() - {FULL, FLOOR}, key=lambda name: (_geometric(errors[name]), name))
    best = order[0]
    conventional = [name for name in order if scores.record["methods"][name].startswith("conventional")]
    beside = [*order[1:2], *conventional[:1], USUAL]
    cells = [NONE if name == best else _beside(name, errors, best) for name in beside if name in errors]
    cells += [NONE] * (3 - len(cells))
    floor = f"{_geometric(errors[FLOOR]):.3f}" if FLOOR in errors else NONE
    return (f"**{best}** {_geometric(errors[best]):.3f}", *cells, floor)


def _beside(name: str, errors: dict[str, list[float]], best: str) -> str:
    ratio = _geometric(errors[name]) / _geometric(errors[best])
    worse = sum(theirs > ours for theirs, ours in zip(errors[name], errors[best], strict=True))
    return f"{name} +{100 * (ratio - 1):.0f} % ({worse} of {len(errors[best])})"


def _found(areas: dict[str, list[float]]) -> tuple[str, str, str]:
    order = sorted(areas.keys() - {FULL, FLOOR}, key=lambda name: (-_mean_of(areas[name]), name))
    said = [f"{name} {_mean_of(areas[name]):.3f}" for name in order[:2]]
    full = f"{_mean_of(areas[FULL]):.3f}" if FULL in areas else NONE
    best, second = [*said, NONE, NONE][:2]
    return (f"**{best}**" if said else NONE), second, full


def _mean(values: dict[Unit, float], units: Iterable[Unit], form: str) -> str:
    """Mean over units ± the spread over schedules of one spectrum; nothing unless all are there."""
    units = sorted(units)
    if not units or not all(unit in values for unit in units):
        return NONE
    by_case: dict[str, list[float]] = {}
    for unit in units:
        by_case.setdefault(unit[0], []).append(values[unit])
    spread = [statistics.stdev(each) for each in by_case.values() if len(each) > 1]
    said = f"{_mean_of(values[unit] for unit in units):{form}}"
    return f"{said} ± {_mean_of(spread):{form}}" if spread else said


def _seconds(scores: Scores, method: str, fraction: float, cases: list[str]) -> str:
    taken = [
        entry["seconds"]
        for entry in scores.record["scores"]
        if (entry["method"], entry["fraction"], entry["factor"]) == (method, fraction, 1)
        and entry["case"] in cases
        and "seconds" in entry
    ]
    return f"{_mean_of(taken):.2g}" if taken else NONE


def _percent(fraction: float) -> str:
    return f"{100 * fraction:g} %"


def _geometric(values: list[float]) -> float:
    return math.exp(_mean_of(math.log(value) for value in values))


def _mean_of(values: Iterable[float]) -> float:
    return statistics.fmean(values)
