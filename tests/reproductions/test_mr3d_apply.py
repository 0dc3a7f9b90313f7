"""`nmr-repro apply mr3d_densenet` with networks that are formulas: outputs, warnings, ranking, mistakes."""

import argparse

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.crystals import read_crystals, write_crystals
from common.metrics.calibration import Widening
from common.structures import Crystal
from reproductions.mr3d_densenet import apply, estimate, uncertainty
from reproductions.mr3d_densenet.config import Config
from reproductions.mr3d_densenet.simulated import made_up

CONFIG = Config(nuclei=("H", "C"), neighbours=16, rotations=2)


def formula(atoms):
    """A shielding of the nearest neighbours that no symmetry changes."""
    apart = np.linalg.norm(atoms.offsets, axis=-1)
    return 20 + 5 * np.exp(-apart).sum(1), 0.1 + 0 * apart[:, 0]


@pytest.fixture
def door(monkeypatch, tmp_path):
    """The command as words on its line; what it needs of a run is made up."""
    monkeypatch.setattr(apply, "chosen_run", lambda *_: tmp_path / "a-run")
    monkeypatch.setattr(apply, "config_of", lambda *_: CONFIG)
    monkeypatch.setattr(apply, "networks", lambda config, _: dict.fromkeys(config.nuclei, formula))
    parser = argparse.ArgumentParser()
    apply.add_options(parser)

    def call(*words):
        return apply.main(parser.parse_args([str(word) for word in words]))

    return call


@pytest.fixture
def crystals(tmp_path):
    """Two made-up crystals with known shieldings, in a file."""
    found = made_up(2)[0][:2]
    write_crystals(tmp_path / "two.xyz", found)
    return tmp_path / "two.xyz", found


def test_all_atoms_of_the_nuclei_are_written(door, crystals, tmp_path, capsys):
    path, known = crystals
    assert door(path, "-o", tmp_path / "out.xyz", "--shifts", "H=30", "C=170,-0.5") is None
    found = read_crystals(tmp_path / "out.xyz")
    for one, source in zip(found, known, strict=True):
        heavy = np.isin(one.numbers, [7, 8])
        assert np.isnan(one.shieldings[heavy]).all()
        assert np.isfinite(one.shieldings[~heavy]).all()
        assert one.columns["uncertainty"][~heavy] == pytest.approx(0.1)
        assert np.allclose(one.columns["known"], source.shieldings)
        h, c = one.numbers == 1, one.numbers == 6
        assert one.columns["shift"][h] == pytest.approx(30 - one.shieldings[h], abs=2e-4)
        assert one.columns["shift"][c] == pytest.approx(170 - 0.5 * one.shieldings[c], abs=2e-4)
        half = len(one) // 2  # inversion copies
        assert np.allclose(one.shieldings[:half], one.shieldings[half:], equal_nan=True)
    said = capsys.readouterr().out
    assert "the networks of H, C of run a-run" in said
    assert "RMSE to the file's" in said
    errors = np.concatenate(
        [(a.shieldings - b.shieldings)[a.numbers == 1] for a, b in zip(found, known, strict=True)]
    )
    assert f"{np.sqrt(np.mean(errors**2)):.2f}" in said


def test_a_spread_is_widened_as_the_record_says_and_a_run_that_does_not_is_told_of(
    door, crystals, tmp_path, monkeypatch, capsys
):
    path, _ = crystals
    door(path, "-o", tmp_path / "plain.xyz")
    assert "H, C: this run has not measured how far to widen" in capsys.readouterr().out
    monkeypatch.setattr(uncertainty, "recorded", lambda *_: {"H": Widening(3.0, 0.1)})
    door(path, "-o", tmp_path / "out.xyz")
    assert "C: this run has not" in capsys.readouterr().out
    for one, plain in zip(
        read_crystals(tmp_path / "out.xyz"), read_crystals(tmp_path / "plain.xyz"), strict=True
    ):
        h, c = one.numbers == 1, one.numbers == 6
        assert one.columns["uncertainty"][h] == pytest.approx(3 * np.hypot(0.1, 0.1), abs=1e-4)
        assert one.columns["uncertainty"][c] == pytest.approx(0.1)
        assert np.array_equal(one.shieldings, plain.shieldings, equal_nan=True)


def test_without_an_output_the_distinct_atoms_are_printed(door, crystals, capsys):
    path, known = crystals
    door(path)
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("MADEUP000")
    rows = lines[start + 2 : lines.index("MADEUP001")]
    assert len(rows) == np.isin(known[0].numbers, [1, 6]).sum() // 2


def test_symmetry_copies_are_predicted_once_and_names_may_repeat():
    frames = [made_up(1)[0][0]] * 2
    asked = []

    def network(atoms):
        asked.append(len(atoms))
        return formula(atoms)

    one, two = estimate.estimate(frames, {"H": network}, 16)
    assert asked == [(frames[0].numbers == 1).sum()]  # two crystals, half of the atoms each
    assert np.array_equal(one.shieldings, two.shieldings, equal_nan=True)


def test_candidates_are_ranked(door, tmp_path, capsys):
    frames = made_up(3)[0][:3]
    same = [frame.replace(name=f"cand{k}") for k, frame in enumerate(frames)]
    write_crystals(tmp_path / "candidates.xyz", same)
    truth = estimate.estimate(same, {"H": formula}, 16)[1]
    half = truth.shieldings[truth.numbers == 1][:6]
    rows = [f"{k},{k + 1},{31 - value:.4f}" for k, value in enumerate(half)]
    (tmp_path / "measured.csv").write_text("\n".join(["site,atoms,shift", *rows]))
    door(tmp_path / "candidates.xyz", "--rank", tmp_path / "measured.csv", "--figure", tmp_path / "r.png")
    lines = capsys.readouterr().out.splitlines()
    first = next(line for line in lines if line.strip().startswith("1 "))
    assert first.split()[1:3] == ["cand1", "0.000"]
    assert "offset 31.00" in first
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


def test_what_training_has_not_seen_is_said(crystals):
    _, (crystal, _) = crystals
    sparse = estimate.unlike(crystal)
    assert any("atoms in a cubic angstrom" in line for line in sparse)
    assert not any("C-H" in line for line in sparse)
    refined = crystal.positions.copy()
    hydrogens = np.flatnonzero(crystal.numbers == 1)
    for h in hydrogens:  # as X-ray refinement has them
        apart = np.linalg.norm(crystal.positions - crystal.positions[h], axis=1)
        bound = np.argsort(apart)[1]
        refined[h] = crystal.positions[bound] + 0.95 / 1.09 * (
            crystal.positions[h] - crystal.positions[bound]
        )
    assert any(
        "C-H bonds are under 1.05" in line for line in estimate.unlike(crystal.replace(positions=refined))
    )
    heavy = crystal.numbers != 1
    bare = Crystal("bare", crystal.numbers[heavy], crystal.cell, crystal.positions[heavy])
    assert any("no hydrogen atoms" in line for line in estimate.unlike(bare))
    dense = Crystal("ok", np.array([1, 6]), np.diag([2.7, 2.7, 2.7]), np.array([[0, 0, 0], [1.09, 0, 0]]))
    assert estimate.unlike(dense) == []


def test_an_element_without_a_channel_is_refused_unless_it_is_asked_for(door, crystals, tmp_path, capsys):
    _, (crystal, other) = crystals
    odd = crystal.replace(numbers=np.where(crystal.numbers == 8, 17, crystal.numbers))
    write_crystals(tmp_path / "odd.xyz", [odd])
    with pytest.raises(UserError, match="MADEUP000 has Cl, which no channel is for; --other-elements"):
        door(tmp_path / "odd.xyz")
    write_crystals(tmp_path / "good.xyz", [other])
    assert door(tmp_path / "odd.xyz", tmp_path / "good.xyz", "-o", tmp_path / "out.csv") == 1
    assert "left out" in capsys.readouterr().out
    assert "MADEUP001" in (tmp_path / "out.csv").read_text()
    assert door(tmp_path / "odd.xyz", "--other-elements", "-o", tmp_path / "out2.csv") is None
    assert "Cl stands in the channel of nitrogen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["-o", "out.pdb"], "the name ends in"),
        (["--figure", "r.png"], "name measured shifts"),
        (["--rotations", "0"], "from 1 to 1000"),
        (["--rank", "nothing.csv"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line(door, crystals, words, reason):
    with pytest.raises((UserError, FormatError), match=reason):
        door(crystals[0], *words)


def test_an_output_that_stays_and_a_nucleus_that_is_not_there(door, crystals, tmp_path):
    path, _ = crystals
    with pytest.raises(UserError, match="is an input"):
        door(path, "-o", path, "--force")
    (tmp_path / "out.xyz").write_text("mine")
    with pytest.raises(UserError, match="exists"):
        door(path, "-o", tmp_path / "out.xyz")
    (tmp_path / "n.csv").write_text("site,atoms,shift,element\n1,1,1,N\n2,2,2,N\n3,3,3,N\n")
    with pytest.raises(UserError, match="no network for N"):
        door(path, "--rank", tmp_path / "n.csv")
    with pytest.raises(SystemExit):
        door(path, "--shifts", "X=3")
