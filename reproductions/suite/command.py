"""``nmr-repro suite`` and ``nmr-repro sweep``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from common.errors import UserError
from common.reporting import tables
from common.reporting.record import complete_record
from reproductions import options, registry
from reproductions.suite import plan, watch, work

#: ours: scores that are shown of a run without any of the headlines, as small presets are.
SHOWN = 6


def add_options(parser) -> None:
    """What both commands take."""
    parser.add_argument("--preset", default="quick", help="scale: smoke, quick, paper (default %(default)s)")
    parser.add_argument(
        "--seeds", type=options.positive, default=1, help="how many, from 0 (default %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=options.positive, help="runs at a time (default: as many as cores and memory allow)"
    )
    parser.add_argument("--cluster", choices=work.CLUSTERS, default="local", help="default %(default)s")
    parser.add_argument("--time", type=options.positive, metavar="MINUTES", help="that a run may take")
    slurm = parser.add_argument_group("on Slurm, for each run (defaults: the cluster's)")
    slurm.add_argument("--partition")
    slurm.add_argument("--gpus", type=options.positive)
    slurm.add_argument("--cpus", type=options.positive)
    slurm.add_argument("--memory", type=options.positive, metavar="GB")
    slurm.add_argument("--detach", action="store_true", help="submit and do not wait")
    options.add_runs(parser)
    options.add_offline(parser)


def run(entries: Sequence[plan.Entry], arguments: argparse.Namespace, kind: str) -> int:
    """Make all runs, show what they scored; exit code 1 where one failed."""
    local = arguments.cluster == "local"
    if local and arguments.detach:
        raise UserError("--detach is an option of --cluster slurm; runs of this machine end with the suite")
    folder = arguments.runs / "suites" / f"{kind}-{arguments.preset}-{plan.digest(entries)}"
    jobs = arguments.jobs or (work.fitting() if local else len(entries))
    asked = {name: getattr(arguments, name) for name in ("partition", "gpus", "cpus", "memory")}
    executor = work.executor(
        arguments.cluster, folder / "jobs", jobs=jobs, minutes=arguments.time, options=asked
    )
    if local:
        work.share_cores(jobs)
    limit = jobs if local else len(entries)
    suite = watch.Suite(
        entries, arguments.runs, folder, executor, limit=limit, local=local, offline=arguments.offline
    )
    print(f"{len(entries)} runs, {min(jobs, len(entries))} at a time; summary in {folder}", file=sys.stderr)
    if arguments.detach:
        suite.step()
        return 0
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        suite.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    _show(suite)
    return int(any(each.state == watch.FAILED for each in suite.watched))


def _show(suite: watch.Suite) -> None:
    """What was scored, over seeds, and what failed."""
    scores(suite).show()
    for each in suite.watched:
        if each.state == watch.FAILED:
            print(f"failed: {each.folder}: {each.said}")
    print(f"table:  nmr-repro table NAME --runs {suite.runs}, beside the published figures")
    print(f"browse: nmr-repro browse {suite.runs}")


def scores(suite: watch.Suite) -> tables.Table:
    """The headlines of every system, variant and choice of fields: mean and spread over seeds."""
    groups: dict[tuple, list[dict]] = {}
    for each in suite.watched:
        if record := complete_record(each.folder):
            groups.setdefault((each.entry.name, each.entry.variant, each.entry.fields), []).append(record)
    rows = []
    for (name, variant, fields), records in groups.items():
        published = registry.get(name).published
        told = " ".join([variant, *(f"{field}={value}" for field, value in fields)])
        there = records[0]["metrics"]
        for id in [id for id in published.headlines if id in there] or list(there)[:SHOWN]:
            methods = tables.mean(id, records), tables.mean(id, records, published.conventional)
            rows.append((name, told, str(len(records)), id, *methods))
    return tables.Table(("system", "variant", "seeds", "metric", "network", "conventional"), tuple(rows))
