"""Speed of what makes training data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.spectrum import Axis
from reproductions import registry
from reproductions.studies.rates import naive
from reproductions.studies.rates.measurement import Form, Forms, Measurement

POINTS, FIDS, SLOW = 128, 512, 16  # the last: as many of them as the plain loop does
BRAINS, PROTONS, WIDTH = 64, 2, 32768


def fids(folder: Path) -> Forms:
    """As qu_cnn draws them."""
    from common.simulation.exponentials import complex_fid, draw_exponentials

    config = registry.get("qu_cnn").module("config").Config()
    drawn = (config.amplitude, config.frequency, config.tau, config.phase)
    made = draw_exponentials(np.random.default_rng(0), FIDS, config.peaks, *drawn)
    block = round(POINTS**0.5)
    products = 8 * FIDS * config.peaks[1] * block * -(-POINTS // block)
    return Forms(
        Form(lambda: complex_fid(made, POINTS), FIDS),
        Form(lambda: naive.exponentials(made[:SLOW], POINTS), SLOW),
        {"numpy, one table": Form(lambda: naive.table_of_exponentials(made, POINTS), FIDS)},
        flops=products,
        bytes=8 * FIDS * POINTS,
    )


def brains(folder: Path) -> Forms:
    """Twenty metabolites each, 2048 points, with all that a scanner adds."""
    from common.simulation.brain import BrainRanges, simulate
    from common.simulation.metabolites import basis

    signals = basis(Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex"))
    ranges, rng = BrainRanges(), np.random.default_rng(0)

    def one_by_one():
        for _ in range(8):
            simulate(signals, ranges, 1, rng)

    points = signals.axis.size
    return Forms(
        Form(lambda: simulate(signals, ranges, BRAINS, rng), BRAINS),
        Form(one_by_one, 8),
        # every metabolite times its decay and shift, added up: 14 operations a complex point
        flops=BRAINS * points * 14 * len(signals.names),
        bytes=BRAINS * points * 8 * 3,
    )


def protons(folder: Path) -> Forms:
    """Random mixtures with their labels; the plain form sums the lines of as many alone."""
    from common.simulation.proton_ranges import ProtonRanges
    from common.simulation.proton_spectra import proton_spectra
    from common.simulation.regions import labels

    ranges = ProtonRanges()

    def make():
        return labels(proton_spectra(PROTONS, WIDTH, ranges, np.random.default_rng(0)))

    made = proton_spectra(1, WIDTH, ranges, np.random.default_rng(0))
    axis = made.axes[0]
    ppm = np.concatenate([signal.ppm for signal in made.scenes[0].signals])
    amplitude = np.concatenate([signal.amplitude for signal in made.scenes[0].signals])
    hertz = (ppm - axis.carrier) * axis.mhz
    some = np.arange(0, len(hertz), 20)  # a twentieth of its lines

    def plain():
        return naive.lines(hertz[some], amplitude[some], WIDTH, axis.sw)

    transform = 5 * WIDTH * np.log2(WIDTH)
    return Forms(
        Form(make, PROTONS),
        Form(plain, len(some) / len(hertz)),
        # four transforms of the whole width and one of twice that are the least that a spectrum takes
        flops=PROTONS * 6 * transform,
        bytes=PROTONS * WIDTH * 4 * 3,
    )


def planes(folder: Path) -> Forms:
    """A 15N HSQC of a made-up protein, artefacts and noise in it."""
    from common.simulation.protein_planes import simulate
    from common.simulation.protein_spins import made_up

    spins = made_up(1, np.random.default_rng(0), (100, 100))[0]

    def make():
        return simulate(spins, "noesy_15n", np.random.default_rng(1), slab=1)

    made = make()
    shape = [size for d, size in enumerate(made.spectrum.data.shape) if d != made.slab]
    keep = [d for d in range(3) if d != made.slab]
    depth = made.spectrum.data.shape[made.slab]

    def plain():
        return naive.lorentzians(made.index[:, keep], made.width[:, keep], made.height, shape)

    cells = int(np.prod(shape))
    return Forms(
        Form(make, depth),
        Form(plain, 1),
        flops=depth * 8 * cells * len(set(made.index[:, -1].round(3))),
        bytes=depth * cells * 4 * 2,
    )


def press(folder: Path) -> Forms:
    """GABA, six coupled protons."""
    from common.simulation import metabolites, sequences

    (system,) = metabolites.table()["GABA"]
    axis = Axis("1H", 2048, 2000.0, 127.8, 4.65, "time", "complex")
    return Forms(
        Form(lambda: sequences.pulse_acquire(system, axis.mhz).fid(axis)),
        peers={"full matrices": Form(lambda: naive.pulse_acquire(system, axis))},
        bytes=16 * axis.size,
    )


def molecule(folder: Path) -> Forms:
    """A chain of nine protons with different shifts, neighbours coupled by 7 Hz."""
    from common.simulation import sequences, weak_coupling
    from common.simulation.spins import SpinSystem

    shifts = {str(k): 0.9 + 0.45 * k for k in range(9)}
    system = SpinSystem.of(shifts, [(str(k), str(k + 1), 7.0) for k in range(8)])
    axis = Axis("1H", 16384, 9000.0, 600.0, 4.7, "time", "complex")
    return Forms(
        Form(lambda: weak_coupling.pulse_acquire(system, axis.mhz).fid(axis)),
        Form(lambda: sequences.pulse_acquire(system, axis.mhz).fid(axis)),
        bytes=16 * axis.size,
    )


MEASUREMENTS = (
    Measurement("simulate/fids", f"{FIDS} FIDs of {POINTS} points, 1 to 10 lines", "FIDs", fids,
                naive="line by line"),
    Measurement("simulate/brain", f"{BRAINS} brain spectra, 2048 points, 20 metabolites", "spectra", brains,
                naive="one spectrum at a time"),
    Measurement("simulate/protons", f"1D 1H spectra of mixtures, {WIDTH} points, labels", "spectra", protons,
                naive="the lines alone, one by one"),
    Measurement("simulate/planes", "planes of a 15N NOESY of 100 residues, artefacts", "planes", planes,
                naive="the peaks alone, one by one"),
    Measurement("simulate/spins", "FID of GABA, six coupled protons, 2048 points", "FIDs", press,
                precision="float64"),
    Measurement("simulate/molecule", "FID of nine coupled protons, 16384 points", "FIDs", molecule,
                naive="every coupling exact", precision="float64"),
)  # fmt: skip
