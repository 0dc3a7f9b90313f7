"""The split of the crystals: no compound on two sides, nothing by the order of a file."""

import dataclasses
import gzip
import hashlib
import re

import numpy as np
import pytest

from common.errors import UserError
from common.structures import Crystal, images
from reproductions.mr3d_densenet import data, simulated
from reproductions.mr3d_densenet.config import Config

MADE = Config(made_up=10, neighbours=24, collapsed=True)


@pytest.fixture
def mirror(data_dir, tmp_path_factory, monkeypatch):
    data_dir("shiftml_csd")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path_factory.getbasetemp() / "mr3d"))


def names_of(found) -> set[str]:
    return {found.names[k] for k in found.crystal}


def test_a_role_depends_on_the_compound_alone():
    config = Config()
    assert data.compound("MAQWIM23") == "MAQWIM"
    assert data.role("MAQWIM", config) == data.role("MAQWIM23", config) == data.role("MAQWIM01", config)
    # the first eight bytes of the digest, by hexadecimal digits
    digest = hashlib.sha256(b"fold ABCDEF").hexdigest()[:16]
    assert data.fold_of("ABCDEF", 5) == int(int(digest, 16) / 2**64 * 5)
    assert {data.role(f"UNMATCHED{k:03d}", config) for k in range(300)} == {"training"}


def test_every_crystal_is_tested_in_one_fold():
    names = [f"AA{k:04d}" for k in range(500)]
    folds = [data.fold_of(name, 5) for name in names]
    assert np.bincount(folds, minlength=5).min() > 70
    for name, fold in zip(names, folds, strict=True):
        roles = [data.role(name, Config(fold=k)) for k in range(5)]
        assert [k for k, role in enumerate(roles) if role == "test"] == [fold]
        assert len(set(roles) - {"test"}) == 1


@pytest.mark.parametrize("element", ["H", "N"])
def test_made_up_crystals_have_every_role_and_share_none(element):
    parts = [getattr(data, role)(MADE, element) for role in ("training", "validation", "unseen")]
    names = [names_of(part) for part in parts]
    assert all(names)
    assert sum(map(len, names)) == len(set.union(*names)) == 10
    assert parts[0].rattled.any()
    assert not parts[1].rattled.any()
    assert parts[2].rattled.any()
    assert np.isfinite(parts[0].shielding).all()
    only_relaxed = data.training(dataclasses.replace(MADE, rattled=False), element)
    assert names_of(only_relaxed) == names[0]
    assert not only_relaxed.rattled.any()
    every = data.training(dataclasses.replace(MADE, collapsed=False), element)
    assert len(every) == every.copies.sum() == parts[0].copies.sum()


def test_training_hydrogens_have_shieldings_from_0_to_40(monkeypatch):
    free = simulated.FREE | {"H": 42.0}
    monkeypatch.setattr(simulated, "FREE", free)
    data.everything.cache_clear()
    try:
        kept, tested = data.training(MADE, "H"), data.unseen(MADE, "H")
    finally:
        data.everything.cache_clear()
    assert kept.shielding.max() <= 40.0
    assert tested.shielding.max() > 40.0


def test_shares_are_nested_and_an_empty_one_is_said():
    names = [f"AA{k:04d}" for k in range(400)]
    learnt = {
        share: {name for name in names if data._learns(name, Config(share=share))}
        for share in (0.25, 0.5, 1.0)
    }
    assert learnt[0.25] < learnt[0.5] < learnt[1.0]
    assert len(learnt[0.25]) == pytest.approx(len(learnt[1.0]) / 4, rel=0.25)
    with pytest.raises(UserError, match="leaves no crystal"):
        data.training(dataclasses.replace(MADE, share=1e-6), "N")


def test_made_up_crystals_are_packed_like_crystals():
    frames, rattled = simulated.made_up(4)
    assert [crystal.name for crystal in frames[:4]] == [crystal.name for crystal in frames[4:]]
    assert rattled.tolist() == [False] * 4 + [True] * 4
    for crystal in frames[:4]:
        _, around, _ = images(crystal, 0.0)
        assert len(around) >= len(crystal) == 28
        assert set(crystal.numbers) == {1, 6, 7, 8}
        # the inverse of the first molecule
        half = len(crystal) // 2
        assert np.ptp(crystal.positions[:half] + crystal.positions[half:], axis=0).max() < 1e-9
    again, _ = simulated.made_up(4)
    assert all(np.array_equal(a.shieldings, b.shieldings) for a, b in zip(frames, again, strict=True))


def test_the_mirror_is_split_as_stated(data_dir):
    folder = data_dir("shiftml_csd")
    relaxed, rattled = (
        re.findall(r"NAME=(\S+)", gzip.decompress((folder / file).read_bytes()).decode())
        for file in data.FILES["shiftml_csd"]
    )
    assert len(relaxed) == len(rattled) == 457
    assert all(name in relaxed or name.startswith(data.UNMATCHED) for name in rattled)
    assert len(set(map(data.compound, relaxed))) == 457
    roles = [data.role(name, Config()) for name in relaxed]
    assert {role: roles.count(role) for role in set(roles)} == {"training": 336, "validation": 32, "test": 89}


@pytest.mark.slow
def test_nitrogen_of_the_mirror(mirror):
    config = Config(neighbours=24, collapsed=True)
    parts = [getattr(data, role)(config, "N", offline=True) for role in ("training", "validation", "unseen")]
    names = [{data.compound(name) for name in names_of(part)} for part in parts]
    assert not names[0] & names[1]
    assert not (names[0] | names[1]) & names[2]
    relaxed = sum(part.copies[~part.rattled].sum() for part in parts)
    assert relaxed == 2439
    tested = parts[2]
    stored = data.published(tested, offline=True)
    assert np.isnan(stored[tested.rattled]).all()
    error = (stored - tested.shielding)[~tested.rattled]
    assert 5.0 < np.sqrt(np.mean(error**2)) < 20.0


def test_crystals_of_another_training_set_that_are_tested_are_left_out(monkeypatch):
    config = Config(data="csd_2k")
    cell, one = 4 * np.eye(3), np.ones(1, int)
    tested = [Crystal(name, one, cell, np.zeros((1, 3))) for name in ("ABCDEF", "GHIJKL01")]
    monkeypatch.setattr(data, "crystals", lambda *_: (tuple(tested), np.zeros(2, bool)))
    data._tested_compounds.cache_clear()
    try:
        assert data._role("ABCDEF01", config) == "left out"
        assert data._role("GHIJKL", config) == "left out"
        assert data._role("MNOPQR", config) in ("training", "validation")
        assert data._tested("ABCDEF", config)
        assert not data._tested("UNMATCHED001", config)
    finally:
        data._tested_compounds.cache_clear()
