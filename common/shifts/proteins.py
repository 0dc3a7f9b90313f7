"""The proteins that networks of shifts learn from and are tested on, or made-up peptides in their place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common import datasets
from common.shifts.clusters import folds as split
from common.shifts.dataset import TEST, load
from common.shifts.entries import Entry
from common.shifts.examples import Examples, examples

#: Seeds of peptides to learn from, and of as many to be tested on.
MADE_UP, MADE_UP_TESTS = 1, 2


def training_entries(sets, *, strict=False, proteins=0, made_up=0, offline=False) -> list:
    """Entries to learn from.

    sets: names of data sets; strict: without bound forms and doubtful entries; proteins: this many of them,
    drawn once and for all, so that a smaller number is a part of a larger one (0 is all); made_up: so many
    peptides by simulation instead.
    """
    if made_up:
        return made_up_entries(made_up, MADE_UP)
    entries = load(sets, offline=offline, strict=strict)
    if proteins:
        order = np.random.default_rng(0).permutation(len(entries))
        entries = [entries[i] for i in sorted(order[:proteins])]
    return entries


def unseen_entries(*, made_up=0, offline=False) -> list:
    """Entries to be tested on: those of ``TEST``, or as many peptides by simulation."""
    if made_up:
        return made_up_entries(made_up, MADE_UP_TESTS)
    return load((TEST,), offline=offline)


def made_up_entries(count: int, seed: int) -> list:
    """Peptides by simulation with made-up shifts, as entries of the source ``simulated``."""
    from common.simulation.peptides import random_peptides

    made = random_peptides(count, np.random.default_rng(seed))
    return [
        Entry(id=f"peptide{i}", protein=protein, shifts=shifts, cluster=f"peptide{i}", source="simulated")
        for i, (protein, shifts) in enumerate(made)
    ]


def training_examples(describe: Callable, *, folds: int, **which) -> Examples:
    """The table of the entries to learn from, in ``folds`` parts that share no sequence cluster."""
    entries = training_entries(**which)
    return examples(entries, describe, np.asarray(split(entries, folds, seed=0)))


def uses(sets, made_up: int) -> tuple[tuple[str, str, str], ...]:
    """What a training used, for its record."""
    if made_up:
        return (("simulated", "peptides", "train"),)
    return tuple((name, "all", "train") for name in sets)


def report(session, sets, made_up: int) -> None:
    """Tell a record which sets a network learnt from and is tested on; nothing of made-up peptides."""
    if not made_up:
        for name, role in (*((name, "train") for name in sets), (TEST, "test")):
            session.used(name, role, datasets.load(name).checksums)
