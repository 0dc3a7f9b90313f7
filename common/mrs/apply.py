"""The door to whatever is applied to a brain spectrum: a user's file in, clean spectrum and table out.

:func:`add_options` and :func:`apply_estimator` serve networks and conventional methods alike; a method is a
function ``estimate(fids, axis, basis) -> Estimate`` as in :mod:`common.mrs.estimate`. Imports nothing but the
standard library until it works.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from common.atomic import write_atomic
from common.errors import UserError
from common.say import FIGURES, check_outputs, number, say

if TYPE_CHECKING:
    from common.mrs.estimate import TrainingRange

#: A residual above this share of the highest peak is told (ours: fits of clean spectra leave half of it).
LEFT = 0.15
FORMATS = ".nii.gz, .nii (NIfTI-MRS), .txt (jMRUI), .raw (LCModel)"
INPUTS = "NIfTI-MRS, Philips SDAT/SPAR, Siemens RDA, LCModel RAW, jMRUI text, or a Varian folder"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``nmr-repro apply METHOD`` about brain spectra."""
    add = parser.add_argument
    add("input", metavar="INPUT", help=f"one voxel, 1H: {INPUTS}")
    add("-o", "--output", metavar="FILE", help=f"the clean spectrum as a FID: {FORMATS}")
    add("--table", metavar="FILE", help="concentrations with their uncertainties: .csv")
    add("--figure", metavar="FILE", help="data and result from 4.2 to 0.2 ppm: .png, .pdf, .svg")
    add("--force", action="store_true", help="overwrite files that exist")
    add = parser.add_argument_group("quantification").add_argument
    add("--water", metavar="FILE", help="unsuppressed water of the same voxel: coils, eddy currents, scale")
    add("--basis", metavar="FILE", help="LCModel .BASIS file (default: simulated for field, sequence and TE)")
    add("--each", type=_names, default=[], metavar="NAMES", help="give parts of tCr and tCho too: Cr,PCr")
    said = "volumes of grey matter, white matter and CSF in the voxel (default: .5 .5 0)"
    add("--fractions", nargs=3, type=number, metavar=("GM", "WM", "CSF"), help=said)
    add = parser.add_argument_group("what the file does not say, or says wrong").add_argument
    add("--te", type=_positive, metavar="MS", help="echo time")
    add("--tr", type=_positive, metavar="MS", help="repetition time")
    add("--sequence", metavar="NAME", help="press, steam, slaser, spin_echo")
    add("--mhz", type=_positive, metavar="MHZ", help="spectrometer frequency, of a .raw file")
    add("--sw", type=_positive, metavar="HZ", help="spectral width, of a .raw file")
    add("--carrier", type=number, metavar="PPM", help="shift at 0 Hz, such as 4.7")
    add("--conjugate", action="store_true", help="the FID turns the other way")
    add = parser.add_argument_group("preprocessing").add_argument
    add("--no-eddy", action="store_true", help="do not correct by the phase of the water reference")
    add("--keep-water", action="store_true", help="leave residual water in")


def apply_estimator(
    arguments: argparse.Namespace,
    estimate: Callable,
    *,
    says: str = "",
    run: str = "",
    trained: TrainingRange | None = None,
) -> None:
    """Read, prepare, estimate, quantify, write, and say what was done; ``UserError`` for what cannot be.

    arguments: parsed :func:`add_options`. estimate: ``(fids, axis, basis) -> Estimate``. says: the method in
    words. run: its name in the table, by default that of the command. trained: what a network has seen;
    another field is refused, anything else outside is told.
    """
    from common.mrs.preprocess import prepare

    _check_outputs(arguments)
    acquisition, water = _read(arguments.input, arguments), _read(arguments.water, arguments, water=True)
    basis = _basis(acquisition, arguments)
    say("method", says)
    prepared = prepare(acquisition, water, eddy=not arguments.no_eddy, remove_water=not arguments.keep_water)
    for step in prepared.steps:
        say(*step)
    for warning in (*prepared.warnings, *_outside(acquisition, prepared, trained)):
        say("warning", warning)
    found = _estimated(estimate, prepared, basis)
    rows = _rows(found, acquisition, prepared, basis, arguments)
    _write(arguments, acquisition, prepared, found, rows, run or arguments.name)


def _check_outputs(arguments) -> None:
    """``UserError`` where nothing is asked for, or an output cannot go where it is asked to."""
    from common.io.mrs import WRITERS

    ends = {"output": tuple(WRITERS), "table": (".csv",), "figure": FIGURES}
    named = {option: value for option in ends if (value := getattr(arguments, option))}
    if not named:
        raise UserError("nothing to write: name an output with -o, --table or --figure")
    inputs = (arguments.input, arguments.water, arguments.basis)
    check_outputs(named.items(), ends, inputs, force=arguments.force)


def _read(name: str | None, arguments, water: bool = False):
    """The acquisition of a file as the options correct it; None where no file is named."""
    if name is None:
        return None
    from common.io.mrs import read_mrs

    acquisition = read_mrs(name, mhz=arguments.mhz, sw=arguments.sw, carrier=arguments.carrier)
    if arguments.conjugate:
        acquisition = acquisition.replace(fids=acquisition.fids.conj())
    for field in ("te", "tr", "sequence"):
        if getattr(arguments, field) is not None:
            acquisition = acquisition.replace(**{field: getattr(arguments, field)})
    say("water" if water else "read", f"{name}: {acquisition.describe()}")
    return acquisition


def _basis(acquisition, arguments):
    """The user's basis on the axis of the data, or a simulated one, and a word about it."""
    from common.mrs.bases import kind, on_axis, simulated

    sequence = kind(acquisition.sequence)
    if arguments.basis is None:
        basis = simulated(acquisition)
        say("basis", f"{len(basis.names)} metabolites, {basis.sequence}, TE {acquisition.te:g} ms")
        return basis
    from common.io.lcmodel import read_basis

    basis = on_axis(read_basis(arguments.basis), acquisition.axis)
    said = f"{arguments.basis}: {', '.join(basis.names)}"
    say("basis", said + (f"; TE {basis.te:g} ms" if basis.te else ""))
    if basis.te and acquisition.te and abs(basis.te - acquisition.te) > 1:
        say("warning", f"the basis set is of TE {basis.te:g} ms, the data of {acquisition.te:g} ms")
    if basis.sequence and sequence and kind(basis.sequence) not in ("", sequence):
        say("warning", f"the basis set is of {basis.sequence}, the data of {acquisition.sequence}")
    return basis


def _outside(acquisition, prepared, trained) -> list[str]:
    """What was measured, said; where that lies outside of the training, in words."""
    from common.mrs.bases import kind
    from common.mrs.estimate import outside
    from common.mrs.quality import quality

    measured = quality(prepared.fid, prepared.axis)
    if measured.reason:
        lines = [f"{measured.reason}: a tumour, a metabolite-nulled spectrum, or no spectrum of a brain?"]
    else:
        lines = []
        said = "height of tNAA over twice the sd of the noise"
        say("quality", f"SNR {measured.snr:.1f} ({said}), line width {measured.linewidth:.1f} Hz")
    if acquisition.axis.first_delay:
        lines.append("the FID does not start at the echo, which nothing here makes up for")
    if trained is None:
        return lines
    values = {
        "mhz": acquisition.axis.mhz,
        "te": acquisition.te,
        "linewidth": measured.linewidth,
        "snr": measured.snr,
    }
    return lines + outside(trained, kind(acquisition.sequence), values)


def _estimated(estimate: Callable, prepared, basis):
    """The estimate of the one spectrum; ``UserError`` where a method finds nothing."""
    import numpy as np

    started = time.perf_counter()
    found = estimate(prepared.fid[None], prepared.axis, basis)
    say("time", f"{time.perf_counter() - started:.2f} s")
    if not (np.isfinite(found.concentrations).all() and np.isfinite(found.fids).all()):
        raise UserError("the method found no metabolites it could be sure of; is this a brain spectrum?")
    if found.fit is not None:
        left, top = np.abs(found.data - found.fit)[0], np.abs(found.data[0]).max()
        if left.max() > LEFT * top:
            say(
                "warning",
                f"the fit leaves {left.max() / top:.0%} of the highest peak at"
                f" {found.ppm[np.argmax(left)]:.2f} ppm: an artefact, or what its model lacks",
            )
    return found


def _rows(found, acquisition, prepared, basis, arguments) -> list:
    """The rows of the table, ratios and, with water, concentrations."""
    from common.mrs import concentrations as table
    from common.mrs import water as scale

    names, amounts, covariance = found.names, found.concentrations[0], found.covariance[0]
    rows = table.ratios(names, amounts, covariance, arguments.each)
    if prepared.water is None:
        return rows
    if reason := scale.known_at(acquisition):
        say("warning", f"no concentrations, ratios alone: {reason}")
        return rows
    amplitude, error = scale.water_amplitude(prepared.water, prepared.water_axis)
    fractions = tuple(arguments.fractions or scale.UNKNOWN)
    proton = scale.proton_amplitude(basis)
    factors = scale.concentration_factors(
        names, amplitude / proton, acquisition.te, acquisition.tr, fractions
    )
    said = "as given" if arguments.fractions else "assumed, as nothing is known of the voxel"
    shares = ", ".join(f"{100 * f:g} % {name}" for f, name in zip(fractions, scale.TISSUES, strict=True))
    say("scale", f"mmol per kg of tissue water (Gasparovic 2006); {shares}, {said}")
    return rows + table.concentrations(
        names,
        amounts * factors,
        covariance * factors[:, None] * factors,
        scale.UNIT,
        error / amplitude,
        arguments.each,
    )


def _write(arguments, acquisition, prepared, found, rows, method: str) -> None:
    """Every output asked for, and a line about each."""
    from common.mrs.concentrations import table_bytes

    for row in rows:
        uncertain = f" +- {row.sd:.3f}" if math.isfinite(row.sd) else ""
        say(row.name, f"{row.value:.3f}{uncertain} {row.unit}")
    if arguments.output:
        from common.io.mrs import write_mrs

        write_mrs(arguments.output, acquisition.replace(fids=found.fids[:, None]), force=arguments.force)
        say("wrote", f"{arguments.output}: the clean FID, NAA at 2.008 ppm")
    if arguments.table:
        write_atomic(arguments.table, table_bytes(rows, method), force=arguments.force)
        say("wrote", f"{arguments.table}: {len(rows)} rows")
    if arguments.figure:
        from common.mrs.figures import result_figure
        from common.reporting.figures import write_figure

        figure = result_figure(prepared.fid, prepared.axis, found, f"{Path(arguments.input).name}, {method}")
        write_figure(arguments.figure, figure, force=arguments.force)
        say("wrote", arguments.figure)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _positive(text: str) -> float:
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"needs a number above 0, not {text!r}")
    return value
