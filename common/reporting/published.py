"""Published figures, and what may be said of ours beside them.

``published.toml`` of a reproduction::

    # metric ids that a publishable record must have, those that stand in the table of the suite,
    # and the variants that have rows there (all, where none is named); of ids with a * one must be there
    required = ["simulated/all/rlne"]
    headlines = ["simulated/all/rlne"]
    shown = ["faithful", "refined"]
    # methods that it must have them of too; the first is the conventional one
    baselines = ["ist_s", "zero_filled"]

    # a variant that is scored on other cases than the rest
    [variants.planes]
    required = ["simulated/hnco/0.1/rlne"]

    # a figure has one of value, bound, range = [0.04, 0.06] and ranking = [best, ..., worst];
    # verified is read in the source, recalled is shown with a mark and never judged;
    # comparable is false where our data or protocol differ, and the note then says how
    [[figure]]
    id = "simulated/all/rlne"
    value = 0.05
    unit = ""
    where = "Figure 3"
    doi = "10.1000/182"
    protocol = "100 simulated FIDs at 25 %"
    status = "verified"
    comparable = false
    note = "..."

``bound`` is the worst value the source allows: at most where lower is better, at least where higher is.
``ranking`` names methods, ``network`` among them. All but ``id``, one of the four, and ``status`` may be
absent; a verified figure needs ``where`` and ``doi``.
"""

from __future__ import annotations

import fnmatch
import itertools
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from common.errors import FormatError
from common.io.text import read_toml
from common.metrics.registry import Measure, measure_of
from common.reporting.events import EventWriter, event_files
from common.reporting.record import NETWORK

FILE = "published.toml"
LISTS = ("required", "headlines", "baselines", "shown")
KINDS = ("value", "bound", "range", "ranking")
STATUSES = ("verified", "recalled")
#: Seeds that a verdict needs, and the deviation it allows where the seeds scatter less.
SEEDS = 3
ALLOWED = 0.10
#: The records a verdict may rest on.
PRESET, VARIANT = "paper", "faithful"


@dataclass(frozen=True)
class Figure:
    """One published figure; ``number`` holds what ``kind`` says: a float, two of them, or method names."""

    id: str
    kind: str
    number: float | tuple[float, float] | tuple[str, ...]
    unit: str = ""
    where: str = ""
    doi: str = ""
    protocol: str = ""
    status: str = "recalled"
    comparable: bool = True
    note: str = ""

    @property
    def measure(self) -> Measure:
        """The measure the id ends with."""
        return measure_of(self.id)

    def __str__(self) -> str:
        if self.kind == "ranking":
            return " before ".join(self.number)
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "range":
            return f"{self.number[0]:.4g} to {self.number[1]:.4g}{unit}"
        sign = {"value": "", "bound": "≤ " if self.measure.better == "lower" else "≥ "}[self.kind]
        return f"{sign}{self.number:.4g}{unit}"


def scored(required: str, ids: Iterable[str]) -> bool:
    """Whether a required id is among ids; of one with ``*``, such as ``test/*/rmse``, any that fits."""
    return any(fnmatch.fnmatchcase(id, required) for id in ids)


@dataclass(frozen=True)
class Published:
    """The published figures of one system, and what a publishable record of it holds."""

    figures: tuple[Figure, ...] = ()
    required: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def required_of(self, variant: str) -> tuple[str, ...]:
        """The ids that a publishable record of a variant must have."""
        return self.variants.get(variant, self.required)

    @property
    def conventional(self) -> str | None:
        """The method that the network is set beside; None where none is named."""
        return self.baselines[0] if self.baselines else None

    def values(self) -> dict[str, float]:
        """The figures that are one number, by id: what TensorBoard draws beside ours."""
        return {figure.id: figure.number for figure in self.figures if figure.kind in ("value", "bound")}


@dataclass(frozen=True)
class Verdict:
    """A word, or None where none may be given, and the note that goes with it."""

    word: str | None
    note: str = ""


@dataclass(frozen=True)
class Seeds:
    """The values of one id over the seeds of a run; mean and sd are nan where a seed has no finite value."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over seeds; nan for none."""
        return math.fsum(self.values) / len(self.values) if self.values else math.nan

    @property
    def sd(self) -> float:
        """Sample standard deviation over seeds; 0 for fewer than two."""
        if not math.isfinite(self.mean):
            return math.nan
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0


def over_seeds(records: list[dict], id: str, method: str = NETWORK) -> Seeds:
    """The values of an id in those records that have it, one a seed: the last trained where a seed ran twice.

    A network that diverged counts with nan, scored or not.
    """
    values = {}
    for record in sorted(records, key=lambda record: (record["trained"] or {"when": ""})["when"]):
        scores = record["metrics"] if method == NETWORK else record["baselines"].get(method, {})
        diverged = method == NETWORK and record["status"] == "diverged"
        if id in scores or diverged:
            value = None if diverged else scores[id]["value"]
            values[record["seed"]] = math.nan if value is None else float(value)
    return Seeds(tuple(values[seed] for seed in sorted(values)))


def verdict(figure: Figure, records: list[dict], baseline: str | None) -> Verdict:
    """What may be said of our runs beside a published figure.

    records: of one system; only finished runs of the faithful variant at the paper's scale, nothing
    overridden, count, a diverged one with a value that is none. baseline: the conventional method.

    ``reproduced``: as good as published, or within the larger of two sd over our seeds and 10 % (of the
    distance from the bound for measures that have one); ``better``: beyond that on the good side;
    ``partly``: only the ranking of network and baseline holds; ``not``; ``not comparable``. The word is
    None for a figure that is recalled, or for fewer than three seeds. Every word but ``reproduced`` comes
    with a note.
    """
    if figure.status == "recalled":
        return Verdict(None, _joined("recalled, not read in the source", figure.note))
    if not figure.comparable:
        return Verdict("not comparable", figure.note)
    counted = [record for record in records if counts(record)]
    ours = over_seeds(counted, figure.id)
    if records and all(record["variant"] != VARIANT for record in records):
        return Verdict(None, _joined(f"a variant of ours; the verdict is on {VARIANT}", figure.note))
    if len(ours.values) < SEEDS:
        return Verdict(None, _joined(f"{len(ours.values)} of {SEEDS} seeds at paper scale", figure.note))
    if figure.kind == "ranking":
        return _ranked(figure, counted, baseline)
    word, allowed = _compared(figure, ours)
    if word == "reproduced":
        return Verdict(word, figure.note)
    said = f"ours {ours.mean:.4g} against {figure}, within {allowed:.2g} asked"
    if word == "not" and baseline:
        theirs = over_seeds(counted, figure.id, baseline)
        holds = figure.measure.improves(ours.mean, theirs.mean)
        word = "partly" if holds else "not"
        said += f"; {baseline} has {theirs.mean:.4g}" if theirs.values else ""
    return Verdict(word, _joined(said, figure.note))


def counts(record: dict) -> bool:
    """Whether a verdict may rest on a record."""
    faithful = record["variant"] == VARIANT and record["preset"] == PRESET and not record["overrides"]
    return faithful and record["status"] != "interrupted"


def read_published(path: Path | str) -> Published:
    """The figures of a published.toml; FormatError where it is not one, OSError where it is absent."""
    content = read_toml(path)
    try:
        unknown = content.keys() - {"figure", *LISTS, "variants"}
        if unknown:
            raise ValueError(f"unknown keys {', '.join(sorted(unknown))}")
        lists = [_names(content.get(key, []), key) for key in LISTS]
        variants = _variants(content.get("variants", {}))
        for id in (*lists[0], *lists[1], *itertools.chain(*variants.values())):
            measure_of(id)
        return Published(tuple(map(_figure, content.get("figure", []))), *lists, variants)
    except (ValueError, TypeError) as error:
        raise FormatError(path, str(error)) from None


def _variants(tables) -> dict[str, tuple[str, ...]]:
    if not isinstance(tables, dict) or any(
        not isinstance(table, dict) or list(table) != ["required"] for table in tables.values()
    ):
        raise ValueError("variants are tables that have required and nothing else")
    return {name: _names(table["required"], f"variants.{name}.required") for name, table in tables.items()}


def write_events(run_folder: Path | str, published: Published) -> None:
    """Write the published figures as the TensorBoard run ``published/`` of a run, under the tags of ours."""
    folder = Path(run_folder, "published")
    for path in event_files(folder):
        path.unlink()
    with EventWriter(folder) as events:
        for id, value in published.values().items():
            events.scalar(id, value, 0)
        lines = [f"* `{one.id}`: {one} ({one.status}) {one.where} {one.doi}" for one in published.figures]
        events.text("published", "\n".join(lines))


def _compared(figure: Figure, ours: Seeds) -> tuple[str, float]:
    """``better``, ``reproduced`` or ``not`` for a number, and the deviation that was allowed."""
    good, bad = _ends(figure)
    allowed = ALLOWED * _scale(figure.measure, bad)
    if not math.isfinite(ours.mean):
        return "not", allowed
    allowed = max(2 * ours.sd, allowed)
    # A deviation of exactly what is allowed is allowed, whatever the last bit says.
    if _gain(figure.measure, ours.mean, bad) < -allowed * (1 + 1e-9):
        return "not", allowed
    if good is not None:
        allowed = max(2 * ours.sd, ALLOWED * _scale(figure.measure, good))
        if _gain(figure.measure, ours.mean, good) > allowed * (1 + 1e-9):
            return "better", allowed
    return "reproduced", allowed


def _ends(figure: Figure) -> tuple[float | None, float]:
    """The best and the worst value that are as published; no best one for a bound."""
    if figure.kind == "range":
        low, high = figure.number
        if figure.measure.better == "one":
            far = max(figure.number, key=lambda end: abs(end - 1))
            return (None if low <= 1 <= high else low + high - far), far
        return (low, high) if figure.measure.better == "lower" else (high, low)
    return (None if figure.kind == "bound" else figure.number), figure.number


def _scale(measure: Measure, published: float) -> float:
    """What the 10 % are taken of: the figure, or its distance from the bound of the measure."""
    return abs(published) if measure.bound is None else abs(measure.bound - published)


def _gain(measure: Measure, ours: float, published: float) -> float:
    """How far ours lies on the good side of a published value."""
    if measure.better == "one":
        return abs(published - 1) - abs(ours - 1)
    return published - ours if measure.better == "lower" else ours - published


def _ranked(figure: Figure, records: list[dict], baseline: str | None) -> Verdict:
    """The verdict on an order of methods: every neighbouring pair holds in ours, on the mean over seeds."""
    means = {method: over_seeds(records, figure.id, method).mean for method in (*figure.number, baseline)}
    improves = figure.measure.improves
    if all(improves(means[a], means[b]) for a, b in itertools.pairwise(figure.number)):
        return Verdict("reproduced", figure.note)
    partly = baseline is not None and improves(means[NETWORK], means[baseline])
    ours = ", ".join(f"{method} {means[method]:.4g}" for method in figure.number)
    return Verdict("partly" if partly else "not", _joined(f"ours {ours}", figure.note))


def _figure(entry: dict) -> Figure:
    """A checked figure; ValueError says what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError(f"figure {entry!r} is not a table")
    name = f"figure {entry.get('id')!r}"
    kinds = [kind for kind in KINDS if kind in entry]
    unknown = entry.keys() - {*KINDS, *Figure.__dataclass_fields__} | entry.keys() & {"kind", "number"}
    if len(kinds) != 1 or unknown:
        raise ValueError(f"{name}: needs one of {', '.join(KINDS)} and no unknown key {sorted(unknown)}")
    (kind,) = kinds
    rest = {key: value for key, value in entry.items() if key != kind}
    wrong = [
        key for key, value in rest.items() if not isinstance(value, bool if key == "comparable" else str)
    ]
    if wrong or "id" not in rest or rest.get("status") not in STATUSES:
        raise ValueError(f"{name}: id and status ({' or '.join(STATUSES)}) are needed; wrong type: {wrong}")
    figure = Figure(kind=kind, number=_number(entry[kind], kind, name), **rest)
    if figure.unit != figure.measure.unit:
        raise ValueError(f"{name}: unit {figure.unit!r} is not that of the measure, {figure.measure.unit!r}")
    if kind == "bound" and figure.measure.better == "one":
        raise ValueError(f"{name}: a measure that is best at one has a range, not a bound")
    if figure.status == "verified" and not (figure.where and figure.doi):
        raise ValueError(f"{name}: a verified figure says where it was read and the doi")
    if not figure.comparable and not figure.note:
        raise ValueError(f"{name}: a figure that is not comparable has a note that says how")
    return figure


def _number(value, kind: str, name: str):
    """The checked content of value, bound, range or ranking."""
    if kind == "ranking":
        methods = _names(value, f"{name}: ranking")
        if len(set(methods)) < 2 or len(set(methods)) != len(methods) or NETWORK not in methods:
            raise ValueError(f"{name}: a ranking names {NETWORK} and other methods, best first")
        return methods
    numbers = value if kind == "range" else [value]
    real = isinstance(numbers, list) and all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
    if not real or len(numbers) != (2 if kind == "range" else 1) or numbers != sorted(numbers):
        raise ValueError(f"{name}: {kind} is {value!r}, not a number or two rising ones for a range")
    return tuple(map(float, numbers)) if kind == "range" else float(numbers[0])


def _names(value, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"{where} is not a list of names")
    return tuple(value)


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))
