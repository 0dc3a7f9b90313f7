"""Lines of a spin system by the protons that they belong to: a multiplet for every group of equivalent ones.

Detection is a sum over groups, F+ = sum_g F+_g, so the amplitude <u|F+|l><l|F-|u> of a line is a sum of one
part a group. The parts of a group add up to its number of protons, whatever the coupling; where two groups
are coupled strongly, a line is shared between them, and single parts may be negative. That is how a spectrum
is cut into multiplets here; added up they are the spectrum of ``weak_coupling.pulse_acquire``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from common.simulation import spins, weak_coupling
from common.simulation.lines import Lines
from common.simulation.spins import Problem, SpinSystem

#: Hz: lines of one multiplet this near to each other are one (ours: a tenth of the narrowest line).
TOLERANCE = 0.02
#: Of the protons of a multiplet: lines left out, the weakest first, add up to this much at most (ours: far
#: below the noise of a spectrum).
LOSS = 1e-3
#: States that are simulated together at most (ours: half a second; nonanal, all of it, takes 15 s).
LARGEST = 2**11


@dataclass(frozen=True)
class Multiplet:
    """The lines of one group of equivalent protons.

    protons: their number. shift: in ppm. lines: frequencies in Hz from 0 ppm, real amplitudes that add up to
    ``protons`` times the scale of the system, up to ``LOSS``. spins: their numbers in the system.
    """

    protons: int
    shift: float
    lines: Lines
    spins: tuple[int, ...]


def multiplets(system: SpinSystem, mhz: float, ratio: float = weak_coupling.RATIO) -> list[Multiplet]:
    """The multiplets of a spin system after a pulse of 90 degrees at ``mhz`` MHz.

    One for every group of equivalent protons. ratio and ``ValueError``: as in ``weak_coupling.problems``, but
    with the smaller ``LARGEST`` of this file; ratio 0 is exact whatever it takes.
    """
    groups = spins.equivalent(system, mhz)
    collected: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for problem in _problems(system, mhz, ratio):
        for group, frequency, amplitude in _shared(problem):
            collected.setdefault(group, []).append((frequency, amplitude))
    found = []
    for group, parts in sorted(collected.items()):
        frequency, amplitude = (np.concatenate(of) for of in zip(*parts, strict=True))
        members = groups.members[group]
        lines = _merged(frequency, amplitude)
        found.append(Multiplet(len(members), float(groups.offset[group] / mhz), lines, members))
    return found


def _problems(system: SpinSystem, mhz: float, ratio: float) -> list[Problem]:
    """Those of ``weak_coupling``, the ratio doubled until none is too large or that does not help."""
    for larger in ratio * 2.0 ** np.arange(7):
        found = weak_coupling.problems(system, mhz, larger)
        if not ratio or all(prod(spin + 1 for spin in problem.spins) <= LARGEST for problem in found):
            break
    return found


def _shared(problem: Problem) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(group, frequencies, amplitudes) of the observed particles of a problem."""
    blocks = problem.structure.blocks
    for upper, lower, raising in problem.structure.raising:
        (e_up, v_up), (e_low, v_low) = problem.levels[upper], problem.levels[lower]
        up = v_up.swapaxes(-1, -2)
        rows, columns = np.nonzero(raising)
        raised = np.argmax(blocks[upper].m[rows] - blocks[lower].m[columns], axis=1)
        held = up @ raising @ v_low * problem.weights[:, None, None]
        frequency = e_up[:, :, None] - e_low[:, None, :]
        for particle in np.unique(raised):
            own = raised == particle
            part = np.zeros_like(raising)
            part[rows[own], columns[own]] = raising[rows[own], columns[own]]
            amplitude = held * (up @ part @ v_low)
            yes = np.abs(amplitude) > 1e-9
            yield problem.groups[particle], frequency[yes], amplitude[yes]


def _merged(frequency: np.ndarray, amplitude: np.ndarray) -> Lines:
    _, at = np.unique(np.round(frequency / TOLERANCE).astype(np.int64), return_inverse=True)
    total, weight = np.bincount(at, amplitude), np.bincount(at, np.abs(amplitude))
    mean = np.bincount(at, np.abs(amplitude) * frequency) / weight
    order = np.argsort(np.abs(total))
    keep = np.sort(order[np.cumsum(np.abs(total[order])) > LOSS * abs(total.sum())])
    return Lines(mean[keep], total[keep])
