"""Crystals to learn from and to be tested on, split by refcode, and their environments.

The split: a hash of the refcode family (the first six letters, one compound) puts a crystal into one of
``folds`` parts; part ``fold`` is the test. Of the others a second hash holds out :data:`HELD_OUT` to choose
by, and a third makes the nested subsets of a learning curve. Relaxed and rattled copies have one refcode.
Rattled crystals without one (``UNMATCHED``) are in no other set, and always among those to learn from.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np

from common import datasets
from common.cache import cached
from common.errors import UserError
from common.io.crystals import read_crystals
from common.structures import Crystal
from common.training.batches import Batches

from .config import Config
from .environments import Environments, environments
from .simulated import MADE_UP, made_up

#: Raise it when the readers of crystals change; what they read is kept on disk.
VERSION = 1
#: Files of the data sets: relaxed, rattled.
FILES = {
    "shiftml_csd": ("csd500_relaxed_shared.xyz.gz", "csd500_rattled_shared.xyz.gz"),
    "csd_2k": ("41467_2018_6972_MOESM3_ESM.txt",),
    "cocaine_csp": ("cocaine_QuantumEspresso.xyz",),
}
#: The data set whose crystals are for tests.
TESTED = "shiftml_csd"
#: The column of relaxed crystals with what the published ShiftML predicts.
PUBLISHED = "CS[1]"
#: Share of the crystals that are not for testing, held out of fitting to choose by. ours: some forty.
HELD_OUT = 0.1
#: ppm; code: hydrogen atoms outside are no examples to learn from. Test atoms are not filtered.
HYDROGEN = (0.0, 40.0)
#: Names of rattled crystals without a refcode begin so.
UNMATCHED = "UNMATCHED"


def compound(name: str) -> str:
    """The refcode family of a crystal: the letters that all structures of one compound share."""
    return name[:6] if re.fullmatch(r"[A-Z]{6}\d\d", name) else name


def uniform(name: str, purpose: str) -> float:
    """A number from 0 to 1 that depends on the compound and the purpose alone."""
    digest = hashlib.sha256(f"{purpose} {compound(name)}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def fold_of(name: str, folds: int) -> int:
    """The part, from 0 to ``folds`` - 1, that a crystal is in; -1 for one that is never for testing."""
    if name.startswith(UNMATCHED):
        return -1
    if name.startswith(MADE_UP):
        return int(name.removeprefix(MADE_UP)) % folds
    return int(uniform(name, "fold") * folds)


def role(name: str, config: Config) -> str:
    """What a crystal of the data set that is split is for: ``training``, ``validation`` or ``test``."""
    fold = fold_of(name, config.folds)
    if fold == config.fold:
        return "test"
    if name.startswith(MADE_UP):  # few crystals, of which every role needs one
        return "validation" if fold == (config.fold + 1) % config.folds else "training"
    return "validation" if fold >= 0 and uniform(name, "validation") < HELD_OUT else "training"


@lru_cache(maxsize=2)
def crystals(data: str, offline: bool = False) -> tuple[tuple[Crystal, ...], np.ndarray]:
    """The crystals of a data set, and of each whether it is rattled. Raises DataMissing, FormatError."""
    spec, frames, counts = datasets.load(data), [], []
    for file in FILES[data]:
        path = spec.path(file, offline=offline)
        # what is without a known checksum is known by the time of its change
        state = spec.files[file].sha256 or str(path.stat().st_mtime_ns)
        found = _crystals(cached(_arrays, version=VERSION, path=str(path), state=state))
        frames += found
        counts.append(len(found))
    return tuple(frames), np.repeat(np.arange(len(counts)) > 0, counts)


def checksums(data: str) -> dict[str, str]:
    """The known checksums of the files of a data set."""
    known = datasets.load(data).checksums
    return {file: known[file] for file in FILES[data] if known.get(file)}


def _arrays(*, path: str, state: str) -> tuple[np.ndarray, ...]:
    """Names, sizes, cells, numbers, positions, shieldings and published predictions of a file."""
    found = read_crystals(path)
    atoms = ("numbers", "positions", "shieldings")
    return (
        np.array([crystal.name for crystal in found]),
        np.array([len(crystal) for crystal in found]),
        np.stack([crystal.cell for crystal in found]),
        *(np.concatenate([getattr(crystal, part) for crystal in found]) for part in atoms),
        np.concatenate([crystal.columns.get(PUBLISHED, crystal.shieldings * np.nan) for crystal in found]),
    )


def _crystals(arrays) -> list[Crystal]:
    """The crystals of :func:`_arrays`."""
    names, sizes, cells, *atoms = arrays
    parts = zip(*(np.split(part, np.cumsum(sizes)[:-1]) for part in atoms), strict=True)
    return [
        Crystal(str(name), numbers, cell, positions, shieldings, {PUBLISHED: published})
        for name, cell, (numbers, positions, shieldings, published) in zip(names, cells, parts, strict=True)
    ]


@lru_cache(maxsize=2)
def everything(
    data: str, element: str, neighbours: int, collapse: bool, made: int, offline: bool = False
) -> Environments:
    """The environments of one element in a data set, or in ``made`` made-up crystals, kept on disk."""
    frames, rattled = made_up(made) if made else crystals(data, offline)
    return environments(
        frames, element, neighbours=neighbours, rattled=rattled, collapse=collapse, keep=not made
    )


def training(config: Config, element: str, offline: bool = False) -> Environments:
    """What to learn from: ``config.share`` of the training crystals, their rattled copies too if so set."""
    known = _all(config, config.data, element, config.collapsed, offline)
    wanted = [name for name in known.names if _learns(name, config)]
    if not wanted:
        raise UserError(f"share={config.share} leaves no crystal to learn from; ask for more")
    rows = _of(known, wanted)
    if not config.rattled:
        rows &= ~known.rattled
    if element == "H":
        rows &= (known.shielding >= HYDROGEN[0]) & (known.shielding <= HYDROGEN[1])
    return known.pick(rows)


def validation(config: Config, element: str, offline: bool = False) -> Environments:
    """What to choose by: the relaxed crystals that are held out of fitting, symmetry copies as one."""
    known = _all(config, config.data, element, True, offline)
    wanted = [name for name in known.names if _role(name, config) == "validation"]
    return known.pick(_of(known, wanted) & ~known.rattled)


def unseen(config: Config, element: str, offline: bool = False) -> Environments:
    """The crystals of the test, relaxed and rattled, symmetry copies as one with ``copies`` counted.

    All crystals of ``shiftml_csd`` where the network learns from another set.
    """
    known = _all(config, TESTED, element, True, offline)
    return known.pick(_of(known, [name for name in known.names if _tested(name, config)]))


def published(environments: Environments, offline: bool = False) -> np.ndarray:
    """What the published ShiftML predicts (n,) in ppm for atoms of ``shiftml_csd``; NaN where rattled."""
    frames, rattled = crystals(TESTED, offline)
    stored = {
        frame.name: frame.columns[PUBLISHED]
        for frame, moved in zip(frames, rattled, strict=True)
        if not moved
    }
    found = np.full(len(environments), np.nan)
    for k, name in enumerate(environments.names):
        rows = (environments.crystal == k) & ~environments.rattled
        if name in stored:
            found[rows] = stored[name][environments.atom[rows]]
    return found


def _all(config: Config, data: str, element: str, collapse: bool, offline: bool) -> Environments:
    return everything(data, element, config.neighbours, collapse, config.made_up, offline)


def _role(name: str, config: Config) -> str:
    """As :func:`role`; a set beside the tested one has crystals to learn from and to choose by alone."""
    if config.made_up or config.data == TESTED:
        return role(name, config)
    if compound(name) in _tested_compounds():
        return "left out"
    return "validation" if uniform(name, "validation") < HELD_OUT else "training"


@lru_cache(maxsize=1)
def _tested_compounds() -> frozenset[str]:
    return frozenset(compound(crystal.name) for crystal in crystals(TESTED)[0])


def _learns(name: str, config: Config) -> bool:
    share = config.share >= 1 or uniform(name, "share") < config.share
    return share and _role(name, config) == "training"


def _tested(name: str, config: Config) -> bool:
    own = config.made_up or config.data == TESTED
    return role(name, config) == "test" if own else not name.startswith(UNMATCHED)


def _of(known: Environments, names: list[str]) -> np.ndarray:
    """Which rows (n,) are of crystals with those names."""
    return np.isin(known.crystal, np.flatnonzero(np.isin(known.names, names)))


def batches(config: Config, seed: int, split: str) -> Batches:
    """``train`` or ``validation`` batches of the first network; see :mod:`examples`."""
    from . import examples

    nuclei = next(iter(examples.parts(config).values()))
    return examples.batches(
        config, {each: examples.known_atoms(config, each, split) for each in nuclei}, seed, split
    )
