"""The study of learning curves: what it reads of a run, its table, its figure."""

import pytest

from common.errors import RunError
from common.reporting.events import EventWriter
from reproductions.studies import learning


def record(seed=0, variant="faithful"):
    return {"name": "qu_cnn", "variant": variant, "preset": "paper", "seed": seed, "id": f"{variant}-{seed}"}


def run(folder, losses, held_out, seed=0, variant="faithful", part="network"):
    for split, values in (("train", losses), ("validation", held_out)):
        with EventWriter(folder / split / part) as events:
            for step, value in enumerate(values):
                events.scalar(learning.LOSS, value, step)
                events.scalar("epoch_rlne", -value, step)
    return learning.curve(folder, record(seed, variant))


def test_a_curve_is_of_the_first_network_and_counts_epochs_from_one(tmp_path):
    run(tmp_path, [9.0], [9.0], part="second/0")
    found = run(tmp_path, [3.0, 1.0], [2.0, 1.5], part="first/0")
    assert found["network"] == "first/0"
    assert found["training"] == [[1, 3.0], [2, 1.0]]
    assert found["validation"] == [[1, 2.0], [2, 1.5]]
    with pytest.raises(RunError, match="no curve"):
        learning.curve(tmp_path / "train", record())


def test_the_table_has_means_over_seeds_and_where_validation_was_lowest(tmp_path):
    curves = [
        run(tmp_path / "a", [3.0, 1.0, 0.5], [2.0, 1.0, 1.5], 0),
        run(tmp_path / "b", [3.0, 1.0, 0.7], [2.0, 1.9, 1.6], 1),
        run(tmp_path / "c", [4.0, 3.0, 2.0], [], 0, "refined"),
    ]
    faithful, refined = learning.table(curves).rows
    assert faithful == ("qu_cnn", "faithful, paper", "2", "network", "3", "0.6", "1.55", "2, 3")
    assert refined == ("qu_cnn", "refined, paper", "1", "network", "3", "2", "–", "")
    assert learning.draw(curves)[:4] == b"\x89PNG"


def test_every_published_run_of_a_shown_variant_has_its_curve():
    from reproductions import registry

    for name in ("qu_cnn", "talos_n"):
        shown = registry.get(name).published.shown
        runs = [run for run in registry.get(name).runs if not shown or run.split("-")[1] in shown]
        assert [each["id"] for each in learning.published(name)] == runs
