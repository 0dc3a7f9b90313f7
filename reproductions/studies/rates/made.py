"""Files to read and structures to describe, made where a measurement runs: no data set is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.spectrum import Axis, Spectrum
from common.structures import Crystal, Protein

#: Ubiquitin, as an example of a sequence.
SEQUENCE = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
ACQUS = {
    "AQ_mod": 3, "AQSEQ": 0, "BF1": 600.0, "BYTORDA": 0, "DECIM": 1, "DSPFVS": 20, "DTYPA": 0, "FnTYPE": 0,
    "GRPDLY": 67.98, "NC": 0, "NUC1": "<1H>", "O1": 2820.0, "PARMODE": 1, "SFO1": 600.00282, "SW_h": 8000.0,
}  # fmt: skip
ACQU2S = {
    "BF1": 60.8, "FnMODE": 4, "NUC1": "<15N>", "SFO1": 60.8072, "SW_h": 2000.0, "NusTD": 0, "FnTYPE": 0,
}  # fmt: skip


def helix(copies: int = 2) -> Protein:
    """So many times ubiquitin's sequence in one helix, with hydrogens."""
    from common.simulation.peptides import peptide

    return peptide(copies * SEQUENCE, np.radians(-62.0), np.radians(-42.0), name="helix")


def plane(rows: int = 2048, columns: int = 2048) -> Spectrum:
    """A real 2D spectrum of noise."""
    axes = (Axis("15N", rows, 2000.0, 60.8, 118.0), Axis("1H", columns, 8000.0, 600.0, 4.7))
    return Spectrum(np.random.default_rng(0).standard_normal((rows, columns), dtype="float32"), axes)


def crystal(edge: int = 6) -> Crystal:
    """``edge ** 3`` atoms of H, C, N and O on a lattice of 2.15 angstrom, each a little off it."""
    rng = np.random.default_rng(0)
    places = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), -1).reshape(-1, 3)
    positions = 2.15 * places + rng.normal(0, 0.15, places.shape)
    numbers = rng.choice([1, 6, 7, 8], len(places), p=[0.45, 0.35, 0.1, 0.1])
    return Crystal("made", numbers, 2.15 * edge * np.eye(3), positions)


def bruker(folder: Path, rows: int = 512, points: int = 4096) -> Path:
    """A Bruker folder with a ``ser`` of States rows, int32."""
    folder.mkdir()
    _parameters(folder / "acqus", ACQUS | {"TD": 2 * points})
    _parameters(folder / "acqu2s", ACQU2S | {"TD": rows})
    values = np.random.default_rng(0).integers(-(2**20), 2**20, (rows, 2 * points))
    (folder / "ser").write_bytes(values.astype("<i4").tobytes())
    return folder


def jcamp(path: Path, points: int = 65536) -> Path:
    """A 1D spectrum as plain numbers in JCAMP-DX."""
    values = np.random.default_rng(0).integers(-(10**6), 10**6, points)
    head = (
        "##TITLE= made\n##JCAMP-DX= 5.0\n##DATA TYPE= NMR SPECTRUM\n##DATA CLASS= XYDATA\n"
        "##.OBSERVE FREQUENCY= 500.0\n##.OBSERVE NUCLEUS= ^1H\n##XUNITS= HZ\n##YUNITS= ARBITRARY UNITS\n"
        f"##XFACTOR= 1\n##YFACTOR= 1\n##FIRSTX= {points - 1}\n##LASTX= 0\n##NPOINTS= {points}\n"
        "##XYDATA= (X++(Y..Y))\n"
    )
    rows = values.reshape(-1, 8)
    lines = [f"{points - 1 - 8 * k} " + " ".join(map(str, row)) for k, row in enumerate(rows)]
    path.write_text(head + "\n".join(lines) + "\n##END=\n")
    return path


def structure(path: Path, protein: Protein) -> Path:
    """A protein as PDB or mmCIF, by the name's ending, written by biotite."""
    from biotite.structure import AtomArray
    from biotite.structure.io import save_structure

    atoms = AtomArray(len(protein.atoms))
    atoms.coord = protein.xyz.astype("float32")
    atoms.atom_name, atoms.element = protein.atoms, protein.elements
    atoms.res_id = protein.numbers[protein.residue_of]
    atoms.res_name = protein.residues[protein.residue_of]
    atoms.chain_id = protein.chains[protein.residue_of]
    save_structure(path, atoms)
    return path


def _parameters(path: Path, values: dict) -> None:
    lines = [f"##${name}= {value}" for name, value in values.items()]
    text = "\n".join(["##TITLE= Parameter file, TopSpin 4.1.0", "##JCAMPDX= 5.0", *lines, "##END=", ""])
    path.write_text(text)
