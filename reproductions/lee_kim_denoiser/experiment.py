"""The experiment of Lee & Kim: train on simulated brain spectra, quantify simulated and in-vivo ones."""

from __future__ import annotations

import time

import numpy as np

from common.classical.regression import regress
from common.metrics import concentrations as scores
from common.metrics.case import Case
from common.metrics.spectra import nmse
from common.simulation.brain import BrainRanges
from common.simulation.metabolites import NAMES
from common.training.batches import generator

from . import data, estimate, figures, in_vivo, peers, unusual
from .config import Config
from .losses import compile_model

__all__ = ["compile_model", "evaluate", "train"]

#: Concentrations drawn from the prior to find its best constants.
PRIOR_DRAWS = 100000


def train(config: Config, session) -> None:
    """Train a network for each range of concentrations."""
    from .model import build

    for part in config.parts:
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


def evaluate(config: Config, session) -> None:
    """Score the networks beside the best constant, the linear-combination fits and, where it ran, LCModel."""
    from .model import build

    models = {part: session.trained(part, build(config)) for part in config.parts}
    for part, model in models.items():
        simulated(config, session, part, model)
    for name in config.cases:
        in_vivo.score(config, session, name, models)
    if config.cases:
        in_vivo.removed_baseline(config, session, models)
    unusual.score(config, session, models)


def simulated(config: Config, session, part: str, model) -> None:
    """Scores of the simulated test spectra of one range of concentrations."""
    brains = data.tests(config, part)
    spectra = data.spectra_of(config, brains)
    constants = prior_constants(config, part)
    began = time.perf_counter()
    output = estimate.predicted(config, model, spectra.inputs)
    found = quantify(config, output)
    seconds = {"network": (time.perf_counter() - began) / len(brains)}
    estimates = {
        "network": found,
        "prior_mean": np.tile([constants[name] for name in NAMES], (len(brains), 1)),
    }
    if config.fits:
        estimates |= peers.fits(config, part, brains, seconds)
    if config.referenced:
        estimates["network_unit_by_fit"] = untold(config, model, brains, spectra.inputs)
    normal = normal_concentrations()
    every = scores.cases(brains.concentrations, NAMES, brains.snr, brains.linewidth, part, normal, constants)
    for case in every:
        session.score(case, estimates)
    spectrum = Case("simulated", "spectrum", part, "test", lambda made: {"nmse": nmse(spectra.targets, made)})
    signals = data.target_signals(config)
    made = {name: np.nan_to_num(value) @ signals for name, value in estimates.items() if name != "network"}
    if config.keep_linewidth:
        made = {}
    session.score(spectrum, {"network": output, **made})
    sample(config, session, part, brains, estimates, constants)
    if part == config.parts[0]:
        for method, value in seconds.items():
            session.measure("timing/spectrum/seconds", value, method=method)
    session.figure(f"scatter-{part}", figures.scatter(brains.concentrations, estimates, part))
    session.figure(f"spectra-{part}", figures.examples(config, spectra, output, part))
    session.figure(f"errors-{part}", figures.errors(brains, estimates, constants, normal, part))


def untold(config: Config, model, brains, inputs: np.ndarray) -> np.ndarray:
    """Concentrations where the signal of 1 mM is a fit's creatine, as for measured spectra."""
    unit = estimate.signal_of_one(config, brains.fids, brains.axis, config.conditions[0][3], inputs)
    return quantify(config, estimate.predicted(config, model, inputs, unit))


def sample(config: Config, session, part: str, brains, estimates, constants) -> None:
    """The same number of spectra in each bin of SNR: every method on those that LCModel has done."""
    chosen = chosen_each(config, brains.snr)
    known, done = peers.lcmodel(session, part, brains.fids[chosen])
    chosen = chosen[done]
    few = {name: value[chosen] for name, value in estimates.items()}
    few |= {name: value[done] for name, value in known.items()}
    cases = scores.cases(
        brains.concentrations[chosen], NAMES, brains.snr[chosen], brains.linewidth[chosen],
        f"{part}-sample", normal_concentrations(), constants,
    )  # fmt: skip
    for case in cases:
        if case.name == "mean12" and "width" not in case.condition:
            session.score(case, few)


def chosen_each(config: Config, snr: np.ndarray) -> np.ndarray:
    """Numbers of the first ``config.each`` spectra of every bin of SNR."""
    bins = np.digitize(snr, scores.SNR_BINS[1:-1])
    return np.concatenate([np.flatnonzero(bins == i)[: config.each] for i in range(len(scores.SNR_BINS) - 1)])


def quantify(config: Config, output: np.ndarray) -> np.ndarray:
    """Concentrations (spectra, metabolites) in mM: least squares on the target's basis, none below zero."""
    return regress(output, data.target_signals(config))


def normal_concentrations() -> dict[str, float]:
    """The middle of the healthy ranges, mM."""
    return dict(zip(NAMES, map(float, BrainRanges().normal(NAMES)), strict=True))


def prior_constants(config: Config, part: str) -> dict[str, float]:
    """The constant of the smallest mean error for each metabolite and sum, known before any test spectrum."""
    low, high = data.ranges(config, part).of(NAMES).T
    draws = generator(0, "prior", 0, 0).uniform(low, high, (PRIOR_DRAWS, len(NAMES)))
    return scores.best_constants(draws, NAMES, normal_concentrations())
