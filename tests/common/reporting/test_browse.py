"""TensorBoard on a published run, asked over HTTP as a browser asks it."""

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest

from common.errors import RunError
from common.reporting.browse import serve
from common.reporting.publish import publish
from common.reporting.published import Figure, Published
from tests.common.reporting.fabricate import RLNE, png, record, run_folder

START = "import sys; from common.reporting.browse import browse; browse(sys.argv[1], 0)"


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """The address of a TensorBoard on a folder of one published run."""
    root = tmp_path_factory.mktemp("suite")
    run = run_folder(root / "runs", record(0, {RLNE: 0.05}))
    published = Published((Figure(RLNE, "value", 0.04),), (RLNE,), (), ("ist_s",))
    publish(run, root / "results", published, code={"commit": "0" * 40, "dirty": False})
    command = [sys.executable, "-c", START, str(root / "results")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            line = process.stdout.readline()
            yield line.split(" at ")[1].split(" ")[0]
        finally:
            process.terminate()


def ask(board, path, body=None, **query):
    address = f"{board}{path}?{urllib.parse.urlencode(query)}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content = answer.read()
    return content if content[:4] == b"\x89PNG" else json.loads(content)


@pytest.fixture(scope="module")
def tags(board):
    """Runs and their scalar tags, once TensorBoard has read the files."""
    until = time.monotonic() + 60
    while len(found := ask(board, "data/plugin/scalars/tags")) < 4 and time.monotonic() < until:
        time.sleep(0.2)
    return found


RUN = "qu_cnn/paper-faithful-jax-s0-0123abcd"


@pytest.mark.slow
def test_the_published_value_stands_beside_ours(board, tags):
    assert set(tags) == {RUN, f"{RUN}/train", f"{RUN}/validation", f"{RUN}/published"}
    values = {
        run: ask(board, "data/plugin/scalars/scalars", run=run, tag=RLNE)[-1][2]
        for run in tags
        if RLNE in tags[run]
    }
    assert values == {RUN: pytest.approx(0.05), f"{RUN}/published": pytest.approx(0.04)}
    losses = ask(board, "data/plugin/scalars/scalars", run=f"{RUN}/validation", tag="epoch_loss")
    assert [point[1:] for point in losses] == [[step, pytest.approx(1 / (step + 1))] for step in range(5)]


@pytest.mark.slow
def test_images_are_served_as_written(board, tags):
    found = ask(board, "data/plugin/images/images", run=f"{RUN}/train", tag="contours", sample=0)
    assert [image["step"] for image in found] == [4]
    address = f"data/plugin/images/individualImage?{found[0]['query']}"
    with urllib.request.urlopen(board + address, timeout=30) as answer:
        assert answer.read() == png(6, 4, filler=b"E" * 9000)


@pytest.mark.slow
def test_hyper_parameters_stand_with_the_final_scores(board, tags):
    body = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_SUCCESS"],
        "colParams": [],
        "startIndex": 0,
        "sliceSize": 10,
    }
    shown = ask(board, "data/plugin/hparams/experiment", {"experimentName": "", "hparamsLimit": 100})
    assert [info["name"] for info in shown["hparamInfos"]] == ["preset", "depth"]
    columns = [(info["name"]["group"], info["name"]["tag"]) for info in shown["metricInfos"]]
    assert columns == [("", RLNE), ("published", RLNE)]
    groups = ask(board, "data/plugin/hparams/session_groups", body)["sessionGroups"]
    (group,) = groups
    assert group["hparams"] == {"depth": 5, "preset": "paper"}
    scores = {
        (value["name"]["group"], value["name"]["tag"]): value["value"] for value in group["metricValues"]
    }
    assert scores["", RLNE] == pytest.approx(0.05)
    assert scores["published", RLNE] == pytest.approx(0.04)


def test_a_folder_that_is_not_there_is_a_clear_word(tmp_path):
    with pytest.raises(RunError, match="is no folder"):
        serve(tmp_path / "runs")


@pytest.mark.slow
def test_a_port_that_is_taken_is_a_clear_word(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RunError, match=f"cannot listen on port {port}"):
            serve(tmp_path, port)
