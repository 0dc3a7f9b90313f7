"""What a network is given of candidates, and the probabilities that it makes of it."""

from __future__ import annotations

import numpy as np

from common.classical.peak_picking import Candidates
from common.spectrum import Spectrum

from . import crops
from .config import Config
from .levels import levels

#: Crops that go through the network at once, of which there are so few or so many: each number is compiled.
FEW, AT_ONCE = 64, 512


def of_plane(config: Config, spectrum: Spectrum, found: Candidates, widths, rows):
    """What the network is given of some candidates (k,) of a 2D spectrum: see :func:`with_levels`."""
    places = found.index[rows]
    across = crops.mirrored(spectrum.axes, places)
    made = crops_of(config, spectrum.data, found.noise, places, widths, across)
    return with_levels(config, made, spectrum, found, widths, rows)


def crops_of(config: Config, plane, noise, places, widths, mirrored=None) -> np.ndarray:
    """The crops of candidates as a configuration has them, float32 (k, size, size, channels)."""
    return crops.crops(
        plane, noise, places, widths,
        size=config.size, per_width=config.per_width, channels=config.channels, mirrored=mirrored,
    )  # fmt: skip


def with_levels(config: Config, made, spectrum: Spectrum, found: Candidates, widths, rows, slab: int = -1):
    """Crops (k, size, size, channels), where the configuration says so with levels (k, ...) beside them.

    rows: which candidates these are. slab: as :func:`levels.levels` has it.
    """
    if not config.levels:
        return made
    return made, levels(spectrum.data, spectrum.axes, found, widths, slab)[rows]


def of_crops(model, made) -> np.ndarray:
    """The probability (k,) of each of crops (k, size, size, channels), or of a pair of these and levels."""
    given, found = made if isinstance(made, tuple) else (made,), [np.zeros(0, "float32")]
    for start in range(0, len(given[0]), AT_ONCE):
        parts = [one[start : start + AT_ONCE] for one in given]
        count = len(parts[0])
        full = [np.zeros((FEW if count <= FEW else AT_ONCE, *part.shape[1:]), "float32") for part in parts]
        for one, part in zip(full, parts, strict=True):
            one[:count] = part
        found.append(np.asarray(model.predict_on_batch(full if len(full) > 1 else full[0]))[:count, 0])
    return np.concatenate(found)
