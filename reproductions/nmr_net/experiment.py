"""The experiment of NMR-Net: train on simulated protein spectra, pick peaks in those of other proteins."""

from __future__ import annotations

from common.training.losses import compile_adam

from . import data, figures, measured, scoring, zones
from .config import Config

__all__ = ["compile_model", "evaluate", "train"]

PART = "network"


def compile_model(model, config: Config, steps: int, rate: float | None = None) -> None:
    """Cross-entropy (what the paper's loss is likely to be); Adam, cosine decay over ``steps``.

    rate: at the start, that of the configuration where it is None.
    """
    compile_adam(model, "binary_crossentropy", rate or config.rate, steps, metric="binary_accuracy")


def train(config: Config, session) -> None:
    """Train the network on simulated spectra; where asked for, go on with zones, leaving a compound out."""
    from .model import build

    batches = data.batches(config, session.seed, "train", session.offline)
    model = session.build(lambda: build(config), PART)
    compile_model(model, config, config.epochs * len(batches))
    validation = data.batches(config, session.seed, "validation", session.offline)
    model = session.fit(model, batches, PART, epochs=config.epochs, validation=validation)
    if config.zones_epochs and config.measured:
        _zones(config, session, model)


def _zones(config: Config, session, simulated) -> None:
    """A network a compound: from the simulated one's weights, on the zones of all other compounds."""
    from .model import build

    spectra = zones.spectra(session.offline)
    for compound in zones.compounds(spectra):
        part = measured.PART.format(compound)
        batches = measured.batches(config, session.seed, spectra, compound)
        model = session.build(lambda: build(config), part)
        model.set_weights(simulated.get_weights())
        compile_model(model, config, config.zones_epochs * len(batches), config.zones_rate)
        session.fit(model, batches, part, epochs=config.zones_epochs)


def models_of(config: Config, session, spectra) -> dict:
    """Of each compound the network that has not seen it."""
    from .model import build

    parts = [measured.PART.format(name) if config.zones_epochs else PART for name in zones.compounds(spectra)]
    loaded = {part: session.trained(part, build(config)) for part in set(parts)}
    return {name: loaded[part] for name, part in zip(zones.compounds(spectra), parts, strict=True)}


def evaluate(config: Config, session) -> None:
    """Score the network beside height and nmrglue on simulated and measured spectra, and draw them."""
    from .model import build

    model = session.trained(PART, build(config))
    known = scoring.simulated(config, session, model)
    scoring.seconds(config, session, model, known)
    figures.draw_simulated(session, known)
    if not config.measured:
        return
    protein_l = scoring.protein_l(config, session, model)
    spectra = measured.known(session)
    scores = {}
    if spectra:
        scores = measured.score(config, session, models_of(config, session, spectra), model, spectra)
    figures.draw_measured(session, known, protein_l, spectra, scores, config.small > 0)
