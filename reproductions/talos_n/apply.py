"""Predict torsion angles, rotamers and secondary structure from backbone shifts with the trained networks
of TALOS-N.

Uses the published run of a variant (`--variant`), or any run (`--run`), and searches the database of known
proteins where its data sets are on this machine. Shifts refer to DSS and liquid ammonia.

example: nmr-repro apply talos_n bmr17769.str -o pred.tab --restraints pred.aco --figure pred.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

from common.atomic import write_atomic
from common.errors import DataMissing, UserError
from common.say import FIGURES, check_outputs, say
from reproductions.chosen import add_network_options, chosen_run, config_of

from .config import VARIANTS, Config

DEFAULT = "refined"
ENDS = {"output": (".tab",), "restraints": (".aco", ".tbl"), "figure": FIGURES}
#: Fewest residues with shifts that are predicted from (ours: one heptapeptide and a little).
FEWEST = 8
#: Fewer shifts a residue than this are told (ours: what wrong predictions of held-out proteins go with).
SPARSE = 3.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """The shifts, what to write, and which networks."""
    add = parser.add_argument
    add("input", metavar="SHIFTS", help="one protein: NMR-STAR 2.1 or 3, TALOS table, CSV")
    add("-o", "--output", metavar="FILE", help="angles, classes, secondary structure, rotamers: .tab")
    said = "torsion restraints for Strong residues: .aco (CYANA) or .tbl (XPLOR-NIH, CNS)"
    add("--restraints", metavar="FILE", help=said)
    add("--generous", action="store_true", help="restrain Generous residues too")
    add("--chi1", action="store_true", help="restrain predicted rotamers of chi1 too")
    add("--figure", metavar="FILE", help="angles, order, secondary structure: .png, .pdf, .svg")
    add("--force", action="store_true", help="overwrite files that exist")
    add = parser.add_argument_group("shifts").add_argument
    add("--list", metavar="NAME", help="which list of a file with several (default: that with most shifts)")
    said = "auto: take significant offsets off (default: tell them)"
    add("--reference", choices=("keep", "auto"), default="keep", help=said)
    add("--deuterated", action="store_true", help="the protein is perdeuterated, shifts are not corrected")
    add("--no-search", action="store_true", help="networks alone, without the database of known proteins")
    add_network_options(parser, VARIANTS, DEFAULT)


def main(arguments: argparse.Namespace) -> None:
    """Predict from ``arguments.input`` with the networks of a run."""
    _check_outputs(arguments)
    shifts = chosen_list(arguments)
    folder = chosen_run("talos_n", arguments.run, arguments.variant)
    config = config_of(Config, folder)
    from . import data
    from .predict import describe, predict, unknown

    values = referenced(shifts, arguments)
    table = data.table([chain_of(shifts, values)])
    base = None if arguments.no_search else database(config)
    say("method", f"{config.members} networks a level of run {folder.name}{', and search' if base else ''}")
    found = unknown(predict(networks(config, folder), table, base), table)
    say("residues", describe(found.torsions.classes))
    if config.made_up:
        say("warning", "these networks learnt from made-up peptides: nothing they say is about proteins")
    write(arguments, shifts, values, table, found, f"{arguments.name} {folder.name}")


def _check_outputs(arguments) -> None:
    """``UserError`` where an output cannot go where it is asked to, or none is asked for."""
    named = {option: value for option in ENDS if (value := getattr(arguments, option))}
    if not named:
        raise UserError("nothing to do: name an output with -o, --restraints or --figure")
    for option in ("generous", "chi1"):
        if getattr(arguments, option) and not arguments.restraints:
            raise UserError(f"--{option}: there are no restraints to write; name a file with --restraints")
    check_outputs(named.items(), ENDS, [arguments.input], force=arguments.force)


def chosen_list(arguments):
    """The list of shifts to work on, and what its reader has to say. UserError where it is too short."""
    import numpy as np

    from common.io.shifts import read_shifts

    lists = read_shifts(arguments.input)
    names = [one.name for one in lists]
    if arguments.list is not None:
        lists = [one for one in lists if one.name == arguments.list]
        if not lists:
            raise UserError(f"--list {arguments.list}: the file has {', '.join(dict.fromkeys(names))}")
    counts = [int(np.isfinite(one.six()).sum()) for one in lists]
    shifts = lists[int(np.argmax(counts))]
    for note in shifts.notes:
        say("note", note)
    known = np.isfinite(shifts.six()).any(1) & np.array([letter != "X" for letter in shifts.sequence])
    if known.sum() < FEWEST:
        raise UserError(
            f"{arguments.input}: {known.sum()} residues of known kind with backbone shifts;"
            f" at least {FEWEST} are needed"
        )
    others = f", of {len(names)} lists in the file (--list takes another)" if len(lists) > 1 else ""
    say("read", f"{shifts.name}: {max(counts)} shifts of {known.sum()} residues{others}")
    each = max(counts) / known.sum()
    if each < SPARSE:
        say("warning", f"{each:.1f} shifts a residue: more of them are wrong than with CA, CB, C' and HA")
    if strange := shifts.sequence.count("X"):
        say("note", f"{strange} residues are none of the twenty amino acids, or not named: not predicted")
    return shifts


def referenced(shifts, arguments):
    """Shifts (n, 6) in ppm, isotope shifts and offsets taken out where that is asked for."""
    from common.protein.deuteration import deuterium_shifts
    from common.protein.referencing import corrected, reference_offsets, warning
    from common.shiftlist import NUCLEI

    values = shifts.six()
    if arguments.deuterated:
        values = values + deuterium_shifts(shifts.sequence)[:, : len(NUCLEI)]
        say("shifts", "isotope shifts of a deuterated protein are taken out of CA and CB")
    offsets = reference_offsets(values, shifts.sequence)
    told = warning(offsets)
    if arguments.reference == "keep":
        for line in told:
            say("warning", line)
        return values
    for line in told or ["no reference is significantly off"]:
        say("offset", line.replace("; --reference auto takes it out", ", taken off"))
    return corrected(values, offsets)


def chain_of(shifts, values):
    """The chain of a list, with its shifts (n, 6) in ppm as they are to be taken."""
    import numpy as np

    from .data import Chain

    numbers = np.asarray(shifts.numbers)
    return Chain(shifts.name, shifts.sequence, values, np.diff(numbers, prepend=numbers[0] - 1) == 1)


def database(config: Config):
    """The database to search, None where its data sets are not on this machine."""
    from . import data, search

    try:
        return search.database(data.training(config, offline=True))
    except DataMissing:
        say("note", "the proteins to search are not on this machine: angles are those of the networks alone")
        return None


def networks(config: Config, folder: Path):
    """The networks of a run."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    import_keras()
    from .networks import Networks, build, parts

    stored = Parts(folder / "weights")
    loaded = {part: stored.load(part, build(config, part.partition("/")[0])) for part in parts(config)}
    return Networks(config, loaded)


def write(arguments, shifts, values, table, found, run: str) -> None:
    """Every output asked for, and a line about each."""
    import numpy as np

    from . import outputs

    if arguments.output:
        counts = np.isfinite(values).sum(1)
        notes = [f"{run}, {shifts.name}", "angles in degrees; SURE is the probability of being right in 60"]
        text = outputs.table(shifts, found, table.s2, counts, notes)
        write_atomic(arguments.output, text.encode(), force=arguments.force)
        say("wrote", arguments.output)
    if arguments.restraints:
        classes = ("Strong", "Generous") if arguments.generous else ("Strong",)
        made = outputs.restraints(shifts, found, classes, arguments.chi1)
        form = outputs.cyana if arguments.restraints.lower().endswith(".aco") else outputs.xplor
        write_atomic(arguments.restraints, form(shifts, made).encode(), force=arguments.force)
        say("wrote", f"{arguments.restraints}: {len(made)} restraints of {' and '.join(classes)} residues")
    if arguments.figure:
        from common.reporting.figures import write_figure

        from .profile import profile

        write_figure(arguments.figure, profile(shifts, table, found), force=arguments.force)
        say("wrote", arguments.figure)
