"""Picking in a 3D spectrum with NMR-Net: within 2 minutes and 2 GB on two cores, whatever the weights."""

import json

import numpy as np
import pytest

from common.io.files import write
from common.spectrum import Axis, Spectrum
from tests.processes import output

SHAPE = (128, 128, 1024)
PROGRAM = """
import json, resource, sys, time
began = time.perf_counter()
from common.training.backend import import_keras
import_keras()
from common.training import config as configuration
from reproductions.nmr_net import config as configs, model, picking, spectra
config = configuration.resolve(configs, "paper", sys.argv[2], {})
spectrum, _ = spectra.load(sys.argv[1])
network = picking.classifier(model.build(config))
ready = time.perf_counter()
found = picking.pick(spectrum, network, config)
ended = time.perf_counter()
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "seconds": ended - began, "candidates": len(found), "per_second": len(found) / (ended - ready),
    "cpu_seconds": used.ru_utime + used.ru_stime, "gigabytes": used.ru_maxrss / 1e6,
}))
"""


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """500 Gaussian lines in white noise, which has more candidates than that of a zero-filled spectrum."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal(SHAPE, dtype="float32")
    grid = np.stack(np.meshgrid(*[np.arange(-12, 13)] * 3, indexing="ij"), axis=-1)
    for _ in range(500):
        centre, width = rng.uniform(13, np.array(SHAPE) - 14), rng.uniform(3, 5, 3)
        at = np.rint(centre).astype(int)
        square = ((2 * (grid - (centre - at)) / width) ** 2).sum(axis=-1)
        data[tuple(slice(k - 12, k + 13) for k in at)] += 10 ** rng.uniform(0.7, 2.5) * 0.5**square
    axes = (
        Axis("13C", 128, 3000.0, 150.9, 55.0),
        Axis("15N", 128, 2000.0, 60.8, 118.0),
        Axis("1H", 1024, 8000.0, 600.0, 4.7),
    )
    path = tmp_path_factory.mktemp("cube") / "cube.ucsf"
    write(path, Spectrum(data, axes))
    return path


@pytest.mark.parametrize("variant", ["faithful", "levels"])
def test_a_3d_spectrum_of_128_by_128_by_1024(benchmark, cube, variant):
    def run():
        return json.loads(output("-c", PROGRAM, cube, variant).splitlines()[-1])

    took = benchmark.pedantic(run, rounds=1, iterations=1)
    benchmark.extra_info |= took
    assert took["candidates"] > 40_000
    assert took["seconds"] < 120
    assert took["gigabytes"] < 2
