"""The experiment of Qu et al.: train on simulated exponentials, test on simulated and on measured spectra."""

from __future__ import annotations

from functools import partial

import numpy as np

from common.classical.methods import METHODS
from common.errors import UserError
from common.nus import testbench
from common.nus.baselines import baseline
from common.nus.examples import channels, joined, time_weights
from common.nus.figures import draw
from common.nus.scoring import Methods, Spectra, measured_planes, score_plane, time_methods
from common.training.losses import compile_adam, log_error

from . import data, figures, plane_data
from .config import Config

PART = "network"
#: Signal-to-noise ratio of the simulated test FIDs as ``noise_sd`` defines it, of the median one.
TEST_SNR = 100.0
#: Conventional methods that are scored beside the network, and those that its time is divided by.
CONVENTIONAL, TIMED = ("ist_s", "zero_filled"), ("ist_s", "low_rank")


def train(config: Config, session) -> None:
    """Train the network on simulated FIDs, new schedules and noise at every visit."""
    from .model import build

    batches = data.batches(config, session.seed, "train")
    model = session.build(lambda: build(config), PART)
    compile_model(model, config, config.epochs * len(batches))
    validation = data.batches(config, session.seed, "validation")
    session.fit(
        model,
        batches,
        PART,
        epochs=config.epochs,
        validation=validation,
        figures=lambda trained: {"example": figures.example(config, trained, validation)},
    )


def compile_model(model, config: Config, steps: int) -> None:
    """The loss of a configuration, on spectra."""
    compile_adam(model, LOSSES[config.loss](config), config.rate, steps)


def _l2(config: Config):
    """Squared L2 norm of the error of the spectrum, mean over columns or planes (recalled)."""
    from keras import ops

    axes = (1, 2, 3) if config.plane else (1, 3)

    def loss(target, output):
        return ops.mean(ops.sum(ops.square(output - target), axis=axes))

    return loss


def _errors(config: Config):
    """Squared error of each apodised column or plane; targets come divided by the norm of theirs."""
    from keras import ops

    from common.layers import inverse_fourier, inverse_fourier_2d

    weights = time_weights(config.points)[None, :, None, None]
    inverse, axes = inverse_fourier, (1, 3)
    if config.plane:
        weights = plane_data.plane_weights(config.plane)[None, :, :, None]
        inverse, axes = inverse_fourier_2d, (1, 2, 3)

    def squares(target, output):
        return ops.sum(ops.square(inverse(output - target) * weights), axis=axes)

    return squares


def _rlne(config: Config):
    """Relative error of the columns (ours). The norm, not its square: accuracy pays on small errors too."""
    from keras import ops

    squares = _errors(config)

    def loss(target, output):
        return ops.mean(ops.sqrt(squares(target, output) + 1e-6))

    return loss


def _log_rlne(config: Config):
    """Logarithm of the norm of :func:`_rlne` (ours)."""
    return log_error(_errors(config))


LOSSES = {"l2": _l2, "rlne": _rlne, "log_rlne": _log_rlne}


def method(model, config: Config, write_back: bool = True):
    """The network as ``method(fid, mask, noise=None) -> fid`` of complex (points, columns), or of planes.

    A network that starts from a conventional result is averaged with it (ours): their errors are largely
    independent; on ACBP the mean was better than either from 20 % on, level with the network at 12.5 %.
    ``UserError`` for a mask of other dimensions than the network was built for.
    """

    if config.plane:
        return plane_data.method(model, write_back)

    def complete(fid, mask, noise=None):
        if mask.ndim != 1:
            raise UserError("this network completes 2D data; for 3D data there is --variant planes")
        inputs = network_inputs(config, fid, mask, noise)
        output = model.predict_on_batch(inputs)[0] if config.columns > 1 else in_strips(model, inputs)
        estimate = np.fft.ifft(joined(output), axis=0, norm="ortho").astype(fid.dtype)
        if config.start:
            estimate = (estimate + joined(inputs[2][0])) / 2
        return np.where(mask[:, None], fid, estimate) if write_back else estimate

    return complete


def in_strips(model, inputs: list[np.ndarray], width: int = 32) -> np.ndarray:
    """What a network that sees single columns makes of a plane, (points, columns, 2), a strip at a time.

    Strips of 32 columns stay in the cache of a core, and one compiled network serves every number of columns.
    """
    columns = inputs[0].shape[2]
    missing = [(0, 0), (0, 0), (0, -columns % width), (0, 0)]
    padded = [each if each.shape[2] == 1 < columns else np.pad(each, missing) for each in inputs]

    def strip(at):
        return [each if each.shape[2] == 1 else each[:, :, at : at + width] for each in padded]

    strips = [model.predict_on_batch(strip(at)) for at in range(0, columns, width)]
    return np.concatenate(strips, axis=2)[0, :, :columns]


def network_inputs(config: Config, fid, mask, noise: float | None = None) -> list[np.ndarray]:
    """What the network sees of one plane: FID, mask and, in variants, the conventional method's result.

    noise: sd of the real part of a measured point, where it is known; that method estimates it otherwise.
    """
    fid = np.where(mask[:, None], fid, 0)
    inputs = [channels(fid)[None], mask[None, :, None, None].astype("float32")]
    if config.start:
        inputs.append(channels(METHODS[config.start].complete(fid, mask, noise=noise))[None])
    return inputs


def evaluate(config: Config, session) -> None:
    """Score the network beside zero filling and IST-S, on the same points of the same spectra."""
    from .model import build

    network = method(session.trained(PART, build(config)), config)
    methods = beside(network)
    if config.plane:
        from . import plane_scores

        return plane_scores.evaluate(config, session, methods)
    planes = [*simulated_planes(config, session.seed), *measured_planes(config.cases, session)]
    shown = {
        (plane.name, fraction): score(config, session, plane, fraction, methods)
        for plane in planes
        for fraction in config.fractions
    }
    time_network(session, planes[-1], config.fractions[-1], network)
    for plane in planes:
        session.figure(f"errors-{plane.name}", figures.errors(plane, session.scores, config.fractions))
        for fraction in (config.fractions[0], config.fractions[-1]):
            draw(session, plane, f"{fraction:g}", shown[plane.name, fraction])


def simulated_planes(config: Config, seed: int) -> list[testbench.Plane]:
    """Simulated FIDs nobody has trained on, and a simulated disordered protein."""
    rng = data.generator(seed, "test", 0, 0)
    parameters = data.draw_parameters(config, -(-config.simulated // config.strip), rng)
    clean = np.concatenate(list(data.examples(config, parameters, rng)[0]), axis=-1)
    planes = [testbench.independent_fids(clean, TEST_SNR, rng, "exponentials")]
    return [*planes, testbench.disordered_protein(config.points)] if config.disordered else planes


def beside(network) -> Methods:
    """The network and the conventional methods of every record, each of those computed once."""
    return {"network": network, **{name: partial(baseline, name) for name in CONVENTIONAL}}


def score(config: Config, session, plane: testbench.Plane, fraction: float, methods: Methods) -> Spectra:
    """Score every method over the schedules of one fraction; returns the spectra of the first schedule."""
    masks = testbench.schedules(len(plane.fid), fraction, config.schedules)
    return score_plane(session, plane, f"{fraction:g}", masks, methods)


def time_network(session, plane: testbench.Plane, fraction: float, network) -> None:
    """Seconds per spectrum of the network and of the methods that its time is told in, on the same points."""
    timed = {name: METHODS[name].complete for name in TIMED}
    mask = testbench.schedules(len(plane.fid), fraction, 1)[0]
    seconds = time_methods(session, plane, mask, {"network": network, **timed})
    for name in timed:
        session.measure(f"timing/2d/{name}_ratio", seconds["network"] / seconds[name])
