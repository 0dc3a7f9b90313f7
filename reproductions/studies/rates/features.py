"""Speed of what networks are told of structures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.training.backend import import_keras
from reproductions import registry
from reproductions.studies.rates import made, naive
from reproductions.studies.rates.measurement import Form, Forms, Measurement

ENVIRONMENTS = 32


def protein(folder: Path, kind: str) -> Forms:
    """Structure to inputs, hydrogens there."""
    data, helix = registry.get("sparta_plus").module("data"), made.helix()
    return Forms(Form(lambda: data.made(helix, kind), len(helix)))


def hydrogens(folder: Path) -> Forms:
    """A structure as crystallography gives it, read and completed."""
    import gemmi

    from common.io.structures import read_structure
    from common.protein.hydrogens import add_hydrogens

    whole = made.structure(folder / "made.pdb", made.helix())
    structure = gemmi.read_structure(str(whole))
    structure.remove_hydrogens()
    heavy = folder / "heavy.pdb"
    structure.write_pdb(str(heavy))
    protein = read_structure(heavy)
    return Forms(Form(lambda: add_hydrogens(protein), len(protein)))


def contacts(folder: Path) -> Forms:
    """The contact model of order parameters, a sum over all heavy atoms."""
    from common.protein.order import contact_order

    whole, half = made.helix(), made.helix(1)
    heavy = int((whole.elements != "H").sum())
    return Forms(
        Form(lambda: contact_order(whole), len(whole)),
        # half as many atoms, so half the work for a residue: what is measured is a bound from below
        Form(lambda: naive.contact_order(half), len(half)),
        flops=len(whole) * heavy * 2 * 10,
    )


def distances(folder: Path) -> Forms:
    """All squared distances between two sets of points."""
    from scipy.spatial.distance import cdist

    from common.protein.geometry import squared_distances

    points, others = np.random.default_rng(0).normal(0, 20, (2, 2000, 3))
    pairs = len(points) * len(others)
    return Forms(
        Form(lambda: squared_distances(points, others), pairs),
        Form(lambda: np.sum((points[:, None] - others) ** 2, axis=-1), pairs),
        {"scipy cdist": Form(lambda: cdist(points, others, "sqeuclidean"), pairs)},
        flops=pairs * 10,
        bytes=pairs * 8,
    )


def densities(folder: Path) -> Forms:
    """Five boxes of 16 nodes an edge, of the 320 nearest atoms."""
    keras = import_keras()
    mr3d = registry.get("mr3d_densenet")
    config, model = mr3d.module("config").Config(), mr3d.module("model")
    atoms = _environments(config.neighbours)
    turned = np.tile(np.eye(3, dtype="float32"), (ENVIRONMENTS, 1, 1))
    inputs = [atoms.offsets[:ENVIRONMENTS], atoms.channels[:ENVIRONMENTS], turned]
    shapes = [keras.Input(each.shape[1:], dtype=str(each.dtype)) for each in inputs]
    network = keras.Model(shapes, model.Densities(config.boxes, config.grid)(*shapes))
    near = [min(mr3d.module("densities").enough(half), config.neighbours) for half in config.boxes]
    soap = mr3d.module("soap")

    def described():
        return soap.spectra(inputs[0], inputs[1], "C", (soap.BONDED, soap.AROUND))

    return Forms(
        Form(lambda: network.predict_on_batch(inputs), ENVIRONMENTS),
        Form(lambda: naive.densities(inputs[0][:1], inputs[1][:1], config.boxes, config.grid), 1),
        {"dscribe SOAP": Form(described, ENVIRONMENTS)} if _there("dscribe") else {},
        flops=ENVIRONMENTS * 2 * 4 * config.grid**3 * sum(near),
        bytes=ENVIRONMENTS * 4 * config.grid**3 * 4 * len(config.boxes),
    )


def neighbours(folder: Path) -> Forms:
    """The 320 nearest of every carbon of a cell."""
    from ase import Atoms
    from ase.neighborlist import neighbor_list

    surroundings = registry.get("mr3d_densenet").module("environments").surroundings
    cell = made.crystal()
    carbons = np.flatnonzero(cell.numbers == 6)
    atoms = Atoms(cell.numbers, cell.positions, cell=cell.cell, pbc=True)
    offsets = surroundings(cell, carbons, 320)[0]
    reach = float(np.linalg.norm(offsets[:, -1], axis=-1).max())
    return Forms(
        Form(lambda: surroundings(cell, carbons, 320), len(carbons)),
        Form(lambda: naive.neighbours(cell, carbons[:8], 320, 1), 8),
        {"ase neighbor_list": Form(lambda: neighbor_list("ijD", atoms, reach), len(carbons))},
        bytes=offsets.nbytes * 2,
    )


def _environments(count: int):
    environments = registry.get("mr3d_densenet").module("environments").environments
    return environments([made.crystal()], "C", neighbours=count, collapse=False)


def _there(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


MEASUREMENTS = (
    Measurement("describe/sparta", "inputs of SPARTA+, helix of 152 residues", "residues",
                lambda folder: protein(folder, "sparta"), precision="float64"),
    Measurement("describe/oriented", "inputs of the variant oriented, 152 residues", "residues",
                lambda folder: protein(folder, "oriented"), precision="float64"),
    Measurement("describe/hydrogens", "hydrogens of 152 residues", "residues", hydrogens),
    Measurement("describe/contacts", "contact model, 152 residues", "residues", contacts,
                naive="atom by atom, of half as many", precision="float64"),
    Measurement("describe/distances", "2000 x 2000 squared distances", "pairs", distances,
                naive="differences of coordinates", precision="float64"),
    Measurement("describe/densities", f"densities of {ENVIRONMENTS} environments, five boxes", "environments",
                densities, naive="neighbour by neighbour"),
    Measurement("describe/neighbours", "320 neighbours of atoms in a cell of 216", "environments", neighbours,
                naive="distances to all images", precision="float64"),
)  # fmt: skip
