"""The figures of a completed spectrum, for the run folder of a network: traces, contours, peak heights.

spectra: real arrays by method, ``zero_filled``, ``ist_s`` and ``network`` among them, of one schedule.
"""

from __future__ import annotations

import numpy as np

from common.nus.scoring import Spectra
from common.nus.testbench import Plane
from common.nus.testbench3d import Cube
from common.reporting import figures

#: What completes the spectrum; other methods of a record are in its tables.
SHOWN = ("ist_s", "network")


def draw(session, plane: Plane, condition: str, spectra: Spectra) -> None:
    """The figures of one spectrum at one condition; of independent FIDs a trace alone."""
    name = f"{plane.name}-{condition}"
    session.figure(f"trace-{name}", trace(plane, spectra, condition))
    if not plane.independent:
        title = f"{plane.name}, {condition}"
        shown = contours(plane.reference.data, plane.reference.axes, spectra, plane.noise, title)
        session.figure(f"spectra-{name}", shown)
        session.figure(f"heights-{name}", heights(plane, spectra, condition))


def draw_cube(session, cube: Cube, condition: str, spectra: Spectra) -> None:
    """The same of a 3D spectrum, of the indirect plane with most peaks."""
    name, column = f"{cube.name}-{condition}", int(np.bincount(_places(cube)[2]).argmax())
    *indirect, direct = cube.reference.axes
    title = f"{cube.name} at {direct.ppm(column):.3f} ppm of {direct.nucleus}, {condition}"
    spectra_there = {method: data[..., column] for method, data in spectra.items()}
    reference = cube.reference.data[..., column]
    shown = contours(reference, tuple(indirect), spectra_there, cube.noise, title)
    session.figure(f"plane-{name}", shown)
    session.figure(f"heights-{name}", heights(cube, spectra, condition))


def contours(reference: np.ndarray, axes, spectra: Spectra, noise: float, title: str):
    """The full spectrum, the methods, and what the network leaves over, (indirect, direct) points each."""
    shown = {"reference": reference, **{name: spectra[name] for name in ("zero_filled", *SHOWN)}}
    shown["difference"] = reference - spectra["network"]
    return figures.contour_panels(shown, axes, noise, title=title)


def heights(plane: Plane | Cube, spectra: Spectra, condition: str):
    """Heights at the places of the reference's peaks against the reference's."""
    places = _places(plane)
    values = {name: spectra[name][places] for name in SHOWN}
    title = f"{plane.name}, {condition}"
    return figures.correlation_plot(plane.reference.data[places], values, title=title)


def trace(plane: Plane, spectra: Spectra, condition: str):
    """The t1 column through the median peak of the reference."""
    column = _places(plane)[1][len(plane.peaks) // 2]
    axis, direct = plane.reference.axes
    traces = {"reference": plane.reference.data, **{name: spectra[name] for name in SHOWN}}
    title = f"{plane.name} at {direct.ppm(column):.3f} ppm, {condition}"
    return figures.trace_plot(axis, {name: values[:, column] for name, values in traces.items()}, title=title)


def _places(plane: Plane | Cube) -> tuple[np.ndarray, ...]:
    """The points of the peaks, an array an axis."""
    return tuple(np.rint(plane.peaks.index).astype(int).T)
