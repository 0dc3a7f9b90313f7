"""The reproductions and the methods that can be applied, found by name and imported when asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from common.errors import UserError, nearest
from common.mrs import conventional as mrs_conventional
from common.nus import conventional as nus_conventional
from common.reporting.published import FILE, Published, read_published

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
#: Published runs.
RESULTS = ROOT / "results"
#: Classical methods with the same door as a network, and the module that holds it.
CLASSICAL = {
    **dict.fromkeys(nus_conventional.NAMES, "common.nus.conventional"),
    **dict.fromkeys(mrs_conventional.NAMES, "common.mrs.conventional"),
}
#: Questions that need several methods, by the name of the task, and the module that answers them.
COMPARISONS = {
    "nus": "reproductions.studies.compare_nus",
    "convergence": "reproductions.studies.convergence",
}
#: Questions whose answers stand in results/studies/, and the module that measures them.
STUDIES = {
    name: f"reproductions.studies.{name}"
    for name in ("nus", "times", "shifts", "crystals", "learning", "speed", "brain")
}


@dataclass(frozen=True)
class Reproduction:
    """One paper: its folder, and its modules by name."""

    name: str

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return FOLDER / self.name

    @property
    def title(self) -> str:
        """Paper, system and task in one line."""
        return importlib.import_module(f"reproductions.{self.name}").__doc__.splitlines()[0]

    @property
    def published(self) -> Published:
        """The published figures."""
        return read_published(self.folder / FILE)

    @property
    def card(self) -> str:
        """Its model card, as ``results/<name>/README.md`` holds it."""
        from common.reporting import cards
        from common.reporting.publish import APPLY, applied
        from common.reporting.record import FILE as RECORD
        from common.reporting.record import read_record

        results = RESULTS / self.name
        records = [read_record(results / run / RECORD) for run in self.runs]
        card = cards.read_card(self.folder / cards.SOURCE)
        named = applied(results / APPLY)
        return cards.markdown(self.name, self.title, card, self.published, records, named)

    @property
    def runs(self) -> list[str]:
        """The ids of its published runs."""
        return sorted(path.parent.name for path in (RESULTS / self.name).glob("*/record.json"))

    def module(self, part: str) -> ModuleType:
        """Its ``config``, ``data``, ``model`` (imports keras), ``experiment`` or ``apply``."""
        return importlib.import_module(f"reproductions.{self.name}.{part}")


def names() -> list[str]:
    """The reproductions, in alphabetical order."""
    return sorted(path.parent.name for path in FOLDER.glob("*/config.py"))


def get(name: str) -> Reproduction:
    """The reproduction of that name; UserError naming the nearest where there is none."""
    if name not in names():
        raise UserError(f"no reproduction is called {name!r}{nearest(name, names())}")
    return Reproduction(name)


def methods() -> list[str]:
    """What can be applied to a user's file: reproductions and classical methods."""
    return [name for name in names() if (FOLDER / name / "apply.py").is_file()] + list(CLASSICAL)


def method(name: str) -> ModuleType:
    """The module of a method: ``add_options(parser)``, ``main(arguments)``. UserError as :func:`get`."""
    if name not in methods():
        raise UserError(f"no method is called {name!r}{nearest(name, methods())}")
    return importlib.import_module(CLASSICAL.get(name) or f"reproductions.{name}.apply")


def comparison(task: str) -> ModuleType:
    """The module that compares the methods for a task, as :func:`method`."""
    if task not in COMPARISONS:
        raise UserError(f"no comparison is called {task!r}{nearest(task, COMPARISONS)}")
    return importlib.import_module(COMPARISONS[task])


def study(name: str) -> ModuleType:
    """The module of a study of the suite, as :func:`method`."""
    if name not in STUDIES:
        raise UserError(f"no study is called {name!r}{nearest(name, STUDIES)}")
    return importlib.import_module(STUDIES[name])
