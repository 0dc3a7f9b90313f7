"""Speed of readers, of files in the page cache, beside what a user would pick and a plain read."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from reproductions.studies.rates import made
from reproductions.studies.rates.measurement import Form, Forms, Measurement


def spectrum(folder: Path, name: str, peer) -> Forms:
    """A 2D spectrum of 16 MB; ``peer``: how nmrglue reads it, of its path."""
    from common.io.files import read, write

    path = folder / name
    write(path, made.plane())
    mega = path.stat().st_size / 1e6
    return Forms(
        Form(lambda: read(path), mega), peers={"nmrglue": Form(lambda: peer(str(path)), mega)}, file=path
    )


def nmrpipe(folder: Path) -> Forms:
    """One file, as nmrPipe writes a plane."""
    import nmrglue

    return spectrum(folder, "plane.ft2", nmrglue.pipe.read)


def ucsf(folder: Path) -> Forms:
    """Tiles, as Sparky has them."""
    import nmrglue

    return spectrum(folder, "plane.ucsf", nmrglue.sparky.read)


def bruker(folder: Path) -> Forms:
    """A ser file of 16 MB, the group delay of the digital filter taken out, as both do."""
    from nmrglue import bruker as peer

    from common.io.files import read

    where = made.bruker(folder / "made")
    mega = (where / "ser").stat().st_size / 1e6

    def theirs():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parameters, data = peer.read(str(where))
            return peer.remove_digital_filter(parameters, data)

    return Forms(Form(lambda: read(where), mega), peers={"nmrglue": Form(theirs, mega)}, file=where / "ser")


def jcamp(folder: Path) -> Forms:
    """65,536 points of text."""
    from nmrglue import jcampdx

    from common.io.files import read

    path = made.jcamp(folder / "made.dx")
    mega = path.stat().st_size / 1e6
    return Forms(
        Form(lambda: read(path), mega), peers={"nmrglue": Form(lambda: jcampdx.read(str(path)), mega)},
        file=path,
    )  # fmt: skip


def pdb(folder: Path) -> Forms:
    """A helix of 152 residues with hydrogens."""
    from biotite.structure.io.pdb import PDBFile

    path = made.structure(folder / "made.pdb", made.helix())
    return _structure(path, lambda: PDBFile.read(path).get_structure(model=1))


def mmcif(folder: Path) -> Forms:
    """The same as mmCIF."""
    from biotite.structure.io.pdbx import CIFFile, get_structure

    path = made.structure(folder / "made.cif", made.helix())
    return _structure(path, lambda: get_structure(CIFFile.read(path), model=1))


def _structure(path: Path, biotite) -> Forms:
    import gemmi

    from common.io.structures import read_structure

    return Forms(
        Form(lambda: read_structure(path)),
        peers={"biotite": Form(biotite), "gemmi, atoms alone": Form(lambda: gemmi.read_structure(str(path)))},
        file=path,
    )


def cif(folder: Path) -> Forms:
    """A cell of 216 atoms."""
    import gemmi
    from ase import Atoms, io

    from common.io.crystals import read_crystals

    path, cell = folder / "made.cif", made.crystal()
    io.write(path, Atoms(cell.numbers, cell.positions, cell=cell.cell, pbc=True))
    return Forms(
        Form(lambda: read_crystals(path)),
        peers={
            "ase": Form(lambda: io.read(path)),
            "gemmi, sites alone": Form(lambda: gemmi.read_small_structure(str(path))),
        },
        file=path,
    )


def nifti(folder: Path) -> Forms:
    """32 coils, 32 averages, 2048 points: 16 MB."""
    import nibabel

    from common.acquisition import Acquisition
    from common.io.mrs import read_mrs, write_mrs
    from common.spectrum import Axis

    rng = np.random.default_rng(0)
    fids = rng.standard_normal((32, 32, 2048, 2), "float32").view("complex64")[..., 0]
    axis = Axis("1H", 2048, 2000.0, 127.75, 4.65, "time", "complex")
    path = folder / "made.nii"
    write_mrs(path, Acquisition(fids, axis, 30.0, 2000.0, "press"))
    mega = path.stat().st_size / 1e6
    return Forms(
        Form(lambda: read_mrs(path), mega),
        peers={"nibabel": Form(lambda: np.array(nibabel.load(path).dataobj), mega)},
        file=path,
    )


MEASUREMENTS = (
    Measurement("read/nmrpipe", "NMRPipe, 2048 x 2048", "MB", nmrpipe),
    Measurement("read/ucsf", "Sparky ucsf, 2048 x 2048", "MB", ucsf),
    Measurement("read/bruker", "Bruker ser, 512 x 4096 complex, group delay out", "MB", bruker),
    Measurement("read/jcamp", "JCAMP-DX, 65536 points", "MB", jcamp),
    Measurement("read/nifti_mrs", "NIfTI-MRS, 32 coils x 32 averages", "MB", nifti),
    Measurement("read/pdb", "PDB, 152 residues with H", "files", pdb),
    Measurement("read/mmcif", "mmCIF, 152 residues with H", "files", mmcif),
    Measurement("read/cif", "CIF, 216 atoms", "files", cif),
)
