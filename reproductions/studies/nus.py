"""Which method, at which sampling, for my signal-to-noise: every method on the same points of known spectra.

Points of fully sampled 15N HSQCs, of a methyl correlation and of a simulated disordered protein are left out;
every conventional method and every published network completes them. Scored are the error of the spectrum and
its peaks, and what is recovered of synthetic peaks injected into its empty regions. Noise is added to the
measured FIDs in a series; the reference stays the spectrum without it. What has been computed stays in
RUNS/studies/nus/rows.jsonl: the same command goes on after an interruption, and takes in new networks.

example: nmr-repro study nus --quick
         nmr-repro study nus --publish
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from common.errors import DataMissing, UserError
from reproductions import registry, runs
from reproductions.contestants import Contestant, contestants
from reproductions.studies import kept
from reproductions.studies.nus_tables import FLOOR, FULL, tables

NAME = "nus"
#: Raise it when a change of this module or of :mod:`samples` changes a score.
VERSION = 1


@dataclass(frozen=True)
class Design:
    """What is computed.

    cases: spectra with all fractions, noise added at those of ``series`` by ``factors``. few: spectra with
    the fractions of ``series`` and no noise added. schedules: Poisson-gap schedules of each; the noise and
    the injected peaks are drawn anew with each.
    """

    cases: tuple[str, ...] = ("acbp", "sod1wt", "savinase", "ubiquitin", "disordered")
    few: tuple[str, ...] = ("hdac8_uniform",)
    fractions: tuple[float, ...] = (0.08, 0.125, 0.2, 0.25, 0.3, 0.4)
    series: tuple[float, ...] = (0.125, 0.25)
    factors: tuple[int, ...] = (1, 2, 4, 8)
    schedules: int = 2

    def at(self, case: str, factor: int) -> tuple[float, ...]:
        """The fractions at which a case is scored with noise of that factor."""
        if factor == 1:
            return self.series if case in self.few else self.fractions
        return () if case in self.few else self.series


QUICK = Design(cases=("acbp",), few=(), fractions=(0.125, 0.25), factors=(1, 4), schedules=1)


@dataclass(frozen=True)
class Entry:
    """A method of the study; ``version``: what its rows depend on beside name and data."""

    contestant: Contestant
    version: str

    @property
    def name(self) -> str:
        """As :class:`Contestant` has it."""
        return self.contestant.name


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, where, and which networks beside the published ones."""
    kept.add_options(parser, "one spectrum, few conditions: a minute or two")
    add = parser.add_argument
    add("--run", action="append", default=[], metavar="RUN", help="a network that is not published as well")
    add("--fresh", action="store_true", help="compute everything again")


def main(arguments: argparse.Namespace) -> None:
    """Compute what is missing, then write record and figure and show the tables."""
    if arguments.publish:
        kept.check_publishable(arguments.quick)
    folder = arguments.runs / kept.FOLDER / NAME
    path = folder / "rows.jsonl"
    if arguments.fresh:
        path.unlink(missing_ok=True)
    found = entries([runs.find_run(run, registry.RESULTS, arguments.runs) for run in arguments.run])
    design = QUICK if arguments.quick else Design()
    started = time.perf_counter()
    rows = kept.Rows(path)
    compute(design, found, rows)
    record = collect(design, found, rows, time.perf_counter() - started, arguments.quick)
    kept.finish(record, draw(record), folder, publish=arguments.publish)


def entries(folders: list[Path] = ()) -> list[Entry]:
    """Every conventional method, every published network, and the networks of run folders."""
    from common.nus.baselines import VERSION as CONVENTIONAL

    return [Entry(each, each.run or f"conventional {CONVENTIONAL}") for each in contestants(folders)]


def compute(design: Design, found: list[Entry], rows: kept.Rows) -> None:
    """Add every row that is missing; a spectrum that is not at hand is said and left out."""
    from reproductions.studies import samples

    todo = [(case, factor) for case in (*design.cases, *design.few) for factor in design.factors]
    todo = [each for each in todo if design.at(*each)]
    opened, commit = functools.cache(_opened), kept.commit()
    for number, (case, factor) in enumerate(todo, 1):
        missing = [cell for cell in cells(design, case, factor) if lacking(cell, found, rows)]
        if not missing:
            continue
        try:
            plane = samples.load(case)
        except DataMissing as error:
            _say(f"{case} is left out: {error}")
            continue
        delayed = functools.partial(opened, plane.signal.axes[0].first_delay)
        for repeat in range(design.schedules):
            sample = None
            for cell in missing:
                if cell.repeat != repeat:
                    continue
                sample = sample or samples.sample(plane, factor, repeat)
                for key, row in computed(cell, plane, sample, lacking(cell, found, rows), delayed):
                    if key not in rows:
                        rows.add(key, asdict(cell) | row | {"commit": commit})
                at = f"{factor} x noise, {cell.fraction:.1%}, schedule {repeat}"
                _say(f"{number} of {len(todo)}: {case}, {at}")


@dataclass(frozen=True)
class Cell:
    """One schedule of one spectrum at one signal-to-noise ratio."""

    case: str
    factor: int
    fraction: float
    repeat: int

    def key(self, method: str, version: str) -> str:
        """What a row is kept under."""
        return f"{VERSION}|{self.case}|{self.factor}|{self.fraction:g}|{self.repeat}|{method}|{version}"


def cells(design: Design, case: str, factor: int) -> Iterator[Cell]:
    """The cells of a spectrum at a factor."""
    for repeat in range(design.schedules):
        for fraction in design.at(case, factor):
            yield Cell(case, factor, fraction, repeat)


def lacking(cell: Cell, found: list[Entry], rows: kept.Rows) -> list[Entry]:
    """The methods whose row of a cell is missing."""
    return [each for each in found if cell.key(each.name, each.version) not in rows]


def _opened(first_delay: float, contestant: Contestant) -> Callable | str:
    """A method that completes, or why there is none."""
    if not contestant.compiled:
        return functools.partial(_baseline, contestant.name)
    try:
        return contestant.open(first_delay)[0]
    except (UserError, ImportError, OSError, ValueError) as error:
        return _reason(error)


def _baseline(name: str, fid, mask):
    from common.nus.baselines import baseline

    return baseline(name, fid, mask)


def computed(cell: Cell, plane, sample, missing: list[Entry], opened: Callable) -> Iterator[tuple[str, dict]]:
    """Keys and rows of the floor, of the fully sampled spectrum and of the missing methods."""
    from common.nus import testbench
    from reproductions.studies import samples

    mask = testbench.schedules(len(plane.fid), cell.fraction, cell.repeat + 1)[cell.repeat]
    floor = {"rlne": samples.floor(plane, cell.factor, mask)}
    yield cell.key(FLOOR, ""), {"method": FLOOR, "scores": floor}
    full, _ = _recovery(sample, lambda fid, mask: fid, mask | True)
    yield cell.key(FULL, ""), {"method": FULL, "scores": full}
    for entry in missing:
        complete = opened(entry.contestant)
        made = {"left_out": complete} if isinstance(complete, str) else _scored(sample, mask, entry, complete)
        yield cell.key(entry.name, entry.version), {"method": entry.name} | made


def _scored(sample, mask, entry: Entry, complete: Callable) -> dict:
    """Scores of a method and the processor seconds of one spectrum; why where it does not do these data."""
    try:
        plane = sample.plane
        output = complete(plane.fid * mask[:, None], mask)
        scores = plane.case("", peaks=len(plane.peaks) > 0).scores(output)
        timed = complete if entry.contestant.compiled else _uncached(entry.name)
        recovery, seconds = _recovery(sample, timed, mask)
    except Exception as error:  # whatever it is, the other methods' rows are worth having
        return {"left_out": _reason(error)}
    return {"scores": scores | recovery, "seconds": seconds}


def _uncached(name: str) -> Callable:
    from common.classical.methods import METHODS

    return METHODS[name].complete


def _recovery(sample, complete: Callable, mask) -> tuple[dict[str, float], float | None]:
    """Scores of the injected peaks, and the processor seconds that the reconstruction took."""
    if sample.injection is None:
        return {}, None
    fid = sample.injection.plane.fid * mask[:, None]
    began = time.process_time()
    output = complete(fid, mask)
    seconds = time.process_time() - began
    return sample.injection.case("").scores(output), seconds


def collect(design: Design, found: list[Entry], rows: kept.Rows, seconds: float, quick: bool) -> dict:
    """The record: scores of every condition by method, values of the schedules in order, and the tables."""
    from common.nus.injection import COUNT
    from common.reporting.record import environment
    from common.training.fingerprint import backend, device
    from reproductions.studies import samples

    facts, scores, left_out, commits = {}, [], {}, set()
    for case in (*design.cases, *design.few):
        try:
            plane = samples.load(case)
        except DataMissing as error:
            left_out[case] = str(error)
            continue
        facts[case] = {
            "source": plane.source,
            "role": plane.role,
            "snr": kept.rounded(samples.median_snr(plane)),
            "peaks": len(plane.peaks),
            "points": len(plane.fid),
            "columns": plane.fid.shape[1],
        }
        for factor in design.factors:
            for fraction in design.at(case, factor):
                made, by = _condition(design, found, rows, (case, factor, fraction))
                scores, commits = scores + made, commits | by
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": quick,
        "environment": environment(backend(), device() if "keras" in sys.modules else "cpu", seconds),
        "commits": sorted(commits),
        "design": asdict(design),
        "seeds": {
            "schedules": "poisson gap, [points, measured points, schedule]",
            "added noise": f"[{samples.SEED}, factor, schedule]",
            "injected peaks": f"schedule; {COUNT} peaks",
        },
        "methods": {each.name: each.version for each in found},
        "cases": facts,
        "left_out": left_out,
        "scores": scores,
    }
    return record | {"tables": tables(record)}


def _condition(design: Design, found: list[Entry], rows: kept.Rows, condition: tuple) -> tuple[list, set]:
    """The scores of every method that does one condition, and the commits that made them."""
    scores, commits = [], set()
    kinds = [(FLOOR, ""), (FULL, ""), *((each.name, each.version) for each in found)]
    for method, version in kinds:
        keys = [Cell(*condition, repeat).key(method, version) for repeat in range(design.schedules)]
        made = {repeat: rows[key] for repeat, key in enumerate(keys) if key in rows}
        made = {repeat: row for repeat, row in made.items() if "scores" in row}
        if made:
            case, factor, fraction = condition
            commits |= {row["commit"] for row in made.values()}
            values = [row["scores"] for row in made.values()]
            names = dict.fromkeys(name for each in values for name in each)
            entry = {"case": case, "factor": factor, "fraction": fraction, "method": method}
            entry["schedules"] = list(made)
            entry["values"] = {
                name: [None if name not in each else kept.rounded(each[name]) for each in values]
                for name in names
            }
            seconds = [row["seconds"] for row in made.values() if row.get("seconds")]
            entry |= {"seconds": kept.rounded(min(seconds), 3)} if seconds else {}
            scores.append(entry)
    return scores, commits


def draw(record: dict) -> bytes:
    """The figure of a record."""
    from common.reporting.figures import png_bytes
    from reproductions.studies import nus_figure

    return png_bytes(nus_figure.draw(record))


def _reason(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said if isinstance(error, UserError) else f"{type(error).__name__}: {said[:200]}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
