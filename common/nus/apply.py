"""The door to every reconstruction of non-uniformly sampled (NUS) data: a user's file in, spectra out.

:func:`add_options` and :func:`apply_method` serve networks and conventional methods alike; a method is a
function ``estimate(fid, mask) -> fid`` as in ARCHITECTURE.md, but before the measured points are put back.
3D data go on to :mod:`common.nus.apply3d`. Imports nothing but the standard library until it works.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from common.atomic import check_output
from common.errors import UserError
from common.nus import apply3d
from common.nus.options import (
    DELAYS,
    LIMITS,
    QUADRATURES,
    direct_recipe,
    indirect_recipe,
    order,
    processed_direct,
    whole,
)
from common.say import number, say

SPECTRUM, HALFWAY, FIDS = (".ft2", ".ucsf"), ".ft1", ".fid"
#: What ``--errors`` writes, as a kind of output.
ERRORS = "errors"
ABOUT_ERRORS = """\
The method works 16 times again: without an eighth of the measured points in
turn, and with noise of their size added. What the spectrum changes by, scaled
to how well the points left out are predicted, is its standard error. Signals
that the method loses every time are not in it."""
KINDS = (
    f"{', '.join(SPECTRUM)} (the spectrum), {HALFWAY} (direct dimension processed, t1 completed) or {FIDS}"
    " (measured and completed FIDs, to process as you like)"
)
OUTPUTS = f"{KINDS}; of 3D data {apply3d.KINDS.replace('%', '%%')}; may be repeated"
#: A misfit above this many times the noise is not noise.
MUCH = 5.0
#: Peaks this many standard errors high are summed up.
SEEN = 10.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``nmr-repro apply METHOD`` about data, processing and output."""
    add = parser.add_argument
    said = "NMRPipe file or planes (test%%03d.fid), or Bruker or Varian folder: 2D or 3D, but for the direct"
    add("input", metavar="INPUT", help=f"{said} dimension in time")
    add("--schedule", metavar="FILE", help="sampled points, one a line (default: the one in the folder)")
    add("-o", "--output", metavar="FILE", action="append", required=True, help=OUTPUTS)
    add("--force", action="store_true", help="overwrite files that exist")
    said = "standard error of every point of a 2D spectrum, in its shape and units: .ft2, .ucsf"
    parser.add_argument_group("standard errors", ABOUT_ERRORS).add_argument(
        "--errors", metavar="FILE", help=said
    )
    group = parser.add_argument_group("sampling")
    add = group.add_argument
    add("--size", type=whole, metavar="N", help="complex points of the full grid, such as 192")
    add("--base", type=int, choices=(0, 1), help="what the schedule calls the first point")
    add_processing(parser)
    apply3d.add_options(parser)


def add_processing(parser: argparse.ArgumentParser) -> None:
    """The options about how t1 was recorded and how a spectrum is made; :func:`processing` reads them."""
    add = parser.add_argument_group("sampling of t1").add_argument
    add("--quadrature", choices=QUADRATURES, help="how t1 was recorded, where the file says it wrong")
    group = parser.add_argument_group(
        "direct dimension, where it is in time; --region always; of a .fid nothing changes"
    )
    add = group.add_argument
    add("--p0", type=number, metavar="DEGREES", help="zero-order phase, NMRPipe's PS -p0, such as 208.3")
    add("--p1", type=number, metavar="DEGREES", help="first-order phase, NMRPipe's PS -p1, such as -14")
    limits = ("LEFT", "RIGHT")
    add("--region", nargs=2, type=number, metavar=limits, help="ppm to keep, such as 11 6.2 (default: all)")
    window = {"nargs": 3, "type": number, "metavar": LIMITS}
    add("--window", **window, help="sine bell, NMRPipe's SP (default 0.5 0.98 2)")
    add("--zero-fill", type=whole, metavar="N", help="points, such as 2048 (default: doubled, power of two)")
    add("--solvent-order", type=order, metavar="N", help="polynomial taken off each FID, such as 4, or none")
    _add_indirect(parser.add_argument_group("indirect dimension"), window)


def _add_indirect(group, window) -> None:
    add = group.add_argument
    add("--conjugate", action="store_true", help="t1 turns the other way, NMRPipe's FT -neg")
    add("--alternate", action="store_true", help="every other t1 point is negated, NMRPipe's FT -alt")
    add("--first-delay", type=number, choices=DELAYS, help="first t1 in dwells; 0.5 is f1180 = y")
    add("--t1-p0", type=number, default=0.0, metavar="DEGREES", help="beyond the first delay's, such as 90")
    add("--t1-p1", type=number, default=0.0, metavar="DEGREES", help="beyond the first delay's, such as -10")
    add("--t1-window", **window, help="sine bell (default 0.5 0.98 2)")
    add(
        "--t1-zero-fill",
        type=whole,
        metavar="N",
        help="points, such as 512 (default: as --zero-fill)",
    )


def apply_method(
    arguments: argparse.Namespace,
    estimate: Callable,
    *,
    says: str = "",
    warn: Callable[[int, float, float], Sequence[str]] = lambda points, fraction, first_delay: (),
) -> None:
    """Read, check, reconstruct, write, and say what was done; ``UserError`` before any of it for a mistake.

    arguments: parsed :func:`add_options`. estimate: ``(fid, mask) -> fid`` with complex ``fid`` (points,
    columns), before the measured points are put back, which is done here. A spectrum and completed FIDs are
    two reconstructions, as :mod:`common.nus.completion` says. says: the method in words. warn: what to tell a
    user whose grid has that many points, that fraction of them measured, the first at that time in dwells.
    """
    from common.nus.measured import load_measured

    if apply3d.is_3d(arguments.input):
        return apply3d.apply_cube(arguments, estimate, says=says, warn=warn)
    _refuse_3d_options(arguments)
    outputs = _checked_outputs(arguments)
    data = load_measured(
        arguments.input,
        arguments.schedule,
        size=arguments.size,
        base=arguments.base,
        quadrature=arguments.quadrature,
    )
    spectrum, recipe, indirect = processing(data.spectrum, arguments)
    _check_outputs_fit(outputs, spectrum)
    say("read", f"{arguments.input}: {data.found}")
    say("schedule", data.sampling)
    for note in data.notes:
        say("note", note)
    say("method", says)
    for warning in warn(len(data.mask), float(data.mask.mean()), recipe.first_delay):
        say("warning", warning)
    kinds = {path: _kind(path) for path in outputs}
    if arguments.errors:
        kinds[Path(arguments.errors)] = ERRORS
    results = _reconstructed(spectrum, data.mask, recipe, indirect, estimate, set(kinds.values()))
    from common.io.files import write

    for path, kind in kinds.items():
        write(path, results[kind], force=arguments.force)
        say("wrote", f"{path}: {results[kind].describe()}")


def _reconstructed(spectrum, mask, recipe, indirect, estimate, kinds: set) -> dict:
    """Results by kind of output; what several kinds share is done once."""
    from common.nus.completion import complete_fids, complete_t1, t1_rows
    from common.processing import sine_bell, spectrum_2d

    results = {}
    if kinds & {SPECTRUM, HALFWAY, ERRORS}:
        run = _Run(estimate, mask, "spectrum")
        signal = complete_t1(spectrum, recipe, run)
        results[SPECTRUM] = spectrum_2d(signal, indirect)
        results[HALFWAY] = t1_rows(signal, spectrum, recipe)
        if ERRORS in kinds:
            sd = estimated_errors(
                signal.data,
                mask,
                estimate,
                lambda fid: spectrum_2d(signal.replace(data=fid), indirect).data,
                sine_bell(len(mask), *indirect.window, first_point=indirect.first_point),
                run.seconds,
            )
            results[ERRORS] = results[SPECTRUM].replace(data=sd)
    if FIDS in kinds:
        results[FIDS] = complete_fids(spectrum, recipe, _Run(estimate, mask, "FIDs"))
    return results


class _Run:
    """A method that puts the measured points back and tells how well it had explained them."""

    def __init__(self, estimate: Callable, mask, what: str):
        self.estimate, self.mask, self.what = estimate, mask, what

    def __call__(self, fid):
        """Complete complex (points, columns); ``UserError`` where the method breaks down."""
        import numpy as np

        from common.classical.columns import quiet_noise

        started, measured = time.perf_counter(), fid[self.mask]
        guess = np.asarray(self.estimate(fid, self.mask)).astype(fid.dtype)
        self.seconds = seconds = time.perf_counter() - started
        if guess.shape != fid.shape or not np.isfinite(guess).all():
            raise UserError("the method returned no finite value for every point; are the data extreme?")
        size = float(np.linalg.norm(measured)) or 1.0
        misfit = float(np.linalg.norm(guess[self.mask] - measured)) / size
        noise = quiet_noise(measured)
        share = noise * math.sqrt(2 * measured.size) / size
        say("time", f"{seconds:.1f} s for the {self.what}: {fid.shape[1]} columns of {fid.shape[0]} points")
        say("noise", f"{noise:.3g} in a measured t1 point, {share:.1%} of the measured signal")
        say("misfit", f"{misfit:.1%} at the measured points, before they are put back unchanged")
        if share > 0 and misfit > max(MUCH * share, 0.05):
            say(
                "warning",
                f"the misfit is {misfit / share:.0f} times the noise; check the schedule and --size",
            )
        guess[self.mask] = measured
        return guess


def estimated_errors(completed, mask, estimate: Callable, spectrum: Callable, window, seconds: float):
    """The standard errors of ``spectrum(completed)``, and what they amount to in words for the user.

    completed: FID ``(*mask.shape, columns)``. estimate, spectrum, window: as in
    :func:`common.nus.uncertainty.standard_errors`. seconds: of one reconstruction. ``UserError`` where the
    method cannot do with fewer points.
    """
    from common.nus.uncertainty import FOLDS, REPEATS, standard_errors

    said = f"{FOLDS} without some of the points, {REPEATS} with more noise"
    say("repeats", f"{said}, about {(FOLDS + REPEATS) * seconds:.0f} s or less")
    try:
        errors = standard_errors(
            completed, mask, estimate, spectrum, window, completed=completed, track=_tracked
        )
    except UserError as error:
        raise UserError(f"--errors: {error}; without it there is a spectrum") from None
    held = f"points left out are predicted within {errors.held:.1%}; noise alone is {errors.noise:.1%}"
    say("held", held)
    say("errors", _summary(spectrum(completed), errors.sd))
    return errors.sd


def _summary(spectrum, sd) -> str:
    """The median standard error, and that of the peaks in parts of their height."""
    import numpy as np

    from common.classical.peaks import pick_peaks

    median = float(np.median(sd))
    peaks = pick_peaks(spectrum, SEEN * median)
    said = f"standard error {median:.3g} at the median point"
    if not len(peaks):
        return f"{said}; no peak is above {SEEN:g} times that"
    at = tuple(np.rint(peaks.index).astype(int).T)
    share = np.median(sd[at] / peaks.height)
    return f"{said}, {share:.1%} of the height of the median peak ({len(peaks)} above {SEEN:g} times that)"


def _tracked(steps: list):
    """A bar on a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:
        return iter(steps)
    return track(steps, description="repeats", console=console, transient=True)


# Options


def _refuse_3d_options(arguments) -> None:
    for name, value in vars(arguments).items():
        if value and (name.startswith("t2_") or name == "swap_columns"):
            raise UserError(f"--{name.replace('_', '-')}: {arguments.input} is not 3D; leave it out")


def _checked_outputs(arguments) -> list[Path]:
    """The files to write, each known to be possible as far as can be told beforehand."""
    from common.io.nmrpipe import is_template

    paths = [Path(name) for name in arguments.output]
    errors = [Path(arguments.errors)] if arguments.errors else []
    for path in errors:
        if _kind(path) != SPECTRUM or is_template(path):
            raise UserError(f"--errors {path}: the name ends in {' or '.join(SPECTRUM)}")
    for path in [*paths, *errors]:
        if path.suffix.lower() not in (*SPECTRUM, HALFWAY, FIDS) or is_template(path):
            raise UserError(f"{path}: cannot tell what to write; the name ends in {KINDS}")
        if path.exists() and path.resolve() == Path(arguments.input).resolve():
            raise UserError(f"{path}: is the input; choose another name")
        check_output(path, arguments.force)
    every = [*paths, *errors]
    if len({path.resolve() for path in every}) < len(every):
        raise UserError(f"{every[-1]}: an output is named twice; give each its own name")
    return paths


def _kind(path: Path):
    return SPECTRUM if path.suffix.lower() in SPECTRUM else path.suffix.lower()


def _check_outputs_fit(outputs: list[Path], spectrum) -> None:
    for path in outputs:
        if _kind(path) == FIDS and spectrum.axes[1].domain == "frequency":
            raise UserError(
                f"{path}: the direct dimension of {spectrum.source} is transformed already; name it {HALFWAY}"
            )


def processing(spectrum, arguments):
    """What :func:`add_processing` asks for: data with its direct dimension phased, and the two recipes.

    ``UserError`` for options that do not go with these data.
    """
    spectrum = processed_direct(spectrum, arguments)
    t1 = spectrum.axes[0]
    delay = t1.first_delay if arguments.first_delay is None else arguments.first_delay
    recipe = direct_recipe(
        spectrum,
        arguments,
        conjugate=arguments.conjugate,
        alternate=arguments.alternate,
        t1_phase=arguments.t1_p0,
        first_delay=delay,
    )
    return (
        spectrum,
        recipe,
        indirect_recipe(delay, arguments.t1_p1, arguments.t1_window, arguments.t1_zero_fill),
    )
