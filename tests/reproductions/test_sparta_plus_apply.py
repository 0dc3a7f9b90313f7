"""SPARTA+ on structures of users: what the predictor adds up, and the command from a run's folder."""

import argparse
import dataclasses
import json

import numpy as np
import pytest

from common.errors import UserError
from common.io.shifts import read_shifts
from common.protein.random_coil import random_coil
from common.shiftlist import COLUMNS, NUCLEI
from reproductions.sparta_plus import apply, data, errors, estimate
from reproductions.sparta_plus.config import Config
from tests.common.shifts.userfiles import heavy, helix, save


class Constant:
    """A network whose outputs do not depend on its inputs, and which tells how often it was asked."""

    def __init__(self, value):
        self.value, self.asked = value, []

    def __call__(self, features, training=False):
        self.asked.append(len(features))
        return np.full((len(features), 1), self.value, dtype="float32")


def networks():
    """Two members of each nucleus, whose mean is 1 in units of the networks, and errors of half of that."""
    shifts = {
        f"{nucleus}/{member}": Constant(value) for nucleus in NUCLEI for member, value in enumerate((0, 2))
    }
    return shifts, {errors.part(nucleus): Constant(np.log(0.5)) for nucleus in NUCLEI}


def test_outputs_are_scaled_and_random_coil_rings_and_fields_added():
    shifts, spreads = networks()
    protein = helix()
    ((found, stated),) = estimate.predictor(Config(), shifts, spreads)([protein])
    columns = [*range(6), 2, 2]
    expected = (1 / data.SCALE)[columns] + data.corrections(protein)
    inner = slice(1, -1)
    np.testing.assert_allclose(found[inner], expected[inner], atol=1e-6)
    there = np.isfinite(random_coil(protein.sequence, neighbours=False))[inner]
    spread = np.broadcast_to((0.5 / data.SCALE)[columns], there.shape)
    np.testing.assert_allclose(stated[inner][there], spread[there])
    assert np.isnan(found[[0, -1]]).all()
    assert np.isnan(stated[inner][~there]).all()
    glycine = protein.sequence.index("G")
    assert np.isnan(found[glycine, COLUMNS.index("HA")])
    assert np.isfinite(found[glycine, COLUMNS.index("HA2") :]).all()


def test_every_network_is_asked_once_for_all_proteins():
    shifts, spreads = networks()
    proteins = [helix(sequence) for sequence in ("MKVLITGAS", "PDHEVIAYDKW", "AG")]
    found = estimate.predictor(Config(), shifts, spreads)(proteins)
    assert [len(values) for values, _ in found] == [9, 11, 2]
    assert {tuple(model.asked) for model in (*shifts.values(), *spreads.values())} == {(7 + 9,)}
    alone = [estimate.predictor(Config(), shifts, spreads)([protein])[0][0] for protein in proteins]
    for one, (together, _) in zip(alone, found, strict=True):
        np.testing.assert_array_equal(one, together)


def test_of_nothing_that_can_be_described_nothing_is_predicted():
    shifts, spreads = networks()
    ((found, stated),) = estimate.predictor(Config(), shifts, spreads)([heavy(helix("AG"))])
    assert np.isnan(found).all()
    assert np.isnan(stated).all()


def asked(*words):
    """``nmr-repro apply sparta_plus``."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("name")
    apply.add_options(parser)
    return apply.main(parser.parse_args(["sparta_plus", *map(str, words)]))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's folder with networks as they begin: what the command needs of it."""
    from common.training.backend import import_keras

    import_keras()
    from reproductions.sparta_plus.experiment import parts
    from reproductions.sparta_plus.model import build

    config = Config(nuclei=("CA", "HA"), hidden=(8, 4), members=2)
    folder = tmp_path_factory.mktemp("runs") / "smoke-faithful-jax-s0-00000000"
    makers = dict.fromkeys(parts(config), build)
    makers |= dict.fromkeys(map(errors.part, data.groups(config)), errors.build)
    for part, make in makers.items():
        path = folder / "weights" / f"{part}.weights.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        make(config).save_weights(path)
    stored = {"name": "sparta_plus", "config": dataclasses.asdict(config)}
    (folder / "config.json").write_text(json.dumps(stored))
    return folder


def test_a_run_is_applied_to_a_file(run, tmp_path, capsys):
    asked(save(tmp_path, heavy(helix())), "-o", tmp_path / "a.tab", "--run", run)
    (found,) = read_shifts(tmp_path / "a.tab")
    known = np.isfinite(found.values)
    assert set(np.array(COLUMNS)[known.any(0)]) == {"CA", "HA", "HA2", "HA3"}
    coil = random_coil(helix().sequence, neighbours=False)
    assert np.nanmax(np.abs(found.values - coil)[:, COLUMNS.index("CA")]) < 10
    assert (found.errors[known] > 0).all()
    said = capsys.readouterr().out
    assert f"4 networks of run {run.name}; CA, HA alone" in said
    assert "placed by hydride" in said


def test_a_run_without_its_weights_is_refused(run, tmp_path):
    bare = tmp_path / run.name
    bare.mkdir()
    (bare / "config.json").write_bytes((run / "config.json").read_bytes())
    with pytest.raises(UserError, match="weights"):
        asked(save(tmp_path, helix()), "-o", tmp_path / "a.tab", "--run", bare)
