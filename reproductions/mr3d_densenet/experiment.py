"""The experiment of Liu et al.: a network a nucleus, tested on crystals that it has not seen."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np

from common.errors import UserError

from . import candidates, data, examples, figures, scoring, soap, uncertainty
from .config import Config
from .environments import Environments
from .training import Trained, compile_model, train

__all__ = ["compile_model", "evaluate", "train"]

#: The mean of the network and kernel regression; ours.
BOTH = "network_and_krr"


def evaluate(config: Config, session) -> None:
    """Score the networks on the test crystals beside kernel regression, ShiftML as published and the mean."""
    every, networks = {}, Trained(config, session.trained)
    for element in config.nuclei:
        atoms = data.unseen(config, element, session.offline)
        ours = partial(networks.predict, element=element)
        network, spread = ours(atoms)
        stated = {}
        if config.rotations * config.members > 1:
            stated["network"] = uncertainty.measured(config, session, ours, element).stated(spread)
        others = beside(config, atoms, element, session)
        every[element] = scoring.Predicted(
            source="simulated" if config.made_up else data.TESTED,
            element=element,
            known=atoms.shielding,
            crystal=np.array(atoms.names)[atoms.crystal],
            rattled=atoms.rattled,
            copies=atoms.copies,
            predicted={"network": network, **others, BOTH: (network + others[scoring.REFERENCE]) / 2},
            stated=stated,
        )
        scoring.score(session, every[element])
        if element == "H" and not config.made_up:
            candidates.score(session, ours, config.neighbours)
    if not config.made_up:
        session.used(data.TESTED, "test", data.checksums(data.TESTED))
    figures.draw(session, every)


def beside(config: Config, atoms: Environments, element: str, session) -> dict[str, np.ndarray]:
    """What the other methods predict (n,) in ppm; kernel regression and the mean learn from the same atoms.

    Equal atoms count once for kernel regression, which gains nothing from copies; without dscribe it is NaN.
    """
    offline = session.offline
    known = examples.known_atoms(dataclasses.replace(config, collapsed=True), element, "train", offline)
    choose = examples.known_atoms(config, element, "validation", offline)
    try:
        regression = soap.predict(known, choose, atoms, element, keep=not config.made_up)
    except UserError as error:
        session.left_out("dscribe", str(error))
        regression = np.full(len(atoms), np.nan)
    made = {scoring.REFERENCE: regression, "mean": np.full(len(atoms), known.shielding.mean())}
    if not config.made_up:
        made[scoring.PUBLISHED] = data.published(atoms, offline)
    return made
