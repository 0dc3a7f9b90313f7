"""Spin systems the plain way: full matrices made by Kronecker products, pulses as matrix exponentials.

Nothing of this is shared with ``common/simulation/spins.py``. Heteronuclei are simulated, not frozen.
"""

import numpy as np
from scipy.linalg import expm

SPIN = {"1H": 0.5, "19F": 0.5, "31P": 0.5, "14N": 1.0}


def operators(spin):
    m = spin - np.arange(round(2 * spin) + 1)
    raising = np.diag(np.sqrt(spin * (spin + 1) - m[1:] * (m[1:] + 1)), 1)
    return (raising + raising.T) / 2, (raising - raising.T) / 2j, np.diag(m)


def fid(system, mhz, times, sequence, *delays):
    """Signal at some times (s) after ``sequence``: a function of a :class:`Plain` and the delays in s."""
    return Plain(system, mhz).signal(times, sequence, delays)


class Plain:
    def __init__(self, system, mhz):
        self.system = system
        sizes = [round(2 * SPIN[n]) + 1 for n in system.nuclei]
        protons = [i for i, n in enumerate(system.nuclei) if n == "1H"]
        self.one = []
        for i, nucleus in enumerate(system.nuclei):
            before, after = np.eye(int(np.prod(sizes[:i]))), np.eye(int(np.prod(sizes[i + 1 :])))
            self.one.append([np.kron(np.kron(before, o), after) for o in operators(SPIN[nucleus])])
        self.fx, self.fy, self.fz = (sum(self.one[i][k] for i in protons) for k in range(3))
        self.h = sum(system.shifts[i] * mhz * self.one[i][2] for i in protons).astype(complex)
        for i in range(len(sizes)):
            for j in range(i):
                both = system.nuclei[i] == system.nuclei[j] == "1H"
                parts = range(3) if both else [2]
                self.h += system.couplings[i, j] * sum(self.one[i][k] @ self.one[j][k] for k in parts)
        self.energy, self.vectors = np.linalg.eigh(self.h)
        quanta = np.round(np.diag(self.fz).real[:, None] - np.diag(self.fz).real)
        self.order = {p: quanta == p for p in (-1, 0, 1)}

    def turn(self, rho, operator, angle):
        way = expm(-1j * angle * operator)
        return way @ rho @ way.conj().T

    def wait(self, rho, seconds):
        way = (self.vectors * np.exp(-2j * np.pi * self.energy * seconds)) @ self.vectors.conj().T
        return way @ rho @ way.conj().T

    def echoes(self, *delays):
        rho = self.wait(self.turn(self.fz, self.fy, np.pi / 2), delays[0])
        for delay in delays[1:]:
            rho = self.wait(self.turn(rho, self.fx, np.pi), delay)
        return rho

    def steam(self, te, tm):
        rho = self.wait(self.turn(self.fz, self.fy, np.pi / 2), te / 2) * self.order[1]
        rho = self.wait(self.turn(rho, self.fy, np.pi / 2) * self.order[0], tm)
        return self.wait(self.turn(rho, self.fy, -np.pi / 2), te / 2)

    def signal(self, times, sequence, delays):
        rho = self.vectors.conj().T @ getattr(self, sequence)(*delays) @ self.vectors
        seen = self.vectors.conj().T @ (self.fx + 1j * self.fy) @ self.vectors
        amplitude, gap = (seen.T * rho).reshape(-1), (self.energy - self.energy[:, None]).reshape(-1)
        size = 4 * self.system.scale / len(self.energy)
        return size * np.exp(2j * np.pi * np.outer(times, gap)) @ amplitude
