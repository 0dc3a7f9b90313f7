"""From an acquisition as the scanner wrote it to the one FID that methods work on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from common.acquisition import WATER_PPM, Acquisition
from common.errors import UserError
from common.mrs.alignment import align
from common.mrs.coils import coil_weights, combine_coils
from common.mrs.eddy import correct_eddy
from common.mrs.referencing import FARTHEST, SINGLETS, Pattern, find_pattern, referenced
from common.mrs.solvent import water_signal
from common.processing import spectrum_at
from common.spectrum import Axis

#: A spectrum whose water is this many times as high as its singlets is the water reference (ours: residual
#: water of the files in mrs_invivo is up to 50 times as high, that of their references from 160).
REFERENCE = 100.0
#: Points at the end that are above this many times the level before them are a filter's (ours).
RISING = 5.0
#: At most this share of a FID is a filter's transient (ours; Siemens' takes 1 %).
TRANSIENT = 0.03
#: Less than this acquisition time does not resolve the lines of a brain spectrum (s; ours: 10 Hz).
SHORTEST = 0.1
#: A score from which a singlet of healthy brain is seen if it is there (ours).
SURE = 30.0


@dataclass(frozen=True)
class Prepared:
    """A FID ready for a method.

    fid: complex (points,), NAA's CH3 at 2.008 ppm of the axis, zero-order phase 0, residual water taken off.
    water: complex (points of ``water_axis``,), the reference with the same weights of coils, or None.
    pattern: where the singlets were. steps: what was done, in pairs of a word and a line. warnings: lines.
    """

    fid: np.ndarray = field(repr=False)
    axis: Axis
    water: np.ndarray | None = field(repr=False)
    water_axis: Axis | None
    pattern: Pattern
    steps: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def prepare(
    acquisition: Acquisition,
    water: Acquisition | None = None,
    *,
    eddy: bool = True,
    remove_water: bool = True,
) -> Prepared:
    """Combine coils, align and average, correct eddy currents, take off residual water, phase and reference.

    water: the reference of the same voxel and coils. eddy: correct by its phase. ``UserError`` for a
    reference that does not go with the data, for too short or broken FIDs, and where there is no pattern of
    NAA, creatine and choline to go by.
    """
    steps, warnings = [], []
    _check(acquisition)
    if water is not None:
        _check(water)
        _check_pair(acquisition, water)
    one, reference = _combined(acquisition, water, steps)
    averaged = _averaged(one, steps, warnings)
    axis, fid = acquisition.axis, _ended(averaged.fids[0, 0], steps)
    if reference is not None:
        reference = reference.fids[0].mean(axis=0)
        if eddy:
            fid = correct_eddy(fid, axis, reference, water.axis)
            # water at the carrier now; its shift is known better than where a file puts the carrier
            fid = fid * np.exp(
                2j * np.pi * (WATER_PPM - axis.carrier) * axis.mhz * np.arange(axis.size) / axis.sw
            )
            steps.append(("eddy", "currents corrected by the phase of the water reference (Klose 1990)"))
    solvent = water_signal(fid, axis)
    pattern = _pattern(fid, solvent, axis)
    if remove_water:
        fid = fid - solvent
    fid = referenced(fid, axis, pattern)
    steps.append(_said_water(fid, solvent, axis, remove_water))
    steps.append(
        (
            "pattern",
            f"of {', '.join(pattern.seen)}: moved by {-pattern.shift / axis.mhz:+.3f} ppm,"
            f" phased by {-pattern.phase:+.0f} degrees",
        )
    )
    missing = [name for name in SINGLETS if name not in pattern.seen]
    if missing and pattern.score > SURE:
        warnings.append(f"no singlet of {' or '.join(missing)} is seen, as every healthy brain has it")
    water_axis = water.axis if water is not None else None
    return Prepared(fid, axis, reference, water_axis, pattern, tuple(steps), tuple(warnings))


def _check(acquisition: Acquisition) -> None:
    """``UserError`` for FIDs that no spectrum can be made of."""
    name, axis = acquisition.source or "the acquisition", acquisition.axis
    if not np.isfinite(acquisition.fids).all():
        raise UserError(f"{name}: holds values that are not finite; the file is broken")
    if not acquisition.fids.any():
        raise UserError(f"{name}: holds nothing but zeros")
    if axis.size / axis.sw < SHORTEST:
        raise UserError(
            f"{name}: {axis.size} points last {1000 * axis.size / axis.sw:.0f} ms, too short to resolve"
            f" lines; is the file cut off, or the spectral width ({axis.sw:g} Hz) wrong?"
        )


def _check_pair(acquisition: Acquisition, water: Acquisition) -> None:
    name = water.source or "the water reference"
    if len(water.fids) != len(acquisition.fids):
        raise UserError(
            f"{name}: the water reference has {len(water.fids)} coils, the data {len(acquisition.fids)}"
        )
    if abs(water.axis.mhz - acquisition.axis.mhz) > 0.01 * acquisition.axis.mhz:
        raise UserError(
            f"{name}: the water reference is of {water.axis.mhz:.1f} MHz, the data of"
            f" {acquisition.axis.mhz:.1f} MHz; they are not of one scanner"
        )


def _combined(acquisition, water, steps) -> tuple[Acquisition, Acquisition | None]:
    coils = len(acquisition.fids)
    weights = coil_weights(acquisition if water is None else water)
    if coils > 1:
        source = "the averages" if water is None else "the water reference"
        steps.append(("coils", f"{coils} combined for the best SNR, weights from {source}"))
    return combine_coils(acquisition, weights), None if water is None else combine_coils(water, weights)


def _averaged(one: Acquisition, steps, warnings) -> Acquisition:
    count = one.fids.shape[1]
    if count == 1:
        return one
    found = align(one)
    left = count - int(found.kept.sum())
    said = "each too noisy to be aligned: added up as they are"
    if np.isfinite(found.error):
        said = (
            f"frequencies within {np.ptp(found.shifts):.1f} Hz (noise gives each an error of"
            f" {found.error:.1f} Hz), phases within {np.ptp(found.phases):.0f} degrees (Near 2015)"
        )
    steps.append(("align", f"{count} averages, {said}"))
    if left:
        warnings.append(f"{left} of {count} averages left out: they are unlike the others")
    return found.mean()


def _ended(fid: np.ndarray, steps) -> np.ndarray:
    """The FID with the transient of a decimation filter at its end set to zero, where it has one."""
    most = int(TRANSIENT * len(fid))
    before = np.abs(fid[-8 * most : -most]) if most else np.zeros(1)
    high = np.abs(fid[len(fid) - most :]) > RISING * np.median(before)
    if not high.any() or not high[-2:].any():
        return fid
    first = len(fid) - most + int(np.argmax(high))
    steps.append(("end", f"the last {len(fid) - first} points rise, as a filter's do: set to zero"))
    return np.concatenate([fid[:first], np.zeros(len(fid) - first, fid.dtype)])


def _pattern(fid, solvent, axis) -> Pattern:
    """The pattern of the singlets; ``UserError`` with the likely reason where there is none."""
    pattern = find_pattern(fid - solvent, axis)
    if _height(solvent, axis) > REFERENCE * max(_naa(fid - solvent, axis, pattern), 0):
        raise UserError("there is next to nothing but water; is this the water reference?")
    if pattern.found:
        return pattern
    mirrored = fid.conj()
    if find_pattern(mirrored - water_signal(mirrored, axis), axis).found:
        raise UserError(
            "NAA, Cr and Cho stand mirrored: the FID turns the other way; give --conjugate, or leave it out"
        )
    raise UserError(
        f"no pattern of NAA, Cr and Cho within {FARTHEST:g} ppm of its place"
        f" (seen: {' and '.join(pattern.seen) or 'none of them'}): no brain spectrum, or too noisy, or its"
        " frequency, spectral width or carrier are not what was read"
    )


def _said_water(fid, solvent, axis, removed) -> tuple[str, str]:
    times = _height(solvent, axis) / max(_height(fid, axis, (1.9, 2.1)), np.finfo(float).tiny)
    if not removed:
        return "residual", f"water left in, {times:.2g} times as high as NAA"
    return "residual", f"water taken off (HSVD), {times:.2g} times as high as NAA"


def _naa(fid, axis, pattern) -> float:
    """Height of the spectrum where the pattern has its highest singlet."""
    return _height(referenced(fid, axis, pattern), axis, (1.95, 3.3))


def _height(fid, axis, region=(WATER_PPM - 0.4, WATER_PPM + 0.4)) -> float:
    """Largest magnitude of a FID's spectrum in a region of ppm."""
    return float(np.abs(spectrum_at(fid, axis, np.linspace(*region, 400))).max())
