"""What a run has found: scores, data used, notes and figures, until they are written to its record."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

from common.atomic import stays_inside
from common.metrics.case import Case
from common.reporting.figures import png_bytes
from common.reporting.record import NETWORK, Scores
from common.training.storage import write_file


class Findings:
    """Collects what an experiment reports; the part of a session that evaluation needs.

    folder: of the run; figures go to ``figures/`` in it as they come.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.scores, self.notes = Scores(), []
        self.data: dict[str, dict] = {}
        self.absent: dict[str, str] = {}
        self.figures: dict[str, bytes] = {}

    def found(self) -> dict:
        """Data, notes and what was left out so far, as a finished part keeps them for later evaluations."""
        return copy.deepcopy({"data": self.data, "left_out": self.absent, "notes": self.notes})

    def recall(self, found: Mapping) -> None:
        """Add what :meth:`found` returned, now or in an earlier process."""
        for data_set, entry in found["data"].items():
            for role in entry["roles"]:
                self.used(data_set, role, entry["checksums"])
        for data_set, reason in found["left_out"].items():
            self.left_out(data_set, reason)
        for text in found["notes"]:
            self.note(text)

    def score(self, case: Case, outputs: Mapping[str, object]) -> None:
        """Score the output of each method (``network`` and baselines) on a case; repeats are averaged."""
        for method, output in outputs.items():
            for measure, value in case.scores(output).items():
                self.scores.add(case.id(measure), value, method)

    def measure(self, id: str, value: float, method: str = NETWORK) -> None:
        """Report one value under a full id, such as a time."""
        self.scores.add(id, value, method)

    def used(self, data_set: str, role: str, checksums: Mapping[str, str]) -> None:
        """Report files of a data set (name to sha256) and what they were used for."""
        entry = self.data.setdefault(data_set, {"roles": [], "checksums": {}})
        entry["roles"] = sorted({*entry["roles"], role})
        entry["checksums"].update(checksums)

    def left_out(self, data_set: str, reason: str) -> None:
        """Report a data set that could not be used."""
        self.absent[data_set] = reason

    def note(self, text: str) -> None:
        """Add a sentence to the record; a repeated one is kept once."""
        if text not in self.notes:
            self.notes.append(text)

    def figure(self, name: str, figure) -> None:
        """Save a matplotlib figure as ``figures/<name>.png``; TensorBoard gets it with the record.

        ValueError for a name that leads out of ``figures/``.
        """
        if not stays_inside(name):
            raise ValueError(f"{name!r} is no name of a figure: it leads out of its folder")
        self.figures[name] = png_bytes(figure)
        write_file(self.folder / "figures" / f"{name}.png", self.figures[name])
