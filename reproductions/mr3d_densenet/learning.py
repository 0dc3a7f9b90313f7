"""What several finished runs say together: learning curves, and cross-validations put together.

A run keeps what every method predicts for its test crystals (:mod:`.scoring`). Runs that differ only in
``share`` are a learning curve, runs that differ only in ``fold`` a cross-validation. From the shell::

    python -m reproductions.mr3d_densenet.learning runs/mr3d_densenet/* -o learning
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.atomic import write_atomic
from common.errors import RunError, UserError
from common.reporting.figures import png_bytes
from common.training import config as configuration

from . import data, scoring
from .config import Config
from .curves import LEARNING, METHODS, Point, figure, pooled_table, table


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, variant, seed and configuration."""

    folder: Path
    variant: str
    seed: int
    config: Config

    def predicted(self, element: str) -> scoring.Predicted:
        """What methods predict for the atoms of an element; FileNotFoundError where there is none."""
        return scoring.read(scoring.path_of(self.folder, element))

    def like(self, *apart: str) -> tuple:
        """Everything that runs must share to belong together, but for some fields of the configuration."""
        rest = {key: value for key, value in dataclasses.asdict(self.config).items() if key not in apart}
        return self.variant, self.seed, json.dumps(rest, sort_keys=True)


def finished(folders: Iterable[Path | str]) -> list[Run]:
    """The folders that are runs with predictions; RunError where a config.json cannot be read."""
    found = []
    for folder in map(Path, folders):
        if not (folder / "predictions").is_dir():
            continue
        try:
            content = json.loads((folder / "config.json").read_text())
            config = configuration.from_dict(Config, content["config"])
            found.append(Run(folder, content["variant"], content["seed"], config))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{folder} is no run: its config.json cannot be read ({error})") from None
    return found


def elements(runs: Sequence[Run]) -> list[str]:
    """The elements that any of the runs has predictions of, as the configuration orders them."""
    there = {path.stem for run in runs for path in (run.folder / "predictions").glob("*.npz")}
    return [element for element in ("H", "C", "N", "O") if element in there]


def _groups(runs: Sequence[Run], element: str, apart: str) -> list[list[Run]]:
    """Runs with predictions of an element that differ only in one field of the configuration."""
    made: dict[tuple, list[Run]] = {}
    for run in runs:
        if scoring.path_of(run.folder, element).is_file():
            made.setdefault(run.like(apart, "nuclei"), []).append(run)
    return [group for group in made.values() if len({getattr(run.config, apart) for run in group}) > 1]


def learning_curves(
    runs: Sequence[Run], element: str, *, name: str = "test", offline: bool = True
) -> list[list[Point]]:
    """Learning curves, each the points of runs that differ only in ``share``, fewest crystals first.

    name: the set of atoms, of ``scoring.SETS``.
    """
    made = []
    for group in _groups(runs, element, "share"):
        points = []
        for run in sorted(group, key=lambda run: run.config.share):
            crystals = len(np.unique(data.training(run.config, element, offline).crystal))
            found = run.predicted(element).sets()[name]
            methods = [method for method in METHODS if method in found.predicted]
            points += [Point(crystals, method, found.rmse(method)) for method in methods]
        made.append(points)
    return made


def pooled(runs: Sequence[Run], element: str) -> list[scoring.Predicted]:
    """Cross-validations: the test atoms of runs that differ only in ``fold``, each crystal once.

    Those are left out that lack a fold.
    """
    groups = _groups(runs, element, "fold")
    whole = [
        group for group in groups if {run.config.fold for run in group} == set(range(group[0].config.folds))
    ]
    return [scoring.joined([run.predicted(element) for run in group]) for group in whole]


def power_law(points: Sequence[Point], method: str) -> tuple[float, float]:
    """``scale`` and ``exponent`` of rmse = scale * crystals ** exponent, by least squares of the logarithms.

    ValueError for fewer than two numbers of crystals.
    """
    own = [point for point in points if point.method == method]
    if len({point.crystals for point in own}) < 2:
        raise ValueError(f"a curve of {method} needs two numbers of crystals")
    x, y = (np.log([get(point) for point in own]) for get in (lambda p: p.crystals, lambda p: p.rmse.value))
    exponent, scale = np.polyfit(x, y, 1)
    return float(np.exp(scale)), float(exponent)


def crossing(points: Sequence[Point]) -> float:
    """Crystals from which the network is ahead of kernel regression, both power laws drawn on: extrapolated.

    Infinite where its error does not fall faster, zero where it is ahead already at one crystal.
    """
    (ours, steep), (theirs, flat) = (power_law(points, method) for method in LEARNING)
    if steep >= flat:
        return np.inf
    number = (ours / theirs) ** (1 / (flat - steep))
    return float(number) if number > 1 else 0.0


def main(words: Sequence[str] | None = None) -> None:
    """Write the figure and the tables of the learning curves and cross-validations among some runs."""
    parser = argparse.ArgumentParser(prog="learning", description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of finished runs")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="name of .md and .png without its end"
    )
    arguments = parser.parse_args(words)
    runs = finished(arguments.runs)
    found = {element: made[0] for element in elements(runs) if (made := learning_curves(runs, element))}
    folds = [each for element in elements(runs) for each in pooled(runs, element)]
    if not found and not folds:
        raise UserError("no runs that differ in share or fold alone, and no predictions of them")
    lines = []
    for element, points in found.items():
        lines += [
            f"{element}: RMSE (ppm) by crystals to learn from",
            "",
            table(points),
            "",
            _said(points),
            "",
        ]
    if folds:
        lines += [
            "Cross-validation by crystal: RMSE (ppm) of the test atoms of all folds",
            "",
            pooled_table(folds),
        ]
    write_atomic(arguments.output.with_suffix(".md"), ("\n".join(lines).rstrip() + "\n").encode())
    if found:
        write_atomic(arguments.output.with_suffix(".png"), png_bytes(figure(found)))


def _said(points: Sequence[Point]) -> str:
    """The exponents of the curves and where they would cross, in a line."""
    laws = [f"{METHODS[method][0]} {power_law(points, method)[1]:.2f}" for method in LEARNING]
    number = crossing(points)
    if not np.isfinite(number):
        where = "the curves do not cross"
    elif number < min(point.crystals for point in points):
        where = "the network is ahead throughout"
    else:
        where = f"they cross at {number:.0f} crystals"
    return f"Exponents: {', '.join(laws)}; extrapolated, {where}."


if __name__ == "__main__":
    main()
