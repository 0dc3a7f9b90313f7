"""Score one spectrum file against another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.io.files import read
from common.metrics.peaks import ABOVE_NOISE, WINDOW, reference_peaks, score_nus
from common.metrics.spectra import rlne_floor
from common.processing import noise_level
from common.spectrum import Axis, Spectrum

#: Axes that agree in ppm to this at both ends are the same.
TOLERANCE = 1e-3

Region = tuple[float, float] | None


def score_files(
    reference: str | Path,
    estimate: str | Path,
    regions: Sequence[Region] | None = None,
    *,
    above_noise: float = ABOVE_NOISE,
    window: float = WINDOW,
) -> dict[str, float]:
    """Score the spectrum in file ``estimate`` against the one in file ``reference``.

    regions: ppm limits for each axis in the order of the files, None for a whole axis. above_noise: peaks are
    picked in the reference above this many times its noise in the region. window: half-width in Hz within
    which a peak of the estimate belongs to one of the reference.

    Returns ``{measure: value}``: those of :func:`common.metrics.peaks.score_nus` and ``rlne_floor``. Raises
    ``UserError`` where a file is no real spectrum, where the axes differ or a region is empty, and where the
    reference has no peak.
    """
    spectra = [_read_real(path) for path in (reference, estimate)]
    _check_axes(*spectra)
    parts = _parts(spectra[0], regions)
    axes = [axis.cut(part) for axis, part in zip(spectra[0].axes, parts, strict=True)]
    truth, guess = (spectrum.data[parts] for spectrum in spectra)
    if not truth.any():
        raise UserError(f"{reference}: zero everywhere in the region; choose another")
    peaks = reference_peaks(truth, above_noise=above_noise)
    if not len(peaks):
        raise UserError(f"{reference}: no peak above {above_noise:g} times the noise; lower the threshold")
    floor = {"rlne_floor": rlne_floor(truth, noise_level(truth))}
    return score_nus(truth, guess, peaks, axes, window) | floor


def _read_real(path) -> Spectrum:
    spectrum = read(path)
    if any(axis.domain != "frequency" or axis.encoding != "real" for axis in spectrum.axes):
        raise UserError(f"{path}: not a real spectrum, but {spectrum.describe()}; process it first")
    if not np.isfinite(spectrum.data).all():
        raise UserError(f"{path}: holds values that are not finite numbers")
    return spectrum


def _check_axes(reference: Spectrum, estimate: Spectrum) -> None:
    ndims = len(reference.axes), len(estimate.axes)
    if ndims[0] != ndims[1]:
        raise UserError(f"{estimate.source}: {ndims[1]} dimensions, but {ndims[0]} in {reference.source}")
    for place, pair in enumerate(zip(reference.axes, estimate.axes, strict=True), 1):
        if difference := _difference(*pair):
            raise UserError(
                f"{estimate.source}: axis {place} has {difference} of {reference.source}; "
                "process both with the same zero filling and region"
            )


def _difference(ours: Axis, theirs: Axis) -> str:
    """What tells the second axis from the first; empty where they agree."""
    if ours.nucleus and theirs.nucleus and ours.nucleus != theirs.nucleus:
        return f"nucleus {theirs.nucleus}, not the {ours.nucleus}"
    if ours.size != theirs.size:
        return f"{theirs.size} points, not the {ours.size}"
    ends = [0, ours.size - 1]
    if np.abs(ours.ppm(ends) - theirs.ppm(ends)).max() > TOLERANCE:
        left, right = ours.ppm(ends)
        return "{:.3f} to {:.3f} ppm, not the {:.3f} to {:.3f} ppm".format(*theirs.ppm(ends), left, right)
    return ""


def _parts(spectrum: Spectrum, regions: Sequence[Region] | None) -> tuple[slice, ...]:
    regions = regions or [None] * len(spectrum.axes)
    if len(regions) != len(spectrum.axes):
        raise UserError(f"{len(regions)} regions for {len(spectrum.axes)} axes; give one for each")
    try:
        return tuple(
            slice(None) if region is None else axis.region(*region)
            for axis, region in zip(spectrum.axes, regions, strict=True)
        )
    except ValueError as error:
        raise UserError(f"{spectrum.source}: {error}") from None
