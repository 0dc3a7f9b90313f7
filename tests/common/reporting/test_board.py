"""What is shown of many runs: which learning curves, which metrics, which hyper-parameters first."""

import sys
import types

import pytest

from common.reporting.board import MANY_METRICS, MANY_RUNS, View, metric_order, shown_runs
from common.reporting.events import EventWriter


def ensemble(runs, parts):
    """Names of runs with the curves of their parts."""
    folders = [f"{split}/N/{part}" for split in ("train", "validation") for part in range(parts)]
    return [
        name
        for run in range(runs)
        for name in (f"shifts/s{run}", f"shifts/s{run}/published", *(f"shifts/s{run}/{f}" for f in folders))
    ]


def test_few_runs_are_all_shown():
    names = ensemble(runs=10, parts=20)
    assert len(names) < MANY_RUNS
    assert shown_runs(names) == set(names)


def test_of_too_many_the_first_curve_of_each_run_stays():
    shown = shown_runs(reversed(ensemble(runs=20, parts=20)))
    kept = ("", "/published", "/train/N/0", "/validation/N/0")
    assert shown == {f"shifts/s{run}{place}" for run in range(20) for place in kept}


def test_metrics_begin_with_headlines_and_have_the_published_ones_beside_them():
    metrics = [(id, group) for id in ("a/rlne", "b/rlne", "c/rlne") for group in ("", "published", "train/x")]
    assert metric_order(metrics, ["c/rlne", "z/rlne"]) == [
        ("c/rlne", ""),
        ("c/rlne", "published"),
        ("a/rlne", ""),
        ("a/rlne", "published"),
        ("b/rlne", ""),
        ("b/rlne", "published"),
    ]
    many = [(f"{number:05}", "") for number in range(3000)]
    assert metric_order(many, ["02999"]) == [("02999", ""), *many[: MANY_METRICS - 1]]


@pytest.fixture
def provider(tmp_path, monkeypatch):
    """TensorBoard's own reader over runs of two presets, one of which is swept over ``growth``."""
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", types.ModuleType("notf"))  # 20 s faster
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer

    runs = (("quick", 8, True), ("quick", 12, True), ("paper", 16, "no"))
    for preset, growth, odd in runs:
        folder = tmp_path / "qu_cnn" / f"{preset}-{growth}"
        with EventWriter(folder) as events:
            told = {"preset": preset, "variant": "faithful", "seed": 0, "backend": "jax"}
            told |= {"growth": growth, "blocks": growth // 8, "odd": odd, "kernel": 3 if odd is True else 5}
            events.hparams(told, f"qu_cnn/{preset}-{growth}")
            events.scalar("b/rlne", 0.1, 0)
            events.scalar("a/rlne", 0.2, 0)
        with EventWriter(folder / "train" / "network") as events:
            events.scalar("epoch_loss", 0.3, 0)
        with EventWriter(folder / "published") as events:
            events.scalar("a/rlne", 0.15, 0)
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(tmp_path)).Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, str(tmp_path))


def test_hparams_begin_with_what_a_run_is_and_with_what_is_swept(provider):
    from tensorboard import context
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import backend_context

    view, asked = View(provider, first=["b/rlne"]), context.RequestContext()
    answers = backend_context.Context(base_plugin.TBContext(data_provider=view))
    hparams = answers.hparams_metadata(asked, "")
    found = answers.experiment_from_metadata(asked, "", True, hparams, [])
    names = [info.name for info in found.hparam_infos]
    assert names == ["backend", "growth", "preset", "seed", "variant", "blocks", "kernel", "odd"]
    metrics = [(info.name.tag, info.name.group) for info in found.metric_infos]
    assert metrics == [("b/rlne", ""), ("a/rlne", ""), ("a/rlne", "published")]
    infos = {info.name: info for info in found.hparam_infos}
    assert (infos["growth"].domain_interval.min_value, infos["growth"].domain_interval.max_value) == (8, 16)
    assert list(infos["preset"].domain_discrete) == ["paper", "quick"]
    assert list(infos["odd"].domain_discrete) == ["no", "true"]
