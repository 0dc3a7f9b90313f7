"""Learning curves and cross-validations over finished runs."""

import dataclasses
import json

import numpy as np
import pytest

from common.errors import RunError, UserError
from common.metrics.shifts import Interval
from reproductions.mr3d_densenet import learning, scoring
from reproductions.mr3d_densenet.config import Config
from reproductions.mr3d_densenet.curves import Point, figure, pooled_table, table


def law(crystals, method, scale, exponent) -> list[Point]:
    values = [scale * n**exponent for n in crystals]
    return [Point(n, method, Interval(v, 0.9 * v, 1.1 * v)) for n, v in zip(crystals, values, strict=True)]


def test_power_laws_and_where_they_cross():
    points = law([80, 160, 320], "network", 300.0, -0.5) + law([80, 160, 320], "soap_krr", 90.0, -0.3)
    assert learning.power_law(points, "network") == pytest.approx((300.0, -0.5))
    # 300 n^-0.5 = 90 n^-0.3
    assert learning.crossing(points) == pytest.approx((300 / 90) ** 5)
    slower = law([80, 320], "network", 100.0, -0.2) + law([80, 320], "soap_krr", 90.0, -0.3)
    assert learning.crossing(slower) == np.inf
    ahead = law([80, 320], "network", 50.0, -0.4) + law([80, 320], "soap_krr", 90.0, -0.3)
    assert learning.crossing(ahead) == 0
    with pytest.raises(ValueError, match="two numbers of crystals"):
        learning.power_law(law([80], "network", 1.0, -0.5), "network")


def predicted(names, error, element="N", seed=0) -> scoring.Predicted:
    rng = np.random.default_rng(seed)
    crystal = np.repeat(list(names), 5)
    known = rng.normal(0, 100, len(crystal))
    off = rng.normal(0, 1, len(crystal))
    return scoring.Predicted(
        "shiftml_csd", element, known, crystal, np.zeros(len(crystal), bool), np.ones(len(crystal), int),
        {"network": known + error * off, "soap_krr": known + 10 * off, "mean": np.zeros(len(crystal))},
    )  # fmt: skip


def write_run(folder, found, **changes):
    config = dataclasses.replace(Config(made_up=20, nuclei=(found.element,)), **changes)
    scoring.write(scoring.path_of(folder, found.element), found)
    content = {"name": "mr3d_densenet", "preset": "quick", "variant": "faithful", "seed": 0}
    (folder / "config.json").write_text(json.dumps(content | {"config": dataclasses.asdict(config)}))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Three shares of the first fold and two folds more, of made-up crystals."""
    test = ["AA", "BB", "CC", "DD"]
    for share, error in ((0.25, 12.0), (0.5, 8.0), (1.0, 6.0)):
        write_run(tmp_path / f"share{share}", predicted(test, error), share=share, folds=2)
    write_run(tmp_path / "fold1", predicted(["EE", "FF"], 6.0, seed=1), folds=2, fold=1)
    (tmp_path / "unfinished").mkdir()

    def training(config, element, offline):
        names = np.arange(int(80 * config.share))
        return type("Known", (), {"crystal": np.repeat(names, 3)})

    monkeypatch.setattr(learning.data, "training", training)
    return learning.finished(sorted(tmp_path.iterdir()))


def test_runs_that_differ_in_share_are_a_curve(runs):
    assert len(runs) == 4
    assert learning.elements(runs) == ["N"]
    (points,) = learning.learning_curves(runs, "N")
    ours = [(point.crystals, point.rmse.value) for point in points if point.method == "network"]
    assert [crystals for crystals, _ in ours] == [20, 40, 80]
    ratio = [value for _, value in ours]
    assert ratio[0] / ratio[2] == pytest.approx(2)
    assert "| 80 |" in table(points)
    assert figure({"N": points}).axes[0].get_xscale() == "log"


def test_folds_of_one_configuration_are_pooled(runs):
    (both,) = learning.pooled(runs, "N")
    assert sorted(set(both.crystal)) == ["AA", "BB", "CC", "DD", "EE", "FF"]
    assert both.compare("network").ratio.value == pytest.approx(0.6)
    assert "| N | 30 | 6 |" in pooled_table([both])
    # a fold is missing
    assert learning.pooled([run for run in runs if run.config.fold == 0], "N") == []


def test_tables_and_figure_are_written(runs, tmp_path):
    folders = [str(run.folder) for run in runs]
    learning.main([*folders, "-o", str(tmp_path / "curve")])
    text = (tmp_path / "curve.md").read_text()
    assert "extrapolated" in text
    assert "Cross-validation" in text
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UserError, match="differ in share or fold"):
        learning.main([folders[0], "-o", str(tmp_path / "none")])


def test_a_folder_whose_config_cannot_be_read(tmp_path):
    scoring.write(scoring.path_of(tmp_path, "N"), predicted(["AA"], 1.0))
    with pytest.raises(RunError, match=r"config\.json"):
        learning.finished([tmp_path])
