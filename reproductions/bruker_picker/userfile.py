"""A user's 1D spectrum: read from any format, an FID transformed and phased, and looked at for mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import FormatError, UserError
from common.spectrum import Axis, Spectrum

#: ours: points below which nothing is a spectrum; MHz below which a file gave no frequency.
FEWEST, SLOWEST = 256, 5.0
#: ours: times the noise beyond which a point is signal, whatever its sign.
FAR = 10.0
#: ours: shares of the area of such points that are negative: of a spectrum to be looked at, and of one that
#: stands upside down. Phased development spectra have up to .04, automatically phased FIDs up to .08, a file
#: of a spectrum that is out of phase .40.
SOME, MOST = 0.15, 0.8


@dataclass(frozen=True)
class Loaded:
    """spectrum: real, 1D, in the frequency domain. steps: what was done to it. warnings: what is odd."""

    spectrum: Spectrum
    steps: tuple[str, ...]
    warnings: tuple[str, ...]


def load(
    path: str | Path,
    *,
    raw: bool = False,
    procno: int | None = None,
    phase: tuple[float, float] | None = None,
    broadening: float | None = None,
) -> Loaded:
    """Read a Bruker experiment, a ``pdata/N`` folder, a Varian folder, JCAMP-DX or NMRPipe: 1D, 1H.

    Of a Bruker experiment the processed spectrum is taken (of ``procno``, or of the lowest number), and the
    FID with ``raw`` or where there is none. FIDs are transformed, phased (automatically without ``phase``,
    degrees) and their baseline taken off; broadening is in Hz. UserError for what is no such spectrum.
    """
    spectrum = _read(Path(path), raw, procno)
    name = spectrum.source or str(path)
    if spectrum.data.ndim != 1:
        raise UserError(f"{name}: has {spectrum.data.ndim} dimensions; this is for 1D spectra")
    axis = spectrum.axes[0]
    if axis.nucleus not in ("", "1H"):
        raise UserError(f"{name}: a {axis.nucleus} spectrum; the network knows 1H alone")
    if axis.mhz < SLOWEST:
        raise UserError(f"{name}: {axis.mhz:g} MHz is no spectrometer's frequency; its header says none")
    if not np.isfinite(spectrum.data).all():
        raise UserError(f"{name}: holds values that are not numbers")
    if axis.size < FEWEST or not np.abs(spectrum.data - np.mean(spectrum.data)).max() > 0:
        what = "is empty, all its points are equal" if axis.size >= FEWEST else f"has {axis.size} points"
        raise UserError(f"{name}: {what}")
    spectrum, steps = _processed(spectrum, phase, broadening)
    said = () if axis.nucleus else ("the file does not say its nucleus; taken for 1H",)
    return Loaded(spectrum, steps, (*said, *oddities(spectrum)))


def _read(path: Path, raw: bool, procno: int | None) -> Spectrum:
    from common.io import files

    folder = path if path.is_dir() else None
    if folder is None or not (folder / "acqus").is_file():
        if raw or procno is not None:
            raise UserError(f"{path}: --raw and --procno choose in a Bruker experiment, a folder with acqus")
        if folder and not any((folder / name).is_file() for name in ("procs", "procpar")):
            raise UserError(f"{folder}: {_no_experiment(folder)}")
        return files.read(path)
    several = [place for name in ("ser", "pdata/*/2rr", "pdata/*/3rrr") for place in folder.glob(name)]
    if several:
        raise UserError(f"{folder}: a 2D or 3D experiment (it has {several[0].name}); this is for 1D spectra")
    if raw and procno is not None:
        raise UserError("--raw takes the FID and --procno a processed spectrum; name one of them")
    chosen = None if raw else _chosen(folder, procno)
    if chosen is None and not (folder / "fid").is_file():
        raise UserError(f"{folder}: holds neither a processed 1D spectrum (pdata/N/1r) nor a fid")
    return files.read(folder if chosen is None else chosen)


def _no_experiment(folder: Path) -> str:
    """What a folder is instead of an experiment, and what to do."""
    if (folder / "1r").is_file():
        return "has 1r but no procs, which says its axis; copy procs beside it"
    inside = sorted((p.name for p in folder.glob("*/") if (p / "acqus").is_file()), key=lambda n: (len(n), n))
    if inside:
        more = " ..." if len(inside) > 8 else ""
        return f"holds the experiments {', '.join(inside[:8])}{more}; name one of them"
    return "no Bruker experiment (it has no acqus) and no other data set"


def _chosen(folder: Path, procno: int | None) -> Path | None:
    """The ``pdata`` folder with the processed spectrum; None where there is none."""
    numbered = sorted((p for p in folder.glob("pdata/*") if p.name.isdecimal()), key=lambda p: int(p.name))
    found = [place for place in numbered if (place / "1r").is_file()]
    if procno is not None:
        found = [place for place in found if int(place.name) == procno]
        if not found:
            raise UserError(f"{folder / 'pdata' / str(procno)}: no processed 1D spectrum (1r) there")
    if found and not (found[0] / "procs").is_file():
        raise FormatError(found[0], "has 1r but no procs, which says its axis; take the FID with --raw")
    return found[0] if found else None


def _processed(spectrum: Spectrum, phase, broadening: float | None) -> tuple[Spectrum, tuple[str, ...]]:
    """A real spectrum, and what was done for it."""
    axis = spectrum.axes[0]
    if axis.domain == "time":
        from common.classical.one_dimensional import process_1d

        options = {} if broadening is None else {"lb": broadening}
        done = process_1d(spectrum, phase=phase, **options)
        return done.spectrum, ("an FID, processed here:", *done.steps)
    if broadening is not None:
        raise UserError(f"{spectrum.source}: is transformed already; --lb is for an FID")
    if axis.encoding != "complex":
        if phase is not None:
            raise UserError(f"{spectrum.source}: is real; --phase needs an imaginary part or an FID")
        return spectrum, ("as processed in the file",)
    from common import processing

    data = spectrum.data if phase is None else processing.phase(spectrum.data, *phase)
    how = "as processed in the file" if phase is None else f"phased by {phase[0]:g} and {phase[1]:g} degrees"
    real = spectrum.replace(data=np.ascontiguousarray(data.real), axes=(axis.to_frequency(),))
    return real, (f"{how}, the real part of it",)


def oddities(spectrum: Spectrum) -> list[str]:
    """What is unusual about a real spectrum, in words."""
    from common.classical.baseline import baseline, noise_sd

    axis: Axis = spectrum.axes[0]
    data = spectrum.data.astype(float)
    if data.min() >= 0:
        return [
            "no point is negative, as in a magnitude or power spectrum: its lines are wider than in phase and"
            " its integrals do not count protons"
        ]
    flat = data - baseline(data, axis.sw / axis.size)[0]
    far = np.where(np.abs(flat) > FAR * noise_sd(data), flat, 0.0)
    share = -far[far < 0].sum() / max(np.abs(far).sum(), 1e-300)
    if share <= SOME:
        return []
    remedy = "is it in phase?" if share <= MOST else "does it stand upside down? --phase 180 0 turns an FID"
    said = f"{100 * share:.0f} % of the signal is negative: {remedy}"
    return [f"{said}; negative signals are not found"]
