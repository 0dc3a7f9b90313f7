"""A trained network as a method on FIDs: clean spectra, concentrations, and how far off they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from common.acquisition import Basis
from common.classical.regression import regress
from common.mrs.degrade import broadening
from common.mrs.estimate import Estimate, TrainingRange, fids_of
from common.mrs.quality import quality
from common.processing import spectrum_at
from common.simulation.brain import simulate
from common.simulation.metabolites import NAMES
from common.spectrum import Axis
from common.training.batches import generator

from . import data, peers
from .config import Config

#: Simulated spectra whose errors are the uncertainty of one like them.
SIMULATED = 512
#: Relative error of total creatine in the fits that the signal of 1 mM is taken from: that in simulated
#: healthy spectra, where its median is 1.04 of the truth.
CREATINE_SD = 0.14


def clean_spectra(config: Config, model, fids: np.ndarray, axis: Axis, te: float | None = None) -> np.ndarray:
    """The network's real spectra (spectra, shifts) of complex FIDs (spectra, points), phased and referenced.

    Amplitudes are those of the FIDs. Lines narrower than those of the training are broadened first: the
    output does not depend on the width of the input.
    """
    rows = np.stack([widened(fid, axis, config.linewidth[0]) for fid in fids])
    inputs = data.channels(data.on_grid(rows, axis, config))
    if not config.referenced:
        return predicted(config, model, inputs)
    te = te or config.conditions[0][3]
    return predicted(config, model, inputs, signal_of_one(config, fids, axis, te, inputs))


def predicted(config: Config, model, inputs: np.ndarray, unit=1.0) -> np.ndarray:
    """Output spectra (spectra, shifts) of inputs (spectra, shifts, 2); unit: signal of 1 mM, where told."""
    return model.predict(data.network_inputs(config, inputs, unit), batch_size=256, verbose=0)


def signal_of_one(config: Config, fids: np.ndarray, axis: Axis, te: float, inputs: np.ndarray) -> np.ndarray:
    """The signal of 1 mM (spectra,): that at which a linear-combination fit finds the usual creatine.

    From the usual size of a spectrum where the fit finds none.
    """
    found = np.array([_creatine(row, NAMES) for row in np.nan_to_num(peers.fitted(fids, axis, te))])
    usual = _creatine(data.ranges(config, config.parts[0]).normal(NAMES), NAMES)
    first, last = data.scale_region(config)
    size = np.sqrt(np.mean(np.square(inputs[:, first:last]), axis=(1, 2))) / data.whitening(config)[3]
    return np.where(found > 0, found / usual, size)


def widened(fid: np.ndarray, axis: Axis, least: float) -> np.ndarray:
    """A FID (points,) whose NAA singlet is at least so many Hz wide; as it is where none is seen."""
    native = quality(fid, axis)
    if native.reason or native.linewidth >= least:
        return fid
    return fid * broadening(axis, native, least, 1.0)


def signals(config: Config, basis: Basis | None = None) -> np.ndarray:
    """Real spectra (metabolites, shifts) that an output is a sum of, of the training or of a user's basis."""
    if basis is None:
        return data.target_signals(config)
    narrow = data.narrow(basis.fids, basis.axis, config.target_linewidth)
    return data.on_grid(narrow, basis.axis, config).real


def method(config: Config, model, part: str, own_basis: bool = False) -> Callable:
    """``estimate(fids, axis, basis) -> Estimate`` for the door of common/mrs/apply.py.

    own_basis: quantify with the basis that is handed in; otherwise with that of the training.
    """

    def estimate(fids, axis, basis) -> Estimate:
        output = clean_spectra(config, model, fids, axis)
        found = regress(output, signals(config, basis if own_basis else None))
        names = basis.names if own_basis else NAMES
        return Estimate(
            names=names,
            concentrations=found,
            covariance=covariances(config, model, part, fids, axis, found, names),
            fids=metabolite_fids(config, output, axis),
        )

    return estimate


def metabolite_fids(config: Config, output: np.ndarray, axis: Axis) -> np.ndarray:
    """Complex FIDs (spectra, points) of real output spectra: a causal signal is known by its real part.

    A real spectrum on a grid is that of a signal and its mirror image, which begins half-way to the time
    where the grid repeats; what is later is zero here. Lines of 4 Hz have decayed to 0.2 % by then.
    """
    fids = fids_of(2 * output * axis.sw, data.ppm(config), axis)
    fids[:, 0] /= 2
    spacing = abs(np.diff(data.ppm(config)[:2])[0]) * axis.mhz
    fids[:, np.arange(axis.size) / axis.sw > 0.5 / spacing] = 0
    return fids


def covariances(config, model, part: str, fids, axis: Axis, found: np.ndarray, names) -> np.ndarray:
    """Covariance of the errors in simulated spectra of the same SNR and width, (spectra, names, names).

    NaN where neither can be told, and for metabolites that are not simulated. Errors are taken over the
    concentrations of the training, in proportion to the total creatine found.
    """
    covariance = np.full((len(fids), len(names), len(names)), np.nan)
    known = [i for i, name in enumerate(names) if name in NAMES]
    columns = [NAMES.index(names[i]) for i in known]
    for each, fid in enumerate(fids):
        measured = quality(fid, axis)
        if measured.reason:
            continue
        errors = simulated_errors(config, model, part, measured.snr, measured.linewidth)
        scale = _creatine(found[each], names) / _creatine(data.ranges(config, part).normal(NAMES), NAMES)
        square = scale**2 * (errors.T @ errors / len(errors))
        covariance[each][np.ix_(known, known)] = square[np.ix_(columns, columns)]
    return covariance


def simulated_errors(config: Config, model, part: str, snr: float, linewidth: float) -> np.ndarray:
    """Errors in mM (SIMULATED, metabolites) at an SNR and a line width, held to the training's."""
    width = float(np.clip(linewidth, *config.linewidth))
    ranges = dataclasses.replace(data.ranges(config, part), snr=(snr, snr), linewidth=(width, width))
    rng = generator(data.TEST_SEED, "uncertainty", 0, 0)
    brains = simulate(data.basis(config.conditions[0]), ranges, SIMULATED, rng)
    unit = np.exp(CREATINE_SD * rng.standard_normal(SIMULATED))
    output = predicted(config, model, data.spectra_of(config, brains).inputs, unit)
    return regress(output, data.target_signals(config)) - brains.concentrations


def _creatine(values, names) -> float:
    return float(sum(value for name, value in zip(names, values, strict=True) if name in ("Cr", "PCr")))


def trained_on(config: Config) -> TrainingRange:
    """What the network has seen, as the door compares it with a user's file."""
    fields = [condition[0] for condition in config.conditions]
    times = [condition[3] for condition in config.conditions]
    return TrainingRange(
        mhz=(0.97 * min(fields), 1.03 * max(fields)),
        te=(min(times) - 1, max(times) + 1),
        sequences=("press",),
        linewidth=(0.0, config.linewidth[1]),  # narrower lines are broadened, see clean_spectra
        snr=config.snr,
    )


def spectrum_of(fid: np.ndarray, axis: Axis, config: Config) -> np.ndarray:
    """Real spectrum of a FID on the grid of the network."""
    return spectrum_at(fid, axis, data.ppm(config)).real / axis.sw
