"""Trainings on one and on several devices, in processes of their own, for test_devices.py.

``python -m tests.common.training.together FOLDER``, with two devices, trains on one (``FOLDER/one``) and
on two (``FOLDER/two``); ``FOLDER/processes`` is the first run as it would be if killed in its second epoch.
``... FOLDER 2`` goes on with that, as one of two processes.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.training.backend import leave_tensorflow_out
from common.training.batches import Batches
from common.training.devices import Devices, join
from tests.common.training import tiny

CONFIG = tiny.Config(epochs=4, eager=False)
CHECK = np.ones((5, 6), "float32")


def batches(split, count, workers=1):
    """Of 16 examples and, last, of what is left."""
    return Batches(tiny.make, count, batch_size=16, seed=3, split=split, workers=workers)


def main(runs: Path, devices: Devices, epoch_end=lambda session: None) -> None:
    """Train; validation examples and the last training batch, 21 and 13, do not divide between two."""

    def draw(model):
        # Of these rows two devices could not share any, nor two processes predict together.
        predict(model)
        epoch_end(session)
        return {}

    with tiny.open_session(runs, CONFIG, devices=devices) as session:
        splits = {"batches": batches("train", 45, workers=2), "validation": batches("validation", 21)}
        model = tiny.train(session, "network", figures=draw, **splits)
        found = {"predicted": predict(model), "refused": refusal(lambda: devices.lead(refuse))}
        session.measure("simulated/all/rlne", 0.0)
        devices.leave()
        if devices.leads:
            session.finish()
        runs.with_name(f"{runs.name}-{devices.process}.json").write_text(json.dumps(found))


def predict(model) -> list:
    return model.predict_on_batch(CHECK).tolist()


def refuse():
    raise UserError("process 0 has something to say")


def refusal(action) -> str:
    try:
        action()
    except UserError as error:
        return str(error)


def copy_in_second_epoch(session):
    """Copy the run: figures are drawn in epochs 0, 1 and 3, and only in 1 is there that checkpoint."""
    copy = session.folder.parents[2] / "processes" / "tiny" / session.id
    if any(session.folder.glob("checkpoints/*-00001.npz")) and not copy.exists():
        shutil.copytree(session.folder, copy)


if __name__ == "__main__":
    leave_tensorflow_out()
    folder, others = Path(sys.argv[1]), sys.argv[2:]
    if others:
        devices = join(1, int(others[0]))
        # Nobody but process 0 may look at the run: the other one is given a folder that is not there.
        main(folder / ("processes" if devices.leads else "nowhere"), devices)
    else:
        print(refusal(lambda: join(1, 2)))
        print(refusal(lambda: join(3)))
        main(folder / "one", Devices(), copy_in_second_epoch)
        main(folder / "two", join(None))
