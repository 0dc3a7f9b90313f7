"""What experiments on NUS data share: measured spectra in a session, methods scored and timed there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from common import datasets
from common.errors import DataMissing
from common.nus import testbench

#: ``method(fid, mask, noise=None) -> fid`` by name; ``network`` is the run's own.
Methods = Mapping[str, Callable]


def measured_planes(names: Iterable[str], session) -> list[testbench.Plane]:
    """The measured spectra of ``testbench.SPECTRA`` that are at hand; what is not is noted in the record."""
    planes = []
    for name in names:
        source = testbench.SPECTRA[name]
        try:
            plane = testbench.load_plane(name, session.offline)
        except DataMissing as error:
            session.left_out(source, str(error))
            continue
        spec = datasets.load(source)
        file = spec.cases[name]["file"]
        session.used(source, plane.role, {file: spec.checksums[file]})
        planes.append(plane)
    return planes


def score_plane(
    session, plane: testbench.Plane, condition: str, masks: Iterable[np.ndarray], methods: Methods
) -> dict[str, np.ndarray]:
    """Score every method over schedules of one condition; returns the spectra of the first one by method."""
    case = plane.case(condition, peaks=plane.name != "exponentials")
    first = {}
    for mask in masks:
        fid = plane.fid * mask[:, None]
        outputs = {name: complete(fid, mask, noise=plane.sd) for name, complete in methods.items()}
        session.score(case, outputs)
        if plane.clean is None:
            for measure, value in plane.floors(mask).items():
                session.measure(case.id(measure), value)
        first = first or {name: plane.spectrum(output).data for name, output in outputs.items()}
    return first


def time_methods(
    session, plane: testbench.Plane, mask: np.ndarray, methods: Methods, repeats: int = 3
) -> dict[str, float]:
    """Seconds per spectrum of each method, in turn, after a warm-up: medians, as ``timing/2d/seconds``."""
    fid = plane.fid * mask[:, None]
    seconds = {name: [] for name in methods}
    for _ in range(repeats + 1):
        for name, complete in methods.items():
            start = time.perf_counter()
            complete(fid, mask, noise=plane.sd)
            seconds[name].append(time.perf_counter() - start)
    median = {name: float(np.median(times[1:])) for name, times in seconds.items()}
    for name, value in median.items():
        session.measure("timing/2d/seconds", value, name)
    session.note(
        f"timing/2d: {plane.name}, {len(mask)} points x {fid.shape[1]} columns, {mask.mean():.1%} sampling,"
        f" median of {repeats}"
    )
    return median
