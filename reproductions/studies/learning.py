"""How the published networks learnt: training and validation loss, epoch by epoch, of every reproduction.

Read from the event files of the published runs, those of the variants that stand in the table of the suite.
Of a run with several networks the first is shown.

example: nmr-repro study learning
         nmr-repro study learning --publish
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from common.errors import RunError
from common.reporting.tables import HIDDEN, Table
from reproductions import registry
from reproductions.studies import kept

NAME = "learning"
LOSS = "epoch_loss"
#: Lines of a panel (colours of Okabe and Ito, 2008), and panels in a row.
STYLES = {"training": ("-", "#0072B2"), "validation": ("--", "#D55E00")}
WIDE = 4
COLUMNS = (
    "system",
    "variant",
    "seeds",
    "network",
    "epochs",
    "training, last",
    "validation, last",
    "lowest at",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where it is kept."""
    kept.add_options(parser, quick=None)


def main(arguments: argparse.Namespace) -> None:
    """Read the curves, then write record and figure and show the table."""
    if arguments.publish:
        kept.check_publishable(False)
    started = time.perf_counter()
    curves = [curve for name in registry.names() for curve in published(name)]
    if not curves:
        raise RunError("no run is published; publish one first")
    folder = arguments.runs / kept.FOLDER / NAME
    record = collect(curves, time.perf_counter() - started)
    kept.finish(record, draw(curves), folder, publish=arguments.publish)


def published(name: str) -> list[dict]:
    """The curves of the first network of each published run of a reproduction."""
    from common.reporting.record import FILE, read_record

    reproduction = registry.get(name)
    shown, found = reproduction.published.shown, []
    for run in reproduction.runs:
        folder = registry.RESULTS / name / run
        record = read_record(folder / FILE)
        if record["preset"] != HIDDEN and (not shown or record["variant"] in shown):
            found.append(curve(folder, record))
    return found


def curve(folder: Path, record: dict) -> dict:
    """Epochs, counted from 1, and losses of the first network of a run; RunError where there are none."""
    from common.reporting.events import MARK, read_scalars

    parts = sorted({path.parent for path in (folder / "train").rglob(f"*{MARK}*")})
    losses = read_scalars(parts[0]).get(LOSS, []) if parts else []
    if not losses:
        raise RunError(f"{folder}: has no curve of its training")
    part = parts[0].relative_to(folder / "train")
    held_out = read_scalars(folder / "validation" / part).get(LOSS, [])
    own = {key: record[key] for key in ("name", "variant", "preset", "seed", "id")}
    return own | {"network": str(part), "training": points(losses), "validation": points(held_out)}


def points(scalars: list[tuple[int, float]]) -> list[list[float]]:
    """Pairs of epoch, from 1, and loss."""
    return [[step + 1, kept.rounded(value)] for step, value in scalars]


def grouped(curves: list[dict]) -> dict[tuple[str, str, str], list[dict]]:
    """The curves of all seeds by system, variant and preset."""
    found: dict[tuple[str, str, str], list[dict]] = {}
    for each in curves:
        found.setdefault((each["name"], each["variant"], each["preset"]), []).append(each)
    return found


def collect(curves: list[dict], seconds: float) -> dict:
    """The record of the study."""
    from common.reporting.record import environment

    return {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": False,
        "environment": environment("none", "cpu", seconds),
        "commits": [kept.commit()],
        "curves": curves,
        "tables": {"curves": table(curves).to_json()},
    }


def table(curves: list[dict]) -> Table:
    """A row a system and variant: losses at the end and where validation was lowest, means over seeds."""
    rows = []
    for (name, variant, preset), group in grouped(curves).items():
        ends = [each["training"][-1] for each in group]
        held_out = [each["validation"] for each in group if each["validation"]]
        lowest = [min(one, key=lambda point: point[1])[0] for one in held_out]
        cells = (name, f"{variant}, {preset}", len(group), group[0]["network"], ends[0][0])
        losses = mean([loss for _, loss in ends]), mean([one[-1][1] for one in held_out])
        rows.append((*map(str, cells), *losses, ", ".join(f"{epoch:.0f}" for epoch in lowest)))
    notes = (
        "A row's losses are those of its own system, seldom of others. Training loss is a mean over an epoch"
        " and has penalties and dropout in it; validation loss is of the weights at its end.",
        "Of long trainings every second, fourth, ... epoch is kept with a published run.",
    )
    return Table(COLUMNS, tuple(rows), notes)


def mean(values: list[float]) -> str:
    """The mean to four digits."""
    return f"{sum(values) / len(values):.4g}" if values else "–"


def draw(curves: list[dict]) -> bytes:
    """A panel a system and variant: a line a seed, whole for training, broken for validation."""
    from matplotlib.figure import Figure

    from common.reporting.figures import png_bytes

    groups = grouped(curves)
    rows = -(-len(groups) // WIDE)
    figure = Figure(figsize=(2.6 * WIDE, 2.1 * rows), layout="constrained")
    plots = list(figure.subplots(rows, WIDE, squeeze=False).flat)
    for plot, ((name, variant, _), group) in zip(plots, groups.items(), strict=False):
        for each in group:
            for part, (style, colour) in STYLES.items():
                if each[part]:
                    plot.plot(*zip(*each[part], strict=True), style, color=colour, linewidth=1.1)
        plot.set_title(f"{name}\n{variant}: {group[0]['network']}", fontsize=9)
        plot.locator_params(axis="x", integer=True)
        plot.tick_params(labelsize=8)
    for plot in plots[len(groups) :]:
        plot.set_visible(False)
    handles = [plots[0].plot([], [], style, color=colour)[0] for style, colour in STYLES.values()]
    figure.legend(handles, STYLES, loc="outside lower right", fontsize=9, frameon=False)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("loss", fontsize=9)
    return png_bytes(figure)
