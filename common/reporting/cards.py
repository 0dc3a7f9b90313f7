"""Model cards: what a network is, what it learnt from, where it holds and where it fails.

Generated from ``card.toml`` of a reproduction, its published figures and the records of ``results/``::

    cite = "authors, title, journal"  # of the paper
    doi = "10.1000/182"               # or empty
    takes = "..."                     # what a user gives it
    learnt = "..."                    # what it was trained on, in words
    valid = ["...", "..."]            # where it may be used
    fails = ["...", "..."]            # known failures
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common import datasets
from common.errors import FormatError
from common.io.text import read_toml
from common.reporting import tables
from common.reporting.published import Published

SOURCE = "card.toml"
_TEXTS, _LISTS = ("cite", "doi", "takes", "learnt"), ("valid", "fails")


@dataclass(frozen=True)
class Card:
    """What ``card.toml`` says."""

    cite: str
    doi: str
    takes: str
    learnt: str
    valid: tuple[str, ...]
    fails: tuple[str, ...]


def read_card(path: Path | str) -> Card:
    """The content of a card.toml; FormatError for a missing, unknown or misfit line."""
    found = read_toml(path)
    if found.keys() != {*_TEXTS, *_LISTS}:
        raise FormatError(path, f"must have {', '.join((*_TEXTS, *_LISTS))} and nothing else")
    for name in _TEXTS:
        if not isinstance(found[name], str):
            raise FormatError(path, f"{name} is no text")
    for name in _LISTS:
        texts = found[name]
        if not (isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts)):
            raise FormatError(path, f"{name} is no list of texts")
    return Card(**{name: found[name] if name in _TEXTS else tuple(found[name]) for name in found})


def markdown(
    name: str,
    title: str,
    card: Card,
    published: Published,
    records: Sequence[dict],
    applied: Mapping[str, str],
) -> str:
    """The model card of a reproduction.

    title: paper, system and task in one line. records: its published runs. applied: run ids whose weights
    ``apply`` uses, by variant.
    """
    lines = [f"# {name}: model card", "", f"{title}", "", f"Takes: {card.takes}.", ""]
    lines += ["## Weights", "", *_weights(records, applied), "", "## Learnt from", "", f"{card.learnt}.", ""]
    lines += _data(records, "train", "Files of these sets were learnt from:")
    lines += _data(
        records, "test", "Tested on these (splits cross no protein, crystal, compound or subject):"
    )
    lines += ["## Where it holds", "", *(f"* {text}" for text in card.valid), ""]
    lines += ["## Where it fails", "", *(f"* {text}" for text in card.fails), ""]
    lines += [
        "## Scores",
        "",
        tables.comparison({name: published}, list(records), headlines=True, every_variant=True).markdown(),
        "",
    ]
    doi = f", [{card.doi}](https://doi.org/{card.doi})" if card.doi else ""
    lines += [
        "## How to cite",
        "",
        f"The paper: {card.cite}{doi}. The rebuilt network: this repository and the run's id.",
        "",
    ]
    lines += [f"More: [reproductions/{name}](../../reproductions/{name}/README.md)."]
    return "\n".join(lines) + "\n"


def _weights(records: Sequence[dict], applied: Mapping[str, str]) -> list[str]:
    """A line a variant whose weights are here, and the records of all."""
    if not applied:
        return ["None is published."]
    found, lines = {record["id"]: record for record in records}, []
    for variant, run in sorted(applied.items()):
        record = found[run]
        size = sum(part["parameters"] for part in record["parts"].values())
        parts = f"{len(record['parts'])} networks, " if len(record["parts"]) > 1 else ""
        commit = record["trained"]["commit"][:12]
        lines.append(
            f"* `{variant}`: [{run}]({run}), {parts}{size:,} parameters, trained at commit `{commit}`"
        )
    return lines


def _data(records: Sequence[dict], role: str, intro: str) -> list[str]:
    """The data sets with a role in any of the runs, with their licences."""
    named = sorted(
        {name for record in records for name, used in record["data"].items() if role in used["roles"]}
    )
    specs = [datasets.load(name) for name in named if name in datasets.names()]
    if not specs:
        return []
    return [intro, "", *(f"* `{spec.name}`: {spec.title} ({spec.licence})" for spec in specs), ""]
