"""Processing against nmrglue's NMRPipe functions, closed forms and the spectra of the data's authors."""

from dataclasses import replace

import numpy as np
import pytest
from nmrglue.process import pipe_proc, proc_base

from common import processing as pr
from common.errors import UserError
from common.spectrum import Axis, Spectrum

#: (recipe, least correlation with the authors' spectrum); phases from their scripts.
HSQC = {
    "acbp_600": (pr.DirectRecipe(p0=208.3, polynomial_order=4, conjugate=True), 0.998),
    "sod1wt_600": (pr.DirectRecipe(p0=203.3, p1=-14.0, polynomial_order=4, conjugate=True), 0.998),
    "savinase_750": (pr.DirectRecipe(p0=-94.0, polynomial_order=4), 0.99),
}


def noise(shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def decay(points, offset, rate=0.05, delay=0.0):
    """A line ``offset`` spectral widths left of the carrier, sampled from ``delay`` dwells."""
    return np.exp((2j * np.pi * offset - rate) * (np.arange(points) + delay))


class TestAgainstNmrglue:
    data = noise((3, 64))

    def test_sine_bell(self):
        ours = pr.sine_bell(64, 0.42, 0.98, 1.5, first_point=1.0)
        np.testing.assert_allclose(ours, proc_base.sp(np.ones(64), 0.42, 0.98, 1.5), rtol=1e-12)
        assert pr.sine_bell(64)[0] == 0.5

    def test_exponential(self):
        ours = pr.exponential(64, sw=2000.0, lb=5.0, first_point=1.0)
        np.testing.assert_allclose(ours, proc_base.em(np.ones(64), lb=5.0 / 2000.0), rtol=1e-12)

    def test_fourier(self):
        np.testing.assert_allclose(pr.fourier(self.data), proc_base.fft_positive(self.data), atol=1e-12)
        filled = proc_base.fft_positive(proc_base.zf_size(self.data, 256))
        np.testing.assert_allclose(pr.fourier(self.data, 256), filled, atol=1e-12)

    def test_inverse(self):
        ours = pr.inverse_fourier(self.data)
        np.testing.assert_allclose(ours, proc_base.ifft_positive(self.data), atol=1e-12)

    def test_phase(self):
        ours = pr.phase(self.data, 208.3, -14.0)
        np.testing.assert_allclose(ours, proc_base.ps(self.data, 208.3, -14.0), rtol=1e-12)

    @pytest.mark.parametrize("size", [1, 3, 64, 100, 128])
    def test_auto_zero_fill(self, size):
        doubled = proc_base.zf_auto(np.zeros(2 * size))
        assert pr.auto_zero_fill(size) == len(doubled)

    @pytest.mark.parametrize(("conjugate", "alternate"), [(True, False), (False, True), (True, True)])
    def test_sense_of_t1(self, conjugate, alternate, monkeypatch):
        """Recipe flags do what NMRPipe's ``FT -neg -alt`` do to the combined t1 signal."""
        dic = {"FDDIMORDER": [1], "FDF1AQSIGN": 0, "FDF1FTFLAG": 0, "FDF1FTSIZE": 0}
        t1 = np.ascontiguousarray(self.data.real[0, :16] + 1j * self.data.real[1, :16])
        rows = np.zeros((32, 8), complex)
        rows[0::2, 0], rows[1::2, 0] = t1.real, t1.imag
        recipe = pr.DirectRecipe(window=None, first_point=1, conjugate=conjugate, alternate=alternate)
        ours = pr.fourier(pr.interferogram(time_domain(rows), recipe).data, axis=0)[:, 0]
        monkeypatch.setattr(pipe_proc, "update_minmax", lambda dic, data: dic)
        _, theirs = pipe_proc.ft(dic, t1.astype("c8"), neg=conjugate, alt=alternate)
        np.testing.assert_allclose(ours, theirs, atol=1e-4)

    def test_tppi(self, monkeypatch):
        """The same half spectrum as NMRPipe's ``FT -bruk`` of the real record, but for the folded edge."""
        monkeypatch.setattr(pipe_proc, "update_minmax", lambda dic, data: dic)
        record = noise(64).real
        dic = {"FDDIMORDER": [1], "FDDIMCOUNT": 2, "FDSIZE": 64}
        dic |= {"FDF1" + word: 0 for word in ("AQSIGN", "FTFLAG", "FTSIZE", "QUADFLAG", "APOD", "TDSIZE")}
        _, theirs = pipe_proc.ft(dic, record.astype("c8"), bruk=True)
        cosine, sine = pr.to_states(record[:, None], "tppi")
        ours = pr.fourier((cosine + 1j * sine)[:, 0])
        np.testing.assert_allclose(ours[1:], theirs[1:], atol=1e-4)


def time_domain(rows, encoding="states", **changes):
    points = len(rows) if encoding in ("tppi", "qf") else len(rows) // 2
    t1 = Axis("15N", points, 2000.0, 60.8, 118.0, "time", encoding, **changes)
    return Spectrum(rows, (t1, Axis("1H", rows.shape[1], 8000.0, 600.0, 4.7, "time", "complex")))


@pytest.mark.parametrize("size", [1, 2, 15, 16, 63])
def test_transform_has_the_axis_of_spectrum_at_any_size(size):
    """The defining sum with ``Axis``'s own frequencies; inverse and Parseval hold with it."""
    fid = noise((2, size))
    axis = Axis("1H", size, 1.0, 1.0, 0.0)
    direct = fid @ np.exp(-2j * np.pi * np.outer(np.arange(size), axis.hz()))
    spectrum = pr.fourier(fid)
    np.testing.assert_allclose(spectrum, direct, atol=1e-12 * size)
    np.testing.assert_allclose(pr.inverse_fourier(spectrum), fid, atol=1e-13)
    assert np.sum(np.abs(spectrum) ** 2) == pytest.approx(size * np.sum(np.abs(fid) ** 2))
    filled = pr.fourier(fid, 4 * size + 1)
    np.testing.assert_allclose(pr.inverse_fourier(filled, size), fid, atol=1e-13)


def test_any_axis_and_either_precision():
    data = noise((5, 16, 3)).astype("c8")
    moved = np.moveaxis(data, 1, -1)
    for function in (pr.fourier, pr.inverse_fourier, pr.remove_polynomial, pr.alternate):
        ours = function(data, axis=1)
        assert ours.dtype == np.complex64
        np.testing.assert_allclose(ours, np.moveaxis(function(moved), -1, 1), atol=1e-5)
    assert pr.phase(data, 10.0, 20.0, axis=1).dtype == np.complex64
    assert pr.zero_fill(data, 20, axis=1).shape == (5, 20, 3)
    with pytest.raises(ValueError, match="cannot zero-fill 16 points to 8"):
        pr.zero_fill(data, 8, axis=1)


@pytest.mark.parametrize("delay", [0.0, 0.5, 1.0])
def test_first_delay(delay):
    """The phased sum is ``1 / (2 sinh((R + i w) / 2))``, for half a dwell without any offset."""
    size, offset, rate = 512, 0.1, 0.1
    axis = Axis("15N", size, 1.0, 1.0, 0.0)
    spectrum = pr.phase(pr.fourier(decay(size, offset, rate, delay)), *pr.delay_phase(delay))
    ideal = 1 / (2 * np.sinh((rate + 2j * np.pi * (axis.hz() - offset)) / 2))
    if delay != 0.5:  # with or without the point at time zero the sum is 1/2 more or less, times cosh
        ideal = ideal * np.exp((0.5 - delay) * (rate + 2j * np.pi * (axis.hz() - offset)))
    np.testing.assert_allclose(spectrum, ideal, atol=1e-10)
    if delay == 0.5:
        near = np.abs(axis.hz() - offset) < 0.4
        assert spectrum.real[near].min() > 0


def test_delay_phase_of_half_a_dwell():
    assert pr.delay_phase(0.5) == (-90.0, 180.0)


class TestStates:
    t = np.arange(24)
    cosine = np.cos(0.7 * t)[:, None] * np.exp(0.4j + 1.3j * np.arange(5))
    sine = np.sin(0.7 * t)[:, None] * np.exp(0.4j + 1.3j * np.arange(5))

    def check(self, first, second, encoding):
        rows = np.empty((48, 5), complex)
        rows[0::2], rows[1::2] = first, second
        for ours, truth in zip(pr.to_states(rows, encoding), (self.cosine, self.sine), strict=True):
            np.testing.assert_allclose(ours, truth, atol=1e-12)

    def test_states(self):
        self.check(self.cosine, self.sine, "states")

    def test_states_tppi(self):
        sign = (-1.0) ** self.t[:, None]
        self.check(sign * self.cosine, sign * self.sine, "states-tppi")

    def test_echo_antiecho(self):
        turn = np.exp(0.7j * self.t)[:, None] * np.exp(0.4j + 1.3j * np.arange(5))
        self.check(turn, turn * np.exp(-1.4j * self.t)[:, None], "echo-antiecho")

    def test_tppi(self):
        """Lines that fit the record a whole number of times come out exactly; an odd record is completed."""
        w, t2 = 2 * np.pi * 5 / 24, np.exp(1.3j * np.arange(5))
        record = np.cos(w * np.arange(48) / 2 + np.pi / 2 * np.arange(48))[:, None] * t2
        cosine, sine = pr.to_states(record, "tppi")
        np.testing.assert_allclose(cosine, np.cos(w * self.t)[:, None] * t2, atol=1e-12)
        np.testing.assert_allclose(sine, np.sin(w * self.t)[:, None] * t2, atol=1e-12)
        assert len(pr.to_states(record[:-1], "tppi")[1]) == 24

    def test_refused(self):
        with pytest.raises(UserError, match="'qf' holds no quadrature"):
            pr.to_states(self.cosine, "qf")
        with pytest.raises(ValueError, match="3 interleaved rows"):
            pr.to_states(self.cosine[:3], "states")


def test_polynomial_is_least_squares_and_spares_the_rest():
    """Polynomials vanish, the remainder is orthogonal to all of them, fast signals stay."""
    n = np.arange(512) / 512
    water = (3 - 2j) + 5 * n - 1j * n**2 + 40 * n**4
    signal = decay(512, 0.2)
    np.testing.assert_allclose(pr.remove_polynomial(water), 0, atol=1e-11)
    rest = pr.remove_polynomial(signal + water)
    fit = np.polynomial.Polynomial.fit
    smooth = fit(n, signal.real, 4)(n) + 1j * fit(n, signal.imag, 4)(n)
    np.testing.assert_allclose(rest, signal - smooth, atol=1e-10)
    assert np.linalg.norm(rest - signal) < 0.15 * np.linalg.norm(signal)
    order_40 = pr.remove_polynomial(signal + n**40, order=40)
    np.testing.assert_allclose(order_40, pr.remove_polynomial(signal, order=40), atol=1e-10)
    assert np.abs(pr.remove_polynomial(noise(3))).max() < 1e-12


def test_noise_level():
    data = noise((100, 1000))
    assert pr.noise_level(3 * data.real) == pytest.approx(3, rel=0.01)
    assert pr.noise_level(3 * data) == pytest.approx(3, rel=0.01)
    data[:, :100] += 1e6
    assert pr.noise_level(data.real) == pytest.approx(1, rel=0.25)
    assert pr.noise_level(np.array([1.0, 2.0, 4.0, 8.0, 100.0])) == 1.4826 * 3


ENCODINGS = ["states", "states-tppi", "echo-antiecho"]


@pytest.mark.parametrize(
    ("encoding", "points", "delay"),
    [("tppi", 64, 0.0), *((e, *case) for e in ENCODINGS for case in [(64, 0.0), (63, 0.5)])],
)
def test_a_line_comes_out_where_the_axes_say(encoding, points, delay):
    """One line at 123 / 8.2 ppm through both steps: position, phase and sign, at odd sizes too."""
    t1 = Axis("15N", points, 2000.0, 60.8, 118.0, "time")
    t2 = Axis("1H", 255, 8000.0, 600.0, 4.7, "time")
    f1, f2 = (ppm * axis.mhz / axis.sw for ppm, axis in ((5.0, t1), (3.5, t2)))
    direct = decay(255, f2) * np.exp(-0.6j)
    if encoding == "tppi":
        n = np.arange(2 * points)
        rows = (np.cos(np.pi * (f1 + 0.5) * n) * np.exp(-0.025 * n))[:, None] * direct
    else:
        turn = decay(points, f1, delay=delay)
        turn = turn * (-1.0) ** np.arange(points) if encoding == "states-tppi" else turn
        pair = (turn, turn.conj()) if encoding == "echo-antiecho" else (turn.real, turn.imag)
        rows = np.stack(pair, 1).reshape(2 * points, 1) * direct
    recipe = pr.DirectRecipe(p0=np.rad2deg(0.6), region=(10.0, 6.0))
    signal = pr.interferogram(time_domain(rows, encoding, first_delay=delay), recipe)
    spectrum = pr.spectrum_2d(signal, pr.IndirectRecipe(first_point=0.5 if delay == 0 else 1.0))
    assert signal.data.shape == (points, signal.axes[1].size)
    assert signal.axes[0] == replace(t1, encoding="complex", first_delay=delay)
    assert spectrum.axes[1].ppm(0) <= 10 < spectrum.axes[1].ppm(-1)
    top = np.unravel_index(spectrum.data.argmax(), spectrum.data.shape)
    for axis, place, ppm in zip(spectrum.axes, top, (123.0, 8.2), strict=True):
        assert abs(place - axis.index(ppm)) <= 0.6
    if encoding != "tppi":  # whose Hilbert transform leaks where the record is not periodic
        assert spectrum.data.min() > -0.005 * spectrum.data.max()


def test_recipe_delay_overrides_the_file_and_header_stays():
    rows = noise((32, 16))
    spectrum = time_domain(rows).replace(header={"kept": 1}, source="a.fid")
    signal = pr.interferogram(spectrum, pr.DirectRecipe(first_delay=0.5))
    assert signal.axes[0].first_delay == 0.5
    assert (signal.header, signal.source) == ({"kept": 1}, "a.fid")


def test_linear():
    recipe = pr.DirectRecipe(30.0, 20.0, polynomial_order=4, conjugate=True, alternate=True)
    first, second = noise((32, 16)), noise((32, 16), seed=1)

    def process(rows):
        return pr.spectrum_2d(pr.interferogram(time_domain(rows), recipe), pr.IndirectRecipe(p0=90.0)).data

    np.testing.assert_allclose(
        process(2 * first - 3 * second), 2 * process(first) - 3 * process(second), atol=1e-9
    )


def test_direct_dimension_processed_elsewhere():
    """Real rows of a processed direct dimension give the same t1 signals as the FIDs."""
    recipe = pr.DirectRecipe(30.0, 20.0, region=(6.0, 4.0), conjugate=True, alternate=True, first_delay=0.5)
    spectrum = time_domain(noise((32, 16)))
    rows, direct = pr.transform(spectrum.data, spectrum.axes[1], recipe)
    halfway = Spectrum(rows.real, (spectrum.axes[0], direct))
    once, twice = (pr.interferogram(each, recipe) for each in (spectrum, halfway))
    np.testing.assert_array_equal(once.data, twice.data)
    assert once.axes == twice.axes
    echo = replace(spectrum.axes[0], encoding="echo-antiecho")
    with pytest.raises(UserError, match="imaginary part"):
        pr.interferogram(halfway.replace(axes=(echo, direct)), recipe)


def test_interferogram_refuses_other_data():
    spectrum = time_domain(noise((32, 16)))
    done = pr.spectrum_2d(pr.interferogram(spectrum, pr.DirectRecipe()), pr.IndirectRecipe())
    with pytest.raises(UserError, match="needs 2D data, t1 in time"):
        pr.interferogram(done, pr.DirectRecipe())
    with pytest.raises(UserError, match="needs 2D data, t1 in time"):
        pr.interferogram(spectrum.replace(data=spectrum.data[0], axes=spectrum.axes[1:]), pr.DirectRecipe())


def test_half_dwell_delay_of_a_measured_spectrum(data_dir):
    """HDAC8 methyl groups, t1 from half a dwell and sign-alternated: hardly a trough with the derived phase.

    Measured with NUS, so IST-S fills the gaps; with the opposite phase a fifth of the energy is negative.
    """
    from common.classical.ist import ist_s
    from common.io.nmrpipe import read_nmrpipe

    folder = data_dir("nus_hdac8_fidnet")
    compact = read_nmrpipe(folder / "hdac_ex.ft1")
    measured = np.loadtxt(folder / "ss_hdac.out", dtype=int)
    rows = np.zeros((192, 2, compact.data.shape[1]), np.float32)
    rows[measured] = compact.data.reshape(24, 2, -1)
    axes = (replace(compact.axes[0], size=192), compact.axes[1])
    full = Spectrum(rows.reshape(384, -1), axes)
    negative = []
    for delay in (0.5, -0.5):
        signal = pr.interferogram(full, pr.DirectRecipe(region=(1.3, 0.1), alternate=True, first_delay=delay))
        fid = ist_s(signal.data, np.isin(np.arange(192), measured))
        data = pr.spectrum_2d(signal.replace(data=fid), pr.IndirectRecipe(first_point=1.0)).data
        negative.append(np.sum(data[data < 0] ** 2) / np.sum(data**2))
    assert negative[0] < 0.02
    assert negative[1] > 0.15


@pytest.mark.parametrize("name", HSQC)
def test_hsqc_as_its_authors_processed_it(data_dir, name):
    """NMRPipe's own result for measured spectra, with a time-domain solvent filter of another kind."""
    from common.io.nmrpipe import read_nmrpipe

    folder = data_dir("nus_hsqc_qnls")
    recipe, least = HSQC[name]
    ours = pr.spectrum_2d(
        pr.interferogram(read_nmrpipe(folder / f"{name}.test.fid"), recipe), pr.IndirectRecipe()
    )
    theirs = read_nmrpipe(folder / f"{name}.test.ft2")
    for axis, other in zip(ours.axes, theirs.axes, strict=True):
        np.testing.assert_allclose(axis.ppm(), other.ppm(), atol=1e-3)
    part = ours.axes[1].region(11.0, 6.2)
    assert np.corrcoef(ours.data[:, part].ravel(), theirs.data[:, part].ravel())[0, 1] >= least
    assert ours.data.dtype == np.float32


def test_spectrum_at_any_shifts_is_the_transform_on_its_own_axis():
    axis = Axis("1H", 64, 2000.0, 123.2, 4.65, domain="time", encoding="complex")
    fid = noise((3, 64))
    halved = fid * np.where(np.arange(64), 1.0, 0.5)
    np.testing.assert_allclose(pr.spectrum_at(fid, axis, axis.ppm()), pr.fourier(halved), atol=1e-10)
    line = np.exp((2j * np.pi * (2.01 - 4.65) * 123.2 - 30.0) * np.arange(64) / 2000.0)
    grid = np.arange(1.5, 2.5, 0.001)
    assert grid[pr.spectrum_at(line, axis, grid).real.argmax()] == pytest.approx(2.01, abs=0.002)
    assert pr.spectrum_at(fid.astype("complex64"), axis, grid).dtype == "complex64"
