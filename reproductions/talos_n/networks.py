"""The networks of a run: which there are, what they see, and what they say of residues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from common.metrics.torsions import STATES, TorsionTruth, rotamer

from . import data, grid
from .config import Config

#: The networks that tell three states apart: of secondary structure, ``H E C``, and of chi1, ``ROTAMERS``.
TAILS = ("secondary", "rotamers")
LETTERS = np.array(list(STATES))
#: Residues on either side whose shifts and angles these see (ours: as level 1 of the paper).
REACH = 2
#: Sine and cosine of phi and psi and how sure they are: numbers a residue beside those of its shifts.
ANGLES = 5
#: The residue's own amino acid, or none: what rotamers there are (ours).
KINDS = 21
#: Residues that are predicted at a time.
BATCH = 4096


@dataclass(frozen=True)
class Said:
    """What networks say of residues: maps (rows, bins * bins) of phi and psi after each level, the last of
    which counts, and probabilities (rows, 3) of secondary structure and rotamer."""

    maps: tuple[np.ndarray, ...]
    secondary: np.ndarray
    rotamers: np.ndarray


def groups(config: Config) -> tuple[str, ...]:
    """The ensembles of a configuration, in the order in which they depend on each other."""
    return ("level_1", *(("level_2",) if config.reach2 >= 0 else ()), *TAILS)


def parts(config: Config) -> list[str]:
    """The networks of a run, ``<group>/<member>``."""
    return [f"{group}/{member}" for group in groups(config) for member in range(config.members)]


def build(config: Config, group: str):
    """A network of a group."""
    from . import model

    if group in TAILS:
        return model.build_tail(config, (2 * REACH + 1) * (data.INPUTS + ANGLES) + KINDS)
    return model.build(config) if group == "level_1" else model.build_level2(config)


def with_nothing(values: np.ndarray, nothing: float) -> np.ndarray:
    """Values (rows + 1, ...) with a last row for residues that do not exist."""
    last = np.full((1, *values.shape[1:]), nothing, values.dtype)
    return np.concatenate([values, last])


def shift_inputs(config: Config, table: data.Table) -> Callable:
    """What level 1 sees of some rows: ``inputs(rows)``."""
    windows = table.windows(config.reach)
    return lambda rows: table.features[windows[rows]]


def map_inputs(config: Config, table: data.Table, maps: np.ndarray) -> Callable:
    """What level 2 sees of some rows; a neighbour that does not exist may have any angles."""
    windows, values = table.windows(config.reach2), with_nothing(maps, 1 / config.bins**2)
    return lambda rows: values[windows[rows]]


def tail_inputs(config: Config, table: data.Table, maps: np.ndarray) -> Callable:
    """What the networks of three states see of some rows: shifts and angles of five residues, their kind."""
    angles, _, sure = grid.estimate(maps, config.bins, config.smoothing)
    told = np.concatenate([np.sin(angles), np.cos(angles), sure[:, None]], axis=1).astype("float32")
    values = np.concatenate([table.features, with_nothing(told, 0.0)], axis=1)
    windows, kinds = table.windows(REACH), np.eye(KINDS, dtype="float32")[table.codes]
    return lambda rows: np.concatenate([values[windows[rows]].reshape(len(rows), -1), kinds[rows]], axis=1)


def tail_states(truth: TorsionTruth) -> dict[str, np.ndarray]:
    """The true state (rows,) from 0 to 2 by group, -1 where there is none."""
    letters = np.asarray(truth.secondary)
    secondary = np.where(np.isin(letters, LETTERS), (letters[:, None] == LETTERS).argmax(1), -1)
    return {"secondary": secondary, "rotamers": rotamer(truth.chi1)}


def outputs(models: list, inputs: Callable, count: int, folds: np.ndarray | None = None) -> np.ndarray:
    """Mean outputs (count, ...) of an ensemble, or by ``folds`` (count,) of the member that did not see a
    row."""
    import keras

    total, asked = 0.0, np.zeros((count, 1), "float32")
    for member, model in enumerate(models):
        rows = np.arange(count) if folds is None else np.flatnonzero(folds == member)
        parts = [model(inputs(rows[start : start + BATCH])) for start in range(0, len(rows), BATCH)]
        made = np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])
        one = np.zeros((count, made.shape[1]), "float32")
        one[rows] = made
        total, asked[rows] = total + one, asked[rows] + 1
    return total / np.maximum(asked, 1)


@dataclass(frozen=True)
class Networks:
    """Trained networks, by part."""

    config: Config
    models: dict[str, object]

    def ensemble(self, group: str) -> list:
        """The members of a group, in order."""
        return [self.models[f"{group}/{member}"] for member in range(self.config.members)]

    def maps(self, table: data.Table, folds: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """Maps (rows, bins * bins) of phi and psi after each level that is trained.

        folds: (rows,) of proteins that they were trained on: the member that did not see a protein is asked.
        """
        config, made = self.config, []
        if "level_1/0" in self.models:
            seen = shift_inputs(config, table)
            made.append(outputs(self.ensemble("level_1"), seen, len(table), folds))
        if "level_2/0" in self.models:
            seen = map_inputs(config, table, made[-1])
            made.append(outputs(self.ensemble("level_2"), seen, len(table), folds))
        return tuple(made)

    def say(self, table: data.Table, folds: np.ndarray | None = None) -> Said:
        """Everything that the networks say of the residues of a table; folds as of :meth:`maps`."""
        maps = self.maps(table, folds)
        seen = tail_inputs(self.config, table, maps[-1])
        return Said(maps, *(outputs(self.ensemble(group), seen, len(table), folds) for group in TAILS))
