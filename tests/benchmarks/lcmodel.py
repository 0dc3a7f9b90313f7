"""LCModel on spectra of the suite: ``python -m tests.benchmarks.lcmodel --spectra JOB.npz -o RESULTS.npz``.

LCModel is what most users run (Provencher, Magn. Reson. Med. 1993, 30, 672). Its source is public and free
(github.com/schorschinho/LCModel, BSD-3), one Fortran file:

    gfortran -O2 -std=legacy -fno-f2c -fall-intrinsics -fno-backslash -o lcmodel LCModel.f

``--program`` or the environment's ``LCMODEL`` says where it is. It runs as its users run it: all settings its
own (window 4.0 to 0.2 ppm, its macromolecules and lipids, its soft constraints on ratios) but the stated echo
time; eddy-current correction (``DOECC``) and water scaling (``DOWS``) where there is a water reference, and
only there. A job is what ``common.mrs.peers.write_job`` wrote. A driver that was stopped goes on.

Units: without water scaling LCModel gives concentrations in units of the basis: metabolites alone, in lines
of LCModel's shape, come back within two per cent. Its absolute numbers depend on that shape. It expects the
Lorentzian part of a line to be wider than the basis by 2 /s * sqrt(MHz / 85.16) (``DEEXT2``), 0.8 Hz at 3 T,
whatever else widens it being its free line shape; wider Lorentzian tails are taken for baseline, so that
concentrations come out too low. The basis, which has no relaxation, gets the width of LCModel's own ones;
``--factor`` takes out what is left on the average, found as ``calibration`` finds it in other spectra.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.acquisition import Acquisition, Basis
from common.atomic import check_output
from common.errors import UserError
from common.io.lcmodel import metabolite, write_basis, write_raw
from common.metrics.concentrations import TOTALS
from common.mrs.peers import Job, PeerResults, fingerprint, read_job, read_results, write_results

#: Lorentzian full width at half height (ppm) that the basis gets, which has no relaxation: LCModel's default
#: FWHMBA, the width of the basis spectra it was made for.
BASIS_WIDTH = 0.013
#: Signals are multiplied by this: LCModel prints three decimals up to 999.999, so tenths of a unit keep four
#: digits from 0.1 units on.
SCALE = 10.0
#: LCModel's soft constraint on scyllo-inositol looks for this name.
RENAMED = {"sIns": "Scyllo"}
EVERY = 10  # spectra between two writings of the results; ours: a lost minute at most
EXTRA = ("fwhm", "snr", "shift", "phase0", "phase1", "seconds")
_ROW = re.compile(r"^ ([ \d.E+-]{8})([ \d]{4})%([ \d.E+-]{8})[ +-](\S+)\s*$", re.MULTILINE)
_MISC = re.compile(
    r"FWHM =\s*([\d.]+) ppm\s+S/N =\s*(-?\d+).*?Data shift =\s*(-?[\d.]+) ppm"
    r".*?Ph:\s*(-?\d+) deg\s+(-?[\d.]+) deg/ppm",
    re.DOTALL,
)


@dataclass(frozen=True)
class Table:
    """An LCModel table: concentrations and their standard errors in percent by LCModel's names.

    fwhm and shift in ppm, phase0 in degrees, phase1 in degrees/ppm, as LCModel prints them: ``shift`` is what
    it moved the data by.
    """

    concentrations: dict[str, float]
    percent: dict[str, float]
    fwhm: float
    snr: float
    shift: float
    phase0: float
    phase1: float


def parse_table(text: str) -> Table:
    """Read a ``.table`` file. ``ValueError`` where LCModel stopped before it had a result."""
    start, end = text.find("$$CONC"), text.find("$$MISC")
    rows = _ROW.findall(text[start:end]) if 0 <= start < end else []
    misc = _MISC.search(text, max(end, 0))
    if not rows or not misc:
        raise ValueError("no concentrations in LCModel's table")
    return Table(
        {name: float(value) for value, _, _, name in rows},
        {name: float(percent) for _, percent, _, name in rows},
        *map(float, misc.groups()),
    )


def broadened(basis: Basis, width: float = BASIS_WIDTH) -> Basis:
    """The basis as LCModel wants it: lines of ``width`` ppm, twice its length by zeros, LCModel's names."""
    axis = basis.axis
    decay = np.exp(-np.pi * width * axis.mhz * np.arange(axis.size) / axis.sw)
    fids = np.concatenate([basis.fids * decay, np.zeros_like(basis.fids)], axis=1)
    names = tuple(RENAMED.get(name, name) for name in basis.names)
    return dataclasses.replace(
        basis, names=names, fids=fids, axis=dataclasses.replace(axis, size=2 * axis.size)
    )


def control(basis: Basis, water: bool = False) -> str:
    """The control file for one spectrum in a folder of its own, the basis in the folder above."""
    axis = basis.axis
    fields = {
        "title": "'nmr-repro'",
        "filbas": "'../spectra.basis'",
        "filraw": "'spectrum.raw'",
        "filps": "'spectrum.ps'",
        "filtab": "'spectrum.table'",
        "ltable": 7,
        "nunfil": axis.size,
        "deltat": f"{1 / axis.sw:.9g}",
        "hzpppm": f"{axis.mhz:.9g}",
        "fwhmba": BASIS_WIDTH,
        **({} if basis.te is None else {"echot": f"{basis.te:.6g}"}),
        **({"filh2o": "'spectrum.h2o'", "doecc": "T", "dows": "T"} if water else {}),
    }
    return " $LCMODL\n" + "".join(f" {name}={value}\n" for name, value in fields.items()) + " $END\n"


def fit_one(program: str, folder: Path, fid, basis: Basis, timeout: float, water=None) -> Table | None:
    """LCModel's table for one FID (points,) in an empty ``folder`` beside the basis; None where it failed."""
    for name, signal in (("spectrum.raw", fid), ("spectrum.h2o", water)):
        if signal is not None:
            fids = SCALE * np.asarray(signal, dtype=complex)[None, None]
            write_raw(folder / name, Acquisition(fids, basis.axis, basis.te, sequence=basis.sequence))
    try:
        subprocess.run(
            [program],
            input=control(basis, water is not None),
            text=True,
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            check=True,
            errors="replace",
        )
        return parse_table((folder / "spectrum.table").read_text(encoding="latin-1"))
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def row_of(table: Table | None, names, mhz: float, seconds: float, scale: float = SCALE) -> dict:
    """A row of the results; NaN for what LCModel has not found. Totals by the names of ``TOTALS``."""
    if table is None:
        nothing = np.full(len(names), np.nan)
        return dict.fromkeys(EXTRA, np.nan) | {"value": nothing, "sd": nothing}
    printed = {metabolite(name): name for name in table.concentrations}
    printed |= {total: "+".join(parts) for total, parts in TOTALS.items()}
    found = [printed.get(name, name) for name in names]
    value = np.array([table.concentrations.get(name, np.nan) for name in found]) / scale
    percent = np.array([table.percent.get(name, np.nan) for name in found])
    percent[percent >= 999] = np.nan  # LCModel's word for "nothing found"
    return {
        "value": value,
        "sd": value * percent / 100,
        "fwhm": table.fwhm * mhz,
        "snr": table.snr,
        "shift": -table.shift * mhz,
        "phase0": table.phase0,
        "phase1": table.phase1,
        "seconds": seconds,
    }


def empty(job: Job, program: str, factor: float = 1.0) -> PeerResults:
    """Results before LCModel has seen a spectrum."""
    names, spectra = job.basis.names, len(job.fids)
    names += tuple(total for total, parts in TOTALS.items() if set(parts) <= set(names))
    settings = (
        f"LCModel, defaults, basis {BASIS_WIDTH} ppm wide{', water-scaled' if job.water is not None else ''}"
    )
    return PeerResults(
        program=f"{settings}; {Path(program).name}",
        names=names,
        concentrations=np.full((spectra, len(names)), np.nan),
        sd=np.full((spectra, len(names)), np.nan),
        fingerprint=fingerprint(job.fids),
        done=np.zeros(spectra, dtype=bool),
        factor=factor,
        extra={name: np.full(spectra, np.nan) for name in EXTRA},
    )


class Clock:
    """Processor time (s) of the programs that ended since the last look; other load does not count."""

    def __init__(self):
        self.lock, self.last = threading.Lock(), self._total()

    def _total(self) -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def lap(self) -> float:
        with self.lock:
            before, self.last = self.last, self._total()
            return self.last - before


def fit(
    program: str,
    job: Job,
    results: PeerResults | None = None,
    *,
    workers: int = 1,
    timeout: float = 120,
    save=None,
) -> PeerResults:
    """LCModel on all spectra that are not done in ``results``, which are filled in place.

    timeout: seconds a spectrum. save: called with the results every few spectra and at the end.
    """
    results = empty(job, program) if results is None else results
    scale = (1.0 if job.water is not None else SCALE) / results.factor  # the water is scaled as well
    clock = Clock()

    def work(folder: Path, index: int):
        own = folder / str(index)
        own.mkdir()
        water = None if job.water is None else job.water[index]
        table = fit_one(program, own, job.fids[index], job.basis, timeout, water)
        shutil.rmtree(own)
        return index, row_of(table, results.names, job.basis.axis.mhz, clock.lap(), scale)

    with (
        tempfile.TemporaryDirectory(prefix="lcmodel-") as name,
        concurrent.futures.ThreadPoolExecutor(workers) as pool,
    ):
        write_basis(Path(name) / "spectra.basis", broadened(job.basis))
        waiting = [pool.submit(work, Path(name), int(index)) for index in np.flatnonzero(~results.done)]
        try:
            for count, finished in enumerate(concurrent.futures.as_completed(waiting), 1):
                index, row = finished.result()
                results.concentrations[index], results.sd[index] = row["value"], row["sd"]
                for extra in EXTRA:
                    results.extra[extra][index] = row[extra]
                results.done[index] = True
                if save and (count % EVERY == 0 or count == len(waiting)):
                    save(results)
        finally:
            pool.shutdown(cancel_futures=True)
    return results


def calibration(results: PeerResults, creatine: np.ndarray) -> float:
    """The factor for LCModel's numbers: the median of true over found total creatine.

    creatine: true Cr + PCr (spectra,) of development spectra. Creatine because users refer to it; ours.
    """
    found = results.of(["tCr"])[:, 0] / results.factor
    return float(np.nanmedian(creatine[found > 0] / found[found > 0]))


def find_program(given: str | None) -> str:
    """The program's full path; UserError where there is none."""
    given = given or os.environ.get("LCMODEL", "")
    found = shutil.which(given) if given else None
    if not found:
        raise UserError(f"LCModel is not at {given!r}: build it, and name it with --program or LCMODEL")
    return str(Path(found).resolve())


def main(words=None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.lcmodel", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--program", help="the LCModel executable (otherwise the environment's LCMODEL)")
    parser.add_argument("--spectra", required=True, help="the job, an .npz of common.mrs.peers.write_job")
    parser.add_argument(
        "-o", "--output", required=True, help="results .npz; where it is there already, goes on"
    )
    parser.add_argument("--workers", type=int, default=1, help="spectra at once (default 1)")
    parser.add_argument(
        "--timeout", type=float, default=120, help="seconds after which a spectrum is given up"
    )
    parser.add_argument(
        "--factor", type=float, default=1.0, help="multiply concentrations by this (default 1)"
    )
    arguments = parser.parse_args(words)
    try:
        program, job = find_program(arguments.program), read_job(arguments.spectra)
        there = Path(arguments.output).exists()
        check_output(arguments.output, force=True)
        results = empty(job, program, arguments.factor)
        if there:
            results = read_results(arguments.output, job.fids, unfinished=True)
        if results.factor != arguments.factor:
            raise UserError(
                f"{arguments.output}: was begun with --factor {results.factor:g}; go on with that"
            )

        def save(results):
            write_results(arguments.output, results)
            print(f"{results.done.sum()} of {len(results.done)} spectra, {results.failed} failed", flush=True)

        fit(program, job, results, workers=arguments.workers, timeout=arguments.timeout, save=save)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"median {np.nanmedian(results.extra['seconds']):.2f} s of processor time a spectrum")
    return 0


if __name__ == "__main__":
    sys.exit(main())
