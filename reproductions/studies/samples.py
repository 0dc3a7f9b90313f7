"""Fully sampled planes for a study: with noise added, with peaks injected, and how good a method can be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from common.classical.columns import quiet_noise
from common.metrics.spectra import rlne_floor_kept
from common.nus import testbench
from common.nus.injection import Injection, inject
from common.processing import sine_bell
from common.simulation.planes import strip_noise

#: The simulated case, beside those of ``testbench.SPECTRA``.
SIMULATED = "disordered"
#: First number of the seeds of added noise; factor and repeat follow.
SEED = 2019


@dataclass(frozen=True)
class Sample:
    """A plane at one signal-to-noise ratio, plain and with peaks injected; None where there is no room."""

    plane: testbench.Plane
    injection: Injection | None
    factor: int


def load(name: str) -> testbench.Plane:
    """A measured spectrum, or the simulated disordered protein."""
    return testbench.disordered_protein() if name == SIMULATED else testbench.load_plane(name)


def median_snr(plane: testbench.Plane) -> float:
    """Height of the median peak over the noise, of the fully sampled spectrum."""
    return float(np.median(plane.peaks.height) / plane.noise)


def sample(plane: testbench.Plane, factor: int, repeat: int) -> Sample:
    """The plane with ``factor`` times its noise; ``repeat`` seeds the noise and the injected peaks.

    Peaks are injected first, so those of one repeat are the same at every factor, and so is the direction of
    the added noise in both planes.
    """
    try:
        injection = inject(plane, seed=repeat)
        injection = replace(injection, plane=noisier(injection.plane, factor, repeat))
    except ValueError:
        injection = None
    return Sample(noisier(plane, factor, repeat), injection, factor)


def noisier(plane: testbench.Plane, factor: int, repeat: int) -> testbench.Plane:
    """The plane with Gaussian noise added, so that its signal-to-noise ratio falls by ``factor``.

    The reference stays what it was: the spectrum without the added noise. Noise is added to the t1 signals,
    correlated between neighbouring columns as that of a processed direct dimension.
    """
    if factor == 1:
        return plane
    level = quiet_noise(plane.fid) if plane.sd is None else plane.sd
    rng = np.random.default_rng([SEED, factor, repeat])
    added = level * np.sqrt(factor**2 - 1) * strip_noise(rng, 1, *plane.fid.shape)[0]
    return replace(
        plane,
        signal=plane.signal.replace(data=(plane.fid + added).astype(plane.fid.dtype)),
        clean=plane.fid if plane.clean is None else plane.clean,
        sd=None if plane.sd is None else factor * plane.sd,
    )


def floor(plane: testbench.Plane, factor: int, mask: np.ndarray) -> float:
    """RLNE of a perfect method that keeps the measured points of ``noisier(plane, factor, ...)``.

    plane: without added noise. At points that were not measured a perfect method has none, so what is left
    is the noise of the reference there, if it is measured; at the measured points it is the added noise or,
    for a simulated plane, all noise.
    """
    recipe = plane.indirect
    window = sine_bell(len(mask), *recipe.window, first_point=recipe.first_point)
    measured = factor**2 - (1 if plane.clean is None else 0)
    shares = [(measured, ~mask)] + ([(1, mask)] if plane.clean is None else [])
    parts = [
        rlne_floor_kept(plane.reference.data, np.sqrt(variance) * plane.noise, window, left_out)
        for variance, left_out in shares
    ]
    return float(np.linalg.norm(parts))
