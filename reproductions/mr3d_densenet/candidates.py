"""The 29 candidates of cocaine ranked by a network of hydrogen, beside GIPAW."""

from __future__ import annotations

import numpy as np

from common import datasets
from common.structures import Crystal

from . import data
from .environments import NUMBERS
from .estimate import Network, estimate
from .ranking import Measured, Ranking, figure, rank, read_measured

#: Of both protocols: an offset for each candidate; one line, slope and offset, for all of them.
PROTOCOLS = {"offset": False, "line": True}
SOURCE = "cocaine_csp"


def candidates(offline: bool = False) -> tuple[tuple[Crystal, ...], Measured, str]:
    """The 29 candidates with their GIPAW shieldings, measured shifts, and the best by GIPAW.

    Raises as ``DataSpec.path``.
    """
    spec = datasets.load(SOURCE)
    case = spec.cases["candidates"]
    frames, _ = data.crystals(SOURCE, offline)
    return frames, read_measured(spec.path(case["reference"], offline=offline)), case["best"]


def rankings(known, found, measured: Measured) -> dict[str, dict[str, Ranking]]:
    """Rankings by protocol and method of candidates with GIPAW's shieldings and with a network's."""
    methods = {"gipaw": known, "network": found}
    return {
        protocol: {method: rank(frames, measured, one_line=line) for method, frames in methods.items()}
        for protocol, line in PROTOCOLS.items()
    }


def lead(ranking: Ranking, best: str) -> float:
    """By how much in ppm the candidate ``best`` is better than any other; negative where it is not first."""
    errors = dict(zip(ranking.names, ranking.rmse, strict=True))
    return float(min(error for name, error in errors.items() if name != best) - errors[best])


def score(session, network: Network, neighbours: int) -> None:
    """Error, place and lead of the structure that GIPAW ranks first, by the network and by GIPAW; a figure.

    And the root mean square difference of the network's shieldings to GIPAW's, all H of the candidates.
    """
    known, measured, best = candidates(session.offline)
    found = estimate(known, {"H": network}, neighbours)
    errors = [
        (one.shieldings - other.shieldings)[other.numbers == NUMBERS["H"]]
        for one, other in zip(found, known, strict=True)
    ]
    session.measure(f"{SOURCE}/candidates/H/rmse", float(np.sqrt(np.mean(np.concatenate(errors) ** 2))))
    made = rankings(known, found, measured)
    for protocol, methods in made.items():
        for method, ranking in methods.items():
            values = {
                "candidate_rmse": ranking.rmse[ranking.names.index(best)],
                "candidate_place": ranking.place(best),
                "candidate_lead": lead(ranking, best),
            }
            for measure, value in values.items():
                session.measure(f"{SOURCE}/candidates/{protocol}/{measure}", float(value), method)
    own = made["offset"]
    session.figure("candidates", figure({"GIPAW": own["gipaw"], "network": own["network"]}, best))
    spec = datasets.load(SOURCE)
    session.used(SOURCE, "test", spec.checksums)
