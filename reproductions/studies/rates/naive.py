"""The plain forms, as formulas read: loops over what is summed. What the suite's own are timed against.

Nothing here is shared with the code that it is compared with; the benchmarks hold that both give the same.
"""

from __future__ import annotations

import numpy as np


def exponentials(parameters, points: int) -> np.ndarray:
    """FIDs (FIDs, points) of ``common.simulation.exponentials``, line by line."""
    t = np.arange(points)
    made = np.zeros((len(parameters), points), complex)
    rows = zip(
        parameters.amplitude, parameters.frequency, parameters.tau, parameters.phase, strict=True
    )  # fmt: skip
    for fid, row in zip(made, rows, strict=True):
        for amplitude, frequency, tau, phase in zip(*row, strict=True):
            fid += amplitude * np.exp(1j * phase + (2j * np.pi * frequency - 1 / tau) * t)
    return made


def table_of_exponentials(parameters, points: int) -> np.ndarray:
    """The same as one expression over all lines and points, in single precision."""
    t = np.arange(points, dtype="float32")
    rate = (2j * np.pi * parameters.frequency - 1 / parameters.tau).astype("complex64")
    size = (parameters.amplitude * np.exp(1j * parameters.phase)).astype("complex64")
    return np.einsum("fk,fkn->fn", size, np.exp(rate[..., None] * t))


def lines(frequency, amplitude, size: int, sw: float) -> np.ndarray:
    """FID (size,) of lines at frequencies in Hz, one after the other."""
    t = np.arange(size) / sw
    made = np.zeros(size, complex)
    for hertz, height in zip(frequency, amplitude, strict=True):
        made += height * np.exp(2j * np.pi * hertz * t)
    return made


def lorentzians(index, width, height, shape) -> np.ndarray:
    """A plane of Lorentzian peaks at array indices (n, 2), of widths (n, 2) in points, peak by peak."""
    made = np.zeros(shape, "float32")
    rows, columns = (np.arange(size) for size in shape)
    for (y, x), (high, wide), top in zip(index, width, height, strict=True):
        across = 1 / (1 + (2 * (columns - x) / wide) ** 2)
        made += top * np.outer(1 / (1 + (2 * (rows - y) / high) ** 2), across)
    return made


def pulse_acquire(system, axis) -> np.ndarray:
    """FID (points,) of protons after a pulse, by full matrices over all states, no symmetry used."""
    raising = np.array([[0, 1.0], [0, 0]])
    one = [(raising + raising.T) / 2, (raising - raising.T) / 2j, np.diag([0.5, -0.5])]
    count = len(system.shifts)
    spins = [
        [np.kron(np.kron(np.eye(2**k), part), np.eye(2 ** (count - k - 1))) for part in one]
        for k in range(count)
    ]
    energy = sum(shift * axis.mhz * spin[2] for shift, spin in zip(system.shifts, spins, strict=True))
    energy = energy.astype(complex)
    for i in range(count):
        for j in range(i):
            energy += system.couplings[i, j] * sum(a @ b for a, b in zip(spins[i], spins[j], strict=True))
    levels, vectors = np.linalg.eigh(energy)
    x, y = (vectors.conj().T @ sum(spin[k] for spin in spins) @ vectors for k in (0, 1))
    amplitude = ((x + 1j * y).T * x).ravel()
    gap = (levels - levels[:, None]).ravel() - axis.carrier * axis.mhz
    seen = np.abs(amplitude) > 1e-9
    times = np.arange(axis.size) / axis.sw
    return 4 * system.scale / 2**count * lines_at(gap[seen], amplitude[seen], times)


def lines_at(hertz, amplitude, times) -> np.ndarray:
    """``sum_k a_k exp(2 pi i f_k t)``, the whole table at once, a thousand lines at a time."""
    made = np.zeros(len(times), complex)
    for start in range(0, len(hertz), 1000):
        part = slice(start, start + 1000)
        made += np.exp(2j * np.pi * np.outer(times, hertz[part])) @ amplitude[part]
    return made


def contact_order(protein) -> np.ndarray:
    """The contact model residue by residue and atom by atom of the chain, its ends not extrapolated."""
    order = np.full(len(protein), np.nan)
    heavy = np.flatnonzero(protein.elements != "H")
    oxygen, hydrogen = protein.position("O"), protein.position("H")
    for i in range(1, len(protein)):
        total = 0.0
        for k in heavy:
            if protein.residue_of[k] not in (i - 1, i):
                total += np.exp(-np.linalg.norm(oxygen[i - 1] - protein.xyz[k]))
                total += 0.8 * np.exp(-np.linalg.norm(hydrogen[i] - protein.xyz[k]))
        order[i] = np.tanh(2.656 * total) - 0.1
    return order


def densities(offsets, channels, boxes, grid: int, width: float = 1 / 3) -> np.ndarray:
    """Densities (batch, grid, grid, grid, 4 x boxes), neighbour by neighbour on all nodes."""
    made = np.zeros((len(offsets), grid, grid, grid, 4 * len(boxes)), "float32")
    for number, half in enumerate(boxes):
        line = np.linspace(-half, half, grid)
        nodes = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1)
        for density, places, kinds in zip(made, offsets, channels, strict=True):
            for place, kind in zip(places, kinds, strict=True):
                density[..., 4 * number + kind] += np.exp(-((nodes - place) ** 2).sum(-1) / width)
    return made


def neighbours(crystal, atoms, count: int, reach: int = 2) -> np.ndarray:
    """Offsets (atoms, count, 3) of the nearest images, by the distances to all within ``reach`` cells."""
    steps = np.arange(-reach, reach + 1)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3) @ crystal.cell
    images = (crystal.positions[None] + shifts[:, None]).reshape(-1, 3)
    made = np.empty((len(atoms), count, 3))
    for row, atom in enumerate(atoms):
        away = images - crystal.positions[atom]
        made[row] = away[np.argsort(np.linalg.norm(away, axis=1))[1 : count + 1]]
    return made
