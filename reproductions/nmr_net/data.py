"""Simulated spectra with their candidates, and the crops of them that the network learns from.

Proteins of training, development and tests share no sequence cluster (``sidechains.roles``). A candidate is
true where it is joined to a label; one on the diagonal of a homonuclear spectrum is a signal, so it counts as
true in training, and neither way in scores, since nobody wants it in a list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from common.cache import cached
from common.classical.peak_picking import Candidates, candidates, quiet_noise
from common.metrics.picking import Matched, match
from common.shifts.clusters import PAIRED
from common.shifts.lists import DATA_SET
from common.simulation.protein_peaks import EXPERIMENTS
from common.simulation.protein_planes import LabelledSpectrum, simulate, suits
from common.simulation.protein_spins import ProteinSpins, made_up
from common.spectrum import Axis
from common.training.batches import Batches, generator

from . import estimate, zones
from .config import Config
from .crops import line_widths, mirrored
from .small import KINDS, simulate_small

#: Raised when simulation, candidates or crops change: examples are kept on disk.
VERSION = 1
#: ours: candidates below this many times the noise are learnt from less often, by this factor; it goes by
#: their height alone, so it changes no probability.
WEAK, SELDOM = 5.0, 0.25
#: Candidates of a plane of a small molecule to learn from: so many of the strongest, so many of the rest.
SMALL = 60, 60
#: The seed of all simulated spectra: the same for every run, so that they are made once.
SEED = 0
#: Spectra of proteins without a peak in them are drawn again, so often at most.
TRIES = 10
#: What proteins and their shifts come from.
SETS = (*PAIRED, DATA_SET)
#: Roles of proteins by split.
ROLES = {"train": "train", "validation": "development", "test": "test"}


@dataclass(frozen=True)
class Seen:
    """A spectrum as the picker meets it: its candidates, its noise as estimated, usual line widths.

    truth: which candidates are labels, those on a diagonal too; matched: the same with a diagonal set aside.
    """

    labelled: LabelledSpectrum
    found: Candidates
    widths: np.ndarray
    truth: Matched
    matched: Matched


@lru_cache(maxsize=2)
def chains(config_made_up: int, offline: bool) -> tuple[tuple[ProteinSpins, str], ...]:
    """Proteins with their roles; random chains take turns."""
    if config_made_up:
        turns = tuple(ROLES.values())
        made = made_up(config_made_up * len(turns), generator(SEED, "chains", 0, 0), (30, 50))
        return tuple((chain, turns[k % len(turns)]) for k, chain in enumerate(made))
    from common.shifts.sidechains import protein_chains, roles

    known = protein_chains(offline=offline)
    return tuple(zip(known, roles(known), strict=True))


def labelled(config: Config, experiment: str, split: str, index: int, offline=False) -> LabelledSpectrum:
    """The simulated spectrum of a number; of a 3D, one of either kind of plane."""
    usual = [
        chain
        for chain, role in chains(config.made_up, offline)
        if role == ROLES[split] and suits(chain, experiment)
    ]
    for attempt in range(TRIES):
        rng = generator(SEED, f"{split}/{experiment}", attempt, index)
        chain = usual[rng.integers(len(usual))]
        three = len(EXPERIMENTS[experiment].nuclei) == 3
        try:
            return simulate(chain, experiment, rng, slab=int(rng.integers(2)) if three else None)
        except ValueError:  # no peak of this protein lies in this spectrum
            continue
    raise ValueError(f"no protein of {split} has a peak in {experiment}")


def seen(config: Config, spectrum: LabelledSpectrum) -> Seen:
    """Candidates of a spectrum joined to its labels; noise is estimated, as of a measured one."""
    data = spectrum.spectrum.data
    found = candidates(data, cut=config.cut, noise=quiet_noise(data))
    truth = match(found.index, spectrum.index, spectrum.tolerance)
    aside = match(found.index, spectrum.index, spectrum.tolerance, spectrum.diagonal)
    return Seen(spectrum, found, line_widths(found), truth, aside)


def by_plane(data: np.ndarray, axes: tuple[Axis, ...], found: Candidates, slab: int):
    """``(rows, plane, places, mirrored)`` of each plane with candidates: they are ``found.pick(rows)``.

    slab: the indirect axis of a 3D that planes are taken across, at each candidate's point; -1 of a 2D.
    """
    if slab < 0:
        yield np.arange(len(found)), data, found.index, mirrored(axes, found.index)
        return
    for k in np.unique(found.point[:, slab]):
        rows = np.flatnonzero(found.point[:, slab] == k)
        yield rows, np.take(data, k, slab), np.delete(found.index[rows], slab, axis=1), None


def crops_of(config: Config, one: Seen, chosen: np.ndarray) -> np.ndarray:
    """Crops of chosen candidates (k,) of a simulated spectrum, in their order."""
    spectrum, slab = one.labelled.spectrum, one.labelled.slab
    shape = (len(chosen), config.size, config.size, len(config.channels))
    made, picked = np.zeros(shape, "float32"), one.found.pick(chosen)
    widths = np.delete(one.widths, slab) if slab >= 0 else one.widths
    for rows, plane, places, across in by_plane(spectrum.data, spectrum.axes, picked, slab):
        made[rows] = estimate.crops_of(config, plane, one.found.noise, places, widths, across)
    return made


def chosen(config: Config, found: Candidates, rng: np.random.Generator) -> np.ndarray:
    """Candidates (at most ``each``) of a spectrum to learn from, weak ones less often."""
    usual = np.where(np.abs(found.height) > WEAK * found.noise, 1.0, SELDOM)
    order = rng.exponential(size=len(found)) / usual
    kept = np.flatnonzero(rng.random(len(found)) < usual)
    return kept[np.argsort(order[kept], kind="stable")[: config.each]]


def examples(config: Config, split: str, offline: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Crops (n, size, size, channels), half precision, and whether each candidate is a peak (n, 1)."""
    of_crops = {name: getattr(config, name) for name in ("size", "per_width", "channels")}
    more = {name: getattr(config, name) for name in ("cut", "made_up", "each")}
    number = {"train": config.spectra, "validation": config.validation}[split]
    parts = [
        cached(
            _examples, version=VERSION, experiment=experiment, split=split,
            number=math.ceil(config.share * number), offline=offline, **of_crops, **more,
        )
        for experiment in config.experiments
    ]  # fmt: skip
    if config.small:
        parts += [
            cached(
                _small, version=VERSION, kind=kind, split=split,
                number=math.ceil(config.small * number), **of_crops,
            )
            for kind in KINDS
        ]  # fmt: skip
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _small(*, kind: str, split: str, number: int, **fields):
    config = Config(**fields)
    made, true = [], []
    for index in range(number):
        rng = generator(SEED, f"{split}/small/{kind}", 0, index)
        plane = simulate_small(kind, rng)
        spectrum = plane.spectrum
        found = candidates(
            spectrum.data, cut=zones.CUT, noise=quiet_noise(spectrum.data), radius=zones.RADIUS
        )
        right, known = plane.labels(found.point, found.index)
        first, rest = np.split(np.arange(len(found)), [SMALL[0]])
        rows = np.concatenate([first, rng.permutation(rest)[: SMALL[1]]])
        rows = rows[known[rows]]
        across = mirrored(spectrum.axes, found.index[rows])
        widths = line_widths(found)
        crops = estimate.crops_of(config, spectrum.data, found.noise, found.index[rows], widths, across)
        made.append(crops.astype("float16"))
        true.append(right[rows])
    return np.concatenate(made), np.concatenate(true).astype("float32")[:, None]


def _examples(*, experiment: str, split: str, number: int, offline: bool, **fields):
    config = Config(**fields)
    made, true = [], []
    for index in range(number):
        one = seen(config, labelled(config, experiment, split, index, offline))
        rows = chosen(config, one.found, generator(SEED, f"{split}/{experiment}/chosen", 0, index))
        made.append(crops_of(config, one, rows).astype("float16"))
        true.append(one.truth.true[rows])
    return np.concatenate(made), np.concatenate(true).astype("float32")[:, None]


def batches(config: Config, seed: int, split: str, offline: bool = False) -> Batches:
    """Batches of one split; where the configuration says so, crops are turned over at random in training."""
    made, true = examples(config, split, offline)
    name = "peptides" if config.made_up else "proteins"
    uses = (("simulated", name, ROLES[split]),)
    return over(config, made, true, seed, split, uses)


def over(config: Config, made, true, seed: int, split: str, uses=()) -> Batches:
    """Batches of given examples."""

    def make(indices, rng):
        given = made[indices].astype("float32")
        if config.flips and split == "train":
            given = flipped(given, rng.random((2, len(given))) < 0.5)
        return given, true[indices]

    return Batches(make, len(made), config.batch, seed, split, uses)


def flipped(given: np.ndarray, turned: np.ndarray) -> np.ndarray:
    """Crops (k, size, size, channels) turned over, (2, k), their middle where it was."""
    for axis in (0, 1):
        rows = turned[axis]
        over = np.flip(given[rows], axis + 1)
        given[rows] = np.roll(over, 1 - given.shape[1] % 2, axis + 1)
    return given
