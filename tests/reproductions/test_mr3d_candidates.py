"""The candidates of cocaine by a network: what a perfect one and a useless one score."""

from types import SimpleNamespace

import numpy as np
import pytest

from common.metrics import registry
from reproductions.mr3d_densenet import candidates


class Session(SimpleNamespace):
    """What is measured, kept."""

    def measure(self, id, value, method="network"):
        assert registry.measure_of(id)
        self.values[method, id.removeprefix("cocaine_csp/candidates/")] = value

    def figure(self, name, figure):
        self.figures.append(name)

    def used(self, name, role, checksums):
        self.role = name, role


@pytest.fixture
def scored(data_dir, tmp_path_factory, monkeypatch):
    """Measures by what a network makes of GIPAW's shieldings."""
    data_dir("cocaine_csp")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path_factory.getbasetemp() / "cocaine"))

    def score(change):
        def stand_in(frames, networks, neighbours):
            return [frame.replace(shieldings=change(frame.shieldings)) for frame in frames]

        monkeypatch.setattr(candidates, "estimate", stand_in)
        session = Session(values={}, figures=[], offline=True)
        candidates.score(session, None, 320)
        assert session.figures == ["candidates"]
        assert session.role == ("cocaine_csp", "test")
        return session.values

    return score


def test_gipaw_itself_finds_the_structure(scored):
    found = scored(lambda shieldings: shieldings + 0.5)
    assert found["network", "H/rmse"] == pytest.approx(0.5)
    for method in ("gipaw", "network"):  # the offset takes a constant error
        assert found[method, "offset/candidate_place"] == 1
        assert found[method, "offset/candidate_rmse"] == pytest.approx(0.364, abs=5e-4)
        assert found[method, "offset/candidate_lead"] == pytest.approx(0.251, abs=1e-3)
        assert found[method, "line/candidate_place"] == 3
        assert found[method, "line/candidate_lead"] < 0


def test_a_network_that_knows_nothing_has_no_lead(scored):
    found = scored(lambda shieldings: 26.0 + 1e-3 * np.sin(1e4 * shieldings))
    assert abs(found["network", "offset/candidate_lead"]) < 1e-2
    assert found["network", "offset/candidate_rmse"] > 1.5
    assert np.isfinite(list(found.values())).all()
    assert found["gipaw", "offset/candidate_place"] == 1
