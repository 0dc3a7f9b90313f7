"""Conventional methods on NUS data, each computed once for the same points of the same spectrum."""

from __future__ import annotations

import numpy as np

from common.cache import cached
from common.classical.methods import METHODS

#: Raise it when a default of :mod:`common.classical.methods` changes a result.
VERSION = 1


def baseline(name: str, fid: np.ndarray, mask: np.ndarray, noise: float | None = None) -> np.ndarray:
    """What the method of that name makes of ``fid`` and ``mask`` (ARCHITECTURE.md), kept on disk."""
    return cached(_complete, fid, mask, version=VERSION, method=name, noise=noise)


def _complete(fid: np.ndarray, mask: np.ndarray, *, method: str, noise: float | None) -> np.ndarray:
    return METHODS[method].complete(fid, mask, noise=noise)
