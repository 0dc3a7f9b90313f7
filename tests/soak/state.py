"""What the folder of a run says: where its process was, whether it is whole, and what it has come to."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import warnings
from pathlib import Path

from common.atomic import PREFIX
from common.errors import FormatError, RunError
from common.reporting.events import MARK, event_files, read_events, read_scalars
from common.reporting.record import complete_record, read_record
from common.reporting.weights import weights_sha256
from common.training.checkpoint import KEPT, Checkpoints
from common.training.lock import Lock

#: The moments of a run, in order. ``figures``: while one is drawn and written, and all else of evaluation.
PHASES = ("start", "building", "training", "checkpoint", "weights", "evaluation", "record", "finished")
#: Scores that are times, and files that no reader opens.
TIMING, LOCK = "timing/", ".lock"
END_OF_PNG = b"IEND"


def phase(folder: Path, since: float, parts: set[str]) -> str:
    """Where the process was that works, or worked, on a run since a time; ``parts``: those it trains."""
    config = folder / "config.json"
    if not config.is_file() or config.stat().st_mtime < since:
        return "start"
    writing = {path.relative_to(folder).parts[0] for path in folder.rglob(f"{PREFIX}*")}
    for place, said in (("checkpoints", "checkpoint"), ("weights", "weights")):
        if place in writing:
            return said
    if complete_record(folder):
        return "finished"
    if any(path.stat().st_mtime >= since for path in event_files(folder)):
        return "record"
    if parts <= done(folder).keys():
        return "evaluation"
    begun = [path for path in folder.glob(f"train/**/*{MARK}*") if path.stat().st_mtime >= since]
    return "training" if begun else "building"


def place(change: str, folder: Path, parts: set[str]) -> str:
    """The phase that a change of a file belongs to, as :func:`tests.soak.process.dies_at` tells it."""
    first, *rest = Path(change.split(" ", 1)[1]).parts or (LOCK,)
    if rest or first in ("checkpoints", "weights", "train", "validation", "figures", "published"):
        named = {"checkpoints": "checkpoint", "weights": "weights", "train": "training"}
        named |= {"validation": "training", "figures": "evaluation", "published": "record"}
        return named.get(first, "start")
    return "record" if parts <= done(folder).keys() and first != LOCK else "start"


def done(folder: Path) -> dict[str, dict]:
    """The summaries of finished parts."""
    weights = folder / "weights"
    found = {path: path.relative_to(weights).as_posix()[:-5] for path in weights.rglob("*.json")}
    return {part: json.loads(path.read_text()) for path, part in found.items()}


def faults(folder: Path) -> list[str]:
    """What a reader would stumble over in a run that nobody works on; nothing where all is whole."""
    found = []
    config = folder / "config.json"
    if config.exists() and folder.name.split("-")[0] != json.loads(config.read_text())["preset"]:
        found.append("config.json is of another run")
    try:
        Lock(folder / LOCK, patience=0).release()
    except RunError:
        found.append("the lock is held")
    if (folder / "record.json").exists():
        try:
            if read_record(folder / "record.json")["id"] != folder.name:
                found.append("record.json is of another run")
        except FormatError as error:
            found.append(str(error))
    for part, summary in done(folder).items():
        path = folder / "weights" / f"{part}.weights.h5"
        if not path.exists() or weights_sha256(path) != summary["weights_sha256"]:
            found.append(f"the weights of {part} are not those of their summary")
    for path in folder.rglob("*.png"):
        if END_OF_PNG not in path.read_bytes()[-16:] and PREFIX not in path.name:
            found.append(f"{path.name} is cut")
    return found + _checkpoints(folder)


def _checkpoints(folder: Path) -> list[str]:
    found = []
    paths = [path for path in (folder / "checkpoints").rglob("*.npz") if PREFIX not in path.name]
    stems = {path.with_name(path.name.rpartition("-")[0]) for path in paths}
    for stem in stems:
        mine = [path for path in paths if path.name.rpartition("-")[0] == stem.name]
        if len(mine) > KEPT + 1:
            found.append(f"{len(mine)} checkpoints of {stem.name}")
        with warnings.catch_warnings(record=True, action="always") as caught:
            Checkpoints(stem.parent, stem.name).load()
        found += [str(each.message) for each in caught]
    return found


def strays(folder: Path) -> list[str]:
    """What killed writers have left below a folder."""
    return [path.relative_to(folder).as_posix() for path in folder.rglob(f"{PREFIX}*")]


def essence(folder: Path) -> dict[str, object]:
    """All that a finished run has come to, apart from times, machines and dates: equal for equal runs."""
    record = read_record(folder / "record.json")
    made = {key: record[key] for key in ("id", "status", "config", "data", "left_out", "notes")}
    for method, scores in {"network": record["metrics"], **record["baselines"]}.items():
        made |= {f"{method}: {id}": each for id, each in scores.items() if not id.startswith(TIMING)}
    for part, entry in record["parts"].items():
        made[f"part {part}"] = {key: value for key, value in entry.items() if key != "seconds"}
    made["files"] = sorted({_name(path, folder) for path in folder.rglob("*") if path.is_file()})
    for path in folder.rglob("*.png"):
        made[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for top in ("train", "validation", "published", "."):
        for events in {
            path.parent for path in (folder / top).glob(f"**/*{MARK}*" if top != "." else f"*{MARK}*")
        }:
            made[f"scalars of {events.relative_to(folder)}"] = _scalars(events)
            made[f"other events of {events.relative_to(folder)}"] = _others(events)
    return made


def differences(one: dict, other: dict) -> list[str]:
    """The keys in which two essences differ."""
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its checksum, locks and half-written ones aside."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK]
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in names.items()
        if PREFIX not in name
    }


def _name(path: Path, folder: Path) -> str:
    """A path in a run; event files go by their folder, which may hold several after a resume."""
    return (path.parent / MARK if MARK in path.name else path).relative_to(folder).as_posix()


def _scalars(events: Path) -> dict[str, list]:
    """Scalars bit for bit; times are those of another machine."""
    return {
        tag: [(step, struct.pack("<d", value).hex()) for step, value in values]
        for tag, values in read_scalars(events).items()
        if not tag.startswith(TIMING)
    }


def _others(events: Path) -> list[tuple]:
    """Tag and step of everything else, in order; each once."""
    return [
        (value.tag, event.step)
        for path in event_files(events)
        for event in read_events(path)
        for value in event.summary.value
        if value.metadata.plugin_data.plugin_name not in ("scalars", "hparams")
    ]


def size(folder: Path) -> int:
    """Bytes below a folder."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += os.lstat(path).st_size if path.is_file() else 0
    return total
