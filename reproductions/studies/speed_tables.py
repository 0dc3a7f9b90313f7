"""What the record of ``nmr-repro study speed`` says, in tables; nothing here measures."""

from __future__ import annotations

from common.reporting.tables import NONE, Table
from reproductions.studies.rates.measurement import nearest

#: A table a group of measurements, by the start of their names.
GROUPS = ("simulate", "read", "describe", "train", "apply")
#: The nearest ceiling in words.
SAID = {"copy": "memory", "product": "arithmetic", "read": "plain read"}


def tables(record: dict) -> dict[str, dict]:
    """Every table of a record as it keeps them, by name: one a group, those of one system, the ceilings."""
    made = {group: group_table(record, _of(record, f"{group}/")) for group in GROUPS}
    rows = [row for row in record["rows"] if "mr3d" in row["name"] or row["name"] == "describe/densities"]
    made |= {"mr3d_densenet": group_table(record, rows), "machine": machine(record)}
    return {name: table.to_json() for name, table in made.items() if table.rows}


def group_table(record: dict, rows: list[dict]) -> Table:
    """Rate, time of the plain form and of the peers over ours, and the nearest ceiling."""
    columns = ("what", "of ours, a second of a core", "plain form / ours", "peer / ours", "ceiling", "GB")
    notes = [
        "Rate: median (least to most) of rounds in turn, processor time of one thread, after a warm-up.",
        "/ ours: the time of the other over that of ours in the same round, median (least to most); above 1"
        " ours is faster.",
        "Ceiling: what the machine would need for the least arithmetic or traffic that is known, over what"
        f" ours needs. GB: peak memory of the whole process, all forms in it. {_where(record)}",
    ]
    return Table(columns, tuple(map(_row, rows)), tuple(notes))


def machine(record: dict) -> Table:
    """The ceilings as they were measured beside each row: what the machine gave in that minute."""
    body = []
    for name, what, unit in (
        ("copy", "copy of 64 MB, read and write", "GB/s"),
        ("product", "product of 768 x 768 matrices, its precision that of the row", "GFLOP/s"),
        ("read", "plain read of a row's file in the page cache", "GB/s"),
    ):
        found = sorted(row["ceilings"][name] / 1e9 for row in record["rows"] if name in row["ceilings"])
        if found:
            middle = found[len(found) // 2]
            body.append((what, f"{middle:.3g} {unit}", f"{found[0]:.2g} to {found[-1]:.2g}"))
    return Table(("ceiling", "median of the rows", "least to most"), tuple(body), (_where(record),))


def _of(record: dict, start: str) -> list[dict]:
    return [row for row in record["rows"] if row["name"].startswith(start)]


def _row(row: dict) -> tuple[str, ...]:
    plain = row["ratios"].get("naive")
    peers = [f"{name} {_ratio(found)}" for name, found in row["ratios"].items() if name != "naive"]
    found = nearest(row)
    ceiling = NONE if found is None else f"{SAID[found[0]]}, {100 * found[1]:.2g} %"
    least, most = row["spread"]
    rate = f"{_number(row['rate'], 3)} {row['unit']} ({_number(least)} to {_number(most)})"
    said = NONE if plain is None else f"{_ratio(plain)}, {row['naive']}"
    what = f"{row['name'].partition('/')[2]}: {row['what']}"
    return what, rate, said, "; ".join(peers) or NONE, ceiling, f"{row['gigabytes']:.2g}"


def _ratio(found: list[float]) -> str:
    middle, least, most = found
    return f"{_number(middle, 3)} ({_number(least)} to {_number(most)})"


def _number(value: float, digits: int = 2) -> str:
    """So many significant digits, without a power of ten."""
    text = f"{float(f'{value:.{digits}g}'):,.10g}"
    return text if "e" not in text else f"{value:.{digits}g}"


def _where(record: dict) -> str:
    environment = record["environment"]
    hardware = environment["hardware"]
    return f"{hardware['processor']}, {hardware['cores']} cores, {environment['backend']}."
