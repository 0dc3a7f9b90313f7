"""The conventional reconstructions of non-uniformly sampled data by name, with the defaults of this suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from common.classical.irls import irls
from common.classical.ist import ist_d, ist_s
from common.classical.low_rank import low_rank, low_rank_factorised


@dataclass(frozen=True)
class Method:
    """A conventional method as the suite compares it.

    name: what commands and records call it. title: one line in words, with its source. complete:
    ``complete(fid, mask, noise=None, write_back=True) -> fid`` as in ARCHITECTURE.md, the other options at
    their defaults; those of iterative methods take ``watch(iteration, fid)``, called with the estimate of
    every iteration before measured points are put back. dimensions: the numbers of indirect dimensions that
    it can do. iterative: whether it iterates. delayed: whether ``complete`` takes a ``first_delay``.
    """

    name: str
    title: str
    complete: Callable = field(repr=False)
    dimensions: tuple[int, ...] = (1,)
    iterative: bool = True
    delayed: bool = False

    def at(self, first_delay: float) -> Callable:
        """``complete`` for data whose t1 starts at that many dwells; ``ValueError`` where it cannot."""
        return partial(self.complete, first_delay=first_delay) if self.delayed else self.complete


def zero_filled(
    fid: np.ndarray, mask: np.ndarray, *, noise: float | None = None, write_back: bool = True
) -> np.ndarray:
    """Zeros where nothing was measured: the spectrum that every reconstruction has to beat.

    Arguments as for every method; ``noise`` and ``write_back`` change nothing. Raises ``ValueError`` where
    shapes do not fit.
    """
    fid, mask = np.asarray(fid), np.asarray(mask, dtype=bool)
    if mask.ndim not in (1, 2) or mask.shape != fid.shape[:-1]:
        raise ValueError(f"fid {fid.shape} does not fit mask {mask.shape}: it has one more axis, the columns")
    return np.where(mask[..., None], fid, 0)


def _ist_s_echo(fid, mask, *, noise=None, write_back=True, first_delay=0.0, watch=None):
    """IST-S with a virtual echo; ``first_delay`` of t1 in dwells, 0 or 0.5, else ``ValueError``."""
    options = {"noise": noise, "write_back": write_back, "watch": watch}
    return METHODS["ist_s"].complete(fid, mask, virtual_echo=first_delay, **options)


_IST = {"iterations": 400, "stop_sigma": 2.0}
_LISTED = (
    Method("zero_filled", "zeros where nothing was measured", zero_filled, (1, 2), False),
    Method("ist_s", "iterative soft thresholding, IST-S (Stern 2007)", partial(ist_s, **_IST), (1, 2)),
    Method("ist_s_ve", "IST-S with a virtual echo (Mayzel 2014)", _ist_s_echo, delayed=True),
    Method(
        "ist_d", "iterative soft thresholding, IST-D (Drori 2007, hmsIST)", partial(ist_d, **_IST), (1, 2)
    ),
    Method("irls", "l1 norm by reweighted least squares (Kazimierczuk and Orekhov 2011)", irls),
    Method("low_rank", "low-rank Hankel, log-reweighted, started from IST-D (after Qu 2015)", low_rank),
    Method(
        "low_rank_factorised",
        "low-rank Hankel by factors, log-reweighted, started from IST-D (after Guo 2017)",
        low_rank_factorised,
    ),
)
#: Every method by its name, in the order of tables and figures.
METHODS: dict[str, Method] = {method.name: method for method in _LISTED}
