"""Verdicts by hand-computed cases, and published.toml files that are right and wrong."""

import pytest

from common.errors import FormatError
from common.reporting.published import Figure, over_seeds, read_published, scored, verdict
from tests.common.reporting.fabricate import R2, RLNE, SLOPE, record


def figure(id=RLNE, kind="value", number=0.05, **changes):
    return Figure(
        id, kind, number, **({"where": "Figure 3", "doi": "10.1/x", "status": "verified"} | changes)
    )


def runs(values, id=RLNE, conventional=0.08, **changes):
    """One record a seed with these values of the network."""
    baselines = {"ist_s": {id: conventional}}
    return [record(seed, {id: value}, baselines, **changes) for seed, value in enumerate(values)]


@pytest.mark.parametrize(
    ("mean", "word"),
    [  # lower is better, published 0.05, no scatter: 10 % is 0.005
        (0.0449, "better"),
        (0.0450, "reproduced"),
        (0.0500, "reproduced"),
        (0.0550, "reproduced"),
        (0.0551, "partly"),
        (0.0799, "partly"),
        (0.0801, "not"),
    ],
)
def test_lower_is_better_within_ten_percent(mean, word):
    assert verdict(figure(), runs([mean] * 3), "ist_s").word == word


@pytest.mark.parametrize(
    ("values", "word"),
    [  # sd of (m-d, m, m+d) is d; two of them are 0.02 here, more than 10 %
        ([0.059, 0.069, 0.079], "reproduced"),
        ([0.0602, 0.0702, 0.0802], "partly"),
        ([0.0202, 0.0302, 0.0402], "reproduced"),
        ([0.0198, 0.0298, 0.0398], "better"),
    ],
)
def test_two_sd_over_seeds_where_that_is_more(values, word):
    assert verdict(figure(), runs(values), "ist_s").word == word


@pytest.mark.parametrize(
    ("mean", "word"),
    [  # bounded by 1, published 0.98: 10 % of the distance from 1 is 0.002
        (0.9821, "better"),
        (0.982, "reproduced"),
        (0.978, "reproduced"),
        (0.9779, "partly"),
        (0.5, "not"),
    ],
)
def test_scores_bounded_by_one_count_their_distance_from_it(mean, word):
    assert verdict(figure(R2, number=0.98), runs([mean] * 3, R2, 0.9), "ist_s").word == word


@pytest.mark.parametrize(
    ("mean", "word"),
    [  # published slope 0.8 lies 0.2 from 1; 10 % of it is 0.08, so distances of 0.12 to 0.28 are reproduced
        (0.9, "better"),
        (1.1, "better"),
        (0.88, "reproduced"),
        (1.28, "reproduced"),
        (0.71, "partly"),
        (1.29, "partly"),
        (0.69, "not"),
    ],
)
def test_the_closer_to_one_the_better(mean, word):
    assert verdict(figure(SLOPE, number=0.8), runs([mean] * 3, SLOPE, 0.7), "ist_s").word == word


@pytest.mark.parametrize(("mean", "word"), [(0.01, "reproduced"), (0.055, "reproduced"), (0.056, "partly")])
def test_a_bound_cannot_be_bettered(mean, word):
    assert verdict(figure(kind="bound"), runs([mean] * 3), "ist_s").word == word


@pytest.mark.parametrize(
    ("mean", "word"),
    [  # 0.04 to 0.06, lower is better: allowed 0.006 at the bad end, 0.004 at the good one
        (0.0359, "better"),
        (0.036, "reproduced"),
        (0.066, "reproduced"),
        (0.0661, "partly"),
    ],
)
def test_a_range_allows_at_each_end_its_own_ten_percent(mean, word):
    assert verdict(figure(kind="range", number=(0.04, 0.06)), runs([mean] * 3), "ist_s").word == word


@pytest.mark.parametrize(
    ("range_", "mean", "word"),
    [  # around one nothing is better; on one side the near end is the good one
        ((0.9, 1.05), 1.0, "reproduced"),
        ((0.9, 1.05), 0.81, "reproduced"),
        ((0.9, 1.05), 1.2, "partly"),
        ((0.7, 0.8), 0.95, "better"),
        ((1.2, 1.3), 1.0, "better"),
    ],
)
def test_a_range_of_a_slope(range_, mean, word):
    found = verdict(figure(SLOPE, "range", range_), runs([mean] * 3, SLOPE, 0.5), "ist_s")
    assert found.word == word


@pytest.mark.parametrize(
    ("network", "ist", "zero", "word"),
    [
        (0.05, 0.08, 0.3, "reproduced"),
        (0.05, 0.40, 0.3, "partly"),
        (0.10, 0.08, 0.3, "not"),
        (0.08, 0.08, 0.3, "not"),
    ],
)
def test_a_ranking_holds_pair_by_pair(network, ist, zero, word):
    records = [
        record(seed, {RLNE: network}, {"ist_s": {RLNE: ist}, "zero_filled": {RLNE: zero}})
        for seed in range(3)
    ]
    ranking = figure(kind="ranking", number=("network", "ist_s", "zero_filled"))
    found = verdict(ranking, records, "ist_s")
    assert found.word == word
    assert bool(found.note) == (word != "reproduced")


def test_a_ranking_with_a_method_that_we_lack_does_not_hold():
    found = verdict(figure(kind="ranking", number=("network", "smile")), runs([0.05] * 3), None)
    assert (found.word, found.note) == ("not", "ours network 0.05, smile nan")


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"preset": "quick"}, "0 of 3 seeds at paper scale"),
        ({"variant": "deeper"}, "a variant of ours; the verdict is on faithful"),
        ({"overrides": {"depth": 9}}, "0 of 3 seeds at paper scale"),
        ({"status": "interrupted"}, "0 of 3 seeds at paper scale"),
    ],
)
def test_other_runs_never_get_a_verdict(changes, note):
    found = verdict(figure(), runs([0.05] * 5, **changes), "ist_s")
    assert (found.word, found.note) == (None, note)


def test_a_baseline_without_the_score_is_not_told_of():
    found = verdict(figure(), runs([0.5] * 3), "no_such_method")
    assert found.word == "not"
    assert "no_such_method" not in found.note


def test_two_seeds_are_too_few_and_a_seed_run_twice_is_one():
    twice = [*runs([0.05, 0.05]), record(1, {RLNE: 0.05}, id="paper-faithful-tensorflow-s1-0123abcd")]
    found = verdict(figure(note="as in text"), twice, "ist_s")
    assert (found.word, found.note) == (None, "2 of 3 seeds at paper scale; as in text")


def test_of_a_seed_run_twice_the_last_counts():
    early, late = record(0, {RLNE: 1.0}), record(0, {RLNE: 2.0})
    late["trained"]["when"] = "2026-11-23T12:00:00+00:00"
    assert over_seeds([late, early], RLNE).values == (2.0,)


def test_recalled_and_incomparable_figures_say_why_there_is_no_judgement():
    good = runs([0.05] * 3)
    recalled = verdict(figure(status="recalled"), good, "ist_s")
    assert (recalled.word, recalled.note) == (None, "recalled, not read in the source")
    other = verdict(figure(comparable=False, note="their protein is not public"), good, "ist_s")
    assert (other.word, other.note) == ("not comparable", "their protein is not public")


def test_a_diverged_seed_is_counted():
    records = [*runs([0.05] * 3), record(3, status="diverged") | {"metrics": {}}]
    found = verdict(figure(), records, "ist_s")
    assert found.word == "not"
    assert found.note == "ours nan against 0.05, within 0.005 asked; ist_s has 0.08"


def test_the_note_names_the_numbers():
    found = verdict(figure(note="fewer FIDs"), runs([0.07] * 3), "ist_s")
    assert found.note == "ours 0.07 against 0.05, within 0.005 asked; ist_s has 0.08; fewer FIDs"


GOOD = """
required = ["simulated/all/rlne"]
baselines = ["ist_s", "zero_filled"]
[[figure]]
id = "simulated/all/rlne"
value = 0.05
where = "Figure 3"
doi = "10.1/x"
protocol = "25 %"
status = "verified"
[[figure]]
id = "simulated/all/height_slope"
range = [0.9, 1]
status = "recalled"
[[figure]]
id = "simulated/all/peak_r2"
bound = 0.99
status = "recalled"
[[figure]]
id = "simulated/all/position_error"
value = 2
unit = "Hz"
status = "recalled"
comparable = false
note = "theirs in points"
[[figure]]
id = "simulated/all/rlne"
ranking = ["network", "ist_s"]
status = "recalled"
"""


def test_a_published_file_reads_as_written(tmp_path):
    (tmp_path / "published.toml").write_text(GOOD)
    found = read_published(tmp_path / "published.toml")
    assert (found.required, found.conventional) == (("simulated/all/rlne",), "ist_s")
    shown = [str(one) for one in found.figures]
    assert shown == ["0.05", "0.9 to 1", "≥ 0.99", "2 Hz", "network before ist_s"]
    assert found.values() == {
        "simulated/all/rlne": 0.05,
        "simulated/all/peak_r2": 0.99,
        "simulated/all/position_error": 2.0,
    }
    assert found.figures[0].where == "Figure 3"


def test_a_variant_may_be_scored_on_other_cases(tmp_path):
    (tmp_path / "published.toml").write_text(GOOD + '[variants.planes]\nrequired = ["simulated/hnco/rlne"]\n')
    found = read_published(tmp_path / "published.toml")
    assert found.required_of("planes") == ("simulated/hnco/rlne",)
    assert found.required_of("faithful") == ("simulated/all/rlne",)


def test_of_ids_with_a_star_one_is_enough():
    ids = ("cell/test/N/rmse", "cell/test/O/mae")
    assert scored("cell/test/*/rmse", ids)
    assert scored("cell/test/O/mae", ids)
    assert not scored("cell/rattled/*/rmse", ids)
    assert not scored("cell/test/O/rmse", ids)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 0.05", 'value = "0.05"', "not a number"),
        ("value = 0.05", "value = nan", "not a number"),
        ("value = 0.05", "value = true", "not a number"),
        ("value = 0.05", "", "needs one of value"),
        ("value = 0.05", "value = 0.05\nbound = 1", "needs one of value"),
        ("value = 0.05", "value = 0.05\npage = 3", "page"),
        ("value = 0.05", "value = 0.05\nkind = 'value'", "kind"),
        ("[0.9, 1]", "[1, 0.9]", "rising"),
        ("[0.9, 1]", "[1]", "two rising"),
        ('["network", "ist_s"]', '["zero_filled", "ist_s"]', "names network"),
        ('["network", "ist_s"]', '["network"]', "other methods"),
        ('status = "verified"', 'status = "seen"', "verified or recalled"),
        ('status = "verified"', "", "verified or recalled"),
        ('doi = "10.1/x"', "", "the doi"),
        ('unit = "Hz"', 'unit = "ppm"', "is not that of the measure, 'Hz'"),
        ('note = "theirs in points"', "", "a note that says how"),
        ("range = [0.9, 1]", "bound = 0.9", "not a bound"),
        ("all/peak_r2", "all/beauty", "beauty"),
        ('required = ["simulated/all/rlne"]', 'required = ["beauty"]', "beauty"),
        ('required = ["simulated/all/rlne"]', "required = 1", "required is not a list"),
        ("required =", "requires =", "unknown keys requires"),
        ("[[figure]]", "[variants]\nplanes = 3\n[[figure]]", "variants are tables"),
        ("[[figure]]", "[variants.planes]\nrequires = []\n[[figure]]", "variants are tables"),
        ("[[figure]]", '[variants.planes]\nrequired = ["x/beauty"]\n[[figure]]', "beauty"),
        ("[[figure]]", "[[figure", "is not TOML"),
        (GOOD, 'figure = ["rlne"]', "is not a table"),
        (GOOD, "figure = 3", "published.toml"),
    ],
)
def test_a_wrong_published_file_is_refused_by_name(tmp_path, old, new, said):
    assert old in GOOD
    (tmp_path / "published.toml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FormatError, match=r"published\.toml") as refused:
        read_published(tmp_path / "published.toml")
    assert said in str(refused.value)
