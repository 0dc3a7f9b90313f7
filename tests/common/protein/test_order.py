"""The contact model, term by term."""

import numpy as np
import pytest

from common.protein.order import contact_order
from tests.common.protein.made import made

RNG = np.random.default_rng(0)
NAMES = ("N", "CA", "C", "O", "CB", "H", "HA")


def random_chain(count=9, spread=6.0, **changes):
    names = {i: changes.get(f"residue{i}", "ALA") for i in range(count)}
    return made(*((names[i], {a: RNG.normal(size=3) * spread for a in NAMES}) for i in range(count)))


def by_hand(protein, i, proton="H"):
    """S2 of residue i from the formula, atom by atom."""
    at = {(protein.residue_of[k], name): protein.xyz[k] for k, name in enumerate(protein.atoms)}
    total = 0
    for (residue, name), place in at.items():
        if residue not in (i, i - 1) and name[0] != "H":
            total += np.exp(-np.linalg.norm(at[i - 1, "O"] - place))
            total += 0.8 * np.exp(-np.linalg.norm(at[i, proton] - place))
    return np.tanh(2.656 * total) - 0.1


def test_inner_residues_follow_the_formula():
    protein = random_chain()
    expected = [by_hand(protein, i) for i in range(1, 8)]
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(contact_order(protein)[1:8], expected)


def test_nitrogen_stands_for_the_proton_of_proline():
    protein = random_chain(residue4="PRO")
    assert contact_order(protein)[4] == pytest.approx(by_hand(protein, 4, "N"))


def test_ends_fall_on_by_the_last_difference():
    protein = random_chain()
    order = contact_order(protein)
    assert order[0] == pytest.approx(order[1] - abs(order[1] - order[2]))
    assert order[-1] == pytest.approx(order[-2] - abs(order[-2] - order[-3]))


def test_undefined_behind_a_break_and_without_a_proton():
    protein = random_chain(spread=3.0)
    bonded = protein.bonded.copy()
    bonded[4] = False
    atoms = protein.atoms.copy()
    atoms[(protein.residue_of == 6) & (atoms == "H")] = "HX"
    order = contact_order(protein.replace(bonded=bonded, atoms=atoms))
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(order)), [4, 6])


def test_crowded_residues_are_rigid_and_lonely_ones_are_not():
    crowded, lonely = (np.nanmean(contact_order(random_chain(spread=spread))) for spread in (1.5, 60))
    assert crowded > 0.8
    assert lonely < 0
