"""The experiment of Hansen: train a network a schedule on simulated FIDs, test on measured spectra."""

from __future__ import annotations

from functools import partial

import numpy as np

from common.classical.methods import METHODS
from common.errors import UserError
from common.nus import testbench
from common.nus.baselines import baseline
from common.nus.examples import channels, joined, noisy_signals, time_weights
from common.nus.figures import draw
from common.nus.scoring import measured_planes, score_plane, time_methods
from common.training.batches import generator
from common.training.losses import compile_adam, log_error

from . import data, figures
from .config import Config

#: Signal-to-noise ratio of the simulated test FIDs as ``noise_sd`` defines it, of the median one.
TEST_SNR = 100.0
#: Conventional methods in every record, and those that take minutes and come with ``peers``.
ALWAYS, PEERS = ("zero_filled", "ist_s"), ("low_rank",)


def train(config: Config, session) -> None:
    """Train the network of each schedule on FIDs drawn on the fly."""
    from .model import build

    for part in data.parts(config):
        batches = data.batches(config, session.seed, "train", part)
        model = session.build(lambda: build(config), part)
        compile_model(model, config, config.epochs * len(batches))
        validation = data.batches(config, session.seed, "validation", part)
        session.fit(
            model,
            batches,
            part,
            epochs=config.epochs,
            validation=validation,
            figures=lambda trained, seen=validation: {"example": figures.example(config, trained, seen)},
        )


def compile_model(model, config: Config, steps: int) -> None:
    """The logarithm of the relative error of each FID as the loss (ours)."""
    compile_adam(model, log_error(_squares(config)), config.rate, steps)


def _squares(config: Config):
    """Squared error of each FID; later points count less. Targets come divided by the norm of their FID.

    The weights are those of the apodisation before the transform, so by Parseval's theorem this is the error
    of the spectrum.
    """
    from keras import ops

    shape, axes = ((1, -1, 1, 1), (1, 3)) if config.kernel else ((1, 1, -1), (1, 2))
    weights = time_weights(config.points).reshape(shape)

    def squares(target, output):
        return ops.sum(ops.square((output - target) * weights), axis=axes)

    return squares


def method(models: dict, config: Config, write_back: bool = True):
    """The networks of a run as ``method(fid, mask, noise=None) -> fid`` of complex (points, columns).

    Networks of a schedule each take that schedule alone: UserError for any other.
    """
    masks = data.schedules(config)

    def complete(fid, mask, noise=None):
        if not masks:
            estimate = any_schedule(models["any"], config, fid, mask, noise)
        else:
            estimate = one_schedule(models[matching(masks, mask)], fid, mask)
        return np.where(mask[:, None], fid, estimate) if write_back else estimate

    return complete


def matching(masks: dict[str, np.ndarray], mask: np.ndarray) -> str:
    """The part whose schedule this is; UserError where none is."""
    for part, known in masks.items():
        if np.array_equal(known, mask):
            return part
    known = next(iter(masks.values()))
    if not mask[0]:
        raise UserError("the schedule leaves out point 0, which Hansen's network divides by")
    raise UserError(
        f"{' and '.join(masks)}: these networks know one schedule each, {known.sum()} of {len(known)} points,"
        f" and this is another of {mask.sum()} of {len(mask)}; take --variant any_schedule, or train one"
        " (nmr-repro run hansen_lstm --schedule 0,3,... --points N --measured M)"
    )


def one_schedule(model, fid, mask) -> np.ndarray:
    """A dense network on the columns of a plane, in single precision around the size of the data."""
    size = float(np.abs(fid[mask]).max(initial=0.0)) or 1.0
    output = model.predict_on_batch(list(data.dense_inputs(fid.T / size, mask)))
    return (size * (output[:, 0] + 1j * output[:, 1])).T.astype(fid.dtype)


def any_schedule(model, config: Config, fid, mask, noise: float | None = None) -> np.ndarray:
    """A convolutional network on a plane; noise: sd of the real part of a measured point, where known.

    A network that starts from a conventional result is averaged with it (ours): chosen on ACBP and the
    simulated disordered protein, where the mean was ahead of both from 20 % on.
    """
    fid = np.where(mask[:, None], fid, 0)
    inputs = [channels(fid)[None], mask[None, :, None, None].astype("float32")]
    if config.start:
        start = METHODS[config.start].complete(fid, mask, noise=noise)
        inputs.append(channels(start)[None])
    estimate = joined(model.predict_on_batch(inputs)[0]).astype(fid.dtype)
    return (estimate + start) / 2 if config.start else estimate


def evaluate(config: Config, session) -> None:
    """Score the networks beside zero filling, IST-S and their peers, on the same points of each spectrum."""
    from .model import build

    models = {part: session.trained(part, build(config)) for part in data.parts(config)}
    methods = {"network": method(models, config), **conventional(config)}
    planes = [simulated_plane(config, session.seed), *measured_planes(config.cases, session)]
    for plane in planes:
        peers = published_networks(len(plane.fid)) if config.peers and plane.clean is None else {}
        for condition, masks in conditions(config, plane).items():
            spectra = score_plane(session, plane, condition, masks, methods | peers)
            draw(session, plane, condition, spectra)
    mask = next(iter(conditions(config, planes[-1]).values()))[0]
    timed = {"network": methods["network"], "ist_s": METHODS["ist_s"].complete}
    seconds = time_methods(session, planes[-1], mask, timed)
    session.measure("timing/2d/hansen_over_ist_s", seconds["network"] / seconds["ist_s"])


def conditions(config: Config, plane: testbench.Plane) -> dict[str, list[np.ndarray]]:
    """The schedules that a plane is scored at, by the condition of their metric ids."""
    share = config.measured / config.points
    known = {f"{share:g}-{part}": [mask] for part, mask in data.schedules(config).items()}
    points = len(plane.fid)
    return known or {
        f"{fraction:g}": testbench.schedules(points, fraction, config.schedules)
        for fraction in config.fractions
    }


def conventional(config: Config) -> dict:
    """Conventional methods, each computed once for the same data."""
    names = (*ALWAYS, *PEERS) if config.peers else ALWAYS
    return {name: partial(baseline, name) for name in names}


def published_networks(points: int) -> dict:
    """The published networks of the other papers that complete 2D NUS data, by name and variant."""
    from reproductions.contestants import contestants

    found = [each for each in contestants() if each.compiled and not each.name.startswith("hansen_lstm")]
    opened = {each.name: each.open(0.0)[0] for each in found}
    mask = np.arange(points) % 2 == 0
    for name in list(opened):
        try:
            opened[name](mask[:, None].astype("complex64"), mask)
        except UserError:  # for other data, such as planes of two indirect dimensions
            del opened[name]
    # a contestant estimates the noise itself
    return {name: lambda fid, mask, noise=None, do=do: do(fid, mask) for name, do in opened.items()}


def simulated_plane(config: Config, seed: int) -> testbench.Plane:
    """Simulated FIDs nobody has trained on."""
    rng = generator(seed, "test", 0, 0)
    parameters = data.draw_parameters(config, -(-config.simulated // config.strip), rng)
    clean, _, _ = noisy_signals(parameters, config.points, config.strip, config.snr, rng)
    return testbench.independent_fids(np.concatenate(list(clean), axis=-1), TEST_SNR, rng, "exponentials")
