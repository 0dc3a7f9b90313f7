"""Our scores beside the published ones: in the terminal, and in the READMEs between two markers.

A README holds ``<!-- table:NAME -->`` and ``<!-- /table -->``; what stands between is generated from the
published.toml files and ``results/*/*/record.json``. NAME is a reproduction, or ``all`` for the headlines
of all, or ``studies/<study>/<table>``, a table of ``results/studies/<study>.json``.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

from common.atomic import write_atomic
from common.errors import UserError
from common.metrics.registry import MEASURES, measure_of
from common.reporting import published as sources
from common.reporting.published import Published, counts, over_seeds, read_published, verdict
from common.reporting.record import FILE, NETWORK, read_record

COLUMNS = ("system", "metric", "published", "ours", "conventional", "verdict", "training")
#: Runs of this preset test the code and say nothing about the method.
HIDDEN = "smoke"
NONE = "–"
STUDIES = "studies/"
_BLOCK = re.compile(r"(<!-- table:([\w/-]+) -->\n).*?(<!-- /table -->)", re.DOTALL)


@dataclass(frozen=True)
class Table:
    """Text in rows and columns; ``notes`` are numbered from 1, as the cells refer to them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, content: dict) -> Table:
        """A table as the record of a study holds it: columns, rows and notes as lists of text."""
        rows = tuple(map(tuple, content["rows"]))
        return cls(tuple(content["columns"]), rows, tuple(content["notes"]))

    def to_json(self) -> dict[str, list]:
        """What :meth:`from_json` takes."""
        rows = [list(row) for row in self.rows]
        return {"columns": list(self.columns), "rows": rows, "notes": list(self.notes)}

    def markdown(self) -> str:
        """The table as GitHub shows it, the notes below."""
        lines = [self.columns, ("---",) * len(self.columns), *self.rows]
        text = "".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
        )
        notes = "".join(f"{number}. {note}\n" for number, note in enumerate(self.notes, 1))
        return f"{text}\n{notes}" if notes else text

    def show(self, console=None) -> None:
        """Print it, as wide as the terminal allows."""
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table as Drawn

        console = console or Console()
        drawn = Drawn(pad_edge=False)
        for column in self.columns:
            drawn.add_column(escape(column), overflow="fold")  # an id with its end cut off is no id
        for row in self.rows:
            drawn.add_row(*map(escape, row))
        console.print(drawn)
        for number, note in enumerate(self.notes, 1):
            console.print(f"({number}) {note}", markup=False, highlight=False)


def load_records(*roots: Path | str) -> list[dict]:
    """The records of the runs below ``results``, ``runs`` or both; of a run in two places, the first's."""
    found = {}
    for root in roots:
        for path in sorted(Path(root).glob(f"*/*/{FILE}")):
            record = read_record(path)
            found.setdefault((record["name"], record["id"]), record)
    return list(found.values())


def comparison(
    systems: dict[str, Published], records: list[dict], headlines: bool = False, every_variant: bool = False
) -> Table:
    """The published figures beside ours: one row a figure and a set of runs that differ in the seed alone.

    systems: by name, in the order of the rows. records: of any of them; smoke runs and interrupted ones are
    left out. headlines: only the ids, and unless ``every_variant`` the variants, that the systems name for
    it. Without it, required ids that no source gives a figure for have a row too, once a run has them.
    """
    rows, notes = [], []
    for name, published in systems.items():
        ours = _groups([record for record in records if record["name"] == name])
        if headlines and published.shown and not every_variant:
            ours = [group for group in ours if group[0]["variant"] in published.shown]
        for id, figure in _lines(published, headlines):
            groups = [group for group in ours if over_seeds(group, id).values]
            for group in groups or ([[]] if figure else []):
                rows.append((name, f"`{id}`", *_cells(id, figure, group, published.conventional, notes)))
    return Table(COLUMNS, tuple(rows), tuple(notes))


def run_table(record: dict, published: Published) -> Table:
    """What one run scored, case by case: a line with the case, below it each measure of every method.

    The published column stands only where a figure of the record is published.
    """
    methods = list(record["baselines"])
    figures = {figure.id: figure for figure in reversed(published.figures)}
    shown = not figures.keys().isdisjoint(record["metrics"])
    rows, last, order = [], None, list(MEASURES)
    cases = [(*id.rsplit("/", 1), id) for id in record["metrics"]]
    for case, measure, id in sorted(cases, key=lambda line: (line[0], order.index(line[1]))):
        if case != last:
            rows.append((case, *[""] * (1 + len(methods) + shown)))
        last = case
        others = [record["baselines"][method].get(id) for method in methods]
        cells = (f"  {measure}", _scored(record["metrics"][id]), *map(_scored, others))
        rows.append((*cells, _published(figures.get(id))) if shown else cells)
    return Table(("metric", NETWORK, *methods, *["published"] * shown), tuple(rows))


def stale(readme: Path | str, root: Path | str) -> bool:
    """Whether the tables of a README are other than the files below ``root`` give. Errors: :func:`update`."""
    return Path(readme).read_text(encoding="utf-8") != _regenerated(readme, root)


def update(readme: Path | str, root: Path | str) -> bool:
    """Write the tables of a README anew; whether it changed.

    root: the repository, with ``results/`` and ``reproductions/``. UserError for a table of no known system.
    """
    changed = stale(readme, root)
    if changed:
        write_atomic(readme, _regenerated(readme, root).encode())
    return changed


def systems(root: Path | str) -> dict[str, Published]:
    """The published figures of every reproduction below a repository, by name."""
    paths = sorted(Path(root, "reproductions").glob(f"*/{sources.FILE}"))
    return {path.parent.name: read_published(path) for path in paths}


def _regenerated(readme: Path | str, root: Path | str) -> str:
    known, records = systems(root), load_records(Path(root, "results"))

    def block(match: re.Match) -> str:
        begin, name, end = match.groups()
        if name.startswith(STUDIES):
            return f"{begin}\n{_study(name, Path(root, 'results'))}\n{end}"
        if name != "all" and name not in known:
            raise UserError(f"{readme}: table:{name} names no reproduction; there are {', '.join(known)}")
        chosen = known if name == "all" else {name: known[name]}
        return f"{begin}\n{comparison(chosen, records, headlines=name == 'all').markdown()}\n{end}"

    return _BLOCK.sub(block, Path(readme).read_text(encoding="utf-8"))


def _study(name: str, results: Path) -> str:
    """A table of a study; UserError where it has none of that name."""
    study, _, table = name.removeprefix(STUDIES).partition("/")
    try:
        content = json.loads((results / STUDIES / f"{study}.json").read_bytes())
        return Table.from_json(content["tables"][table]).markdown()
    except FileNotFoundError:
        return "Not measured yet.\n"
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"table:{name}: that study has no such table ({error})") from None


def _groups(records: list[dict]) -> list[list[dict]]:
    """Runs that differ in nothing but seed and backend; those a verdict may rest on first."""
    groups: dict[tuple, list[dict]] = {}
    for record in records:
        if record["preset"] != HIDDEN and record["status"] != "interrupted":
            key = (not counts(record), record["preset"], record["variant"], record["id"].rsplit("-", 1)[-1])
            groups.setdefault(key, []).append(record)
    return [groups[key] for key in sorted(groups)]


def _lines(published: Published, headlines: bool) -> list[tuple]:
    """Ids with their figures, in the order of the file, then headlines or required ids that have none."""
    every = dict.fromkeys((*published.required, *itertools.chain(*published.variants.values())))
    wanted = published.headlines if headlines else tuple(every)
    lines = [(figure.id, figure) for figure in published.figures if not headlines or figure.id in wanted]
    named = {id for id, _ in lines}
    return lines + [(id, None) for id in wanted if id not in named]


def _cells(id: str, figure, group: list[dict], conventional: str | None, notes: list[str]) -> tuple[str, ...]:
    """Published, ours, conventional, verdict, training of one row; new notes are appended to ``notes``."""
    judged = verdict(figure, group, conventional) if figure else None
    mark = ""
    if judged and judged.note and group:
        if judged.note not in notes:
            notes.append(judged.note)
        mark = f" ({notes.index(judged.note) + 1})"
    word = (judged and judged.word) or NONE
    theirs = mean(id, group, conventional) if conventional else NONE
    if theirs != NONE:
        theirs += f" ({conventional})"
    return _published(figure), _ours(id, group), theirs, word + mark, _training(group)


def _published(figure) -> str:
    if figure is None:
        return NONE
    where = ", ".join(filter(None, (figure.where, figure.status)))
    return f"{figure} ({where})"


def _ours(id: str, group: list[dict]) -> str:
    score = mean(id, group)
    if score == NONE:
        return NONE
    count = len(over_seeds(group, id).values)
    overridden = ", fields overridden" if group[0]["overrides"] else ""
    n = f"{count} seed{'s' if count > 1 else ''}"
    return f"{score} ({n}, {group[0]['preset']}, {group[0]['variant']}{overridden})"


def mean(id: str, group: list[dict], method: str = NETWORK) -> str:
    """Mean ± sd of a score over the seeds that have a finite value, and how many have none, with its unit."""
    values = over_seeds(group, id, method).values
    finite = sources.Seeds(tuple(filter(math.isfinite, values)))
    if not values:
        return NONE
    unit = measure_of(id).unit
    spread = f" ± {finite.sd:.2g}" if finite.sd > 0 else ""
    lost = len(values) - len(finite.values)
    text = f"{finite.mean:.4g}{spread}{' ' + unit if unit else ''}" if finite.values else "none finite"
    return f"{text}, {lost} diverged" if lost and finite.values else text


def _scored(score: dict | None) -> str:
    if score is None:
        return NONE
    if score["value"] is None:
        return "not finite"
    spread = f" ± {score['sd']:.2g}" if score["sd"] is not None else ""
    unit = f" {score['unit']}" if score["unit"] else ""
    return f"{score['value']:.4g}{spread}{unit}"


def _training(group: list[dict]) -> str:
    """Mean training time of a run, and on what."""
    trained = [record["trained"] for record in group if record["trained"]]
    if not trained:
        return NONE
    seconds = math.fsum(each["seconds"] for each in trained) / len(trained)
    machines = {_machine(each) for each in trained}
    return f"{duration(seconds)}, {' and '.join(sorted(machines))}"


def _machine(environment: dict) -> str:
    hardware, device = environment["hardware"], environment["device"]
    if device != "cpu":
        return f"{device}, {environment['backend']}"
    return f"{hardware.get('cores')} cores {hardware.get('processor')}, {environment['backend']}"


def duration(seconds: float) -> str:
    """A time in the unit a reader would choose: ``48 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
