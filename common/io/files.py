"""One door for spectra and FIDs: find the format and read it; write by extension, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from common.atomic import check_output, new_files
from common.errors import FormatError, UserError
from common.io.jcamp import is_jcamp, read_jcamp
from common.io.nmrpipe import byte_order, is_template, plane, read_nmrpipe, write_nmrpipe
from common.io.ucsf import MAGIC, read_ucsf, write_ucsf
from common.spectrum import Spectrum

WRITERS = dict.fromkeys((".fid", ".ft", ".ft1", ".ft2", ".ft3", ".dat"), write_nmrpipe) | {
    ".ucsf": write_ucsf
}
BRUKER_FILES = ("acqus", "procs")
FOLDER_DATA = ("fid", "ser", "1r", "2rr", "3rrr", "procpar")


def read(path, **options) -> Spectrum:
    """Read a spectrum or FID whatever its format; ``options`` go to the reader of that format.

    NMRPipe, UCSF and JCAMP-DX files are known by their bytes, planes by a template (``name%03d.ft3``), Bruker
    and Varian data sets by their folder or a data file in it. Raises FormatError for bytes that no reader
    takes, UserError where there is nothing to read.
    """
    path = Path(path)
    if is_template(path):
        if not plane(path, 1).is_file():
            raise UserError(f"{path}: there is no first plane {plane(path, 1).name}")
        return read_nmrpipe(path, **options)
    if path.is_dir():
        return _read_folder(path, **options)
    if not path.is_file():
        raise UserError(f"{path}: no such file or folder")
    with open(path, "rb") as file:
        head = file.read(64)
    if head.startswith(MAGIC):
        return read_ucsf(path, **options)
    if byte_order(head):
        return read_nmrpipe(path, **options)
    if is_jcamp(head) and path.name not in FOLDER_DATA:
        return read_jcamp(path, **options)
    if path.name in FOLDER_DATA:
        return _read_folder(path.parent, **options)
    reason = "neither NMRPipe nor UCSF nor JCAMP-DX, nor a data file of a Bruker or Varian folder"
    raise FormatError(path, reason)


def _read_folder(folder: Path, **options) -> Spectrum:
    """A Bruker experiment or processing folder, or a Varian one."""
    if any((folder / name).is_file() for name in BRUKER_FILES):
        from common.io.bruker import read_bruker

        return read_bruker(folder, **options)
    if (folder / "procpar").is_file():
        from common.io.varian import read_varian

        return read_varian(folder, **options)
    raise FormatError(folder, "neither a Bruker folder (acqus or procs) nor a Varian one (procpar)")


def write(path, spectrum: Spectrum, *, force: bool = False) -> None:
    """Write a spectrum in the format of the extension; NMRPipe planes where the name is a template.

    A file appears whole or not at all. Raises UserError for an unknown extension, a missing folder, a
    spectrum that the format cannot hold, and for an existing file unless ``force`` is set.
    """
    path = Path(path)
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UserError(f"{path}: cannot tell the format; use one of {', '.join(WRITERS)}")
    check_output(path, force)
    try:
        with new_files(path.parent, force=force) as part:
            writer(part / path.name, spectrum)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from error
