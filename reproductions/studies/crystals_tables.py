"""What the record of ``nmr-repro study crystals`` says, in tables; nothing here measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.reporting.tables import NONE, Table

FAITHFUL = "faithful"
#: Variants of the paper's network: what is other, and which way the paper's own comparison went, as far as
#: anyone can tell (shared fact sheet: the models stand in the released scripts, the table was not readable).
WORSE = "worse (inferred)"
ABLATIONS = {
    "average_only": ("averages alone between the blocks, no centre in full detail", WORSE),
    "fewer_boxes": ("three boxes instead of five", WORSE),
    "plain_cnn": ("nine plain convolutions", WORSE),
    "textbook_flow": ("blocks pass on the maps of all units", "unknown"),
    "one_rotation": ("one orientation of an atom", WORSE),
    "uniform_rotations": ("orientations drawn evenly", "not in the paper"),
}
#: Pairs of methods whose errors are set in ratio.
NETWORK, REFERENCE, BOTH, PUBLISHED = "network", "soap_krr", "network_and_krr", "shiftml_published"
RATIOS = ((NETWORK, REFERENCE), (BOTH, REFERENCE), (NETWORK, PUBLISHED))
ERRORS = ("network", "SOAP kernel regression", "mean of both", "ShiftML, published")
METHODS = (NETWORK, REFERENCE, BOTH, PUBLISHED)
#: ours: crystals beyond which a crossing means nothing; the whole Cambridge database has about so many.
FARTHEST = 1e6
OVER = "RMSE in ppm, test atoms of relaxed crystals, symmetry copies once; 95 % intervals over crystals."
SHIFTML = "ShiftML as published learnt from 2,000 crystals (CSD-2k), the others from those of the run."


def tables(record: dict) -> dict[str, dict]:
    """Every table of a record as it keeps them, by name."""
    made = {
        "ablations": ablations(record["ablations"]),
        "folds": folds(record["folds"]),
        "curves": curves(record["curves"]),
        "laws": laws(record["curves"], record["published"]),
        "widths": widths(record["widths"]),
    }
    return {name: table.to_json() for name, table in made.items()}


def ablations(rows: Sequence[dict]) -> Table:
    """Each variant beside faithful, and the direction of its effect beside the paper's."""
    columns = ("variant", "what is other", "seeds", "RMSE", "RMSE / faithful", "here", "in the paper")
    known, lines = {row["variant"]: row for row in rows}, []
    for row in (known[variant] for variant in (FAITHFUL, *ABLATIONS) if variant in known):
        seeds = ", ".join(f"{value:#.3g}" for value in row["seeds"])
        if row["variant"] == FAITHFUL:
            lines.append((FAITHFUL, NONE, seeds, interval(row["rmse"]), NONE, NONE, NONE))
            continue
        what, paper = ABLATIONS[row["variant"]]
        here = direction(row, known[FAITHFUL])
        cells = (seeds, interval(row["rmse"]), interval(row["ratio"]), here, paper)
        lines.append((row["variant"], what, *cells))
    notes = [
        f"Nitrogen, preset quick. {OVER} Seeds: RMSE of each; all else between them is the same.",
        "Here: worse or better where the interval excludes one and no seed of either is among the other's.",
        "In the paper: its table could not be read. The variants stand in the released scripts; that the"
        " published network is better than they are is inferred from its being the published one.",
    ]
    if absent := [variant for variant in (FAITHFUL, *ABLATIONS) if variant not in known]:
        notes.append(f"No finished run yet of {', '.join(absent)}.")
    return Table(columns, tuple(lines), tuple(notes))


def direction(row: dict, faithful: dict) -> str:
    """Whether a variant is worse or better than faithful, as far as crystals and seeds tell them apart."""
    _, low, high = row["ratio"]
    if low > 1 and min(row["seeds"]) > max(faithful["seeds"]):
        return "worse"
    if high < 1 and max(row["seeds"]) < min(faithful["seeds"]):
        return "better"
    return "not told apart"


def folds(rows: Sequence[dict]) -> Table:
    """Cross-validations by crystal: errors and ratios of each nucleus."""
    ratios = ("network / SOAP", "mean of both / SOAP", "network / ShiftML")
    columns = ("runs", "nucleus", "atoms", "crystals", *ERRORS, *ratios)
    whole, lines = [row for row in rows if "rmse" in row], []
    for row in whole:
        counts = (f"{row['atoms']}", f"{row['crystals']}")
        lines.append((_name(row), row["element"], *counts, *_errors(row), *_ratios(row)))
    notes = [f"All folds together, every crystal tested once. {OVER}", SHIFTML]
    notes += [
        f"Not whole yet: {_name(row)}, {row['element']}, folds {', '.join(map(str, row['folds']))}."
        for row in rows
        if "rmse" not in row
    ]
    return _table(columns, lines, notes, "No finished runs yet that differ in their fold alone.")


def curves(rows: Sequence[dict]) -> Table:
    """Learning curves: errors by the number of crystals learnt from."""
    columns = ("runs", "nucleus", "crystals", *ERRORS, "network / SOAP")
    lines = [
        (_name(row), row["element"], f"{point['learnt_from']}", *_errors(point), _ratios(point)[0])
        for row in rows
        for point in row["points"]
    ]
    notes = [f"Smaller sets of crystals are parts of larger ones. {OVER}", SHIFTML]
    return _table(columns, lines, notes, "No finished runs yet that differ in their share of crystals alone.")


def laws(rows: Sequence[dict], published: Mapping[str, float]) -> Table:
    """How fast errors fall with the crystals, where the methods cross, and how they stand at the paper's."""
    columns = (
        "runs",
        "nucleus",
        "exponent, network",
        "exponent, SOAP",
        "curves cross",
        "network / SOAP at 2,000",
    )
    lines, ratios = [], [f"{element} {ratio:g}" for element, ratio in published.items()]
    for row in rows:
        exponents = (interval(row["exponents"][method]) for method in (NETWORK, REFERENCE))
        lines.append((_name(row), row["element"], *exponents, crossing(row), interval(row["at_full"])))
    notes = [
        "RMSE = scale times crystals to the exponent, by least squares of the logarithms; 95 % intervals over"
        " test crystals, the same at every point.",
        "Where they cross and the ratio at the paper's 2,000 crystals are extrapolated: nothing here learnt"
        f" from as many. The paper's own ratios (recalled): {', '.join(ratios)}.",
    ]
    return _table(columns, lines, notes, "No learning curve yet.")


def crossing(row: dict) -> str:
    """At how many crystals the curves cross, to two digits, and which method is ahead beyond."""
    number = row["crossing"]
    if number is None or not 1 <= number <= FARTHEST:
        return f"nowhere, {'network' if row['at_full'][0] < 1 else 'SOAP'} ahead"
    faster = row["exponents"][NETWORK][0] < row["exponents"][REFERENCE][0]
    return f"at {float(f'{number:.2g}'):,.0f}, {'network' if faster else 'SOAP'} ahead beyond"


def widths(rows: Sequence[dict]) -> Table:
    """Errors of runs that differ in channels."""
    columns = ("runs", "nucleus", "channels", "parameters", *ERRORS[:2], "network / SOAP")
    lines = [
        (
            _name(row), row["element"], f"{row['channels']}", f"{row['parameters']:,}",
            *_errors(row)[:2], _ratios(row)[0],
        )
        for row in rows
    ]  # fmt: skip
    return _table(columns, lines, [OVER], "No finished runs yet that differ in their channels alone.")


def interval(values: Sequence[float] | None) -> str:
    """A value with its interval, three digits each."""
    if values is None:
        return NONE
    value, low, high = (f"{each:#.3g}" for each in values)
    return f"{value} ({low} to {high})"


def _table(columns: tuple[str, ...], lines: Sequence[tuple], notes: list[str], empty: str) -> Table:
    return Table(columns, tuple(lines), tuple(notes if lines else [*notes[2:], empty]))


def _name(row: dict) -> str:
    return f"{row['preset']}, {row['variant']}, seed {row['seed']}"


def _errors(row: dict) -> list[str]:
    return [interval(row["rmse"].get(method)) for method in METHODS]


def _ratios(row: dict) -> list[str]:
    return [interval(row["ratio"].get(f"{method}/{over}")) for method, over in RATIOS]
