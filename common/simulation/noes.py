"""Intensities of a NOESY from coordinates, with spin diffusion: the full relaxation matrix.

``A = exp(-R t)`` over all protons (Macura and Ernst, Mol. Phys. 1980, 41, 95; Boelens et al., J. Magn. Reson.
1989, 82, 290). For molecules that tumble slowly, ``omega tau >> 1``, cross-relaxation is as fast as the loss
that it causes, so R is ``k(tau) L`` with the Laplacian L of r^-6, and one diagonalisation serves all times of
tumbling and mixing; at 4 ns and 600 MHz the rates are off by 3 %. Protons of one shift (methyl groups,
flipping rings) are one group: r^-6 is summed over the pairs of their protons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.simulation.relaxation import GAMMA, HBAR, MU, spectral_density

#: angstrom. ours: no pair counts as closer than geminal protons; made-up structures have atoms that clash.
CLOSEST = 1.75
#: ours: 1/s of R1 by everything but protons.
LEAKAGE = 0.8


@dataclass(frozen=True)
class Network:
    """Groups of protons and their dipolar network: rows (g,) that the groups have elsewhere, count (g,) of
    protons, eigenvalues (g,) in angstrom^-6 and vectors (g, g) of the Laplacian scaled by the counts."""

    rows: np.ndarray
    count: np.ndarray
    value: np.ndarray
    vector: np.ndarray

    def intensities(self, tau_ns: float, mixing: float) -> np.ndarray:
        """Intensities (g, g) after mixing (s): a lone proton would have 1 on the diagonal. Symmetric."""
        decay = np.exp(-np.float32(cross_relaxation(tau_ns) * mixing) * self.value)
        root = np.sqrt(self.count).astype(np.float32)
        vector = self.vector * root[:, None]
        return np.exp(-LEAKAGE * mixing) * ((vector * decay) @ vector.T)


def cross_relaxation(tau_ns: float) -> float:
    """Rate in 1/s of two protons 1 angstrom apart in the limit of slow tumbling, ``d^2 J(0) / 4``."""
    d2 = (MU * HBAR * GAMMA["1H"] ** 2 * 1e30) ** 2
    return float(d2 / 4 * spectral_density(0.0, tau_ns * 1e-9))


def network(place: np.ndarray, owner: np.ndarray) -> Network:
    """The network of single protons at ``place`` (k, 3) in angstrom, groups by ``owner`` (k,).

    The magnetisation M of a group with n protons changes by ``-sum_J W_IJ (M_I / n_I - M_J / n_J)``, W the
    sum of r^-6 over the pairs of both; in units of the root of n that is symmetric.
    """
    rows, group = np.unique(owner, return_inverse=True)
    place = place.astype(np.float32)
    squared = sum(np.subtract.outer(x, x) ** 2 for x in place.T) if len(place) else np.zeros((0, 0))
    inverse = np.maximum(squared, np.float32(CLOSEST**2)) ** -3
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(rows)))
    inverse = np.add.reduceat(inverse[order][:, order], starts, axis=0)
    weight = np.add.reduceat(inverse, starts, axis=1)
    np.fill_diagonal(weight, 0.0)
    count = np.bincount(group).astype(np.float32)
    laplacian = np.diag(weight.sum(axis=1) / count) - weight / np.sqrt(np.outer(count, count))
    value, vector = np.linalg.eigh(laplacian)
    return Network(rows, count, np.maximum(value, 0), vector)
