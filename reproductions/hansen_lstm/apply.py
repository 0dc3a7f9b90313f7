"""Complete non-uniformly sampled 2D data with the trained network of Hansen and write spectra.

Uses the published run of a variant (`--variant`), or any run (`--run`). The variant any_schedule takes every
schedule; the others know the schedules they were trained for and refuse any other.

example: nmr-repro apply hansen_lstm ser --schedule nuslist --p0 208.3 --region 11 6.2 -o out.ft2
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common.nus import apply as nus_apply
from reproductions.chosen import add_network_options, apply_nus, config_of

from .config import VARIANTS, Config

DEFAULT = "any_schedule"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.nus.apply.add_options`, and which network."""
    nus_apply.add_options(parser)
    add_network_options(parser, VARIANTS, DEFAULT)


def main(arguments: argparse.Namespace) -> None:
    """Reconstruct ``arguments.input`` with the networks of a run."""
    apply_nus("hansen_lstm", arguments, completing_network, outside_training)


def completing_network(folder: Path) -> tuple[Config, object]:
    """The configuration of a run and its networks as ``estimate(fid, mask) -> fid``, before write-back.

    The estimate raises UserError for a schedule that none of them knows.
    """
    from common.training.backend import import_keras
    from common.training.parts import Parts

    import_keras()
    from . import data
    from .experiment import method
    from .model import build

    config, saved = config_of(Config, folder), Parts(folder / "weights")
    models = {part: saved.load(part, build(config)) for part in data.parts(config)}
    return config, method(models, config, write_back=False)


def outside_training(config: Config, points: int, fraction: float, first_delay: float) -> list[str]:
    """What to tell the owner of data that differ from what the network was trained on."""
    warnings = []
    low, high = config.fraction
    if config.kernel and not low <= fraction <= high:
        warnings.append(f"trained on {low:.0%} to {high:.0%} of the points, not on {fraction:.1%}")
    if config.kernel and points != config.points:
        warnings.append(f"trained on {config.points} points, not {points}: here it extrapolates")
    if first_delay and config.phase[0] == "normal":
        warnings.append("trained on signals that start at time zero, not on a first delay")
    return warnings
