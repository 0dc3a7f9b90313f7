"""The process in which ``nmr-repro study times`` measures: one backend, one number of threads.

Numerical libraries read how many threads they may use when they start, so every setting has a process of its
own: ``python -m reproductions.studies.stopwatch SETTING FILE``, both JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from common.classical.methods import METHODS, zero_filled
from common.metrics.spectra import rlne
from common.nus import testbench, testbench3d
from reproductions.contestants import contestants
from reproductions.studies import samples
from reproductions.studies.gpu import ist_s as on_gpu

#: The published penalty on a square matrix, from the zero-filled data: what Qu et al. compare with.
AS_PUBLISHED = "low_rank, nuclear norm"
#: IST-S on a GPU.
ON_GPU = "ist_s, on the GPU"
#: Iterative methods, whose time to a given error can be told.
ITERATIVE = ("ist_s", "ist_d", "irls", "low_rank", "low_rank_factorised")
#: A method is repeated until it has had this many seconds, but at least twice and at most ``repeats`` times.
ENOUGH = 20.0


@dataclass
class Timed:
    """A method, ``complete(fid, mask) -> fid``, its error, and the seconds of its repeats on one spectrum."""

    name: str
    complete: Callable
    rlne: float = np.nan
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self, fid, mask) -> np.ndarray:
        """Once more, timed."""
        wall, processor = time.perf_counter(), time.process_time()
        output = self.complete(fid, mask)
        self.wall.append(time.perf_counter() - wall)
        self.processor.append(time.process_time() - processor)
        return output

    def done(self, repeats: int) -> bool:
        """Whether it has been repeated enough."""
        return len(self.wall) >= repeats or (len(self.wall) >= 2 and sum(self.wall) > ENOUGH)

    def summary(self) -> dict:
        """Medians and the ends of the repeats, in seconds."""
        return {
            "method": self.name,
            "rlne": self.rlne,
            "seconds": statistics.median(self.wall),
            "least": min(self.wall),
            "most": max(self.wall),
            "processor": statistics.median(self.processor),
            "repeats": len(self.wall),
        }


def measure(setting: dict) -> dict:
    """Times of every case of a setting.

    setting: ``cases``, lists of dimensions, name and sampled fraction; ``repeats``; ``gpu``: whether to time
    IST-S there too; ``reach``: whether to tell when iterative methods have the errors of the networks;
    ``conventional`` and ``networks``: names, or None for all.
    """
    cases = [measure_case(*case, setting) for case in setting["cases"]]
    return {"cases": cases, "backend": _backend(), "device": _device()}


def measure_case(dimensions: int, name: str, fraction: float, setting: dict) -> dict:
    """Every method on one spectrum, in turn after a warm-up; iterative ones up to the networks' errors."""
    spectrum, mask = _sampled(dimensions, name, fraction)
    fid = spectrum.fid * mask[..., None]
    networks, left_out = _networks(setting["networks"])
    conventional = _conventional(dimensions, setting["conventional"], setting["gpu"])
    methods = [Timed(*each) for each in (*conventional, *networks)]

    def error_of(output):
        return rlne(spectrum.reference.data, spectrum.spectrum(output).data)

    for method in list(methods):
        try:
            method.rlne = error_of(method.complete(fid, mask))  # the warm-up
        except Exception as error:  # a network for other data, most often; the others are worth having
            left_out[method.name] = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            methods.remove(method)
    _in_turn(methods, fid, mask, setting["repeats"])
    targets = {method.name: method.rlne for method in methods if method.name in dict(networks)}
    iterative = [method for method in methods if method.name in ITERATIVE and setting["reach"]]
    reached = [_reached(method, fid, mask, error_of, targets) for method in iterative]
    return {
        "dimensions": dimensions,
        "case": name,
        "fraction": fraction,
        "shape": list(fid.shape),
        "methods": [method.summary() for method in methods],
        "reached": [each for found in reached for each in found],
        "left_out": left_out,
    }


def _in_turn(methods: list[Timed], fid, mask, repeats: int) -> None:
    """Repeat the methods in turn, every other round backwards."""
    while todo := [method for method in methods if not method.done(repeats)]:
        for method in todo:
            method.run(fid, mask)
        methods = methods[::-1]


def _reached(method: Timed, fid, mask, error_of: Callable, targets: dict[str, float]) -> list[dict]:
    """When an iterative method first has the error of each network: iterations and seconds, or None.

    The errors come from a run that is watched. The seconds come from runs that end there, since watching
    takes time itself.
    """
    errors = []

    def watch(iteration, estimate):
        errors.append((iteration, error_of(np.where(mask[..., None], fid, estimate))))

    method.complete(fid, mask, watch=watch)
    reached = []
    for network, target in targets.items():
        iterations = next((iteration for iteration, found in errors if found <= target), None)
        seconds = None
        if iterations is not None:
            ending = Timed(method.name, partial(method.complete, iterations=iterations))
            _in_turn([ending], fid, mask, 3)
            seconds = statistics.median(ending.wall)
        reached.append(
            {"method": method.name, "network": network, "iterations": iterations, "seconds": seconds}
        )
    return reached


def _conventional(dimensions: int, chosen: list[str] | None, gpu: bool) -> list[tuple[str, Callable]]:
    """The methods of the suite at their defaults, and low-rank completion as published."""
    found = [
        (name, method.complete)
        for name, method in METHODS.items()
        if dimensions in method.dimensions and method.complete is not zero_filled
    ]
    if dimensions == 1:
        found += [(AS_PUBLISHED, _nuclear), *([(ON_GPU, on_gpu)] if gpu else [])]
    return [each for each in found if chosen is None or each[0] in chosen]


def _nuclear(fid, mask):
    from common.classical.low_rank import low_rank

    return low_rank(fid, mask, penalty="nuclear", rows=len(mask) // 2, first=fid)


def _networks(chosen: list[str] | None) -> tuple[list[tuple[str, Callable]], dict[str, str]]:
    """The published networks that can be loaded, and why others cannot."""
    found, left_out = [], {}
    for contestant in contestants():
        if contestant.compiled and (chosen is None or contestant.name in chosen):
            try:
                found.append((contestant.name, contestant.open(0.0)[0]))
            except Exception as error:  # the others are worth having
                left_out[contestant.name] = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return found, left_out


def _sampled(dimensions: int, name: str, fraction: float):
    """A test bench with that many dimensions to sample, and its first schedule."""
    if dimensions == 2:
        cube = testbench3d.hnco(name)
        return cube, testbench3d.schedules(cube.fid.shape[:2], fraction, 1)[0]
    plane = samples.load(name)
    return plane, testbench.schedules(len(plane.fid), fraction, 1)[0]


def _backend() -> str:
    from common.training.fingerprint import backend

    return backend()


def _device() -> str:
    from common.training.fingerprint import device

    return device() if "keras" in sys.modules else "cpu"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(measure(json.loads(sys.argv[1]))))
