"""Every method for NUS data under one signature: the conventional ones, and the networks of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError, nearest
from reproductions import registry, runs


@dataclass(frozen=True)
class Contestant:
    """A method to compare.

    name: ``ist_s``, or reproduction and variant as in ``qu_cnn/refined``, or reproduction and run. open: of
    the first t1 in dwells, gives ``complete(fid, mask) -> fid``, with the measured points kept, and
    ``warn(points, fraction)``, what to tell the owner of such data; ``UserError`` where its network cannot be
    loaded. run: the id of a network's run, None of a conventional method.
    """

    name: str
    open: Callable[[float], tuple[Callable, Callable[[int, float], Sequence[str]]]]
    run: str | None = None

    @property
    def compiled(self) -> bool:
        """Whether the first call for a grid takes longer than the others: that of a network does."""
        return self.run is not None


def contestants(folders: Iterable[Path] = ()) -> list[Contestant]:
    """The conventional methods, the networks published with their weights, and those of run folders."""
    from common.classical.methods import METHODS

    found = [_conventional(method) for method in METHODS.values() if 1 in method.dimensions]
    found += _published()
    found += [_network(f"{runs.reproduction_of(folder).name}/{folder.name}", folder) for folder in folders]
    return [contestant for contestant in found if contestant is not None]


def choose(found: list[Contestant], names: Sequence[str]) -> list[Contestant]:
    """Those of that name; all networks of a reproduction by its name. UserError where there is none."""
    known = [contestant.name for contestant in found]
    for name in names:
        if not any(_called(each, name) for each in known):
            raise UserError(f"--methods: no method is called {name!r}{nearest(name, known)}")
    return [each for each in found if any(_called(each.name, name) for name in names)]


def _called(full: str, name: str) -> bool:
    return name in (full, full.partition("/")[0])


def _published() -> list[Contestant | None]:
    from common.reporting.publish import APPLY, applied

    return [
        _network(f"{name}/{variant}", registry.RESULTS / name / run)
        for name in registry.names()
        for variant, run in applied(registry.RESULTS / name / APPLY).items()
    ]


def _conventional(method) -> Contestant:
    return Contestant(method.name, lambda first_delay: (method.at(first_delay), lambda *grid: ()))


def _network(name: str, folder: Path) -> Contestant | None:
    """None where the reproduction is not for NUS data: its ``apply`` then has no ``completing_network``."""
    module = runs.reproduction_of(folder).module("apply")
    if not hasattr(module, "completing_network"):
        return None

    def opened(first_delay):
        config, estimate = module.completing_network(folder)

        def warn(points, fraction):
            return module.outside_training(config, points, fraction, first_delay)

        return _writing_back(estimate), warn

    return Contestant(name, opened, folder.name)


def _writing_back(estimate: Callable) -> Callable:
    """A method that keeps the measured points, of one that is before that."""

    def complete(fid, mask):
        import numpy as np

        return np.where(mask[..., None], fid, np.asarray(estimate(fid, mask)).astype(fid.dtype))

    return complete
