"""What another program found in our spectra, in files, so that nothing here needs that program.

A ``Job`` is written for the program's driver (``tests/benchmarks/lcmodel.py``), ``PeerResults`` come back.
Both are ``.npz``. Results belong to the spectra they were found in: ``read_results`` compares some points of
every FID, whose noise no other spectrum has, and so holds across machines whose last digits differ.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common.acquisition import Basis
from common.atomic import write_atomic
from common.errors import FormatError, UserError
from common.spectrum import Axis

_POINTS = 16  # of a FID, that tell it from others; ours
_TOLERANCE = 1e-3  # of the largest of them; ours: above the rounding of single precision, far below noise


@dataclass(frozen=True)
class Job:
    """Spectra for another program.

    fids: complex (spectra, points) on ``basis.axis``. basis: what they are fitted with; concentrations come
    back in its units. water: water references of the same shape, or None.
    """

    fids: np.ndarray
    basis: Basis
    water: np.ndarray | None = None

    def __post_init__(self):
        for fids in (self.fids, self.fids if self.water is None else self.water):
            if fids.ndim != 2 or fids.shape != (len(self.fids), self.basis.axis.size):
                raise ValueError(f"FIDs are (spectra, {self.basis.axis.size}), not {fids.shape}")


@dataclass(frozen=True)
class PeerResults:
    """What a program found, a row a spectrum; NaN where it found nothing.

    program: its name, version and settings, in a line. names: metabolites and sums (``tNAA``, ``tCr``,
    ``tCho``, ``Glx``). concentrations, sd: (spectra, names) in units of the basis; ``sd`` is the program's
    own standard error. fingerprint: of the spectra. done: whether the program has tried the spectrum.
    factor: what the program's own numbers were multiplied by, from a calibration on other spectra.
    extra: (spectra,) each, such as ``fwhm`` and ``shift`` in Hz, ``snr`` as the program defines it,
    ``phase0`` in degrees, ``phase1`` in degrees/ppm, ``seconds`` of processor time it took.
    """

    program: str
    names: tuple[str, ...]
    concentrations: np.ndarray
    sd: np.ndarray
    fingerprint: np.ndarray = field(repr=False)
    done: np.ndarray = field(repr=False)
    factor: float = 1.0
    extra: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def failed(self) -> int:
        """Spectra that the program was given and found nothing in."""
        return int((self.done & np.isnan(self.concentrations).all(axis=1)).sum())

    def of(self, names) -> np.ndarray:
        """The concentrations of some metabolites, (spectra, names); ``KeyError`` where one is not there."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise KeyError(missing[0])
        return self.concentrations[:, [self.names.index(name) for name in names]]


def fingerprint(fids: np.ndarray) -> np.ndarray:
    """Points that tell FIDs (spectra, points) apart: complex64 (spectra, 16)."""
    places = np.linspace(0, fids.shape[1] - 1, _POINTS).round().astype(int)
    return np.ascontiguousarray(fids[:, places], dtype=np.complex64)


def write_job(path: Path | str, job: Job) -> None:
    """Write spectra, axis and basis."""
    axis, basis = job.basis.axis, job.basis
    _write(
        path,
        fids=job.fids,
        axis=np.array([axis.sw, axis.mhz, axis.carrier, axis.first_delay]),
        names=np.array(basis.names),
        basis=basis.fids,
        te=np.nan if basis.te is None else basis.te,
        sequence=np.array(basis.sequence),
        **({} if job.water is None else {"water": job.water}),
    )


def read_job(path: Path | str) -> Job:
    """Read what ``write_job`` wrote; FormatError for another file."""
    with _opened(path, "spectra for another program") as file:
        sw, mhz, carrier, first_delay = (float(value) for value in file["axis"])
        te, fids = float(file["te"]), file["fids"]
        axis = Axis("1H", fids.shape[-1], sw, mhz, carrier, "time", "complex", first_delay)
        names = tuple(str(name) for name in file["names"])
        basis = Basis(names, file["basis"], axis, None if np.isnan(te) else te, str(file["sequence"]))
        return Job(fids, basis, file.get("water"))


def write_results(path: Path | str, results: PeerResults) -> None:
    """Write results, finished or not, in place of a file that is there."""
    values = {
        name: getattr(results, name) for name in ("concentrations", "sd", "fingerprint", "done", "factor")
    }
    texts = {"program": np.array(results.program), "names": np.array(results.names)}
    _write(path, **texts, **values, **{f"extra_{name}": value for name, value in results.extra.items()})


def read_results(path: Path | str, fids: np.ndarray, *, unfinished: bool = False) -> PeerResults:
    """The results of a program on the spectra ``fids`` (spectra, points).

    Raises UserError where they belong to other spectra, or where spectra are still missing (allowed with
    ``unfinished``); FormatError for another file.
    """
    with _opened(path, "results of another program") as file:
        results = PeerResults(
            program=str(file["program"]),
            names=tuple(str(name) for name in file["names"]),
            **{name: file[name] for name in ("concentrations", "sd", "fingerprint", "done")},
            factor=float(file["factor"]) if "factor" in file else 1.0,
            extra={
                name.removeprefix("extra_"): file[name] for name in file.files if name.startswith("extra_")
            },
        )
    if not _same(results.fingerprint, fingerprint(fids)):
        raise UserError(
            f"{path}: holds results of {len(results.done)} other spectra, not of these {len(fids)};"
            " write the spectra again and let the program's driver run on them"
        )
    if not (unfinished or results.done.all()):
        done = int(results.done.sum())
        raise UserError(f"{path}: has {done} of {len(fids)} spectra; let the program's driver finish")
    return results


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    return bool((np.abs(one - other) <= _TOLERANCE * np.abs(other).max(axis=1, keepdims=True)).all())


def _write(path, **arrays) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    write_atomic(path, file.getvalue())


class _opened:
    """The arrays of a file; whatever is wrong inside the block is a FormatError that names it."""

    def __init__(self, path, what: str):
        self.path, self.what = path, what

    def __enter__(self):
        try:
            self.file = np.load(self.path, allow_pickle=False)
        except FileNotFoundError:
            raise UserError(f"{self.path}: no such file") from None
        except (ValueError, OSError, EOFError, zipfile.BadZipFile):
            raise FormatError(self.path, f"does not hold {self.what}") from None
        if not isinstance(self.file, np.lib.npyio.NpzFile):
            raise FormatError(self.path, f"does not hold {self.what}")
        return self.file

    def __exit__(self, kind, error, _):
        self.file.close()
        if kind is not None and issubclass(kind, KeyError | ValueError | TypeError | zipfile.BadZipFile):
            raise FormatError(self.path, f"does not hold {self.what}: {error}") from None
