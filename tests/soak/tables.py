"""The tables of the soak: what was hit, what came of every system, and of everything that is no kill."""

from __future__ import annotations

from collections import Counter

from common.reporting.tables import Table
from tests.soak import kills, state

#: The other chapters, as rows name them.
TRIALS = ("full disk", "read-only", "two suites", "clock")


def made(rows: list[dict]) -> dict[str, Table]:
    """The tables by name."""
    return {"moments": moments(rows), "systems": systems(rows), "trials": trials(rows)}


def moments(rows: list[dict]) -> Table:
    """How many kills hit which moment of a run."""
    hits = [row for row in rows if row.get("killed") and row["what"] == "run"]
    counts = Counter((row["phase"], row["signal"]) for row in hits)
    lines = []
    for phase in state.PHASES:
        each = [counts[phase, signal] for signal in kills.SIGNALS]
        lines += [(phase, *map(str, each), str(sum(each)))] if any(each) else []
    others = Counter(row["what"] for row in rows if row.get("killed") and row["what"] != "run")
    lines += [(what, str(count), "0", "0", str(count)) for what, count in sorted(others.items())]
    total = [sum(int(line[column]) for line in lines) for column in range(1, 5)]
    notes = (
        "building: the session is open, data are simulated, the network is built and compiled. record:"
        " scores and figures go to TensorBoard and the record. finished: all is written.",
        f"{sum(row['at_a_file'] for row in hits)} kills of runs came just before a change of a file, the"
        " others at a random CPU second.",
    )
    return Table(("moment", *kills.SIGNALS, "all"), (*lines, ("all", *map(str, total))), notes)


def systems(rows: list[dict]) -> Table:
    """For every system the kills, and whether the runs that were let finish are those left alone."""
    lines = []
    for name in sorted({row["name"] for row in rows if row["what"] in ("run", "end")}):
        own = [row for row in rows if row["name"] == name and row["what"] in ("run", "end")]
        ends = [row for row in own if row["what"] == "end"]
        differing = [row for row in ends if row["differs"] or row["code"]]
        wrong = sum(bool(row["faults"]) for row in own)
        left = max((row["strays"] for row in own), default=0)
        killed = sum(row["killed"] for row in own)
        cells = (killed, len(ends), len(differing), wrong, left, sum(row["strays"] for row in ends))
        lines.append((name, *map(str, cells)))
    columns = ("system", "kills", "finished", "differ", "faults", "half-written, at most", "at the end")
    notes = (
        "differ: scores (apart from times), weights, learning curves, figures and files, bit for bit, against"
        " a run left alone.",
        "faults: after a kill something that a reader would take for whole and is not, a lock that is held,"
        " an exit code or a message that is not as it should be.",
    )
    return Table(columns, tuple(lines), notes)


def trials(rows: list[dict]) -> Table:
    """The other chapters: how often it was tried, and what went wrong."""
    lines = []
    for what in TRIALS:
        own = [row for row in rows if row["what"] == what and not row.get("left")]
        names = dict.fromkeys(row["name"] for row in own)
        wrong = [row for row in own if row["faults"] or row.get("differs")]
        lines.append((what, ", ".join(names) or "not tried", str(len(own)), str(len(wrong))))
    return Table(("trial", "of", "times", "went wrong"), tuple(lines))
