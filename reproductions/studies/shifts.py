"""Predicted backbone shifts: six nuclei by every method, and how errors fall with the proteins learnt from.

The table is of the published runs of SPARTA+ and PPM_One and of the real programs, on the same atoms. For the
learning curve networks are trained on parts of the proteins, a smaller one within a larger one; their runs
stay in RUNS/studies/shifts, and the same command goes on after an interruption.

example: nmr-repro study shifts --quick
         KERAS_BACKEND=jax nmr-repro study shifts --publish
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

from common.errors import RunError
from common.shiftlist import NUCLEI
from reproductions import registry, runs
from reproductions.studies import kept
from reproductions.studies.shifts_tables import PARTS, id_of, tables

NAME = "shifts"
#: Reproductions that predict shifts of structures.
PAPERS = ("sparta_plus", "ppm_one")


@dataclass(frozen=True)
class Design:
    """The learning curve: networks of SPARTA+ trained on so many proteins."""

    preset: str = "paper"
    variants: tuple[str, ...] = ("faithful", "surroundings", "oriented")
    proteins: tuple[int, ...] = (30, 60, 120)
    seeds: tuple[int, ...] = (0,)


QUICK = Design(preset="quick", variants=("surroundings",), proteins=(20, 40))


def add_options(parser: argparse.ArgumentParser) -> None:
    """How much, and where."""
    kept.add_options(parser, "two short trainings: some minutes")


def main(arguments: argparse.Namespace) -> None:
    """Train what is missing, then write record and figure and show the tables."""
    if arguments.publish:
        kept.check_publishable(arguments.quick)
    started = time.perf_counter()
    folder = arguments.runs / kept.FOLDER / NAME
    design = QUICK if arguments.quick else Design()
    trained = curve(design, folder)
    record = collect(published_records(), trained, time.perf_counter() - started, arguments.quick)
    kept.finish(record, draw(record), folder, publish=arguments.publish)


def curve(design: Design, folder: Path) -> list[dict]:
    """The records of the runs on parts of the proteins, trained where they are not yet."""
    from common.training.config import resolve

    module, there = registry.get("sparta_plus").module("config"), finished(folder)
    records = []
    for variant, count, seed in itertools.product(design.variants, design.proteins, design.seeds):
        which = {"preset": design.preset, "variant": variant, "seed": seed}
        record = there.get((*which.values(), count))
        if record is None:
            config = resolve(module, design.preset, variant, {"proteins": count})
            record = runs.complete("sparta_plus", config, **which, runs_folder=folder)[1]
        records.append(record)
    return records


def finished(folder: Path) -> dict[tuple, dict]:
    """The records there by preset, variant, seed and number of proteins.

    Their names alone would not do: a configuration that has got another field since has another name.
    """
    from common.reporting.tables import load_records

    found = {}
    for record in load_records(folder):
        if list(record["overrides"]) == ["proteins"]:
            count = record["overrides"]["proteins"]
            found[record["preset"], record["variant"], record["seed"], count] = record
    return found


def published_records() -> list[dict]:
    """The records of the published runs of ``PAPERS``; RunError where there is none."""
    from common.reporting.tables import load_records

    found = [record for record in load_records(registry.RESULTS) if record["name"] in PAPERS]
    if not found:
        raise RunError(f"no run of {' or '.join(PAPERS)} is published; publish one first")
    return found


def collect(published: list[dict], trained: list[dict], seconds: float, quick: bool) -> dict:
    """The record: errors of every method and run, and of those trained on fewer proteins."""
    from common.reporting.record import environment

    code = [record[when] for record in (*published, *trained) for when in ("trained", "evaluated")]
    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": quick,
        "environment": environment(published[0]["trained"]["backend"], "cpu", seconds),
        "commits": sorted({each["commit"][:12] + kept.DIRTY * each["dirty"] for each in code}),
        "whole": len(training_proteins()),
        "abstract": abstract(),
        "runs": [rows_of(each) for each in published],
        "programs": programs(published),
        "pair": {} if quick else pair(),
        "curve": [rows_of(each) for each in trained],
    }
    return record | {"tables": tables(record)}


def training_proteins() -> list:
    """The entries that a run of the defaults learns from."""
    from common.shifts.proteins import training_entries

    return training_entries(registry.get("sparta_plus").module("config").Config().sets)


def abstract() -> dict[str, float]:
    """The published standard deviations by nucleus, ppm."""
    figures = {figure.id: figure for figure in registry.get("sparta_plus").published.figures}
    wanted = {nucleus: f"shiftx2_testset/all/{nucleus}/shift_sd" for nucleus in NUCLEI}
    return {nucleus: figures[id].number for nucleus, id in wanted.items() if id in figures}


def rows_of(record: dict) -> dict:
    """What the study keeps of a run: what it is, and the errors of its network and of ridge regression."""
    kept_of = {key: record[key] for key in ("name", "variant", "preset", "seed", "id")}
    return kept_of | {
        "proteins": record["config"]["proteins"],
        "network": scores(record["metrics"]),
        "ridge": scores(record["baselines"].get("ridge", {})),
    }


def programs(records: list[dict]) -> dict[str, dict]:
    """The errors of random coil and of the real programs.

    RunError where two runs were scored on other atoms, so that their figures differ.
    """
    found = {}
    for record in records:
        for method, measured in record["baselines"].items():
            if method == "ridge":
                continue
            own = scores(measured)
            if found.setdefault(method, own) != own:
                raise RunError(f"{record['id']} was scored on other atoms than the runs before it")
    return found


def pair() -> dict[str, float]:
    """RMSD of our PPM_One over that of our SPARTA+, faithful runs published with weights, with intervals.

    Ids end in ``ppm_one_ratio``, ``_low`` and ``_high``; the data set's own programs take no part.
    """
    from common.shifts import scoring
    from common.shifts.proteins import unseen_entries
    from reproductions.chosen import chosen_run

    entries, predicted = unseen_entries(), {}
    proteins = [entry.protein for entry in entries]
    for name in PAPERS:
        _, predict = registry.get(name).module("apply").networks(chosen_run(name, None, "faithful"))
        predicted[name] = [shifts for shifts, _ in predict(proteins)]
    found = {}
    for part, atoms in scoring.atoms(entries, predicted).sets().items():
        for nucleus in NUCLEI:
            ratio = atoms.compare(nucleus, "ppm_one", "sparta_plus").ratio
            for end, value in (("", ratio.value), ("_low", ratio.low), ("_high", ratio.high)):
                found[id_of(part, nucleus, f"ppm_one_ratio{end}")] = kept.rounded(value)
    return found


def scores(measured: dict) -> dict[str, float]:
    """RMSD, standard deviation and ratio to the real program by id, rounded as records of studies are."""
    wanted = ("rmsd", "shift_sd", "sparta_plus_ratio", "sparta_plus_ratio_low", "sparta_plus_ratio_high")
    ids = [id_of(part, nucleus, measure) for part in PARTS for nucleus in NUCLEI for measure in wanted]
    return {id: kept.rounded(measured[id]["value"]) for id in ids if id in measured}


def draw(record: dict) -> bytes:
    """The learning curve: a plot a nucleus, RMSD over that of the real program."""
    from common.reporting.figures import line_grid, png_bytes
    from reproductions.studies.shifts_tables import COLOURS, lines

    plots = [[lines(record, part, nucleus) for nucleus in NUCLEI] for part in PARTS]
    up = [f"RMSD / SPARTA+, {part}" for part in PARTS]
    across = ["proteins learnt from"] * len(PARTS)
    return png_bytes(line_grid(plots, COLOURS, titles=NUCLEI, across=across, up=up))
