"""Complete non-uniformly sampled 2D data with the trained network of Qu et al. and write spectra.

Uses the published run of a variant (`--variant`), or any run (`--run`).

example: nmr-repro apply qu_cnn ser --schedule nuslist --p0 208.3 --region 11 6.2 -o out.ft2
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common.nus import apply as nus_apply
from reproductions.chosen import add_network_options, apply_nus, config_of

from .config import VARIANTS, Config

DEFAULT = "refined"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.nus.apply.add_options`, and which network."""
    nus_apply.add_options(parser)
    add_network_options(parser, VARIANTS, DEFAULT)


def main(arguments: argparse.Namespace) -> None:
    """Reconstruct ``arguments.input`` with the network of a run."""
    apply_nus("qu_cnn", arguments, completing_network, outside_training)


def completing_network(folder: Path) -> tuple[Config, object]:
    """The configuration of a run and its network as ``estimate(fid, mask) -> fid``, before write-back."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    import_keras()
    from .experiment import PART, method
    from .model import before_last_consistency, build

    config = config_of(Config, folder)
    model = Parts(folder / "weights").load(PART, build(config))
    return config, method(before_last_consistency(model), config, write_back=False)


def outside_training(config: Config, points: int, fraction: float, first_delay: float) -> list[str]:
    """What to tell the owner of data that differ from what the network was trained on.

    points, first_delay: of 3D data those of one indirect dimension.
    """
    low, high = config.fraction
    warnings = []
    if not low <= fraction <= high:
        warnings.append(f"trained on {low:.0%} to {high:.0%} of the points, not on {fraction:.1%}")
    if points not in (config.plane or (config.points,)):
        known = " x ".join(map(str, config.plane or (config.points,)))
        warnings.append(f"trained on {known} points, not {points}: here it extrapolates")
    if first_delay and config.phase[0] == "normal":
        other = "ist_s" if config.plane else "--variant faithful"
        warnings.append(f"trained on signals that start at time zero; use {other} for a first delay")
    return warnings
