"""Configuration of NMR-Net (Klukowski et al. 2018).

Plain values, standard library only.

``paper:`` is stated in a review of the paper; ``ours:`` is not published where this was written, and chosen
here. The paper itself could not be read, its 31 spectra are not public, and its code was not to be found.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Backbone, side-chain, NOESY.
_EXPERIMENTS = ("hsqc", "hnco", "hnca", "cbcaconh", "hcch_tocsy", "noesy", "noesy_15n", "noesy_13c")


@dataclass(frozen=True)
class Config:
    """One experiment: crops, network, simulated spectra, training, evaluation."""

    # Candidates and crops
    cut: float = 3.0  # ours: times the noise; "those below the noise level are dropped" (paper)
    size: int = 48  # paper: points of a crop on each side
    per_width: float = 4.0  # ours: points of a crop a line width, so that it spans 12 of them
    channels: tuple[str, ...] = ("near",)  # paper: the crop; ours: "far", "mirror" and "shape" (crops.py)
    levels: bool = False  # ours: beside the crop, how a candidate compares with its spectrum (levels.py)

    # Network
    filters: tuple[int, ...] = (16, 32)  # paper: two convolutions; ours: how many filters each has
    kernel: int = 5  # ours
    stride: int = 2  # ours: of the first convolution, half a line width: three times as fast as 1
    pool: tuple[int, ...] = (2, 2)  # paper: max pooling after each; ours: of how many points
    dense: int = 64  # paper: a dense layer; ours: how wide
    dropout: float = 0.3  # ours: before the last neuron

    # Simulated spectra; what is not here is in common/simulation/plane_ranges.py
    experiments: tuple[str, ...] = _EXPERIMENTS  # ours, of the paper's three types
    made_up: int = 0  # ours: random chains instead of proteins of the data sets, so that it runs without data
    spectra: int = 240  # ours: training spectra of each experiment
    share: float = 1.0  # ours: of them that are used, where others take their time
    each: int = 150  # ours: candidates of a spectrum that are learnt from, at most
    strongest: float = 1.0  # ours: half the training spectra are up to so many times stronger, log-uniform
    small: float = 0.0  # ours: COSYs, HSQCs and HMBCs of made-up molecules, so many times as spectra

    # Training
    epochs: int = 3  # ours: what a CPU core trains in some ten minutes
    batch: int = 64  # ours
    rate: float = 1.5e-3  # ours: Adam, cosine decay to nothing
    flips: bool = False  # ours: crops turned over along either axis at every visit
    jitter: float = 0.0  # ours: normal noise of the levels in training, natural logarithms
    zones_epochs: int = 0  # ours: then on curated zones, a network for each compound that is left out
    zones_rate: float = 3e-4  # ours

    # Evaluation
    validation: int = 8  # ours: development spectra of each experiment
    tests: int = 40  # ours: test spectra of each experiment
    measured: bool = True  # ours: score the measured spectra too
    threshold: float = 0.5  # ours: the default cut of the probability


PRESETS: dict[str, dict] = {
    # seconds, no data sets: what the tests run
    "smoke": {
        "experiments": ("hsqc", "noesy_15n"), "filters": (4, 4), "dense": 8, "dropout": 0.0, "made_up": 2,
        "spectra": 3, "each": 40, "epochs": 2, "validation": 1, "tests": 2, "measured": False,
    },
    # a few minutes
    "quick": {"spectra": 40, "epochs": 3, "validation": 4, "tests": 15},
    # the published network: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: learns from made-up small molecules too, sees wider and across the diagonal, then curated zones
    "zones": {
        "channels": ("near", "far", "mirror"),
        "flips": True,
        "share": 0.5,
        "small": 0.5,
        "epochs": 2,
        "zones_epochs": 2,
    },
    # ours: made since "faithful" ranks a strong spectrum of protein L and those of small molecules worse than
    # height does: one network for both, which is told how a candidate compares with its spectrum
    "levels": {
        "channels": ("near", "far"),
        "levels": True,
        "strongest": 20.0,
        "small": 0.5,
        "jitter": 0.3,
    },
}
