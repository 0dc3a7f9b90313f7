"""Predict the backbone shifts of a structure with the trained networks of SPARTA+.

Uses the published run of a variant (`--variant`), or any run (`--run`). Hydrogens are added where the file
has none; the models of an ensemble are averaged. Shifts refer to DSS and liquid ammonia.

example: nmr-repro apply sparta_plus 1ubq.cif -o shifts.tab --observed bmr17769_3.str --figure shifts.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common.shifts import apply as shifts_apply
from reproductions.chosen import add_network_options, chosen_run, config_of

from .config import VARIANTS, Config

DEFAULT = "oriented"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.shifts.apply.add_options`, and which networks."""
    shifts_apply.add_options(parser)
    add_network_options(parser, VARIANTS, DEFAULT)


def main(arguments: argparse.Namespace) -> int | None:
    """Predict the shifts of ``arguments.inputs`` with the networks of a run."""
    folder = chosen_run("sparta_plus", arguments.run, arguments.variant)
    config, predict = networks(folder)
    return shifts_apply.apply_predictor(
        arguments,
        predict,
        says=f"{config.members * (1 if config.joint else len(config.nuclei))} networks of run {folder.name}",
        run=f"{arguments.name} {folder.name}",
        nuclei=config.nuclei,
    )


def networks(folder: Path):
    """Configuration and predictor of a run."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    config = config_of(Config, folder)
    import_keras()
    from . import data, errors, estimate
    from .experiment import parts
    from .model import build

    stored = Parts(folder / "weights")
    shifts = {part: stored.load(part, build(config)) for part in parts(config)}
    spreads = {
        part: stored.load(part, errors.build(config)) for part in map(errors.part, data.groups(config))
    }
    return config, estimate.predictor(config, shifts, spreads)
