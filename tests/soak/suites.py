"""Two suites of the same runs at once: every run is made once, and both know how it ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.soak import kills, process, state

#: The same runs in two orders, so that both want another one first and then the same; ours.
ORDERS = (("ppm_one", "qu_cnn"), ("qu_cnn", "ppm_one"))
BEGUN = "training and evaluating under"


def both(work: Path, _seed: int = 0) -> Iterator[dict]:
    """Start two suites together, in the same order and in opposite ones."""
    for number, orders in enumerate((ORDERS, (ORDERS[0], ORDERS[0]))):
        runs = work / "suites" / str(number)
        shutil.rmtree(runs, ignore_errors=True)
        runs.mkdir(parents=True)
        words = ["suite", "--preset", "smoke", "--offline", "--jobs", "2", "--runs", str(runs), "--only"]
        logs = [work / f"suite{which}.log" for which in (1, 2)]
        children = [
            process.spawn([*words, ",".join(order)], log) for order, log in zip(orders, logs, strict=True)
        ]
        faults = [f"exit code {child.code}: {child.said()[-200:]}" for child in children if child.wait()]
        faults += _summaries(runs) + _once(runs)
        differs = []
        for name in ORDERS[0]:
            whole, folder = kills.reference(name, work), kills.folder_of(name, runs)
            apart = state.differences(whole.essence, state.essence(folder))
            differs += [f"{name} {key}" for key in apart]
            faults += state.faults(folder) + state.strays(folder)
        cpu = sum(child.cpu for child in children)
        what = ("opposite orders", "the same order")[number]
        yield {"key": f"suites/{number}", "what": "two suites", "name": what, "cpu": cpu, "faults": faults,
               "differs": differs}  # fmt: skip


def _summaries(runs: Path) -> list[str]:
    """What is wrong with the summaries: every run of every plan must be complete."""
    found = [json.loads(path.read_text()) for path in (runs / "suites").glob("*/summary.json")]
    wrong = [str(each["counts"]) for each in found if each["counts"] != {"complete": len(ORDERS[0])}]
    wrong += ["negative seconds"] if any(each["seconds"] < 0 for each in found) else []
    return wrong if found else ["no summary"]


def _once(runs: Path) -> list[str]:
    """The runs that more than one process made, as the logs of their jobs tell."""
    said = "".join(path.read_text(errors="replace") for path in (runs / "suites").rglob("*.err"))
    counts = {name: said.count(f"{kills.folder_of(name, runs)}: {BEGUN}") for name in ORDERS[0]}
    return [f"{name} was made {count} times" for name, count in counts.items() if count != 1]
