"""Configuration of the denoiser of Lee & Kim 2019.

Plain values, standard library only.

``paper:`` is stated in a review of the paper; ``recalled:`` could not be checked; ``ours:`` is not published,
or not readable where this was written, and chosen here. The paper's network could not be read at all.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Observe frequency (MHz), spectral width (Hz), complex points, echo time (ms) of a PRESS acquisition.
Condition = tuple[float, float, int, float]
#: PRESS at 3 T as Siemens and Philips record it.
_CLINICAL: tuple[Condition, ...] = (
    (123.25, 2000.0, 2048, 30.0),
    (127.75, 2000.0, 2048, 30.0),
    (123.25, 1200.0, 1024, 30.0),
    (127.75, 2000.0, 1024, 30.0),
)


@dataclass(frozen=True)
class Config:
    """One experiment: interface, network, simulated spectra, training, evaluation."""

    # Interface
    window: tuple[float, float] = (4.2, 0.2)  # ours: ppm; the range the field draws
    shifts: int = 512  # ours: points of that range, about 1 Hz apart
    target_linewidth: float = 4.0  # ours: Hz, Lorentzian; narrower than any measured line, wider than a point
    keep_linewidth: bool = False  # ours: the target keeps the line shape of the input instead
    scale_window: tuple[float, float] = (3.4, 1.8)  # ours: ppm whose rms sets the scale: no water, few lipids

    # Network
    filters: tuple[int, ...] = (64, 96, 128)  # ours: feature maps of the convolutions
    strides: tuple[int, ...] = (4, 4, 2)  # ours: kernels are twice as wide, so that they overlap by half
    components: int = 0  # ours: principal components that replace the convolutions; 0 is none
    dense: tuple[int, ...] = (512, 512)  # ours: a metabolite's multiplets and the baseline span the window
    decoder: str = "spectrum"  # paper: a spectrum; "basis" (ours) is a sum of metabolite signals
    referenced: bool = False  # ours: told the signal of 1 mM, as fits with a prior on concentrations are

    # Simulated spectra; what is not here is in common/simulation/brain.py
    conditions: tuple[Condition, ...] = _CLINICAL  # ours (recalled: TE 30); test spectra have the first
    parts: tuple[str, ...] = ("healthy", "wide")  # ours: a network a range of concentrations
    linewidth: tuple[float, float] = (10.0, 20.0)  # paper: Hz
    snr: tuple[float, float] = (6.9, 20.74)  # paper; its definition is unknown: ours in common/mrs/quality.py

    # Training
    spectra: int = 40000  # paper: simulated training spectra
    fresh_noise: bool = False  # ours: new noise, SNR and zero-order phase at every visit of a stored spectrum
    validation: int = 2000  # ours
    epochs: int = 12  # ours: what a CPU core trains in a quarter of an hour
    batch: int = 64  # ours
    rate: float = 1e-3  # ours: Adam, cosine decay to nothing over the training
    loss: str = "nmse"  # ours: of the spectrum; "mape" is the relative error of the concentrations

    # Evaluation
    tests: int = 5000  # recalled: simulated test spectra (of each range, here)
    each: int = 200  # ours: test spectra of a bin, scored by every method, LCModel too
    fits: bool = True  # ours: score the linear-combination fits
    cases: tuple[str, ...] = ("B01_press30", "A01_press35", "SVS_30", "lcmodel_test")  # ours: in vivo
    versions: int = 40  # recalled: spectra in vivo; here noise-injected versions of each


PRESETS: dict[str, dict] = {
    # seconds: what the tests run
    "smoke": {
        "filters": (8, 8), "strides": (4, 2), "dense": (32,), "shifts": 128,
        "conditions": ((123.25, 2000.0, 512, 30.0),), "parts": ("healthy",),
        "spectra": 256, "validation": 32, "epochs": 2, "batch": 32,
        "tests": 48, "each": 8, "cases": (), "versions": 4,
    },
    # a few minutes
    "quick": {
        "conditions": ((123.25, 2000.0, 2048, 30.0),),
        "parts": ("healthy",), "spectra": 20000, "validation": 1000, "epochs": 5, "tests": 1000, "each": 50,
    },
    # the published scale: the defaults
    "paper": {},
}  # fmt: skip

VARIANTS: dict[str, dict] = {
    "faithful": {},
    # ours: the clean spectrum keeps the width of the lines that came in
    "same_width": {"keep_linewidth": True},
    # ours: whitened components in, a sum of metabolite signals out, trained on the error of concentrations
    "refined": {
        "filters": (), "strides": (), "components": 96, "dense": (512,) * 5,
        "decoder": "basis", "loss": "mape", "spectra": 320000, "epochs": 5, "batch": 128, "rate": 2e-3,
    },
    # ours: refined, with new noise at every visit, so that it can be trained longer
    "fresh_noise": {
        "filters": (), "strides": (), "components": 96, "dense": (512,) * 5,
        "decoder": "basis", "loss": "mape", "spectra": 320000, "epochs": 15, "batch": 128, "rate": 2e-3,
        "fresh_noise": True,
    },
    # ours: fresh_noise, told the signal of 1 mM: what a concentration is usually like says something then
    "referenced": {
        "filters": (), "strides": (), "components": 96, "dense": (512,) * 5, "referenced": True,
        "decoder": "basis", "loss": "mape", "spectra": 320000, "epochs": 10, "batch": 128, "rate": 2e-3,
        "fresh_noise": True,
    },
}  # fmt: skip
