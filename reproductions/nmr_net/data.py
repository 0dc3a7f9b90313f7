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
from common.simulation.plane_ranges import PlaneRanges
from common.simulation.protein_peaks import EXPERIMENTS
from common.simulation.protein_planes import LabelledSpectrum, simulate, suits
from common.simulation.protein_spins import ProteinSpins, made_up
from common.spectrum import Axis
from common.training.batches import Batches, generator

from . import batching, estimate, zones
from .config import Config
from .crops import line_widths, mirrored
from .levels import strong
from .small import KINDS, simulate_small

#: Raised when simulation, candidates or crops change: examples are kept on disk.
VERSION = 1
#: ours: candidates below this many times the noise are learnt from less often, by this factor; it goes by
#: their height alone, so it changes no probability.
WEAK, SELDOM = 5.0, 0.25
#: ours: where there are levels, candidates lower than usual ones are learnt from less often, by this power of
#: how much; else those of a strong spectrum would hardly be peaks.
SLOPE = 0.2
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
def chains(count: int, offline: bool) -> tuple[tuple[ProteinSpins, str], ...]:
    """Proteins with their roles; where a count is given, so many random chains of each role instead."""
    if count:
        turns = tuple(ROLES.values())
        made = made_up(count * len(turns), generator(SEED, "chains", 0, 0), (30, 50))
        return tuple((chain, turns[k % len(turns)]) for k, chain in enumerate(made))
    from common.shifts.sidechains import protein_chains, roles

    known = protein_chains(offline=offline)
    return tuple(zip(known, roles(known), strict=True))


def labelled(config: Config, experiment: str, split: str, index: int, offline=False) -> LabelledSpectrum:
    """The simulated spectrum of a number; of a 3D, one of either kind of plane.

    Where the configuration says so, half of those to learn from, and of development, are stronger than usual:
    artefacts are with them, noise is not. Test spectra are those of every configuration.
    """
    ranges = PlaneRanges(snr=_stronger(config, experiment, split, index))
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
            return simulate(chain, experiment, rng, ranges, int(rng.integers(2)) if three else None)
        except ValueError:  # no peak of this protein lies in this spectrum
            continue
    raise ValueError(f"no protein of {split} has a peak in {experiment}")


def _stronger(config: Config, experiment: str, split: str, index: int) -> float:
    """How many times stronger over the noise than usual a spectrum is."""
    rng = generator(SEED, f"{split}/{experiment}/stronger", 0, index)
    usual = split == "test" or rng.random() < 0.5
    return 1.0 if usual else float(config.strongest ** rng.random())


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


def crops_of(config: Config, one: Seen, chosen: np.ndarray):
    """What the network is given of chosen candidates (k,) of a simulated spectrum, in their order."""
    spectrum, slab = one.labelled.spectrum, one.labelled.slab
    shape = (len(chosen), config.size, config.size, len(config.channels))
    made, picked = np.zeros(shape, "float32"), one.found.pick(chosen)
    widths = np.delete(one.widths, slab) if slab >= 0 else one.widths
    for rows, plane, places, across in by_plane(spectrum.data, spectrum.axes, picked, slab):
        made[rows] = estimate.crops_of(config, plane, one.found.noise, places, widths, across)
    return estimate.with_levels(config, made, spectrum, one.found, one.widths, chosen, slab)


def chosen(config: Config, found: Candidates, rng: np.random.Generator) -> np.ndarray:
    """Candidates (at most ``each``) of a spectrum to learn from, weak ones less often."""
    height = np.abs(found.height)
    usual = np.where(height > WEAK * found.noise, 1.0, SELDOM)
    order, kept = rng.exponential(size=len(found)) / usual, np.flatnonzero(rng.random(len(found)) < usual)
    if config.levels:
        order = order / np.minimum(height / strong(found)[1], 1.0) ** SLOPE
    return kept[np.argsort(order[kept], kind="stable")[: config.each]]


def examples(config: Config, split: str, offline: bool = False) -> tuple:
    """What the network is given of n candidates, half precision, and whether each is a peak (n, 1)."""
    of_crops = {name: getattr(config, name) for name in ("size", "per_width", "channels")}
    more = {name: getattr(config, name) for name in ("cut", "made_up", "each")}
    if config.levels:
        of_crops["levels"], more["strongest"] = True, config.strongest
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
    *columns, true = (np.concatenate(column) for column in zip(*parts, strict=True))
    return (tuple(columns) if config.levels else columns[0]), true


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
        made.append(batching.half(estimate.of_plane(config, spectrum, found, line_widths(found), rows)))
        true.append(right[rows])
    return batching.columns(made, true)


def _examples(*, experiment: str, split: str, number: int, offline: bool, **fields):
    config = Config(**fields)
    made, true = [], []
    for index in range(number):
        one = seen(config, labelled(config, experiment, split, index, offline))
        rows = chosen(config, one.found, generator(SEED, f"{split}/{experiment}/chosen", 0, index))
        made.append(batching.half(crops_of(config, one, rows)))
        true.append(one.truth.true[rows])
    return batching.columns(made, true)


def batches(config: Config, seed: int, split: str, offline: bool = False) -> Batches:
    """Batches of one split; where the configuration says so, crops are turned over at random in training."""
    made, true = examples(config, split, offline)
    name = "peptides" if config.made_up else "proteins"
    uses = (("simulated", name, ROLES[split]),)
    return batching.over(config, made, true, seed, split, uses)
