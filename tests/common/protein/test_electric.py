"""Electric-field shifts of protons beside one atom."""

import numpy as np
import pytest

from common.protein.electric import electric_field
from common.shiftlist import COLUMNS
from tests.common.protein.made import made

HN, HA, HA2 = (COLUMNS.index(name) for name in ("HN", "HA", "HA2"))
EMPTY = ("ALA", {})


def beside(source, proton="H", heavy="N", name="ALA", source_name="ASP", between=(EMPTY,)):
    """A proton on the x axis 1 angstrom from its heavy atom, and another residue's atom."""
    return made((name, {heavy: (0, 0, 0), proton: (1, 0, 0)}), *between, (source_name, source))


@pytest.mark.parametrize(("atom", "strength"), [("OD1", 1.39374), ("N", 0.7209), ("C", -0.9612)])
def test_in_line_with_the_bond(atom, strength):
    shifts = electric_field(beside({atom: (3, 0, 0)}))
    assert shifts[0, HN] == pytest.approx(-strength / 4)


def test_at_an_angle():
    angle = np.radians(50)
    place = (1 - 2.5 * np.cos(angle), 2.5 * np.sin(angle), 0)
    shifts = electric_field(beside({"OE2": place}, source_name="GLU"))
    assert shifts[0, HN] == pytest.approx(1.39374 * np.cos(angle) / 2.5**2)


def test_several_atoms_add_up():
    one, two = ({"OD1": (3, 0, 0)}, {"OD2": (1, 2, 1)})
    total = electric_field(beside(one | two))[0, HN]
    assert total == pytest.approx(sum(electric_field(beside(part))[0, HN] for part in (one, two)))


def test_carbonyl_oxygen_counts_for_alpha_protons_alone():
    oxygen = {"O": (3, 0, 0)}
    assert electric_field(beside(oxygen))[0, HN] == 0
    assert electric_field(beside(oxygen, "HA", "CA"))[0, HA] == pytest.approx(-1.39374 / 4)
    assert electric_field(beside(oxygen, "HA2", "CA", "GLY"))[0, HA2] == pytest.approx(-1.39374 / 4)


@pytest.mark.parametrize("place", [(4.1, 0, 0), (3, 0, 4)])
def test_out_of_reach(place):
    assert electric_field(beside({"OD1": place}))[0, HN] == 0


def test_bonded_neighbours_do_not_count():
    near = beside({"OD1": (3, 0, 0)}, between=())
    assert electric_field(near)[0, HN] == 0
    assert electric_field(near.replace(bonded=np.array([False, False])))[0, HN] != 0


def test_side_chain_atoms_of_other_kinds_do_not_count():
    atoms = {"OG": (3, 0, 0), "OH": (3, 0.1, 0), "ND2": (3, 0.2, 0), "CA": (3, 0, 0.3), "OXT": (3, 0, 0.4)}
    assert electric_field(beside(atoms))[0, HN] == 0


def test_missing_protons_have_none_and_other_nuclei_no_shift():
    shifts = electric_field(beside({"OD1": (3, 0, 0)}))
    assert np.isnan(shifts[1:, [HN, HA]]).all()
    assert not shifts[:, [COLUMNS.index(name) for name in ("N", "C", "CA", "CB")]].any()
