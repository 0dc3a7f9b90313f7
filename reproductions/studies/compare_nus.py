"""Set zero filling, IST-S and every published network beside each other on a fully sampled 2D spectrum.

Points of t1 are left out, each method completes the same rest, and the spectrum of all points says how well.
Prints the scores and seconds of each method and writes one figure.

example: nmr-repro compare nus test.fid --p0 208.3 --region 11 6.2 --conjugate --fractions 0.125,0.25
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from common.atomic import check_output, write_atomic
from common.errors import UserError
from common.nus import apply as nus_apply
from reproductions import registry, runs

MEASURES = ("rlne", "peak_r2", "height_slope", "weak_quarter_error", "missed_peaks", "false_peaks", "seconds")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to compare on, and how to process it (:func:`common.nus.apply.add_processing`)."""
    add = parser.add_argument
    add("input", metavar="FILE", help="NMRPipe file, or Bruker or Varian folder: fully sampled, t1 in time")
    sampling = parser.add_mutually_exclusive_group()
    sampling.add_argument("--schedule", metavar="FILE", help="points to keep, one a line")
    sampling.add_argument(
        "--fractions",
        type=_fractions,
        default=(0.125, 0.25),
        metavar="LIST",
        help="shares of the points to keep, by Poisson-gap schedules (default 0.125,0.25)",
    )
    add("--schedules", type=int, default=1, metavar="N", help="schedules a fraction (default %(default)s)")
    add("--base", type=int, choices=(0, 1), help="what the schedule calls the first point")
    add(
        "--run",
        action="append",
        default=[],
        metavar="RUN",
        help="a run that is not published; may be repeated",
    )
    add("-o", "--output", type=Path, default=Path("comparison.png"), help="the figure (default %(default)s)")
    add("--force", action="store_true", help="replace a figure that is there")
    nus_apply.add_processing(parser)


def main(arguments: argparse.Namespace) -> None:
    """Compare the methods on ``arguments.input``."""
    if arguments.output.suffix != ".png":
        raise UserError(f"{arguments.output}: the figure is a .png file")
    check_output(arguments.output, arguments.force)
    folders = [runs.find_run(run, registry.RESULTS, Path("runs")) for run in arguments.run]
    plane = _plane(arguments)
    masks = _masks(arguments, len(plane.fid))
    methods = {**_conventional(), **_networks(folders)}
    scores, shown = _scored(plane, masks, methods)
    _print(plane, masks, scores)
    _draw(plane, shown, f"{next(iter(masks))} of the points", arguments.output)
    print(f"figure:  {arguments.output}")


def _plane(arguments):
    """The user's data as a test bench."""
    from common.nus.measured import load_full
    from common.nus.testbench import Plane
    from common.processing import interferogram

    spectrum = load_full(arguments.input, arguments.quadrature)
    print(f"read:    {arguments.input}: {spectrum.describe()}")
    spectrum, direct, indirect = nus_apply.processing(spectrum, arguments)
    return Plane("file", Path(arguments.input).stem, "test", interferogram(spectrum, direct), indirect)


def _masks(arguments, points: int) -> dict[str, list]:
    """The schedules to compare at, by what is written above their table."""
    from common.io.schedules import read_schedule
    from common.nus.testbench import schedules

    if arguments.schedule:
        mask = read_schedule(arguments.schedule, points, base=arguments.base).mask()
        return {f"{mask.mean():.1%}": [mask]}
    if not 1 <= arguments.schedules <= 100:
        raise UserError(f"--schedules {arguments.schedules}: give 1 to 100")
    few = [fraction for fraction in arguments.fractions if round(fraction * points) < 2]
    if few:
        raise UserError(f"--fractions {few[0]:g}: fewer than two of {points} points; give a larger one")
    return {
        f"{fraction:.1%}": schedules(points, fraction, arguments.schedules)
        for fraction in arguments.fractions
    }


def _conventional() -> dict[str, Callable]:
    from common.classical.ist import ist_s
    from common.nus.conventional import ITERATIONS, STOP_SIGMA

    def conventional(fid, mask):
        return ist_s(fid, mask, iterations=ITERATIONS, stop_sigma=STOP_SIGMA)

    return {"zero_filled": lambda fid, mask: fid, "ist_s": conventional}


def _networks(folders: list[Path]) -> dict[str, Callable]:
    """The networks of these runs, and of those published with their weights, by reproduction and variant.

    The ``apply`` of a reproduction for NUS data has ``network(folder) -> (config, estimate)``.
    """
    from common.reporting.publish import APPLY, applied

    found = {}
    for name in registry.names():
        results = registry.RESULTS / name
        for variant, run in applied(results / APPLY).items():
            found[f"{name} {variant}"] = results / run
    for folder in folders:
        found[f"{runs.reproduction_of(folder).name} {folder.name.rpartition('-')[0]}"] = folder
    methods = {}
    for label, folder in found.items():
        module = runs.reproduction_of(folder).module("apply")
        if hasattr(module, "network"):
            methods[label] = _writing_back(module.network(folder)[1])
    return methods


def _writing_back(estimate: Callable) -> Callable:
    """A method that keeps the measured points, of one that is before that."""

    def complete(fid, mask):
        import numpy as np

        return np.where(mask[:, None], fid, estimate(fid, mask).astype(fid.dtype))

    return complete


def _scored(plane, masks: dict[str, list], methods: dict[str, Callable]):
    """The scores of every method, and the spectra at the first schedule."""
    from common.reporting.record import Scores

    scores, shown = Scores(), {}
    for condition, sampled in masks.items():
        case = plane.case(condition, peaks=len(plane.peaks) > 0)
        for mask in sampled:
            fid = plane.fid * mask[:, None]
            for method, complete in methods.items():
                if not shown.keys() >= methods.keys():
                    complete(fid, mask)  # networks are compiled when they are first called
                began = time.perf_counter()
                output = complete(fid, mask)
                scores.add(case.id("seconds"), time.perf_counter() - began, method)
                for measure, value in case.scores(output).items():
                    scores.add(case.id(measure), value, method)
                if method not in shown:
                    shown[method] = plane.spectrum(output).data
            scores.add(case.id("rlne"), plane.floors(mask)["rlne_floor_kept"], "noise floor")
    return scores.baselines, shown


def _print(plane, masks: dict[str, list], scores: dict[str, dict]) -> None:
    from common.reporting.tables import Table

    for condition, sampled in masks.items():
        case = plane.case(condition)
        rows = [
            (measure, *(_cell(values.get(case.id(measure))) for values in scores.values()))
            for measure in MEASURES
        ]
        print(
            f"\n{condition} of {len(plane.fid)} points, {len(plane.peaks)} peaks, {len(sampled)} schedule(s)"
        )
        Table(("", *scores), tuple(rows)).show()


def _cell(score: dict | None) -> str:
    return "" if score is None or score["value"] is None else f"{score['value']:.3g}"


def _draw(plane, shown: dict, said: str, path: Path) -> None:
    from common.reporting.figures import contour_panels, png_bytes

    reference = plane.reference
    noise = plane.noise or abs(reference.data).max() / 1000
    figure = contour_panels(
        {"full": reference.data, **shown}, reference.axes, noise, title=f"{plane.name}, {said}"
    )
    write_atomic(path, png_bytes(figure))


def _fractions(text: str) -> tuple[float, ...]:
    """Numbers between 0 and 1, separated by commas; argparse makes a message of the error."""
    try:
        fractions = tuple(float(part) for part in text.split(","))
    except ValueError:
        fractions = ()
    if not fractions or not all(0 < fraction <= 1 for fraction in fractions):
        raise argparse.ArgumentTypeError(
            f"needs numbers above 0 and up to 1 separated by commas, not {text!r}"
        )
    return fractions
