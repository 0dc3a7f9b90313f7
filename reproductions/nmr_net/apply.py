"""Pick the peaks of a 2D or 3D spectrum with the trained network of NMR-Net, each with its probability.

Uses the published run of a variant (`--variant`), or any run (`--run`). Spectra are processed ones of
NMRPipe, UCSF (Sparky), Bruker (`pdata/1`) or JCAMP-DX; lists go to Sparky, NMRPipe, XEASY, NEF, TopSpin, CSV.

example: nmr-repro apply nmr_net hsqc.ft2 -o hsqc.list --figure hsqc.png
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import UserError
from common.io.peaklists import EXTENSIONS
from common.say import FIGURES, check_outputs, number, say
from reproductions.chosen import add_network_options, chosen_run, config_of

from .config import VARIANTS, Config

if TYPE_CHECKING:
    from common.io.peaklists import PeakList
    from common.spectrum import Spectrum

DEFAULT = "levels"
SIGNS = ("both", "positive", "negative")
ENDS = {"output": EXTENSIONS, "figure": FIGURES}
#: Peaks of the table that is printed where no output is named.
SHOWN = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """The spectrum, outputs, what counts as a peak, and which network."""
    add = parser.add_argument
    said = "processed spectrum: NMRPipe (.ft2, .ft3, name%%03d.ft3), .ucsf, Bruker pdata/N, 2D or 3D"
    add("input", metavar="SPECTRUM", help=said)
    said = "peak list: .list (Sparky), .tab (NMRPipe), .peaks (XEASY), .nef, .xml (TopSpin), .csv"
    add("-o", "--output", metavar="FILE", help=f"{said}; without it, a table is printed")
    add("--figure", metavar="FILE", help="the spectrum with its peaks: .png, .pdf, .svg")
    add("--force", action="store_true", help="overwrite files that exist")
    add = parser.add_argument_group("peaks").add_argument
    said = "least probability; lower finds more, and more that is none (default: the run's, as a rule 0.5)"
    add("--threshold", type=number, metavar="P", help=said)
    add("--most", type=int, metavar="N", help="the N most probable of them alone")
    add("--sign", choices=SIGNS, default="both", help="of the peaks (default %(default)s)")
    said = "one peak a multiplet: extrema of 5 by 5 points, 5.5 times the noise (zones has no others)"
    add("--multiplets", action="store_true", help=said)
    add("--no-diagonal", action="store_true", help="without the diagonal of two axes of one nucleus")
    said = "between these ppm of the direct dimension alone"
    add("--region", nargs=2, type=number, metavar=("LEFT", "RIGHT"), help=said)
    add(
        "--cut",
        type=number,
        metavar="X",
        help="least height over the noise (default: the run's, as a rule 3)",
    )
    said = "standard deviation of the noise (default: measured in the quieter parts of the spectrum)"
    add("--noise", type=number, metavar="SD", help=said)
    add("--plane", type=int, metavar="N", help="of a series of planes the one to pick in (default 1)")
    add_network_options(parser, VARIANTS, DEFAULT)


def main(arguments: argparse.Namespace) -> None:
    """Pick the peaks of ``arguments.input`` with the network of a run."""
    _check(arguments)
    folder = chosen_run("nmr_net", arguments.run, arguments.variant)
    config = config_of(Config, folder)
    spectrum = _loaded(arguments)
    say("method", f"network of run {folder.name}")
    probabilities = network(config, folder)
    started = time.perf_counter()
    found = _picked(spectrum, probabilities, config, arguments)
    seconds = time.perf_counter() - started
    threshold = config.threshold if arguments.threshold is None else arguments.threshold
    peaks = _wanted(found, spectrum, threshold, arguments)
    say("time", f"{seconds:.1f} s, {len(found) / max(seconds, 1e-9):.0f} candidates a second")
    say("peaks", f"{len(peaks)} of {len(found)} candidates, probability {threshold:g} or more")
    _told(peaks, spectrum, arguments)
    _write(peaks, found, spectrum, arguments, f"{arguments.name} {folder.name}")


def network(config: Config, folder: Path) -> Callable:
    """The network of a run as a function of crops; where each has left a compound out, the mean of all."""
    from common.training.backend import import_keras
    from common.training.parts import Parts

    import_keras()
    from . import experiment, measured
    from .model import build
    from .picking import classifier

    stored = Parts(folder / "weights")
    left_out = sorted(path.stem for path in (folder / "weights").glob(f"{measured.PART.format('*')}.json"))
    parts = left_out if config.zones_epochs else [experiment.PART]
    model = build(config)
    return classifier(model, *[stored.load(part, model).get_weights() for part in parts])


def _check(arguments) -> None:
    """``UserError`` where an output cannot go where it is asked to, or a number makes no sense."""
    if arguments.threshold is not None and not 0 <= arguments.threshold <= 1:
        raise UserError(f"--threshold {arguments.threshold:g}: a probability is from 0 to 1")
    for option in ("most", "plane", "cut", "noise"):
        value = getattr(arguments, option)
        if value is not None and not value > 0:
            raise UserError(f"--{option} {value:g}: needs a number above 0")
    named = {option: value for option in ENDS if (value := getattr(arguments, option))}
    check_outputs(named.items(), ENDS, [arguments.input], force=arguments.force)


def _loaded(arguments) -> Spectrum:
    """The spectrum to pick in, said what it is; UserError for what is none."""
    from . import spectra

    spectrum, notes = spectra.load(arguments.input, arguments.plane)
    say("read", f"{arguments.input}: {spectrum.describe()}")
    for note in notes:
        say("note", note)
    if arguments.region:
        spectra.check_region(spectrum, arguments.region)
    return spectrum


def _picked(spectrum: Spectrum, probabilities, config: Config, arguments) -> PeakList:
    """All candidates with their probability."""
    from common.classical.peak_picking import quiet_noise

    from . import zones
    from .picking import pick

    noise = arguments.noise or quiet_noise(spectrum.data)
    if not noise > 0:
        raise UserError(
            f"{arguments.input}: most of it has one value, so it has no noise to refer to;"
            " state its standard deviation with --noise"
        )
    top = float(abs(spectrum.data).max())
    say("noise", f"{noise:.4g}, strongest signal {top / noise:.0f} times that")
    # as the network met candidates in training: of multiplets, or of single lines
    multiplets = config.zones_epochs or arguments.multiplets
    usual, radius = (zones.CUT, zones.RADIUS) if multiplets else (config.cut, 1)
    cut = arguments.cut or usual
    return pick(spectrum, probabilities, config, noise=noise, cut=cut, sign=arguments.sign, radius=radius)


def _wanted(found: PeakList, spectrum: Spectrum, threshold: float, arguments) -> PeakList:
    """The peaks that are asked for."""
    from .picking import on_diagonal, some

    keep = found.probability >= threshold
    if arguments.region:
        low, high = sorted(arguments.region)
        keep &= (found.ppm[:, -1] >= low) & (found.ppm[:, -1] <= high)
    diagonal = on_diagonal(found, spectrum.axes) & keep
    if arguments.no_diagonal:
        keep &= ~diagonal
        say("note", f"{diagonal.sum()} on the diagonal are left out")
    elif diagonal.any():
        say("note", f"{diagonal.sum()} of the peaks lie on the diagonal; --no-diagonal leaves them out")
    peaks = some(found, keep)
    return some(peaks, slice(arguments.most)) if arguments.most else peaks


def _told(peaks: PeakList, spectrum: Spectrum, arguments) -> None:
    """What the list looks like: its signs, whether it holds what one expects, and the list itself."""
    negative = int((peaks.height < 0).sum())
    if negative and arguments.sign == "both":
        say("note", f"{negative} of them are negative; --sign positive leaves them out")
    if not len(peaks):
        say("note", "no peak; --threshold 0 lists every candidate with its probability")
    if arguments.output or arguments.figure:
        return
    names = [axis.nucleus or f"w{d}" for d, axis in enumerate(spectrum.axes, 1)]
    print("".join(f"{name:>10}" for name in names) + f"{'height':>12}{'probability':>13}")
    for k in range(min(len(peaks), SHOWN)):
        shifts = "".join(f"{shift:10.3f}" for shift in peaks.ppm[k])
        print(f"{shifts}{peaks.height[k]:12.4g}{peaks.probability[k]:13.3f}")
    if len(peaks) > SHOWN:
        print(f"and {len(peaks) - SHOWN} more; -o FILE writes all")


def _write(peaks: PeakList, found: PeakList, spectrum: Spectrum, arguments, run: str) -> None:
    """Every output asked for, and a line about each."""
    if arguments.output:
        from common.io.peaklists import write_peaks

        write_peaks(arguments.output, peaks, axes=spectrum.axes, force=arguments.force)
        say("wrote", f"{arguments.output}: {len(peaks)} peaks")
    if arguments.figure:
        from common.reporting.figures import write_figure

        from .picture import figure

        drawn = figure(spectrum, peaks, found, f"{Path(arguments.input).name}, {run}")
        write_figure(arguments.figure, drawn, force=arguments.force)
        say("wrote", arguments.figure)
