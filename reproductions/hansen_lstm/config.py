"""Configuration of the modified LSTM of Hansen 2019.

Plain values, standard library only.

``paper:`` is stated in the paper, a review of it, or the interface of the released model (a port of its
script); ``recalled:`` could not be checked; ``ours:`` is not published, or not readable where this was
written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Name of a distribution and its two numbers; see common/simulation/exponentials.py.
Distribution = tuple[str, float, float]


@dataclass(frozen=True)
class Config:
    """One experiment: network, schedules, simulated FIDs, training, evaluation."""

    # Interface
    points: int = 256  # paper: complex points of a completed FID
    measured: int = 32  # paper: measured ones, 12.5 %
    kinds: tuple[str, ...] = ("poisson_gap", "random")  # paper: the two released schedules, a network each
    schedule: tuple[int, ...] = ()  # ours: measured points from 0 on, a schedule of your own; replaces kinds
    norm: str = "first"  # paper: inputs are divided by the modulus of the first point; "rms" is ours
    least: float = 0.1  # ours: the first point counts at least this share of the rms of the measured ones

    # Network
    layers: int = 3  # paper: modified LSTM layers (recalled from the name of the released graph)
    units: int = 512  # ours: width of the cell state
    frequencies: int = 64  # ours: cosines of the schedule that a layer sees (a cosine activation: paper)

    # Network of the variants for any schedule: convolutions along the spectrum replace the dense layers
    kernel: int = 0  # ours: points a convolution sees; 0 is dense layers, as published
    columns: int = 1  # ours: neighbouring direct points it sees
    strip: int = 1  # ours: neighbouring columns of a training example
    start: str = ""  # ours: conventional method whose FID the first layer sees; "" is none (paper)

    # Simulated FIDs. Times in points (dwells), frequencies as fractions of the spectral width.
    peaks: tuple[int, int] = (1, 12)  # ours: exponentials of a FID, of a strip where strip > 1
    amplitude: Distribution = ("log_uniform", 0.03, 1.0)  # ours: ranges that hold those of measured spectra
    frequency: Distribution = ("uniform", 0.0, 1.0)  # ours
    tau: Distribution = ("log_uniform", 15.0, 500.0)  # ours: decay time
    phase: Distribution = ("normal", 0.0, 0.06)  # ours: radians, of each peak
    phase_error: float = 0.12  # ours: radians, sd of a phase common to an example
    snr: Distribution = ("log_uniform", 2.0, 2000.0)  # ours: as common/simulation/exponentials.py defines it
    fraction: tuple[float, float] = (0.1, 0.35)  # ours: sampling of the networks for any schedule

    # Training
    fids: int = 8000000  # paper: synthetic FIDs, each seen once (strips where strip > 1)
    epochs: int = 80  # ours: parts of the training, the validation looked at after each
    validation: int = 2048  # ours: examples
    batch: int = 128  # ours: examples
    rate: float = 8e-3  # ours: Adam, cosine decay to nothing over the training

    # Evaluation
    cases: tuple[str, ...] = ("hdac8_uniform",)  # ours: fully sampled spectra of that many points
    fractions: tuple[float, ...] = (0.125, 0.25)  # ours: sampling to score networks for any schedule at
    schedules: int = 4  # ours: Poisson-gap schedules a fraction, for networks for any schedule
    simulated: int = 256  # ours: simulated test FIDs, drawn from the ranges above
    peers: bool = True  # ours: score low-rank completion and the published networks of Qu et al. as well


#: 16 of 128 points, for the 15N HSQCs.
_HSQC = {"points": 128, "measured": 16, "norm": "rms", "cases": ("acbp", "sod1wt", "savinase", "ubiquitin")}

PRESETS: dict[str, dict] = {
    # seconds: what the tests run
    "smoke": {
        "points": 32, "measured": 8, "layers": 2, "units": 16, "frequencies": 8,
        "fids": 128, "epochs": 2, "validation": 16, "batch": 16,
        "cases": (), "fractions": (0.25,), "schedules": 1, "simulated": 16, "peers": False,
    },
    # a few minutes
    "quick": {"units": 256, "fids": 200000, "epochs": 5, "validation": 512, "peers": False},
    # a quarter of an hour on one CPU core
    "middle": {"units": 384, "fids": 800000, "epochs": 10},
    # the published scale: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: a norm that noise in the first point does not move
    "robust": {"norm": "rms"},
    # ours: the published network at the size of the HSQCs
    "hsqc": _HSQC,
    # ours: one network for the schedules and sizes of users: convolutional gates that know no positions,
    # neighbouring columns, the result of low-rank completion to start from
    "any_schedule": {
        **_HSQC, "kinds": ("any",), "cases": ("acbp", "sod1wt", "savinase", "ubiquitin", "hdac8_uniform"),
        "layers": 6, "units": 16, "kernel": 5, "columns": 3, "strip": 16, "start": "low_rank_factorised",
        "peaks": (1, 16), "snr": ("log_uniform", 5.0, 2000.0),
        "fids": 10000, "epochs": 8, "validation": 64, "batch": 4, "rate": 2e-3,
    },
}  # fmt: skip
