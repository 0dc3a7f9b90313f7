"""A suite while it runs: starts what fits, looks at what is there, shows it, keeps a summary."""

from __future__ import annotations

import contextlib
import datetime
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.atomic import write_atomic
from common.reporting.record import complete_record
from common.reporting.tables import duration
from reproductions.suite import work
from reproductions.suite.plan import Entry, busy

WAITING, ELSEWHERE, RUNNING, COMPLETE, FAILED = "waiting", "elsewhere", "running", "complete", "failed"
STATES = (RUNNING, WAITING, ELSEWHERE, COMPLETE, FAILED)
#: Seconds between two looks; ours.
PAUSE = 1.0
#: Looks for which a record may be late where a job has ended elsewhere; ours, for network drives.
LATE = 5


@dataclass
class Watched:
    """One run of a suite: its state, its job while it has one, and what it says."""

    entry: Entry
    folder: Path
    state: str = WAITING
    job: object = None
    began: float = 0.0
    seconds: float = 0.0
    said: str = ""
    late: int = 0

    def look(self) -> None:
        """Bring the state up to date."""
        if self.state in (COMPLETE, FAILED):
            return
        if self.state != RUNNING:
            done = complete_record(self.folder) is not None
            self.state = COMPLETE if done else ELSEWHERE if busy(self.folder) else WAITING
            return
        ended = self.job.done()
        self.said, self.seconds = work.last_line(self.job), time.monotonic() - self.began
        if not ended:
            return
        if complete_record(self.folder):
            self.state = COMPLETE
        elif busy(self.folder):
            # A process of another suite took the run while ours was starting.
            self.state, self.job, self.late = ELSEWHERE, None, 0
            return
        elif self.late >= LATE:
            self.state = FAILED
        self.late += 1

    def to_json(self) -> dict:
        """Its line of the summary."""
        entry = self.entry
        return {
            "name": entry.name, "preset": entry.preset, "variant": entry.variant, "seed": entry.seed,
            "fields": dict(entry.fields), "id": self.folder.name, "state": self.state,
            "seconds": round(self.seconds, 1), "said": self.said if self.state == FAILED else "",
        }  # fmt: skip


class Suite:
    """The runs of a suite, and how they are started.

    folder: where the summary goes. limit: how many runs are submitted at a time. local: whether they end with
    this process.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        runs: Path,
        folder: Path,
        executor,
        *,
        limit: int,
        local: bool,
        offline: bool = False,
    ):
        self.watched = [Watched(entry, entry.folder(runs)) for entry in entries]
        self.runs, self.folder, self.executor = runs, folder, executor
        self.limit, self.local, self.offline = limit, local, offline
        self._began, self._clock = datetime.datetime.now(datetime.UTC), time.monotonic()

    def step(self) -> bool:
        """Look at every run, start what there is room for, keep the summary; whether anything is left."""
        for each in self.watched:
            each.look()
        taken = sum(each.state in (RUNNING, ELSEWHERE) for each in self.watched)
        ready = [each for each in self.watched if each.state == WAITING][: max(self.limit - taken, 0)]
        commands = [work.Command(tuple(each.entry.words(self.runs, self.offline))) for each in ready]
        for each, job in zip(ready, work.submit(self.executor, commands), strict=True):
            each.job, each.state, each.began = job, RUNNING, time.monotonic()
        self.write()
        return any(each.state not in (COMPLETE, FAILED) for each in self.watched)

    def run(self) -> None:
        """Until every run is complete or failed. Ctrl-C ends the runs of this machine; Slurm's stay."""
        try:
            with _shown(self) as show:
                while self.step():
                    show()
                    time.sleep(PAUSE)
                show()
        finally:
            for each in self.watched:
                if each.state == RUNNING and self.local:
                    each.job.cancel()

    def write(self) -> None:
        """Write ``summary.json``: when, and every run with its state, id and seconds."""
        content = {
            "began": self._began.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._clock, 1),
            "counts": self.counts(),
            "runs": [each.to_json() for each in self.watched],
        }
        write_atomic(self.folder / "summary.json", (json.dumps(content, indent=1) + "\n").encode())

    def counts(self) -> dict[str, int]:
        """How many runs are in each state that occurs."""
        counted = Counter(each.state for each in self.watched)
        return {state: counted[state] for state in STATES if counted[state]}


@contextlib.contextmanager
def _shown(suite: Suite) -> Iterator:
    """A function that shows where a suite stands: a table that changes, or a line for every change."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda: live.update(_table(suite), refresh=True)
        return
    known: dict[str, str] = {}

    def tell() -> None:
        for each in suite.watched:
            if known.get(each.folder) != each.state and (each.state != WAITING):
                line = f"{each.state:9} {each.entry.name}/{each.folder.name} {_detail(each)}"
                console.print(line.rstrip(), soft_wrap=True, highlight=False, markup=False)
            known[each.folder] = each.state

    yield tell


def _table(suite: Suite):
    from rich.markup import escape
    from rich.table import Table

    counts = ", ".join(f"{count} {state}" for state, count in suite.counts().items())
    drawn = Table(pad_edge=False, title=counts, title_justify="left")
    for column in ("system", "run", "state", ""):
        drawn.add_column(column)
    for each in suite.watched:
        drawn.add_row(each.entry.name, each.folder.name, each.state, escape(_detail(each)))
    return drawn


def _detail(each: Watched) -> str:
    """How long, and what it says."""
    if each.state == COMPLETE:
        return duration(each.seconds) if each.seconds else "was there"
    if each.state in (RUNNING, FAILED):
        return f"{duration(each.seconds)}  {each.said}".strip()
    return ""
