"""Configuration of Bruker's network for signal regions (poster, EUROISMAR 2019).

Plain values, standard library only.

``paper:`` is stated in a review of the poster, ``patent:`` in EP 3839546 A1 (US 2021/0192350), its rule of
labels; ``ours:`` is not published, or not readable where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """One experiment: grid, network, simulated spectra, training, regions, evaluation."""

    # Grid
    step: float = 2.0  # ours: Hz between outputs; hands set edges no better than 3 Hz (TOLERANCE of scores)
    parts: int = 2  # ours: inputs a step, the means over parts of it, so that couplings of 3 Hz are seen
    areas: tuple[float, ...] = (20.0, 80.0)  # ours: Hz, widths of means that tell areas: a multiplet, a hump
    tallest: int = 4  # ours: signal whose height is the level; three above it may be solvent, water and TMS

    # Network
    fold: int = 4  # ours: steps that the first convolution joins, and the last takes apart again
    filters: tuple[int, ...] = (32, 48, 64, 96, 96)  # ours: maps, at half the points each
    kernel: int = 5  # ours: points of a convolution
    members: int = 1  # ours: networks whose probabilities are averaged

    # Simulated spectra; what varies in them is in common/simulation/proton_ranges.py
    measured: float = 0.5  # ours: share of molecules that have measured spin systems; others are random
    exchanging: float = 0.5  # ours: share of these that get an NH or OH, which their fits leave out
    points: tuple[int, ...] = (16384, 16384, 32768)  # ours: of a spectrum, each as often

    # Training
    spectra: int = 2000000  # paper: how many; ours: each seen once, drawn as needed
    kept: bool = False  # ours: keep them in memory, and see all of them in every epoch
    window: int = 4096  # ours: steps of a training example; wider spectra are cut at random
    epochs: int = 40  # ours: parts of the training, the validation looked at after each
    validation: int = 128  # ours: spectra, of compounds that are not trained on
    batch: int = 4  # ours: a spectrum has thousands of outputs
    rate: float = 2e-3  # ours: Adam, cosine decay to nothing over the training

    # Evaluation
    tests: int = 100  # ours: simulated spectra of each kind, of compounds that are not trained on
    cases: tuple[str, ...] = ("nmr_dataset1_1h", "bruker_1d_regions")  # ours: sets with regions set by hand


PRESETS: dict[str, dict] = {
    # seconds, no data set: what the tests run
    "smoke": {
        "filters": (8, 8), "points": (4096,), "measured": 0.0, "spectra": 32, "window": 2048, "epochs": 2,
        "validation": 4, "tests": 4, "cases": (),
    },
    # a few minutes
    "quick": {
        "filters": (16, 24, 32, 32, 32), "spectra": 1500, "kept": True, "epochs": 4, "validation": 32,
        "tests": 30,
    },
    # about fifteen minutes on one CPU core, of which it simulates four: spectra are seen six times
    "cpu": {"spectra": 6000, "kept": True, "epochs": 6, "validation": 64},
    # the published scale: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: three networks, averaged
    "averaged": {"members": 3},
}  # fmt: skip
