"""What several finished runs say together: learning curves, and cross-validations put together.

A run keeps what every method predicts for its test crystals (:mod:`.scoring`). Runs that differ only in
``share`` are a learning curve, runs that differ only in ``fold`` a cross-validation, runs that differ only in
``channels`` tell what width brings. ``nmr-repro study crystals`` makes tables and a figure of them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import ConfigError, RunError
from common.metrics.shifts import Interval
from common.say import say
from common.training import config as configuration

from . import data, scoring
from .config import Config

#: Methods whose errors fall with the crystals learnt from, and that are compared.
LEARNING = ("network", scoring.REFERENCE)
#: Crystals that the paper's networks and ShiftML learnt from.
FULL = 2000


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, preset, variant, seed, backend and configuration."""

    folder: Path
    preset: str
    variant: str
    seed: int
    backend: str
    config: Config

    def predicted(self, element: str) -> scoring.Predicted:
        """What methods predict for the atoms of an element; FileNotFoundError where there is none."""
        return scoring.read(scoring.path_of(self.folder, element))

    def predicts(self, element: str) -> bool:
        """Whether there is any."""
        return scoring.path_of(self.folder, element).is_file()

    def like(self, *apart: str) -> tuple:
        """Everything that runs must share to belong together, but for some fields of the configuration.

        The backend is not of it: it changes numbers in their last digits, as another machine does.
        """
        rest = {key: value for key, value in dataclasses.asdict(self.config).items() if key not in apart}
        return self.variant, self.seed, json.dumps(rest, sort_keys=True)


def finished(folders: Iterable[Path | str]) -> list[Run]:
    """The folders that are runs with predictions; RunError where a config.json cannot be read.

    A run whose configuration is that of other code is left out, and said to be.
    """
    found = []
    for folder in map(Path, folders):
        if not (folder / "predictions").is_dir():
            continue
        try:
            content = json.loads((folder / "config.json").read_text())
            config = configuration.from_dict(Config, content["config"])
            identity = (content[key] for key in ("preset", "variant", "seed", "backend"))
            found.append(Run(folder, *identity, config))
        except ConfigError as error:
            say("left out", f"{folder.name}: {error}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{folder} is no run: its config.json cannot be read ({error})") from None
    return found


def groups(runs: Sequence[Run], element: str, apart: str) -> list[list[Run]]:
    """Runs with predictions of an element that differ only in one field, in the order of its values.

    Which nuclei a run is for does not count, unless they are learnt together.
    """
    made: dict[tuple, list[Run]] = {}
    for run in runs:
        if run.predicts(element):
            besides = () if run.config.joint else ("nuclei",)
            made.setdefault(run.like(apart, *besides), []).append(run)
    several = (group for group in made.values() if len({getattr(run.config, apart) for run in group}) > 1)
    return [sorted(group, key=lambda run: getattr(run.config, apart)) for group in several]


def learnt_from(run: Run, element: str, *, offline: bool = True) -> int:
    """How many crystals a run learnt an element from, relaxed and rattled as one."""
    known = data.training(run.config, element, offline)
    return len({known.names[k] for k in np.unique(known.crystal)})


def pooled(group: Sequence[Run], element: str) -> scoring.Predicted | None:
    """The test atoms of the folds of a cross-validation, each crystal once; None where a fold is missing."""
    if {run.config.fold for run in group} != set(range(group[0].config.folds)):
        return None
    return scoring.joined([run.predicted(element) for run in group])


def power_law(crystals, rmse) -> tuple[np.ndarray, np.ndarray]:
    """``scale`` and ``exponent`` of rmse = scale * crystals ** exponent, by least squares of the logarithms.

    crystals: (points,), rmse: (points, ...); ValueError for fewer than two numbers of crystals.
    """
    if len(set(crystals)) < 2:
        raise ValueError("a curve needs two numbers of crystals")
    x, y = np.log(crystals), np.log(np.asarray(rmse, float))
    away = x - x.mean()
    exponent = np.tensordot(away, y, 1) / (away @ away)
    return np.exp(y.mean(0) - exponent * x.mean()), exponent


def crossing(ours: tuple, theirs: tuple) -> float:
    """Crystals at which two power laws have the same error, however far off; infinite where they never do.

    Beyond it the one of the lower exponent is ahead.
    """
    (scale, steep), (other, flat) = ours, theirs
    if steep == flat:
        return np.inf
    with np.errstate(over="ignore"):
        return float(np.exp(np.log(scale / other) / (flat - steep)))


@dataclass(frozen=True)
class Laws:
    """What the power laws of a learning curve say, with 95 % intervals over test crystals.

    exponents: by method of ``LEARNING``. ratio: of the network's error to the other's, drawn on to ``FULL``
    crystals. crossing: see :func:`crossing`.
    """

    exponents: dict[str, Interval]
    ratio: Interval
    crossing: float


def laws(crystals: Sequence[int], found: Sequence[scoring.Predicted], *, draws: int = 2000) -> Laws:
    """The power laws of a learning curve, for which the same test crystals are drawn anew at every point.

    crystals: learnt from at each point; found: what was predicted there. ValueError where the points have
    other test atoms, or where there are fewer than two numbers of crystals.
    """
    first, squares = found[0], []
    labels, index = np.unique(first.crystal, return_inverse=True)
    for each in found:
        if not (np.array_equal(each.crystal, first.crystal) and np.array_equal(each.known, first.known)):
            raise ValueError("the points of a learning curve have other test atoms")
        errors = [(each.predicted[method] - each.known) ** 2 for method in LEARNING]
        squares.append([np.bincount(index, error) for error in errors])
    count, atoms, squares = len(labels), np.bincount(index), np.array(squares)
    times = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=draws)
    times = np.concatenate([np.ones((1, count), int), times])  # first as they are
    rmse = np.sqrt(squares @ times.T / (atoms @ times.T))  # (points, methods, draws)
    ours, theirs = (power_law(crystals, rmse[:, k]) for k in range(len(LEARNING)))
    ratio = ours[0] / theirs[0] * float(FULL) ** (ours[1] - theirs[1])
    exponents = {method: _interval(line[1]) for method, line in zip(LEARNING, (ours, theirs), strict=True)}
    return Laws(exponents, _interval(ratio), crossing(*((line[0][0], line[1][0]) for line in (ours, theirs))))


def _interval(values: np.ndarray) -> Interval:
    """The first value, and the 95 % interval of the others."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return Interval(*map(float, (values[0], low, high)))
