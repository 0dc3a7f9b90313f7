"""The door to whatever predicts backbone shifts from a structure: a user's files in, tables and figures out.

:func:`add_options` and :func:`apply_predictor` serve every predictor; one is a function
``predict(proteins) -> [(shifts, errors), ...]``, called once for all conformers of all files. Imports nothing
but the standard library until it works.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from common.atomic import write_atomic
from common.errors import UserError
from common.say import FIGURES, check_outputs, say

if TYPE_CHECKING:
    import numpy as np

    from common.structures import Protein

#: What stands for the name of each structure in the names of outputs.
NAME = "{}"
ENDS = {
    "output": (".tab", ".str", ".csv"),
    "differences": (".csv",),
    "figure": FIGURES,
}
TABLES = ".tab (TALOS, one chain), .str (NMR-STAR 3), .csv"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``nmr-repro apply METHOD`` about structures and shifts."""
    add = parser.add_argument
    said = "PDB or mmCIF, packed by gzip or not; several are done together"
    add("inputs", metavar="STRUCTURE", nargs="+", help=said)
    said = f"predicted shifts with their errors: {TABLES}. {NAME} stands for the name of each structure"
    add("-o", "--output", metavar="FILE", help=f"{said}, as in -o 'shifts/{NAME}.tab'")
    add("--figure", metavar="FILE", help="secondary shifts along the sequence: .png, .pdf, .svg")
    add("--force", action="store_true", help="overwrite files that exist")
    add = parser.add_argument_group("structure").add_argument
    add("--chain", metavar="NAME", help="one chain alone (default: all, in each other's presence)")
    said = "one conformer, counted from 1 (default: the mean of all, their spread in the errors)"
    add("--model", type=int, metavar="N", help=said)
    said = "keep those of the file, add all anew, or (default) add them where they are missing"
    add("--hydrogens", choices=("auto", "add", "keep"), default="auto", help=said)
    add = parser.add_argument_group("comparison").add_argument
    said = "observed shifts, matched by sequence: NMR-STAR, TALOS table or CSV"
    add("--observed", metavar="FILE", help=said)
    add("--differences", metavar="FILE", help="observed, predicted, and their differences: .csv")
    said = "auto: take significant offsets off the observed shifts (default: tell them)"
    add("--reference", choices=("keep", "auto"), default="keep", help=said)
    add("--deuterated", action="store_true", help="the observed shifts are of a perdeuterated protein")


@dataclass
class Prediction:
    """A structure and the shifts predicted for it, (n, 8) after ``COLUMNS`` in ppm; errors None: not stated.

    path: of the file. observed: (n, 6) after ``NUCLEI`` in ppm, as corrected; None without any.
    """

    path: str
    protein: Protein
    shifts: np.ndarray
    errors: np.ndarray | None
    observed: np.ndarray | None = None


def apply_predictor(
    arguments: argparse.Namespace,
    predict: Callable,
    *,
    says: str = "",
    run: str = "",
    nuclei: Sequence[str] = (),
) -> int | None:
    """Read, predict, compare, write, and say what was done; ``UserError`` for what cannot be.

    arguments: parsed :func:`add_options`. predict: of proteins of one conformer each, a list of shifts (n, 8)
    after ``COLUMNS`` in ppm and their standard errors (n, 8) or None, called once; NaN is not predicted.
    says: the method in words. run: its name in tables, by default that of the command. nuclei: those that it
    predicts, where not all. Of several structures, those that cannot be read are told and left out; 1 then.
    """
    _check_outputs(arguments)
    lists = _observed_lists(arguments)
    proteins = _loaded(arguments)
    alone = f"; {', '.join(nuclei)} alone" if 0 < len(nuclei) < 6 else ""
    say("method", says + alone)
    started = time.perf_counter()
    found = _predicted(proteins, predict)
    seconds, models = time.perf_counter() - started, sum(each.protein.models for each in found)
    said = f" for {models} conformers" if models > 1 else ""
    say("time", f"{seconds:.2f} s{said}, from coordinates to shifts")
    written = sum(_finished(each, lists, arguments, run or arguments.name) for each in found)
    return 1 if written < len(arguments.inputs) else None


def _check_outputs(arguments) -> None:
    """``UserError`` where an output cannot go where it is asked to, or is of what is not there."""
    named = {option: value for option in ENDS if (value := getattr(arguments, option))}
    if not named and not arguments.observed:
        raise UserError("nothing to do: name an output with -o or --figure, or shifts with --observed")
    for option in ("differences", "deuterated"):
        if getattr(arguments, option) and not arguments.observed:
            raise UserError(f"--{option}: there is nothing to compare with; name shifts with --observed")
    if arguments.reference == "auto" and not arguments.observed:
        raise UserError("--reference auto: predicted shifts have no offset; name shifts with --observed")
    names = [_stem(path) for path in arguments.inputs]
    if named and len(set(names)) < len(names):
        raise UserError("two of the structures have the same name; do them one after the other")
    for option, value in named.items():
        if len(names) > 1 and NAME not in value:
            raise UserError(
                f"--{option} {value}: {len(names)} structures need {NAME} in the name, for theirs"
            )
    outputs = [(option, value.replace(NAME, name)) for option, value in named.items() for name in names]
    check_outputs(outputs, ENDS, [*arguments.inputs, arguments.observed], force=arguments.force)


def _stem(path: str) -> str:
    """The name of a structure, as its reader gives it."""
    return Path(path).name.partition(".")[0]


def _observed_lists(arguments) -> list:
    if not arguments.observed:
        return []
    from common.io.shifts import read_shifts

    return read_shifts(arguments.observed)


def _loaded(arguments) -> list[tuple[str, Protein]]:
    """Structures by file, and lines about each; UserError where there is none."""
    from common.shifts.structurefiles import load

    options = {name: getattr(arguments, name) for name in ("chain", "model", "hydrogens")}
    found = []
    for path in arguments.inputs:
        try:
            protein, lines = load(path, **options)
        except UserError as error:
            if len(arguments.inputs) == 1:
                raise
            say("left out", str(error))
            continue
        for what, line in lines:
            say(what, line if what == "read" else _of(arguments, protein) + line)
        found.append((path, protein))
    if not found:
        raise UserError("none of the structures can be read")
    return found


def _of(arguments, protein: Protein) -> str:
    """Which structure a line is about, where there are several."""
    return f"{protein.name}: " if len(arguments.inputs) > 1 else ""


def _predicted(proteins, predict: Callable) -> list[Prediction]:
    """All conformers of all structures in one call, and the means over those of each."""
    conformers = [protein.model(k) for _, protein in proteins for k in range(protein.models)]
    made = iter(predict(conformers))
    return [
        Prediction(path, protein, *averaged([next(made) for _ in range(protein.models)]))
        for path, protein in proteins
    ]


def averaged(found: Sequence[tuple]) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean shifts over conformers, and errors: what each conformer has, and the spread over them.

    found: shifts and errors (n, 8), or None, of each. The mean square error and the variance over conformers
    add up. A shift counts where every conformer has it.
    """
    import numpy as np

    shifts = np.stack([one for one, _ in found])
    stated = [error for _, error in found if error is not None]
    if not stated and len(shifts) == 1:
        return shifts[0], None
    variance = np.mean(np.square(stated), axis=0) if stated else np.zeros_like(shifts[0])
    if len(shifts) > 1:
        variance = variance + np.var(shifts, axis=0, ddof=1)
    return shifts.mean(0), np.sqrt(variance)


def _finished(found: Prediction, lists, arguments, run: str) -> bool:
    """Whether a structure went well; of several, what is wrong with one is told."""
    try:
        _finish(found, lists, arguments, run)
    except UserError as error:
        if len(arguments.inputs) == 1:
            raise
        say("left out", str(error))
        return False
    return True


def _finish(found: Prediction, lists, arguments, run: str) -> None:
    """Say what is not predicted, compare and write one structure; UserError where that cannot be."""
    import numpy as np

    from common.shifts.predicted import left_out

    of = _of(arguments, found.protein)
    for line in left_out(found.protein, found.shifts):
        say("note", of + line)
    if not np.isfinite(found.shifts).any():
        raise UserError(f"{found.path}: no shift can be predicted; the lines above say why")
    if found.protein.models > 1 and found.errors is not None:
        say("errors", f"{of}with the spread over {found.protein.models} conformers")
    if lists:
        _compare(found, lists, arguments, of)
    _write(found, arguments, run)


def _compare(found: Prediction, lists, arguments, of: str) -> None:
    """Match observed shifts, look after their reference, and say how well they agree."""
    from common.shiftlist import six
    from common.shifts import observed

    predicted = six(found.shifts)
    values, lines = observed.matched(lists, found.protein)
    found.observed, more = observed.referenced(
        values,
        predicted,
        found.protein.sequence,
        deuterated=arguments.deuterated,
        auto=arguments.reference == "auto",
    )
    for what, line in (*lines, *more):
        say(what, of + line)
    say("rmsd", of + observed.agreement(found.observed, predicted))
    errors = None if found.errors is None else six(found.errors)
    if line := observed.far_off(found.protein, found.observed, predicted, errors):
        say("check", of + line)


def _write(found: Prediction, arguments, run: str) -> None:
    """Every output asked for, and a line about each."""
    named = {
        option: Path(value.replace(NAME, _stem(found.path)))
        for option in ENDS
        if (value := getattr(arguments, option))
    }
    if path := named.get("output"):
        from common.io.shifts import write_shifts
        from common.shifts.predicted import lists_of

        lists, notes = lists_of(found.protein, found.shifts, found.errors, run, path.suffix.lower())
        for note in notes:
            say("note", note)
        write_shifts(path, lists if len(lists) > 1 else lists[0], force=arguments.force)
        say("wrote", f"{path}: {sum(int((one.values == one.values).sum()) for one in lists)} shifts")
    if path := named.get("differences"):
        from common.shiftlist import six
        from common.shifts.observed import differences_bytes

        errors = None if found.errors is None else six(found.errors)
        data = differences_bytes(found.protein, found.observed, six(found.shifts), errors)
        write_atomic(path, data, force=arguments.force)
        say("wrote", str(path))
    if path := named.get("figure"):
        from common.reporting.figures import write_figure
        from common.shifts.predicted import profile

        figure = profile(
            found.protein, found.shifts, found.errors, found.observed, f"{found.protein.name}, {run}"
        )
        write_figure(path, figure, force=arguments.force)
        say("wrote", str(path))
