"""The variant for two indirect dimensions scored: simulated planes, simulated HNCO spectra, and its time."""

from __future__ import annotations

import time

import numpy as np

from common.cache import cached
from common.classical.ist import ist_s
from common.metrics.case import Case
from common.metrics.spectra import rlne
from common.nus import testbench3d
from common.processing import sine_bell
from common.simulation.exponentials import noise
from common.training.batches import generator

from . import figures, plane_data
from .config import Config

#: Signal-to-noise ratio of the median one of the simulated test planes, as that of the training planes.
TEST_SNR = 30.0
#: IST-S as everywhere in the suite (``common/classical/methods.py``).
IST_S = {"stop_sigma": 2.0}
#: Index of the fraction at which methods are timed.
TIMED = 1


def evaluate(config: Config, session, network) -> None:
    """Score the network beside zero filling and IST-S, on the same points of the same spectra."""
    score_planes(config, session, network)
    for name in testbench3d.HNCOS:
        cube = testbench3d.hnco(name)
        shown = [score(config, session, cube, fraction, network) for fraction in config.fractions]
        session.figure(f"errors-{name}", figures.errors(cube, session.scores, config.fractions))
        for fraction, spectra in ((config.fractions[i], shown[i]) for i in (TIMED, -1)):
            session.figure(f"plane-{name}-{fraction:g}", figures.plane(cube, spectra, fraction))
            session.figure(f"heights-{name}-{fraction:g}", figures.heights(cube, spectra, fraction))
    time_methods(
        session, testbench3d.hnco(), config.fractions[min(TIMED, len(config.fractions) - 1)], network
    )


def test_planes(config: Config, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Simulated planes nobody has trained on: noise-free, noisy (points1, points2, planes), and the sd."""
    rng = generator(seed, "test", 0, 0)
    clean, _ = plane_data.examples(config, plane_data.draw_parameters(config, config.simulated, rng), rng)
    tallest = np.abs(np.fft.fft2(clean)).max(axis=(1, 2))
    sd = float(np.median(tallest) / np.sqrt(clean[0].size) / TEST_SNR)
    clean = np.moveaxis(clean, 0, -1)
    return clean, clean + sd * noise(rng, clean.shape), sd


def plane_case(clean: np.ndarray, condition: str) -> Case:
    """RLNE of completed planes in a cosine-squared window, by Parseval that of their complex spectra."""
    window = np.outer(*(sine_bell(points) for points in clean.shape[:2]))[..., None]

    def parts(fid):
        return np.stack([(fid * window).real, (fid * window).imag])

    return Case(
        "simulated", "planes", condition, "test", lambda fid: {"rlne": rlne(parts(clean), parts(fid))}
    )


def completed(fid: np.ndarray, mask: np.ndarray, sd: float, network) -> dict[str, np.ndarray]:
    """What each method makes of the points of a schedule."""
    fid = fid * mask[..., None]
    return {
        "network": network(fid, mask, sd),
        "ist_s": cached(ist_s, fid, mask, version=2, noise=sd, **IST_S),
        "zero_filled": fid,
    }


def score_planes(config: Config, session, network) -> None:
    """Score the methods on simulated planes."""
    clean, noisy, sd = test_planes(config, session.seed)
    for fraction in config.fractions:
        case = plane_case(clean, f"{fraction:g}")
        for mask in testbench3d.schedules(config.plane, fraction, config.schedules):
            session.score(case, completed(noisy, mask, sd, network))


def score(config: Config, session, cube: testbench3d.Cube, fraction: float, network) -> dict[str, np.ndarray]:
    """Score the methods on a 3D spectrum; returns the spectra of the first schedule."""
    case, first = cube.case(f"{fraction:g}"), {}
    for mask in testbench3d.schedules(cube.fid.shape[:2], fraction, config.schedules):
        outputs = completed(cube.fid, mask, cube.sd, network)
        session.score(case, outputs)
        first = first or {name: cube.spectrum(output).data for name, output in outputs.items()}
    return first


def time_methods(session, cube: testbench3d.Cube, fraction: float, network, repeats: int = 3) -> None:
    """Seconds per spectrum of network and IST-S in turn, the network warmed up: medians and the ratio."""
    mask = testbench3d.schedules(cube.fid.shape[:2], fraction, 1)[0]
    fid = cube.fid * mask[..., None]
    methods = {"network": network, "ist_s": lambda fid, mask: ist_s(fid, mask, **IST_S)}
    network(fid, mask)
    seconds = {name: [] for name in methods}
    for _ in range(repeats):
        for name, complete in methods.items():
            start = time.perf_counter()
            complete(fid, mask)
            seconds[name].append(time.perf_counter() - start)
    median = {name: float(np.median(times)) for name, times in seconds.items()}
    for name, value in median.items():
        session.measure("timing/3d/seconds", value, name)
    session.measure("timing/3d/cs_ratio", median["network"] / median["ist_s"])
    session.note(
        f"timing/3d: {cube.name}, {len(mask)} x {mask.shape[1]} points, {fid.shape[2]} complex planes, "
        f"{fraction:.1%} sampling, median of {repeats}; compressed sensing is IST-S at its default stop"
    )
