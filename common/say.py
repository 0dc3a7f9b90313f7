"""What every door has in common: lines it says to the user, numbers on a command line, names of outputs."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from common.atomic import check_output
from common.errors import UserError

#: What the name of a figure may end in.
FIGURES = (".png", ".pdf", ".svg")


def say(what: str, text: str) -> None:
    """A line for the user, nothing where there is nothing to say."""
    if text:
        print(f"{what:9}{text}", flush=True)


def number(text: str) -> float:
    """A finite number."""
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"needs a finite number, not {text!r}")
    return value


def check_outputs(
    named: Iterable[tuple[str, str]],
    ends: Mapping[str, Sequence[str]],
    inputs: Iterable[str | None],
    *,
    force: bool,
) -> None:
    """UserError where an output cannot go where a user asks for it.

    named: option and path of each output. ends: what names may end in, by option; any where it lacks one.
    inputs: files that nothing may replace, None for one that is not given. force: what else is there may be.
    """
    taken = {Path(name).resolve() for name in inputs if name}
    for option, name in named:
        path = Path(name)
        if option in ends and not path.name.lower().endswith(tuple(ends[option])):
            raise UserError(f"--{option} {name}: the name ends in {', '.join(ends[option])}")
        if path.resolve() in taken:
            raise UserError(f"{name}: is an input, or named twice; choose another name")
        taken.add(path.resolve())
        check_output(path, force)
