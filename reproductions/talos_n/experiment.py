"""The experiment of TALOS-N: networks and search, tested on proteins that resemble none that they saw."""

from __future__ import annotations

import numpy as np

from common.metrics.case import Case
from common.metrics.torsions import TorsionPrediction, TorsionTruth, cases, score_prediction
from common.shifts.proteins import report, uses

from . import data, figures, networks, search, shift_index, training
from .config import Config
from .networks import Networks, Said
from .predict import combine, find, torsions_of
from .training import compile_model

__all__ = ["compile_model", "evaluate", "train"]

#: Shares of the database's proteins that searches are repeated with, and what their cases are called.
SHARES = {1 / 8: "database_eighth", 1 / 4: "database_quarter", 1 / 2: "database_half"}


def train(config: Config, session) -> None:
    """Train the ensembles."""
    found = data.training(config, session.offline)
    training.train(config, session, found, uses(config.sets, config.made_up))


def load(config: Config, session) -> Networks:
    """The trained networks of a run."""
    return Networks(
        config,
        {
            part: session.trained(part, networks.build(config, part.partition("/")[0]))
            for part in networks.parts(config)
        },
    )


def evaluate(config: Config, session) -> None:
    """Score on the test proteins beside simpler methods, and on development proteins held out."""
    report(session, config.sets, config.made_up)
    trained, found = load(config, session), data.training(config, session.offline)
    base = search.database(found)
    entries, tests = data.unseen(config, session.offline)
    said = trained.say(tests.table)
    predicted = methods(config, tests.table, said, base)
    source = entries[0].source
    for name, chosen in sets(entries, tests).items():
        score(session, tests, chosen, predicted, source, name)
    sizes = {share: database_size(config, found, tests, said, share) for share in SHARES}
    truth = scored_truth(tests)
    for share, both in sizes.items():
        case = Case(source, "all", SHARES[share], "test", lambda one: score_prediction(truth, one))
        session.score(case, both)
    figures.draw(session, tests, predicted, sizes, source)
    held_out(config, session, trained, found, base)


def methods(config: Config, table: data.Table, said: Said, base) -> dict[str, TorsionPrediction]:
    """What every method says of the residues of a table."""
    alone = search.density(find(config, table, base, None), config.bins)
    made = {
        "network": combine(config, table, said, find(config, table, base, said.maps[-1])).torsions,
        "no_search": torsions_of(config, table, said.maps[-1]),
    }
    if len(said.maps) > 1:
        made["level_1"] = torsions_of(config, table, said.maps[0])
    made["search_alone"] = torsions_of(config, table, alone)
    return made | {"chemical_shift_index": shift_index.predict(table)}


def database_size(config: Config, found, tests, said: Said, share: float) -> dict[str, TorsionPrediction]:
    """The methods that search, with a share of the database; the networks are those trained on all."""
    base = search.database(found, share)
    alone = search.density(find(config, tests.table, base, None), config.bins)
    both = combine(config, tests.table, said, find(config, tests.table, base, said.maps[-1]))
    return {"network": both.torsions, "search_alone": torsions_of(config, tests.table, alone)}


def sets(entries, tests: data.Known) -> dict[str, np.ndarray]:
    """Residues (rows,) of all proteins, and of those that SPARTA+'s list has no relative of."""
    clean = np.array([entry.clean for entry in entries])[tests.table.protein]
    every = {"all": np.ones(len(clean), bool), "clean": clean}
    return {name: chosen for name, chosen in every.items() if chosen.any()}


def score(session, known: data.Known, chosen, predicted, source: str, name: str, role: str = "test") -> None:
    """Score the residues of some rows that have shifts, and say how many there are."""
    truth = scored_truth(known, chosen)
    for case in cases(truth, source, name, role):
        session.score(case, predicted)
    counted = np.isfinite(truth.angles).all(1)
    proteins = len(np.unique(known.table.protein[counted]))
    session.note(f"{source}/{name}: {counted.sum()} residues with shifts of {proteins} proteins")


def scored_truth(known: data.Known, chosen: np.ndarray | bool = True) -> TorsionTruth:
    """The truth of the chosen residues (rows,) that have shifts; the angles of others are not known."""
    counted = np.zeros(len(known.table), bool)
    counted[known.scored] = True
    angles = np.where((counted & chosen)[:, None], known.truth.angles, np.nan)
    return TorsionTruth(angles, known.truth.chi1, known.truth.secondary)


def held_out(config: Config, session, trained: Networks, found: data.Known, base) -> None:
    """Score development proteins, each by the members that did not see it, none by stretches of its own."""
    if not np.any(found.development):
        session.note("no development protein is among those learnt from: none is scored held out")
        return
    found = found.pick(found.development)
    said = trained.say(found.table, found.folds)
    matches = find(config, found.table, base, said.maps[-1], found.group)
    predicted = {
        "network": combine(config, found.table, said, matches).torsions,
        "no_search": torsions_of(config, found.table, said.maps[-1]),
    }
    name = "simulated" if config.made_up else config.sets[0]
    score(session, found, np.ones(len(found.table), bool), predicted, name, "development", "development")
