"""How the error of iterative methods falls with iterations and with time, on a fully sampled spectrum.

Points of t1 are left out by a Poisson-gap schedule; after each iteration the measured points are put back and
the spectrum is compared with that of all points. Writes one figure and prints where each method stops.

example: nmr-repro compare convergence test.fid --p0 208.3 --region 11 6.2 --conjugate --fraction 0.25
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from common.atomic import write_atomic
from common.errors import UserError
from common.say import say
from reproductions.studies import user


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to measure on, and how many points of it to keep."""
    user.add_options(parser, "convergence.png")
    said = "of the points to keep (default %(default)s)"
    parser.add_argument("--fraction", type=float, default=0.25, metavar="X", help=said)


def main(arguments: argparse.Namespace) -> None:
    """Follow every iterative method on ``arguments.input``."""
    user.check_figure(arguments)
    if not 0 < arguments.fraction <= 1:
        raise UserError(f"--fraction {arguments.fraction:g}: is above 0 and at most 1")
    from common.nus.testbench import schedules
    from common.reporting.figures import convergence_plot, png_bytes

    plane = user.load_plane(arguments)
    if round(arguments.fraction * len(plane.fid)) < 2:
        raise UserError(f"--fraction {arguments.fraction:g}: fewer than two of {len(plane.fid)} points")
    mask = schedules(len(plane.fid), arguments.fraction, 1)[0]
    curves = follow_all(plane, mask)
    floor = plane.floors(mask)["rlne_floor_kept"]
    title = f"{plane.name}, {mask.sum()} of {len(mask)} points"
    write_atomic(arguments.output, png_bytes(convergence_plot(curves, floor, title=title)))
    say("figure", str(arguments.output))


def follow_all(plane, mask) -> dict[str, tuple]:
    """``{name: (seconds, RLNE)}`` of every iterative method on a plane, an array entry an iteration each."""
    from common.classical.methods import METHODS

    delay, curves = plane.signal.axes[0].first_delay, {}
    for method in METHODS.values():
        if not method.iterative:
            continue
        try:
            seconds, errors = curves[method.name] = follow(method.at(delay), plane, mask)
        except ValueError as error:  # no virtual echo with this delay
            print(f"{method.name:21}left out: {error}")
            continue
        said = f"{len(errors):4} iterations {seconds[-1]:7.1f} s   rlne {errors[-1]:.4f}"
        print(f"{method.name:21}{said}", flush=True)
    return curves


def follow(complete: Callable, plane, mask) -> tuple:
    """Seconds and RLNE after every iteration of one method; what watching takes does not count."""
    import numpy as np

    fid, reference = plane.fid * mask[:, None], plane.reference.data
    seconds, errors, watching = [], [], 0.0

    def watch(iteration, estimate):
        nonlocal watching
        seen = time.perf_counter()
        seconds.append(seen - began - watching)
        difference = plane.spectrum(np.where(mask[:, None], fid, estimate)).data - reference
        errors.append(float(np.linalg.norm(difference) / np.linalg.norm(reference)))
        watching += time.perf_counter() - seen

    began = time.perf_counter()
    complete(fid, mask, watch=watch)
    return np.array(seconds), np.array(errors)
