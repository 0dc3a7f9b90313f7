"""Files for other programs: what goes in comes out, and results stay with their spectra."""

import dataclasses

import numpy as np
import pytest

from common.acquisition import Basis
from common.errors import FormatError, UserError
from common.mrs.peers import Job, PeerResults, fingerprint, read_job, read_results, write_job, write_results
from common.spectrum import Axis

AXIS = Axis("1H", 64, 2000.0, 123.25, 4.7, "time", "complex", 0.5)


@pytest.fixture
def job():
    rng = np.random.default_rng(1)
    fids = rng.standard_normal((5, 64)) + 1j * rng.standard_normal((5, 64))
    return Job(fids, Basis(("NAA", "sIns"), fids[:2] * 3, AXIS, te=30.0, sequence="press"), water=fids * 100)


@pytest.fixture
def results(job):
    values = np.arange(15.0).reshape(5, 3)
    values[1] = np.nan
    return PeerResults(
        program="some fit 1.0",
        names=("NAA", "sIns", "tNAA"),
        concentrations=values,
        sd=values / 10,
        fingerprint=fingerprint(job.fids),
        done=np.ones(5, dtype=bool),
        factor=1.25,
        extra={"fwhm": np.arange(5.0)},
    )


@pytest.mark.parametrize("water", [True, False])
@pytest.mark.parametrize("te", [30.0, None])
def test_a_job_comes_back(tmp_path, job, water, te):
    given = Job(job.fids, dataclasses.replace(job.basis, te=te), job.water if water else None)
    write_job(tmp_path / "job.npz", given)
    read = read_job(tmp_path / "job.npz")
    np.testing.assert_array_equal(read.fids, given.fids)
    np.testing.assert_array_equal(read.basis.fids, given.basis.fids)
    assert (read.basis.names, read.basis.axis) == (given.basis.names, AXIS)
    assert (read.basis.te, read.basis.sequence) == (te, "press")
    assert (read.water is not None) == water


def test_results_come_back(tmp_path, job, results):
    write_results(tmp_path / "results.npz", results)
    read = read_results(tmp_path / "results.npz", job.fids)
    for name in ("concentrations", "sd", "fingerprint", "done"):
        np.testing.assert_array_equal(getattr(read, name), getattr(results, name))
    assert (read.program, read.names, read.factor) == (results.program, results.names, 1.25)
    np.testing.assert_array_equal(read.extra["fwhm"], results.extra["fwhm"])
    assert read.failed == 1
    np.testing.assert_array_equal(read.of(["tNAA", "NAA"])[0], [2, 0])
    with pytest.raises(KeyError, match="Cr"):
        read.of(["Cr"])


def test_the_last_digits_of_another_machine_do_not_matter(tmp_path, job, results):
    write_results(tmp_path / "results.npz", results)
    read_results(tmp_path / "results.npz", job.fids.astype("complex64") * (1 + 1e-5))


def test_results_of_other_spectra_are_refused(tmp_path, job, results):
    write_results(tmp_path / "results.npz", results)
    for fids in (job.fids[::-1], job.fids[:3], job.fids * 1.1):
        with pytest.raises(UserError, match="5 other spectra"):
            read_results(tmp_path / "results.npz", fids)


def test_unfinished_results_are_refused(tmp_path, job, results):
    results.done[3] = False
    write_results(tmp_path / "results.npz", results)
    with pytest.raises(UserError, match="4 of 5 spectra"):
        read_results(tmp_path / "results.npz", job.fids)
    assert read_results(tmp_path / "results.npz", job.fids, unfinished=True).done.sum() == 4


def test_other_files_are_refused(tmp_path, job):
    with pytest.raises(UserError, match="no such file"):
        read_job(tmp_path / "absent.npz")
    (tmp_path / "text.npz").write_text("nothing")
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", fids=np.zeros((2, 3)))
    for name in ("text.npz", "array.npy", "other.npz"):
        with pytest.raises(FormatError, match="does not hold"):
            read_job(tmp_path / name)
        with pytest.raises(FormatError, match="does not hold"):
            read_results(tmp_path / name, job.fids)


def test_shapes_that_do_not_fit_are_refused(job):
    with pytest.raises(ValueError, match="FIDs are"):
        Job(job.fids[:, :32], job.basis)
