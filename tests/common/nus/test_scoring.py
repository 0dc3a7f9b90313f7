"""What the experiments on NUS data share."""

import numpy as np
import pytest

from common.nus import testbench
from common.nus.baselines import baseline
from common.nus.scoring import measured_planes, score_plane, time_methods
from common.simulation.exponentials import Exponentials, complex_fid
from common.training.findings import Findings


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    findings = Findings(tmp_path)
    findings.offline = True
    return findings


@pytest.fixture
def plane():
    rng = np.random.default_rng(0)
    each = Exponentials(np.ones((6, 1)), rng.random((6, 1)), np.full((6, 1), 20.0), np.zeros((6, 1)))
    return testbench.independent_fids(complex_fid(each, 32).T, 50.0, rng, "exponentials")


def test_every_method_is_scored_on_the_same_points(session, plane):
    masks, seen = testbench.schedules(32, 0.5, 2), []

    def perfect(fid, mask, noise):
        assert noise == plane.sd
        np.testing.assert_array_equal(fid, plane.fid * mask[:, None])
        seen.append(mask)
        return plane.clean

    methods = {"network": perfect, "zero_filled": lambda fid, mask, noise: fid}
    spectra = score_plane(session, plane, "0.5", masks, methods)
    rlne = "simulated/exponentials/0.5/rlne"
    np.testing.assert_array_equal(seen, masks)
    assert session.scores.metrics[rlne]["value"] == 0
    assert session.scores.metrics[rlne]["n"] == 2
    assert session.scores.baselines["zero_filled"][rlne]["value"] > 0.3
    assert "simulated/exponentials/0.5/peak_r2" not in session.scores.metrics  # FIDs have no 2D peaks
    np.testing.assert_array_equal(spectra["network"], plane.reference.data)


def test_times_are_medians_after_a_warm_up(session, plane):
    calls = []
    methods = {name: lambda fid, mask, noise, name=name: calls.append(name) for name in ("network", "ist_s")}
    seconds = time_methods(session, plane, testbench.schedules(32, 0.5, 1)[0], methods, repeats=3)
    assert calls == ["network", "ist_s"] * 4
    assert set(seconds) == {"network", "ist_s"}
    assert session.scores.metrics["timing/2d/seconds"]["value"] == seconds["network"]
    assert "32 points x 6 columns" in session.notes[0]


def test_measured_spectra_that_are_not_at_hand_are_left_out_aloud(session, monkeypatch):
    monkeypatch.delenv("NMR_REPRO_DATA", raising=False)
    assert measured_planes(["acbp"], session) == []
    assert list(session.absent) == ["nus_hsqc_qnls"]
    assert session.data == {}


def test_measured_spectra_are_recorded_with_their_role(session, data_dir):
    data_dir("nus_hsqc_qnls")
    planes = measured_planes(["acbp", "sod1wt"], session)
    assert [(each.name, each.role) for each in planes] == [("acbp", "development"), ("sod1wt", "test")]
    assert set(session.data["nus_hsqc_qnls"]["checksums"]) == {"acbp_600.test.fid", "sod1wt_600.test.fid"}


def test_a_baseline_is_computed_once(session, plane, monkeypatch):
    import common.classical.methods as methods

    mask = testbench.schedules(32, 0.5, 1)[0]
    fid = plane.fid * mask[:, None]
    first = baseline("ist_s", fid, mask, plane.sd)
    np.testing.assert_array_equal(first, methods.METHODS["ist_s"].complete(fid, mask, noise=plane.sd))
    monkeypatch.setattr("common.nus.baselines.METHODS", {})
    np.testing.assert_array_equal(baseline("ist_s", fid, mask, plane.sd), first)
    with pytest.raises(KeyError):
        baseline("ist_s", fid, mask, 2 * plane.sd)
