"""Sessions in one process, on the backend of the tests; kills of whole processes are in test_kill.py."""

import contextlib
import json
import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from common.errors import RunError
from common.reporting.events import read_events, read_scalars
from common.reporting.weights import weights_sha256
from common.training import fingerprint
from common.training.checkpoint import Checkpoints
from common.training.findings import Findings
from common.training.session import Session
from tests.common.training import tiny
from tests.common.training.test_storage import small_disk
from tests.common.training.tiny import Config, open_session, train

SMALL = Config(epochs=2, width=0)


class Stopped(Exception):
    pass


def stop_at(*calls):
    """A ``figures`` function, called at epochs 0, 1, 2, that breaks off at calls with these numbers."""
    count = iter(range(100))

    def figures(model):
        if next(count) in calls:
            raise Stopped
        return {}

    return figures


def summary(session, part="network"):
    return json.loads((session.folder / "weights" / f"{part}.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run: its folder and its record."""
    with open_session(tmp_path_factory.mktemp("whole")) as session:
        for part in tiny.PARTS:
            train(session, part)
        session.used("simulated", "test", {})
        session.note("a note")
        session.measure("simulated/all/rlne", 0.25)
        session.measure("simulated/all/rlne", 0.75)
        session.measure("simulated/all/rlne", 0.9, method="ist_s")
        return session.folder, session.finish()


def test_a_run_broken_off_again_and_again_ends_with_the_same_weights(whole, tmp_path):
    folder, record = whole
    for call in (0, 1, 2):
        with pytest.raises(Stopped):
            tiny.checksums(tmp_path, figures=stop_at(call))
    found = tiny.checksums(tmp_path)
    again = tmp_path / "tiny" / folder.name
    assert found == {name: part["weights_sha256"] for name, part in record["parts"].items()}
    for kind in ("train", "validation"):
        for part in tiny.PARTS:
            assert read_scalars(again / kind / part) == read_scalars(folder / kind / part)


def test_training_is_that_of_keras_itself(tmp_path):
    import keras

    from common.training.batches import part_seed

    config = Config()
    with open_session(tmp_path, config) as session:
        train(session, "network", monitor=None)
        history = summary(session)["history"]
    keras.utils.set_random_seed(part_seed(3, "network"))
    model = tiny.build(config)
    dataset, validation = tiny.batches("train").dataset(), tiny.batches("validation").dataset()
    for epoch in range(3):
        dataset.epoch = epoch
        logs = model.fit(dataset, validation_data=validation, verbose=0, shuffle=False).history
        assert {name: values[0] for name, values in logs.items()} == pytest.approx(history[epoch], rel=1e-6)


def test_events_have_kerass_names_and_each_epoch_once(whole):
    folder, _ = whole
    train_events, validation = (read_scalars(folder / kind / "second/0") for kind in ("train", "validation"))
    assert sorted(train_events) == ["epoch_learning_rate", "epoch_loss", "epoch_mae"]
    assert sorted(validation) == ["epoch_loss", "epoch_mae"]
    for values in (*train_events.values(), *validation.values()):
        assert [step for step, _ in values] == list(range(3))
    assert train_events["epoch_learning_rate"][0][1] == pytest.approx(0.01)


def test_the_record_says_what_was_done_and_found(whole):
    folder, record = whole
    assert record == json.loads((folder / "record.json").read_text())
    assert record["status"] == "complete"
    assert record["metrics"]["simulated/all/rlne"]["value"] == 0.5
    assert record["baselines"]["ist_s"]["simulated/all/rlne"]["n"] == 1
    assert record["parts"]["first"]["epochs"] == 3
    assert record["parts"]["first"]["parameters"] == 6 * 8 + 8 + 4 * 8 + 8 + 1
    assert record["trained"]["seconds"] > 0
    assert record["data"] == {"simulated": {"roles": ["test"], "checksums": {}}}
    root = [event for path in folder.glob("events*") for event in read_events(path)]
    tags = {value.tag for event in root for value in event.summary.value}
    assert {"simulated/all/rlne", "notes", "_hparams_/session_end_info"} <= tags


def test_finished_parts_and_runs_are_not_trained_again(whole, monkeypatch):
    folder, record = whole
    monkeypatch.setattr("common.training.session.Fit", None)
    with open_session(folder.parents[1]) as session:
        assert session.record == record
        model = train(session, "first")
        expected = session.trained("first", tiny.build())
        for ours, wanted in zip(model.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, wanted)


def test_weights_depend_on_seed_and_part_alone(tmp_path):
    with open_session(tmp_path) as session:
        first = session.build(tiny.build, "first").get_weights()[0]
        second = session.build(tiny.build, "second/0").get_weights()[0]
        again = session.build(tiny.build, "first").get_weights()[0]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


def test_weights_files_hold_no_optimizer_and_their_checksum_no_file_dates(whole, tmp_path):
    import h5py

    folder, record = whole
    path = folder / "weights" / "first.weights.h5"
    with h5py.File(path) as file:
        assert not len(file.get("optimizer/vars", []))
    model = tiny.build()
    model.optimizer = None
    model.load_weights(path)
    model.save_weights(tmp_path / "again.weights.h5")
    assert weights_sha256(tmp_path / "again.weights.h5") == record["parts"]["first"]["weights_sha256"]
    model.set_weights([values + 1e-6 for values in model.get_weights()])
    model.save_weights(tmp_path / "other.weights.h5")
    assert weights_sha256(tmp_path / "other.weights.h5") != record["parts"]["first"]["weights_sha256"]


def worsening(indices, rng):
    """Validation targets that the network, which learns to give their opposite, misses more and more."""
    inputs, targets = tiny.make(indices, rng)
    return inputs, -targets


def test_the_best_epoch_is_kept_across_a_resume(tmp_path):
    config = Config(epochs=4, rate=0.1)
    with open_session(tmp_path, config) as session:
        validation = tiny.batches("validation", worsening)
        with pytest.raises(Stopped):
            train(session, "network", validation=validation, figures=stop_at(1))
        model = train(session, "network", validation=validation)
        result = summary(session)
        losses = [logs["val_loss"] for logs in result["history"]]
        # Trap: a resumed ModelCheckpoint forgets the best and takes the first epoch it sees.
        assert result["best_epoch"] == np.argmin(losses) == 0
        again = model.evaluate(validation.dataset(), verbose=0, return_dict=True)
        assert again["loss"] == pytest.approx(losses[0], rel=1e-6)


def test_without_monitor_or_validation_the_last_epoch_is_kept(tmp_path):
    with open_session(tmp_path, SMALL) as session:
        train(session, "network", validation=None)
        assert summary(session)["best_epoch"] is None
        with pytest.raises(ValueError, match=r"cannot monitor 'val_los'; an epoch logs loss, mae, val_loss"):
            train(session, "other", monitor="val_los")


def test_workers_change_no_weight(whole, tmp_path):
    _, record = whole
    with open_session(tmp_path) as session:
        train(session, "first", batches=tiny.batches("train", workers=3))
        assert summary(session, "first")["weights_sha256"] == record["parts"]["first"]["weights_sha256"]


def test_checkpoints_can_be_rare_and_change_no_weight(whole, tmp_path):
    _, record = whole
    with open_session(tmp_path) as session:
        with pytest.raises(Stopped):
            train(session, "first", figures=stop_at(2), checkpoint_seconds=1000.0)
        assert not list((session.folder / "checkpoints").rglob("*.npz"))
        train(session, "first", checkpoint_seconds=1000.0)
        assert summary(session, "first")["weights_sha256"] == record["parts"]["first"]["weights_sha256"]


def test_a_part_killed_between_its_last_checkpoint_and_its_weights_is_finished(whole, tmp_path, monkeypatch):
    _, record = whole
    with open_session(tmp_path) as session:
        with monkeypatch.context() as patch:
            patch.setattr(session._parts, "store", stop_at(0))
            with pytest.raises(TypeError):
                train(session, "first")
        train(session, "first")
        assert summary(session, "first")["weights_sha256"] == record["parts"]["first"]["weights_sha256"]
        assert not list((session.folder / "checkpoints").rglob("*.npz"))


def test_seconds_add_up_over_resumes(tmp_path):
    with open_session(tmp_path, SMALL) as session:
        with pytest.raises(Stopped):
            train(session, "network", figures=stop_at(1))
        checkpoints = Checkpoints(session.folder / "checkpoints", "network")
        checkpoint = checkpoints.load()
        checkpoint.state["state"]["seconds"] = 1000.0
        checkpoints.save(checkpoint)
        train(session, "network")
        assert 1000 < summary(session)["seconds"] < 1100


@pytest.fixture
def source(tmp_path, monkeypatch):
    """The code of a reproduction, in a place where a test can change it."""
    folder = tmp_path / "code" / "reproductions" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text("one")
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path / "code")
    return folder / "model.py"


@pytest.mark.parametrize("finished", [False, True])
def test_changed_code_is_refused_until_fresh(source, tmp_path, finished):
    with open_session(tmp_path, SMALL) as session, contextlib.suppress(Stopped):
        train(session, "network", figures=None if finished else stop_at(1))
    source.write_text("two")
    with open_session(tmp_path, SMALL) as session, pytest.raises(RunError, match=r"model\.py; .* --fresh"):
        train(session, "network")
    with open_session(tmp_path, SMALL, fresh=True) as session:
        assert not (session.folder / "checkpoints").exists()
        assert not (session.folder / "weights").exists()
        train(session, "network")


def test_changed_data_are_refused_but_not_those_of_tests(tmp_path):
    with open_session(tmp_path, SMALL) as session:
        session.used("shifts", "train", {"a.csv": "1"})
        with pytest.raises(Stopped):
            train(session, "network", figures=stop_at(1))
    with open_session(tmp_path, SMALL) as session:
        session.used("shifts", "train", {"a.csv": "2"})
        with pytest.raises(RunError, match=r"different shifts/a\.csv;"):
            train(session, "network")
    with open_session(tmp_path, SMALL) as session:
        session.used("shifts", "train", {"a.csv": "1"})
        session.used("spectra", "test", {"b.ft2": "3"})
        train(session, "network")


def test_nothing_is_trained_or_chosen_on_test_cases(tmp_path):
    tested = tiny.batches("train", uses=(("nus", "acbp", "development"), ("nus", "savinase", "test")))
    with open_session(tmp_path, SMALL) as session:
        for name in ("batches", "validation"):
            with pytest.raises(RunError, match="case savinase of nus is a test case"):
                train(session, "network", **{name: tested})


def nan_after(batches_seen):
    count = iter(range(10_000))

    def make(indices, rng):
        inputs, targets = tiny.make(indices, rng)
        return inputs, targets * (math.nan if next(count) > batches_seen else 1)

    return make


def test_a_loss_that_is_no_number_stops_the_run_as_diverged(tmp_path):
    words = r"loss of part network is not a finite number in epoch \d of 3"
    with pytest.raises(RunError, match=words), open_session(tmp_path) as session:
        train(session, "network", batches=tiny.batches("train", nan_after(4)))
    record = json.loads((session.folder / "record.json").read_text())
    assert record["status"] == "diverged"
    with open_session(tmp_path) as session:
        assert session.record is None
        kept = Checkpoints(session.folder / "checkpoints", "network").load()
        assert all(np.isfinite(array).all() for array in kept.groups["variables"])


def test_a_terminated_run_says_so_and_goes_on_later(whole, tmp_path):
    def terminate(model):
        os.kill(os.getpid(), signal.SIGTERM)
        return {}

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), open_session(tmp_path) as session:
        train(session, "first", figures=terminate)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert json.loads((session.folder / "record.json").read_text())["status"] == "interrupted"
    with open_session(tmp_path) as session:
        train(session, "first")
        assert summary(session, "first")["weights_sha256"] == whole[1]["parts"]["first"]["weights_sha256"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupt_that_a_library_drops_ends_the_training_all_the_same(number, tmp_path):
    def drop(model):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(number)
        return {}

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    try:
        with pytest.raises(KeyboardInterrupt), open_session(tmp_path) as session:
            train(session, "first", figures=drop)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert json.loads((session.folder / "record.json").read_text())["status"] == "interrupted"


def test_an_interrupt_dropped_after_the_training_leaves_no_record_of_a_finished_run(tmp_path):
    with open_session(tmp_path) as session:
        train(session, "first")
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            session.finish()
    assert session.record is None


def test_a_run_killed_before_its_record_is_finished_again_and_keeps_no_checkpoint(tmp_path, monkeypatch):
    def stop(session, record):
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Session, "_write_record", stop)
        with contextlib.suppress(Stopped), open_session(tmp_path, SMALL) as session:
            train(session, "first")
            session.measure("simulated/all/rlne", 0.25)
            session.finish()
    session.close()
    # as if killed before the checkpoints of the part were removed
    (session.folder / "checkpoints").mkdir()
    (session.folder / "checkpoints" / "first-00002.npz").touch()
    with open_session(tmp_path, SMALL) as session:
        assert session.record is None
        session.measure("simulated/all/rlne", 0.5)
        session.finish()
    assert read_scalars(session.folder)["simulated/all/rlne"] == [(0, 0.5)]
    assert not (session.folder / "checkpoints").exists()


def test_a_full_disk_is_said_and_what_was_done_is_kept(whole, tmp_path):
    def fill(model):
        limit.enter_context(small_disk(1500))
        return {}

    words = r"cannot write .*File too large"
    with (
        contextlib.ExitStack() as limit,
        pytest.raises(RunError, match=words),
        open_session(tmp_path) as session,
    ):
        train(session, "first", figures=fill)
    assert not [path for path in session.folder.rglob(".*") if path.name != ".lock"]
    with open_session(tmp_path) as session:
        train(session, "first")
        assert summary(session, "first")["weights_sha256"] == whole[1]["parts"]["first"]["weights_sha256"]


def test_a_full_disk_while_weights_are_written_leaves_the_part_to_be_finished(whole, tmp_path):
    with open_session(tmp_path) as session:
        real, session._parts.store = session._parts.store, None

        def store(*arguments):
            with small_disk(1500):
                real(*arguments)

        session._parts.store = store
        with pytest.raises(RunError, match=r"cannot write .*first\.weights\.h5"):
            train(session, "first")
        assert not list((session.folder / "weights").iterdir())
        session._parts.store = real
        train(session, "first")
        assert summary(session, "first")["weights_sha256"] == whole[1]["parts"]["first"]["weights_sha256"]


def test_two_sessions_of_one_run_are_refused(tmp_path):
    with open_session(tmp_path), pytest.raises(RunError, match=f"pid {os.getpid()}"):
        open_session(tmp_path)
    open_session(tmp_path).close()


def test_an_existing_run_is_evaluated_again_and_keeps_what_training_found(tmp_path, monkeypatch):
    with open_session(tmp_path, SMALL) as session:
        session.used("shifts", "train", {"a.csv": "1"})
        session.note("trained so")
        train(session, "network")
        session.note("evaluated so")
        session.finish()
    with Session.reopen(session.folder, Config) as again:
        assert (again.config, again.seed, again.id) == (session.config, 3, session.id)
        again.trained("network", tiny.build(SMALL))
        record = again.finish()
    assert record["notes"] == ["trained so"]
    assert record["data"] == {"shifts": {"roles": ["train"], "checksums": {"a.csv": "1"}}}
    monkeypatch.chdir(session.folder)
    with Session.reopen(".", Config) as here:
        assert here.id == session.id
    with pytest.raises(RunError, match="is no run"):
        Session.reopen(tmp_path / "nowhere", Config)
    assert not (tmp_path / "nowhere").exists()


def test_a_figure_stays_in_its_folder(tmp_path):
    for name in ("../weights/figure", "/figure", "a/../../figure"):
        with pytest.raises(ValueError, match="leads out of its folder"):
            Findings(tmp_path).figure(name, None)
    assert not list(tmp_path.iterdir())


def test_missing_damaged_and_foreign_weights_are_one_line(whole, tmp_path):
    with open_session(tmp_path) as session:
        with pytest.raises(RunError, match="not trained yet"):
            session.trained("network", tiny.build())
        path = session.folder / "weights" / "network.weights.h5"
        path.parent.mkdir()
        content = (whole[0] / "weights" / "first.weights.h5").read_bytes()
        for damaged in (b"", b"torn", content[: len(content) // 2]):
            path.write_bytes(damaged)
            with pytest.raises(RunError, match="damaged or of another network"):
                session.trained("network", tiny.build())
        path.write_bytes(content)
        with pytest.raises(RunError, match="another network"):
            session.trained("network", tiny.build(Config(width=16)))


def test_only_models_from_build_are_trained(tmp_path):
    with open_session(tmp_path) as session, pytest.raises(ValueError, match=r"session\.build"):
        session.fit(tiny.build(), tiny.batches("train"), epochs=1)


def test_progress_is_a_few_plain_lines_where_there_is_no_terminal(tmp_path, capsys):
    with open_session(tmp_path, SMALL) as session:
        train(session, "network")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("network  epoch 2/2  loss ")
    assert lines[0].endswith("0:00:00 left")


def test_the_backend_is_known_without_keras(tmp_path):
    code = "import sys; from common.training import fingerprint; print(fingerprint.backend());"
    code += "assert 'keras' not in sys.modules"
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAS")}
    cases = [({"KERAS_HOME": str(tmp_path)}, "torch"), ({"KERAS_BACKEND": "jax"}, "jax")]
    for extra, wanted in [*cases, ({"KERAS_HOME": str(tmp_path / "none")}, "tensorflow")]:
        done = subprocess.run([sys.executable, "-c", code], env=clean | extra, capture_output=True, text=True)
        assert done.stdout.strip() == wanted
