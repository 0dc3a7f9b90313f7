"""Networks of one shape share what JAX has compiled, nothing of it is left behind, TensorFlow is left out."""

import json
from pathlib import Path

from tests.processes import output

CODE = """
import json
from pathlib import Path
from common.training.backend import import_keras
keras = import_keras()
import jax
import numpy as np
folder = Path(jax.config.jax_compilation_cache_dir)
counts = []
for _ in range(2):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((1, 3)), np.ones((1, 2)))
    counts.append(len([path for path in folder.iterdir() if path.name.endswith("-cache")]))
print(json.dumps([str(folder), counts]))
"""


def test_a_second_network_of_the_same_shape_compiles_nothing():
    folder, (first, second) = json.loads(output("-c", CODE, KERAS_BACKEND="jax").splitlines()[-1])
    assert first > 0
    assert second == first
    assert not Path(folder).exists()


def test_tensorflow_is_left_out_under_jax_alone():
    code = "from common.training.backend import import_keras; keras = import_keras(); import sys; "
    code += "keras.utils.set_random_seed(0); print(bool(sys.modules.get('tensorflow')))"
    for backend, there in (("jax", "False"), ("tensorflow", "True")):
        assert output("-c", code, KERAS_BACKEND=backend).split()[-1] == there
