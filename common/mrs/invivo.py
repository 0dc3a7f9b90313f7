"""Scores of any method on measured brain spectra: how its ratios vary over noise-injected versions, how far
they are off, and whether what it calls baseline is what the same subject's macromolecules are.

There is no truth in vivo. A method that always says the same has no variation, so ``cv`` stands beside
``bias``, what the mean over the versions is off the same method's result for the spectrum as measured, and
beside the ratio to LCModel's result for that one.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common import datasets
from common.acquisition import WATER_PPM, Acquisition
from common.cache import cached
from common.errors import ConfigError, UserError
from common.io.mrs import read_mrs
from common.metrics.case import Case
from common.metrics.concentrations import ratios_to_creatine, score_versions
from common.mrs import degrade
from common.mrs.eddy import correct_eddy
from common.mrs.preprocess import Prepared, prepare
from common.mrs.quality import quality
from common.mrs.referencing import referenced
from common.mrs.solvent import water_signal
from common.processing import spectrum_at
from common.spectrum import Axis

DATA_SET = "mrs_invivo"
#: What is scored, each a ratio to Cr + PCr.
SCORED = ("tNAA", "Ins", "Glx", "tCho")
#: Ratios of LCModel for the spectra as measured, with their source.
LCMODEL = Path(__file__).with_name("lcmodel_ratios.toml")
#: Names in LCModel's tables of the sums that are called otherwise here.
SUMS = {"NAA+NAAG": "tNAA", "Cr+PCr": "tCr", "GPC+PCh": "tCho", "Glu+Gln": "Glx"}
#: Seed of the versions; one for all methods and runs. ours.
SEED = 0
#: Raise it when preparation or degradation change: versions are kept.
VERSION = 1
#: The case whose subject's macromolecules were measured, and that measurement.
SUBJECT, NULLED = "B01_press30", "B01_mm_ti600"
#: Line width in Hz that both are brought to before they are compared. ours: within the range of Lee and Kim,
#: so that a network sees what it was trained on, and far below that of macromolecules.
COMMON_WIDTH = 12.0
#: Compared from and to, without what metabolite nulling leaves of creatine's CH2 (ppm; ours).
WINDOW, RESIDUAL = (0.2, 4.2), (3.8, 4.0)


@dataclass(frozen=True)
class Measured:
    """A measured spectrum, ready: averaged, corrected for eddy currents where a reference allows, referenced.

    name, role: of the case. acquisition: as read. prepared: with the residual water taken off. fid: the same
    with it, complex (points,).
    """

    name: str
    role: str
    acquisition: Acquisition = field(repr=False)
    prepared: Prepared = field(repr=False)
    fid: np.ndarray = field(repr=False)

    @property
    def axis(self) -> Axis:
        """The axis of all its FIDs."""
        return self.prepared.axis


def load(name: str, offline: bool = False) -> Measured:
    """A case of ``mrs_invivo``: ``B01_press30``, ``A01_press35``, ``SVS_30`` or ``lcmodel_test``.

    ``ConfigError`` for an unknown case, ``DataMissing`` where its files are not here and cannot be fetched.
    """
    spec = datasets.load(DATA_SET)
    acquisition, water = _read(spec, name, offline)
    prepared = prepare(acquisition, water)
    with_water = prepare(acquisition, water, remove_water=False)
    return Measured(name, spec.cases[name]["role"], acquisition, prepared, with_water.fid)


def noise_injected(measured: Measured, count: int = degrade.COUNT) -> np.ndarray:
    """What every method is given: the spectrum as measured, then its versions; complex (1 + count, points).

    Each version is made with its water in, then prepared as a user's file would be: water taken off, moved
    and phased by what is left of its singlets. The same for all methods, runs and machines.
    """
    axis = measured.axis
    fids = cached(
        _noise_injected, measured.fid, version=VERSION, count=count,
        sw=axis.sw, mhz=axis.mhz, carrier=axis.carrier,
    )  # fmt: skip
    return np.concatenate([measured.prepared.fid[None], fids])


def _noise_injected(fid, count: int, sw: float, mhz: float, carrier: float) -> np.ndarray:
    axis = Axis("1H", fid.shape[-1], sw, mhz, carrier, domain="time", encoding="complex")
    made = degrade.versions(fid, axis, np.random.default_rng(SEED), count)
    return np.stack([_prepared(version, axis) for version in made.fids])


def _prepared(fid: np.ndarray, axis: Axis) -> np.ndarray:
    """A version prepared by itself; where its singlets are not seen, as the measured spectrum was."""
    try:
        return prepare(Acquisition(fid[None, None], axis)).fid
    except UserError:
        return fid - water_signal(fid, axis)


def cases(measured: Measured, names: Sequence[str]) -> list[Case]:
    """A case for each of ``SCORED``, its condition: ``mrs_invivo/B01_press30/tNAA/cv``.

    names: metabolites that the method estimates, Cr and PCr among them. A case scores concentrations
    (1 + count, metabolites), in any unit, of what :func:`noise_injected` gives: ``cv``, ``bias``,
    ``ratio_recovery``, and ``lcmodel_ratio`` of the spectrum as measured.
    """
    published = lcmodel_ratios().get(measured.name, {})

    def case(scored: str) -> Case:
        def score(concentrations) -> dict[str, float]:
            ratios = ratios_to_creatine(concentrations, names)[scored]
            scores = score_versions(ratios[1:], float(ratios[0]))
            if scored in published and np.isfinite(ratios[0]):
                scores["lcmodel_ratio"] = float(ratios[0] / published[scored])
            return scores

        return Case(DATA_SET, measured.name, scored, measured.role, score)

    return [case(scored) for scored in SCORED]


@functools.cache
def lcmodel_ratios() -> dict[str, dict[str, float]]:
    """Ratios to Cr + PCr by case and name, as LCModel finds them; from ``lcmodel_ratios.toml``."""
    return tomllib.loads(LCMODEL.read_text(encoding="utf-8"))["ratios"]


def lcmodel_table(path) -> dict[str, float]:
    """Ratios to Cr + PCr by name in a table that LCModel wrote (``LTABLE = 7``); sums as in ``SUMS``.

    ``ValueError`` where there is no table of concentrations.
    """
    lines = Path(path).read_text(encoding="latin-1").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$$CONC")]
    if not starts:
        raise ValueError(f"{path}: holds no table of concentrations ($$CONC)")
    ratios = {}
    for line in lines[starts[0] + 2 :]:
        # concentration, % sd, ratio: 9, 5 and 8 columns wide; then a sign or a blank and the name
        if not line.strip():
            break
        name = line[23:].split()[0]
        ratios[SUMS.get(name, name)] = float(line[14:22])
    return ratios


@dataclass(frozen=True)
class Removal:
    """The test of what a method removes.

    fid: complex (points,), the spectrum that the method is given, broadened to ``COMMON_WIDTH``.
    macromolecules: FID of the same subject's, measured metabolite-nulled, in the same phase and at the same
    shift, as broad. role: of the case.
    """

    fid: np.ndarray = field(repr=False)
    axis: Axis
    macromolecules: np.ndarray = field(repr=False)
    role: str

    def case(self) -> Case:
        """``mrs_invivo/B01_press30/baseline/baseline_correlation`` of a method's metabolite FID (points,)."""
        return Case(DATA_SET, SUBJECT, "baseline", self.role, self.score)

    def score(self, clean: np.ndarray) -> dict[str, float]:
        """Pearson's r of what is left without the metabolites, and the macromolecules: up to a scale."""
        ppm = shifts()
        removed, measured = self.removed(clean, ppm), self.measured(ppm)
        return {"baseline_correlation": float(np.corrcoef(removed, measured)[0, 1])}

    def measured(self, ppm: np.ndarray) -> np.ndarray:
        """Real spectrum of the macromolecules."""
        return spectrum_at(self.macromolecules, self.axis, ppm).real

    def removed(self, clean: np.ndarray, ppm: np.ndarray) -> np.ndarray:
        """Real spectrum of what a method takes off, for its metabolite FID (points,).

        The metabolites are given the line shape, shift and phase of the spectrum first, by its NAA: a method
        may hand them back narrower or moved.
        """
        left = self.fid - matched(np.asarray(clean, dtype=complex), self.fid, self.axis)
        return spectrum_at(left, self.axis, ppm).real


def removal(offline: bool = False) -> Removal:
    """The test for subject B01, whose macromolecules were measured."""
    measured = load(SUBJECT, offline)
    axis, native = measured.axis, quality(measured.prepared.fid, measured.axis)
    acquisition, water = _read(datasets.load(DATA_SET), NULLED, offline)
    if (acquisition.axis.size, acquisition.axis.sw) != (axis.size, axis.sw):
        raise UserError(f"{NULLED} was not acquired as {SUBJECT} was")
    fid = correct_eddy(acquisition.fids[0, 0], acquisition.axis, water.fids[0, 0], water.axis)
    # water at the carrier; then moved and phased as the metabolites of the same session
    fid = fid * np.exp(2j * np.pi * (WATER_PPM - axis.carrier) * axis.mhz * np.arange(axis.size) / axis.sw)
    fid = referenced(fid - water_signal(fid, axis), axis, measured.prepared.pattern)
    window = degrade.broadening(axis, native, COMMON_WIDTH, 1.0)
    return Removal(measured.prepared.fid * window, axis, fid * window, measured.role)


def shifts() -> np.ndarray:
    """Shifts (ppm) at which baselines are compared: ``WINDOW`` without ``RESIDUAL``."""
    ppm = np.arange(*WINDOW, 0.005)
    return ppm[(ppm < RESIDUAL[0]) | (ppm > RESIDUAL[1])]


def matched(clean: np.ndarray, fid: np.ndarray, axis: Axis) -> np.ndarray:
    """A metabolite FID (points,) with the line width, shift and phase of another; as it is without an NAA.

    Its amplitude stays. Where it is the broader one its width stays too.
    """
    own, other = quality(clean, axis), quality(fid, axis)
    if own.reason or other.reason:
        return clean
    t = np.arange(axis.size) / axis.sw
    added = other.linewidth - own.linewidth
    if added > 0:
        # as much of it Lorentzian as the other line is more so
        lorentz = (1 - other.gaussian_share) * other.linewidth - (1 - own.gaussian_share) * own.linewidth
        share = float(np.clip(1 - lorentz / added, 0, 1))
        clean = clean * degrade.broadening(axis, own, other.linewidth, share)
    turn = 2 * np.pi * (other.shift - own.shift) * t + np.deg2rad(other.phase - own.phase)
    return clean * np.exp(1j * turn)


def _read(spec, name: str, offline: bool) -> tuple[Acquisition, Acquisition | None]:
    """The files of a case: spectrum and water reference."""
    if name not in spec.cases:
        raise ConfigError(f"data set {spec.name} has no case {name!r}: {', '.join(spec.cases)}")
    case = spec.cases[name]
    for beside in case.get("with", ()):
        spec.path(beside, offline)
    files = [case["file"], case.get("reference")]
    one, water = (None if file is None else read_mrs(spec.path(file, offline)) for file in files)
    return one, water
