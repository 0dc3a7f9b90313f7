"""What the record of ``nmr-repro study shifts`` says, in tables and lines; nothing here measures."""

from __future__ import annotations

import numpy as np

from common.reporting.tables import NONE, Table
from common.shiftlist import NUCLEI

SOURCE = "shiftx2_testset"
PARTS = ("all", "clean")
#: The real program that others are compared with.
REFERENCE = "sparta_plus_program"
#: Proteins that the program learnt from (abstract), and to which curves are drawn on.
PROGRAM = 580
RATIO = "sparta_plus_ratio"
PAIR_NOTES = ("Below one: PPM_One is better. With 95 % intervals over proteins.",)
COLOURS = {
    "faithful": "#56B4E9",
    "surroundings": "#0072B2",
    "oriented": "#000000",
    "ridge, inputs of faithful": "#E69F00",
    "ridge, inputs of surroundings": "#D55E00",
    "ridge, inputs of oriented": "#CC79A7",
}


def id_of(part: str, nucleus: str, measure: str = "rmsd") -> str:
    """The id of a score."""
    return f"{SOURCE}/{part}/{nucleus}/{measure}"


def tables(record: dict) -> dict[str, dict]:
    """Every table of a record as it keeps them, by name."""
    made = {f"nuclei-{part}": nuclei(record, part) for part in PARTS}
    made |= {f"pair-{part}": pair(record, part) for part in PARTS}
    made |= {f"curve-{part}": curve(record, part) for part in PARTS}
    return {name: table.to_json() for name, table in made.items()}


def groups(record: dict) -> dict[str, list[dict]]:
    """The published runs that learnt from all proteins, by method: one a seed."""
    found = {}
    for run in record["runs"]:
        if run["preset"] == "paper" and not run["proteins"]:
            found.setdefault(f"{run['name']}/{run['variant']}", []).append(run)
    return found


def nuclei(record: dict, part: str) -> Table:
    """RMSD of six nuclei by every method."""
    rows = []
    if part == "all":
        cells = [f"{record['abstract'][n]:.2f}" if n in record["abstract"] else NONE for n in NUCLEI]
        rows.append(("SPARTA+, published (standard deviation, other proteins)", *cells))
    for method, measured in record["programs"].items():
        rows.append((method, *(_cell(measured.get(id_of(part, n))) for n in NUCLEI)))
    for method, found in groups(record).items():
        if found[0]["ridge"]:
            cells = (_cell(found[0]["ridge"].get(id_of(part, n))) for n in NUCLEI)
            rows.append((f"ridge, inputs of {method}", *cells))
    for method, found in groups(record).items():
        cells = (_over_seeds([run["network"].get(id_of(part, n)) for run in found]) for n in NUCLEI)
        rows.append((f"**{method}** ({len(found)} seed{'s' * (len(found) > 1)})", *cells))
        rows.append((f"{method} / {REFERENCE}", *(_ratio(found, part, n) for n in NUCLEI)))
    notes = (
        f"RMSD in ppm on the atoms of {SOURCE} ({part}) that all methods predict.",
        "± standard deviation over seeds. Ratios: mean over seeds, with the 95 % interval over proteins of"
        " the first seed.",
    )
    return Table(("method", *NUCLEI), tuple(rows), notes)


def pair(record: dict, part: str) -> Table:
    """PPM_One over SPARTA+, ours on equal training data and program over program."""
    found, rows = groups(record), []
    ours = [found.get(f"{name}/faithful") for name in ("ppm_one", "sparta_plus")]
    if all(ours):
        cells = (
            _quotient(*([run["network"][id_of(part, n)] for run in each] for each in ours)) for n in NUCLEI
        )
        rows.append(("ours over ours, faithful, means over seeds", *cells))
    if record["pair"]:
        cells = (_interval(record["pair"], part, n, "ppm_one_ratio") for n in NUCLEI)
        rows.append(("ours over ours, faithful, one seed of each", *cells))
    program = record["programs"].get("ppm_one_program")
    if program:
        cells = (_interval(program, part, n, RATIO) for n in NUCLEI)
        rows.append(("program over program", *cells))
    return Table(("PPM_One / SPARTA+", *NUCLEI), tuple(rows), PAIR_NOTES)


def curve(record: dict, part: str) -> Table:
    """RMSD against the number of proteins learnt from, and where a straight line in its root leads."""
    sizes = sorted({run["proteins"] for run in record["curve"]})
    rows = []
    for method in COLOURS:
        points = {n: _points(record, part, n, method) for n in NUCLEI}
        for size in (*sizes, record["whole"]):
            cells = [_cell(points[n].get(size)) for n in NUCLEI]
            if any(cell != NONE for cell in cells):
                rows.append((method, str(size), *cells))
        if all(len(found) > 2 for found in points.values()):
            cells = (_cell(extrapolated(found, PROGRAM)) for found in points.values())
            rows.append((method, f"{PROGRAM} (extrapolated)", *cells))
    measured = record["programs"].get(REFERENCE, {})
    rows.append((REFERENCE, str(PROGRAM), *(_cell(measured.get(id_of(part, n))) for n in NUCLEI)))
    notes = (
        f"RMSD in ppm on {SOURCE} ({part}), means over seeds; smaller sets are parts of larger ones.",
        "Extrapolated: a straight line against one over the square root of the number, by least squares.",
    )
    return Table(("method", "proteins", *NUCLEI), tuple(rows), notes)


def extrapolated(points: dict[int, float], size: int) -> float:
    """The value at a size of the line through values against one over the square root of theirs."""
    sizes = np.array(sorted(points), float)
    slope, start = np.polyfit(sizes**-0.5, [points[int(each)] for each in sizes], 1)
    return float(start + slope * size**-0.5)


def lines(record: dict, part: str, nucleus: str) -> dict:
    """Lines of the figure: RMSD over that of the program, by method; no line where a program is not known."""
    reference = record["programs"].get(REFERENCE, {}).get(id_of(part, nucleus))
    made = {}
    for method in COLOURS if reference else ():
        points = _points(record, part, nucleus, method)
        sizes = sorted(points)
        made[method] = (sizes, [points[size] / reference for size in sizes], [0.0] * len(sizes))
    return made


def _points(record: dict, part: str, nucleus: str, method: str) -> dict[int, float]:
    """Mean RMSD over seeds by the number of proteins."""
    kind = "ridge" if method.startswith("ridge") else "network"
    variant = method.rpartition(" ")[2]
    whole = [run | {"proteins": record["whole"]} for run in groups(record).get(f"sparta_plus/{variant}", [])]
    found = {}
    for run in [*record["curve"], *whole]:
        value = run[kind].get(id_of(part, nucleus))
        if run["variant"] == variant and value is not None:
            found.setdefault(run["proteins"], []).append(value)
    return {size: float(np.mean(values)) for size, values in found.items()}


def _cell(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def _over_seeds(values: list) -> str:
    if any(value is None for value in values):
        return NONE
    spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def _ratio(found: list[dict], part: str, nucleus: str) -> str:
    ratios = [run["network"].get(id_of(part, nucleus, RATIO)) for run in found]
    if any(ratio is None for ratio in ratios):
        return NONE
    return f"{np.mean(ratios):.3f} {_ends(found[0]['network'], part, nucleus)}"


def _interval(measured: dict, part: str, nucleus: str, measure: str) -> str:
    ratio = measured.get(id_of(part, nucleus, measure))
    return NONE if ratio is None else f"{ratio:.3f} {_ends(measured, part, nucleus, measure)}"


def _ends(measured: dict, part: str, nucleus: str, measure: str = RATIO) -> str:
    low, high = (measured[id_of(part, nucleus, f"{measure}_{end}")] for end in ("low", "high"))
    return f"({low:.3f}–{high:.3f})"


def _quotient(above: list[float], below: list[float]) -> str:
    return f"{np.mean(above) / np.mean(below):.3f}"
