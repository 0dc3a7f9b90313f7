"""The process in which ``nmr-repro study speed`` takes one measurement: ``rates ASKED FILE``, the first JSON.

Numerical libraries read how many threads they may use when they start, and memory that is taken stays: every
measurement has a process of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path

from common.atomic import write_atomic
from reproductions.studies.rates.catalogue import MEASUREMENTS
from reproductions.studies.rates.measurement import measure


def main(asked: dict, path: Path) -> None:
    """Measure what is asked for by name, or count its arithmetic alone."""
    measurement = MEASUREMENTS[asked["name"]]
    with tempfile.TemporaryDirectory() as folder:
        if asked["count"]:
            row = {"flops": measurement.prepare(Path(folder)).flops}
        else:
            row = measure(measurement, Path(folder), asked["enough"])
            row["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    write_atomic(path, json.dumps(row).encode())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
