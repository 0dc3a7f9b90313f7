"""The smallest run of every reproduction through the real command line: trained, scored, shown, once."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from common.reporting.record import read_record
from common.training.fingerprint import backend
from reproductions import cli, registry
from tests.processes import output, python

NAMES = registry.names()


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    """No test here finds or leaves anything in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NMR_REPRO_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", params=NAMES)
def finished(request, own_cache, tmp_path_factory):
    """A smoke run made by the command line in this process: name, folder of the runs, folder of the run."""
    runs = tmp_path_factory.mktemp("runs")
    assert cli.main(["run", request.param, "--preset", "smoke", "--offline", "--runs", str(runs)]) == 0
    (folder,) = (runs / request.param).iterdir()
    return request.param, runs, folder


def files(folder: Path) -> dict[str, str]:
    """The files of a run with their checksums, the lock aside."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_a_smoke_run_leaves_a_complete_record_weights_and_figures(finished):
    name, _, folder = finished
    record = read_record(folder / "record.json")
    published = registry.get(name).published
    assert record["status"] == "complete"
    assert record["id"] == folder.name
    assert folder.name.startswith(f"smoke-faithful-{backend()}-s0-")
    assert record["metrics"]
    assert all(score["value"] is not None for score in record["metrics"].values())
    assert set(published.baselines) <= set(record["baselines"])
    assert set(record["parts"]) == {
        str(path.relative_to(folder / "weights")).removesuffix(".weights.h5")
        for path in folder.glob("weights/**/*.weights.h5")
    }
    assert list(folder.glob("figures/**/*.png"))
    assert not list(folder.glob("checkpoints/*"))


def test_the_same_command_again_shows_the_table_and_changes_nothing(finished, capsys, monkeypatch):
    name, runs, folder = finished
    monkeypatch.setenv("COLUMNS", "200")  # a narrow terminal breaks the names of methods
    before = files(folder)
    assert cli.main(["run", name, "--preset", "smoke", "--runs", str(runs)]) == 0
    text = capsys.readouterr().out
    record = read_record(folder / "record.json")
    assert all(method in text for method in record["baselines"])
    assert str(next(folder.glob("figures/**/*.png"))) in text
    assert f"nmr-repro browse {folder}" in text
    assert files(folder) == before


def test_verify_finds_every_score_again(finished, capsys):
    _, _, folder = finished
    before = files(folder)
    assert cli.main(["verify", str(folder)]) == 0
    assert "every score is the same" in capsys.readouterr().out
    assert files(folder) == before


def test_verify_names_a_score_that_is_not_what_the_weights_give(finished, capsys, tmp_path):

    _, _, folder = finished
    copy = tmp_path / folder.parent.name / folder.name
    shutil.copytree(folder, copy)
    record = json.loads((copy / "record.json").read_text())
    id = next(iter(record["metrics"]))
    record["metrics"][id]["value"] += 1
    (copy / "record.json").write_text(json.dumps(record))
    assert cli.main(["verify", str(copy)]) == 1
    assert f"{id} of network" in capsys.readouterr().out


def test_evaluate_keeps_what_was_trained_and_rewrites_the_scores(finished, tmp_path):

    _, _, folder = finished
    copy = tmp_path / folder.parent.name / folder.name
    shutil.copytree(folder, copy)
    before = read_record(copy / "record.json")
    (copy / "record.json").unlink()
    assert cli.main(["evaluate", str(copy)]) == 0
    after = read_record(copy / "record.json")
    assert after["trained"] == before["trained"]
    assert after["parts"] == before["parts"]
    assert after["metrics"].keys() == before["metrics"].keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_jax_runs_it_with_tensorflow_hidden(name, tmp_path):
    code = (
        "import sys\n"
        "sys.modules['tensorflow'] = None\n"
        "from reproductions.cli import main\n"
        f"code = main(['run', {name!r}, '--preset', 'smoke', '--offline', '--runs', 'runs'])\n"
        "print(sys.modules['keras'].backend.backend())\n"
        "sys.exit(code)"
    )
    assert output("-c", code, cwd=tmp_path, KERAS_BACKEND="jax").splitlines()[-1] == "jax"
    (folder,) = (tmp_path / "runs" / name).iterdir()
    assert folder.name.startswith("smoke-faithful-jax-s0-")
    assert read_record(folder / "record.json")["status"] == "complete"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_script_of_a_paper_prints_a_table_and_no_noise(name, tmp_path):
    words = ["-m", f"reproductions.{name}", "--preset", "smoke", "--offline"]
    done = python(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "browse:" in done.stdout
    assert "absl" not in done.stderr
    assert "Warning" not in done.stderr
