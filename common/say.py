"""What every door has in common: the lines it says to the user, and numbers on a command line."""

from __future__ import annotations

import argparse
import math


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
