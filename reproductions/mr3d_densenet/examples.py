"""What the network is shown: the neighbours of an atom, turned, and its shielding as a scaled target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.training.batches import Batches, generator

from . import data
from .config import Config
from .densities import euler_rotations, uniform_rotations
from .environments import Environments

#: Mean and scale of the targets in ppm. Means: of the crystals of ``shiftml_csd``, rounded (the last bias of
#: the network takes the rest; code: the mean of the training set). Scales: code for O and H; for C and N none
#: could be read: ours, the same share of their standard deviation as for O.
TARGETS = {"H": (26.0, 1.0), "C": (63.0, 10.0), "N": (13.0, 20.0), "O": (18.0, 40.0)}


def to_target(shielding: np.ndarray, element: str) -> np.ndarray:
    """Shieldings (n,) in ppm as the network learns them, float32 (n, 1)."""
    mean, scale = TARGETS[element]
    return ((shielding - mean) / scale).astype("float32")[:, None]


def to_shielding(output: np.ndarray, element: str) -> np.ndarray:
    """Outputs (n, 1) of the network in ppm, float64 (n,)."""
    mean, scale = TARGETS[element]
    return output[:, 0].astype(float) * scale + mean


def turns(config: Config, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random rotations (count, 3, 3), as the configuration wants them."""
    return (uniform_rotations if config.uniform else euler_rotations)(count, rng)


def orientations(config: Config, count: int, seed: int, split: str) -> np.ndarray:
    """Rotations (config.rotations, count, 3, 3) of as many atoms, each its own; the first turns nothing."""
    made = [
        turns(config, count, generator(seed, f"{split}/rotations", 0, fold)) if fold else _unturned(count)
        for fold in range(config.rotations)
    ]
    return np.stack(made)


def _unturned(count: int) -> np.ndarray:
    return np.tile(np.eye(3, dtype="float32"), (count, 1, 1))


def parts(config: Config) -> dict[str, tuple[str, ...]]:
    """The nuclei of each network of a run, by the name of its weights; several members have a number each."""
    made = {"joint": config.nuclei} if config.joint else {element: (element,) for element in config.nuclei}
    if config.members == 1:
        return made
    return {f"{part}{k}": nuclei for part, nuclei in made.items() for k in range(config.members)}


def nucleus(config: Config, element: str, count: int) -> tuple[np.ndarray, ...]:
    """The input (count, nuclei) that tells a joint network which nucleus it is; none for other networks."""
    if not config.joint:
        return ()
    return (np.tile(np.array(config.nuclei) == element, (count, 1)).astype("float32"),)


def batches(config: Config, known: Mapping[str, Environments], seed: int, split: str) -> Batches:
    """Batches of some atoms, by nucleus: ``train`` in all orientations, any other split in one.

    Inputs: offsets (batch, K, 3) in angstrom, channels (batch, K), rotations (batch, 3, 3), :func:`nucleus`.
    code: the orientations are drawn once and all are in every epoch; with ``config.redraw`` it has a new one
    of each. Where there are several nuclei, all are shown as often as the one with the most atoms.
    """
    made = [_shown(config, atoms, element, seed, split) for element, atoms in known.items()]
    most = max(count for count, _ in made)

    def make(indices, rng):
        which, rows = indices % len(made), indices // len(made)
        found = [
            one(rows[which == k] % count, rng) for k, (count, one) in enumerate(made) if (which == k).any()
        ]
        inputs, targets = zip(*found, strict=True)
        return tuple(map(np.concatenate, zip(*inputs, strict=True))), np.concatenate(targets)

    use = "training" if split == "train" else "validation"
    source = "simulated" if config.made_up else config.data
    role = "train" if split == "train" else "development"
    uses = tuple((source, f"{use}/{element}", role) for element in known)
    return Batches(make, most * len(made), config.batch, seed, split, uses=uses)


def _shown(config: Config, known: Environments, element: str, seed: int, split: str):
    """How many examples the atoms of a nucleus make, and a function from their indices to them."""
    count = len(known)
    new = config.redraw and split == "train"
    stored = orientations(config, count, seed, split)
    if split != "train" or new:
        stored = stored[-1:]
    targets = to_target(known.shielding, element)

    def make(indices, rng):
        fold, rows = np.divmod(indices, count)
        turned = turns(config, len(rows), rng) if new else stored[fold, rows]
        told = nucleus(config, element, len(rows))
        return (known.offsets[rows], known.channels[rows], turned, *told), targets[rows]

    return count * len(stored), make


def known_atoms(config: Config, element: str, split: str, offline: bool = False) -> Environments:
    """The atoms of a split whose shielding is known."""
    found = {"train": data.training, "validation": data.validation}[split](config, element, offline)
    return found.pick(np.isfinite(found.shielding))
