"""Which run of a paper's network a command uses, and its configuration: what every ``apply`` asks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from common.errors import UserError


def add_network_options(parser: argparse.ArgumentParser, variants: Iterable[str], default: str) -> None:
    """``--variant`` and ``--run``; :func:`chosen_run` takes what they say."""
    add = parser.add_argument_group("network").add_argument
    add("--variant", choices=tuple(variants), default=default, help="default %(default)s")
    add("--run", metavar="RUN", help="a run folder, or the id of a run (default: the published one)")


def chosen_run(name: str, run: str | None, variant: str) -> Path:
    """The folder of a named run, or of the published run of a variant of reproduction ``name``.

    UserError where there is none.
    """
    from common.reporting.publish import APPLY, applied
    from reproductions import registry, runs

    if run is not None:
        return runs.find_run(run, registry.RESULTS, Path("runs"))
    results = registry.RESULTS / name
    named = applied(results / APPLY)
    if variant not in named:
        raise UserError(
            f"no run of variant {variant!r} is published with its weights; train one"
            f" (nmr-repro run {name} --variant {variant}) and name it with --run"
        )
    return results / named[variant]


def apply_nus(name: str, arguments: argparse.Namespace, network: Callable, outside: Callable) -> None:
    """Reconstruct a user's NUS data with the network of the chosen run of reproduction ``name``.

    network: of a run's folder, its configuration and ``estimate(fid, mask) -> fid``. outside: of the
    configuration, points, fraction and first delay, lines that say where it extrapolates.
    """
    from common.nus.apply import apply_method

    folder = chosen_run(name, arguments.run, arguments.variant)
    config, estimate = network(folder)
    says = f"network of run {folder.name}"
    apply_method(arguments, estimate, says=says, warn=lambda *grid: outside(config, *grid))


def config_of(config_class: type, folder: Path):
    """The configuration of a run, read without a session: published runs may lie where nobody can write."""
    from common.training.config import from_dict

    return from_dict(config_class, json.loads((folder / "config.json").read_text())["config"])
