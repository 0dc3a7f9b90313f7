"""Publishing: what is copied, what is refused, and that it is all or nothing."""

import json

import h5py
import numpy as np
import pytest

from common.errors import FormatError, RunError
from common.reporting import publish as module
from common.reporting.events import event_files, read_events, read_scalars
from common.reporting.publish import applied, publish
from common.reporting.published import Figure, Published
from common.reporting.record import read_record
from common.reporting.weights import halve, weights_sha256
from tests.common.reporting.fabricate import R2, RLNE, record, run_folder
from tests.processes import output

CLEAN = {"commit": "0" * 40, "dirty": False}
PUBLISHED = Published((Figure(RLNE, "value", 0.04),), (RLNE, "timing/all/seconds"), (), ("ist_s",))


def complete(seed=0, **changes):
    return record(seed, {RLNE: 0.05, "timing/all/seconds": 0.1}, {"ist_s": {RLNE: 0.08}}, **changes)


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_evidence_is_copied_small_with_the_published_figure_beside_ours(tmp_path):
    run = run_folder(tmp_path / "runs", complete(), epochs=60)
    assert size(run) > module.LIMIT
    folder = publish(run, tmp_path / "results", PUBLISHED, code=CLEAN)
    assert folder == tmp_path / "results" / "qu_cnn" / run.name
    assert size(folder) <= module.LIMIT
    assert sorted(path.name for path in folder.iterdir() if "tfevents" not in path.name) == [
        "config.json",
        "published",
        "record.json",
        "train",
        "validation",
    ]
    assert read_record(folder / "record.json") == complete()
    assert read_scalars(folder / "train") == read_scalars(run / "train")
    assert read_scalars(folder)[RLNE] == [(0, pytest.approx(0.05))]
    assert read_scalars(folder / "published") == {RLNE: [(0, pytest.approx(0.04))]}
    images = [
        event.step
        for path in event_files(folder / "train")
        for event in read_events(path)
        if any(value.tag == "contours" for value in event.summary.value)
    ]
    assert images == [59]


def test_for_apply_adds_weights_and_figures_and_names_the_run(tmp_path):
    first, second = (run_folder(tmp_path / "runs", complete(seed)) for seed in (0, 1))
    other = run_folder(tmp_path / "runs", complete(variant="deeper", id="paper-deeper-jax-s0-1"))
    folders = [
        publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
        for run in (first, second, other)
    ]
    named = tmp_path / "results" / "qu_cnn" / "apply.toml"
    assert applied(named) == {"faithful": second.name, "deeper": other.name}
    for folder in folders[1:]:
        assert (folder / "weights" / "network.weights.h5").is_file()
        assert (folder / "weights" / "network.json").is_file()
        assert (folder / "figures" / "contours.png").is_file()
    assert not (folders[0] / "weights").exists()
    assert read_record(folders[0] / "record.json")["seed"] == 0
    # as a process leaves them that is killed between naming the new run and removing them
    (folders[0] / "weights").mkdir()
    publish(second, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    assert [(folder / "weights").exists() for folder in folders] == [False, True, True]


def test_publishing_again_replaces_and_keeps_the_weights_of_the_named_run(tmp_path):
    run = run_folder(tmp_path / "runs", complete())
    folder = publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    (folder / "stray").write_text("old")
    publish(run, tmp_path / "results", PUBLISHED, code=CLEAN)
    assert not (folder / "stray").exists()
    assert (folder / "weights" / "network.weights.h5").is_file()
    assert [path.name for path in (tmp_path / "results" / "qu_cnn").glob(".*")] == []


def with_environment(**changes):
    made = complete()
    made["trained"] |= changes
    return made


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (with_environment(dirty=True), CLEAN, "trained by code that no commit holds"),
        (complete(), CLEAN | {"dirty": True}, "uncommitted changes"),
        (complete(status="interrupted"), CLEAN, "interrupted"),
        (complete(left_out={"nus_hsqc": "offline"}), CLEAN, "nus_hsqc"),
        (
            record(0, {R2: 0.9}, {"ist_s": {RLNE: 1}}),
            CLEAN,
            "missing: simulated/all/rlne, timing/all/seconds;",
        ),
        (record(0, {RLNE: 1, "timing/all/seconds": 1}, {"ist_s": {}}), CLEAN, "simulated/all/rlne of ist_s"),
        (record(0, {RLNE: 1, "timing/all/seconds": 1}, {"other": {RLNE: 1}}), CLEAN, "rlne of ist_s"),
    ],
)
def test_what_cannot_be_believed_is_refused(tmp_path, made, code, said):
    run = run_folder(tmp_path / "runs", made)
    with pytest.raises(RunError, match="cannot be published") as refused:
        publish(run, tmp_path / "results", PUBLISHED, code=code)
    assert said in str(refused.value)
    assert not (tmp_path / "results").exists()


def test_an_unknown_commit_is_accepted_and_a_run_without_record_refused(tmp_path):
    made = with_environment(commit="unknown", dirty=None)
    publish(run_folder(tmp_path / "runs", made), tmp_path / "results", PUBLISHED, code=CLEAN)
    (tmp_path / "runs" / "qu_cnn" / made["id"] / "record.json").unlink()
    with pytest.raises(RunError, match=r"has no record\.json"):
        publish(tmp_path / "runs" / "qu_cnn" / made["id"], tmp_path / "results", PUBLISHED, code=CLEAN)


def test_a_diverged_run_is_published_to_be_counted_but_not_applied(tmp_path):
    made = complete(status="diverged") | {"metrics": {}, "baselines": {}}
    run = run_folder(tmp_path / "runs", made)
    with pytest.raises(RunError, match="diverged"):
        publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    folder = publish(run, tmp_path / "results", PUBLISHED, code=CLEAN)
    assert read_record(folder / "record.json")["status"] == "diverged"


def test_large_weights_are_halved_and_scored_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FULL_LIMIT", 300_000)
    run = run_folder(tmp_path / "runs", complete(), weights=100_000)
    with pytest.raises(RunError, match="scored again"):
        publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    assert not list((tmp_path / "results" / "qu_cnn").iterdir())
    seen = {}

    def rescore(folder):
        path = folder / "weights" / "network.weights.h5"
        seen["bytes"] = path.stat().st_size
        summary = json.loads((folder / "weights" / "network.json").read_text())
        assert summary["weights_sha256"] == weights_sha256(path)
        assert (folder / "config.json").is_file()
        again = complete()
        again["metrics"][RLNE]["value"] = 0.0501
        return again

    folder = publish(run, tmp_path / "results", PUBLISHED, for_apply=True, rescore=rescore, code=CLEAN)
    assert seen["bytes"] < 220_000
    found = read_record(folder / "record.json")
    assert found["metrics"][RLNE]["value"] == 0.0501
    assert found["notes"] == ["Scored with weights in half precision, as published."]
    assert read_record(run / "record.json") == complete()


def test_a_failure_on_the_way_leaves_what_was_there(tmp_path, monkeypatch):
    run = run_folder(tmp_path / "runs", complete())
    folder = publish(run, tmp_path / "results", PUBLISHED, code=CLEAN)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "thin", full)
    with pytest.raises(OSError, match="No space"):
        publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_halving_rounds_floats_and_leaves_the_rest(tmp_path):
    whole, half = tmp_path / "whole.h5", tmp_path / "half.h5"
    with h5py.File(whole, "w") as file:
        file["a/0"] = np.array([1.0, 1 / 3, np.inf, 65504], np.float32)
        file["a/0"].attrs["name"] = "kernel"
        file["a/1"] = np.array([2**40])
        file.create_group("b/vars")
    halve(whole, half)
    with h5py.File(half) as file:
        assert file["a/0"].dtype == np.float16
        np.testing.assert_array_equal(file["a/0"][()], np.array([1.0, 1 / 3, np.inf, 65504], np.float16))
        assert file["a/0"].attrs["name"] == "kernel"
        assert file["a/1"][()] == 2**40
        assert "b/vars" in file
    with h5py.File(whole, "a") as file:
        file["c"] = np.array([70_000], np.float32)
    with pytest.raises(ValueError, match="c has values too large"):
        halve(whole, half)


HALVED_IN_KERAS = """
import sys, keras, numpy as np
from common.reporting.weights import halve
keras.utils.set_random_seed(0)
layers = keras.layers
build = lambda: keras.Sequential([keras.Input((8,)), layers.Dense(16), layers.BatchNormalization()])
model, other = build(), build()
whole, half = sys.argv[1] + "/whole.weights.h5", sys.argv[1] + "/half.weights.h5"
model.save_weights(whole)
halve(whole, half)
other.load_weights(half)
x = np.ones((2, 8), np.float32)
assert {str(v.dtype) for v in other.variables} == {"float32"}
given, loaded, fresh = (np.asarray(each(x)) for each in (model, other, build()))
np.testing.assert_allclose(loaded, given, rtol=2e-3, atol=2e-3)
assert np.abs(fresh - given).max() > 0.1
"""


@pytest.mark.slow
def test_keras_loads_halved_weights_into_a_full_model(tmp_path):
    output("-c", HALVED_IN_KERAS, tmp_path, KERAS_BACKEND="jax")


def test_a_weights_sum_depends_on_content_alone(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    for path, names in zip(paths, (("x", "y"), ("y", "x"), ("x", "z")), strict=True):
        with h5py.File(path, "w", track_order=True) as file:
            for name in names:
                file[name] = np.arange(3.0)
    first, second, third = map(weights_sha256, paths)
    assert first == second != third


@pytest.mark.parametrize(("key", "name"), [("name", "../../other"), ("id", "../../other"), ("id", "/other")])
def test_a_record_cannot_be_published_elsewhere(tmp_path, key, name):
    run = run_folder(tmp_path / "runs", complete())
    changed = json.loads((run / "record.json").read_text()) | {key: name}
    (run / "record.json").write_text(json.dumps(changed))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FormatError, match="no name of a folder"):
        publish(run, tmp_path / "deep" / "results", PUBLISHED, code=CLEAN)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("place", ["weights/more.weights.h5", "figures/secret.png"])
def test_what_a_run_only_points_to_is_not_published(tmp_path, place):
    run = run_folder(tmp_path / "runs", complete())
    (tmp_path / "secret").write_text("of this machine")
    (run / place).parent.mkdir(exist_ok=True)
    (run / place).symlink_to(tmp_path / "secret")
    with pytest.raises(RunError, match=f"{place} is a link to a file elsewhere"):
        publish(run, tmp_path / "results", PUBLISHED, for_apply=True, code=CLEAN)
    assert not list(tmp_path.glob("results/*/*"))


@pytest.mark.parametrize("text", ["a = 3", "faithful", "[faithful]\nrun = 'a'", "faithful = '../../a'"])
def test_a_wrong_apply_file_is_refused(tmp_path, text):
    (tmp_path / "apply.toml").write_text(text)
    with pytest.raises(FormatError, match=r"apply\.toml"):
        applied(tmp_path / "apply.toml")
