"""Tables, by hand: rows, notes, the blocks of a README, what a terminal shows."""

import io

import pytest
from rich.console import Console

from common.errors import UserError
from common.reporting.published import Figure, Published
from common.reporting.record import write_record
from common.reporting.tables import comparison, duration, load_records, run_table, stale, update
from tests.common.reporting.fabricate import R2, RLNE, record, score

VERIFIED = {"where": "Figure 3", "doi": "10.1/x", "status": "verified"}


def runs(*values, conventional=0.08, **changes):
    return [
        record(seed, {RLNE: value}, {"ist_s": {RLNE: conventional}}, **changes)
        for seed, value in enumerate(values)
    ]


def test_a_row_sets_ours_beside_the_published():
    published = Published((Figure(RLNE, "value", 0.05, **VERIFIED),), (RLNE,), (), ("ist_s",))
    table = comparison({"qu_cnn": published}, runs(0.049, 0.05, 0.051))
    assert table.notes == ()
    assert table.rows == (
        (
            "qu_cnn",
            "`simulated/all/rlne`",
            "0.05 (Figure 3, verified)",
            "0.05 ± 0.001 (3 seeds, paper, faithful)",
            "0.08 (ist_s)",
            "reproduced",
            "90 s, 2 cores AMD EPYC, jax",
        ),
    )


def test_notes_are_numbered_once_and_quick_runs_get_no_verdict():
    published = Published(
        (
            Figure(RLNE, "value", 0.05, **VERIFIED),
            Figure(RLNE, "bound", 0.06, note="as the abstract says", status="recalled"),
            Figure(R2, "value", 0.99, **VERIFIED),
        ),
        (RLNE,),
        (),
        ("ist_s",),
    )
    quick = runs(0.1, preset="quick", id="quick-faithful-jax-s0-ffffffff")
    table = comparison({"qu_cnn": published}, [*quick, *runs(0.07, 0.07, 0.07)])
    assert [row[5] for row in table.rows] == ["partly (1)", "– (2)", "– (3)", "– (3)", "–"]
    assert [row[3].split(",")[1] for row in table.rows[:4]] == [" paper", " quick"] * 2
    assert table.rows[4][2:] == ("0.99 (Figure 3, verified)", "–", "–", "–", "–")
    assert table.notes == (
        "ours 0.07 against 0.05, within 0.005 asked; ist_s has 0.08",
        "0 of 3 seeds at paper scale",
        "recalled, not read in the source; as the abstract says",
    )


def test_smoke_and_interrupted_runs_stay_out_and_a_diverged_one_is_said():
    published = Published((Figure(RLNE, "value", 0.05, **VERIFIED),), (RLNE,), (), ("ist_s",))
    others = runs(0.01, preset="smoke") + runs(0.01, status="interrupted")
    diverged = record(2, {RLNE: None}, status="diverged")
    table = comparison({"qu_cnn": published}, [*others, *runs(0.05, 0.05), diverged])
    assert len(table.rows) == 1
    assert table.rows[0][3].startswith("0.05, 1 diverged (3 seeds")
    assert table.rows[0][5] == "not (1)"


def test_what_is_required_but_nowhere_published_has_a_row():
    table = comparison({"qu_cnn": Published(required=(RLNE,))}, runs(0.05))
    (row,) = table.rows
    assert row[2:6] == ("–", "0.05 (1 seed, paper, faithful)", "–", "–")


def test_the_table_of_the_suite_has_the_variants_that_are_named_for_it():
    published = Published(required=(RLNE,), headlines=(RLNE,), shown=("refined",))
    ours = [*runs(0.05), *runs(0.04, variant="refined", id="paper-refined-jax-s0-00000000")]
    for headlines, variants in ((True, ["refined"]), (False, ["faithful", "refined"])):
        table = comparison({"qu_cnn": published}, ours, headlines=headlines)
        assert [row[3].split(", ")[-1] for row in table.rows] == [f"{name})" for name in variants]


def test_the_table_of_a_run_names_every_method():
    scored = record(0, {RLNE: 0.05, R2: None}, {"ist_s": {RLNE: 0.08}, "zero_filled": {R2: 0.5}})
    scored["metrics"][RLNE] |= {"n": 4, "sd": 0.0021}
    table = run_table(scored, Published((Figure(RLNE, "value", 0.04, **VERIFIED),)))
    assert table.columns == ("metric", "network", "ist_s", "zero_filled", "published")
    case = RLNE.rsplit("/", 1)[0]
    assert table.rows == (
        (case, "", "", "", ""),
        ("  rlne", "0.05 ± 0.0021", "0.08", "–", "0.04 (Figure 3, verified)"),
        ("  peak_r2", "not finite", "–", "0.5", "–"),
    )
    unpublished = run_table(scored, Published())
    assert unpublished.columns == ("metric", "network", "ist_s", "zero_filled")
    assert unpublished.rows[1] == ("  rlne", "0.05 ± 0.0021", "0.08", "–")


def test_the_terminal_shows_every_cell_as_it_is():
    published = Published(
        (Figure(RLNE, "value", 0.05, where="[Table] 1", doi="1", status="verified"),), (), ()
    )
    output = io.StringIO()
    comparison({"qu_cnn": published}, runs(0.05)).show(Console(file=output, width=300))
    assert "[Table] 1" in output.getvalue()
    assert "(1) 1 of 3 seeds at paper scale" in output.getvalue()


@pytest.fixture
def repository(tmp_path):
    """One reproduction with three published runs, and a README that has both kinds of table."""
    folder = tmp_path / "reproductions" / "qu_cnn"
    folder.mkdir(parents=True)
    (folder / "published.toml").write_text(
        f'required = ["{RLNE}"]\nheadlines = ["{R2}"]\nbaselines = ["ist_s"]\n'
        f'[[figure]]\nid = "{RLNE}"\nvalue = 0.05\n'
        'where = "a | b"\ndoi = "10.1/x"\nstatus = "verified"\n'
    )
    for one in runs(0.07, 0.07, 0.07):
        one["metrics"][R2] = score(0.9)
        write_record(tmp_path / "results" / "qu_cnn" / one["id"], one)
    block = "<!-- table:{} -->\nold\n<!-- /table -->\n"
    text = f"# Suite\n{block.format('all')}words\n{block.format('qu_cnn')}end\n"
    (tmp_path / "README.md").write_text(text)
    return tmp_path


def test_a_stale_readme_is_seen_and_updated(repository):
    readme = repository / "README.md"
    assert stale(readme, repository)
    assert update(readme, repository)
    assert not stale(readme, repository)
    assert not update(readme, repository)
    text = readme.read_text()
    assert text.startswith("# Suite\n<!-- table:all -->\n")
    assert "<!-- /table -->\nwords\n<!-- table:qu_cnn -->" in text
    assert text.count("| qu_cnn | `simulated/all/rlne` | 0.05 (a \\| b, verified) | 0.07 (3 seeds") == 1
    assert text.count("\n1. ours 0.07 against 0.05") == 1
    assert text.count("| qu_cnn | `simulated/all/peak_r2` | – | 0.9 (3 seeds") == 1
    assert text.index("peak_r2") < text.index("words") < text.index("rlne")
    assert "old" not in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in lines} == {8}


def test_a_new_result_makes_a_readme_stale(repository):
    update(repository / "README.md", repository)
    one = record(3, {RLNE: 0.071})
    write_record(repository / "results" / "qu_cnn" / one["id"], one)
    assert stale(repository / "README.md", repository)


def test_a_table_of_an_unknown_system_is_refused(repository):
    readme = repository / "README.md"
    readme.write_text(readme.read_text().replace("table:qu_cnn", "table:qu"))
    with pytest.raises(UserError, match="table:qu names no reproduction; there are qu_cnn"):
        update(readme, repository)


def test_a_run_in_two_places_is_read_once_from_the_first(tmp_path):
    write_record(tmp_path / "results/qu_cnn/a", record(0, {RLNE: 1.0}))
    write_record(tmp_path / "runs/qu_cnn/a", record(0, {RLNE: 2.0}))
    write_record(tmp_path / "runs/qu_cnn/b", record(1, {RLNE: 3.0}))
    found = load_records(tmp_path / "results", tmp_path / "runs")
    assert [one["metrics"][RLNE]["value"] for one in found] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5990, "100 min"), (12600, "3.5 h")]
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text
