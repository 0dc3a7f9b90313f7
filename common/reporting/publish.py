"""Copies of finished runs in ``results/``, small and complete enough to be believed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from common.atomic import foreign_link, new_folder, stays_inside, write_atomic
from common.errors import FormatError, RunError
from common.io.text import read_toml
from common.reporting import published as sources
from common.reporting.events import thin
from common.reporting.published import Published, scored
from common.reporting.record import FILE, checkout, read_record, write_record
from common.reporting.weights import SUFFIX, halve, weights_sha256

#: Record, configuration and event files of one run, in bytes.
LIMIT = 400_000
#: Weights of a run, in bytes: the most there may be, and the most that are stored in full precision.
WEIGHTS_LIMIT = 8_000_000
FULL_LIMIT = 2_000_000
APPLY = "apply.toml"
#: Scores under this source compare machines, not methods: baselines need none.
TIMING = "timing"


def publish(
    run_folder: Path | str,
    results: Path | str,
    published: Published,
    *,
    for_apply: bool = False,
    rescore: Callable[[Path], dict] | None = None,
    code: dict | None = None,
) -> Path:
    """Copy a run to ``results/<name>/<id>/``, all of it or nothing; returns that folder.

    Record, configuration and thinned event files always, with the published figures beside ours; figures
    and weights of the run that ``results/<name>/apply.toml`` names for its variant. for_apply: name this
    one there.
    rescore: scores a folder with weights in half precision as ``evaluate`` does, and returns the record;
    needed where the weights take more than 2 MB. code: the state of the checkout (:func:`checkout`), as of
    now by default. RunError for a run that may not be published; a diverged one may, to be counted, but not
    applied.
    """
    run_folder, results = Path(run_folder), Path(results)
    record = _finished(run_folder)
    reason = refusal(record, published, checkout() if code is None else code)
    if reason:
        raise RunError(f"{run_folder} cannot be published: {reason}")
    if link := foreign_link(run_folder):
        raise RunError(f"{link} is a link to a file elsewhere; put the file itself in its place")
    folder = results / record["name"] / record["id"]
    apply = folder.parent / APPLY
    named = applied(apply)
    whole = for_apply or named.get(record["variant"]) == record["id"]
    if whole and record["status"] == "diverged":
        raise RunError(f"{run_folder} cannot be published for apply: it diverged")
    with new_folder(folder) as staged:
        if whole:
            record = _add_weights(run_folder, staged, record, rescore)
        _add_evidence(run_folder, staged, record, published)
    if for_apply:
        named |= {record["variant"]: record["id"]}
        _name(apply, named)
        # Those of the run named before: also where a process was killed between naming and removing.
        for other in {path.parent for path in folder.parent.glob("*/weights")}:
            if other.name not in named.values():
                for part in ("weights", "figures"):
                    shutil.rmtree(other / part, ignore_errors=True)
    return folder


def refusal(record: dict, published: Published, code: dict) -> str | None:
    """Why a record may not be published; None where it may."""
    for when in ("trained", "evaluated"):
        if record[when] and record[when]["dirty"]:
            return f"it was {when} by code that no commit holds; commit, and run it again"
    if code["dirty"]:
        return "the checkout has uncommitted changes; commit them first"
    if record["status"] == "interrupted":
        return "it was interrupted; give the same run command again, it goes on where it stopped"
    if record["left_out"]:
        return (
            f"data sets were left out ({', '.join(record['left_out'])}); fetch them, then evaluate it again"
        )
    if record["status"] == "diverged":
        return None
    required = published.required_of(record["variant"])
    lacking = [id for id in required if not scored(id, record["metrics"])]
    for method in published.baselines:
        theirs = record["baselines"].get(method, {})
        needed = [id for id in required if not id.startswith(f"{TIMING}/")]
        lacking += [f"{id} of {method}" for id in needed if not scored(id, theirs)]
    return f"scores are missing: {', '.join(lacking)}; evaluate it again" if lacking else None


def applied(path: Path | str) -> dict[str, str]:
    """The runs that an apply.toml names, by variant; none without the file. FormatError for other content."""
    try:
        named = read_toml(path)
    except FileNotFoundError:
        return {}
    if not all(isinstance(run, str) and stays_inside(run) for run in named.values()):
        raise FormatError(path, 'has other lines than variant = "run id"')
    return named


def _finished(run_folder: Path) -> dict:
    try:
        return read_record(run_folder / FILE)
    except FileNotFoundError:
        raise RunError(f"{run_folder} has no {FILE}; give the run command again to finish it") from None


def _add_evidence(run_folder: Path, staged: Path, record: dict, published: Published) -> None:
    """Record, configuration and event files."""
    write_record(staged, record)
    shutil.copyfile(run_folder / "config.json", staged / "config.json")
    sources.write_events(staged, published)
    used = sum(_size(staged / part) for part in (FILE, "config.json", "published"))
    try:
        scores = {id: score["value"] for id, score in record["metrics"].items()}
        thin(run_folder, staged, LIMIT - used, leave_out=("published",), scores=scores)
    except ValueError as error:
        raise RunError(f"{run_folder} cannot be published in {LIMIT} bytes: {error}") from None


def _add_weights(run_folder: Path, staged: Path, record: dict, rescore) -> dict:
    """Figures and weights, in half precision where they are large; the record that goes with them."""
    for part in ("weights", "figures"):
        if (run_folder / part).is_dir():
            shutil.copytree(run_folder / part, staged / part)
    weights = sorted((staged / "weights").rglob(f"*{SUFFIX}"))
    if not weights:
        raise RunError(f"{run_folder} cannot be published for apply: it has no weights")
    if sum(map(_size, weights)) <= FULL_LIMIT:
        return record
    if rescore is None:
        raise RunError(f"the weights of {run_folder} need half precision and must be scored again in it")
    for path in weights:
        halve(run_folder / path.relative_to(staged), path)
        summary = path.with_name(path.name.removesuffix(SUFFIX) + ".json")
        content = json.loads(summary.read_text()) | {"weights_sha256": weights_sha256(path)}
        summary.write_text(json.dumps(content, indent=1) + "\n")
    if sum(map(_size, weights)) > WEIGHTS_LIMIT:
        raise RunError(f"the weights of {run_folder} take more than {WEIGHTS_LIMIT} bytes in half precision")
    shutil.copyfile(run_folder / "config.json", staged / "config.json")
    scored = rescore(staged)
    note = "Scored with weights in half precision, as published."
    return scored | {"notes": [*scored["notes"], note], "trained": record["trained"]}


def _name(path: Path, named: dict[str, str]) -> None:
    lines = [f"{json.dumps(variant)} = {json.dumps(run)}\n" for variant, run in sorted(named.items())]
    write_atomic(path, "".join(lines).encode())


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
