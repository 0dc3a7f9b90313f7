"""What the record of ``nmr-repro study times`` says, in tables; nothing here measures."""

from __future__ import annotations

from common.reporting.tables import NONE, Table

#: Metric id, sampled dimensions, the network of the claim, and what its time is divided by.
RATIOS = (
    ("timing/2d/low_rank_ratio", 1, "qu_cnn/faithful", "low_rank"),
    ("timing/2d/low_rank_ratio", 1, "qu_cnn/faithful", "low_rank, nuclear norm"),
    ("timing/2d/ist_s_ratio", 1, "qu_cnn/faithful", "ist_s"),
    ("timing/2d/low_rank_ratio", 1, "qu_cnn/refined", "low_rank"),
    ("timing/2d/ist_s_ratio", 1, "qu_cnn/refined", "ist_s"),
    ("timing/2d/hansen_over_ist_s", 1, "hansen_lstm/faithful", "ist_s"),
    ("timing/2d/hansen_over_ist_s", 1, "hansen_lstm/hsqc", "ist_s"),
    ("timing/2d/hansen_over_ist_s", 1, "hansen_lstm/any_schedule", "ist_s"),
    ("timing/2d/ist_s_ratio", 1, "qu_cnn/faithful", "ist_s, on the GPU"),
    ("timing/3d/cs_ratio", 2, "qu_cnn/planes", "ist_s"),
)


def tables(record: dict) -> dict[str, dict]:
    """Every table of a record as it keeps them, by name: ratios, then the times of each spectrum."""
    made = {"ratios": ratios(record)}
    for case in _cases(record):
        made[f"{case[1]}-{100 * case[2]:g}".replace(".", "-")] = times(record, case)
    return {name: table.to_json() for name, table in made.items()}


def ratios(record: dict) -> Table:
    """Times of networks over those of conventional methods, beside the published ones."""
    settings = _settings(record)
    rows = []
    for id, dimensions, network, method in RATIOS:
        for case in (case for case in _cases(record) if case[0] == dimensions):
            found = [_ratio(record, case, setting, network, method) for setting in settings]
            if any(ratio is not None for ratio in found):
                cells = [NONE if ratio is None else f"{ratio:.2g}" for ratio in found]
                rows.append((f"`{id}`", f"{network} / {method}", _said(case), *cells, _published(record, id)))
    columns = ("metric", "ratio", "spectrum", *map(_setting, settings), "published")
    notes = (
        "Medians of repeats in turn, every method at its default stop; errors are in the tables below.",
        "Published ratios are not comparable: neither the hardware nor the code of the conventional methods"
        " is known.",
    )
    return Table(columns, tuple(rows), notes)


def times(record: dict, case: tuple) -> Table:
    """Error and seconds of every method on one spectrum, and when it has the errors of the networks."""
    settings = _settings(record)
    rows = [row for row in record["rows"] if _case(row) == case]
    names = list(dict.fromkeys(row["method"] for row in rows))
    targets = list(dict.fromkeys(each["network"] for each in record["reached"] if _case(each) == case))
    body = []
    for name in names:
        own = {_of(row): row for row in rows if row["method"] == name}
        error = next(iter(own.values()))["rlne"]
        cells = [_seconds(own.get(setting)) for setting in settings]
        cells += [_reached(record, case, name, target) for target in targets]
        body.append((name, f"{error:.3f}", *cells))
    columns = ("method", "RLNE", *map(_setting, settings), *(f"to RLNE of {target}" for target in targets))
    hardware, shape = record["environment"]["hardware"], rows[0]["shape"]
    size = " x ".join(map(str, shape[:-1]))
    notes = [
        f"{_said(case)}: {size} points, {shape[-1]} columns. Seconds of one spectrum, median (least to most)"
        f" of repeats in turn after a warm-up, on {hardware['processor']}, {hardware['cores']} cores."
    ]
    if targets:
        first = _setting(settings[0])
        notes.append(f"To RLNE of a network: seconds and iterations until a method has that error; {first}.")
    return Table(columns, tuple(body), tuple(notes))


def _case(row: dict) -> tuple:
    return row["dimensions"], row["case"], row["fraction"]


def _cases(record: dict) -> list[tuple]:
    return list(dict.fromkeys(map(_case, record["rows"])))


def _of(row: dict) -> tuple:
    return row["backend"], row["threads"], row["device"]


def _settings(record: dict) -> list[tuple]:
    return list(dict.fromkeys(map(_of, record["rows"])))


def _setting(setting: tuple) -> str:
    backend, threads, device = setting
    return f"{backend}, {device if device != 'cpu' else '1 thread' if threads == 1 else f'{threads} threads'}"


def _said(case: tuple) -> str:
    dimensions, name, fraction = case
    return f"{dimensions + 1}D {name}, {100 * fraction:g} %"


def _ratio(record: dict, case: tuple, setting: tuple, network: str, method: str) -> float | None:
    rows = [row for row in record["rows"] if (_case(row), _of(row)) == (case, setting)]
    found = {row["method"]: row["seconds"] for row in rows}
    return found[network] / found[method] if network in found and method in found else None


def _published(record: dict, id: str) -> str:
    figure = record["published"].get(id)
    if figure is None:
        return NONE
    return figure["published"] + ("" if figure["comparable"] else ", not comparable")


def _seconds(row: dict | None) -> str:
    return NONE if row is None else f"{row['seconds']:.3g} ({row['least']:.2g} to {row['most']:.2g})"


def _reached(record: dict, case: tuple, method: str, network: str) -> str:
    """Under the first setting: the others differ in time, not in iterations."""
    for each in record["reached"]:
        named = (_case(each), each["method"], each["network"]) == (case, method, network)
        if named and _of(each) == _settings(record)[0]:
            seconds, iterations = each["seconds"], each["iterations"]
            return "not reached" if seconds is None else f"{seconds:.2g} s ({iterations})"
    return NONE
