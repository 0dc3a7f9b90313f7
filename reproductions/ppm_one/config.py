"""Configuration of PPM_One (Li & Brüschweiler 2015).

Plain values, standard library only.

``code:`` stands in the program's released source (GitHub UD-CRPL/ppm_one @ d2e819e), read for its facts;
``review:`` in a review of the paper; ``ours:`` is not published where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """One experiment: inputs, networks, proteins, training."""

    # Inputs and networks
    inputs: str = "code"  # code: 101, for protons 110; "paper" (review: 113, 122) has 12 more, ours
    hidden: int = 25  # code: tanh units
    members: int = 12  # code: networks of a nucleus, their outputs averaged
    nuclei: tuple[str, ...] = ("N", "HN", "HA", "C", "CA", "CB")  # code

    # Proteins
    sets: tuple[str, ...] = ("protein_shifts_paired", "protein_shifts_paired_more")  # ours: 243 proteins
    strict: bool = False  # ours: leave out bound forms and doubtful entries
    proteins: int = 0  # ours: of the training proteins this many, for a learning curve; 0 is all
    made_up: int = 0  # ours: peptides by simulation instead, so that it runs without data

    # Training; the code has Levenberg-Marquardt with a validation part (share unknown), from random weights
    epochs: int = 60  # ours: the epoch that is best for what the members do not see is kept
    batch: int = 256  # ours
    rate: float = 1e-2  # ours: Adam, cosine decay to nothing
    decay: float = 0.0  # ours: weight decay


PRESETS: dict[str, dict] = {
    # seconds, no data sets: what the tests run
    "smoke": {"nuclei": ("HN",), "hidden": 6, "members": 2, "made_up": 12, "epochs": 2},
    # a few minutes
    "quick": {"members": 4, "proteins": 80, "epochs": 20},
    # all there is: the defaults
    "paper": {},
}

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # as many inputs as the paper says
    "paper_inputs": {"inputs": "paper"},
}
