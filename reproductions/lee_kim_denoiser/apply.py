"""Clean a brain spectrum with the trained network of Lee and Kim, and quantify what is left.

Uses the published run of a variant (`--variant`), or any run (`--run`). `--prior wide` takes the network that
was trained on concentrations from 0 to twice normal, for patients; `healthy` (the default) knows published
healthy ranges and pulls towards them.

example: nmr-repro apply lee_kim_denoiser press.SDAT --water water.SDAT -o clean.nii.gz --table amounts.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common.errors import UserError
from common.mrs import apply as mrs_apply
from reproductions.chosen import add_network_options, chosen_run, config_of

from .config import VARIANTS, Config

DEFAULT = "refined"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.mrs.apply.add_options`, and which network."""
    mrs_apply.add_options(parser)
    add_network_options(parser, VARIANTS, DEFAULT)
    parser.add_argument("--prior", choices=("healthy", "wide"), default="healthy", help="default %(default)s")


def main(arguments: argparse.Namespace) -> None:
    """Clean ``arguments.input`` with the network of a run."""
    folder = chosen_run("lee_kim_denoiser", arguments.run, arguments.variant)
    config, model = network(folder, arguments.prior)
    from . import estimate

    mrs_apply.apply_estimator(
        arguments,
        estimate.method(config, model, arguments.prior, own_basis=arguments.basis is not None),
        says=f"run {folder.name}, {arguments.prior} concentrations; errors are those in simulations",
        run=f"{arguments.name} {folder.name} {arguments.prior}",
        trained=estimate.trained_on(config),
    )


def network(folder: Path, part: str):
    """Configuration and network of a run for a range of concentrations; UserError where it has none."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    config = config_of(Config, folder)
    if part not in config.parts:
        raise UserError(f"run {folder.name} has no network for {part} concentrations")
    import_keras()
    from .model import build

    return config, Parts(folder / "weights").load(part, build(config))
