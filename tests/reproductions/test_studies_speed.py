"""The study of speed: plain forms that give the same, ratios of one round, ceilings, and its tables."""

import argparse
import json

import numpy as np
import pytest

from common.errors import UserError
from common.protein.order import contact_order
from common.simulation import sequences
from common.simulation.exponentials import complex_fid, draw_exponentials
from common.simulation.gridding import fids
from common.simulation.metabolites import table
from common.spectrum import Axis
from reproductions import registry
from reproductions.studies import kept, speed, speed_tables
from reproductions.studies.rates import made, measurement, naive
from reproductions.studies.rates.catalogue import MEASUREMENTS
from reproductions.studies.rates.measurement import Form, Forms, Measurement

# --- the plain forms


def test_plain_exponentials():
    config = registry.get("qu_cnn").module("config").Config()
    drawn = (config.amplitude, config.frequency, config.tau, config.phase)
    parameters = draw_exponentials(np.random.default_rng(0), 3, (1, 4), *drawn)
    ours = complex_fid(parameters, 50)
    np.testing.assert_allclose(naive.exponentials(parameters, 50), ours, atol=1e-4)
    np.testing.assert_allclose(naive.table_of_exponentials(parameters, 50), ours, atol=1e-3)


def test_plain_lines():
    rng = np.random.default_rng(0)
    hertz, amplitude = rng.uniform(-400, 400, 20), rng.uniform(0, 1, 20)
    ours = fids(hertz, amplitude, np.zeros(20, int), 1, 256, 1000.0)[0]
    np.testing.assert_allclose(naive.lines(hertz, amplitude, 256, 1000.0), ours, atol=1e-5)


def test_full_matrices():
    (system,) = table()["GABA"]
    axis = Axis("1H", 256, 2000.0, 127.8, 4.65, "time", "complex")
    ours = sequences.pulse_acquire(system, axis.mhz).fid(axis)
    np.testing.assert_allclose(naive.pulse_acquire(system, axis), ours, atol=1e-3 * system.protons)


def test_plain_contacts():
    helix = made.helix(1)
    ours, plain = contact_order(helix), naive.contact_order(helix)
    inner = np.isfinite(plain) & (helix.residues != "PRO")
    inner[-1] = False
    np.testing.assert_allclose(ours[inner], plain[inner], atol=1e-9)


def test_plain_neighbours():
    cell = made.crystal(4)
    ours, _ = registry.get("mr3d_densenet").module("environments").surroundings(cell, np.arange(3), 40)
    plain = naive.neighbours(cell, np.arange(3), 40)
    np.testing.assert_allclose(np.linalg.norm(plain, axis=-1), np.linalg.norm(ours, axis=-1), atol=1e-4)


def test_plain_densities():
    from common.training.backend import import_keras

    import_keras()
    densities = registry.get("mr3d_densenet").module("densities").densities
    rng = np.random.default_rng(0)
    offsets, kinds = rng.normal(0, 2, (2, 12, 3)).astype("float32"), rng.integers(0, 4, (2, 12))
    ours = np.asarray(densities(offsets, kinds, (2.0, 3.0), 6))
    np.testing.assert_allclose(naive.densities(offsets, kinds, (2.0, 3.0), 6), ours, atol=1e-5)


# --- measuring


@pytest.fixture
def clock(monkeypatch):
    """Processor time that passes only when a form says so."""
    now = [0.0]
    monkeypatch.setattr(measurement.time, "process_time", lambda: now[0])

    def lasting(seconds):
        def call():
            now[0] += seconds

        return call

    return lasting


def test_ratios_are_by_unit_and_the_nearest_ceiling_is_the_slower_one(clock, monkeypatch, tmp_path):
    limits = {"copy": Form(clock(1.0), 8.0), "product": Form(clock(0.5), 10.0)}
    monkeypatch.setattr(measurement, "ceilings", lambda precision, file: limits)

    def prepare(folder):
        peers = {"peer": Form(clock(3.0), 4)}
        return Forms(Form(clock(2.0), 4), Form(clock(5.0), 1), peers, flops=8.0, bytes=2.0)

    row = measurement.measure(Measurement("a/b", "what", "units", prepare, "a loop"), tmp_path, 30.0)
    assert row["rate"] == pytest.approx(2.0)
    assert row["ratios"]["naive"] == pytest.approx([10.0] * 3)
    assert row["ratios"]["peer"] == pytest.approx([1.5] * 3)
    name, share = measurement.nearest(row)
    assert (name, share) == ("product", pytest.approx(8 / 20 / 2))


def test_fast_calls_are_repeated_within_a_round(clock):
    calls = []
    lasts = clock(0.001)

    def call():
        calls.append(1)
        lasts()

    found = measurement.in_turn({"ours": Form(call, 2)}, 0.05)
    assert found["ours"] == pytest.approx([0.0005] * measurement.FEWEST)
    assert len(calls) == 2 + measurement.FEWEST * 20


# --- the study


def row(name="read/nmrpipe", **changes):
    made_up = {
        "name": name, "what": "a file", "unit": "MB", "naive": None, "rate": 2000.0, "spread": [1e3, 3e3],
        "rounds": 3, "ratios": {"nmrglue": [0.25, 0.2, 0.3]}, "ceilings": {"copy": 2e10, "product": 7e10},
        "flops": None, "bytes": 5e5, "file": None, "units": 1.0, "gigabytes": 0.27, "backend": "jax",
        "seconds": 5.0, "commit": "0123456789ab",
    }  # fmt: skip
    return made_up | changes


def test_a_table_says_rate_ratios_and_ceiling():
    record = {"environment": {"hardware": {"processor": "P", "cores": 2}, "backend": "jax"}, "rows": [row()]}
    found = speed_tables.tables(record)
    assert set(found) == {"read", "machine"}
    text = json.dumps(found["read"])
    for said in ("nmrpipe: a file", "2,000 MB (1,000 to 3,000)", "nmrglue 0.25 (0.2 to 0.3)", "memory, 5 %"):
        assert said in text


def test_the_study_keeps_its_rows_and_goes_on(monkeypatch, tmp_path, capsys):
    asked = []

    def child(what, backend):
        asked.append(what["name"])
        return {key: value for key, value in row(what["name"]).items() if key != "seconds"}

    monkeypatch.setattr(speed, "child", child)
    for _ in range(2):
        assert registry.study("speed") is speed
        words = ["--quick", "--runs", str(tmp_path)]
        parser = argparse.ArgumentParser()
        speed.add_options(parser)
        speed.main(parser.parse_args(words))
    assert asked == list(speed.QUICK[0])
    record = kept.read(tmp_path / "studies" / "speed" / "speed.json")
    assert [each["name"] for each in record["rows"]] == asked
    assert record["left_out"] == {}


def test_every_group_has_its_measurements_and_an_unknown_name_is_one_line():
    assert {each.group for each in MEASUREMENTS.values()} == set(speed_tables.GROUPS)
    systems = set(registry.names())
    for group in ("train", "apply"):
        assert systems == {name.split("/")[1] for name in MEASUREMENTS if name.startswith(group)}
    assert speed.wanted("read/u", quick=False) == ["read/ucsf"]
    with pytest.raises(UserError, match="no measurement starts so"):
        speed.wanted("nothing", quick=False)
