"""What an acquisition and a basis set promise."""

import numpy as np
import pytest

from common.acquisition import Acquisition, Basis
from common.spectrum import Axis

AXIS = Axis("1H", 8, 2000.0, 123.2, 4.65, domain="time", encoding="complex")


def test_an_acquisition_says_what_it_is():
    one = Acquisition(np.zeros((2, 3, 8), complex), AXIS, te=30.0, sequence="PRESS")
    assert one.describe() == "2 coils, 3 averages, 8 points, 2000.0 Hz, 123.200 MHz, PRESS, TE 30 ms"
    assert "TE not stated" in one.replace(te=None).describe()


@pytest.mark.parametrize(
    "fids", [np.zeros((1, 8), complex), np.zeros((1, 1, 7), complex), np.zeros((1, 1, 8))]
)
def test_an_acquisition_refuses_other_shapes(fids):
    with pytest.raises(ValueError, match="FIDs are complex"):
        Acquisition(fids, AXIS)


def test_a_basis_is_read_by_name():
    basis = Basis(("NAA", "Cr"), np.arange(16).reshape(2, 8) * 1j, AXIS)
    assert basis["Cr"][0] == 8j
    assert basis.pick(["Cr", "NAA"]).fids[1, 1] == 1j
    with pytest.raises(KeyError):
        basis["Glu"]
    with pytest.raises(KeyError):
        basis.pick(["Glu"])


def test_a_basis_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="as many complex"):
        Basis(("NAA",), np.zeros((2, 8), complex), AXIS)
    with pytest.raises(ValueError, match="twice"):
        Basis(("NAA", "NAA"), np.zeros((2, 8), complex), AXIS)
    with pytest.raises(ValueError, match="time domain"):
        Basis(("NAA",), np.zeros((1, 8), complex), AXIS.to_frequency())
