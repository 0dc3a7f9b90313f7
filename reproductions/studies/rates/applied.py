"""Speed of what ``nmr-repro apply`` does once it has read a file: published networks on a user's spectrum."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.spectrum import Axis, Spectrum
from reproductions import registry
from reproductions.chosen import chosen_run, config_of
from reproductions.studies.rates import made
from reproductions.studies.rates.arithmetic import flops_of
from reproductions.studies.rates.measurement import Form, Forms, Measurement


def forms(call, units: float, peers=None) -> Forms:
    """A call with the arithmetic of its networks, compiled before by asking once."""
    call()
    wanted = {name: Form(other, units) for name, other in (peers or {}).items()}
    return Forms(Form(call, units), peers=wanted, flops=flops_of(call))


def opened(name: str):
    """The modules of a reproduction, and the run that a user gets who names none."""
    module = registry.get(name).module
    return module, chosen_run(name, None, module("apply").DEFAULT)


def nus(folder: Path, name: str) -> Forms:
    """A 2D spectrum, 384 columns of 128 points, a quarter of them measured."""
    from common.classical.methods import METHODS
    from common.nus import testbench

    module, run = opened(name)
    _, estimate = module("apply").completing_network(run)
    plane, mask = testbench.disordered_protein(), testbench.schedules(128, 0.25, 1)[0]
    fid = np.tile(plane.fid * mask[:, None], 2)
    peers = {key: (lambda key=key: METHODS[key].complete(fid, mask)) for key in ("ist_s", "low_rank")}
    return forms(lambda: estimate(fid, mask), fid.shape[1], peers)


def brain(folder: Path) -> Forms:
    """One spectrum: its concentrations with their uncertainty."""
    from common.mrs.conventional import fitted
    from common.simulation.brain import BrainRanges, simulate
    from common.simulation.metabolites import basis

    module, run = opened("lee_kim_denoiser")
    config, model = module("apply").network(run, "healthy")
    axis = Axis("1H", 2048, 2000.0, 123.25, 4.65, "time", "complex")
    signals = basis(axis)
    fids = simulate(signals, BrainRanges(), 1, np.random.default_rng(0)).fids
    estimate = module("estimate").method(config, model, "healthy")
    peers = {"linear combination": lambda: fitted(fids, axis, signals)}
    return forms(lambda: estimate(fids, axis, signals), 1, peers)


def shifts(folder: Path, name: str) -> Forms:
    """Shifts of a structure with hydrogens, 152 residues."""
    module, run = opened(name)
    _, predict = module("apply").networks(run)
    helix = made.helix()
    return forms(lambda: predict([helix]), len(helix))


def torsions(folder: Path) -> Forms:
    """Angles of a chain of 152 residues; the database is not searched."""
    from common.protein.random_coil import random_coil
    from common.shiftlist import NUCLEI

    module, run = opened("talos_n")
    config = config_of(module("config").Config, run)
    trained, data = module("apply").networks(config, run), module("data")
    sequence = 2 * made.SEQUENCE
    values = random_coil(sequence, neighbours=True)[:, : len(NUCLEI)]
    table = data.table([data.Chain("made", sequence, values, np.arange(len(sequence)) > 0)])
    return forms(lambda: module("predict").predict(trained, table, None), len(sequence))


def crystal(folder: Path) -> Forms:
    """All four nuclei of a cell of 216 atoms; beside it kernel regression's spectra alone."""
    from importlib.util import find_spec

    module, run = opened("mr3d_densenet")
    config = config_of(module("config").Config, run)
    networks, estimate = module("apply").networks(config, run), module("estimate").estimate
    cell, soap = made.crystal(), module("soap")

    def spectra():
        for element in config.nuclei:
            atoms = module("environments").environments([cell], element, collapse=False)
            soap.spectra(atoms.offsets, atoms.channels, element, soap.SETTINGS[element].scales)

    peers = {"dscribe SOAP, no regression": spectra} if find_spec("dscribe") else {}
    return forms(lambda: estimate([cell], networks, config.neighbours), len(cell), peers)


def peaks(folder: Path) -> Forms:
    """A simulated 15N HSQC; nmrglue picks beyond the same threshold."""
    from common.classical.peak_picking import nmrglue_points, quiet_noise
    from common.simulation.plane_ranges import PlaneRanges
    from common.simulation.protein_planes import simulate
    from common.simulation.protein_spins import made_up

    module, run = opened("nmr_net")
    config = config_of(module("config").Config, run)
    network, pick = module("apply").network(config, run), module("picking").pick
    rng = np.random.default_rng(0)
    plane = simulate(made_up(1, rng, (100, 100))[0], "hsqc", rng, PlaneRanges(crop=None)).spectrum
    threshold = config.cut * quiet_noise(plane.data)
    peers = {"nmrglue peakpick": lambda: nmrglue_points(plane.data, threshold)}
    return forms(lambda: pick(plane, network, config), len(pick(plane, network, config)), peers)


def regions(folder: Path) -> Forms:
    """A 1D spectrum of 32,768 points."""
    from common.classical.regions import find_regions
    from common.simulation.proton_ranges import ProtonRanges
    from common.simulation.proton_spectra import proton_spectra

    module, run = opened("bruker_picker")
    estimate = module("estimate")
    config, models = estimate.network(run)
    spectra = proton_spectra(1, 32768, ProtonRanges(), np.random.default_rng(0))
    spectrum = Spectrum(spectra.data[0], spectra.axes[:1])

    def ours():
        return estimate.regions_of(estimate.predict(config, models, spectrum), spectrum)

    peers = {"conventional finder": lambda: find_regions(spectrum.data, spectrum.axes[0])}
    return forms(ours, 1, peers)


MEASUREMENTS = (
    Measurement("apply/qu_cnn", "2D, 384 columns of 128 points", "columns",
                lambda folder: nus(folder, "qu_cnn")),
    Measurement("apply/hansen_lstm", "2D, 384 columns of 128 points", "columns",
                lambda folder: nus(folder, "hansen_lstm")),
    Measurement("apply/lee_kim_denoiser", "a brain spectrum with uncertainties", "spectra", brain),
    Measurement("apply/sparta_plus", "shifts of 152 residues with their errors", "residues",
                lambda folder: shifts(folder, "sparta_plus")),
    Measurement("apply/ppm_one", "shifts of 152 residues", "residues",
                lambda folder: shifts(folder, "ppm_one")),
    Measurement("apply/talos_n", "angles of 152 residues, no search", "residues", torsions),
    Measurement("apply/mr3d_densenet", "shieldings of a cell of 216 atoms", "atoms", crystal),
    Measurement("apply/nmr_net", "peaks of a 15N HSQC", "candidates", peaks),
    Measurement("apply/bruker_picker", "regions of a 1D spectrum", "spectra", regions),
)  # fmt: skip
