"""Signal regions: the published rule on molecules whose regions are known."""

from dataclasses import replace

import numpy as np
import pytest

from common.simulation.molecules import Molecule, Part, coupled
from common.simulation.proton_ranges import ProtonRanges
from common.simulation.proton_scene import scene
from common.simulation.proton_spectra import proton_spectra
from common.simulation.regions import NONE, SIGNAL, SOLVENT, labels, points, regions
from tests.common.simulation.proton_samples import ETHANOL, ETHYL_ACETATE, PLAIN, singlets


def found(molecule, mhz=400.0, extra=0.5):
    sample = scene([molecule], replace(PLAIN, mhz=(mhz,)), np.random.default_rng(0))
    return regions(sample, extra)


@pytest.mark.parametrize("mhz", [400.0, 600.0, 800.0])
def test_known_molecules_have_their_regions(mhz):
    for molecule, expected in (
        (ETHANOL, [(3.65, 2, 21.3), (1.19, 3, 14.2)]),
        (ETHYL_ACETATE, [(4.12, 2, 21.3), (2.05, 3, 0.0), (1.26, 3, 14.2)]),
    ):
        for region, (ppm, protons, width) in zip(found(molecule, mhz), expected, strict=True):
            assert region.protons == protons
            assert (region.left + region.right) / 2 == pytest.approx(ppm, abs=2 / mhz)
            assert width + 8 < (region.left - region.right) * mhz < width + 20  # a line of 9 Hz to .99 FWHM


def test_multiplets_that_overlap_are_one_region():
    assert [r.protons for r in found(singlets(2.0, 2.0 + 4 / 400))] == [2]
    assert [r.protons for r in found(singlets(2.0, 2.0 + 40 / 400))] == [1, 1]


def test_no_multiplet_is_cut_although_its_lines_are_whole():
    """Two lines of a doublet of two protons, 16 Hz apart: each rises by one proton."""
    doublet = Molecule("x", (Part.plain(coupled([7.0, 7.0, 3.0], [(0, 2, 16.0), (1, 2, 16.0)])),))
    assert [r.protons for r in found(doublet, 800.0)] == [2, 1]


def test_an_ab_system_is_one_region_until_it_comes_apart():
    def pair(apart):
        return Molecule("x", (Part.plain(coupled([3.0, 3.0 + apart / 400], [(0, 1, 12.0)])),))

    assert [r.protons for r in found(pair(10.0))] == [2]
    assert [r.protons for r in found(pair(120.0))] == [1, 1]


def test_regions_of_random_samples_have_all_protons():
    spectra = proton_spectra(25, 8192, ProtonRanges(), np.random.default_rng(2))
    for sample, extra in zip(spectra.scenes, spectra.extra_width, strict=True):
        groups = [s for s in sample.signals if s.kind == "compound"]
        made = regions(sample, extra)
        assert sum(r.protons for r in made) == sum(s.protons for s in groups) <= sum(sample.protons)
        edges = [edge for r in made for edge in (r.left, r.right)]
        assert edges == sorted(edges, reverse=True)
        for r in made:
            inside = sum(
                s.protons * s.amplitude[(s.ppm < r.left) & (s.ppm > r.right)].sum() / s.amplitude.sum()
                for s in groups
            )
            assert inside == pytest.approx(r.protons, abs=0.25)


def test_satellites_and_solvent_are_no_regions():
    ranges = replace(
        PLAIN, no_solvent_share=0.0, solvent=(1.0, 1.0), water=(1.0, 1.0), heavy_water=(1.0, 1.0),
        reference_share=0.0, suppressed_share=0.0, snr=(1e4, 1e4),
    )  # fmt: skip
    spectra = proton_spectra(6, 32768, ranges, np.random.default_rng(1), [singlets(4.1, protons=9)])
    made, found = labels(spectra)
    for k, axis in enumerate(spectra.axes):
        assert len(found[k]) == 1
        signal = axis.ppm()[made[k] == SIGNAL]
        assert abs(signal - 4.1).max() < 0.033  # 10 Hz at 300 MHz
        satellites = [s for s in spectra.scenes[k].signals if s.kind == "satellite" and s.compound == 0]
        at = np.round(axis.index(satellites[0].ppm)).astype(int)
        assert (made[k, at] != SIGNAL).all()
        for s in spectra.scenes[k].signals:
            if s.kind == "solvent" and abs(s.ppm - 4.1).min() > 0.2 and axis.index(s.ppm.min()) < axis.size:
                assert (made[k, np.round(axis.index(s.ppm)).astype(int)] == SOLVENT).all()
        assert (made[k] == NONE).mean() > 0.9


def test_what_noise_hides_leaves_no_label():
    part = coupled([2.0], [])
    hidden = Part(coupled([6.0], []), np.array([300.0]), np.array([False]))
    molecule = Molecule("x", (Part.plain(part), hidden))
    for snr, seen in ((30.0, False), (1e5, True)):
        spectra = proton_spectra(
            1, 32768, replace(PLAIN, snr=(snr, snr)), np.random.default_rng(0), [molecule]
        )
        made, found = labels(spectra)
        broad, sharp = found[0]
        assert (broad.visible, sharp.visible) == (seen, True)
        assert (made[0, points(broad, spectra.axes[0])] == SIGNAL).all() == seen


def test_the_broadest_line_has_a_region():
    acid = Molecule("x", (Part(coupled([12.0], []), np.array([900.0]), np.array([False])),))
    (region,) = found(acid)
    assert (region.left - region.right) * 400 == pytest.approx(2 * 0.99 * 1.5 * 901, rel=0.1)


def test_a_sample_without_compounds_has_none():
    sample = scene([], PLAIN, np.random.default_rng(0))
    assert regions(sample, 0.5) == []
