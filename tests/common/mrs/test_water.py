"""Scaling by water: the formula against numbers worked out by hand, and a voxel of known molality."""

import math
from dataclasses import replace

import numpy as np
import pytest

from common.errors import UserError
from common.mrs.water import (
    RELAXATION,
    TISSUES,
    concentration_factors,
    known_at,
    proton_amplitude,
    water_amplitude,
)
from common.simulation.metabolites import basis
from tests.common.mrs.voxels import AXIS, T, acquisition, brain, line, noise


def test_white_matter_alone_without_relaxation_is_plain_proportion():
    # Water of 55.51 mol/kg has 2 protons: 0.02 units of one proton beside a water of 111.02 are 10 mmol/kg.
    factor = concentration_factors(["NAA"], 111.02, te=1e-9, tr=1e9, fractions=(0, 1, 0))
    assert factor == pytest.approx([1000.0])


def test_attenuations_and_csf_enter_as_gasparovic_says():
    te, tr, fractions = 30.0, 2000.0, (0.6, 0.3, 0.1)

    def seen(t1, t2):
        return math.exp(-te / t2) * (1 - math.exp(-tr / t1))

    # by hand: volumes times contents .78, .65, .97 are .468, .195, .097 of .760
    mole = np.array([0.468, 0.195, 0.097]) / 0.760
    water = mole @ [seen(1331, 110), seen(832, 79.2), seen(3817, 503)]
    naa = RELAXATION["NAA"]
    expected = 2 / 5.0 * 55510 * water / seen(naa.t1, naa.t2) / (1 - mole[2])
    assert concentration_factors(["NAA"], 5.0, te, tr, fractions) == pytest.approx([expected])
    assert list(TISSUES) == ["GM", "WM", "CSF"]


@pytest.mark.parametrize("fractions", [(0.5, 0.6, 0.0), (-0.1, 1.1, 0.0), (0.0, 0.0, 1.0)])
def test_volumes_that_are_no_shares_are_refused(fractions):
    with pytest.raises(UserError, match="shares"):
        concentration_factors(["NAA"], 1.0, 30, 2000, fractions)


@pytest.mark.parametrize("gauss", [0.0, 6.0])
def test_the_amplitude_of_water_is_that_at_time_zero(gauss):
    decay = np.exp(-((np.pi * gauss * T) ** 2) / (4 * math.log(2)))
    water = 500j * line(4.7, 9.0) * decay + noise(len(T), 0.5)
    water[0] /= 2  # as scanners' filters leave it
    amplitude, error = water_amplitude(water, AXIS)
    assert amplitude == pytest.approx(500, rel=0.003)
    assert 0 < error < 5


def test_the_scale_of_a_basis_is_its_proton():
    made = basis(AXIS, "press", 30.0, ("Cr", "NAA"))
    assert proton_amplitude(made) == pytest.approx(1, rel=0.01)
    assert proton_amplitude(replace(made, fids=7 * made.fids)) == pytest.approx(7, rel=0.01)
    assert proton_amplitude(made.pick(["NAA"])) == pytest.approx(1, rel=0.03)
    with pytest.raises(UserError, match="neither"):
        proton_amplitude(basis(AXIS, "press", 30.0, ("Ins",)))


def test_other_fields_and_missing_times_are_told():
    assert known_at(acquisition(brain())) == ""
    assert "TE and TR" in known_at(acquisition(brain(), tr=None))
    assert "3 T" in known_at(acquisition(brain(), axis=replace(AXIS, mhz=297.2)))
