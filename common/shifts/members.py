"""Ensembles of networks of shifts, of a nucleus or of all; a member does not see a fold of the proteins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.shiftlist import NUCLEI
from common.shifts.examples import Examples
from common.training.batches import Batches

#: The group of nuclei that one network does together.
ALL = "all"
#: Rows that a network is asked for at once; ours: it bounds memory.
BLOCK = 16384


def columns(group: str) -> list[int]:
    """The columns of ``NUCLEI`` that a group stands for: a nucleus, or all six."""
    return list(range(len(NUCLEI))) if group == ALL else [NUCLEI.index(group)]


def batches(
    known: Examples, targets: np.ndarray, group: str, size: int, seed: int, split: str, uses=()
) -> Batches:
    """Batches of the residues that have a target in a group of nuclei.

    targets: (rows, 6), in the units of the network, NaN where there is none.
    """
    wanted = targets[:, columns(group)].astype("float32")
    rows = np.flatnonzero(np.isfinite(wanted).any(1))
    features, wanted = known.features[rows], wanted[rows]
    return Batches(lambda chosen, _: (features[chosen], wanted[chosen]), len(rows), size, seed, split, uses)


def fit(
    session, known: Examples, targets: np.ndarray, group: str, member: int, *,
    build: Callable, compile_model: Callable, size: int, epochs: int, uses=(),
):  # fmt: skip
    """Train one member of a group's ensemble, watched on the fold that it does not see.

    build: ``build() -> model``; compile_model: ``compile_model(model, steps)``. The epoch with the lowest
    loss of that fold is kept.
    """
    part = f"{group}/{member}"
    out = known.folds == member
    training = batches(known.pick(~out), targets[~out], group, size, session.seed, "train", uses)
    held_out = batches(known.pick(out), targets[out], group, 1024, session.seed, "validation", uses)
    model = session.build(build, part)
    compile_model(model, epochs * len(training))
    return session.fit(model, training, part, epochs=epochs, validation=held_out)


def predict(models: dict[str, object], features: np.ndarray, chosen=None) -> np.ndarray:
    """Mean outputs (rows, 6) of ensembles, in the units of the networks; NaN where no group does a nucleus.

    models: by part, ``<group>/<member>``. chosen: ``chosen(member) -> rows`` that a member is asked for; each
    member does all rows where it is None.
    """
    total = np.zeros((len(features), len(NUCLEI)))
    asked = np.zeros((len(features), len(NUCLEI)))
    for part, model in models.items():
        group, _, member = part.rpartition("/")
        rows = np.arange(len(features)) if chosen is None else np.flatnonzero(chosen(int(member)))
        if len(rows):
            total[np.ix_(rows, columns(group))] += _outputs(model, features[rows])
            asked[np.ix_(rows, columns(group))] += 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / asked


def _outputs(model, features: np.ndarray) -> np.ndarray:
    """As ``model.predict``, which would compile every one of many small networks for seconds."""
    from keras import ops

    parts = np.array_split(features, len(features) // BLOCK + 1)
    return np.concatenate([ops.convert_to_numpy(model(part, training=False)) for part in parts])


def held_out(models: dict[str, object], known: Examples) -> np.ndarray:
    """Outputs (rows, 6) for each residue of the members that did not see its protein."""
    return predict(models, known.features, lambda member: known.folds == member)
