"""Every measurement of speed by its name."""

from __future__ import annotations

from reproductions.studies.rates import applied, features, readers, simulators, steps
from reproductions.studies.rates.measurement import Measurement

ROOMS = (simulators, readers, features, steps, applied)
MEASUREMENTS: dict[str, Measurement] = {each.name: each for room in ROOMS for each in room.MEASUREMENTS}
