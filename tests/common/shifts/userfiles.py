"""Files as a user may bring them: a peptide as PDB or mmCIF, conformers, chains, without hydrogens."""

import numpy as np

from common.simulation.peptides import peptide
from common.structures import Protein
from tests.common.protein.made import without

SEQUENCE = "MKVLITGASGQLAWELQRSFPDHEVIAYDK"


def helix(sequence=SEQUENCE, name="made", chain="A", first=1, at=(0.0, 0.0, 0.0)) -> Protein:
    """A peptide in a helix."""
    n = len(sequence)
    made = peptide(sequence, np.full(n, np.radians(-62.0)), np.full(n, np.radians(-42.0)), name=name)
    numbers, chains = np.arange(first, first + n), np.full(n, chain)
    return made.replace(numbers=numbers, chains=chains, coordinates=made.coordinates + np.array(at))


def heavy(protein: Protein) -> Protein:
    """Without its hydrogens."""
    return without(protein, protein.elements != "H")


def jiggled(protein: Protein, models: int, width: float, seed=0) -> Protein:
    """Conformers whose atoms are so many angstrom off."""
    moves = np.random.default_rng(seed).normal(0, width, (models, len(protein.atoms), 3))
    return protein.replace(coordinates=protein.xyz + moves)


def pdb_text(*proteins: Protein) -> str:
    """PDB records of chains; each model has all of them."""
    lines = []
    for model in range(proteins[0].models):
        lines.append(f"MODEL {model + 1:8d}")
        for protein in proteins:
            rows = zip(
                protein.atoms, protein.elements, protein.residue_of, protein.coordinates[model], strict=True
            )
            for serial, (atom, element, k, xyz) in enumerate(rows, 1):
                name = f" {atom:<3}" if len(atom) < 4 else atom
                number = f"{protein.numbers[k]:4d}{protein.icodes[k] or ' '}"
                residue = f"{protein.residues[k]} {protein.chains[k]}{number}"
                where = "".join(f"{value:8.3f}" for value in xyz)
                lines.append(
                    f"ATOM  {serial:5d} {name} {residue}   {where}  1.00 20.00          {element:>2}"
                )
            lines.append("TER")
        lines.append("ENDMDL")
    return "\n".join([*lines, "END", ""])


def save(folder, *proteins: Protein, name=None):
    """A PDB file of chains, or an mmCIF file where the name says so."""
    path = folder / (name or f"{proteins[0].name}.pdb")
    text = pdb_text(*proteins)
    if path.suffix == ".cif":
        import gemmi

        text = gemmi.read_pdb_string(text).make_mmcif_document().as_string()
    path.write_text(text)
    return path
