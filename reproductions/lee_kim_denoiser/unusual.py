"""What the networks invent or remove: spectra that no healthy brain gives."""

from __future__ import annotations

import numpy as np

from common.classical.regression import regress
from common.metrics.case import Case
from common.mrs.unusual import CHANGED, unusual
from common.simulation.metabolites import NAMES

from . import data, estimate, figures, peers
from .config import Config

#: Spectra of each kind, at most.
COUNT = 64


def score(config: Config, session, models: dict) -> None:
    """Mean amounts found where a metabolite is absent, normal or doubled, and in a tumour.

    Ids such as ``simulated/Lac/absent/response``: the share of a change of a metabolite that a method sees, 0
    where it invents or removes all of it, 1 where it says what is there.
    """
    ranges = data.ranges(config, config.parts[0])
    made = unusual(data.basis(config.conditions[0]), ranges, min(COUNT, config.each))
    found = {"network" if part == config.parts[0] else f"network_{part}": {} for part in models}
    spectra = {}
    for method, model in zip(list(found), models.values(), strict=True):
        for kind, brains in made.items():
            shown = data.spectra_of(config, brains)
            output = estimate.predicted(config, model, shown.inputs)
            found[method][kind] = regress(output, data.target_signals(config))
            spectra.setdefault(kind, {"input": shown.inputs[0, :, 0], "truth": shown.targets[0]})
            spectra[kind][method] = output[0]
    if config.fits:
        axis, te = made["normal"].axis, config.conditions[0][3]
        found["linear_combination"] = {kind: peers.fitted(b.fids, axis, te) for kind, b in made.items()}
    for name in CHANGED:
        column = NAMES.index(name)
        for kind, label in ((f"no {name}", "absent"), (f"{name} doubled", "doubled")):
            change = (made[kind].concentrations - made["normal"].concentrations)[0, column]
            case = Case("simulated", name, label, "test", _response(column, change))
            session.score(case, {method: (each["normal"], each[kind]) for method, each in found.items()})
    session.figure(
        "unusual", figures.spectra_grid(config, _rows(spectra), "what is invented, what is removed")
    )


def _response(column: int, change: float):
    def response(pair) -> dict[str, float]:
        normal, other = (np.nan_to_num(values[:, column]) for values in pair)
        return {"response": float(np.mean(other - normal) / change)}

    return response


def _rows(spectra: dict) -> list:
    kinds = ("no NAA", "NAA doubled", "no Ins", "Lac doubled", "GABA doubled", "tumour")
    return [(kind, spectra[kind]) for kind in kinds]
