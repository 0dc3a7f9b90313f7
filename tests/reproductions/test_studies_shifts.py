"""``nmr-repro study shifts``: tables and curve from made-up records."""

import pytest

from common.errors import RunError
from common.reporting import tables
from common.reporting.tables import NONE, Table
from common.shiftlist import NUCLEI
from reproductions import cli
from reproductions.studies import kept, shifts, shifts_tables

COIL, LOWEST = 2.0, 0.8


def scored(value, ratio=None):
    """Scores of both sets for every nucleus."""
    ids = {shifts_tables.id_of(part, nucleus): value for part in shifts_tables.PARTS for nucleus in NUCLEI}
    if ratio is not None:
        for id in list(ids):
            start = id.removesuffix("rmsd") + "sparta_plus_ratio"
            ids |= {start: ratio, f"{start}_low": ratio - 0.1, f"{start}_high": ratio + 0.1}
    return {id: {"value": value} for id, value in ids.items()}


def run(name, variant, seed, value, proteins=0, coil=COIL):
    """What the study reads of a record."""
    made = {"commit": "a" * 40, "dirty": False, "backend": "jax"}
    return {
        "name": name, "variant": variant, "preset": "paper", "seed": seed, "id": f"{variant}-{seed}",
        "config": {"proteins": proteins}, "trained": made, "evaluated": made,
        "metrics": scored(value, value / LOWEST),
        "baselines": {
            "ridge": scored(value + 0.2), "random_coil": scored(coil, coil / LOWEST),
            "sparta_plus_program": scored(LOWEST), "ppm_one_program": scored(0.9, 0.9 / LOWEST),
        },
    }  # fmt: skip


@pytest.fixture
def record(monkeypatch):
    monkeypatch.setattr(shifts, "training_proteins", lambda: [None] * 225)
    monkeypatch.setattr(shifts, "pair", lambda: {})
    published = [
        run("sparta_plus", "faithful", 0, 1.0), run("sparta_plus", "faithful", 1, 1.02),
        run("ppm_one", "faithful", 0, 0.909),
    ]  # fmt: skip
    trained = [run("sparta_plus", "faithful", 0, 0.4 + 9.0 * n**-0.5, n) for n in (25, 100)]
    return shifts.collect(published, trained, 1.0, quick=False)


def rows(record, name):
    """The rows of a table by their first two cells, or by the first alone."""
    table = Table.from_json(record["tables"][name])
    count = 2 if table.columns[1] == "proteins" else 1
    return {row[0] if count == 1 else row[:2]: row[count:] for row in table.rows}


def test_every_method_has_a_row_of_six_nuclei(record):
    found = rows(record, "nuclei-all")
    assert found["**sparta_plus/faithful** (2 seeds)"] == ("1.010 ± 0.014",) * 6
    assert found["sparta_plus/faithful / sparta_plus_program"][0] == "1.262 (1.150–1.350)"
    assert found["ridge, inputs of ppm_one/faithful"] == ("1.109",) * 6
    assert found["random_coil"] == ("2.000",) * 6
    published = found["SPARTA+, published (standard deviation, other proteins)"]
    assert dict(zip(NUCLEI, published, strict=True))["N"] == "2.45"
    assert "SPARTA+, published (standard deviation, other proteins)" not in rows(record, "nuclei-clean")


def test_ours_stand_against_ours_and_program_against_program(record):
    found = rows(record, "pair-clean")
    assert found["ours over ours, faithful, means over seeds"] == ("0.900",) * 6
    assert found["program over program"][0] == "1.125 (1.025–1.225)"


def test_the_curve_ends_with_all_proteins_and_is_drawn_on(record):
    found = rows(record, "curve-all")
    assert found["faithful", "25"] == ("2.200",) * 6
    assert found["faithful", "225"] == ("1.010",) * 6  # the published runs
    expected = shifts_tables.extrapolated({25: 2.2, 100: 1.3, 225: 1.01}, 580)
    assert found["faithful", "580 (extrapolated)"] == (f"{expected:.3f}",) * 6
    assert found["sparta_plus_program", "580"] == ("0.800",) * 6
    assert ("surroundings", "225") not in found
    assert NONE not in found["ridge, inputs of faithful", "225"]


def test_values_on_a_line_in_one_over_the_root_are_drawn_on_exactly():
    points = {n: 0.4 + 9.0 * n**-0.5 for n in (25, 100, 225)}
    assert shifts_tables.extrapolated(points, 900) == pytest.approx(0.7)


def test_lines_of_the_figure_are_over_the_real_program(record):
    size, value, _ = shifts_tables.lines(record, "all", "CA")["faithful"]
    assert size == [25, 100, 225]
    assert value[0] == pytest.approx(2.2 / LOWEST)
    assert shifts.draw(record).startswith(b"\x89PNG")


def test_runs_scored_on_other_atoms_are_refused(record):
    other = [run("sparta_plus", "faithful", 0, 1.0), run("ppm_one", "faithful", 0, 1.0, coil=2.1)]
    with pytest.raises(RunError, match="other atoms"):
        shifts.programs(other)


def test_what_was_trained_before_is_not_trained_again(monkeypatch, tmp_path):
    before = run("sparta_plus", "surroundings", 0, 1.0, 20) | {
        "overrides": {"proteins": 20},
        "preset": "quick",
    }
    other = before | {"overrides": {"proteins": 40, "rate": 1.0}}
    monkeypatch.setattr(tables, "load_records", lambda folder: [before, other])
    trained = []
    monkeypatch.setattr(
        shifts.runs, "complete", lambda name, config, **which: (None, trained.append(config.proteins) or {})
    )
    assert shifts.curve(shifts.QUICK, tmp_path) == [before, {}]
    assert trained == [40]


def test_is_a_command(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(shifts, "training_proteins", lambda: [None] * 225)
    monkeypatch.setattr(shifts, "published_records", lambda: [run("sparta_plus", "surroundings", 0, 1.0)])
    asked = []
    monkeypatch.setattr(
        shifts.runs, "complete",
        lambda name, config, **which: (None, asked.append(config.proteins) or run(
            name, which["variant"], which["seed"], 1.5, config.proteins)),
    )  # fmt: skip
    assert cli.main(["study", "shifts", "--quick", "--runs", str(tmp_path)]) == 0
    assert asked == [20, 40]
    assert "surroundings" in capsys.readouterr().out
    kept_there = kept.read(tmp_path / "studies" / "shifts" / "shifts.json")
    assert kept_there["tables"] == shifts_tables.tables(kept_there)
    assert cli.main(["study", "shifts", "--quick", "--publish"]) == 2
