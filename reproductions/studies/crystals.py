"""Shieldings of crystals: the paper's ablations, cross-validation, learning curves, and what width brings.

Nothing is trained here: the finished runs of mr3d_densenet in RUNS are read, each with what its methods
predict for its test crystals. Rows that were published from runs which are no longer there stay as they were.
What there have been no runs for is left out, and the tables say so.

example: nmr-repro study crystals
         nmr-repro study crystals --publish
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from common.errors import RunError
from reproductions import registry
from reproductions.studies import kept
from reproductions.studies.crystals_tables import ABLATIONS, FAITHFUL, RATIOS, tables

if TYPE_CHECKING:
    from common.metrics.shifts import Interval

NAME = "crystals"
PAPER = "mr3d_densenet"
NUCLEI = ("H", "C", "N", "O")
#: The preset and the nucleus of the ablations.
PRESET, NUCLEUS = "quick", "N"
#: The set of atoms: relaxed crystals, symmetry copies once.
ATOMS = "test"
#: An earlier record, where there is none.
NOTHING = {"ablations": [], "folds": [], "curves": [], "widths": [], "runs": [], "commits": []}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the runs are, and where tables go."""
    kept.add_options(parser, quick=None, runs="where the finished runs are")


def main(arguments: argparse.Namespace) -> None:
    """Read the runs, then write record and figure and show the tables."""
    from reproductions.studies.crystals_figure import draw

    if arguments.publish:
        kept.check_publishable(quick=False)
    started = time.perf_counter()
    runs, records = finished(arguments.runs / PAPER)
    record = collect(runs, records, started, published=registry.RESULTS / kept.FOLDER / f"{NAME}.json")
    folder = arguments.runs / kept.FOLDER / NAME
    kept.finish(record, draw(record), folder, publish=arguments.publish)


def finished(folder: Path) -> tuple[list, dict[str, dict]]:
    """The finished runs of a folder but those of the tests, and their records by id; RunError without any.

    Of runs that differ in the backend alone the first counts.
    """
    from common.reporting.record import complete_record
    from common.reporting.tables import HIDDEN

    found = {path.name: complete_record(path) for path in sorted(folder.glob("*"))}
    records = {name: record for name, record in found.items() if record and record["preset"] != HIDDEN}
    there = {}
    for run in _learning().finished(folder / name for name in records):
        if not run.config.made_up:
            there.setdefault((run.variant, run.seed, run.config), run)
    runs = list(there.values())
    if not runs:
        raise RunError(f"{folder} has no finished run with predictions; train one (nmr-repro run {PAPER})")
    return runs, records


def collect(runs: Sequence, records: dict[str, dict], started: float, published: Path | None = None) -> dict:
    """The record: errors and ratios with their intervals, and the runs that they are of.

    published: an earlier record, whose rows stay where their runs are not among these.
    """
    from common.reporting.record import environment

    parts = {
        "ablations": ablations(runs),
        "folds": folds(runs),
        "curves": curves(runs),
        "widths": widths(runs, records),
    }
    earlier = kept.read(published) if published and published.exists() else NOTHING
    parts = {part: with_earlier(rows, earlier[part]) for part, rows in parts.items()}
    named = {run for part in parts.values() for row in part for run in row["runs"]}
    used = [run for run in runs if run.folder.name in named]
    stay = [run for run in earlier["runs"] if run["id"] in named - {each.folder.name for each in used}]
    code = [records[run.folder.name][when] for run in used for when in ("trained", "evaluated")]
    commits = {each["commit"][:12] + kept.DIRTY * bool(each["dirty"]) for each in code}
    commits |= set(earlier["commits"]) if stay else set()
    backend = (used or runs)[0].backend
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": False,
        "environment": environment(backend, "cpu", time.perf_counter() - started),
        "commits": sorted(commits),
        "runs": sorted([*map(told, used), *stay], key=lambda run: run["id"]),
        "published": published_ratios(),
        **parts,
    }
    return record | {"tables": tables(record)}


def with_earlier(rows: list[dict], earlier: list[dict]) -> list[dict]:
    """Rows and those of an earlier record that stand for more runs than theirs, or for what they do not have.

    Rows stand for the same where variant, preset, seed, nucleus and channels agree.
    """

    def key(row: dict) -> tuple:
        return tuple(row.get(field) for field in ("variant", "preset", "seed", "element", "channels"))

    made = {key(row): row for row in earlier}
    for row in rows:
        there = made.get(key(row))
        if there is None or len(row["runs"]) >= len(there["runs"]):
            made[key(row)] = row
    return list(made.values())


def told(run) -> dict:
    """What the record says of a run."""
    fields = ("fold", "share", "channels")
    said = {"id": run.folder.name, "preset": run.preset, "variant": run.variant, "seed": run.seed}
    said["backend"] = run.backend
    return said | {field: getattr(run.config, field) for field in fields}


def published_ratios() -> dict[str, float]:
    """The published ratios of the network's error to that of kernel regression, by nucleus."""
    figures = {figure.id: figure for figure in registry.get(PAPER).published.figures}
    wanted = {element: f"shiftml_csd/all_atoms/{element}/soap_krr_ratio" for element in NUCLEI}
    return {element: figures[id].number for element, id in wanted.items() if id in figures}


def ablations(runs: Sequence) -> list[dict]:
    """A row of each variant of the paper's network that has runs: its errors, and over those of faithful.

    Seeds are taken together by the mean of their squared errors of each atom. RunError where runs were
    tested on other atoms.
    """
    from common.training.config import resolve

    module, by_variant = registry.get(PAPER).module("config"), {}
    for run in runs:
        wanted = run.variant in (FAITHFUL, *ABLATIONS) and run.predicts(NUCLEUS)
        if wanted and run.config == resolve(module, PRESET, run.variant, {}):
            by_variant.setdefault(run.variant, []).append(run)
    if FAITHFUL not in by_variant:
        return []
    rows, reference = [], _together(by_variant[FAITHFUL])
    for variant in (each for each in (FAITHFUL, *ABLATIONS) if each in by_variant):
        own = by_variant[variant]
        both = _beside(_together(own), reference)
        rows.append(
            {
                "variant": variant,
                "runs": [run.folder.name for run in own],
                "seeds": [_rounded(_tested(run, NUCLEUS).rmse("network").value) for run in own],
                "rmse": _interval(both.rmse("network")),
                "ratio": _interval(both.compare("network", FAITHFUL).ratio),
            }
        )
    return rows


def folds(runs: Sequence) -> list[dict]:
    """A row of each nucleus of each cross-validation that is whole; of others the folds that are there."""
    learning, rows = _learning(), []
    for element in NUCLEI:
        for group in learning.groups(runs, element, "fold"):
            row = _row(group, element) | {"folds": [run.config.fold for run in group]}
            if found := learning.pooled(group, element):
                row |= _errors(found.sets()[ATOMS])
            rows.append(row)
    return rows


def curves(runs: Sequence) -> list[dict]:
    """A row of each nucleus of each learning curve: errors at each number of crystals, and the power laws."""
    learning, rows = _learning(), []
    for element in NUCLEI:
        for group in learning.groups(runs, element, "share"):
            crystals = [learning.learnt_from(run, element) for run in group]
            found = [_tested(run, element) for run in group]
            laws = learning.laws(crystals, found)
            points = [{"learnt_from": n} | _errors(each) for n, each in zip(crystals, found, strict=True)]
            exponents = {method: _interval(each) for method, each in laws.exponents.items()}
            law = {"exponents": exponents, "at_full": _interval(laws.ratio)}
            law["crossing"] = _rounded(laws.crossing)
            rows.append(_row(group, element) | {"points": points, **law})
    return rows


def widths(runs: Sequence, records: dict[str, dict]) -> list[dict]:
    """A row of each run of those that differ in the number of channels alone."""
    learning, rows = _learning(), []
    for element in NUCLEI:
        for run in (each for group in learning.groups(runs, element, "channels") for each in group):
            parts = records[run.folder.name]["parts"].values()
            size = {"parameters": sum(part["parameters"] for part in parts), "channels": run.config.channels}
            rows.append(_row([run], element) | size | _errors(_tested(run, element)))
    return rows


def _learning():
    return registry.get(PAPER).module("learning")


def _row(group: Sequence, element: str) -> dict:
    """What runs that belong together share."""
    run = group[0]
    said = {"variant": run.variant, "preset": run.preset, "seed": run.seed, "element": element}
    return said | {"runs": [each.folder.name for each in group]}


def _tested(run, element: str):
    """The test atoms of a run that all of its methods predict."""
    return run.predicted(element).sets()[ATOMS]


def _together(runs: Sequence):
    """The test atoms of runs that differ in the seed, and as the network's the mean square error of each."""
    found = [_tested(run, NUCLEUS) for run in runs]
    for each in found:
        _same_atoms(each, found[0])
    error = np.sqrt(np.mean([(each.predicted["network"] - each.known) ** 2 for each in found], axis=0))
    return replace(found[0], predicted={"network": found[0].known + error}, stated={})


def _beside(one, reference):
    """Atoms with the network of both."""
    _same_atoms(one, reference)
    return replace(one, predicted={**one.predicted, FAITHFUL: reference.predicted["network"]})


def _same_atoms(one, other) -> None:
    if not (np.array_equal(one.crystal, other.crystal) and np.array_equal(one.known, other.known)):
        raise RunError("runs that are compared were tested on other atoms; evaluate them again")


def _errors(found) -> dict:
    """How many atoms and crystals, errors by method, and the ratios of ``RATIOS`` that can be had."""
    ratios = {
        f"{method}/{over}": _interval(found.compare(method, over).ratio)
        for method, over in RATIOS
        if {method, over} <= found.predicted.keys()
    }
    methods = [method for method in registry.get(PAPER).module("curves").METHODS if method in found.predicted]
    return {
        "atoms": len(found.known),
        "crystals": len(np.unique(found.crystal)),
        "rmse": {method: _interval(found.rmse(method)) for method in methods},
        "ratio": ratios,
    }


def _interval(found: Interval) -> list[float]:
    """Value and ends."""
    return [_rounded(each) for each in (found.value, found.low, found.high)]


def _rounded(value: float) -> float | None:
    """As records of studies have it; None for what is infinite, which JSON cannot say."""
    return kept.rounded(value) if np.isfinite(value) else None
