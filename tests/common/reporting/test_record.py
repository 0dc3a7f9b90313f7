"""Records: scores averaged by hand, strict reading, whole files, the state of the checkout."""

import json
import os
import subprocess

import pytest

from common.errors import FormatError
from common.reporting.record import Scores, checkout, environment, fault, read_record, write_record
from tests.common.reporting.fabricate import RLNE, record


def test_repeats_of_an_id_are_averaged_and_methods_kept_apart():
    scores = Scores()
    for value in (1.0, 2.0, 6.0):
        scores.add(RLNE, value)
    scores.add("simulated/all/position_error", 3, "ist_s")
    # deviations from 3: -2, -1, 3; (4 + 1 + 9) / 2 = 7
    assert scores.metrics == {RLNE: {"value": 3.0, "unit": "", "n": 3, "sd": pytest.approx(7**0.5)}}
    single = {"value": 3.0, "unit": "Hz", "n": 1, "sd": None}
    assert scores.baselines == {"ist_s": {"simulated/all/position_error": single}}


def test_a_value_that_is_not_finite_is_null():
    scores = Scores()
    scores.add(RLNE, 1.0)
    scores.add(RLNE, float("nan"))
    assert scores.metrics[RLNE] == {"value": None, "unit": "", "n": 2, "sd": None}


def test_an_unknown_measure_is_refused():
    with pytest.raises(ValueError, match="beauty"):
        Scores().add("simulated/all/beauty", 1.0)


def test_a_record_reads_as_written(tmp_path):
    written = record(3, {RLNE: None})
    path = write_record(tmp_path / "new", written)
    assert path == tmp_path / "new" / "record.json"
    assert read_record(path) == written


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.update(schema=2), "its schema is 2"),
        (lambda r: r.pop("notes"), "notes"),
        (lambda r: r.update(extra=1), "extra"),
        (lambda r: r.update(seed="0"), "seed is '0'"),
        (lambda r: r.update(seed=True), "seed is True"),
        (lambda r: r.update(status="done"), "status is 'done'"),
        (lambda r: r.update(metrics=[]), "metrics is not an object"),
        (lambda r: r["metrics"].update({RLNE: 0.5}), "metrics simulated/all/rlne is not an object"),
        (lambda r: r["metrics"][RLNE].pop("n"), "n is missing"),
        (lambda r: r["baselines"]["ist_s"][RLNE].update(value="low"), "value is 'low'"),
        (lambda r: r["baselines"].update(ist_s=3), "baselines ist_s is not an object"),
        (lambda r: r["trained"].pop("commit"), "trained: commit is missing"),
        (lambda r: r["trained"].update(dirty=1), "dirty is 1"),
        (lambda r: r["parts"]["network"].update(epochs=1.5), "epochs is 1.5"),
        (lambda r: r.update(name="../../qu_cnn"), "name is '../../qu_cnn', no name of a folder"),
        (lambda r: r.update(id=".."), "id is '..'"),
        (lambda r: r.update(id="/etc"), "id is '/etc'"),
        (lambda r: r.update(id="a\\b"), "no name of a folder"),
        (lambda r: r.update(id=""), "id is ''"),
    ],
)
def test_what_is_no_record_is_neither_written_nor_read(tmp_path, change, said):
    wrong = record()
    change(wrong)
    with pytest.raises(ValueError, match="not a record") as refused:
        write_record(tmp_path, wrong)
    assert said in str(refused.value)
    assert not list(tmp_path.iterdir())
    (tmp_path / "record.json").write_text(json.dumps(wrong))
    with pytest.raises(FormatError, match="no record") as refused:
        read_record(tmp_path / "record.json")
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"schema": NaN}', "[" * 100_000, '"\\ud800', "\xff"])
def test_bytes_that_are_no_record_are_a_format_error(tmp_path, text):
    (tmp_path / "record.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError):
        read_record(tmp_path / "record.json")


def test_a_full_disk_leaves_the_old_record(tmp_path, monkeypatch):
    path = write_record(tmp_path, record(1))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_record(tmp_path, record(2))
    assert read_record(path)["seed"] == 1
    assert os.listdir(tmp_path) == ["record.json"]


def test_an_environment_fits_into_a_record():
    here = environment("jax", "cpu", 1.26)
    assert fault(record(trained=here)) is None
    assert here["seconds"] == 1.3
    assert here["versions"]["python"].startswith("3.")
    assert here["hardware"]["cores"] >= 1
    assert here["hardware"]["processor"]


def test_only_code_makes_a_checkout_dirty(tmp_path):
    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

    assert checkout(tmp_path) == {"commit": "unknown", "dirty": None}
    git("init")
    (tmp_path / "code.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-m", "one")
    clean = checkout(tmp_path)
    assert (len(clean["commit"]), clean["dirty"]) == (40, False)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "record.json").write_text("{}")
    (tmp_path / "README.md").write_text("new table")
    assert checkout(tmp_path) == clean
    (tmp_path / "new.py").write_text("")
    assert checkout(tmp_path) == clean | {"dirty": True}
    (tmp_path / "new.py").unlink()
    (tmp_path / "code.py").write_text("a = 2\n")
    assert checkout(tmp_path)["dirty"] is True
    (tmp_path / "inside").mkdir()
    assert checkout(tmp_path / "inside") == {"commit": "unknown", "dirty": None}
