"""Predict the shieldings of the atoms of crystals with the trained networks of MR-3D-DenseNet.

Uses the published run of a variant (`--variant`), or any run (`--run`). Structures are CIF, extended XYZ or
magres; symmetry is expanded, and every nucleus that the run has a network for is predicted. The uncertainty
is such that 68 % of the errors on crystals held out of training were smaller: the spread over orientations of
the crystal and over the networks of a nucleus, widened.

example: nmr-repro apply mr3d_densenet candidates.xyz --rank measured.csv --figure ranking.png -o out.xyz
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import UserError
from common.say import FIGURES, check_outputs, number, say
from reproductions.chosen import add_network_options, chosen_run, config_of

from . import report
from .config import VARIANTS, Config

if TYPE_CHECKING:
    from common.structures import Crystal

    from .ranking import Measured

DEFAULT = "moments_long"
ENDS = {"output": (".xyz", ".extxyz", ".csv"), "figure": FIGURES}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Structures, outputs, shifts, ranking, and which networks."""
    add = parser.add_argument
    said = "CIF, extended XYZ or magres, packed by gzip or not; several are done together"
    add("inputs", metavar="STRUCTURE", nargs="+", help=said)
    said = "all atoms with shielding and uncertainty: .xyz (extended XYZ) or .csv"
    add("-o", "--output", metavar="FILE", help=f"{said}; without it, a table is printed")
    add("--force", action="store_true", help="overwrite files that exist")
    add("--rotations", type=int, metavar="N", help="orientations to average over (default: the run's)")
    said = "let elements without a channel stand in that of nitrogen, as the authors' scripts do"
    add("--other-elements", action="store_true", help=said)
    said = (
        "shifts too, OFFSET + SLOPE * shielding in ppm (SLOPE -1 by default), as in --shifts H=30.8 C=170,-1"
    )
    add("--shifts", nargs="+", type=_line, default=[], metavar="H=OFFSET[,SLOPE]", help=said)
    add = parser.add_argument_group("candidate structures").add_argument
    said = "measured shifts to rank the structures by: CSV with site,atoms,shift (atoms counts H from 1)"
    add("--rank", metavar="FILE", help=said)
    add("--figure", metavar="FILE", help="errors of the candidates: .png, .pdf, .svg")
    add_network_options(parser, VARIANTS, DEFAULT)


def _line(text: str) -> tuple[str, tuple[float, float]]:
    """Element, offset and slope of a word such as ``H=30.8,-1``."""
    element, _, values = text.partition("=")
    parts = [number(value) for value in values.split(",")]
    if element not in ("H", "C", "N", "O") or not 1 <= len(parts) <= 2:
        raise argparse.ArgumentTypeError(f"needs a word such as H=30.8 or H=30.8,-1, not {text!r}")
    return element, (parts[0], parts[1] if len(parts) == 2 else -1.0)


def main(arguments: argparse.Namespace) -> int | None:
    """Predict the shieldings of ``arguments.inputs`` with a run's networks; 1 where some are left out."""
    _check_outputs(arguments)
    measured = _measured(arguments)
    folder = chosen_run("mr3d_densenet", arguments.run, arguments.variant)
    config = _config(folder, arguments)
    if measured and measured.element not in config.nuclei:
        raise UserError(f"{arguments.rank}: run {folder.name} has no network for {measured.element}")
    crystals, left_out = _loaded(arguments)
    say("method", f"the network{'s'[: not config.joint]} of {', '.join(config.nuclei)} of run {folder.name}")
    found = _estimated(config, folder, crystals, arguments)
    if arguments.shifts:
        from .estimate import shifted

        found = [shifted(crystal, dict(arguments.shifts)) for crystal in found]
    report.summary(found)
    if measured:
        _rank(found, measured, arguments, folder.name)
    if arguments.output:
        from common.io.crystals import write_crystals

        write_crystals(arguments.output, found, force=arguments.force)
        say("wrote", f"{arguments.output}: {sum(map(len, found))} atoms")
    elif not measured:
        report.table(found)
    return 1 if left_out else None


def _check_outputs(arguments) -> None:
    """``UserError`` where an output cannot go where it is asked to, or is of what is not there."""
    if arguments.figure and not arguments.rank:
        raise UserError("--figure: it shows a ranking; name measured shifts with --rank")
    if arguments.rotations is not None and not 1 <= arguments.rotations <= 1000:
        raise UserError(f"--rotations {arguments.rotations}: from 1 to 1000")
    named = {option: value for option in ENDS if (value := getattr(arguments, option))}
    check_outputs(named.items(), ENDS, [*arguments.inputs, arguments.rank], force=arguments.force)


def _measured(arguments) -> Measured | None:
    if not arguments.rank:
        return None
    from .ranking import read_measured

    return read_measured(arguments.rank)


def _config(folder: Path, arguments) -> Config:
    config = config_of(Config, folder)
    if arguments.rotations:
        config = dataclasses.replace(config, rotations=arguments.rotations)
    return config


def _loaded(arguments) -> tuple[list[Crystal], int]:
    """The crystals of all files that can be predicted, and how many cannot; UserError where there is none."""
    from common.io.crystals import read_crystals

    from .environments import without_channel

    found, left_out = [], 0
    for path in arguments.inputs:
        try:
            crystals = read_crystals(path)
            say("read", f"{path}: {len(crystals)} crystals, {sum(map(len, crystals))} atoms")
            for crystal in crystals:
                odd = ", ".join(without_channel(crystal))
                if odd and not arguments.other_elements:
                    raise UserError(
                        f"{path}: {crystal.name} has {odd}, which no channel is for;"
                        " --other-elements lets it stand for nitrogen"
                    )
        except UserError as error:
            if len(arguments.inputs) == 1:
                raise
            say("left out", str(error))
            left_out += 1
            continue
        found += crystals
    if not found:
        raise UserError("none of the structures can be read")
    _warn(found)
    return found, left_out


def _warn(crystals: list[Crystal]) -> None:
    """What is noted of the files, and what is unlike training crystals; each line once, with its crystals."""
    from .estimate import unlike

    lines: dict[tuple[str, str], list[str]] = {}
    for crystal in crystals:
        for note in crystal.notes:
            lines.setdefault(("note", note), []).append(crystal.name)
        for line in unlike(crystal):
            lines.setdefault(("warning", line), []).append(crystal.name)
    for (what, line), names in lines.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        say(what, f"{', '.join(names[:3])}{more}: {line}")


def _estimated(config: Config, folder: Path, crystals: list[Crystal], arguments) -> list[Crystal]:
    from .estimate import estimate

    made = _networks(config, folder)
    started = time.perf_counter()
    found = estimate(crystals, made, config.neighbours, others=arguments.other_elements)
    seconds = time.perf_counter() - started
    say("time", f"{seconds:.1f} s for {sum(map(len, crystals))} atoms, {config.rotations} orientations each")
    return found


def _networks(config: Config, folder: Path) -> dict:
    """:func:`networks` with spreads widened as the run's record says; says where it does not."""
    from .uncertainty import recorded, widened

    known = recorded(config, folder)
    if lacking := [element for element in config.nuclei if element not in known]:
        said = "this run has not measured how far to widen its spread, and states that; it is too small"
        say("warning", f"{', '.join(lacking)}: {said}")
    return widened(networks(config, folder), known)


def networks(config: Config, folder: Path) -> dict:
    """The networks of a run by element, for :func:`estimate.estimate`."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    import_keras()
    from .training import Trained

    trained = Trained(config, Parts(folder / "weights").load)
    return {element: partial(trained.predict, element=element) for element in config.nuclei}


def _rank(crystals: list[Crystal], measured: Measured, arguments, run: str) -> None:
    """Say the order of the candidates, and draw it."""
    from . import ranking

    found = ranking.rank(crystals, measured)
    report.ranking(found, ranking.rank(crystals, measured, one_line=True), len(measured.sites))
    if arguments.figure:
        from common.reporting.figures import write_figure

        write_figure(arguments.figure, ranking.figure({run: found}), force=arguments.force)
        say("wrote", arguments.figure)
