"""``nmr-repro study``: what is measured, kept and told, on a small simulated spectrum."""

import json
from dataclasses import replace

import numpy as np
import pytest

from common.classical.methods import METHODS
from common.metrics.spectra import rlne
from common.nus import testbench
from common.reporting import tables
from reproductions import cli, contestants, registry
from reproductions.studies import (
    brain_tables,
    crystals_tables,
    gpu,
    kept,
    learning,
    nus,
    nus_figure,
    nus_tables,
    samples,
    shifts_tables,
    speed_tables,
    stopwatch,
    times,
    times_tables,
)
from tests.benchmarks import profile_quick
from tests.soak import tables as soak_tables

RECORDS = sorted((registry.RESULTS / kept.FOLDER).glob("*.json"))
TINY = nus.Design(
    cases=("disordered",), few=(), fractions=(0.125, 0.25), series=(0.25,), factors=(1, 4), schedules=2
)
TABLES = {
    "nus": nus_tables.tables,
    "times": times_tables.tables,
    "shifts": shifts_tables.tables,
    "crystals": crystals_tables.tables,
    "learning": lambda record: {"curves": learning.table(record["curves"]).to_json()},
    "speed": speed_tables.tables,
    "brain": brain_tables.tables,
    "profile": profile_quick.tables,
    "soak": lambda record: {name: made.to_json() for name, made in soak_tables.made(record["rows"]).items()},
}


@pytest.fixture(scope="module")
def plane():
    return testbench.disordered_protein(points=64, residues=30, snr=200.0)


@pytest.fixture
def small(plane, monkeypatch, tmp_path):
    """Every study sees the small plane, and no published run."""
    monkeypatch.setattr(samples, "load", lambda name: plane)
    monkeypatch.setattr(registry, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return plane


class TestSamples:
    def test_noise_rises_by_the_factor_and_the_reference_stays(self, plane):
        for given in (plane, replace(plane, clean=None, sd=None)):
            noisy = samples.noisier(given, 4, repeat=0)
            np.testing.assert_array_equal(noisy.reference.data, given.reference.data)
            full = noisy.spectrum(noisy.fid).data - plane.spectrum(plane.clean).data
            before = plane.spectrum(plane.fid).data - plane.spectrum(plane.clean).data
            assert full.std() / before.std() == pytest.approx(4, rel=0.05)
            assert noisy.fid.dtype == plane.fid.dtype

    def test_a_perfect_method_that_keeps_the_measured_points_reaches_the_floor(self, plane):
        (mask,) = testbench.schedules(64, 0.25, 1)
        for given in (plane, replace(plane, clean=None, sd=None)):
            for factor in (1, 3):
                noisy = samples.noisier(given, factor, repeat=0)
                perfect = np.where(mask[:, None], noisy.fid, plane.clean)
                error = rlne(noisy.reference.data, noisy.spectrum(perfect).data)
                assert samples.floor(given, factor, mask) == pytest.approx(error, rel=0.1)

    def test_peaks_of_one_repeat_are_the_same_at_every_noise(self, plane):
        first, noisy, other = (samples.sample(plane, *which) for which in ((1, 0), (4, 0), (1, 1)))
        np.testing.assert_array_equal(first.injection.peaks.index, noisy.injection.peaks.index)
        assert not np.array_equal(first.injection.peaks.index, other.injection.peaks.index)
        assert noisy.injection.plane.noise == pytest.approx(noisy.plane.noise, rel=0.02)


class TestRows:
    def test_outlive_the_process_but_for_a_line_that_is_not_whole(self, tmp_path):
        path = tmp_path / "deep" / "rows.jsonl"
        kept.Rows(path).add("a", {"value": 1})
        path.write_text(path.read_text() + '{"key": "b", "va')
        rows = kept.Rows(path)
        assert "a" in rows
        assert "b" not in rows
        rows.add("c", {"value": 3})
        again = kept.Rows(path)
        assert [again[key]["value"] for key in ("a", "c")] == [1, 3]


def entries(*names):
    return [entry for entry in nus.entries() if entry.name in names]


class TestNus:
    def record(self, found, folder):
        rows = kept.Rows(folder / "rows.jsonl")
        nus.compute(TINY, found, rows)
        return nus.collect(TINY, found, rows, 1.0, quick=False)

    def test_scores_are_those_of_the_methods_on_the_same_points(self, small, tmp_path):
        record = self.record(entries("zero_filled", "ist_s"), tmp_path)
        scores = nus_tables.Scores(record)
        masks = testbench.schedules(64, 0.125, 2)
        for method in ("zero_filled", "ist_s"):
            found = scores.values(method, "rlne", 0.125)
            for repeat, mask in enumerate(masks):
                output = METHODS[method].complete(small.fid * mask[:, None], mask)
                error = rlne(small.reference.data, small.spectrum(output).data)
                assert found["disordered", 1, repeat] == pytest.approx(error, rel=1e-4)
        assert set(scores.values("ist_s", "auc", 0.25)) == {
            ("disordered", factor, repeat) for factor in (1, 4) for repeat in (0, 1)
        }
        assert json.loads(kept.dump(record)) == json.loads(json.dumps(record))
        self.check_tables(record)

    def check_tables(self, record):
        answer = record["tables"]["answer"]
        best = [row[answer["columns"].index("lowest RLNE")] for row in answer["rows"]]
        assert all(cell.startswith("**ist_s**") for cell in best)
        assert [row[0] for row in answer["rows"]] == ["12.5 %", "25 %", "25 %"]
        snr = record["cases"]["disordered"]["snr"]
        assert snr == pytest.approx(
            np.median(samples.load("").peaks.height) / samples.load("").noise, rel=1e-4
        )
        assert {row[0] for row in record["tables"]["methods-25"]["rows"]} == {
            "zero_filled", "ist_s", "fully_sampled", "noise_floor",
        }  # fmt: skip

    def test_goes_on_where_it_stopped_and_takes_in_new_methods(self, small, tmp_path, monkeypatch):
        first = self.record(entries("ist_s"), tmp_path)
        made = []
        monkeypatch.setattr(
            nus, "_scored", lambda sample, mask, entry, _: made.append(entry.name) or {"left_out": ""}
        )
        again = self.record(entries("ist_s", "irls"), tmp_path)
        assert set(made) == {"irls"}
        assert len(made) == 2 * 3
        assert [each for each in again["scores"] if each["method"] == "ist_s"] == [
            each for each in first["scores"] if each["method"] == "ist_s"
        ]

    def test_a_method_that_does_not_do_a_schedule_is_left_out_there_and_not_tried_again(
        self, small, tmp_path, monkeypatch
    ):
        tried = []

        def complete(fid, mask):
            tried.append(mask.sum())
            if mask.sum() > 8:
                raise ValueError("another schedule")
            return fid

        network = contestants.Contestant("net/one", lambda delay: (complete, None), "run")
        found = [*entries("ist_s"), nus.Entry(network, "run")]
        for _ in range(2):
            record = self.record(found, tmp_path)
        assert len(tried) == 2 * 2 + 4
        fractions = {each["fraction"] for each in record["scores"] if each["method"] == "net/one"}
        assert fractions == {0.125}
        figure = nus_figure.draw(record)
        assert len(figure.axes) == 3

    def test_is_a_command(self, small, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(nus, "QUICK", replace(TINY, factors=(1,), fractions=(0.25,), schedules=1))
        found = entries("ist_s")
        monkeypatch.setattr(nus, "entries", lambda folders=(): found)
        assert cli.main(["study", "nus", "--quick"]) == 0
        said = capsys.readouterr().out
        assert "| 25 % |" in said
        folder = tmp_path / "runs" / "studies" / "nus"
        assert (folder / "nus.png").read_bytes().startswith(b"\x89PNG")
        assert kept.read(folder / "nus.json")["quick"]
        assert cli.main(["study", "nus", "--quick", "--publish"]) == 2
        assert "leave out --quick" in capsys.readouterr().err


class TestTimes:
    SETTING = {"cases": [[1, "disordered", 0.25]], "repeats": 2, "gpu": False, "reach": True}

    def test_methods_are_timed_with_their_errors_and_up_to_the_error_of_a_network(self, small, monkeypatch):
        (mask,) = testbench.schedules(64, 0.25, 1)
        half = METHODS["ist_s"].complete(small.fid * mask[:, None], mask, iterations=30)
        target = rlne(small.reference.data, small.spectrum(half).data)
        networks = {
            "net/good": lambda fid, mask: half,
            "net/perfect": lambda fid, mask: small.clean,
            "net/other": lambda fid, mask: 1 / 0,
        }
        found = [
            contestants.Contestant(name, lambda delay, each=each: (each, None), "run")
            for name, each in networks.items()
        ]
        monkeypatch.setattr(stopwatch, "contestants", lambda: found)
        measured = stopwatch.measure(self.SETTING | {"conventional": ["ist_s"], "networks": None})
        (case,) = measured["cases"]
        rows = {row["method"]: row for row in case["methods"]}
        assert rows["net/good"]["rlne"] == pytest.approx(target)
        assert rows["ist_s"]["repeats"] == 2
        assert rows["ist_s"]["least"] <= rows["ist_s"]["seconds"] <= rows["ist_s"]["most"]
        assert case["left_out"] == {"net/other": "ZeroDivisionError: division by zero"}
        good, perfect = case["reached"]
        assert good["iterations"] == 30
        assert 0 < good["seconds"] < 2 * rows["ist_s"]["most"]
        assert perfect["iterations"] is None
        record = times.collect([{"backend": "jax", "threads": 1} | measured], 1.0, quick=False)
        body = {row[0]: row for row in record["tables"]["disordered-25"]["rows"]}
        assert body["ist_s"][-2].endswith("(30)")
        assert body["ist_s"][-1] == "not reached"

    def test_a_setting_has_a_process_of_its_own(self):
        setting = {"backend": "jax", "threads": 1, "gpu": False}
        assert times.environment_of(setting)["OMP_NUM_THREADS"] == "1"
        assert "XLA_FLAGS" not in times.environment_of(setting | {"threads": 2})
        asked = {"cases": [[1, "disordered", 0.1]], "repeats": 1, "reach": False}
        measured = times.child(setting, asked | {"conventional": ["ist_d"], "networks": []})
        assert [row["method"] for row in measured["cases"][0]["methods"]] == ["ist_d"]

    def test_ratios_stand_beside_the_published_ones(self):
        seconds = {"qu_cnn/faithful": 1.0, "low_rank": 4.0, "ist_s": 2.0}
        rows = [
            {"dimensions": 1, "case": "ubiquitin", "fraction": 0.25, "shape": [128, 500], "backend": "jax",
             "threads": 1, "device": "cpu", "method": method, "rlne": 0.1, "seconds": value}
            for method, value in seconds.items()
        ]  # fmt: skip
        record = {"rows": rows, "published": times.published()}
        table = times_tables.ratios(record)
        assert [(row[0], row[3]) for row in table.rows] == [
            ("`timing/2d/low_rank_ratio`", "0.25"),
            ("`timing/2d/ist_s_ratio`", "0.5"),
        ]
        assert table.rows[0][4] == "0.04 to 0.08, not comparable"


def test_ist_s_of_jax_is_that_of_numpy(plane):
    pytest.importorskip("jax")
    (mask,) = testbench.schedules(64, 0.25, 1)
    fid = plane.fid * mask[:, None]
    expected = METHODS["ist_s"].complete(fid, mask)
    np.testing.assert_allclose(gpu.ist_s(fid, mask), expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_published_tables_are_those_of_the_scores(path):
    record = kept.read(path)
    assert record["study"] == path.stem
    assert not record["quick"]
    assert not any(commit.endswith(kept.DIRTY) for commit in record["commits"])
    assert TABLES[record["study"]](record) == record["tables"]


def test_a_readme_shows_the_table_of_a_study(tmp_path):
    table = tables.Table(("method", "RLNE"), (("ist_s", "0.1"),), ("One schedule.",))
    kept.write(tmp_path / "results" / "studies", {"study": "nus", "tables": {"answer": table.to_json()}})
    readme = tmp_path / "README.md"
    readme.write_text("<!-- table:studies/nus/answer -->\n<!-- /table -->\n")
    (tmp_path / "reproductions").mkdir()
    assert tables.update(readme, tmp_path)
    assert table.markdown() in readme.read_text()
    assert not tables.stale(readme, tmp_path)
