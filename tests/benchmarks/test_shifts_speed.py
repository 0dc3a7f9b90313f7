"""Speed of predicted shifts, in processor time. Not part of a usual test run: ``pytest tests/benchmarks``."""

import time

import numpy as np
import pytest

from common.shiftlist import NUCLEI
from common.shifts.structurefiles import load
from reproductions.sparta_plus import data, errors, estimate
from reproductions.sparta_plus.config import Config
from tests.common.shifts.userfiles import helix, pdb_text

SEQUENCE = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
#: Of the compiled PPM_One, its start included: seconds a protein (fact sheet, section 6).
COMPILED = 0.14


def quickest(function, *given, times=3):
    """Processor seconds of the best of some calls, and what the last one gave."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        made = function(*given)
        seconds.append(time.process_time() - start)
    return min(seconds), made


@pytest.fixture(scope="module")
def predict():
    """The networks of a published configuration, as they begin."""
    from common.training.backend import import_keras

    import_keras()
    from reproductions.sparta_plus.model import build

    config = Config()
    shifts = {f"{nucleus}/{k}": build(config) for nucleus in NUCLEI for k in range(config.members)}
    return estimate.predictor(
        config, shifts, {errors.part(nucleus): errors.build(config) for nucleus in NUCLEI}
    )


def test_file_to_features_of_150_residues(tmp_path):
    path = tmp_path / "made.pdb"
    path.write_text(pdb_text(helix(2 * SEQUENCE)))
    load(path)
    seconds, made = quickest(lambda: data.made(load(path)[0]))
    print(f"{len(made[0])} residues: {seconds:.3f} s")
    assert seconds < 0.3


def test_the_test_set_in_a_batch(data_dir, predict):
    """As fast a protein as the compiled program; beside it, proteins one after the other."""
    files = sorted((data_dir("shiftx2_testset") / "pdbH").glob("*.gz"))
    start = time.process_time()
    predict([load(files[0])[0]])
    first = time.process_time() - start
    seconds, made = quickest(lambda: predict([load(path)[0] for path in files]), times=2)
    apart, alone = quickest(lambda: [predict([load(path)[0]]) for path in files[:10]], times=1)
    print(f"a file: {seconds / len(files):.3f} s of {len(files)}, {apart / 10:.3f} s of ten by themselves")
    print(f"the first: {first:.2f} s after the start")
    for (one, _), ((other, _),) in zip(made, alone, strict=False):
        np.testing.assert_allclose(one, other, atol=1e-4)
    assert first < 2
    assert seconds / len(files) < COMPILED


def test_an_ensemble_of_20_models(predict):
    models = [helix(SEQUENCE)] * 20
    predict(models)
    seconds, _ = quickest(predict, models)
    print(f"20 models of {len(SEQUENCE)} residues: {seconds:.2f} s")
    assert seconds < 20 * COMPILED
