"""What varies between simulated spectra of proteins: acquisition, processing, artefacts, noise.

Networks learn from these ranges: a change makes them the ranges of another experiment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from common.simulation.protein_spins import SampleRanges

#: Bounds of a uniform distribution; of a log-uniform one where said.
Range = tuple[float, float]


@dataclass(frozen=True)
class AxisRange:
    """width and centre of a dimension in ppm; points: complex ones recorded (indirect), or milliseconds of
    acquisition (direct, where the region alone is simulated, as it is cut out of a wider spectrum)."""

    width: Range
    centre: Range
    points: Range


_HN = AxisRange((4.5, 7.0), (8.1, 8.8), (50.0, 120.0))
_N = AxisRange((24.0, 36.0), (116.5, 119.5), (24, 64))
_C = AxisRange((28.0, 70.0), (39.0, 44.0), (24, 56))
_HC = AxisRange((5.5, 8.0), (2.2, 3.2), (50.0, 110.0))
_H1 = AxisRange((10.5, 13.0), (4.7, 4.8), (80, 160))
#: Axes of each experiment. ours: usual settings at 500 to 900 MHz; narrow ones fold, as Arg NE does in 15N.
AXES: dict[str, tuple[AxisRange, ...]] = {
    "hsqc": (AxisRange((24.0, 36.0), (116.5, 119.5), (64, 256)), _HN),
    "hnco": (AxisRange((10.0, 16.0), (174.5, 177.0), (32, 96)), _N, _HN),
    "hnca": (AxisRange((24.0, 34.0), (53.0, 57.0), (32, 96)), _N, _HN),
    "cbcaconh": (AxisRange((56.0, 76.0), (40.0, 46.0), (40, 100)), _N, _HN),
    "hcch_tocsy": (AxisRange((6.0, 11.0), (2.6, 4.8), (64, 144)), _C, _HC),
    "noesy": (
        AxisRange((11.0, 14.0), (4.7, 4.8), (256, 512)),
        AxisRange((11.0, 14.0), (4.7, 4.8), (60.0, 140.0)),
    ),
    "noesy_15n": (_H1, _N, _HN),
    "noesy_13c": (_H1, _C, _HC),
}
#: Height of the 90th percentile of cross-peaks over the noise, log-uniform. ours: from too weak to assign to
#: strong enough that artefacts rule; measured HSQCs go to thousands.
SNR: dict[str, Range] = {
    "hsqc": (8.0, 1500.0),
    "hnco": (8.0, 200.0),
    "hnca": (8.0, 150.0),
    "cbcaconh": (8.0, 100.0),
    "hcch_tocsy": (10.0, 150.0),
}
#: Cross-peaks of a NOESY that reach 3 times the noise, for each proton of the direct dimension, log-uniform.
#: ours: NOEs fall off so steeply that no percentile of them tells what a spectrum shows; lists of real ones
#: have some 3 to 15.
NOES: Range = (2.5, 12.0)
#: ours: residues of the largest proteins that these spectra are taken of, after what relaxation leaves.
LONGEST: dict[str, int] = {"backbone": 400, "side-chain": 200, "noesy": 160}


@dataclass(frozen=True)
class PlaneRanges:
    """Pairs are bounds of a uniform distribution unless said otherwise; all are ours, chosen to look like
    spectra of proteins, none fitted to test data."""

    sample: SampleRanges = field(default_factory=SampleRanges)
    snr: float = 1.0  # times SNR, and the heights that NOES refers to
    crop: tuple[int, int] | None = (384, 640)  # points of a plane at most; ours: speed
    depth: int = 5  # planes of a 3D; ours: a candidate needs its two neighbours
    delayed: float = 0.3  # share of indirect dimensions from half a dwell on: folded peaks are negative
    window_off: Range = (0.35, 0.5)  # NMRPipe's SP -off
    window_end: Range = (0.9, 1.0)  # NMRPipe's SP -end
    unapodised: float = 0.2  # share of indirect dimensions without a window: sinc wiggles
    phase0: float = 3.0  # degrees, sd of the phase left over in each dimension
    phase1: float = 6.0  # degrees across the spectrum, sd
    t1_noise: Range = (0.002, 0.04)  # sd of the modulation of a signal from t1 to t1, log-uniform
    image: Range = (1e-4, 0.02)  # quadrature image in t1 relative to the peak, log-uniform
    axial: Range = (1e-4, 0.01)  # signal that t1 does not modulate, relative to all in a column, log-uniform
    first_t1: float = 0.2  # sd of the error of the first point of t1, which lifts columns
    roll: Range = (1e-4, 6e-3)  # direct baseline per signal of the row, log-uniform
    water: Range = (0.05, 30.0)  # height relative to the 90th percentile of cross-peaks, log-uniform
    water_ppm: Range = (4.65, 4.85)  # by temperature
    water_hole: Range = (0.03, 0.15)  # ppm, half width of what suppression takes with the water
    water_t1_noise: float = 0.15  # sd of its modulation; it is the least stable signal
