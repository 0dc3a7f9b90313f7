"""The door of :mod:`common.nus.apply` for data with two indirect dimensions, NMRPipe planes above all.

Options about t1 hold for the first indirect axis of the data (NMRPipe's Z, Bruker's F1), those about t2 for
the second (Y, F2). Imports nothing but the standard library until it works.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from common.atomic import check_output
from common.errors import UserError
from common.nus.options import (
    DELAYS,
    LIMITS,
    QUADRATURES,
    direct_recipe,
    indirect_recipe,
    processed_direct,
    whole,
)
from common.say import number, say

SPECTRUM, HALFWAY = (".ft3", ".ucsf"), ".ft1"
KINDS = (
    f"{', '.join(SPECTRUM)} (the spectrum) or {HALFWAY} (direct dimension processed, t1 and t2 completed as"
    " plain States); a template such as out%03d.ft3 for planes"
)
#: Planes that a method works on at a time.
PLANES = 128


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that only 3D data need; called after those of :mod:`common.nus.apply`."""
    add = parser.add_argument_group("second indirect dimension, of 3D data").add_argument
    add("--t2-quadrature", choices=QUADRATURES, help="as --quadrature")
    add("--t2-conjugate", action="store_true", help="as --conjugate")
    add("--t2-alternate", action="store_true", help="as --alternate")
    add("--t2-first-delay", type=number, choices=DELAYS, help="as --first-delay")
    add("--t2-p0", type=number, default=0.0, metavar="DEGREES", help="as --t1-p0")
    add("--t2-p1", type=number, default=0.0, metavar="DEGREES", help="as --t1-p1")
    add("--t2-window", nargs=3, type=number, metavar=LIMITS, help="as --t1-window")
    add("--t2-zero-fill", type=whole, metavar="N", help="as --t1-zero-fill")
    add("--swap-columns", action="store_true", help="the schedule has t1 in its first column")


def is_3d(path) -> bool:
    """Whether a user's input is 3D; a template always is. Errors of reading are left to who reads it."""
    from common.io.files import read
    from common.io.nmrpipe import is_template

    try:
        return is_template(path) or len(read(path).axes) == 3
    except UserError:
        return False


def apply_cube(
    arguments: argparse.Namespace,
    estimate: Callable,
    *,
    says: str = "",
    warn: Callable[[int, float, float], Sequence[str]] = lambda points, fraction, first_delay: (),
) -> None:
    """:func:`common.nus.apply.apply_method` for 3D data; ``estimate`` gets (t1, t2, planes) and a 2D mask."""
    from common.io.files import write
    from common.nus.hypercomplex import from_planes, interferogram_3d, spectrum_3d, to_planes
    from common.nus.measured3d import load_cube

    outputs = _checked_outputs(arguments)
    data = load_cube(
        arguments.input,
        arguments.schedule,
        base=arguments.base,
        swapped=arguments.swap_columns,
        quadratures=(arguments.quadrature, arguments.t2_quadrature),
    )
    spectrum = processed_direct(data.spectrum, arguments)
    recipe, recordings, indirect = _recipes(spectrum, arguments)
    say("read", f"{arguments.input}: {data.found}")
    say("schedule", data.sampling)
    for note in data.notes:
        say("note", note)
    say("method", says)
    signal = interferogram_3d(spectrum, recipe, recordings)
    for axis in signal.axes[:2]:
        for warning in warn(axis.size, float(data.mask.mean()), axis.first_delay):
            say("warning", f"{axis.nucleus or 'one dimension'}: {warning}")
    signal = signal.replace(data=from_planes(_completed(to_planes(signal.data), data.mask, estimate)))
    made = spectrum_3d(signal, indirect) if any(_kind(path) == SPECTRUM for path in outputs) else None
    for path in outputs:
        result = made if _kind(path) == SPECTRUM else signal
        write(path, result, force=arguments.force)
        say("wrote", f"{path}: {result.describe()}")


def _completed(fid, mask, estimate: Callable):
    """Every point of the planes, the measured ones unchanged, and in words how well they were explained."""
    import numpy as np

    from common.nus.hypercomplex import in_batches

    started, measured = time.perf_counter(), fid[mask]
    try:
        made = in_batches(lambda part: np.asarray(estimate(part, mask)), fid, PLANES, _progress)
    except ValueError as error:  # of a method that knows columns only
        raise UserError(f"the method cannot complete planes of two dimensions: {error}") from error
    seconds = time.perf_counter() - started
    if not np.isfinite(made).all():
        raise UserError("the method returned no finite value for every point; are the data extreme?")
    misfit = float(np.linalg.norm(made[mask] - measured)) / (float(np.linalg.norm(measured)) or 1.0)
    say(
        "time", f"{seconds:.1f} s for {fid.shape[2]} complex planes of {fid.shape[0]} x {fid.shape[1]} points"
    )
    say("misfit", f"{misfit:.1%} at the measured points, before they are put back unchanged")
    made[mask] = measured
    return made


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of} planes", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _recipes(spectrum, arguments):
    """How the three dimensions are processed; ``UserError`` for what the axes do not allow."""
    from common.nus.hypercomplex import Recording

    recordings = (
        Recording(arguments.conjugate, arguments.alternate, arguments.t1_p0, arguments.first_delay),
        Recording(arguments.t2_conjugate, arguments.t2_alternate, arguments.t2_p0, arguments.t2_first_delay),
    )
    delays = [
        axis.first_delay if recording.first_delay is None else recording.first_delay
        for axis, recording in zip(spectrum.axes, recordings, strict=False)
    ]
    indirect = (
        indirect_recipe(delays[0], arguments.t1_p1, arguments.t1_window, arguments.t1_zero_fill),
        indirect_recipe(delays[1], arguments.t2_p1, arguments.t2_window, arguments.t2_zero_fill),
    )
    return direct_recipe(spectrum, arguments), recordings, indirect


def _checked_outputs(arguments) -> list[Path]:
    """The files to write, each known to be possible as far as can be told beforehand."""
    from common.io.nmrpipe import is_template, plane

    if getattr(arguments, "errors", None):
        raise UserError("--errors: there is no error estimate for 3D data yet; leave it out")
    if arguments.size is not None:
        raise UserError("--size: the grid of 3D data is that of the data; leave it out")
    paths = [Path(name) for name in arguments.output]
    for path in paths:
        if path.suffix.lower() not in (*SPECTRUM, HALFWAY) or (is_template(path) and path.suffix == ".ucsf"):
            raise UserError(f"{path}: cannot tell what to write of 3D data; the name ends in {KINDS}")
        check_output(plane(path, 1) if is_template(path) else path, arguments.force)
    if len({path.resolve() for path in paths}) < len(paths):
        raise UserError(f"{paths[-1]}: an output is named twice; give each its own name")
    return paths


def _kind(path: Path):
    return SPECTRUM if path.suffix.lower() in SPECTRUM else HALFWAY
