"""Find the signal regions of a 1D 1H spectrum with the trained network, integrate them and pick their peaks.

Uses the published run of a variant (`--variant`), or any run (`--run`). Of a Bruker experiment the processed
spectrum is taken; an FID is transformed, phased and baseline-corrected here, and what was done is said.
Integrals are percent of the compound's; protons are suggested unless `--protons` or `--reference` says them.

example: nmr-repro apply bruker_picker data/sample/1 -o intrng -o sample.json --protons 8 --figure sample.png
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.say import FIGURES, check_outputs, number, say
from reproductions.chosen import add_network_options, chosen_run

from . import outputs
from .config import VARIANTS

DEFAULT = "faithful"
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+))"
_REFERENCE = re.compile(rf"{_NUMBER}\s*(?:-|:|,)\s*{_NUMBER}\s*=\s*{_NUMBER}")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Spectrum, outputs, protons, how an FID is processed, and which network."""
    add = parser.add_argument
    said = (
        "Bruker experiment (the folder with acqus) or pdata/N folder, Varian folder, JCAMP-DX or NMRPipe file"
    )
    add("input", metavar="SPECTRUM", help=f"{said}: 1D 1H, a spectrum or an FID")
    said = f"{outputs.KINDS}; may be repeated; without it, a table is all there is"
    add("-o", "--output", metavar="FILE", action="append", default=[], help=said)
    add("--figure", metavar="FILE", help="spectrum, regions, integrals and multiplets: .png, .pdf, .svg")
    add("--force", action="store_true", help="overwrite files that exist")
    said = "integrate these regions (intrng, CSV or JSON) in place of the network's"
    add("--regions", metavar="FILE", help=said)
    group = parser.add_argument_group("protons; without either, whole numbers are suggested")
    group = group.add_mutually_exclusive_group()
    add = group.add_argument
    add("--protons", type=_protons, metavar="N", help="of the compound in all, without what is solvent")
    said = "regions whose middle lies between two shifts have so many, as in 7.1-7.4=2 or 0.1--0.1=9"
    add("--reference", type=_reference, metavar="PPM-PPM=N", help=said)
    add = parser.add_argument_group("which data, and how an FID is processed").add_argument
    add("--raw", action="store_true", help="the FID of a Bruker experiment, also where it is processed")
    add("--procno", type=int, metavar="N", help="the spectrum of pdata/N (default: the lowest there is)")
    said = "degrees, NMRPipe's PS -p0 and -p1 (default: found; also for spectra with an imaginary part)"
    add("--phase", nargs=2, type=number, metavar=("P0", "P1"), help=said)
    add("--lb", type=_broadening, metavar="HZ", help="exponential line broadening (default 0.3)")
    add_network_options(parser, VARIANTS, DEFAULT)


def _protons(text: str) -> float:
    value = number(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"needs a number of protons, not {text!r}")
    return value


def _broadening(text: str) -> float:
    value = number(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"needs 0 to 100 Hz, not {text!r}")
    return value


def _reference(text: str) -> tuple[float, float, float]:
    """Two shifts and a number of protons, of a word such as ``7.1-7.4=2``."""
    found = _REFERENCE.fullmatch(text.strip())
    values = tuple(float(group) for group in found.groups()) if found else ()
    if not values or values[0] == values[1] or not 0 < values[2] <= 10_000:
        raise argparse.ArgumentTypeError(f"needs two shifts and protons such as 7.1-7.4=2, not {text!r}")
    return values


def main(arguments: argparse.Namespace) -> None:
    """Find, integrate, pick and write what ``arguments`` ask for; UserError for a mistake."""
    _check_outputs(arguments)
    from common.classical.signals import Reference, find_signals

    from .userfile import load

    given = _given_regions(arguments.regions)
    folder = None if given else chosen_run(arguments.name, arguments.run, arguments.variant)
    loaded = load(
        arguments.input, raw=arguments.raw, procno=arguments.procno, phase=arguments.phase,
        broadening=arguments.lb,
    )  # fmt: skip
    spectrum = loaded.spectrum
    say("read", f"{spectrum.source}: {spectrum.describe()}, {spectrum.axes[0].mhz:.2f} MHz")
    for step in loaded.steps:
        say("data", step)
    regions, certainty = (given, np.full(len(given), np.nan)) if given else _found(folder, spectrum)
    for warning in loaded.warnings:
        say("warning", warning)
    reference = Reference(*arguments.reference) if arguments.reference else None
    signals = find_signals(spectrum.data, spectrum.axes[0], regions, arguments.protons, reference)
    _report(signals, certainty)
    say("outside", outputs.outside(signals, spectrum.axes[0]))
    about = {
        "source": str(arguments.input),
        "processing": list(loaded.steps),
        "by": arguments.regions if given else f"{arguments.name} {folder.name}",
    }
    for path in arguments.output:
        say("wrote", outputs.write(path, signals, certainty, about, force=arguments.force))
    if arguments.figure:
        _draw(arguments, spectrum.axes[0], signals)


def _check_outputs(arguments) -> None:
    """UserError where an output cannot go where it is asked to."""
    for path in arguments.output:
        outputs.kind(path)
    named = [("output", path) for path in arguments.output]
    named += [("figure", arguments.figure)] if arguments.figure else []
    inputs = (arguments.input, arguments.regions)
    check_outputs(named, {"figure": FIGURES}, inputs, force=arguments.force)


def _given_regions(path: str | None):
    """The regions in a user's file; None where there is no file."""
    if path is None:
        return None
    from common.io.regions import read_regions

    regions = read_regions(path)
    if not len(regions):
        raise UserError(f"{path}: has no region")
    say("regions", f"{len(regions)} of {path}, in place of a network's")
    return regions


def _found(folder: Path, spectrum):
    """Regions of a spectrum by the network of a run, and how sure it is of each."""
    from . import estimate

    config, models = estimate.network(folder)
    say("network", f"run {folder.name}")
    say("warning", outside_training(spectrum.axes[0]))
    started = time.perf_counter()
    probabilities = estimate.predict(config, models, spectrum)
    regions = estimate.regions_of(probabilities, spectrum)
    say("time", f"{time.perf_counter() - started:.1f} s")
    return regions, estimate.certainty(probabilities, spectrum.axes[0], regions)


def outside_training(axis) -> str:
    """What to tell the owner of a spectrum of a field that the network was not trained on."""
    from common.simulation.proton_ranges import ProtonRanges

    low, high = min(ProtonRanges().mhz), max(ProtonRanges().mhz)
    if 0.99 * low <= axis.mhz <= 1.01 * high:
        return ""
    return f"trained on spectra of {low:.0f} to {high:.0f} MHz, not of {axis.mhz:.0f}: here it extrapolates"


def _report(signals, certainty: np.ndarray) -> None:
    """Say what was found, and where protons are from."""
    compound = int(signals.compound.sum())
    say("found", f"{compound} signal regions, {len(signals.regions) - compound} of solvent and the like")
    if not len(signals.regions):
        return
    for line in outputs.table(signals, certainty):
        print(line)
    notes = {
        "suggested": "~ suggested: the smallest whole numbers that fit; --protons or --reference says them",
        "": "none: no whole numbers fit the integrals; --protons or --reference says them",
    }
    say("protons", notes.get(signals.protons_by, f"as {signals.protons_by} says") if compound else "")


def _draw(arguments, axis, signals) -> None:
    from common.reporting.figures import write_figure
    from common.reporting.region_figures import region_figure

    figure = region_figure(axis, signals, str(arguments.input))
    write_figure(arguments.figure, figure, force=arguments.force)
    say("wrote", arguments.figure)
