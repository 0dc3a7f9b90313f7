"""Set every conventional method and every trained network beside each other on a fully sampled 2D spectrum.

Points of t1 are left out, each method completes the same rest, and the spectrum of all points says how well.
Prints the scores and seconds of each method and writes one figure.

example: nmr-repro compare nus test.fid --p0 208.3 --region 11 6.2 --conjugate --fractions 0.125,0.25
         nmr-repro compare nus test.fid --schedule first.list --schedule second.list --methods ist_s,qu_cnn
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from common.atomic import write_atomic
from common.errors import UserError
from common.say import say
from reproductions import registry, runs
from reproductions.contestants import choose, contestants
from reproductions.studies import user

#: What is printed, its heading and how a number of it is written.
MEASURES = {
    "rlne": ("rlne", ".4f"),
    "peak_r2": ("peak r2", ".4f"),
    "height_slope": ("slope", ".3f"),
    "weak_quarter_error": ("weak error", ".3f"),
    "missed_peaks": ("missed", ".3g"),
    "false_peaks": ("false", ".3g"),
    "seconds": ("seconds", ".2g"),
}
#: A schedule that ends before this share of the grid may be one for another grid.
SHORT = 0.75
#: What takes no time to speak of.
FREE = "zero_filled"
#: Scores by schedule or fraction, method and measure, one value a mask.
Scores = dict[str, dict[str, dict[str, list[float]]]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to compare on, at which points, and which methods."""
    user.add_options(parser, "comparison.png")
    add = parser.add_argument
    sampling = parser.add_mutually_exclusive_group()
    said = "points to keep, one a line; may be repeated, and each has its own table"
    sampling.add_argument("--schedule", action="append", metavar="FILE", help=said)
    sampling.add_argument(
        "--fractions",
        type=_fractions,
        default=(0.125, 0.25),
        metavar="LIST",
        help="shares of the points to keep, by Poisson-gap schedules (default 0.125,0.25)",
    )
    said = "schedules a fraction, for means and standard deviations (default %(default)s)"
    add("--schedules", type=int, default=1, metavar="N", help=said)
    add("--base", type=int, choices=(0, 1), help="what the schedule calls the first point")
    said = "such as ist_s,qu_cnn or ist_s,qu_cnn/refined (default: all)"
    add("--methods", metavar="LIST", help=said)
    said = "a run that is not published; may be repeated"
    add("--run", action="append", default=[], metavar="RUN", help=said)


def main(arguments: argparse.Namespace) -> None:
    """Compare the methods on ``arguments.input``; each says its error as soon as it is known."""
    user.check_figure(arguments)
    found = contestants(runs.find_run(run, registry.RESULTS, Path("runs")) for run in arguments.run)
    if arguments.methods is not None:
        found = choose(found, arguments.methods.split(","))
    plane = user.load_plane(arguments)
    masks = _masks(arguments, len(plane.fid))
    opened = _opened(found, plane.signal.axes[0].first_delay)
    say("machine", _machine())
    scores, shown = _scored(plane, masks, opened)
    if not shown:
        raise UserError("no method completed these data")
    _explain()
    _draw(plane, masks, scores, shown, arguments.output)
    say("figure", str(arguments.output))


def _masks(arguments, points: int) -> dict[str, list]:
    """The schedules to compare at, by what is written above their table."""
    from common.nus.testbench import schedules

    if arguments.schedule:
        named = {path: _listed(path, points, arguments.base) for path in arguments.schedule}
        return {f"{path}, {mask.mean():.1%}": [mask] for path, mask in named.items()}
    if not 1 <= arguments.schedules <= 100:
        raise UserError(f"--schedules {arguments.schedules}: give 1 to 100")
    few = [fraction for fraction in arguments.fractions if round(fraction * points) < 2]
    if few:
        raise UserError(f"--fractions {few[0]:g}: fewer than two of {points} points; give a larger one")
    return {
        f"{fraction:.1%}": schedules(points, fraction, arguments.schedules)
        for fraction in arguments.fractions
    }


def _listed(path: str, points: int, base: int | None):
    """The mask of a schedule file; what looks odd about it is said, not refused."""
    from common.io.schedules import read_schedule

    schedule = read_schedule(path, points, base=base, allow_duplicates=True)
    mask, last = schedule.mask(), int(schedule.points.max())
    if schedule.note:
        say("note", schedule.note)
    if mask.sum() < 2:
        raise UserError(f"{path}: keeps one point alone; give a schedule of more")
    if last + 1 < SHORT * points:
        say("warning", f"{path}: ends at point {last} of {points}; is it for another grid?")
    if not mask[0]:
        say("warning", f"{path}: leaves out point 0, on which the integral of every signal rests")
    return mask


def _opened(found, first_delay: float) -> dict:
    """``{contestant: (complete, warn)}`` of those that can be used; why another cannot is said."""
    opened = {}
    for contestant in found:
        try:
            opened[contestant] = contestant.open(first_delay)
        except (UserError, ImportError, OSError, ValueError) as error:
            say("note", f"{contestant.name} is left out: {_one_line(error)}")
    return opened


def _scored(plane, masks: dict[str, list], opened: dict) -> tuple[Scores, dict]:
    """The scores of every method, and the spectra at the first schedule; tables as soon as they are full."""
    scores, shown = {}, {}
    for number, (condition, sampled) in enumerate(masks.items()):
        print(f"\n{condition} of {len(plane.fid)} points, {len(plane.peaks)} peaks")
        _warn(sampled[0], opened)
        print("rlne by schedule:", flush=True)
        scores[condition] = {}
        for contestant, (complete, _) in opened.items():
            values, first = _run(plane, sampled, contestant, complete)
            if values:
                scores[condition][contestant.name] = values
            if number == 0 and first is not None:
                shown[contestant.name] = first
        _table(plane, sampled, scores[condition])
    return scores, shown


def _run(plane, sampled: list, contestant, complete) -> tuple[dict[str, list[float]], object]:
    """The scores of one method at several masks, and its spectrum at the first; none where it fails."""
    import numpy as np

    print(f"  {contestant.name:22}", end="", flush=True)
    case, values, first = plane.case("", peaks=len(plane.peaks) > 0), {}, None
    for number, mask in enumerate(sampled):
        fid = plane.fid * mask[:, None]
        try:
            if contestant.compiled and number == 0:
                complete(fid, mask)
            began = time.perf_counter()
            output = complete(fid, mask)
            seconds = time.perf_counter() - began
            if output.shape != fid.shape or not np.isfinite(output).all():
                raise UserError("returned no finite value for every point")
        except Exception as error:  # whatever it is, the other methods' results are worth having
            print(f" left out: {_one_line(error)}", flush=True)
            return {}, None
        found = case.scores(output) | {"seconds": seconds}
        for measure, value in found.items():
            values.setdefault(measure, []).append(value)
        first = plane.spectrum(output).data if number == 0 else first
        print(f" {found['rlne']:.4f} in {seconds:.2g} s;", end="", flush=True)
    print(flush=True)
    return values, first


def _warn(mask, opened: dict) -> None:
    """Say which networks were trained on something else."""
    for contestant, (_, warn) in opened.items():
        for warning in warn(len(mask), float(mask.mean())):
            say("warning", f"{contestant.name}: {warning}")


def _table(plane, sampled: list, scores: dict[str, dict[str, list[float]]]) -> None:
    """Means over the schedules, of the error with its standard deviation."""
    floor = {"rlne": _floors(plane, sampled)}
    heading = "".join(f"{title:>12}" for title, _ in MEASURES.values())
    print(f"\n{'':24}{heading}")
    for method, values in {**scores, "noise floor": floor}.items():
        cells = "".join(f"{_cell(measure, values.get(measure)):>12}" for measure in MEASURES)
        print(f"  {method:22}{cells}".rstrip(), flush=True)


def _floors(plane, sampled: list) -> list[float]:
    return [plane.floors(mask)["rlne_floor_kept"] for mask in sampled]


def _cell(measure: str, values: list[float] | None) -> str:
    from statistics import mean, stdev

    if not values:
        return ""
    said = f"{mean(values):{MEASURES[measure][1]}}"
    return f"{said}±{stdev(values):.3f}" if measure == "rlne" and len(values) > 1 else said


def _explain() -> None:
    from common.metrics.registry import measure

    print()
    for name, (title, _) in MEASURES.items():
        print(f"{title:12}{measure(name).formula}")
    print("noise floor a perfect method that keeps the measured points would have this rlne\n")


def _machine() -> str:
    """What the seconds are measured on."""
    from common.reporting.record import processor

    cores = os.cpu_count()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    threads = os.environ.get("OMP_NUM_THREADS")
    said = f"{processor()}, {usable} of {cores} cores" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    keras = sys.modules.get("keras")  # where a network was loaded
    if keras is None:
        return said
    devices = ", ".join(keras.distribution.list_devices())
    return f"{said}; networks under {keras.backend.backend()} on {devices}, called once before they are timed"


def _draw(plane, masks: dict[str, list], scores: Scores, shown: dict, path: Path) -> None:
    from common.reporting.figures import comparison_figure, png_bytes

    reference, costs = plane.reference, {}
    for condition, methods in scores.items():
        costs[condition] = {
            method: ([] if method == FREE else values["seconds"], values["rlne"])
            for method, values in methods.items()
        }
        costs[condition]["noise floor"] = ([], _floors(plane, masks[condition]))
    first = next(iter(masks))
    remarks = {method: f"RLNE {scores[first][method]['rlne'][0]:.3f}" for method in shown}
    figure = comparison_figure(
        {"reference": reference.data, **shown},
        reference.axes,
        plane.noise or abs(reference.data).max() / 1000,
        costs,
        title=f"{plane.name}, {first} of the points",
        remarks=remarks,
    )
    write_atomic(path, png_bytes(figure))


def _one_line(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said if isinstance(error, UserError) else f"{type(error).__name__}: {said[:200]}"


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
