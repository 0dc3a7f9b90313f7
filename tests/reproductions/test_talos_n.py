"""TALOS-N: maps of angles, search, classes, files for the user."""

import argparse
import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import UserError
from common.io.shifts import write_shifts
from common.metrics.torsions import TorsionPrediction, circular_difference
from common.shiftlist import COLUMNS, ShiftList
from common.shifts.proteins import training_entries
from common.structures import THREE_LETTER
from common.training.findings import Findings
from reproductions.talos_n import (
    apply,
    data,
    experiment,
    grid,
    networks,
    outputs,
    predict,
    search,
    shift_index,
)
from reproductions.talos_n.config import PRESETS, Config

BINS = 18


@pytest.fixture(scope="module")
def known():
    """Made-up peptides with their structures, in two folds."""
    return data.known(training_entries((), made_up=6), 2)


def turned(angles):
    """The same angles from -pi to pi."""
    return circular_difference(angles, 0.0)


# --- maps


def test_a_map_of_an_angle_gives_it_back_with_its_spread():
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, (50, 2))
    found, sd, sure = grid.estimate(grid.distribution(angles, BINS, 15.0), BINS, 30.0)
    assert np.degrees(np.abs(circular_difference(found, angles))).max() < 1.0
    assert np.degrees(sd) == pytest.approx(15.0, abs=1.5)
    assert sure.min() > 0.99


def test_turning_angles_by_a_bin_turns_what_is_made_of_the_map():
    """The grid has no seam at 180 degrees."""
    rng = np.random.default_rng(1)
    table = rng.random((20, BINS, BINS)) ** 8
    table /= table.sum((1, 2), keepdims=True)
    moved = np.roll(table, (3, -7), axis=(1, 2))
    angles, sd, sure = grid.estimate(table.reshape(20, -1), BINS, 30.0)
    again = grid.estimate(moved.reshape(20, -1), BINS, 30.0)
    step = np.radians(360 / BINS * np.array([3, -7]))
    assert np.abs(circular_difference(again[0], angles + step)).max() < 1e-9
    assert np.allclose(again[1], sd)
    assert np.allclose(again[2], sure)


def test_of_two_hills_the_higher_counts_and_its_share_says_how_sure():
    far = np.radians([[-60.0, -45.0], [-120.0, 135.0]])
    one, other = grid.distribution(far, BINS, 12.0)
    angles, _, sure = grid.estimate((0.7 * one + 0.3 * other)[None], BINS, 30.0)
    assert np.degrees(np.abs(circular_difference(angles[0], far[0]))).max() < 2.0
    assert sure[0] == pytest.approx(0.7, abs=0.01)
    assert grid.mass_near(one[None], far[:1], BINS) == pytest.approx(1.0, abs=1e-3)


def test_without_a_width_a_known_angle_is_one_bin():
    made = grid.distribution(np.radians([[-179.0, 179.0]]), BINS, 0.0)
    assert made.sum() == 1
    assert made[0, BINS - 1] == 1


# --- residues


def test_windows_do_not_reach_over_a_break():
    shifts = np.full((6, 6), np.nan)
    bonded = np.array([False, True, True, False, True, True])
    table = data.table([data.Chain("x", "ACDEFG", shifts, bonded)])
    assert table.windows(1).tolist() == [[6, 0, 1], [0, 1, 2], [1, 2, 6], [6, 3, 4], [3, 4, 5], [4, 5, 6]]
    assert not table.known.any()


def test_augmented_windows_lose_shifts_and_gain_none(known):
    config = Config(noise=1.0, missing=0.5)
    windows = known.table.features[known.table.windows(2)]
    made = data.augment(windows, np.random.default_rng(0), config)
    flags, before = made[..., data.FLAGS], windows[..., data.FLAGS]
    assert (flags <= before).all()
    assert 0.2 < 1 - flags.sum() / before.sum() < 0.6
    assert not made[..., data.SHIFTS][flags == 0].any()
    assert (made[..., 12:] == windows[..., 12:]).all()


# --- search


def brute_force(query, base, maps, row, place):
    """The cost of one stretch, residue by residue."""
    total, ours, theirs = 0.0, query, base.residues
    costs = search.pair_costs(query, base, maps, BINS)
    for step in range(-search.REACH, search.REACH + 1):
        if 0 <= row + step < len(ours.there) and 0 <= place + step < len(theirs.there):
            total += search.PLACES[abs(step)] * costs[row + step, place + step]
    return total


def test_a_stretch_costs_what_its_residues_cost(known):
    base = search.database(known)
    rows = np.flatnonzero(known.table.protein == 0)
    query = search.residues(known.table, rows)
    maps = np.full((len(rows), BINS**2), 1 / BINS**2)
    costs = search.stretches(search.pair_costs(query, base, maps, BINS))
    for row, place in ((4, 10), (12, 80), (7, 33)):
        assert costs[row, place] == pytest.approx(brute_force(query, base, maps, row, place), rel=1e-4)


def test_a_protein_of_the_database_finds_itself_unless_that_is_forbidden(known):
    base = search.database(known)
    rows = np.flatnonzero(known.table.protein == 2)
    query, truth = search.residues(known.table, rows), known.truth.angles[rows]
    inner = np.isfinite(truth).all(1)
    own = search.search(query, base, 5)
    best = np.take_along_axis(own.angles, own.cost.argmin(1)[:, None, None], 1)[:, 0]
    assert np.allclose(best[inner], truth[inner])
    others = search.search(query, base, 5, group=known.group[rows[0]])
    assert (np.abs(others.angles - truth[:, None]).max(-1)[inner] > 1e-6).all()


def test_a_map_of_the_networks_leads_the_search(known):
    base = search.database(known)
    rows = np.flatnonzero(known.table.protein == 1)
    query = search.residues(known.table, rows)
    helix = grid.distribution(np.radians([[-62.0, -43.0]]), BINS, 10.0).repeat(len(rows), 0)
    found = search.search(query, base, 5, known.group[rows[0]], helix, BINS)
    off = np.degrees(circular_difference(found.angles, np.radians([-62.0, -43.0])))
    assert np.median(np.hypot(*np.moveaxis(off, -1, 0))) < 30


def test_a_smaller_database_is_part_of_a_larger_one(known):
    small, large = search.database(known, 0.5), search.database(known)
    assert set(small.group[small.residues.there]) < set(large.group[large.residues.there])


# --- classes


def test_classes_follow_how_sure_and_how_ordered():
    config = Config()
    sure = np.array([0.99, (predict.STRONG + predict.GENEROUS) / 2, 0.1, 0.99, 0.99])
    s2 = np.array([0.9, 0.9, 0.9, 0.5, np.nan])
    named = predict.classes(config, sure, s2)
    assert named.tolist() == ["Strong", "Generous", "Warn", "Dynamic", "Strong"]


def test_the_shift_index_finds_a_helix_and_a_strand():
    sequence = "A" * 30
    from common.protein.random_coil import random_coil
    from common.shiftlist import six

    shifts = six(random_coil(sequence, neighbours=True))
    shifts[5:15] += [0, 0, -0.3, 2.0, 3.0, -0.4]
    shifts[18:26] += [0, 0, 0.4, -1.5, -1.5, 2.0]
    bonded = np.arange(30) > 0
    found = shift_index.states(data.table([data.Chain("x", sequence, shifts, bonded)]))
    assert "".join(found) == "C" * 5 + "H" * 10 + "C" * 3 + "E" * 8 + "C" * 4


# --- files


@pytest.fixture
def prediction():
    """Three residues: numbers 7, 8 and 10, the last Warn."""
    angles = np.radians([[-60.0, -40.0], [170.0, 175.0], [-70.0, 140.0]])
    torsions = TorsionPrediction(
        angles, np.array(["Strong", "Generous", "Warn"]), sd=np.radians(np.full((3, 2), 15.0)),
        confidence=np.array([0.95, 0.8, 0.3]), rotamers=np.array([2, -1, 0]), secondary=np.array(list("HCC")),
    )  # fmt: skip
    third = np.full((3, 3), 1 / 3)
    return predict.Prediction(torsions, np.zeros(3), np.array([25, 20, 3]), third, third, third)


@pytest.fixture
def shifts():
    return ShiftList("x", "VAS", np.array([7, 8, 10]), np.full((3, len(COLUMNS)), np.nan))


def test_restraints_reach_over_no_gap_and_are_as_wide_as_stated(shifts, prediction):
    made = outputs.restraints(shifts, prediction, ("Strong", "Generous"), chi1=True)
    assert [(row, angle) for row, angle, _, _ in made] == [(0, "PSI"), (0, "CHI1"), (1, "PHI")]
    assert [round(width) for *_, width in made] == [30, 30, 30]
    lines = outputs.cyana(shifts, made).splitlines()
    assert lines[0].split() == ["7", "VAL", "PSI", "-70.0", "-10.0"]
    assert lines[2].split() == ["8", "ALA", "PHI", "140.0", "200.0"]


def test_xplor_restraints_name_the_atoms_of_each_angle(shifts, prediction):
    made = outputs.restraints(shifts, prediction, ("Strong", "Generous"), chi1=True)
    psi, chi1, phi = outputs.xplor(shifts, made).splitlines()
    assert "(resid 7 and name N) (resid 7 and name CA) (resid 7 and name C) (resid 8 and name N)" in psi
    assert "(resid 7 and name CB) (resid 7 and name CG1) 1.0   -60.0   30.0 2" in chi1
    assert phi.startswith("assign (resid 7 and name C) (resid 8 and name N)")


def test_a_table_is_read_by_its_own_columns(shifts, prediction):
    text = outputs.table(shifts, prediction, np.array([0.9, 0.8, np.nan]), np.array([6, 5, 0]), ["run"])
    lines = text.splitlines()
    names = next(line.split()[1:] for line in lines if line.startswith("VARS"))
    rows = [dict(zip(names, line.split(), strict=True)) for line in lines[-3:]]
    assert [row["CLASS"] for row in rows] == ["Strong", "Generous", "Warn"]
    assert float(rows[1]["PHI"]) == pytest.approx(170.0)
    assert rows[0]["CHI1"] == "-60"
    assert rows[1]["CHI1"] == "-"
    assert rows[2]["RESNAME"] == "S"


def test_nothing_is_said_of_ends_and_of_residues_far_from_shifts(known):
    shifts = np.full((8, 6), np.nan)
    shifts[[1, 2, 4], 4] = 56.0
    table = data.table([data.Chain("x", "AAAAAXAA", shifts, np.arange(8) > 0)])
    torsions = TorsionPrediction(np.zeros((8, 2)), np.full(8, "Strong"), sd=np.ones((8, 2)))
    third = np.full((8, 3), 1 / 3)
    found = predict.unknown(
        predict.Prediction(torsions, np.zeros(8), np.zeros(8), third, third, third), table
    )
    assert np.flatnonzero(found.torsions.classes == "Strong").tolist() == [1, 2, 3, 4]


def test_residues_of_the_table_are_those_of_the_structures(known):
    entries = training_entries((), made_up=6)
    assert len(known.table) == sum(len(entry.protein) for entry in entries)
    names = np.concatenate([entry.protein.residues for entry in entries])
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))[known.table.codes]
    assert [THREE_LETTER[letter] for letter in letters] == names.tolist()
    assert np.isnan(known.truth.chi1[letters == "P"]).all()
    assert set(known.folds) == {0, 1}
    assert known.table.known[known.scored].all()


def test_every_preset_is_a_configuration():
    for fields in PRESETS.values():
        assert dataclasses.replace(Config(), **fields).members >= 2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "nothing to do"),
        ({"output": "x.csv"}, "ends in .tab"),
        ({"output": "x.tab", "generous": True}, "no restraints to write"),
        ({"output": "no/x.tab"}, "does not exist"),
        ({"output": "x.tab", "figure": "x.tab"}, "ends in .png"),
    ],
)
def test_outputs_that_cannot_be_written_are_refused_in_a_line(change, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files, flags = ("output", "restraints", "figure"), ("generous", "chi1", "force")
    options = dict.fromkeys(files) | dict.fromkeys(flags, False) | change
    with pytest.raises(UserError, match=word):
        apply._check_outputs(argparse.Namespace(input="x.str", **options))


def test_picked_proteins_keep_their_windows(known):
    chosen = np.isin(known.table.protein, [1, 4])
    part = known.pick(chosen)
    whole, few = known.table, part.table
    assert (few.features[few.windows(3)] == whole.features[whole.windows(3)[chosen]]).all()
    assert set(few.protein) == {0, 1}
    assert np.array_equal(part.truth.chi1, known.truth.chi1[chosen], equal_nan=True)


# --- the door


class Helix:
    """Networks that call every residue a helix."""

    config = Config(matches=5)

    def say(self, table, folds=None):
        one = grid.distribution(np.radians([[-62.0, -43.0]]), BINS, 12.0).repeat(len(table), 0)
        third = np.tile([0.8, 0.1, 0.1], (len(table), 1))
        return networks.Said((one,), third, third)


def test_the_door_writes_table_restraints_and_figure(known, tmp_path, monkeypatch, capsys):
    entry = training_entries((), made_up=6)[0]
    numbers = np.arange(3, 3 + len(entry.protein))
    write_shifts(tmp_path / "x.tab", ShiftList("x", entry.protein.sequence, numbers, entry.shifts))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(apply, "chosen_run", lambda *_: tmp_path / "a_run")
    monkeypatch.setattr(apply, "config_of", lambda *_: Helix.config)
    monkeypatch.setattr(apply, "networks", lambda *_: Helix())
    monkeypatch.setattr(apply, "database", lambda _: search.database(known))
    parser = argparse.ArgumentParser()
    apply.add_options(parser)
    words = ["x.tab", "-o", "pred.tab", "--restraints", "pred.tbl", "--figure", "pred.png", "--chi1"]
    apply.main(argparse.Namespace(**vars(parser.parse_args(words)), name="talos_n"))
    said = capsys.readouterr().out
    assert "Strong" in said
    assert "a_run" in (tmp_path / "pred.tab").read_text()
    assert "assign (resid" in (tmp_path / "pred.tbl").read_text()
    assert (tmp_path / "pred.png").stat().st_size > 10000
    rows = [line.split() for line in (tmp_path / "pred.tab").read_text().splitlines()]
    rows = {int(row[0]): row for row in rows if row and row[0].isdigit()}
    assert list(rows) == numbers.tolist()
    assert rows[3][-1] == "None"
    assert abs(float(rows[10][2]) + 62) < 10


def test_too_few_shifts_are_refused_in_a_line(tmp_path):
    write_shifts(tmp_path / "x.tab", ShiftList("x", "AAA", np.arange(3), np.full((3, len(COLUMNS)), 50.0)))
    with pytest.raises(UserError, match="at least 8"):
        apply.chosen_list(argparse.Namespace(input=str(tmp_path / "x.tab"), list=None))


def test_few_proteins_may_hold_none_for_development(tmp_path):
    session = Findings(tmp_path)
    experiment.held_out(Config(), session, None, SimpleNamespace(development=np.zeros(5, bool)), None)
    assert "no development protein" in session.notes[-1]
    assert not session.scores.metrics
