"""Simulated brain spectra on the network's grid of shifts, and the clean spectra they are to become."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from common.acquisition import WATER_PPM, Basis
from common.processing import spectrum_at
from common.simulation import metabolites
from common.simulation.brain import BrainRanges, Brains, simulate
from common.spectrum import Axis
from common.training.batches import Batches, generator

from .config import Condition, Config

USES = (("simulated", "brain", "train"),)
#: Spectra that share a condition.
CHUNK = 64
#: A scaled spectrum is held to this: a line of water may tower above the region of the scale.
LARGEST = 20.0
#: Chunks of spectra that the whitening is made of.
WHITENING = 64
#: The SNR of spectra that are stored without noise, and how many spectra of noise are kept for them.
QUIET, BANK = 1e6, 4096
#: The seed of the test spectra: the same for every run, so that a fit of them can be kept.
TEST_SEED = 0


def ppm(config: Config) -> np.ndarray:
    """The shifts of input and output, from the left edge of the window to the right one."""
    return np.linspace(*config.window, config.shifts)


def scale_region(config: Config) -> tuple[int, int]:
    """First and last point of the shifts whose rms is the scale of a spectrum."""
    left, right = config.scale_window
    inside = np.flatnonzero((ppm(config) <= left) & (ppm(config) >= right))
    return int(inside[0]), int(inside[-1]) + 1


def time_axis(condition: Condition) -> Axis:
    """The axis of a FID recorded under a condition."""
    mhz, sw, points, _ = condition
    return Axis("1H", points, sw, mhz, WATER_PPM, domain="time", encoding="complex")


@lru_cache(maxsize=16)
def basis(condition: Condition) -> Basis:
    """The metabolite signals of a PRESS condition, ideal pulses."""
    return metabolites.basis(time_axis(condition), "press", te=condition[3])


def ranges(config: Config, part: str) -> BrainRanges:
    """What varies between the spectra of a part; noise of the wide range is as for normal concentrations."""
    return BrainRanges(
        concentrations=part,
        linewidth=config.linewidth,
        snr=config.snr,
        snr_of="normal" if part == "wide" else "own",
    )


def on_grid(fids: np.ndarray, axis: Axis, config: Config) -> np.ndarray:
    """Complex spectra (..., shifts) of FIDs (..., points), per second, so that the dwell does not matter."""
    return spectrum_at(fids, axis, ppm(config)) / np.float32(axis.sw)


def channels(spectra: np.ndarray) -> np.ndarray:
    """Complex spectra (..., shifts) as the network takes them: float32 (..., shifts, 2)."""
    return np.stack([spectra.real, spectra.imag], axis=-1).astype("float32")


def network_inputs(config: Config, inputs: np.ndarray, unit=1.0):
    """Inputs (spectra, shifts, 2) as the network takes them: by themselves, or with the signal of 1 mM.

    unit: signal of 1 mM, a number or one a spectrum; simulated spectra come in mM.
    """
    if not config.referenced:
        return inputs
    return inputs, np.broadcast_to(np.asarray(unit, "float32").reshape(-1, 1), (len(inputs), 1)).copy()


def narrow(fids: np.ndarray, axis: Axis, width: float) -> np.ndarray:
    """FIDs with a Lorentzian decay of ``width`` Hz."""
    return fids * np.exp(-np.pi * width * np.arange(axis.size) / axis.sw).astype(fids.real.dtype)


def target_signals(config: Config) -> np.ndarray:
    """The real target spectra (metabolites, shifts) of one mM each, at the first condition of the config.

    Every target is a sum of them: the same field, echo time and line width whatever came in.
    """
    return _target_signals(config.conditions[0], config.window, config.shifts, config.target_linewidth)


@lru_cache(maxsize=8)
def _target_signals(condition, window, shifts, width) -> np.ndarray:
    known = basis(condition)
    grid = np.linspace(*window, shifts)
    return (spectrum_at(narrow(known.fids, known.axis, width), known.axis, grid) / known.axis.sw).real


@dataclass(frozen=True)
class Spectra:
    """Simulated spectra as the network sees them, and their truth.

    inputs: float32 (count, shifts, 2). targets: float32 (count, shifts). concentrations: mM (count,
    metabolites). snr, linewidth (Hz): (count,).
    """

    inputs: np.ndarray
    targets: np.ndarray
    concentrations: np.ndarray
    snr: np.ndarray
    linewidth: np.ndarray


def spectra_of(config: Config, brains: Brains) -> Spectra:
    """Simulated FIDs put on the grid, with their targets."""
    inputs = on_grid(brains.fids, brains.axis, config)
    if config.keep_linewidth:
        targets = on_grid(brains.broadened, brains.axis, config).real
    else:
        targets = brains.concentrations @ target_signals(config)
    return Spectra(
        inputs=channels(inputs),
        targets=targets.astype("float32"),
        concentrations=brains.concentrations,
        snr=brains.snr,
        linewidth=brains.linewidth,
    )


def draw(config: Config, part: str, count: int, rng: np.random.Generator) -> Spectra:
    """``count`` spectra of one condition, drawn at random from those of the config."""
    condition = config.conditions[rng.integers(len(config.conditions))]
    return spectra_of(config, simulate(basis(condition), ranges(config, part), count, rng))


class Pool:
    """Rows of several arrays that are made a chunk at a time, when first asked for, and kept.

    make: ``make(start, count) -> arrays`` of the rows from ``start`` on; a pure function.
    """

    def __init__(self, count: int, make: Callable):
        self.count, self.make, self.arrays = count, make, None
        self.there, self.lock = np.zeros(-(-count // CHUNK), bool), threading.Lock()

    def take(self, indices) -> tuple[np.ndarray, ...]:
        """The rows of some numbers."""
        with self.lock:
            for chunk in np.unique(np.asarray(indices) // CHUNK):
                if not self.there[chunk]:
                    self._fill(chunk * CHUNK)
                    self.there[chunk] = True
        return tuple(array[indices] for array in self.arrays)

    def _fill(self, start: int) -> None:
        made = self.make(start, min(CHUNK, self.count - start))
        if self.arrays is None:
            self.arrays = tuple(np.empty((self.count, *each.shape[1:]), each.dtype) for each in made)
        for array, each in zip(self.arrays, made, strict=True):
            array[start : start + len(each)] = each


@lru_cache(maxsize=2)
def stored(config: Config, part: str, seed: int, split: str) -> Pool:
    """Inputs and targets of a split, the same for every epoch."""

    def make(start: int, count: int):
        made = draw(config, part, count, generator(seed, f"{split}/{part}/spectra", 0, start))
        return made.inputs, made.targets

    return Pool(config.spectra if split == "train" else config.validation, make)


def batches(config: Config, seed: int, split: str, part: str | None = None) -> Batches:
    """``train`` or ``validation`` spectra of a part (the first where None).

    Inputs float32 (spectra, shifts, 2), with the signal of 1 mM (spectra, 1) where the network is told it;
    targets float32 (spectra, shifts), in mM.
    """
    part = part or config.parts[0]
    fresh = split == "train" and config.fresh_noise
    make = partial(_fresh, config, part, seed) if fresh else partial(_kept, config, part, seed, split)
    count = config.spectra if split == "train" else config.validation
    return Batches(make, count, config.batch, seed, split, uses=USES)


@lru_cache(maxsize=1)
def stored_clean(config: Config, part: str, seed: int) -> Pool:
    """Training spectra without noise and zero-order phase, to get new ones at every visit.

    Complex spectra (count, shifts), targets (count, shifts), the sd of the noise of a point of the FID at an
    SNR of 1 (count,), and the number of the condition (count,).
    """
    quiet = dataclasses.replace(ranges(config, part), snr=(QUIET, QUIET), phase0=(0.0, 0.0))

    def make(start: int, count: int):
        rng = generator(seed, f"train/{part}/clean", 0, start)
        condition = int(rng.integers(len(config.conditions)))
        brains = simulate(basis(config.conditions[condition]), quiet, count, rng)
        made = spectra_of(config, brains)
        spectra = (made.inputs[..., 0] + 1j * made.inputs[..., 1]).astype("complex64")
        unit = (brains.noise_sd * QUIET).astype("float32")
        return spectra, made.targets, unit, np.full(count, condition)

    return Pool(config.spectra, make)


@lru_cache(maxsize=1)
def noise_bank(config: Config, seed: int) -> np.ndarray:
    """Spectra of white noise of unit sd, complex64 (conditions, BANK, shifts)."""
    made = []
    for number, condition in enumerate(config.conditions):
        axis, rng = time_axis(condition), generator(seed, "noise", 0, number)
        parts = rng.standard_normal((2, BANK, axis.size), dtype="float32")
        made.append(on_grid(parts[0] + 1j * parts[1], axis, config))
    return np.stack(made)


def _fresh(config: Config, part: str, seed: int, indices, rng: np.random.Generator):
    """Stored spectra with another noise, SNR and zero-order phase at every visit."""
    spectra, targets, unit, which = stored_clean(config, part, seed).take(indices)
    count = len(indices)
    noise = noise_bank(config, seed)[which, rng.integers(0, BANK, count)]
    sd = unit / rng.uniform(*config.snr, count)
    # white noise turned is white noise
    turned = noise * (sd * np.exp(2j * np.pi * rng.uniform(size=count)))[:, None]
    phase = np.exp(1j * np.deg2rad(rng.uniform(*BrainRanges().phase0, count)))
    return network_inputs(config, channels(spectra * phase[:, None] + turned)), targets


def _kept(config: Config, part: str, seed: int, split: str, indices, _rng):
    inputs, targets = stored(config, part, seed, split).take(indices)
    return network_inputs(config, inputs), targets


@lru_cache(maxsize=2)
def whitening(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Principal components of scaled spectra, each divided by its sd: matrix (2 shifts, components), offset.

    The third array is the usual amount of each metabolite (metabolites,) in units of the scale, then comes
    the usual scale.

    Of simulated spectra of the first part, the same for every run. The first few dozen hold the signals, the
    rest is noise; whitened, a weak metabolite weighs as much as a strong one.
    """
    first, last = scale_region(config)
    rng = generator(TEST_SEED, "whitening", 0, 0)
    chunks = [draw(config, config.parts[0], CHUNK, rng) for _ in range(WHITENING)]
    inputs = np.concatenate([chunk.inputs for chunk in chunks])
    amounts = np.concatenate([chunk.concentrations for chunk in chunks])
    scale = np.sqrt(np.mean(np.square(inputs[:, first:last]), axis=(1, 2), keepdims=True))
    rows = np.clip(inputs / scale, -LARGEST, LARGEST).reshape(len(inputs), -1).astype(float)
    middle = rows.mean(axis=0)
    variance, directions = np.linalg.eigh(np.cov((rows - middle).T))
    kept = slice(None, -config.components - 1, -1)
    matrix = directions[:, kept] / np.sqrt(variance[kept])
    return matrix, -middle @ matrix, np.median(amounts / scale[:, 0], axis=0), float(np.median(scale))


def tests(config: Config, part: str) -> Brains:
    """The simulated test spectra of a range of concentrations, first condition; all runs share them."""
    rng = generator(TEST_SEED, f"test/{part}", 0, 0)
    return simulate(basis(config.conditions[0]), ranges(config, part), config.tests, rng)
