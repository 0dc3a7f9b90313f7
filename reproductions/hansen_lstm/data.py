"""Simulated FIDs and schedules of Hansen's network: drawn on the fly, each seen once, never stored."""

from __future__ import annotations

from functools import partial

import numpy as np

from common.classical.methods import METHODS
from common.errors import UserError
from common.nus import testbench
from common.nus.examples import channels, column_norms, noisy_signals, with_common_phase
from common.simulation.exponentials import Exponentials, draw_exponentials
from common.simulation.schedules import poisson_gaps
from common.training.batches import Batches

from .config import Config

#: What the suite calls the kinds of schedule of the paper.
KINDS = {"poisson_gap": "poisson_gap", "random": "uniform"}
USES = (("simulated", "exponentials", "train"),)


def schedules(config: Config) -> dict[str, np.ndarray]:
    """The masks (points,) that networks are trained for, by part; none where a network takes any.

    UserError for schedules that the network cannot have: its inputs are divided by the first point, so index
    0 must be measured.
    """
    if config.kernel:
        return {}
    if not config.schedule:
        share = config.measured / config.points
        return {kind: testbench.schedules(config.points, share, 1, KINDS[kind])[0] for kind in config.kinds}
    index = np.array(config.schedule)
    if index.min() != 0 or index.max() >= config.points or len(set(config.schedule)) != len(index):
        raise UserError(f"a schedule holds index 0 and no index twice or beyond {config.points - 1}")
    if len(index) != config.measured:
        raise UserError(f"the schedule has {len(index)} points; say --measured {len(index)}")
    return {"own": np.isin(np.arange(config.points), index)}


def parts(config: Config) -> list[str]:
    """The networks of a run: one a schedule, or one for all."""
    return list(schedules(config)) or ["any"]


def draw_parameters(config: Config, count: int, rng: np.random.Generator) -> Exponentials:
    """Parameters of ``count`` examples."""
    drawn = draw_exponentials(
        rng, count, config.peaks, config.amplitude, config.frequency, config.tau, config.phase
    )
    return with_common_phase(drawn, config.phase_error, rng)


def rows(signal: np.ndarray) -> np.ndarray:
    """Complex (examples, points) as the released model has it: float32 (examples, 2, points)."""
    return np.stack([signal.real, signal.imag], axis=1).astype("float32")


def dense_inputs(fids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measured points (FIDs, 2, measured) and schedule (FIDs, measured) over the grid, of whole FIDs."""
    index = np.flatnonzero(mask)
    places = np.broadcast_to((index / len(mask)).astype("float32"), (len(fids), len(index)))
    return rows(fids[:, index]), np.ascontiguousarray(places)


def batches(config: Config, seed: int, split: str, part: str | None = None) -> Batches:
    """``train`` or ``validation`` examples of a part (the first where None), new ones at every visit.

    Targets are noise-free FIDs, (examples, 2, points), or (examples, points, columns, 2) for convolutional
    networks; inputs and targets of a column are divided by the norm of the whole noisy one.
    """
    masks = schedules(config)
    mask = masks[part or next(iter(masks))] if masks else None
    make = partial(_any_schedule, config) if mask is None else partial(_one_schedule, config, mask)
    count = config.fids // config.epochs if split == "train" else config.validation
    return Batches(make, count, config.batch, seed, split, uses=USES)


def _one_schedule(config: Config, mask: np.ndarray, indices, rng: np.random.Generator):
    parameters = draw_parameters(config, len(indices), rng)
    clean, noisy, _ = noisy_signals(parameters, config.points, 1, config.snr, rng)
    norms = column_norms(noisy)
    clean, noisy = (signal[:, :, 0] / norms[:, :, 0] for signal in (clean, noisy))
    return dense_inputs(noisy, mask), rows(clean)


def _any_schedule(config: Config, indices, rng: np.random.Generator):
    parameters = draw_parameters(config, len(indices), rng)
    clean, noisy, sd = noisy_signals(parameters, config.points, config.strip, config.snr, rng)
    low, high = (round(share * config.points) for share in config.fraction)
    masks = poisson_gaps(config.points, rng.integers(max(low, 1), high + 1, len(clean)), rng)
    measured = noisy * masks[:, :, None]
    signals = [measured, clean]
    if config.start:
        # the noise is known as well as from a real plane, to 15 %
        known = sd * rng.normal(1.0, 0.15, len(sd))
        each = zip(measured, masks, known, strict=True)
        start = METHODS[config.start].complete
        signals.append(np.stack([start(fid, mask, noise=level) for fid, mask, level in each]))
    norms = column_norms(noisy)
    measured, clean, *start = (signal / norms for signal in signals)
    inputs = (channels(measured), masks[:, :, None, None].astype("float32"), *map(channels, start))
    return inputs, channels(clean)
