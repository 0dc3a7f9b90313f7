"""Coupled spins, exactly: density matrices under strong coupling, cut into the smallest independent problems.

A :class:`SpinSystem` is what a table of shifts and couplings says. :func:`problems` cuts it at a field:

* groups of spins without coupling between them are simulated apart;
* n magnetically equivalent spins (one shift, the same couplings to all others) are particles of total spin
  n/2, n/2 - 1, ... with the multiplicity of each; couplings among them change nothing;
* heteronuclei, coupled weakly and not pulsed, are frozen: each of their states shifts the protons;
* total Mz is conserved, so the Hamiltonian has a block a value of Mz, and what is detected (coherence order
  one) lives between neighbouring blocks.

Energies and frequencies are in Hz from 0 ppm, H = sum nu_i Iz_i + sum J_ij I_i.I_j. Free evolution is
exp(-2 pi i H t); detection is F+ = sum Ix + i Iy, so a spin turns as exp(+2 pi i nu t), high ppm positive.
Theory: Levitt, Spin Dynamics, 2nd ed., ch. 14-17; Ernst, Bodenhausen, Wokaun 1987, ch. 2 (equivalent spins).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from itertools import combinations, pairwise, product
from math import comb

import numpy as np

from common.simulation.lines import Lines

#: States that are simulated together at most (ours: the levels of a block of 1716 take seconds).
LARGEST = 2**13
#: Twice the spin of a nucleus.
TWICE_SPIN = {"1H": 1, "19F": 1, "31P": 1, "14N": 2}


@dataclass(frozen=True)
class SpinSystem:
    """Spins with their shifts and scalar couplings.

    shifts: (spins,) in ppm, ignored for heteronuclei. couplings: symmetric (spins, spins) in Hz. nuclei: one
    of ``TWICE_SPIN`` each, all ``1H`` where empty. scale: of the signal, for several such groups in a
    molecule or for a share of it. ``ValueError`` where shapes do not fit.
    """

    shifts: np.ndarray
    couplings: np.ndarray
    nuclei: tuple[str, ...] = ()
    scale: float = 1.0

    def __post_init__(self):
        n = len(self.shifts)
        object.__setattr__(self, "nuclei", tuple(self.nuclei) or ("1H",) * n)
        if self.couplings.shape != (n, n) or not np.array_equal(self.couplings, self.couplings.T):
            raise ValueError(f"{n} shifts need a symmetric matrix of couplings, not {self.couplings.shape}")
        if len(self.nuclei) != n or set(self.nuclei) - set(TWICE_SPIN):
            raise ValueError(f"{n} spins need a nucleus each out of {', '.join(TWICE_SPIN)}")

    @classmethod
    def of(
        cls,
        shifts: Mapping[str, float],
        pairs: Iterable[tuple[str, str, float]] = (),
        nuclei: Mapping[str, str] | None = None,
        scale: float = 1.0,
    ) -> SpinSystem:
        """From shifts (ppm) by label and couplings (label, label, Hz); ``KeyError`` for an unknown label."""
        at = {label: i for i, label in enumerate(shifts)}
        j = np.zeros((len(at), len(at)))
        for a, b, value in pairs:
            j[at[a], at[b]] = j[at[b], at[a]] = value
        kinds = dict.fromkeys(at, "1H") | dict(nuclei or {})
        return cls(np.array([*shifts.values()], float), j, tuple(kinds[label] for label in at), scale)

    @property
    def protons(self) -> float:
        """Observed protons, the signal of a pulse-acquire at time 0."""
        return self.scale * self.nuclei.count("1H")


@dataclass(frozen=True)
class Groups:
    """A spin system at a field with equivalent spins taken together: n groups.

    size: spins in each. offset: Hz from 0 ppm. couplings: (n, n) in Hz, between spins of different groups.
    nuclei: of each. members: numbers of the spins of each.
    """

    size: tuple[int, ...]
    offset: np.ndarray
    couplings: np.ndarray
    nuclei: tuple[str, ...]
    members: tuple[tuple[int, ...], ...] = ()

    def frozen(self, kept: list[int], others: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Offsets (states, kept) of some groups in every state of frozen ones, and weights (states,)."""
        offsets, weights = self.offset[kept][None], np.ones(1)
        for other in others:
            m, share = _projections(self.size[other], TWICE_SPIN[self.nuclei[other]])
            shifted = offsets[:, None] + m[None, :, None] * self.couplings[other, kept]
            offsets, weights = shifted.reshape(-1, len(kept)), np.outer(weights, share).reshape(-1)
        return offsets, weights


def equivalent(system: SpinSystem, mhz: float) -> Groups:
    """Spins of one shift and the same couplings to all others, taken together (exactly equal only)."""
    firsts, members = [], []
    for i in range(len(system.shifts)):
        for first, group in zip(firsts, members, strict=True):
            if _alike(system, first, i):
                group.append(i)
                break
        else:
            firsts.append(i)
            members.append([i])
    couplings = system.couplings[np.ix_(firsts, firsts)].astype(float)
    np.fill_diagonal(couplings, 0.0)
    size = tuple(len(group) for group in members)
    nuclei = tuple(system.nuclei[i] for i in firsts)
    return Groups(size, system.shifts[firsts] * mhz, couplings, nuclei, tuple(map(tuple, members)))


def _alike(system: SpinSystem, i: int, j: int) -> bool:
    others = np.delete(np.arange(len(system.shifts)), [i, j])
    return (
        system.nuclei[i] == system.nuclei[j]
        and (system.shifts[i] == system.shifts[j] or system.nuclei[i] != "1H")
        and np.array_equal(system.couplings[i, others], system.couplings[j, others])
    )


def _projections(count: int, twice_spin: int) -> tuple[np.ndarray, np.ndarray]:
    """Total m of some spins and the share of states that have it."""
    share = reduce(np.convolve, [np.full(twice_spin + 1, 1 / (twice_spin + 1))] * count)
    return count * twice_spin / 2 - np.arange(len(share)), share


@dataclass(frozen=True)
class Problem:
    """Particles that must be simulated together, in every state of the frozen spins around them.

    spins: twice the spin of each particle. offsets: (states, particles) in Hz. couplings: (particles,
    particles) in Hz. weights: (states,), signal of one observed quantum of F-. clusters: one number a
    particle; particles of different clusters are coupled weakly (Iz.Iz only), and cluster 0 is observed.
    """

    spins: tuple[int, ...]
    offsets: np.ndarray
    couplings: np.ndarray
    weights: np.ndarray
    clusters: tuple[int, ...] = field(default=())
    groups: tuple[int, ...] = ()

    @cached_property
    def structure(self) -> Structure:
        """What does not depend on shifts and couplings."""
        return structure(self.spins, self.clusters or (0,) * len(self.spins))

    @cached_property
    def levels(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(energies, eigenvectors) of every block: (states, size) in Hz and (states, size, size)."""
        return [np.linalg.eigh(self._hamiltonian(block)) for block in self.structure.blocks]

    def _hamiltonian(self, block: Block) -> np.ndarray:
        i, j = self.structure.pairs
        coupling = self.couplings[i, j]
        made = np.zeros((len(self.offsets), len(block.m), len(block.m)))
        rows = np.arange(len(block.m))
        made[:, rows, rows] = self.offsets @ block.m.T + (block.m[:, i] * block.m[:, j]) @ coupling
        made[:, block.rows, block.columns] = coupling[block.pair] * block.flips
        return made


def problems(system: SpinSystem, mhz: float) -> list[Problem]:
    """The independent problems of a spin system at ``mhz`` MHz, with nothing neglected."""
    groups = equivalent(system, mhz)
    protons = [i for i, nucleus in enumerate(groups.nuclei) if nucleus == "1H"]
    hetero = [i for i, nucleus in enumerate(groups.nuclei) if nucleus != "1H"]
    found = []
    for members in components(groups.couplings != 0, protons):
        near = [h for h in hetero if groups.couplings[h, members].any()]
        found += compose(groups, members, near, system.scale)
    return found


def components(linked: np.ndarray, among: list[int]) -> list[list[int]]:
    """Connected sets of some nodes of a graph, ``linked`` its boolean matrix."""
    left, found = list(among), []
    while left:
        reached, new = set(), {left[0]}
        while new:
            reached |= new
            new = {j for i in new for j in left if linked[i, j]} - reached
        found.append(sorted(reached))
        left = [i for i in left if i not in reached]
    return found


def compose(
    groups: Groups, members: list[int], frozen: list[int], scale: float, clusters: tuple[int, ...] = ()
) -> list[Problem]:
    """Problems of some groups, one for every choice of total spins, with other groups frozen.

    clusters: as in :class:`Problem`, one number a member; none for full coupling among all.
    """
    offsets, shares = groups.frozen(members, frozen)
    offsets, at = np.unique(offsets, axis=0, return_inverse=True)
    shares = np.bincount(at.reshape(-1), shares)
    couplings = groups.couplings[np.ix_(members, members)]
    clusters = clusters or (0,) * len(members)
    found = []
    for choice in product(*(_total_spins(groups.size[i], len(members) == 1) for i in members)):
        keep = [k for k, (spin, _) in enumerate(choice) if spin > 0]
        if not any(clusters[k] == 0 for k in keep):
            continue
        # F- has 2^n / 2 quanta a spin in a space of 2^n states; a spin is to give one
        weight = 2 * scale * np.prod([count for _, count in choice])
        spins, labels = (tuple(of[k] for k in keep) for of in ([s for s, _ in choice], clusters))
        at = tuple(members[k] for k in keep)
        found.append(
            Problem(spins, offsets[:, keep], couplings[np.ix_(keep, keep)], weight * shares, labels, at)
        )
    return found


def _total_spins(count: int, alone: bool) -> list[tuple[int, float]]:
    """(twice the total spin, its multiplicity as a share of all states) of equivalent spins 1/2."""
    if alone:  # uncoupled: so many times one spin
        return [(1, count / 2)]
    below = [comb(count, k) - (comb(count, k - 1) if k else 0) for k in range(count // 2 + 1)]
    return [(count - 2 * k, times / 2**count) for k, times in enumerate(below)]


@dataclass(frozen=True)
class Block:
    """States of one Mz (of every cluster). m: (states, particles). The others list its off-diagonal elements:
    row, column, number of the pair of particles, and what multiplies their coupling."""

    m: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    pair: np.ndarray
    flips: np.ndarray


@dataclass(frozen=True)
class Structure:
    """Blocks of a set of particles.

    blocks: with falling Mz; the complement of a state (all m negated) stands at the mirrored place.
    states: of every block, numbers of its product states (last particle fastest, highest m first).
    raising: (upper block, lower block, matrix of F+ of cluster 0 from the lower to the upper). pairs: the
    two particles of every pair.
    """

    blocks: list[Block]
    states: list[np.ndarray]
    raising: list[tuple[int, int, np.ndarray]]
    pairs: tuple[np.ndarray, np.ndarray]


@lru_cache(maxsize=128)
def structure(spins: tuple[int, ...], clusters: tuple[int, ...]) -> Structure:
    """The blocks of particles of given (twice the) spins; see :class:`Problem`.

    ``ValueError`` for more than ``LARGEST`` states.
    """
    sizes = np.array(spins) + 1
    if sizes.prod(dtype=float) > LARGEST:
        raise ValueError(f"{len(spins)} coupled particles are too many to simulate exactly")
    digits = np.indices(sizes).reshape(len(spins), -1).T
    m = np.array(spins) / 2 - digits
    stride = np.append(np.cumprod(sizes[:0:-1])[::-1], 1)
    marks = np.stack([digits[:, np.equal(clusters, c)].sum(1) for c in sorted(set(clusters))], axis=1)
    keys, block = np.unique(marks, axis=0, return_inverse=True)
    block = block.reshape(-1)
    members = np.split(np.argsort(block, kind="stable"), np.cumsum(np.bincount(block))[:-1])
    place = np.empty(len(digits), int)
    for states in members:
        place[states] = np.arange(len(states))
    up = np.sqrt((np.array(spins) - digits + 1) * digits)  # <m + 1| I+ |m>, zero where m is the highest
    down = np.sqrt((np.array(spins) - digits) * (digits + 1))

    pairs = np.array(list(combinations(range(len(spins)), 2)), int).reshape(-1, 2).T
    flips = []
    for number, (i, j) in enumerate(pairs.T):
        if clusters[i] == clusters[j]:
            for a, b in ((i, j), (j, i)):
                size = up[:, a] * down[:, b] / 2
                old = np.flatnonzero(size)
                new = old - stride[a] + stride[b]
                flips.append(np.stack([block[old], place[new], place[old], np.full(len(old), number)]))
                flips[-1] = np.vstack([flips[-1], size[old]])
    flips = np.concatenate(flips, axis=1) if flips else np.empty((5, 0))
    blocks = []
    for number, states in enumerate(members):
        rows, columns, pair = flips[1:4, flips[0] == number].astype(int)
        blocks.append(Block(m[states], rows, columns, pair, flips[4, flips[0] == number]))
    observed = np.flatnonzero(np.equal(clusters, 0))
    return Structure(
        blocks, members, _raising(keys, block, place, members, up, stride, observed), tuple(pairs)
    )


def _raising(keys, block, place, members, up, stride, observed):
    """F+ between blocks, for :func:`structure`."""
    found = []
    for lower in np.flatnonzero(keys[:, 0] > 0):
        states = members[lower]
        raised = states[up[states][:, observed].any(1)]
        a = observed[np.argmax(up[raised[0], observed] > 0)]
        upper = block[raised[0] - stride[a]]
        made = np.zeros((len(members[upper]), len(states)))
        for a in observed:
            old = states[up[states, a] > 0]
            made[place[old - stride[a]], place[old]] = up[old, a]
        found.append((int(upper), int(lower), made))
    return found


def excited(problem: Problem) -> list[np.ndarray]:
    """F- after a pulse of 90 degrees: of every pair of neighbouring blocks (states, lower, upper).

    The density matrix is Fx, of which detection sees this half; the other is its conjugate transpose.
    """
    weights = problem.weights[:, None, None]
    return [weights * raising.T for _, _, raising in problem.structure.raising]


def evolved(problem: Problem, coherence: list[np.ndarray], seconds: float) -> list[np.ndarray]:
    """Free evolution of the order -1 coherences."""
    ways = [propagator(energy, vectors, seconds) for energy, vectors in problem.levels]
    moved = []
    for (upper, lower, _), part in zip(problem.structure.raising, coherence, strict=True):
        moved.append(ways[lower] @ part @ ways[upper].conj().swapaxes(-1, -2))
    return moved


def propagator(energy: np.ndarray, vectors: np.ndarray, seconds: float) -> np.ndarray:
    """exp(-2 pi i H t) of a block out of its levels."""
    return (vectors * np.exp(-2j * np.pi * seconds * energy)[..., None, :]) @ vectors.swapaxes(-1, -2)


def refocused(coherence: list[np.ndarray]) -> list[np.ndarray]:
    """An ideal pulse of 180 degrees about x: all m change sign, orders +1 and -1 change places.

    exp(-i pi Ix) |m> = exp(-i pi I) |-m>, a constant phase: the density matrix is mirrored in both indices.
    """
    return [part.conj().swapaxes(-1, -2)[..., ::-1, ::-1] for part in reversed(coherence)]


def pulsed(problem: Problem, parts: dict, degrees: float, keep) -> dict[tuple[int, int], np.ndarray]:
    """An ideal pulse about y on a density matrix given by blocks, {(row, column): (states, size, size)}.

    Only the blocks named in ``keep`` come back: what gradients or a phase cycle select.
    """
    order = np.concatenate(problem.structure.states)
    turn = _rotation(problem.spins, degrees)[np.ix_(order, order)]
    edges = np.cumsum([0, *(len(states) for states in problem.structure.states)])
    at = [slice(*pair) for pair in pairwise(edges)]
    whole = np.zeros((len(problem.offsets), len(order), len(order)), complex)
    for (row, column), part in parts.items():
        whole[:, at[row], at[column]] = part
    whole = turn @ whole @ turn.T
    return {(row, column): whole[:, at[row], at[column]] for row, column in keep}


def _rotation(twice_spins: tuple[int, ...], degrees: float) -> np.ndarray:
    """exp(-i angle Fy) in the product basis, a real matrix."""
    whole = np.ones((1, 1))
    for twice_spin in twice_spins:
        digit = np.arange(1, twice_spin + 1)
        raising = np.diag(np.sqrt(digit * (twice_spin - digit + 1)), 1)
        values, vectors = np.linalg.eigh((raising - raising.T) / 2j)
        turn = (vectors * np.exp(-1j * np.deg2rad(degrees) * values)) @ vectors.conj().T
        whole = np.kron(whole, turn.real)
    return whole


def detected(problem: Problem, coherence: list[np.ndarray]) -> Lines:
    """Lines of F+ in coherences of order -1, not merged."""
    frequency, amplitude = [], []
    for (upper, lower, raising), part in zip(problem.structure.raising, coherence, strict=True):
        (e_up, v_up), (e_low, v_low) = problem.levels[upper], problem.levels[lower]
        seen = v_up.swapaxes(-1, -2) @ raising @ v_low
        held = v_low.swapaxes(-1, -2) @ part @ v_up
        frequency.append((e_up[:, :, None] - e_low[:, None, :]).reshape(-1))
        amplitude.append((seen * held.swapaxes(-1, -2)).reshape(-1))
    return Lines(np.concatenate(frequency), np.concatenate(amplitude).astype(complex))
