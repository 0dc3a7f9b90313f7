"""Options that several commands of ``nmr-repro`` share."""

from __future__ import annotations

import argparse
import dataclasses
import re
from pathlib import Path

from common.errors import UserError

RUNS = Path("runs")


def take_name(parser, words: list[str], known: list[str]) -> tuple[str, list[str]]:
    """The first word, which belongs to the name of the command from then on, and the others."""
    if words and not words[0].startswith("-"):
        parser.prog += f" {words[0]}"
        return words[0], words[1:]
    parser.prog += " NAME"
    parser.epilog = f"NAME is one of: {', '.join(known)}"
    if not {"-h", "--help"} & set(words):
        parser.error(f"a name comes first, one of {', '.join(known)}")
    parser.print_help()
    raise SystemExit(0)


def add_runs(parser) -> None:
    """``--runs``."""
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default %(default)s)")


def add_offline(parser) -> None:
    """``--offline``."""
    parser.add_argument("--offline", action="store_true", help="fetch no data set")


def add_devices(parser) -> None:
    """``--devices`` and ``--processes``."""
    parser.add_argument(
        "--devices", type=devices, default=1, metavar="N",
        help="GPUs that share each training batch, or all; of every process (default %(default)s; needs JAX)",
    )  # fmt: skip
    parser.add_argument(
        "--processes", type=positive, default=1, metavar="N",
        help="processes that train this run together, started alike on one or several machines",
    )  # fmt: skip


def add_run(parser) -> None:
    """A run, and where to look for it."""
    parser.add_argument("run", metavar="RUN", help="a run folder, or its id")
    add_runs(parser)


def add_fields(parser, reproduction, metavar: str = "VALUE") -> None:
    """The fields of a configuration as options, with the comments behind them as help."""
    config = reproduction.module("config").Config
    source = (reproduction.folder / "config.py").read_text(encoding="utf-8")
    comments = dict(re.findall(r"^    (\w+): .*?  # (.+)$", source, re.MULTILINE))
    group = parser.add_argument_group("fields of the configuration (defaults: those of preset paper)")
    for field in dataclasses.fields(config):
        text = comments.get(field.name, "").replace("%", "%%")
        group.add_argument(
            f"--{field.name}",
            dest=f"field.{field.name}",
            default=argparse.SUPPRESS,
            metavar=metavar,
            help=f"{text} (default {field.default!r})",
        )


def fields_of(arguments: argparse.Namespace) -> dict[str, str]:
    """What was given for the options of :func:`add_fields`, by field."""
    return {
        key.removeprefix("field."): value
        for key, value in vars(arguments).items()
        if key.startswith("field.")
    }


def count(text: str) -> int:
    """A whole number from 0; argparse makes a message of the error."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"needs a whole number from 0, not {text!r}")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1; argparse makes a message of the error."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"needs a whole number from 1, not {text!r}")
    return int(text)


def devices(text: str) -> int | None:
    """A whole number from 1, or None for ``all``."""
    return None if text == "all" else positive(text)


def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def existing(path: Path) -> Path:
    """The path; UserError where there is nothing."""
    if not path.exists():
        raise UserError(f"{path} does not exist")
    return path
