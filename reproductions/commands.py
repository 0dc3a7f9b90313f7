"""What each command of ``nmr-repro`` does.

A command takes a parser, to which it adds its options, and the words that followed its name; it returns its
exit code, or None for 0. Its docstring is its help text.
"""

from __future__ import annotations

from pathlib import Path

from common.atomic import check_output
from common.errors import UserError
from reproductions import options, registry, runs
from reproductions.options import RUNS


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
             KERAS_BACKEND=jax nmr-repro run qu_cnn --preset paper --devices all
    """
    parser.add_argument("--preset", default="quick", help="scale: smoke, quick, paper (default %(default)s)")
    parser.add_argument(
        "--variant", default="faithful", help="as published, or a change of ours (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=options.count, default=0, help="of all random numbers (default %(default)s)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what was trained before")
    options.add_runs(parser)
    options.add_offline(parser)
    options.add_devices(parser)
    parser.usage = "%(prog)s [options]"
    name, words = options.take_name(parser, words, registry.names())
    reproduction = registry.get(name)
    options.add_fields(parser, reproduction)
    arguments = parser.parse_args(words)
    from common.training.config import resolve

    config = resolve(
        reproduction.module("config"), arguments.preset, arguments.variant, options.fields_of(arguments)
    )
    which = {"preset": arguments.preset, "variant": arguments.variant, "seed": arguments.seed}
    where = {"runs_folder": arguments.runs, "fresh": arguments.fresh, "offline": arguments.offline}
    on = {"devices": arguments.devices, "processes": arguments.processes}
    folder, record = runs.complete(name, config, **which, **where, **on)
    if record:  # the first of several processes has it
        runs.show(folder, record)


def suite(parser, words) -> int:
    """Run several reproductions with several seeds, as processes of this machine or as jobs on a cluster.

    What is finished is left as it is, what was interrupted goes on; one failure does not stop the rest.

    example: nmr-repro suite --preset quick --seeds 3
             nmr-repro suite --only qu_cnn,talos_n --variants faithful,refined --cluster slurm --gpus 1
    """
    parser.add_argument("--only", type=options.names, default=[], metavar="NAMES", help="default: all")
    parser.add_argument(
        "--variants",
        type=options.names,
        default=["faithful"],
        metavar="NAMES",
        help="default faithful; or all",
    )
    from reproductions.suite import command, plan

    command.add_options(parser)
    arguments = parser.parse_args(words)
    variants = [] if arguments.variants == ["all"] else arguments.variants
    chosen = arguments.only or registry.names()
    return command.run(plan.suite(chosen, arguments.preset, variants, arguments.seeds), arguments, "suite")


def sweep(parser, words) -> int:
    """Run a reproduction with every combination of some values of its configuration, as `suite` does.

    Values are separated by commas, those of a field that is a list by semicolons. TensorBoard's page HPARAMS
    sets the runs beside each other.

    example: nmr-repro sweep qu_cnn --growth 8,12,16 --seeds 3
    """
    from reproductions.suite import command, plan

    parser.usage = "%(prog)s [options]"
    name, words = options.take_name(parser, words, registry.names())
    parser.add_argument("--variant", default="faithful", help="default %(default)s")
    command.add_options(parser)
    options.add_fields(parser, registry.get(name), "VALUES")
    arguments = parser.parse_args(words)
    fields = options.fields_of(arguments)
    entries = plan.sweep(name, arguments.preset, arguments.variant, arguments.seeds, fields)
    return command.run(entries, arguments, f"sweep-{name}")


def evaluate(parser, words) -> None:
    """Score a trained run again from its weights, on any machine and backend, and rewrite its record.

    example: nmr-repro evaluate quick-faithful-tensorflow-s0-0123abcd
             KERAS_BACKEND=jax nmr-repro evaluate runs/qu_cnn/quick-faithful-tensorflow-s0-0123abcd
    """
    options.add_run(parser)
    options.add_offline(parser)
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
    options.add_runs(parser)
    arguments = parser.parse_args(words)
    from common.reporting import tables

    if arguments.write:
        options.existing(arguments.write)
        changed = tables.update(arguments.write, registry.ROOT)
        print(f"{arguments.write}: {'written anew' if changed else 'was up to date'}")
        return
    chosen = [arguments.name] if arguments.name else registry.names()
    systems = {name: registry.get(name).published for name in chosen}
    records = tables.load_records(registry.RESULTS, arguments.runs)
    tables.comparison(systems, records, headlines=not arguments.name).show()


def card(parser, words) -> None:
    """Show a model card: what a network learnt from, where it holds, where it fails, its scores, its paper.

    example: nmr-repro card lee_kim_denoiser
             nmr-repro card --write
    """
    parser.add_argument("name", nargs="?", metavar="NAME", help="a reproduction; all where none is named")
    parser.add_argument("--write", action="store_true", help="write results/NAME/README.md anew instead")
    arguments = parser.parse_args(words)
    from common.atomic import write_atomic

    for name in [arguments.name] if arguments.name else registry.names():
        text, path = registry.get(name).card, registry.RESULTS / name / "README.md"
        if not arguments.write:
            print(text, end="")
            continue
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, text.encode())
        print(path)


def compare(parser, words) -> int | None:
    """Set the methods beside each other on a fully sampled spectrum of yours.

    example: nmr-repro compare nus hsqc.fid --fractions 0.125,0.25
    """
    return _delegate(parser, words, list(registry.COMPARISONS), registry.comparison)


def study(parser, words) -> int | None:
    """Measure on the suite's own spectra what results/studies/ answers; goes on where it was interrupted.

    nus: which method, at which sampling, for my signal-to-noise. times: how long networks and conventional
    methods take, on one machine in one run. shifts: six nuclei of proteins by every method. crystals: what
    the finished runs of mr3d_densenet say together. learning: how the published networks learnt. speed: how
    fast each part is, and what bounds it. brain: simulated brain spectra beside real ones.

    example: nmr-repro study nus --quick
             nmr-repro study times
    """
    return _delegate(parser, words, list(registry.STUDIES), registry.study)


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
        options.existing(Path(path))
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
    options.add_run(parser)
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
    options.add_run(parser)
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
    options.add_runs(parser)
    arguments = parser.parse_args(words)
    from common.reporting.pack import unpack as extract

    print(extract(options.existing(arguments.file), arguments.runs, force=arguments.force))


def verify(parser, words) -> int:
    """Compute the scores of a run again from its weights, apart from times, and compare.

    Exit code 1 where one differs by more than 1e-4 (of itself or absolutely, whichever is more). The run
    stays as it is.

    example: nmr-repro verify paper-faithful-tensorflow-s0-0123abcd
    """
    options.add_run(parser)
    options.add_offline(parser)
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
    parser.add_argument(
        "--port", type=options.count, default=6006, help="default %(default)s; 0 for any free one"
    )
    arguments = parser.parse_args(words)
    from common.reporting.browse import browse as serve

    headlines = [id for name in registry.names() for id in registry.get(name).published.headlines]
    serve(arguments.folder or (RUNS if RUNS.is_dir() else registry.RESULTS), arguments.port, headlines)


COMMANDS = {
    "list": list_,
    "run": run,
    "suite": suite,
    "sweep": sweep,
    "evaluate": evaluate,
    "table": table,
    "card": card,
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
    name, words = options.take_name(parser, words, known)
    module = find(name)
    parser.description = module.__doc__
    parser.set_defaults(name=name)
    module.add_options(parser)
    return module.main(parser.parse_args(words))


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
