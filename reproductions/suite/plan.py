"""Which runs a suite or a sweep is made of, each as the command that makes it."""

from __future__ import annotations

import itertools
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.errors import RunError, UserError
from common.training import config as configuration
from common.training import fingerprint
from common.training.lock import Lock
from reproductions import registry


@dataclass(frozen=True)
class Entry:
    """One run: what ``nmr-repro run`` is told. ``fields``: of the configuration, with values as typed."""

    name: str
    preset: str
    variant: str
    seed: int
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The name of the run's folder. ConfigError for a preset, variant, field or value that is wrong."""
        module = registry.get(self.name).module("config")
        config = configuration.resolve(module, self.preset, self.variant, dict(self.fields))
        return configuration.run_id(config, self.preset, self.variant, fingerprint.backend(), self.seed)

    def folder(self, runs: Path) -> Path:
        """Where the run is, or will be."""
        return Path(runs) / self.name / self.id

    def words(self, runs: Path, offline: bool = False) -> list[str]:
        """The words of the command."""
        words = ["run", self.name, "--preset", self.preset, "--variant", self.variant]
        words += ["--seed", str(self.seed), "--runs", str(runs)]
        words += itertools.chain(*((f"--{field}", value) for field, value in self.fields))
        return words + ["--offline"] * offline


def suite(names: Sequence[str], preset: str, variants: Sequence[str], seeds: int) -> list[Entry]:
    """Reproductions in some variants (of those that a reproduction has), with seeds 0 to ``seeds`` - 1.

    No variant named means all. UserError where a reproduction has no such name, or none has such a variant;
    ConfigError for an unknown preset.
    """
    entries, known = [], set()
    for name in names:
        own = registry.get(name).module("config").VARIANTS
        known |= own.keys()
        for variant, seed in itertools.product(own, range(seeds)):
            if not variants or variant in variants:
                entries.append(Entry(name, preset, variant, seed))
    missing = [variant for variant in variants if variant not in known]
    if missing:
        raise UserError(f"none of {', '.join(names)} has a variant {missing[0]!r}")
    return _checked(entries)


def sweep(name: str, preset: str, variant: str, seeds: int, fields: Mapping[str, str]) -> list[Entry]:
    """Every combination of the values of some fields of one reproduction's configuration, with each seed.

    fields: values as typed, separated by commas; those of a field that is itself a list by semicolons.
    UserError where no field is given, ConfigError as :attr:`Entry.id`.
    """
    if not fields:
        raise UserError(
            f"a sweep needs a field with its values, as in `nmr-repro sweep {name} --rate 1e-3,1e-4`"
        )
    kinds = typing.get_type_hints(registry.get(name).module("config").Config)
    values = [
        [
            (field, value.strip())
            for value in text.split(";" if typing.get_origin(kinds[field]) is tuple else ",")
        ]
        for field, text in fields.items()
    ]
    return _checked(
        [
            Entry(name, preset, variant, seed, chosen)
            for chosen in itertools.product(*values)
            for seed in range(seeds)
        ]
    )


def _checked(entries: list[Entry]) -> list[Entry]:
    """The entries, each run once, all of their configurations found right."""
    return list({(entry.name, entry.id): entry for entry in entries}.values())


def busy(folder: Path) -> bool:
    """Whether a process works on the run."""
    if not folder.is_dir():
        return False
    try:
        Lock(folder / ".lock", patience=0).release()
    except RunError:
        return True
    return False


def digest(entries: Sequence[Entry]) -> str:
    """Eight hexadecimal digits of a list of runs."""
    return configuration.digest(_Plan(tuple(entries)))


@dataclass(frozen=True)
class _Plan:
    entries: tuple[Entry, ...]
