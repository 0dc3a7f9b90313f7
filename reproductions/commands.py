"""What each command of ``nmr-repro`` does.

A command takes a parser, to which it adds its options, and the words that followed its name; it returns its
exit code, or None for 0. Its docstring is its help text.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from pathlib import Path

from common.atomic import check_output
from common.errors import UserError
from reproductions import registry, runs

RUNS = Path("runs")


def list_(parser, words) -> None:
    """Show the reproductions, their presets, variants and published runs.

    example: nmr-repro list
    """
    parser.parse_args(words)
    for name in registry.names():
        reproduction = registry.get(name)
        config = reproduction.module("config")
        print(f"{name:18}{reproduction.title}")
        print(f"{'':18}presets {', '.join(config.PRESETS)}; variants {', '.join(config.VARIANTS)}")
        print(f"{'':18}published runs: {', '.join(reproduction.runs) or 'none yet'}")
    print(f"{', '.join(registry.CLASSICAL):18} conventional methods, for `nmr-repro apply`")


def run(parser, words) -> None:
    """Train and evaluate a reproduction, or go on with a run that was interrupted.

    A finished run shows its table again. Every field of the configuration is an option; name the
    reproduction before --help to see them. KERAS_BACKEND=jax in the environment chooses the backend.

    example: nmr-repro run qu_cnn --preset quick
             nmr-repro run qu_cnn --preset quick --blocks 3 --seed 1
    """
    parser.add_argument("--preset", default="quick", help="scale: smoke, quick, paper (default %(default)s)")
    parser.add_argument(
        "--variant", default="faithful", help="as published, or a change of ours (default %(default)s)"
    )
    parser.add_argument("--seed", type=_count, default=0, help="of all random numbers (default %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="forget what was trained before")
    _add_runs(parser)
    _add_offline(parser)
    parser.usage = "%(prog)s [options]"
    name, words = _take_name(parser, words, registry.names())
    reproduction = registry.get(name)
    _add_fields(parser, reproduction)
    arguments = parser.parse_args(words)
    fields = {
        key.removeprefix("field."): value
        for key, value in vars(arguments).items()
        if key.startswith("field.")
    }
    from common.training.config import resolve

    config = resolve(reproduction.module("config"), arguments.preset, arguments.variant, fields)
    which = {"preset": arguments.preset, "variant": arguments.variant, "seed": arguments.seed}
    where = {"runs_folder": arguments.runs, "fresh": arguments.fresh, "offline": arguments.offline}
    runs.show(*runs.complete(name, config, **which, **where))


def evaluate(parser, words) -> None:
    """Score a trained run again from its weights, on any machine and backend, and rewrite its record.

    example: nmr-repro evaluate quick-faithful-tensorflow-s0-0123abcd
             KERAS_BACKEND=jax nmr-repro evaluate runs/qu_cnn/quick-faithful-tensorflow-s0-0123abcd
    """
    _add_run(parser)
    _add_offline(parser)
    arguments = parser.parse_args(words)
    folder = runs.find_run(arguments.run, arguments.runs, registry.RESULTS)
    runs.refuse_published(folder)
    runs.show(folder, runs.evaluate(folder, arguments.offline))


def table(parser, words) -> None:
    """Set our scores beside the published ones.

    Without a name the headlines of all reproductions, with one all its figures; from the published runs and
    those in --runs.

    example: nmr-repro table qu_cnn
             nmr-repro table --write README.md
    """
    parser.add_argument("name", nargs="?", metavar="NAME", help="a reproduction")
    parser.add_argument(
        "--write", type=Path, metavar="README", help="write the tables of a README anew instead"
    )
    _add_runs(parser)
    arguments = parser.parse_args(words)
    from common.reporting import tables

    if arguments.write:
        _existing(arguments.write)
        changed = tables.update(arguments.write, registry.ROOT)
        print(f"{arguments.write}: {'written anew' if changed else 'was up to date'}")
        return
    chosen = [arguments.name] if arguments.name else registry.names()
    systems = {name: registry.get(name).published for name in chosen}
    records = tables.load_records(registry.RESULTS, arguments.runs)
    tables.comparison(systems, records, headlines=not arguments.name).show()


def compare(parser, words) -> int | None:
    """Set the methods beside each other on a fully sampled spectrum of yours.

    example: nmr-repro compare nus hsqc.fid --fractions 0.125,0.25
    """
    return _delegate(parser, words, list(registry.STUDIES), registry.study)


def study(parser, words) -> int | None:
    """Measure on the suite's own spectra what results/studies/ answers; goes on where it was interrupted.

    nus: which method, at which sampling, for my signal-to-noise. times: how long networks and conventional
    methods take, on one machine in one run.

    example: nmr-repro study nus --quick
             nmr-repro study times
    """
    return _delegate(parser, words, list(registry.PUBLISHED_STUDIES), registry.published_study)


def apply(parser, words) -> int | None:
    """Apply a trained network or a classical method to a file of yours.

    Name the method before --help to see its options.

    example: nmr-repro apply qu_cnn ser --schedule nuslist -o spectrum.ft2
    """
    return _delegate(parser, words, registry.methods(), registry.method)


def score(parser, words) -> None:
    """Score one spectrum file against another.

    nus: relative error, and heights, positions and number of the peaks of the reference, of two real
    spectra with the same axes.

    example: nmr-repro score nus full.ft2 estimate.ft2 --region 1H 11 6.2
    """
    parser.add_argument("task", metavar="TASK", help="nus")
    parser.add_argument("reference", metavar="REFERENCE", help="spectrum file")
    parser.add_argument("estimate", metavar="ESTIMATE", help="spectrum file")
    parser.add_argument(
        "--region",
        action="append",
        nargs=3,
        default=[],
        metavar=("NUCLEUS", "HIGH", "LOW"),
        help="ppm limits of an axis",
    )
    arguments = parser.parse_args(words)
    if arguments.task != "nus":
        raise UserError(f"cannot score {arguments.task!r}; there is nus")
    for path in (arguments.reference, arguments.estimate):
        _existing(Path(path))
    from common.io.files import read
    from common.metrics.files import score_files
    from common.metrics.registry import measure

    axes = read(arguments.reference).axes if arguments.region else ()
    scores = score_files(arguments.reference, arguments.estimate, _regions(arguments.region, axes))
    for name, value in scores.items():
        print(f"{name:20}{value:<10.4g}{measure(name).unit:4}{measure(name).formula}")


def data(parser, words) -> int:
    """List, fetch or verify the public data sets, or prepare one that is made from several.

    NMR_REPRO_DATA names a folder that is looked into first, NMR_REPRO_CACHE the one that downloads go to.
    prepare makes sparta_public: the shift tables of the SPARTA+ list with structures from the PDB, without
    the clusters of test proteins.

    example: nmr-repro data list
             nmr-repro data fetch nus_hsqc_qnls
             nmr-repro data prepare sparta_public
    """
    parser.add_argument("action", choices=("list", "fetch", "verify", "prepare"), help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="a data set; all where none is named")
    parser.add_argument(
        "--from", dest="folder", type=Path, metavar="FOLDER", help="prepare: structures in place of the PDB's"
    )
    arguments = parser.parse_args(words)
    if arguments.action == "prepare":
        return _prepare(arguments.name, arguments.folder)
    from common import datasets

    names = [datasets.load(arguments.name).name] if arguments.name else datasets.names()
    if arguments.action == "list":
        for entry in datasets.list_sets():
            if entry.name in names:
                size = f"{entry.bytes / 1e6:9.1f} MB"
                print(f"{entry.name:28}{entry.where:8}{size}  {entry.title} ({entry.licence})")
        return 0
    if arguments.action == "fetch":
        for name in names:
            for file, path in datasets.fetch(name).items():
                print(f"{name}/{file}: {path}")
        return 0
    states = {f"{name}/{file}": state for name in names for file, state in datasets.verify(name).items()}
    for file, state in states.items():
        print(f"{file}: {state}")
    return int(any(state not in ("mirror", "cache", "absent") for state in states.values()))


def _prepare(name: str | None, folder: Path | None) -> int:
    from common.shifts.prepare import PUBLIC, prepare

    if name != PUBLIC:
        raise UserError(f"cannot prepare {name or 'without a name'}; there is {PUBLIC}")
    for line in prepare(folder):
        print(line)
    return 0


def publish(parser, words) -> None:
    """Copy a finished run to results/, small and complete enough to be believed.

    example: nmr-repro publish paper-faithful-tensorflow-s0-0123abcd --for-apply
    """
    _add_run(parser)
    parser.add_argument(
        "--for-apply", action="store_true", help="with its weights: what `apply` and `compare` use"
    )
    arguments = parser.parse_args(words)
    from common.reporting.publish import publish as copy

    folder = runs.find_run(arguments.run, arguments.runs)
    record, figures = runs.record_of(folder), runs.reproduction_of(folder).published

    def rescore(staged: Path) -> dict:
        return runs.evaluate_copy(staged, record)

    print(copy(folder, registry.RESULTS, figures, for_apply=arguments.for_apply, rescore=rescore))


def pack(parser, words) -> None:
    """Write a run, finished or not, to one file, to go on with it on another machine.

    example: nmr-repro pack quick-faithful-tensorflow-s0-0123abcd -o run.tar
    """
    _add_run(parser)
    parser.add_argument("-o", "--output", type=Path, help="the file (default: <id>.tar here)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    arguments = parser.parse_args(words)
    from common.reporting.pack import pack as write

    folder = runs.find_run(arguments.run, arguments.runs, registry.RESULTS)
    output = arguments.output or Path(f"{folder.name}.tar")
    check_output(output, arguments.force)
    print(write(folder, output))


def unpack(parser, words) -> None:
    """Put a packed run back, to go on with it, evaluate or publish it here.

    example: nmr-repro unpack run.tar
    """
    parser.add_argument("file", type=Path, metavar="FILE", help="what `nmr-repro pack` wrote")
    parser.add_argument("--force", action="store_true", help="replace a run that is there")
    _add_runs(parser)
    arguments = parser.parse_args(words)
    from common.reporting.pack import unpack as extract

    print(extract(_existing(arguments.file), arguments.runs, force=arguments.force))


def verify(parser, words) -> int:
    """Compute the scores of a run again from its weights, apart from times, and compare.

    Exit code 1 where one differs by more than 1e-4 (of itself or absolutely, whichever is more). The run
    stays as it is.

    example: nmr-repro verify paper-faithful-tensorflow-s0-0123abcd
    """
    _add_run(parser)
    _add_offline(parser)
    arguments = parser.parse_args(words)
    folder = runs.find_run(arguments.run, registry.RESULTS, arguments.runs)
    before = runs.record_of(folder)
    lines = runs.differences(before, runs.evaluate_copy(folder, before, arguments.offline))
    for line in lines:
        print(line)
    print(f"{folder}: {f'{len(lines)} scores differ' if lines else 'every score is the same'}")
    return int(bool(lines))


def browse(parser, words) -> None:
    """Start TensorBoard on a folder of runs; Ctrl-C ends it.

    example: nmr-repro browse runs/qu_cnn
    """
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="default: runs/ if there, else results/"
    )
    parser.add_argument("--port", type=_count, default=6006, help="default %(default)s; 0 for any free one")
    arguments = parser.parse_args(words)
    from common.reporting.browse import browse as serve

    serve(arguments.folder or (RUNS if RUNS.is_dir() else registry.RESULTS), arguments.port)


COMMANDS = {
    "list": list_,
    "run": run,
    "evaluate": evaluate,
    "table": table,
    "compare": compare,
    "study": study,
    "apply": apply,
    "score": score,
    "data": data,
    "publish": publish,
    "pack": pack,
    "unpack": unpack,
    "verify": verify,
    "browse": browse,
}


def _delegate(parser, words, known, find) -> int | None:
    """Hand over to the module that the first word names: ``add_options(parser)``, ``main(arguments)``."""
    name, words = _take_name(parser, words, known)
    module = find(name)
    parser.description = module.__doc__
    parser.set_defaults(name=name)
    module.add_options(parser)
    return module.main(parser.parse_args(words))


def _take_name(parser, words: list[str], known: list[str]) -> tuple[str, list[str]]:
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


def _add_runs(parser) -> None:
    parser.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default %(default)s)")


def _add_offline(parser) -> None:
    parser.add_argument("--offline", action="store_true", help="fetch no data set")


def _add_run(parser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run folder, or its id")
    _add_runs(parser)


def _add_fields(parser, reproduction) -> None:
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
            metavar="VALUE",
            help=f"{text} (default {field.default!r})",
        )


def _count(text: str) -> int:
    """A whole number from 0; argparse makes a message of the error."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"needs a whole number from 0, not {text!r}")
    return int(text)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise UserError(f"{path} does not exist")
    return path


def _regions(wanted: list[list[str]], axes) -> list[tuple[float, float] | None] | None:
    """``--region NUCLEUS HIGH LOW`` options as one entry an axis, in the order of the file."""
    if not wanted:
        return None
    nuclei = [axis.nucleus for axis in axes]
    regions: list[tuple[float, float] | None] = [None] * len(axes)
    for nucleus, *limits in wanted:
        if nuclei.count(nucleus) != 1:
            raise UserError(
                f"--region {nucleus}: the reference has the axes {', '.join(nuclei)}; name one of them"
            )
        try:
            high, low = map(float, limits)
        except ValueError:
            raise UserError(f"--region {nucleus} needs two numbers, not {' '.join(limits)}") from None
        regions[nuclei.index(nucleus)] = (high, low)
    return regions
