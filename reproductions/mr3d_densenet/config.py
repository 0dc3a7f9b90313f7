"""Configuration of MR-3D-DenseNet (Liu et al. 2019).

Plain values, standard library only.

``paper:`` is stated in the paper or a summary of it; ``code:`` stands in the authors' released scripts, read
for their facts; ``ours:`` is not published where this was written, and chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """One experiment: densities, network, crystals, training."""

    nuclei: tuple[str, ...] = ("N", "O", "C", "H")  # paper: all four, a network each

    # Densities
    boxes: tuple[float, ...] = (2.0, 4.0, 3.0, 5.0, 7.0)  # code: angstrom, half widths, in this order
    grid: int = 16  # code: nodes along each edge of a box
    neighbours: int = 320  # code: nearest atoms that make the densities

    # Network
    layout: str = "densenet"  # paper; "cnn" (code) has nine plain convolutions; "moments" is ours
    channels: int = 64  # code: maps that a unit adds; its bottleneck has four times as many
    blocks: int = 2  # code
    units: int = 4  # code: of a block
    stride: int = 1  # code; 2 (ours) halves the grid in the first convolution
    flow: str = "last"  # code: a block passes on the maps of its last unit; "all" is the textbook's DenseNet
    shrink: str = "both"  # paper: averages of 2 x 2 x 2 nodes beside the centre; "average" has no centre
    joint: bool = False  # paper: a network a nucleus; True (ours): one for all, with an output each
    norm: bool = True  # code: batch normalisation
    memory: float = 0.99  # code: of its means, a step; short trainings need a shorter one
    activation: str = "relu"  # code
    hidden: tuple[int, ...] = (256, 128)  # code
    dropout: float = 0.1  # code
    decay: float = 3e-5  # code: L2 of kernels, added to the loss
    reach: float = 5.0  # ours, moments: angstrom, neighbours that count
    radial: int = 10  # ours, moments: radial functions
    degree: int = 3  # ours, moments: the largest of the spherical harmonics
    members: int = 1  # ours: networks whose mean is the prediction, each from other initial weights

    # Crystals
    data: str = "shiftml_csd"  # ours: 457 crystals; "csd_2k" is the paper's training set
    rattled: bool = True  # ours: learn from the displaced copies of the training crystals too
    collapsed: bool = False  # code: every atom of a cell is an example; True (ours): equivalent ones are one
    folds: int = 5  # ours: parts of the crystals, by refcode
    fold: int = 0  # ours: the part that is for testing
    share: float = 1.0  # ours: of the training crystals, for a learning curve
    made_up: int = 0  # ours: crystals by simulation instead, so that it runs without data

    # Training
    rotations: int = 8  # code: orientations of an atom, the first as it is; also those a prediction averages
    uniform: bool = False  # code: Euler angles within 90 degrees; True (ours): uniform over all rotations
    redraw: bool = False  # code: the same orientations in every epoch; True (ours): always new ones
    epochs: int = 24  # code: times that every atom is seen in as many orientations
    shown: int = 0  # ours: examples that a training sees at most, orientations counted; 0 is no limit
    batch: int = 128  # code
    rate: float = 1e-3  # code: Adam
    schedule: str = "exponential"  # code: times exp(-epoch / 4); "cosine" (ours) falls to nothing


PRESETS: dict[str, dict] = {
    # seconds, no data set: what the tests run
    "smoke": {
        "nuclei": ("N",), "boxes": (2.0, 4.0), "grid": 8, "neighbours": 48, "channels": 2, "units": 2,
        "hidden": (8,), "dropout": 0.0, "memory": 0.5, "made_up": 10, "rotations": 2, "epochs": 2,
        "batch": 16,
    },
    # a few minutes: nitrogen alone, a quarter of the channels on half the grid
    "quick": {
        "nuclei": ("N",), "channels": 16, "stride": 2, "memory": 0.9, "rotations": 2, "epochs": 2,
        "batch": 64, "rate": 2e-3, "schedule": "cosine", "collapsed": True,
    },
    # hours on two cores with the variant compact: half the channels, and as many steps for every nucleus
    "cpu": {"channels": 32, "shown": 300000},
    # the published scale: the defaults
    "paper": {},
}  # fmt: skip

# ours: what a CPU learns most from in its time. The first convolution halves the grid, equivalent atoms count
# once, and orientations are new each time
_COMPACT = {
    "stride": 2, "memory": 0.9, "collapsed": True, "uniform": True, "redraw": True, "batch": 64,
    "schedule": "cosine",
}  # fmt: skip

_MOMENTS = {
    "layout": "moments", "joint": True, "members": 4, "channels": 32, "hidden": (128, 128), "memory": 0.9,
    "collapsed": True, "rotations": 1, "batch": 128, "rate": 2e-3, "schedule": "cosine", "shown": 300000,
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # the paper's ablations
    "average_only": {"shrink": "average"},
    "fewer_boxes": {"boxes": (3.0, 5.0, 7.0)},
    "plain_cnn": {"layout": "cnn"},
    "textbook_flow": {"flow": "all"},
    "one_rotation": {"rotations": 1},
    # ours
    "uniform_rotations": {"uniform": True},
    "compact": _COMPACT,
    "joint": {**_COMPACT, "joint": True},  # ours: all nuclei teach one network, each as often as the others
    # ours: no rotation changes what it sees, and all nuclei teach it; see the README
    "moments": _MOMENTS,
    "moments_long": {**_MOMENTS, "shown": 600000},  # ours: twice the steps, as cross-validation asked for
}  # fmt: skip
