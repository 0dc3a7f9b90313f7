"""A training on one or several devices, in a process of its own or in one of several.

``python -m tests.common.training.together RUNS DEVICES PROCESSES [EPOCHS]``
"""

import json
import sys
from pathlib import Path

import numpy as np

# Keras would import it here and there if it could, which takes longer than the training.
sys.modules["tensorflow"] = None

from common.training.batches import Batches
from common.training.devices import Devices, join
from tests.common.training import tiny

CHECK = np.ones((5, 6), "float32")


def batches(split, count, workers=1):
    """Of 16 examples and, last, of what is left."""
    return Batches(tiny.make, count, batch_size=16, seed=3, split=split, workers=workers)


def main(runs: Path, devices: Devices, epochs: int = 3) -> None:
    """Train; validation examples and the last training batch, 21 and 13, do not divide between two."""

    def draw(model):
        """No figures, but what the network in training predicts: it is an ordinary one for this."""
        (session.folder / "predicted.json").write_text(json.dumps(predict(model)))
        return {}

    with tiny.open_session(runs, tiny.Config(epochs=epochs, eager=False), devices=devices) as session:
        splits = {"batches": batches("train", 45, workers=2), "validation": batches("validation", 21)}
        model = tiny.train(session, "network", figures=draw, **splits)
        session.measure("simulated/all/rlne", 0.0)
        devices.leave()
        # All have it in the end; this goes beside the runs, and is theirs who do not lead as well.
        path = runs.with_name(f"{runs.name}-{devices.process}.json")
        path.write_text(json.dumps(predict(model)))
        if devices.leads:
            session.finish()


def predict(model) -> list:
    return model.predict_on_batch(CHECK).tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]), join(*map(int, sys.argv[2:4])), *map(int, sys.argv[4:]))
