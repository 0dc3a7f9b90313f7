"""What comparisons on a user's fully sampled 2D spectrum share: options, test bench, figure."""

from __future__ import annotations

import argparse
from pathlib import Path

from common.atomic import check_output
from common.errors import UserError
from common.nus import apply as nus_apply
from common.say import say


def add_options(parser: argparse.ArgumentParser, figure: str) -> None:
    """The data, how to process them (:func:`common.nus.apply.add_processing`), and where the figure goes."""
    add = parser.add_argument
    add("input", metavar="FILE", help="NMRPipe file, or Bruker or Varian folder: fully sampled, t1 in time")
    add("-o", "--output", type=Path, default=Path(figure), help="the figure (default %(default)s)")
    add("--force", action="store_true", help="replace a figure that is there")
    nus_apply.add_processing(parser)


def check_figure(arguments: argparse.Namespace) -> None:
    """``UserError`` where the figure cannot go where it is asked to."""
    if arguments.output.suffix != ".png":
        raise UserError(f"{arguments.output}: the figure is a .png file")
    check_output(arguments.output, arguments.force)


def load_plane(arguments: argparse.Namespace):
    """The data as a test bench; what was read is said. ``UserError`` or ``FormatError`` as its reader."""
    from common.nus.measured import load_full
    from common.nus.testbench import Plane
    from common.processing import interferogram

    spectrum = load_full(arguments.input, arguments.quadrature)
    say("read", f"{arguments.input}: {spectrum.describe()}")
    spectrum, direct, indirect = nus_apply.processing(spectrum, arguments)
    return Plane("file", Path(arguments.input).stem, "test", interferogram(spectrum, direct), indirect)
