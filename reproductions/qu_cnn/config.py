"""Configuration of the dense CNN with data consistency of Qu et al. 2019.

Plain values, standard library only.

``paper:`` is stated in the paper or a review of it; ``recalled:`` comes from later papers of the group and
could not be checked; ``ours:`` is not published, or not readable where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Name of a distribution and its two numbers; see common/simulation/exponentials.py.
Distribution = tuple[str, float, float]


@dataclass(frozen=True)
class Config:
    """One experiment: network, simulated FIDs, training, evaluation."""

    # Network
    blocks: int = 5  # paper: five consecutive (dense CNN + data consistency) blocks
    layers: int = 4  # ours: units a block; sizes are not stated in what could be read
    growth: int = 16  # ours: feature maps a unit adds; a multiple of the vector width of a CPU
    kernel: int = 5  # ours: points
    columns: int = 1  # ours: direct points the first convolution of a block sees; 1 is a column by itself
    gate: bool = False  # ours: a block also multiplies its input point by point
    plane: tuple[int, ...] = ()  # ours: points of planes of two indirect dimensions; () is columns of one
    start: str = ""  # ours: method whose spectrum the first block sees; "" is the zero-filled one (paper)

    # Simulated FIDs. Times in points (dwells), frequencies as fractions of the spectral width.
    points: int = 128  # ours: complex t1 points of the four real HSQCs; the network takes any number
    strip: int = 1  # ours: neighbouring columns of an example
    peaks: tuple[int, int] = (1, 10)  # recalled: exponentials of a FID, of a strip where strip > 1
    amplitude: Distribution = ("uniform", 0.05, 1.0)  # recalled
    frequency: Distribution = ("uniform", 0.01, 0.99)  # recalled
    tau: Distribution = ("uniform", 10.0, 179.2)  # recalled: decay time
    phase: Distribution = ("uniform", 0.0, 6.283185307179586)  # recalled: radians, of each peak
    phase_error: float = 0.0  # ours: radians, sd of a phase common to an example
    snr: Distribution = ("log_uniform", 10.0, 1000.0)  # ours: noise is not mentioned; measured FIDs have it
    fraction: tuple[float, float] = (0.1, 0.35)  # ours: one training for a range of Poisson-gap schedules
    together: int = 16  # ours: single FIDs of a batch that share a schedule; faster

    # Training
    examples: int = 40000  # paper: 40,000 synthetic FIDs
    redraw: bool = False  # ours: new examples each epoch, not the same ones (schedules are always new)
    validation: int = 1024  # ours: examples
    epochs: int = 8  # ours: what two CPU cores train in half an hour
    batch: int = 64  # ours: examples
    rate: float = 2e-3  # ours: Adam, cosine decay to nothing over the training (recalled: 1e-3 with decay)
    loss: str = "l2"  # recalled: squared L2 norm on the spectrum; "rlne", "log_rlne" are ours: experiment.py

    # Evaluation
    cases: tuple[str, ...] = ("acbp", "sod1wt", "savinase", "ubiquitin")  # ours: fully sampled 15N HSQCs
    fractions: tuple[float, ...] = (0.125, 0.2, 0.25, 0.3)  # ours: measured share of the t1 points
    schedules: int = 4  # ours: Poisson-gap schedules a fraction
    simulated: int = 256  # ours: simulated test FIDs, drawn from the ranges above
    disordered: bool = True  # ours: a simulated disordered protein beside the real spectra


PRESETS: dict[str, dict] = {
    # seconds: what the tests run
    "smoke": {
        "blocks": 2, "layers": 1, "growth": 4, "points": 32,
        "examples": 64, "validation": 16, "epochs": 2, "batch": 16,
        "cases": (), "fractions": (0.25,), "schedules": 1, "simulated": 16, "disordered": False,
    },
    # under five minutes on two CPU cores, baselines included
    "quick": {
        "layers": 3, "examples": 6144, "validation": 256, "epochs": 6,
        "cases": ("acbp",), "fractions": (0.125, 0.25), "schedules": 2, "simulated": 256, "disordered": False,
    },
    # the published scale: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: the network starts from the IST-S spectrum instead of the zero-filled one and looks at five
    # neighbouring columns, which share their peaks; signals as in measured HSQCs (phases near zero, wide
    # ranges of decay and noise); the loss counts factors of RLNE, so that accuracy pays on easy columns too
    "refined": {
        "start": "ist_s", "blocks": 3, "columns": 5, "strip": 16, "peaks": (1, 16),
        "amplitude": ("log_uniform", 0.03, 1.0), "frequency": ("uniform", 0.0, 1.0),
        "tau": ("log_uniform", 15.0, 500.0), "phase": ("normal", 0.0, 0.06), "phase_error": 0.12,
        "snr": ("log_uniform", 5.0, 2000.0), "examples": 2500, "redraw": True, "validation": 64, "batch": 4,
        "loss": "log_rlne",
    },
    # ours: planes of two indirect dimensions, for 3D spectra. It starts from the zero-filled spectrum, as
    # published; signals as in triple-resonance spectra: few in a plane, phases near zero, slow decay
    "planes": {
        "plane": (32, 32), "blocks": 5, "layers": 2, "growth": 8, "kernel": 5, "gate": True, "peaks": (1, 6),
        "amplitude": ("log_uniform", 0.03, 1.0), "frequency": ("uniform", 0.0, 1.0),
        "tau": ("log_uniform", 15.0, 500.0), "phase": ("normal", 0.0, 0.06), "phase_error": 0.12,
        "snr": ("log_uniform", 3.0, 300.0), "fraction": (0.05, 0.3), "together": 4, "examples": 7200,
        "redraw": True, "validation": 128, "batch": 16, "loss": "log_rlne",
        "cases": (), "fractions": (0.05, 0.1, 0.2, 0.3), "schedules": 2, "simulated": 128,
        "disordered": False,
    },
}  # fmt: skip
