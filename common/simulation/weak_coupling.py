"""Pulse-acquire spectra of large spin systems, with couplings taken as weak where that is nearly exact.

Two protons are strongly coupled where |J| > ratio * |difference of shifts in Hz|; connected strong couplings
make a cluster. Couplings inside a cluster are exact, those between clusters are Iz.Iz alone (first order), so
Mz of every cluster is conserved. Seen from the cluster that is observed, a cluster of one group of equivalent
spins only takes up states of fixed m; one of several groups is simulated along, as its mixed states are what
makes "virtual coupling", when it is coupled to the observed one within ``reach`` steps, and fixed otherwise.

Neglected are shifts of about J^2 / 2 |difference|, which the tests bound for real molecules.
After Castillo, Patiny, Wist, J Magn Reson 2011, 209, 123-130, who cut molecules in a like way.
"""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from common.simulation import spins
from common.simulation.lines import Lines, joined
from common.simulation.spins import Groups, Problem, SpinSystem

#: |J| over the difference of shifts above which a coupling is strong (ours: see the test for the error).
RATIO = 0.02
#: Clusters this many couplings away from the observed one are simulated along (ours).
REACH = 1


def pulse_acquire(system: SpinSystem, mhz: float, ratio: float = RATIO, reach: int = REACH) -> Lines:
    """As ``sequences.pulse_acquire``; ``ratio`` 0 makes every coupling exact."""
    found = problems(system, mhz, ratio, reach)
    return joined(spins.detected(problem, spins.excited(problem)) for problem in found).merged()


def problems(system: SpinSystem, mhz: float, ratio: float = RATIO, reach: int = REACH) -> list[Problem]:
    """Independent problems, one or more for each cluster observed.

    Where one is larger than ``spins.LARGEST``, ``ratio`` is doubled until none is; ``ValueError`` where that
    does not help.
    """
    groups = spins.equivalent(system, mhz)
    protons = [i for i, nucleus in enumerate(groups.nuclei) if nucleus == "1H"]
    gap = np.abs(groups.offset[:, None] - groups.offset)
    for larger in ratio * 2.0 ** np.arange(10):
        clusters = spins.components(np.abs(groups.couplings) > larger * gap, protons)
        cores = [_core(groups, clusters, cluster, reach) for cluster in clusters]
        if max(map(partial(_states, groups), cores), default=0) <= spins.LARGEST:
            break
    found = []
    for core in cores:
        members = [i for part in core for i in part]
        labels = tuple(number for number, part in enumerate(core) for _ in part)
        others = [i for i in range(len(groups.size)) if i not in members]
        fixed = [i for i in others if groups.couplings[i, members].any()]
        found += spins.compose(groups, members, fixed, system.scale, labels)
    return found


def _states(groups: Groups, core: list[list[int]]) -> int:
    """States of the largest problem that the groups of a core make."""
    return prod(groups.size[i] + 1 for part in core for i in part)


def _core(groups: Groups, clusters: list[list[int]], observed: list[int], reach: int) -> list[list[int]]:
    """The observed cluster, then those of several groups that are reached from it through couplings."""
    core, edge = [observed], [observed]
    for _ in range(reach):
        near = [
            other
            for other in clusters
            if len(other) > 1
            and other not in core
            and any(groups.couplings[np.ix_(part, other)].any() for part in edge)
        ]
        core, edge = core + near, near
    return core
