"""Configuration of TALOS-N (Shen & Bax 2013).

Plain values, standard library only.

``paper:`` is stated in the abstract; ``review:`` stands in a review of the paper; ``recalled:`` could not
be checked; ``ours:`` is not published where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """One experiment: networks, search, classes, proteins, training."""

    # Networks of torsion angles
    bins: int = 18  # review: 324 states, so 18 by 18 bins of 20 degrees
    label_width: float = 15.0  # ours: degrees, sd of the hill about a known angle; 0 is its bin alone
    reach: int = 2  # review: residues on either side that level 1 sees: a pentapeptide
    hidden: tuple[int, ...] = (100,)  # ours: tanh units of level 1
    convolutions: int = 0  # ours: residual convolutions over the chain in their place
    width: int = 64  # ours: feature maps of those
    dropout: float = 0.0  # ours
    reach2: int = 1  # ours: neighbours on either side that level 2 sees; -1 is no level 2
    hidden2: tuple[int, ...] = (60,)  # ours: tanh units of level 2
    members: int = 3  # ours: networks of an ensemble, each trained without one part of the proteins
    hidden_tail: tuple[int, ...] = (128, 64)  # ours: units for secondary structure and rotamers
    dropout_tail: float = 0.3  # ours

    # Angles and search
    smoothing: float = 30.0  # ours: degrees, within which the highest point of a distribution is sought
    matches: int = 25  # recalled: stretches of seven residues of the database that angles come from
    dynamic: float = 0.6  # recalled: largest RCI order parameter of a Dynamic residue

    # Proteins: 243 in place of 580, and in place of 9,523 to search in
    sets: tuple[str, ...] = ("protein_shifts_paired", "protein_shifts_paired_more")  # ours: 243 proteins
    strict: bool = False  # ours: leave out bound forms and doubtful entries
    proteins: int = 0  # ours: of the training proteins this many; 0 is all
    made_up: int = 0  # ours: peptides by simulation instead, so that it runs without data

    # Training; the published algorithm is unknown
    epochs: int = 12  # ours: the loss of held-out proteins stays where it is after ten
    epochs2: int = 4  # ours: of level 2
    epochs_tail: int = 20  # ours: of the small networks
    batch: int = 256  # ours
    rate: float = 3e-3  # ours: Adam, cosine decay to nothing
    decay: float = 1e-2  # ours: weight decay
    noise: float = 0.0  # ours: errors of shifts and references that training adds, in units of data.NOISE
    missing: float = 0.0  # ours: chance of a nucleus to be left out in training


PRESETS: dict[str, dict] = {
    # seconds, no data sets: what the tests run
    "smoke": {
        "bins": 12, "hidden": (8,), "hidden2": (6,), "hidden_tail": (4,), "width": 8, "members": 2,
        "made_up": 8, "epochs": 2, "epochs2": 1, "epochs_tail": 1,
    },
    # a few minutes
    "quick": {"members": 2, "proteins": 80, "epochs": 6, "epochs2": 2, "epochs_tail": 3},
    # all there is: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: one level sees eleven residues by convolutions, and learns from noisier, less complete shifts
    "refined": {
        "reach": 5, "convolutions": 3, "dropout": 0.2, "reach2": -1, "noise": 1.0, "missing": 0.5,
        "epochs": 16,
    },
}  # fmt: skip
