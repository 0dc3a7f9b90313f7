import numpy as np
import pytest

from common.mrs.unusual import LACTATE, amounts, tumour, unusual
from common.simulation.brain import BrainRanges
from common.simulation.metabolites import basis
from common.spectrum import Axis

AXIS = Axis("1H", 1024, 2000.0, 123.25, 4.65, "time", "complex")
NAMES = ("NAA", "NAAG", "Cr", "PCr", "GPC", "PCh", "Lac", "Glu")


@pytest.fixture(scope="module")
def kinds():
    return unusual(basis(AXIS, names=NAMES), BrainRanges(), 3, seed=5, changed=("NAA", "Lac"))


def test_amounts_by_hand():
    assert amounts(("NAA", "Cr"), {"NAA": 2.0}) == pytest.approx([19.5, 7.5])
    values = dict(zip(NAMES, tumour(NAMES), strict=True))
    assert values["NAA"] == values["NAAG"] == 0.0
    assert values["Lac"] == LACTATE
    assert values["PCh"] == pytest.approx(1.5)
    with pytest.raises(KeyError, match="H2O"):
        amounts(("H2O",))


def test_kinds_differ_in_the_metabolite_alone(kinds):
    assert list(kinds) == ["normal", "no NAA", "NAA doubled", "no Lac", "Lac doubled", "tumour"]
    normal = kinds["normal"]
    for kind, name, factor in (("no NAA", "NAA", 0.0), ("Lac doubled", "Lac", 2.0)):
        column = NAMES.index(name)
        expected = normal.concentrations.copy()
        expected[:, column] *= factor
        assert kinds[kind].concentrations == pytest.approx(expected)
        assert kinds[kind].noise_sd == pytest.approx(normal.noise_sd)
    # the same noise, baseline, shift and phase: without it a doubled one minus a missing one is two of it
    doubled, none = kinds["NAA doubled"], kinds["no NAA"]
    both = doubled.fids + none.fids
    assert np.abs(both - 2 * normal.fids).max() < 1e-3 * np.abs(normal.fids).max()


def test_the_tumour_has_lipids_and_no_naa(kinds):
    found = kinds["tumour"]
    assert np.all(found.drawn["lipids_area"].sum(axis=1) > 10)
    assert np.all(found.concentrations[:, NAMES.index("NAA")] == 0)
    with pytest.raises(KeyError, match="Ins"):
        unusual(basis(AXIS, names=NAMES), BrainRanges(), 1, changed=("Ins",))
