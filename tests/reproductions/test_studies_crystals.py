"""``nmr-repro study crystals``: made-up runs on disk, and what is said of them."""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import RunError
from common.reporting.record import write_record
from common.reporting.tables import Table
from common.training.config import resolve
from reproductions import cli, registry
from reproductions.mr3d_densenet import config as module
from reproductions.mr3d_densenet import learning, scoring
from reproductions.studies import crystals, crystals_figure, crystals_tables, kept
from tests.common.reporting.fabricate import record as fabricated

KERNEL = 10.0
NAMES = ("A", "B", "C", "D", "E", "F")


def predicted(element, error, names=NAMES, noise=0.0, seed=0):
    """Six atoms of each crystal: the network's errors are ``error``, about those of kernel regression 10."""
    rng = np.random.default_rng([ord(letter) for letter in "".join(names)])
    crystal = np.repeat(list(names), 6)
    known, off = rng.normal(0, 100, len(crystal)), rng.choice([-1, 1], len(crystal))
    own = off * (1 + noise * np.random.default_rng(seed).uniform(-1, 1, len(crystal)))
    methods = {"network": error * own, "soap_krr": KERNEL * off, "mean": 50.0 * off}
    methods["network_and_krr"] = (methods["network"] + methods["soap_krr"]) / 2
    return scoring.Predicted(
        "shiftml_csd", element, known, crystal, np.zeros(len(crystal), bool), np.ones(len(crystal), int),
        {method: known + off for method, off in methods.items()},
    )  # fmt: skip


def write_run(
    root, error, variant="faithful", preset="quick", seed=0, element="N", names=NAMES, noise=0.2,
    backend="jax", **changes,
):  # fmt: skip
    """A finished run whose network has so large an error; returns its id."""
    config = resolve(module, preset, variant, changes)
    number = len(list(root.glob("*/*")))
    made = fabricated(seed, name=crystals.PAPER, preset=preset, variant=variant)
    made["id"] = f"{preset}-{variant}-{backend}-s{seed}-{number:08d}"
    folder = root / crystals.PAPER / made["id"]
    scoring.write(scoring.path_of(folder, element), predicted(element, error, names, noise, seed))
    content = {key: made[key] for key in ("name", "preset", "variant", "seed")} | {"backend": backend}
    (folder / "config.json").write_text(json.dumps(content | {"config": dataclasses.asdict(config)}))
    write_record(folder, made)
    return made["id"]


@pytest.fixture(autouse=True)
def training(monkeypatch):
    """As many crystals to learn from as the share says, of 200."""

    def known(config, element, offline):
        count = round(200 * config.share)
        return SimpleNamespace(names=tuple(map(str, range(count))), crystal=np.arange(count))

    monkeypatch.setattr(learning.data, "training", known)


def collected(root):
    return crystals.collect(*crystals.finished(root / crystals.PAPER), started=0.0)


def rows(record, name, count=1):
    """The rows of a table by their first cells."""
    table = Table.from_json(record["tables"][name])
    return {row[:count] if count > 1 else row[0]: row[count:] for row in table.rows}


def test_variants_stand_beside_faithful_with_the_direction_of_their_effect(tmp_path):
    ids = [write_run(tmp_path, error, seed=seed) for seed, error in enumerate((40.0, 42.0, 41.0))]
    write_run(tmp_path, 20.0, "average_only")
    write_run(tmp_path, 60.0, "plain_cnn")
    write_run(tmp_path, 41.0, "fewer_boxes")
    write_run(tmp_path, 1.0, "textbook_flow", rate="0.1")  # another configuration than the variant's
    write_run(tmp_path, 1.0, preset="smoke")
    write_run(tmp_path, 45.0, backend="tensorflow")  # seed 0 again
    record = collected(tmp_path)
    found = rows(record, "ablations")
    assert list(found) == ["faithful", "average_only", "fewer_boxes", "plain_cnn"]
    here = {variant: cells[4] for variant, cells in found.items()}
    assert here == {
        "faithful": "–", "average_only": "better", "fewer_boxes": "not told apart", "plain_cnn": "worse"
    }  # fmt: skip
    assert found["plain_cnn"][5] == "worse (inferred)"
    faithful = record["ablations"][0]
    assert faithful["runs"] == ids
    assert faithful["rmse"][0] == pytest.approx(np.sqrt(np.mean(np.square(faithful["seeds"]))), rel=1e-4)
    ratio = record["ablations"][1]["ratio"][0]
    assert ratio == pytest.approx(record["ablations"][1]["seeds"][0] / faithful["rmse"][0], rel=1e-4)
    notes = record["tables"]["ablations"]["notes"]
    assert "No finished run yet of textbook_flow, one_rotation, uniform_rotations." in notes


def test_runs_with_other_test_atoms_are_refused(tmp_path):
    write_run(tmp_path, 40.0)
    write_run(tmp_path, 40.0, "plain_cnn", names=("X", "Y"))
    with pytest.raises(RunError, match="other atoms"):
        collected(tmp_path)


def test_whole_cross_validations_have_a_row_a_nucleus_and_others_are_told_of(tmp_path):
    for fold in range(3):
        names = [f"{fold}{k}" for k in range(4)]
        backend = "jax" if fold else "tensorflow"  # makes no difference
        write_run(
            tmp_path, 5.0, "moments", "cpu", element="O", names=names, backend=backend, fold=fold, folds=3
        )
        if fold < 2:
            write_run(tmp_path, 5.0, "compact", "cpu", element="N", names=names, fold=fold, folds=3)
    record = collected(tmp_path)
    (cells,) = rows(record, "folds", 2).values()
    assert list(rows(record, "folds", 2)) == [("cpu, moments, seed 0", "O")]
    assert cells[:2] == ("72", "12")
    assert float(cells[6].split()[0]) == pytest.approx(0.5, abs=0.02)
    assert cells[5] == cells[8] == "–"  # no predictions of ShiftML
    notes = record["tables"]["folds"]["notes"]
    assert "Not whole yet: cpu, compact, seed 0, N, folds 0, 1." in notes
    assert len(record["runs"]) == 5


def test_learning_curves_have_exponents_and_a_crossing(tmp_path):
    for share in (0.25, 0.5, 1.0):
        write_run(tmp_path, 200 * (200 * share) ** -0.5, "moments", "cpu", noise=0.0, share=share)
    record = collected(tmp_path)
    table = rows(record, "curves", 3)
    assert [key[2] for key in table] == ["50", "100", "200"]
    exponents = record["curves"][0]["exponents"]
    assert exponents["network"] == pytest.approx([-0.5] * 3, abs=1e-3)
    assert exponents["soap_krr"] == pytest.approx([0.0] * 3, abs=1e-3)
    # 200 n^-0.5 is KERNEL at 400 crystals
    assert record["curves"][0]["crossing"] == pytest.approx(400, rel=1e-3)
    assert record["curves"][0]["at_full"] == pytest.approx([200 * 2000**-0.5 / KERNEL] * 3, rel=1e-3)
    assert rows(record, "laws")["cpu, moments, seed 0"][3] == "at 400, network ahead beyond"
    assert record["published"] == {"H": 0.76, "C": 0.77, "N": 0.77, "O": 0.86}
    assert "H 0.76, C 0.77" in record["tables"]["laws"]["notes"][1]


def test_published_rows_stay_until_there_are_as_many_runs_for_them(tmp_path):
    for fold in range(5):
        write_run(tmp_path, 6.0, names=NAMES[fold : fold + 1], fold=fold, folds=5)
    first = collected(tmp_path)
    published = kept.write(tmp_path, first)
    shutil.rmtree(tmp_path / crystals.PAPER)
    for share, error in ((0.5, 12.0), (1.0, 6.0)):
        write_run(tmp_path, error, backend="tensorflow", share=share)
    for fold in (1, 2):
        write_run(tmp_path, 60.0, names=NAMES[fold : fold + 1], backend="tensorflow", fold=fold, folds=5)
    runs, records = crystals.finished(tmp_path / crystals.PAPER)
    record = crystals.collect(runs, records, 0.0, published)
    assert len(record["folds"]) == len(record["curves"]) == 1
    assert record["folds"] == first["folds"]
    ids = [run["id"] for run in record["runs"]]
    assert ids == sorted(ids)
    assert set(first["folds"][0]["runs"]) < set(ids)
    assert set(record["curves"][0]["runs"]) < set(ids)


def test_width_is_told_with_the_parameters(tmp_path):
    for channels in (8, 16):
        write_run(tmp_path, 30.0 - channels, "compact", "cpu", channels=channels)
    found = rows(collected(tmp_path), "widths", 3)
    assert list(found) == [("cpu, compact, seed 0", "N", "8"), ("cpu, compact, seed 0", "N", "16")]
    assert all(cells[0] == "10" for cells in found.values())


@pytest.mark.parametrize(
    ("crossing", "ours", "at_full", "words"),
    [
        (1234.0, -0.5, 0.9, "at 1,200, network ahead beyond"),
        (1234.0, -0.1, 1.1, "at 1,200, SOAP ahead beyond"),
        (0.3, -0.5, 0.5, "nowhere, network ahead"),
        (0.3, -0.1, 1.5, "nowhere, SOAP ahead"),
        (2e6, -0.1, 0.5, "nowhere, network ahead"),
        (None, -0.3, 1.5, "nowhere, SOAP ahead"),
    ],
)
def test_where_curves_cross_in_words(crossing, ours, at_full, words):
    exponents = {"network": [ours] * 3, "soap_krr": [-0.3] * 3}
    row = {"crossing": crossing, "exponents": exponents, "at_full": [at_full] * 3}
    assert crystals_tables.crossing(row) == words


def test_digits():
    assert crystals_tables.interval([0.5, 0.25, 1.0]) == "0.500 (0.250 to 1.00)"
    assert crystals._rounded(np.inf) is None


def test_what_there_are_no_runs_for_is_left_out_with_a_word(tmp_path):
    write_run(tmp_path, 20.0, "moments", "cpu")
    record = collected(tmp_path)
    assert all(not table["rows"] for table in record["tables"].values())
    assert all(table["notes"] for table in record["tables"].values())
    assert record["runs"] == []
    assert crystals_figure.draw(record) is None


def test_is_a_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(registry, "RESULTS", tmp_path / "nothing")
    write_run(tmp_path, 40.0)
    write_run(tmp_path, 60.0, "plain_cnn")
    for share in (0.5, 1.0):
        write_run(tmp_path, 10 / share, "moments", "cpu", share=share)
    assert cli.main(["study", "crystals", "--runs", str(tmp_path)]) == 0
    assert "plain_cnn" in capsys.readouterr().out
    folder = tmp_path / "studies" / "crystals"
    there = kept.read(folder / "crystals.json")
    assert there["tables"] == crystals_tables.tables(there)
    assert there["commits"] == ["000000000000"]
    assert (folder / "crystals.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["study", "crystals", "--runs", str(tmp_path / "nowhere")]) == 2
    assert "has no finished run" in capsys.readouterr().err
