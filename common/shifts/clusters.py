"""Proteins of like sequence, which must stand on one side of every split.

Two sequences belong together where they share more than 15 % of the 8-residue words of the shorter one, and
clusters are what such pairs connect (single linkage): the rule that the data sets were chosen by.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

#: Residues of a word, and the share of the shorter sequence's words from which two sequences are one cluster:
#: the rule of protein_shifts_paired, its SOURCE.md.
WORD, SHARE = 8, 0.15
#: Share of the paired chains that are held out of fitting. ours: 23 proteins with 3,127 residues, so that an
#: RMSD has an error of a few per cent, and most are left to learn from.
HELD_OUT = 0.15
#: The data sets that development proteins come from.
PAIRED = ("protein_shifts_paired", "protein_shifts_paired_more")


def words(sequence: str) -> set[str]:
    """The words of a sequence of one-letter codes, those with an ``X`` left out."""
    every = (sequence[i : i + WORD].upper() for i in range(len(sequence) - WORD + 1))
    return {word for word in every if "X" not in word}


def shared(sequences: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of sequences with words in common, and these as a share of the shorter one's words."""
    known = [words(sequence) for sequence in sequences]
    holders = defaultdict(list)
    for number, found in enumerate(known):
        for word in found:
            holders[word].append(number)
    pairs = Counter((a, b) for who in holders.values() for k, b in enumerate(who) for a in who[:k])
    for (a, b), count in pairs.items():
        yield a, b, count / min(len(known[a]), len(known[b]))


def clusters(proteins: Sequence[str | Sequence[str]]) -> np.ndarray:
    """Cluster (k,) of each of k proteins, numbered from 0 in order of their first member.

    proteins: for each its sequence, or several of them (of the coordinates, of the shift table), one of which
    in common is enough.
    """
    several = [(one,) if isinstance(one, str) else tuple(one) for one in proteins]
    owner = [number for number, sequences in enumerate(several) for _ in sequences]
    first = list(range(len(several)))

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = number = first[first[number]]
        return number

    for a, b, share in shared([sequence for sequences in several for sequence in sequences]):
        if share > SHARE:
            low, high = sorted((root(owner[a]), root(owner[b])))
            first[high] = low
    roots = [root(number) for number in range(len(several))]
    return np.unique(roots, return_inverse=True)[1] if roots else np.zeros(0, int)


def shares_cluster(proteins: Sequence[str | Sequence[str]], others: Sequence[str | Sequence[str]]):
    """Whether (k,) each of k proteins stands in one cluster with any of the others, both lists together."""
    labels = clusters([*proteins, *others])
    return np.isin(labels[: len(proteins)], labels[len(proteins) :])


def folds(entries: Sequence, k: int, seed: int) -> np.ndarray:
    """Fold (entries,) from 0 to k - 1 of each entry: whole clusters, folds nearly equal in residues.

    ValueError where there are fewer clusters than folds.
    """
    names, labels = np.unique([str(entry.cluster) for entry in entries], return_inverse=True)
    if len(names) < k:
        raise ValueError(f"{len(names)} sequence clusters cannot be split into {k} folds")
    sizes = np.bincount(labels, [len(entry.protein) for entry in entries])
    chosen, filled = np.zeros(len(names), int), np.zeros(k)
    for cluster in np.random.default_rng(seed).permutation(len(names)):
        chosen[cluster] = np.argmin(filled)
        filled[chosen[cluster]] += sizes[cluster]
    return chosen[labels]


def development(entries: Sequence) -> np.ndarray:
    """Whether (entries,) each entry is held out of fitting, to choose models by; the same in every session.

    Chosen by a hash of their names among the paired chains that are neither bound forms nor doubtful, with
    all that stands in one cluster with them.
    """
    held = {entry.cluster for entry in entries if _eligible(entry) and uniform(entry.id) < HELD_OUT}
    return np.array([entry.cluster in held for entry in entries], bool)


def _eligible(entry) -> bool:
    return entry.source in PAIRED and not entry.bound and not entry.doubtful


def uniform(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
