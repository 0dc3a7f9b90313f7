"""What experiments on NUS data share: measured spectra in a session, methods scored and timed there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from common import datasets
from common.errors import DataMissing
from common.nus import testbench
from common.nus.testbench3d import Cube

#: ``method(fid, mask, noise=None) -> fid`` by name; ``network`` is the run's own.
Methods = Mapping[str, Callable]
#: Real spectra by method.
Spectra = dict[str, np.ndarray]


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


def completed(
    fid: np.ndarray, mask: np.ndarray, noise: float | None, methods: Methods
) -> dict[str, np.ndarray]:
    """What each method makes of the points of a schedule; fid: all points, complex (*mask.shape, columns)."""
    fid = fid * mask[..., None]
    return {name: complete(fid, mask, noise=noise) for name, complete in methods.items()}


def score_plane(
    session, plane: testbench.Plane | Cube, condition: str, masks: Iterable[np.ndarray], methods: Methods
) -> Spectra:
    """Score every method over schedules of one condition; returns the spectra of the first one by method."""
    case, first = plane.case(condition), {}
    for mask in masks:
        outputs = completed(plane.fid, mask, plane.sd, methods)
        session.score(case, outputs)
        if plane.clean is None:
            for measure, value in plane.floors(mask).items():
                session.measure(case.id(measure), value)
        first = first or {name: plane.spectrum(output).data for name, output in outputs.items()}
    return first


def time_methods(
    session, plane: testbench.Plane | Cube, mask: np.ndarray, methods: Methods, repeats: int = 3
) -> dict[str, float]:
    """Seconds per spectrum of each method, in turn, after a warm-up: medians, as ``timing/2d/seconds``.

    Or as ``timing/3d/seconds`` with a schedule for two indirect dimensions.
    """
    fid, timing = plane.fid * mask[..., None], f"timing/{mask.ndim + 1}d"
    seconds = {name: [] for name in methods}
    for _ in range(repeats + 1):
        for name, complete in methods.items():
            start = time.perf_counter()
            complete(fid, mask, noise=plane.sd)
            seconds[name].append(time.perf_counter() - start)
    median = {name: float(np.median(times[1:])) for name, times in seconds.items()}
    for name, value in median.items():
        session.measure(f"{timing}/seconds", value, name)
    points = " x ".join(map(str, mask.shape))
    session.note(
        f"{timing}: {plane.name}, {points} points x {fid.shape[-1]} columns, {mask.mean():.1%} sampling,"
        f" median of {repeats}"
    )
    return median
