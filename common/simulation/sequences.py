"""Pulse sequences with ideal (hard) pulses, without relaxation: the lines of a spin system after each.

The excitation pulse turns the magnetisation to x and pulses of 180 degrees are about x, so a signal without
couplings is real and positive at the echo. (That is 90x - 180y in the usual notation, all turned by 90
degrees.) Gradients and phase cycles are ideal: only the wanted coherence pathway is kept. Times in ms.
The lines are exact and not merged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.simulation import spins
from common.simulation.lines import Lines, joined
from common.simulation.spins import Problem, SpinSystem

#: First echo time of PRESS in ms that spant, and so LCModel's test basis, has (measured: the fact sheet, 4).
TE1 = 10.08
#: Mixing time of STEAM in ms (ours: usual at 3 T, 7 to 12 ms).
TM = 10.0


def pulse_acquire(system: SpinSystem, mhz: float) -> Lines:
    """A pulse of 90 degrees; the amplitudes add up to the number of protons."""
    return _each(system, mhz, spins.excited)


def spin_echo(system: SpinSystem, mhz: float, te: float) -> Lines:
    """90 - te/2 - 180 - te/2."""
    return echo_train(system, mhz, (te / 2, te / 2))


def press(system: SpinSystem, mhz: float, te: float, te1: float = TE1) -> Lines:
    """PRESS: 90 - te1/2 - 180 - te/2 - 180 - (te - te1)/2; ``ValueError`` unless 0 < te1 < te."""
    if not 0 < te1 < te:
        raise ValueError(f"the first echo time of PRESS, {te1} ms, must lie between 0 and TE, {te} ms")
    return echo_train(system, mhz, (te1 / 2, te / 2, (te - te1) / 2))


def slaser(system: SpinSystem, mhz: float, te: float) -> Lines:
    """Semi-LASER with four evenly spaced refocusing pulses: te/8 - te/4 - te/4 - te/4 - te/8 between them."""
    return echo_train(system, mhz, (te / 8, te / 4, te / 4, te / 4, te / 8))


def echo_train(system: SpinSystem, mhz: float, delays) -> Lines:
    """90 - delay - 180 - delay - 180 ... delay; the echo of the last pulse is the start of the FID."""

    def prepare(problem: Problem):
        first, *later = delays
        coherence = spins.evolved(problem, spins.excited(problem), first / 1000)
        for delay in later:
            coherence = spins.evolved(problem, spins.refocused(coherence), delay / 1000)
        return coherence

    return _each(system, mhz, prepare)


def steam(system: SpinSystem, mhz: float, te: float, tm: float = TM) -> Lines:
    """STEAM: 90 - te/2 - 90 - tm - 90 - te/2, the stimulated echo alone, half of the signal of an echo.

    Equal gradients in both halves of te and a spoiler in tm keep order +1 before and -1 after, and z and zero
    quantum coherences in between (Frahm, Merboldt, Haenicke, J Magn Reson 1987, 72, 502-508).
    """

    def prepare(problem: Problem):
        at = [(upper, lower) for upper, lower, _ in problem.structure.raising]
        first = spins.evolved(problem, spins.excited(problem), te / 2000)
        plus = {pair: part.conj().swapaxes(-1, -2) for pair, part in zip(at, first, strict=True)}
        zero = spins.pulsed(problem, plus, 90.0, [(k, k) for k in range(len(problem.levels))])
        for (k, _), part in zero.items():
            way = spins.propagator(*problem.levels[k], tm / 1000)
            zero[k, k] = way @ part @ way.conj().swapaxes(-1, -2)
        minus = spins.pulsed(problem, zero, -90.0, [(lower, upper) for upper, lower in at])
        return spins.evolved(problem, list(minus.values()), te / 2000)

    return _each(system, mhz, prepare)


#: Sequence by its name; each takes (system, mhz) and its times.
SEQUENCES: dict[str, Callable[..., Lines]] = {
    "pulse_acquire": pulse_acquire,
    "spin_echo": spin_echo,
    "press": press,
    "slaser": slaser,
    "steam": steam,
}


def _each(system: SpinSystem, mhz: float, prepare: Callable[[Problem], list[np.ndarray]]) -> Lines:
    found = spins.problems(system, mhz)
    return joined(spins.detected(problem, prepare(problem)) for problem in found)
