"""What the networks of a run state of their errors: their spread, widened as held-out crystals ask for.

Members agree better with each other than with the truth, for they learnt from the same crystals. How much is
measured for each nucleus on the validation crystals, from which nothing was learnt, and kept in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from common.metrics.calibration import Widening, widening

from . import examples
from .config import Config
from .environments import Environments
from .estimate import Network

#: The measures that a widening is kept as: its factor, and its floor in ppm.
FACTOR, FLOOR = "spread_factor", "spread_floor"


def measured(config: Config, session, network: Network, element: str) -> Widening:
    """The widening of a nucleus, found on its validation atoms and reported to the session.

    None is needed, and :class:`Widening` as it is returned, where too few atoms tell; a note says so.
    """
    atoms = examples.known_atoms(config, element, "validation", session.offline)
    mean, spread = network(atoms)
    found, name = widening(mean - atoms.shielding, spread), _case(config, element)
    crystals = len(np.unique(atoms.crystal))
    if found is None:
        session.note(f"{name}: {len(atoms)} atoms of {crystals} crystals are too few to widen the spread by")
        return Widening()
    session.note(f"{name}: the spread is widened by the errors of {len(atoms)} atoms of {crystals} crystals")
    session.measure(f"{name}/{FACTOR}", found.factor)
    session.measure(f"{name}/{FLOOR}", found.floor)
    return found


def recorded(config: Config, folder: Path) -> dict[str, Widening]:
    """The widenings in the record of a run, by element; those that it lacks are absent."""
    from common.reporting.record import FILE, read_record

    if not (folder / FILE).is_file():
        return {}
    metrics, found = read_record(folder / FILE)["metrics"], {}
    for element in config.nuclei:
        values = [metrics.get(f"{_case(config, element)}/{measure}") for measure in (FACTOR, FLOOR)]
        if all(values):
            found[element] = Widening(*(each["value"] for each in values))
    return found


def widened(networks: Mapping[str, Network], known: Mapping[str, Widening]) -> dict[str, Network]:
    """Networks by element whose spread is widened where that is known."""
    return {
        element: partial(_stated, network, known.get(element, Widening()))
        for element, network in networks.items()
    }


def _stated(network: Network, wide: Widening, atoms: Environments) -> tuple[np.ndarray, np.ndarray]:
    mean, spread = network(atoms)
    return mean, wide.stated(spread)


def _case(config: Config, element: str) -> str:
    """The start of the ids of a nucleus."""
    return f"{'simulated' if config.made_up else config.data}/validation/{element}"
