"""One case that a method is scored on: where it comes from, what it may be used for, and how it is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.metrics.registry import measure as registered

ROLES = ("train", "development", "test")


@dataclass(frozen=True)
class Case:
    """A scored case.

    source: data set name or ``simulated``. name: the case inside it. condition: e.g. the sampling fraction;
    may be empty. role: ``train``, ``development`` or ``test``. scorer: a function from a method's output to a
    mapping of measure name to value.
    """

    source: str
    name: str
    condition: str
    role: str
    scorer: Callable[[Any], Mapping[str, float]] = field(repr=False, compare=False)

    def __post_init__(self):
        for part in (self.source, self.name):
            if not part or "/" in part:
                raise ValueError(f"a source or case name is one non-empty segment of an id, not {part!r}")
        if "/" in self.condition:
            raise ValueError(f"a condition is one segment of an id, not {self.condition!r}")
        if self.role not in ROLES:
            raise ValueError(
                f"the role of {self.source}/{self.name} is one of {', '.join(ROLES)}, not {self.role!r}"
            )

    def scores(self, output) -> dict[str, float]:
        """The output's measures as plain floats; ``ValueError`` where the scorer names an unknown one."""
        return {registered(name).name: float(value) for name, value in self.scorer(output).items()}

    def id(self, measure: str) -> str:
        """``<source>/<name>[/<condition>]/<measure>``; ``ValueError`` for an unregistered measure."""
        parts = [self.source, self.name, self.condition, registered(measure).name]
        return "/".join(part for part in parts if part)
