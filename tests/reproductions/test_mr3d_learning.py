"""Learning curves and cross-validations over finished runs."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import RunError
from common.metrics.shifts import Interval
from reproductions.mr3d_densenet import curves, learning, scoring
from reproductions.mr3d_densenet.config import Config


def test_power_laws_and_where_they_cross():
    crystals, laws = np.array([80, 160, 320]), [(300.0, -0.5), (90.0, -0.3)]
    steep, flat = (scale * crystals**exponent for scale, exponent in laws)
    assert learning.power_law(crystals, steep) == pytest.approx(laws[0])
    both = learning.power_law(crystals, np.stack([steep, flat], axis=1))
    assert np.allclose(both, np.transpose(laws))
    # 300 n^-0.5 = 90 n^-0.3
    assert learning.crossing(*laws) == learning.crossing(*laws[::-1]) == pytest.approx((300 / 90) ** 5)
    assert learning.crossing((50.0, -0.4), (90.0, -0.3)) < 1
    assert learning.crossing((50.0, -0.3), (90.0, -0.3)) == np.inf
    with pytest.raises(ValueError, match="two numbers of crystals"):
        learning.power_law([80, 80], [1.0, 2.0])


def predicted(names, error, element="N", seed=0, other=10.0) -> scoring.Predicted:
    """Five atoms of each crystal; the those of kernel regression are as the network's, but in size."""
    rng = np.random.default_rng(seed)
    crystal = np.repeat(list(names), 5)
    known = rng.normal(0, 100, len(crystal))
    off = rng.normal(0, 1, len(crystal))
    return scoring.Predicted(
        "shiftml_csd", element, known, crystal, np.zeros(len(crystal), bool), np.ones(len(crystal), int),
        {"network": known + error * off, "soap_krr": known + other * off, "mean": np.zeros(len(crystal))},
    )  # fmt: skip


def test_exponents_have_intervals_over_test_crystals_drawn_for_all_points_together():
    names, crystals = [f"C{k:02d}" for k in range(20)], [50, 100, 200]
    found = [predicted(names, 300 * n**-0.5, other=90 * n**-0.3) for n in crystals]
    laws = learning.laws(crystals, found)
    # every atom follows the law, so that no draw departs from its exponent
    for method, exponent in (("network", -0.5), ("soap_krr", -0.3)):
        assert dataclasses.astuple(laws.exponents[method]) == pytest.approx((exponent,) * 3)
    assert laws.crossing == pytest.approx((300 / 90) ** 5)
    assert dataclasses.astuple(laws.ratio) == pytest.approx((300 / 90 * 2000**-0.2,) * 3)
    noisy = [*found[:2], predicted(names, 300 * 200**-0.5, seed=1, other=6.0)]
    noisy[2] = dataclasses.replace(
        noisy[2], known=found[0].known,
        predicted={m: v - noisy[2].known + found[0].known for m, v in noisy[2].predicted.items()},
    )  # fmt: skip
    exponent = learning.laws(crystals, noisy).exponents["network"]
    assert exponent.low < exponent.value < exponent.high
    with pytest.raises(ValueError, match="other test atoms"):
        learning.laws(crystals, [*found[:2], predicted(names, 1.0, seed=1)])


def write_run(folder, found, **changes):
    config = dataclasses.replace(Config(made_up=20, nuclei=(found.element,)), **changes)
    scoring.write(scoring.path_of(folder, found.element), found)
    content = {"name": "mr3d_densenet", "preset": "quick", "variant": "faithful", "seed": 0, "backend": "jax"}
    (folder / "config.json").write_text(json.dumps(content | {"config": dataclasses.asdict(config)}))


@pytest.fixture
def runs(tmp_path):
    """Three shares of the first fold and two folds more, of made-up crystals."""
    test = ["AA", "BB", "CC", "DD"]
    for share, error in ((0.25, 12.0), (1.0, 6.0), (0.5, 8.0)):
        write_run(tmp_path / f"share{share}", predicted(test, error), share=share, folds=2)
    write_run(tmp_path / "fold1", predicted(["EE", "FF"], 6.0, seed=1), folds=2, fold=1)
    (tmp_path / "unfinished").mkdir()
    return learning.finished(sorted(tmp_path.iterdir()))


def test_runs_that_differ_in_share_belong_together(runs):
    assert len(runs) == 4
    (group,) = learning.groups(runs, "N", "share")
    assert [run.config.share for run in group] == [0.25, 0.5, 1.0]
    assert learning.groups(runs, "O", "share") == []
    joint = [dataclasses.replace(run, config=dataclasses.replace(run.config, joint=True)) for run in runs]
    joint[-1] = dataclasses.replace(
        joint[-1], config=dataclasses.replace(joint[-1].config, nuclei=("N", "O"))
    )
    shares = [[run.config.share for run in group] for group in learning.groups(joint, "N", "share")]
    assert shares == [[0.25, 0.5]]  # the last one learnt oxygen too


def test_relaxed_and_rattled_copies_are_one_crystal(runs, monkeypatch):
    known = SimpleNamespace(names=("A", "B", "A", "C"), crystal=np.array([0, 0, 1, 2]))
    monkeypatch.setattr(learning.data, "training", lambda config, element, offline: known)
    assert learning.learnt_from(runs[0], "N") == 2


def test_folds_of_one_configuration_are_pooled(runs):
    (group,) = learning.groups(runs, "N", "fold")
    both = learning.pooled(group, "N")
    assert sorted(set(both.crystal)) == ["AA", "BB", "CC", "DD", "EE", "FF"]
    assert both.compare("network").ratio.value == pytest.approx(0.6)
    assert learning.pooled(group[:1], "N") is None  # a fold is missing


def test_a_curve_is_drawn_with_both_axes_logarithmic():
    from matplotlib.figure import Figure

    points = [
        curves.Point(n, method, Interval(v, 0.9 * v, 1.1 * v))
        for n, v in ((80, 9.0), (320, 5.0))
        for method in ("network", "soap_krr", curves.PUBLISHED)
    ]
    plot = Figure().subplots()
    curves.draw(plot, points)
    assert (plot.get_xscale(), plot.get_yscale()) == ("log", "log")
    assert len(plot.get_legend_handles_labels()[1]) == 3


def test_a_run_of_other_code_is_left_out_with_a_word(runs, capsys):
    path = runs[0].folder / "config.json"
    content = json.loads(path.read_text())
    content["config"]["linear"] = 1
    path.write_text(json.dumps(content))
    assert len(learning.finished(run.folder for run in runs)) == len(runs) - 1
    assert f"{runs[0].folder.name}: unknown field 'linear'" in capsys.readouterr().out


def test_a_folder_whose_config_cannot_be_read(tmp_path):
    scoring.write(scoring.path_of(tmp_path, "N"), predicted(["AA"], 1.0))
    with pytest.raises(RunError, match=r"config\.json"):
        learning.finished([tmp_path])
