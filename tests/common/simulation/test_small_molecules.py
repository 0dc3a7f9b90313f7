"""Random molecules: exact proton counts, sensible shifts and couplings, known equivalences."""

import numpy as np
import pytest

from common.simulation import aromatic_rings
from common.simulation.multiplets import multiplets
from common.simulation.small_molecules import FRAGMENTS, PROTONS, random_molecule


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_has_as_many_protons_as_it_says(name):
    rng = np.random.default_rng(0)
    for _ in range(12):
        part = FRAGMENTS[name][0](rng)
        system = part.system
        assert len(part.width) == len(part.carbon) == len(system.shifts)
        protons = np.array([nucleus == "1H" for nucleus in system.nuclei])
        assert ((system.shifts[protons] > 0.2) & (system.shifts[protons] < 14)).all()
        assert np.abs(system.couplings).max(initial=0) <= 18
        found = multiplets(system, 500.0)
        assert part.copies * sum(m.protons for m in found) == part.protons
        area = sum(m.lines.amplitude.sum() for m in found)
        assert area == pytest.approx(protons.sum(), rel=2e-3)


def test_molecules_come_from_the_generator_alone():
    first, second = (random_molecule(np.random.default_rng(5)) for _ in range(2))
    assert first.protons == second.protons
    for a, b in zip(first.parts, second.parts, strict=True):
        np.testing.assert_array_equal(a.system.shifts, b.system.shifts)
    rng = np.random.default_rng(6)
    counts = [random_molecule(rng).protons for _ in range(300)]
    assert PROTONS[0] <= min(counts)
    assert max(counts) <= PROTONS[1]
    assert len(set(counts)) > 15


def test_benzene_rings_keep_their_symmetry(monkeypatch):
    """1,4: AA'BB', two shifts; 1: three shifts; 1,2 with one substituent twice: two shifts."""
    rng = np.random.default_rng(1)
    for places, shifts in (((0, 3), 2), ((0,), 3)):
        monkeypatch.setattr(aromatic_rings, "PATTERNS", (places,))
        for _ in range(10):
            system = aromatic_rings.phenyl(rng).system
            protons = [i for i, nucleus in enumerate(system.nuclei) if nucleus == "1H"]
            assert len(protons) == 6 - len(places)
            assert len(set(system.shifts[protons])) == shifts
    monkeypatch.setattr(aromatic_rings, "PATTERNS", ((0, 1),))
    counts = {len(set(aromatic_rings.phenyl(rng).system.shifts[:4])) for _ in range(40)}
    assert counts == {2, 4}


def test_increments_are_the_tables(monkeypatch):
    """4-nitroanisole: 8.2 and 6.9 ppm as measured (pretsch), here within the spread."""
    monkeypatch.setattr(aromatic_rings, "PATTERNS", ((0, 3),))

    class Fixed(np.random.Generator):
        def choice(self, names, size):
            return np.array(["NO2", "OCH3"])

    shifts = aromatic_rings.phenyl(Fixed(np.random.PCG64(0))).system.shifts
    np.testing.assert_allclose(sorted(shifts), [6.95, 6.95, 8.15, 8.15], atol=0.25)
