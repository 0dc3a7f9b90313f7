"""What is published holds: tables are true to records, records to weights, and TensorBoard shows them."""

import json
import re
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from common import datasets
from common.reporting.browse import serve
from common.reporting.publish import applied
from common.reporting.published import scored
from common.reporting.record import NETWORK, read_record
from common.reporting.tables import stale
from common.reporting.weights import weights_sha256
from common.training.config import from_dict
from reproductions import registry

RECORDS = sorted(registry.RESULTS.glob("*/*/record.json"))
READMES = [
    registry.ROOT / "README.md",
    registry.RESULTS / "studies" / "README.md",
    *(registry.FOLDER / name / "README.md" for name in registry.names()),
]
APPLIED = [
    registry.RESULTS / name / run
    for name in registry.names()
    for run in applied(registry.RESULTS / name / "apply.toml").values()
]


def label(path: Path) -> str:
    return "/".join(path.parts[-3:-1]) if path.name == "record.json" else "/".join(path.parts[-2:])


@pytest.mark.parametrize("readme", READMES, ids=label)
def test_tables_are_those_of_the_records(readme):
    assert not stale(readme, registry.ROOT), f"nmr-repro table --write {readme}"


@pytest.mark.parametrize("readme", READMES, ids=label)
def test_pictures_and_links_lead_somewhere(readme):
    for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text()):
        assert target.startswith("http") or (readme.parent / target).exists(), target


@pytest.mark.parametrize("name", registry.names())
def test_the_table_of_the_suite_shows_variants_that_there_are(name):
    reproduction = registry.get(name)
    assert set(reproduction.published.shown) <= set(reproduction.module("config").VARIANTS)


@pytest.mark.parametrize("path", RECORDS, ids=label)
def test_a_record_has_what_its_system_requires_and_its_configuration_still_loads(path):
    record, reproduction = read_record(path), registry.get(path.parts[-3])
    published = reproduction.published
    for id in published.required_of(record["variant"]):
        assert scored(id, record["metrics"])
        assert all(
            scored(id, record["baselines"][method])
            for method in published.baselines
            if not id.startswith("timing/")
        )
    assert record["status"] == "complete"
    assert not record["left_out"]
    assert not record["trained"]["dirty"]
    assert record["id"] == path.parent.name
    content = json.loads((path.parent / "config.json").read_text())
    from_dict(reproduction.module("config").Config, content["config"])
    assert sum(file.stat().st_size for file in path.parent.rglob("*")) < 10e6


@pytest.mark.parametrize("folder", APPLIED, ids=label)
def test_the_weights_that_users_apply_are_those_of_the_record(folder):
    record = read_record(folder / "record.json")
    for part, entry in record["parts"].items():
        assert weights_sha256(folder / "weights" / f"{part}.weights.h5") == entry["weights_sha256"]


@pytest.mark.slow
def test_tensorboard_shows_every_published_run():
    if not RECORDS:
        pytest.skip("nothing is published yet")
    address = serve(registry.RESULTS, 0)

    def ask(path, **query):
        with urllib.request.urlopen(
            f"{address}data/{path}?{urllib.parse.urlencode(query)}", timeout=60
        ) as got:
            return got.read()

    runs = {"/".join(path.parts[-3:-1]) for path in RECORDS}
    until = time.monotonic() + 60
    while not runs <= json.loads(ask("plugin/images/tags")).keys() and time.monotonic() < until:
        time.sleep(0.5)  # it reads the files in the background
    tags = json.loads(ask("plugin/scalars/tags"))
    images = json.loads(ask("plugin/images/tags"))
    for path in RECORDS:
        run = "/".join(path.parts[-3:-1])
        record = read_record(path)
        some = next(iter(record["metrics"]))
        ((_, _, value),) = json.loads(ask("plugin/scalars/scalars", run=run, tag=some))
        assert value == pytest.approx(record["metrics"][some]["value"], rel=1e-6)
        assert any(name.startswith(f"{run}/train") and "epoch_loss" in each for name, each in tags.items())
        assert images[run]
        for figure in registry.get(path.parts[-3]).published.values():
            assert figure in tags[f"{run}/published"]
    body = {"experimentName": "", "hparamsLimit": 100}
    request = urllib.request.Request(
        f"{address}data/plugin/hparams/experiment",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as got:
        experiment = json.loads(got.read())
    columns = [each["name"] for each in experiment["hparamInfos"]]
    told = ["backend", "preset", "seed", "variant"]
    assert [name for name in columns if name in told] == told
    assert columns.index("variant") < columns.index("epochs")
    shown = json.loads(ask("runs"))
    assert runs <= set(shown)
    assert len(shown) < 500  # of more, TensorBoard draws none


def test_scores_of_the_network_stand_beside_those_of_the_conventional_method():
    for path in RECORDS:
        record = read_record(path)
        for method, scores in record["baselines"].items():
            assert method != NETWORK
            alone = {id for id in scores if not id.startswith("timing/")} - set(record["metrics"])
            # where a network picks nothing, its recall is 0 and its precision is no number
            assert {id.rpartition("/")[2] for id in alone} <= {"precision"}
            assert all(record["metrics"][id[: -len("precision")] + "recall"]["value"] == 0 for id in alone)


@pytest.mark.parametrize("name", [name for name in registry.names() if registry.get(name).runs])
def test_model_cards_are_those_of_the_records(name):
    written = (registry.RESULTS / name / "README.md").read_text()
    assert written == registry.get(name).card, "nmr-repro card --write"


def test_records_name_the_files_that_they_are_scored_on():
    for path in RECORDS:
        record = read_record(path)
        sources = {id.partition("/")[0] for id in record["metrics"]} & set(datasets.names())
        for source in sources:
            used = record["data"].get(source, {"checksums": {}})
            known = datasets.load(source).checksums
            assert used["checksums"], f"{path}: {source}"
            assert {file: known.get(file) for file in used["checksums"]} == used["checksums"]
