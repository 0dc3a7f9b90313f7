"""Basis sets for an acquisition: simulated, or a user's own put on its axis."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import UserError
from common.mrs.bases import kind, on_axis, simulated
from common.simulation.metabolites import basis
from tests.common.mrs.voxels import AXIS, T, acquisition, brain

NAMES = ("PCh", "Ins", "Glu")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PRESS", "press"),
        ("*svs_se", "press"),
        ("svs_slaser_dkd", "slaser"),
        ("STEAM", "steam"),
        ("svs_st", "steam"),
        ("PROBE-P", "press"),
        ("fid", ""),
    ],
)
def test_what_files_call_a_sequence(text, found):
    assert kind(text) == found


@pytest.mark.parametrize("text", ["MEGA-PRESS", "svs_edit_859D", "HERMES"])
def test_edited_data_are_refused(text):
    with pytest.raises(UserError, match="edited"):
        kind(text)


def test_a_basis_is_simulated_for_sequence_and_echo_time():
    made = simulated(acquisition(brain(), te=35.0))
    assert made.te == 35.0
    assert np.allclose(made["Ins"], basis(AXIS, "press", 35.0, ("Ins",)).fids[0])
    with pytest.raises(UserError, match="--te"):
        simulated(acquisition(brain(), te=None))
    with pytest.raises(UserError, match="--sequence"):
        simulated(acquisition(brain(), sequence=""))
    with pytest.raises(UserError, match="TE, 8"):
        simulated(acquisition(brain(), te=8.0))


@pytest.mark.parametrize("change", [{"size": 700, "sw": 1800.0}, {"carrier": 4.2}, {"size": 1500}])
def test_a_basis_of_another_axis_is_that_simulated_there(change):
    other = replace(AXIS, **change)
    decay = np.exp(-10 * np.arange(AXIS.size) / AXIS.sw)
    made = basis(AXIS, "press", 30.0, NAMES)
    found = on_axis(replace(made, fids=made.fids * decay), other).fids
    t = np.arange(other.size) / other.sw
    expected = basis(other, "press", 30.0, NAMES).fids * np.exp(-10 * t) * (t <= T[-1])
    assert np.linalg.norm(found - expected) < 0.002 * np.linalg.norm(expected)


def test_a_slightly_different_field_moves_shifts_with_it():
    other = replace(AXIS, mhz=127.7)
    decay = np.exp(-20 * T)
    made = basis(AXIS, "press", 30.0, ("NAA",))
    found = on_axis(replace(made, fids=made.fids * decay), other).fids[0]
    expected = basis(other, "press", 30.0, ("NAA",)).fids[0] * decay
    assert abs(np.vdot(found, expected)) > 0.98 * np.linalg.norm(found) * np.linalg.norm(expected)
    with pytest.raises(UserError, match="MHz"):
        on_axis(made, replace(AXIS, mhz=297.0))
