"""Which run of a paper's network a command uses, and its configuration: what every ``apply`` asks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
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


def config_of(config_class: type, folder: Path):
    """The configuration of a run, read without a session: published runs may lie where nobody can write."""
    from common.training.config import from_dict

    return from_dict(config_class, json.loads((folder / "config.json").read_text())["config"])
