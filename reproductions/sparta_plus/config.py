"""Configuration of SPARTA+ (Shen & Bax 2010).

Plain values, standard library only.

``paper:`` is stated in the abstract; ``code:`` stands in the program's released source (its C++ port in
Rosetta), read for its facts; ``ours:`` is not published where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """One experiment: inputs, networks, proteins, training."""

    # Inputs and networks
    inputs: str = "sparta"  # code: the 113 of the program; ours: "surroundings" and "oriented" have more
    reach: int = 1  # code: residues on either side that the inputs tell of
    hidden: tuple[int, ...] = (113, 30)  # code: tanh layers of the deployed networks
    joint: bool = False  # code: a network a nucleus; True (ours): one for all six
    activation: str = "tanh"  # code
    standardised: bool = False  # ours: inputs by their mean and sd, held to 5 sd
    dropout: float = 0.0  # code: none
    members: int = 3  # code: networks of a nucleus, their outputs averaged
    nuclei: tuple[str, ...] = ("N", "HN", "HA", "C", "CA", "CB")  # paper

    # Proteins: 243 of the paper's 580
    sets: tuple[str, ...] = ("protein_shifts_paired", "protein_shifts_paired_more")  # ours: 243 proteins
    strict: bool = False  # ours: leave out bound forms and doubtful entries
    proteins: int = 0  # ours: of the training proteins this many, for a learning curve; 0 is all
    made_up: int = 0  # ours: peptides by simulation instead, so that it runs without data

    # Training; the published algorithm is unknown
    epochs: int = 60  # ours
    batch: int = 64  # ours
    rate: float = 2e-3  # ours: Adam, cosine decay to nothing
    decay: float = 3e-2  # ours: weight decay
    loss: str = "mse"  # ours; "huber": errors beyond twice the usual one count linearly; "near_huber": once
    error_epochs: int = 20  # ours: of the network that estimates errors


PRESETS: dict[str, dict] = {
    # seconds, no data sets: what the tests run
    "smoke": {
        "nuclei": ("CA",),
        "hidden": (8, 4),
        "members": 2,
        "made_up": 12,
        "epochs": 2,
        "error_epochs": 1,
    },
    # a few minutes
    "quick": {"members": 2, "proteins": 80, "epochs": 25, "batch": 128, "error_epochs": 5},
    # all there is: the defaults
    "paper": {},
}

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # the other reading of "113, 30 hidden, 1"
    "single_layer": {"hidden": (30,)},
    # ours: more of the surroundings, one network for all nuclei, a loss that outliers do not rule
    "surroundings": {
        "inputs": "surroundings", "joint": True, "hidden": (192, 96), "activation": "gelu", "members": 8,
        "standardised": True, "dropout": 0.2, "loss": "huber", "epochs": 14, "batch": 256,
    },
    # ours: as surroundings, and directions beside distances; offsets of training proteins taken off
    "oriented": {
        "inputs": "oriented", "joint": True, "hidden": (256, 128), "activation": "gelu", "members": 8,
        "standardised": True, "dropout": 0.3, "loss": "near_huber", "rate": 1e-3, "epochs": 20, "batch": 256,
    },
}  # fmt: skip
