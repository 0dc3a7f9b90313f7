"""Kernel regression on SOAP: invariant as shieldings are, and the same as dscribe's of the whole crystal."""

import builtins
import dataclasses

import numpy as np
import pytest

from common.errors import UserError
from common.structures import Crystal
from reproductions.mr3d_densenet import soap
from reproductions.mr3d_densenet.environments import environments
from reproductions.mr3d_densenet.soap import Soap, predict, spectra

pytest.importorskip("dscribe")
SCALES = (Soap(2.2, 0.3, 4, 3), Soap(5.0, 0.3, 5, 3, decay=4, near=1.5))


def crystal(seed=0, moved=0.0) -> Crystal:
    """Twelve atoms of all four elements in a skew cell, on a shaken grid, 2 angstrom apart."""
    rng = np.random.default_rng(seed)
    cell = np.array([[6.0, 0.0, 0.0], [1.1, 6.3, 0.0], [0.4, -0.8, 5.8]])
    grid = np.stack(np.meshgrid([0, 1, 2], [0, 1], [0, 1], indexing="ij"), -1).reshape(-1, 3) / [3, 2, 2]
    positions = (grid + rng.uniform(-0.05, 0.05, grid.shape)) @ cell
    numbers = np.tile([7, 1, 6, 8], 3)
    return Crystal(f"made{seed}", numbers, cell, positions + moved, rng.normal(50, 20, 12))


def of(crystals, element="N"):
    return environments(crystals, element, neighbours=200, collapse=False)


def test_spectra_are_those_of_the_whole_crystal():
    from ase import Atoms
    from dscribe.descriptors import SOAP

    whole, atoms = crystal(), of([crystal()])
    periodic = Atoms(whole.numbers, positions=whole.positions, cell=whole.cell, pbc=True)
    describe = SOAP(species=["H", "C", "O", "N"], periodic=True, r_cut=5.0, n_max=5, l_max=3, sigma=0.3)
    expected = describe.create(periodic, centers=atoms.atom.tolist())
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = spectra(atoms.offsets, atoms.channels, "N", (Soap(5.0, 0.3, 5, 3),))
    assert found == pytest.approx(expected, abs=1e-5)


def test_overlaps_of_scales_are_averaged_by_weight():
    atoms = of([crystal(), crystal(1)])
    one, other = (spectra(atoms.offsets, atoms.channels, "N", (scale,)) for scale in SCALES)
    weighted = (SCALES[0], dataclasses.replace(SCALES[1], weight=3.0))
    both = spectra(atoms.offsets, atoms.channels, "N", weighted)
    assert both @ both.T == pytest.approx((one @ one.T + 3 * other @ other.T) / 4, abs=1e-5)
    assert np.linalg.norm(both, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.fixture
def settings(monkeypatch):
    made = soap.Settings(SCALES, noises=(1e-2, 1e-1))
    monkeypatch.setitem(soap.SETTINGS, "N", made)
    return made


def test_predictions_do_not_depend_on_rotation_translation_or_order(settings):
    known, choose, one = of([crystal(k) for k in range(1, 7)]), of([crystal(8)]), crystal()
    expected = predict(known, choose, of([one]), "N", keep=False)
    assert np.ptp(expected) > 1
    moved = predict(known, choose, of([crystal(moved=1.7)]), "N", keep=False)
    assert moved == pytest.approx(expected, abs=1e-2)

    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned = Crystal("turned", one.numbers, one.cell @ turn, one.positions @ turn, one.shieldings)
    assert predict(known, choose, of([turned]), "N", keep=False) == pytest.approx(expected, abs=1e-2)

    order = rng.permutation(12)
    mixed = Crystal("mixed", one.numbers[order], one.cell, one.positions[order], one.shieldings[order])
    again = of([mixed])
    back = np.argsort(order[again.atom])
    assert predict(known, choose, again, "N", keep=False)[back] == pytest.approx(expected, abs=1e-2)


def test_it_learns_what_it_is_shown(settings):
    """The shielding of made-up atoms is the sum of exponentials of their distances."""
    atoms = of([crystal(k) for k in range(24)])
    apart = np.linalg.norm(atoms.offsets, axis=-1)
    atoms = dataclasses.replace(atoms, shielding=100 * np.exp(-apart).sum(1))
    parts = [atoms.pick(np.isin(atoms.crystal, range(*ends))) for ends in ((0, 16), (16, 20), (20, 24))]
    error = predict(*parts, "N", keep=False) - parts[2].shielding
    assert np.sqrt(np.mean(error**2)) < 0.5 * parts[2].shielding.std()


def test_predictions_are_kept(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    parts = of([crystal(1)]), of([crystal(2)]), of([crystal(3)])
    first = predict(*parts, "N")
    monkeypatch.setattr(soap, "spectra", None)
    assert predict(*parts, "N").tolist() == first.tolist()


def test_without_dscribe_there_is_a_word_for_it(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] == "dscribe":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    atoms = of([crystal()])
    with pytest.raises(UserError, match=r"needs dscribe: pip install 'nmr-repro\[crystals\]'"):
        spectra(atoms.offsets, atoms.channels, "N", SCALES)
