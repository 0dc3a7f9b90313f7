"""Uncertainties of crystals' networks: members that are wrong together, and what a record keeps of it."""

import json

import numpy as np
import pytest

from common.metrics.calibration import LEAST, Widening
from common.reporting import record
from common.training.findings import Findings
from reproductions.mr3d_densenet import uncertainty
from reproductions.mr3d_densenet.config import Config
from reproductions.mr3d_densenet.environments import Environments

CONFIG = Config(nuclei=("N", "O"), members=4)
OFFLINE = type("Session", (Findings,), {"offline": True})


def atoms(count, seed=0):
    """Atoms of four crystals; the first neighbour of each is where the members are told their errors."""
    rng = np.random.default_rng(seed)
    errors = 10 * rng.normal(size=(count, 1, 1)) + 3 * rng.normal(size=(count, 2, 3))
    plain = np.arange(count)
    return Environments(
        errors, np.zeros((count, 2), "int8"), rng.normal(0, 100, count), plain % 4, plain < 0, plain,
        np.ones(count, int), ("A", "B", "C", "D"),
    )  # fmt: skip


def members(atoms):
    """Six networks that are wrong by 10 ppm together and by 3 ppm each."""
    said = atoms.shielding + atoms.offsets.reshape(len(atoms), -1).T
    return said.mean(0), said.std(0, ddof=1)


@pytest.fixture
def validation(monkeypatch):
    """Validation atoms: many nitrogens, hardly any oxygen."""
    found = {"N": atoms(4000), "O": atoms(LEAST - 1)}

    def known(config, element, split, offline):
        assert (split, offline) == ("validation", True)
        return found[element]

    monkeypatch.setattr(uncertainty.examples, "known_atoms", known)


def test_widened_by_validation_atoms_it_holds_on_others(validation, tmp_path):
    session, others = OFFLINE(tmp_path), atoms(4000, seed=1)
    wide = uncertainty.measured(CONFIG, session, members, "N")
    stated = uncertainty.widened({"N": members}, {"N": wide})["N"](others)[1]
    mean, spread = members(others)
    assert np.mean(np.abs(mean - others.shielding) <= spread) < 0.35
    assert np.mean(np.abs(mean - others.shielding) <= stated) == pytest.approx(0.6827, abs=0.03)
    assert any("N: the spread is widened by the errors of 4000 atoms of 4" in note for note in session.notes)


def test_too_few_atoms_widen_nothing(validation, tmp_path):
    session = OFFLINE(tmp_path)
    assert uncertainty.measured(CONFIG, session, members, "O") == Widening()
    assert not session.scores.metrics
    assert any("19 atoms of 4 crystals are too few" in note for note in session.notes)


def test_a_record_gives_back_what_was_measured(validation, tmp_path, monkeypatch):
    session = OFFLINE(tmp_path)
    wide = uncertainty.measured(CONFIG, session, members, "N")
    uncertainty.measured(CONFIG, session, members, "O")
    assert "shiftml_csd/validation/N/spread_factor" in session.scores.metrics
    assert session.scores.metrics["shiftml_csd/validation/N/spread_floor"]["unit"] == "ppm"
    assert uncertainty.recorded(CONFIG, tmp_path) == {}
    (tmp_path / record.FILE).write_text(json.dumps({"metrics": session.scores.metrics}))
    monkeypatch.setattr(record, "read_record", lambda path: json.loads(path.read_text()))
    assert uncertainty.recorded(CONFIG, tmp_path) == {"N": wide}
