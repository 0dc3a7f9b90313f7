"""The variant for two indirect dimensions scored: simulated planes, simulated HNCO spectra, and its time."""

from __future__ import annotations

import numpy as np

from common.classical.methods import METHODS
from common.metrics.case import Case
from common.metrics.spectra import rlne
from common.nus import testbench3d
from common.nus.figures import draw_cube
from common.nus.scoring import Methods, Spectra, completed, score_plane, time_methods
from common.processing import sine_bell
from common.simulation.exponentials import noise
from common.training.batches import generator

from . import figures, plane_data
from .config import Config

#: Signal-to-noise ratio of the median one of the simulated test planes, as that of the training planes.
TEST_SNR = 30.0
#: Index of the fraction at which methods are timed.
TIMED = 1


def evaluate(config: Config, session, methods: Methods) -> None:
    """Score the network and the methods beside it, on the same points of the same spectra."""
    score_planes(config, session, methods)
    for name in testbench3d.HNCOS:
        cube = testbench3d.hnco(name)
        shown = [score(config, session, cube, fraction, methods) for fraction in config.fractions]
        session.figure(f"errors-{name}", figures.errors(cube, session.scores, config.fractions))
        for fraction, spectra in ((config.fractions[i], shown[i]) for i in (TIMED, -1)):
            draw_cube(session, cube, f"{fraction:g}", spectra)
    fraction = config.fractions[min(TIMED, len(config.fractions) - 1)]
    time_network(session, testbench3d.hnco(), fraction, methods["network"])


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


def score_planes(config: Config, session, methods: Methods) -> None:
    """Score the methods on simulated planes."""
    clean, noisy, sd = test_planes(config, session.seed)
    for fraction in config.fractions:
        case = plane_case(clean, f"{fraction:g}")
        for mask in testbench3d.schedules(config.plane, fraction, config.schedules):
            session.score(case, completed(noisy, mask, sd, methods))


def score(config: Config, session, cube: testbench3d.Cube, fraction: float, methods: Methods) -> Spectra:
    """Score the methods on a 3D spectrum; returns the spectra of the first schedule."""
    masks = testbench3d.schedules(cube.fid.shape[:2], fraction, config.schedules)
    return score_plane(session, cube, f"{fraction:g}", masks, methods)


def time_network(session, cube: testbench3d.Cube, fraction: float, network, repeats: int = 3) -> None:
    """Seconds per spectrum of network and IST-S on the same points, and their ratio."""
    mask = testbench3d.schedules(cube.fid.shape[:2], fraction, 1)[0]
    timed = {"network": network, "ist_s": METHODS["ist_s"].complete}
    seconds = time_methods(session, cube, mask, timed, repeats)
    session.measure("timing/3d/cs_ratio", seconds["network"] / seconds["ist_s"])
    session.note("timing/3d/cs_ratio: compressed sensing is IST-S at its default stop")
