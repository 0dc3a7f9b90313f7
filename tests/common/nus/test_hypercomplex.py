"""Two indirect dimensions: hypercomplex rows, complex planes, and spectra of both."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import UserError
from common.nus.hypercomplex import (
    Recording,
    from_planes,
    in_batches,
    interferogram_3d,
    spectrum_3d,
    to_planes,
)
from common.processing import DirectRecipe, IndirectRecipe
from common.simulation import crosspeaks
from common.spectrum import Axis, Spectrum

C = Axis("13C", 21, 1500.0, 150.0, 175.0, "time", "states")
N = Axis("15N", 12, 1800.0, 60.0, 118.0, "time", "states")
H = Axis("1H", 32, 6000.0, 600.0, 8.0, "time", "complex")
RECIPE = DirectRecipe(window=None, zero_fill=64)
PEAKS = crosspeaks.table([[176.1, 115.0, 8.7], [173.5, 121.0, 7.1]], 30.0, [1.0, 2.0])
FIDS = crosspeaks.spectrum(PEAKS, (C, N, H))


def random(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def test_planes_are_the_two_complex_signals():
    """One peak: P turns forward in both dimensions, N backward in the second."""
    t1, t2 = np.arange(21)[:, None] / C.sw, np.arange(12) / N.sw
    f1, f2 = 1.1 * C.mhz, -3.0 * N.mhz
    peaks = crosspeaks.table([[C.carrier + 1.1, N.carrier - 3.0, 8.0]], 0.0)
    rows = crosspeaks.spectrum(peaks, (C, N, replace(H, size=1))).data.real
    planes = to_planes(rows)
    assert planes.shape == (21, 12, 2)
    assert planes.dtype == np.complex64
    for plane, sense in ((planes[..., 0], 1), (planes[..., 1], -1)):
        np.testing.assert_allclose(plane, np.exp(2j * np.pi * (f1 * t1 + sense * f2 * t2)), atol=1e-5)


def test_planes_hold_everything():
    rows = random((2 * 5, 2 * 3, 7))
    np.testing.assert_allclose(from_planes(to_planes(rows)), rows, atol=1e-6)
    planes = random((5, 3, 8)) + 1j * random((5, 3, 8), 1)
    np.testing.assert_allclose(to_planes(from_planes(planes)), planes, atol=1e-6)


def test_noise_of_a_component_grows_by_the_root_of_two():
    planes = to_planes(random((80, 80, 20)))
    assert planes.real.std() == pytest.approx(np.sqrt(2), rel=0.02)
    assert planes.imag.std() == pytest.approx(np.sqrt(2), rel=0.02)


def recorded(encodings, signs=((1, 1), (1, 1))):
    """The FIDs as rows of other encodings, by their definition, point by point.

    signs: of every sine, and of every other point, along each axis.
    """
    parts = FIDS.data.reshape(21, 2, 12, 2, 32).transpose(1, 3, 0, 2, 4).copy()
    for axis, (encoding, (sine, other)) in enumerate(zip(encodings, signs, strict=True)):
        cosine, sines = np.take(parts, 0, axis), sine * np.take(parts, 1, axis)
        shape = [1, 1, 1, 1]
        shape[1 + axis] = -1
        flips = other * (-1 if encoding == "states-tppi" else 1)
        sign = (flips ** np.arange(cosine.shape[1 + axis])).reshape(shape)
        pair = (cosine * sign, sines * sign)
        if encoding == "echo-antiecho":
            pair = (pair[0] + 1j * pair[1], pair[0] - 1j * pair[1])
        parts = np.stack(pair, axis)
    data = parts.transpose(2, 0, 3, 1, 4).reshape(42, 24, 32)
    axes = (replace(C, encoding=encodings[0]), replace(N, encoding=encodings[1]), H)
    return Spectrum(data.astype("complex64"), axes)


@pytest.mark.parametrize("first", ["states", "states-tppi", "echo-antiecho"])
@pytest.mark.parametrize("second", ["states", "states-tppi", "echo-antiecho"])
def test_every_quadrature_becomes_the_same_rows(first, second):
    expected = interferogram_3d(FIDS, RECIPE)
    found = interferogram_3d(recorded((first, second)), RECIPE)
    assert [axis.encoding for axis in found.axes] == ["states", "states", "real"]
    np.testing.assert_allclose(found.data, expected.data, atol=1e-5 * np.abs(expected.data).max())


@pytest.mark.parametrize("axis", [0, 1])
def test_what_the_recording_did_is_undone(axis):
    expected = interferogram_3d(FIDS, RECIPE).data
    signs = [(1, 1), (1, 1)]
    signs[axis] = (-1, -1)
    recordings = [Recording(), Recording()]
    recordings[axis] = Recording(conjugate=True, alternate=True)
    found = interferogram_3d(recorded(("states", "states"), signs), RECIPE, tuple(recordings)).data
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("axis", [0, 1])
def test_a_phase_and_a_delay_of_the_recording(axis):
    phases = np.zeros(3)
    phases[axis] = -np.pi / 2
    turned = crosspeaks.spectrum(replace(PEAKS, phase=phases + np.zeros((2, 3))), (C, N, H))
    recordings = [Recording(), Recording()]
    recordings[axis] = Recording(phase=90.0, first_delay=0.5)
    found = interferogram_3d(turned, RECIPE, tuple(recordings))
    expected = interferogram_3d(FIDS, RECIPE)
    np.testing.assert_allclose(found.data, expected.data, atol=1e-5 * np.abs(expected.data).max())
    assert found.axes[axis].first_delay == 0.5
    assert found.axes[1 - axis].first_delay == 0.0


def test_a_spectrum_is_absorptive_in_all_dimensions():
    """Long enough that nothing is cut off: the product of closed absorption lines, everywhere."""
    axes = (replace(C, size=128), replace(N, size=128), replace(H, size=512))
    peaks = crosspeaks.table([[176.1, 115.0, 8.7], [173.5, 121.0, 7.1]], [150.0, 160.0, 150.0], [1.0, 2.0])
    signal = interferogram_3d(
        crosspeaks.spectrum(peaks, axes), DirectRecipe(window=None, zero_fill=512, region=(9.5, 6.5))
    )
    found = spectrum_3d(signal, (IndirectRecipe(window=None, zero_fill=128),) * 2)
    frequency = [axis.to_frequency() for axis in axes[:2]]
    part = axes[2].to_frequency().region(9.5, 6.5)
    expected = crosspeaks.spectrum(peaks, [*frequency, axes[2].to_frequency()]).data[..., part]
    assert found.data.shape == expected.shape
    np.testing.assert_allclose(found.data, expected, atol=1e-3 * expected.max())


def test_a_batch_takes_columns_of_the_whole_width_and_progress_ends_with_all():
    fid, seen, told = random((3, 4, 10)) + 0j, [], []

    def complete(part):
        seen.append(part.shape[-1])
        return 2 * part

    made = in_batches(complete, fid, 4, lambda done, of: told.append((done, of)))
    np.testing.assert_array_equal(made, 2 * fid)
    assert seen == [4, 3, 3]
    assert told[-1] == (10, 10)


def test_other_data_are_refused():
    with pytest.raises(UserError, match="needs 3D data"):
        interferogram_3d(Spectrum(FIDS.data[0], (N, H)), RECIPE)
    with pytest.raises(UserError, match="needs 3D data"):
        interferogram_3d(
            interferogram_3d(FIDS, RECIPE).replace(
                axes=(replace(C, domain="frequency"), N, Axis("1H", 64, 6000.0, 600.0, 8.0))
            ),
            RECIPE,
        )
    processed = interferogram_3d(FIDS, RECIPE)
    axes = (replace(C, encoding="echo-antiecho"), *processed.axes[1:])
    with pytest.raises(UserError, match="imaginary part"):
        interferogram_3d(processed.replace(axes=axes), RECIPE)


def test_a_processed_direct_dimension_is_taken_as_it_is():
    once = interferogram_3d(FIDS, replace(RECIPE, region=(9.0, 6.5)))
    again = interferogram_3d(interferogram_3d(FIDS, RECIPE), DirectRecipe(region=(9.0, 6.5)))
    np.testing.assert_array_equal(once.data, again.data)
    assert once.axes == again.axes
