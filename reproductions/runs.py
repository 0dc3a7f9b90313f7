"""Runs as the commands use them: found by folder or id, scored again, compared, shown."""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

from common.errors import RunError, UserError, nearest
from common.reporting.record import FILE, NETWORK, read_record
from reproductions import registry

#: How far two backends may be apart in a score, relative or absolute, whichever is more.
TOLERANCE = 1e-4
CONFIG = "config.json"


def find_run(text: str, *roots: Path) -> Path:
    """The folder of a run named by its path, or by its id below a root; RunError where there is none."""
    if (Path(text) / CONFIG).is_file():
        return Path(text)
    ids = {path.parent.name: path.parent for root in reversed(roots) for path in root.glob(f"*/*/{CONFIG}")}
    if text not in ids:
        raise RunError(f"no run {text!r} in {' or '.join(map(str, roots))}{nearest(text, ids)}")
    return ids[text]


def complete(
    name: str, config, *, preset: str, variant: str, seed: int, runs_folder: Path,
    fresh: bool = False, offline: bool = False, devices: int | None = 1, processes: int = 1,
) -> tuple[Path, dict | None]:  # fmt: skip
    """Train and evaluate a run, as far as that is not done; returns its folder and its record.

    devices, processes: to train on, as of :func:`common.training.devices.join`; the first process evaluates
    alone, and the others get no record.
    """
    from common.training.backend import import_keras, settle_backend
    from common.training.devices import join
    from common.training.session import Session

    settle_backend()
    together = join(devices, processes)
    options = {"preset": preset, "variant": variant, "seed": seed, "fresh": fresh, "offline": offline}
    with Session.open(name, config, runs=runs_folder, devices=together, **options) as session:
        unfinished = together.lead(lambda: session.record is None)
        if unfinished:
            if together.leads:
                print(f"{session.folder}: training and evaluating under {session.backend}", file=sys.stderr)
            import_keras()
            experiment = registry.get(name).module("experiment")
            experiment.train(config, session)
        together.leave()
        if unfinished and together.leads:
            experiment.evaluate(config, session)
            session.finish()
        return session.folder, session.record if together.leads else None


def reproduction_of(folder: Path) -> registry.Reproduction:
    """The reproduction that a run is of; UserError for a folder that is no run."""
    try:
        name = json.loads((folder / CONFIG).read_bytes())["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder} is no run: its {CONFIG} cannot be read ({error})") from None
    return registry.get(name)


def evaluate(folder: Path, offline: bool = False) -> dict:
    """Score a run again from its weights and rewrite its record, which is returned."""
    from common.training.backend import import_keras
    from common.training.session import Session

    reproduction = reproduction_of(folder)
    import_keras()
    with Session.reopen(folder, reproduction.module("config").Config, offline=offline) as session:
        reproduction.module("experiment").evaluate(session.config, session)
        return session.finish()


def evaluate_copy(folder: Path, record: dict, offline: bool = False) -> dict:
    """The record that :func:`evaluate` gives for a copy of a run: weights in a folder, name in a record."""
    if not (folder / "weights").is_dir():
        raise RunError(f"{folder} has no weights; only runs published with --for-apply keep theirs")
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, record["name"], record["id"])
        shutil.copytree(folder / "weights", copy / "weights")
        shutil.copyfile(folder / CONFIG, copy / CONFIG)
        return evaluate(copy, offline)


def record_of(folder: Path) -> dict:
    """The record of a run; RunError where it has none yet."""
    try:
        return read_record(folder / FILE)
    except FileNotFoundError:
        raise RunError(f"{folder} has no record yet; give its run command again to finish it") from None


def differences(before: dict, after: dict) -> list[str]:
    """The scores in which two records of one run differ, a line each; times are not compared."""
    lines = []
    for method in sorted({NETWORK, *before["baselines"], *after["baselines"]}):
        old, new = (
            record["metrics"] if method == NETWORK else record["baselines"].get(method, {})
            for record in (before, after)
        )
        for id in sorted(old.keys() | new.keys()):
            was, now = (scores[id]["value"] if id in scores else "absent" for scores in (old, new))
            if not id.startswith("timing/") and not _same(was, now):
                lines.append(f"{id} of {method}: {was} in the record, {now} now")
    return lines


def show(folder: Path, record: dict) -> None:
    """Print the table of a run, what it lacks, where its figures are and how to browse it."""
    from common.reporting.tables import duration, run_table

    run_table(record, registry.get(record["name"]).published).show()
    for name, reason in record["left_out"].items():
        print(f"left out: {name} ({reason})")
    for note in record["notes"]:
        print(f"note:    {note}")
    steps = [(done, record[done]) for done in ("trained", "evaluated") if record[done]]
    told = [f"{done} in {duration(made['seconds'])}" for done, made in steps]
    peak = max((made.get("peak_memory", 0) for _, made in steps), default=0)
    told += [f"{peak / 1000:.1f} GB at most"] if peak else []
    trained = record["trained"] or {}
    if trained.get("devices", 1) > 1:
        told += [f"trained on {trained['devices']} devices, processes: {trained['processes']}"]
    print(f"run:     {folder} ({', '.join(told)})")
    for figure in sorted(folder.glob("figures/**/*.png")):
        print(f"figure:  {figure}")
    print(f"browse:  nmr-repro browse {folder}")


def refuse_published(folder: Path) -> None:
    """UserError for a folder in results/: what is published changes only by publishing again."""
    if folder.resolve().is_relative_to(registry.RESULTS):
        raise UserError(
            f"{folder} is published and stays as it is; `nmr-repro verify` scores it without a trace"
        )


def _same(was, now) -> bool:
    """Whether two values of a score agree; None, a value that is not finite, agrees with itself."""
    if isinstance(was, (int, float)) and isinstance(now, (int, float)):
        return math.isclose(was, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return was == now
