"""Event files: read back by TensorBoard's reader, without TensorFlow, cut on resume, thinned to publish."""

import sys

import numpy as np
import pytest

from common.reporting.events import EventWriter, event_files, read_events, read_scalars, thin
from tests.common.reporting.fabricate import png
from tests.processes import output


def accumulated(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder)).Reload()


@pytest.fixture
def without_tensorflow(monkeypatch):
    """TensorBoard's reader also asks for TensorFlow; its stub is enough and 20 s faster."""
    import types

    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", types.ModuleType("notf"))


def values(folder):
    """Every summary value in a folder."""
    events = (event for path in event_files(folder) for event in read_events(path))
    return [value for event in events for value in event.summary.value]


def test_tensorboards_reader_finds_what_was_written(tmp_path, without_tensorflow):
    with EventWriter(tmp_path) as writer:
        for step, value in enumerate((3.0, 2.5, float("nan"))):
            writer.scalar("epoch_loss", np.float32(value), step)
        writer.image("contours", png(7, 5), 2)
        writer.histogram("weights", [0.0, 1.0, np.inf, 1.0], 2)
        writer.text("readme", "# Title")
        writer.hparams({"depth": 5, "rates": (0.1, 0.2), "none": None, "on": True}, "run-1")
        writer.session_end(ok=True)
    events = accumulated(tmp_path)
    assert set(events.Tags()["tensors"]) >= {"epoch_loss", "contours", "weights", "readme"}
    assert [event.tensor_proto.float_val[0] for event in events.Tensors("epoch_loss")][:2] == [3.0, 2.5]
    width, height, data = events.Tensors("contours")[0].tensor_proto.string_val
    assert (width, height, data) == (b"7", b"5", png(7, 5))
    content = events.PluginTagToContent("hparams")
    from tensorboard.plugins.hparams import api_pb2, metadata

    start = metadata.parse_session_start_info_plugin_data(content["_hparams_/session_start_info"])
    assert start.group_name == "run-1"
    assert start.hparams["depth"].number_value == 5
    assert start.hparams["on"].bool_value is True
    assert (start.hparams["rates"].string_value, start.hparams["none"].string_value) == ("(0.1, 0.2)", "None")
    end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"])
    assert end.status == api_pb2.STATUS_SUCCESS


def test_histogram_counts_the_finite_values(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.histogram("weights", np.array([[0.0, 1.0], [np.nan, 4.0]]), 0)
    from tensorboard.util import tensor_util

    (value,) = values(tmp_path)
    buckets = tensor_util.make_ndarray(value.tensor)
    assert (buckets[0, 0], buckets[-1, 1], buckets[:, 2].sum()) == (0.0, 4.0, 3.0)


def test_image_refuses_what_is_no_png(tmp_path):
    with EventWriter(tmp_path) as writer, pytest.raises(ValueError, match="not a PNG"):
        writer.image("photo", b"JFIF" * 10, 0)


def test_nothing_imports_tensorflow():
    script = """
import sys, tempfile
from common.reporting.events import EventWriter, read_scalars, thin
assert not {"tensorboard", "matplotlib", "numpy"} & set(sys.modules), "heavy imports at module level"
with tempfile.TemporaryDirectory() as folder:
    for keep in (None, 3):
        with EventWriter(folder + "/a/train", keep_until=keep) as writer:
            writer.scalar("x", 1.0, 1); writer.histogram("h", [1.0, 2.0], 1); writer.text("t", "t")
            writer.hparams({"a": 1}, "t"); writer.session_end(True)
    assert read_scalars(folder + "/a/train") == {"x": [(1, 1.0), (1, 1.0)]}
    thin(folder + "/a", folder + "/b", 10000)
assert "tensorflow" not in sys.modules
"""
    output("-c", script)


def test_resume_leaves_each_step_once(tmp_path):
    with EventWriter(tmp_path) as first:
        first.text("readme", "kept")
        for step in range(6):
            first.scalar("loss", step, step)
        first.session_end(ok=False)
    with EventWriter(tmp_path, keep_until=3) as second:
        for step in (4, 5):
            second.scalar("loss", 10 * step, step)
    assert read_scalars(tmp_path) == {"loss": [(0, 0), (1, 1), (2, 2), (3, 3), (4, 40), (5, 50)]}
    tags = [
        value.tag
        for path in event_files(tmp_path)
        for event in read_events(path)
        for value in event.summary.value
    ]
    assert "readme" in tags
    assert "_hparams_/session_end_info" not in tags
    for path in event_files(tmp_path):
        assert next(read_events(path)).file_version == "brain.Event:2"


def test_start_over_leaves_nothing_but_readable_files(tmp_path, without_tensorflow):
    with EventWriter(tmp_path) as first:
        first.scalar("loss", 1.0, 0)
    with EventWriter(tmp_path, keep_until=-1) as second:
        second.scalar("loss", 2.0, 0)
    assert read_scalars(tmp_path) == {"loss": [(0, 2.0)]}
    assert [event.step for event in accumulated(tmp_path).Tensors("loss")] == [0]


def test_torn_record_ends_a_file_and_resume_removes_it(tmp_path):
    with EventWriter(tmp_path) as first:
        first.scalar("loss", 1.0, 0)
        first.scalar("loss", 2.0, 1)
    whole = first.path.read_bytes()
    for cut in (1, 7, 20, 30):
        first.path.write_bytes(whole[:-cut])
        assert read_scalars(tmp_path) == {"loss": [(0, 1.0)]}
    EventWriter(tmp_path, keep_until=5).close()
    first.path.write_bytes(first.path.read_bytes() + whole[-50:-10])
    assert read_scalars(tmp_path) == {"loss": [(0, 1.0)]}
    assert not list(tmp_path.glob(".writing-*"))


def test_damage_anywhere_ends_the_reading_before_it(tmp_path):
    with EventWriter(tmp_path) as writer:
        for step in range(4):
            writer.scalar("loss", step, step)
    whole = writer.path.read_bytes()
    for place in range(len(whole)):
        writer.path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        read = read_scalars(tmp_path).get("loss", [])
        assert read == [(0, 0.0), (1, 1.0), (2, 2.0)][: len(read)]


def test_live_tensorboard_forgets_the_steps_done_again(tmp_path, without_tensorflow):
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    with EventWriter(tmp_path) as first:
        for step in range(6):
            first.scalar("loss", step, step)
    watching = EventAccumulator(str(tmp_path)).Reload()
    with EventWriter(tmp_path, keep_until=2) as second:
        second.scalar("loss", 30, 3)
    watching.Reload()
    assert [event.step for event in watching.Tensors("loss")] == [0, 1, 2, 3]


def test_a_second_writer_that_resumes_nothing_adds(tmp_path, without_tensorflow):
    for step in range(2):
        with EventWriter(tmp_path) as writer:
            writer.scalar("loss", 0.5, step)
    assert [event.step for event in accumulated(tmp_path).Tensors("loss")] == [0, 1]


def test_thin_keeps_scalars_ends_texts_and_last_images(tmp_path):
    source, destination = tmp_path / "run", tmp_path / "published"
    with EventWriter(source / "train") as writer:
        writer.text("readme", "words")
        for step in range(3000):
            writer.scalar("epoch_loss", step / 2, step)
        for step in range(4):
            writer.image("contours", png(8, 8, filler=bytes([65 + step]) * 5000), step)
        writer.image("huge", png(8, 8, filler=b"x" * 60000), 9)
    with EventWriter(source / "validation") as writer:
        writer.scalar("epoch_loss", 1.0, 7)
    size = thin(source, destination, 40_000)
    assert sum(path.stat().st_size for path in destination.rglob("*tfevents*")) == size <= 40_000
    points = read_scalars(destination / "train")["epoch_loss"]
    assert points[0] == (0, 0.0)
    assert points[-1] == (2999, 1499.5)
    assert points == sorted(points)
    assert len(points) > 100
    assert set(points) <= {(step, step / 2) for step in range(3000)}
    assert read_scalars(destination / "validation") == {"epoch_loss": [(7, 1.0)]}
    found = values(destination / "train")
    images = [value.tensor.string_val[2] for value in found if value.tag == "contours"]
    assert images == [png(8, 8, b"D" * 5000)]
    assert {value.tag for value in found} == {"readme", "epoch_loss", "contours"}


def test_thin_leaves_small_files_whole_and_refuses_the_impossible(tmp_path):
    with EventWriter(tmp_path / "run" / "train") as writer:
        for step in range(20):
            writer.scalar("epoch_loss", step, step)
    thin(tmp_path / "run", tmp_path / "small", 300_000)
    assert read_scalars(tmp_path / "small" / "train") == read_scalars(tmp_path / "run" / "train")
    with EventWriter(tmp_path / "run" / "train") as writer:
        writer.text("readme", "x" * 5000)
    with pytest.raises(ValueError, match="more than 1000"):
        thin(tmp_path / "run", tmp_path / "none", 1000)


def test_thin_shows_the_scores_of_a_run_scored_again(tmp_path):
    for folder in ("run", "run/train"):
        with EventWriter(tmp_path / folder) as events:
            events.scalar("simulated/all/rlne", 0.05, 0)
            events.scalar("epoch_loss", 0.5, 0)
    thin(tmp_path / "run", tmp_path / "thin", 300_000, scores={"simulated/all/rlne": 0.0501, "other": 1.0})
    found = read_scalars(tmp_path / "thin")
    assert found["simulated/all/rlne"][0][1] == pytest.approx(0.0501)
    assert found["epoch_loss"][0][1] == pytest.approx(0.5)
    assert set(found) == {"simulated/all/rlne", "epoch_loss"}
    assert read_scalars(tmp_path / "thin" / "train")["simulated/all/rlne"][0][1] == pytest.approx(0.05)


def test_thin_keeps_the_images_of_the_run_before_those_of_its_parts(tmp_path):
    image = png(8, 8, filler=b"x" * 5000)
    for folder, step in (("run", 0), ("run/train", 9)):
        with EventWriter(tmp_path / folder) as events:
            events.image("figure", image, step)
    room = thin(tmp_path / "run", tmp_path / "both", 10**6) - len(image) // 2
    thin(tmp_path / "run", tmp_path / "one", room)
    kept = [
        sum(
            value.tag == "figure"
            for event in read_events(event_files(folder)[0])
            for value in event.summary.value
        )
        for folder in (tmp_path / "one", tmp_path / "one" / "train")
    ]
    assert kept == [1, 0]


def test_steps_stay_in_order_where_the_clock_was_set_back(tmp_path, monkeypatch, without_tensorflow):
    for keep, begins, now in ((-1, 0, 2 * 10**18), (1, 2, 10**18), (2, 3, 10**18)):
        monkeypatch.setattr("common.reporting.events.time.time_ns", lambda now=now: now)
        with EventWriter(tmp_path, keep_until=keep) as writer:
            for step in range(begins, 4):
                writer.scalar("epoch_loss", now / 1e18, step)
    assert [step for step, _ in read_scalars(tmp_path)["epoch_loss"]] == [0, 1, 2, 3]
    assert [event.step for event in accumulated(tmp_path).Tensors("epoch_loss")] == [0, 1, 2, 3]
