"""What varies between simulated 1D 1H spectra of small molecules."""

from __future__ import annotations

from dataclasses import dataclass

#: Bounds of a distribution.
Range = tuple[float, float]


@dataclass(frozen=True)
class ProtonRanges:
    """Pairs are bounds of a uniform distribution unless said otherwise; shares are probabilities.

    "level" means a height relative to the tallest peak of the compounds.
    """

    # Sample
    # ours: 400 to 800 MHz, and 300, of which much that is measured is
    mhz: tuple[float, ...] = (300.13, 400.13, 500.13, 600.13, 700.13, 800.13)
    mixture: tuple[float, ...] = (0.8, 0.14, 0.06)  # shares of 1, 2, 3 compounds; ours: most samples are pure
    empty_share: float = 0.02  # of spectra without a compound; ours: blanks happen
    concentration: Range = (0.25, 1.0)  # of the second and third compound, log-uniform; ours
    shift: float = 0.02  # ppm, sd of a part of a molecule; ours: pH, solvent, temperature
    reference: float = 0.01  # ppm, sd of the whole spectrum; ours: referencing to solvent or not at all
    excitation: Range = (0.85, 1.0)  # of a multiplet's intensity; ours: pulse delays near 2 T1
    exchange: Range = (0.3, 1.0)  # the same for NH and OH; ours: partly deuterated
    satellite: float = 0.0107  # share of molecules with 13C at a carbon; natural abundance (IUPAC)
    # Solvent: heights by area, in protons of the compound, log-uniform
    solvent: Range = (0.02, 8.0)  # residual protons; ours: dilute samples have more solvent than compound
    water: Range = (0.01, 5.0)  # ours: wet to dry
    water_width: Range = (0.5, 60.0)  # Hz, log-uniform; ours: exchange, radiation damping
    heavy_water: Range = (0.3, 300.0)  # in D2O and methanol; ours
    suppressed_share: float = 0.5  # of spectra in D2O, with presaturated water; ours
    no_solvent_share: float = 0.03  # ours
    reference_share: float = 0.4  # TMS (DSS in D2O); ours
    reference_area: Range = (0.02, 3.0)  # ours
    solvent_shift: float = 0.015  # ppm, sd; water moves ten times more (ours: temperature, pH, solutes)
    impurities: tuple[float, ...] = (0.4, 0.3, 0.15, 0.1, 0.05)  # shares of 0, 1, 2, ... of them; ours
    impurity: Range = (3e-4, 0.04)  # area per proton, in protons, log-uniform; ours: under 5 % of a proton
    unknown: float = 4.0  # mean number of weak unknown lines; ours: by-products
    unknown_area: Range = (1e-4, 0.06)  # in protons, log-uniform; ours
    byproducts: tuple[float, ...] = (0.5, 0.35, 0.15)  # shares of 0, 1, 2 whole molecules of them; ours
    byproduct: Range = (1e-3, 0.08)  # their concentration, log-uniform; ours: "95 % pure" is common
    isomer_share: float = 0.4  # of by-products that are the compound with its parts moved; ours
    isomer_shift: float = 0.15  # ppm, sd, by which; ours: isomers, rotamers, starting material
    broad: tuple[float, ...] = (0.45, 0.3, 0.15, 0.1)  # shares of 0, 1, ... broad lines of nobody; ours
    broad_area: Range = (3e-3, 0.2)  # in protons, log-uniform; ours: less than what exchanges; aspirin .09
    broad_width: Range = (8.0, 300.0)  # Hz, log-uniform; ours: water, acids and NH in exchange; aspirin 24
    # Lines
    linewidth: Range = (0.3, 2.0)  # Hz, Lorentzian without field errors, log-uniform; ours: T2 0.2 to 1 s
    width_spread: float = 0.2  # sd of its logarithm between multiplets; ours
    shim: Range = (0.1, 2.5)  # Hz, full width of the field's distribution, log-uniform; ours
    shim_poor_share: float = 0.08  # of spectra with three times as much; ours
    sideband_share: float = 0.2  # of spectra with spinning sidebands; ours
    sideband: Range = (0.001, 0.02)  # level of the first ones; ours: spinning at 20 Hz; aspirin .01
    feet_share: float = 0.3  # of spectra whose lines have broad feet; ours: bubbles, dust, hard shims
    feet: Range = (0.003, 0.1)  # share of the sample that is in them, log-uniform; ours
    feet_width: Range = (4.0, 40.0)  # Hz that they add, log-uniform; ours
    # Acquisition
    width: Range = (6.0, 21.0)  # ppm, spectral width; ours: 12 to 20 as a rule, less where cut
    centre: Range = (4.0, 6.5)  # ppm; ours
    acquired: Range = (0.25, 1.0)  # complex points over points of the spectrum; ours: zero filling 1 to 4
    snr: Range = (80.0, 1e5)  # height of the tallest peak over twice the sd of noise, log-uniform; ours
    # Processing
    window: tuple[str, ...] = ("exponential", "exponential", "none", "gaussian")  # ours: by how often
    broadening: Range = (0.1, 1.0)  # Hz, of the exponential window; ours: 0.3 is usual
    phase0: float = 1.5  # degrees, sd; ours: what automatic phasing leaves
    phase1: float = 4.0  # degrees over the spectrum, sd; ours
    poor_phase_share: float = 0.1  # of spectra with five times as much; ours
    baseline: Range = (1e-5, 4e-3)  # level of its rms, log-uniform; ours
    baseline_points: int = 7  # first points of the FID that are wrong; ours: a roll of so many half waves
    hump_share: float = 0.3  # of spectra with a hump; ours: probe, glass, polymers
    hump: Range = (1e-4, 1e-2)  # its level, log-uniform; ours
    hump_width: Range = (0.3, 6.0)  # ppm, FWHM, log-uniform; ours
    edge_share: float = 0.4  # of spectra that fall at the edges; ours: digital filters
    edge: Range = (0.005, 0.04)  # of the spectral width; ours
