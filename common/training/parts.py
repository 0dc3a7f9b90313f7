"""The finished parts of a run: weights, and a summary each whose presence says that the part is done."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path

from common.errors import RunError
from common.reporting.weights import SUFFIX as WEIGHTS
from common.reporting.weights import weights_sha256
from common.training.fit import State
from common.training.storage import write_file

SUMMARY = ".json"


class Parts:
    """``<folder>/<part>.weights.h5`` and ``<folder>/<part>.json``; a part may hold slashes."""

    #: What of a summary goes into the record.
    RECORDED = ("parameters", "epochs", "seconds", "weights_sha256")

    def __init__(self, folder: Path):
        self.folder = folder

    def store(
        self, part: str, model, state: State, made_by: Mapping, trained: Mapping, found: Mapping
    ) -> None:
        """Write a part: weights first, then the summary. RunError, and the part not done, on a full disk."""
        path = self.folder / f"{part}{WEIGHTS}"
        file = _Memory()
        with _without_optimizer(model):
            model.save_weights(file)
        write_file(path, file.getvalue())
        summary = {
            "parameters": model.count_params(),
            "epochs": state.epoch,
            "seconds": round(state.seconds, 3),
            "weights_sha256": weights_sha256(path),
            "best_epoch": state.best_epoch,
            "history": state.history,
            "made_by": made_by,
            "trained": trained,
            "found": found,
        }
        write_file(self.folder / f"{part}{SUMMARY}", json.dumps(summary, indent=1) + "\n")

    def load(self, part: str, model):
        """Load the weights of a part into a built model; RunError where they are absent or do not fit."""
        path = self.folder / f"{part}{WEIGHTS}"
        if not path.is_file():
            raise RunError(f"{path} is missing: part {part} is not trained yet; run it first")
        try:
            with _without_optimizer(model):
                model.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise RunError(
                f"{path} is damaged or of another network: {reason}; train with --fresh"
            ) from error
        return model

    def summary(self, part: str) -> dict | None:
        """The summary of a part; None where it is not done."""
        return self.summaries().get(part)

    def summaries(self) -> dict[str, dict]:
        """The summaries of all finished parts, by name."""
        paths = {
            str(path.relative_to(self.folder)).removesuffix(SUMMARY): path
            for path in self.folder.rglob(f"*{SUMMARY}")
        }
        return {part: json.loads(paths[part].read_text()) for part in sorted(paths)}


class _Memory(io.BytesIO):
    """A weights file in memory: HDF5 ends the process with a segmentation fault where a disk is full."""

    def __str__(self):
        return "memory.weights.h5"


@contextlib.contextmanager
def _without_optimizer(model):
    """Keras puts the optimiser into the weights file, three times its size, unless there is none."""
    optimizer = getattr(model, "optimizer", None)  # absent from a model that was never compiled
    model.optimizer = None
    try:
        yield
    finally:
        model.optimizer = optimizer
