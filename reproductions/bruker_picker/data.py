"""Simulated spectra on the network's grid with their labels: drawn as they are needed, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from common.simulation.proton_ranges import ProtonRanges
from common.simulation.proton_spectra import ProtonSpectra, proton_spectra
from common.simulation.regions import NONE, SIGNAL, SOLVENT, Region, labels
from common.spectrum import Axis
from common.training.batches import Batches, generator

from . import compounds, grid
from .config import Config

USES = (("simulated", "small_molecules", "train"),)
MEASURED = ((compounds.SPIN_SYSTEMS, "all", "train"),)
RANGES = ProtonRanges()
#: Molecules to draw from, times the spectra; a mixture has at most three.
SPARE = 3
#: Kept spectra that are made together.
CHUNK = 8


@dataclass(frozen=True)
class Labelled:
    """Spectra and their labels int8 (count, points); regions of every spectrum, seen or not."""

    spectra: ProtonSpectra
    labels: np.ndarray
    regions: list[list[Region]]


def draw(config: Config, count: int, points: int, pool, rng: np.random.Generator) -> Labelled:
    """Spectra of molecules out of a pool, or of random molecules where it is empty."""
    molecules = compounds.drawn(pool, SPARE * count, config.exchanging, rng) if pool else None
    spectra = proton_spectra(count, points, RANGES, rng, molecules)
    return Labelled(spectra, *labels(spectra))


def batches(config: Config, seed: int, split: str, part: str | None = None, offline: bool = False) -> Batches:
    """``train`` or ``validation`` spectra, new ones at every visit of a training unless they are ``kept``.

    Inputs are (spectra, window, channels); targets (spectra, window, 3) are the shares of nothing, signal and
    solvent in every step, none of them beyond the end of a spectrum. part: of several networks, each has its
    own spectra.
    """
    pool = compounds.measured(split, offline) if config.measured else ()
    part = 0 if part in (None, "network") else int(part.removeprefix("network"))
    seed, uses = seed + 1000 * part, USES + (MEASURED if pool else ())
    if split == "train" and config.kept:
        make, count = partial(_windows, config, Kept(config, pool, seed)), config.spectra
    else:
        make = partial(_windows, config, lambda indices, rng: some(config, pool, len(indices), rng))
        count = config.spectra // config.epochs if split == "train" else config.validation
    return Batches(make, count, config.batch, seed, split, uses)


def _windows(config: Config, examples, indices, rng: np.random.Generator):
    rows = [window(config, *example, rng) for example in examples(indices, rng)]
    inputs, targets = zip(*rows, strict=True)
    return np.stack(inputs), np.stack(targets)


def some(config: Config, pool, count: int, rng: np.random.Generator) -> list:
    """Inputs and targets of ``count`` spectra, of molecules out of a pool and of random ones."""
    points = int(rng.choice(config.points))
    known = int(rng.binomial(count, config.measured)) if pool else 0
    return [
        example
        for number, of in ((known, pool), (count - known, ()))
        if number
        for example in examples(config, draw(config, number, points, of, rng))
    ]


class Kept:
    """Inputs and targets of spectra by number, made when first asked for, kept in half precision."""

    def __init__(self, config: Config, pool, seed: int):
        self.config, self.pool, self.seed = config, pool, seed
        self.chunks: dict[int, list] = {}

    def __call__(self, indices, rng) -> list:
        """The examples of some numbers; ``rng`` is not used."""
        return [self._chunk(i // CHUNK)[i % CHUNK] for i in np.asarray(indices).tolist()]

    def _chunk(self, number: int) -> list:
        if number not in self.chunks:
            rng = generator(self.seed, "kept", 0, number)
            made = some(self.config, self.pool, CHUNK, rng)
            self.chunks[number] = [tuple(rows.astype("float16") for rows in each) for each in made]
        return self.chunks[number]


def examples(config: Config, drawn: Labelled):
    """Inputs (steps, channels) and targets (steps, 3) of every spectrum."""
    for data, axis, classes in zip(drawn.spectra.data, drawn.spectra.axes, drawn.labels, strict=True):
        yield grid.inputs(config, data, axis), targets(config, classes, axis)


def targets(config: Config, classes: np.ndarray, axis: Axis) -> np.ndarray:
    """Shares of the classes (points,) in every step, float32 (steps, 3)."""
    each = np.stack([classes == of for of in (NONE, SIGNAL, SOLVENT)]).astype(float)
    return grid.means(each, grid.edges(config, axis)).T.astype("float32")


def window(config: Config, inputs, targets, rng: np.random.Generator):
    """A stretch of ``config.window`` steps at random, or the whole at a random place, zeros around it."""
    inputs, targets = (rows.astype("float32", copy=False) for rows in (inputs, targets))
    spare = config.window - len(inputs)
    if spare < 0:
        start = rng.integers(-spare + 1)
        part = slice(start, start + config.window)
        return inputs[part], targets[part]
    before = int(rng.integers(spare + 1))
    return tuple(np.pad(rows, ((before, spare - before), (0, 0))) for rows in (inputs, targets))
