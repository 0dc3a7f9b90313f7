"""Acquisitions of a healthy brain as simulated, with what coils, drift and eddy currents do to them."""

from functools import lru_cache

import numpy as np

from common.acquisition import Acquisition
from common.simulation.brain_ranges import HEALTHY
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 1024, 2000.0, 123.2, 4.65, "time", "complex")
T = np.arange(AXIS.size) / AXIS.sw


def line(ppm, width, axis=AXIS):
    """A Lorentzian line of amplitude 1."""
    t = np.arange(axis.size) / axis.sw
    return np.exp(2j * np.pi * (ppm - axis.carrier) * axis.mhz * t - np.pi * width * t)


@lru_cache
def brain(width=8.0, absent=()):
    """FID (points,) of the healthy amounts in mM, PRESS with TE 30 ms, one proton of 1 mM being 1."""
    names = tuple(name for name in HEALTHY if name not in absent)
    amounts = np.array([np.mean(HEALTHY[name]) for name in names])
    return (amounts @ basis(AXIS, "press", 30.0, names).fids) * np.exp(-np.pi * width * T)


def noise(shape, sd, seed=0):
    """Complex noise; ``sd`` of each part."""
    rng = np.random.default_rng(seed)
    return sd * (rng.normal(size=shape) + 1j * rng.normal(size=shape))


def acquisition(fids, **more):
    """FIDs (coils, averages, points), fewer dimensions being one coil or one average, of PRESS."""
    fids = np.asarray(fids, complex)
    fids = fids.reshape((1,) * (3 - fids.ndim) + fids.shape)
    return Acquisition(fids, **({"axis": AXIS, "te": 30.0, "tr": 2000.0, "sequence": "PRESS"} | more))
