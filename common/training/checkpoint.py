"""Checkpoints of a part in training: one file each, the last two kept, a torn one passed over."""

from __future__ import annotations

import io
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.training.storage import write_file

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """All that a resumed training needs.

    epoch: completed epochs. groups: lists of arrays by name (variables of the model, of the optimiser, of the
    best epoch). state: what JSON can hold (history, best value, seconds, fingerprint).
    """

    epoch: int
    groups: dict[str, list[np.ndarray]]
    state: dict


class Checkpoints:
    """The checkpoints ``<folder>/<part>-<epoch>.npz``; a part may hold slashes."""

    def __init__(self, folder: Path, part: str):
        self.folder, self.part = folder, part

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint and drop all but the last two; RunError, the older ones kept, on a full disk."""
        arrays = {
            f"{group}/{number}": array
            for group, members in checkpoint.groups.items()
            for number, array in enumerate(members)
        }
        sizes = {group: len(members) for group, members in checkpoint.groups.items()}
        text = json.dumps({"epoch": checkpoint.epoch, "sizes": sizes, "state": checkpoint.state})
        file = io.BytesIO()
        np.savez(file, text=np.array(text), **arrays)
        write_file(self.folder / f"{self.part}-{checkpoint.epoch:05d}.npz", file.getvalue())
        for old in self._paths()[:-KEPT]:
            old.unlink()

    def load(self) -> Checkpoint | None:
        """The newest whole checkpoint; None where there is none. Damaged ones are named in a warning."""
        for path in reversed(self._paths()):
            try:
                return _read(path)
            except Exception:  # a damaged zip can fail anywhere in zipfile, zlib, numpy and json
                warnings.warn(f"checkpoint {path} is damaged; going back to the one before", stacklevel=2)
        if self._paths():
            warnings.warn(
                f"no checkpoint of part {self.part} can be read; training it from the start", stacklevel=2
            )
        return None

    def clear(self) -> None:
        """Remove all checkpoints of the part, and the folder of its own that slashes made, once empty."""
        for path in self._paths():
            path.unlink()
        own = (self.folder / self.part).parent
        if own != self.folder and own.is_dir() and not any(own.iterdir()):
            own.rmdir()

    def _paths(self) -> list[Path]:
        """From the oldest to the newest."""
        stem = (self.folder / self.part).name
        found = re.compile(re.escape(stem) + r"-(\d+)\.npz")
        matches = [
            (found.fullmatch(path.name), path) for path in (self.folder / self.part).parent.glob("*.npz")
        ]
        return [path for _, path in sorted((int(match[1]), path) for match, path in matches if match)]


def _read(path: Path) -> Checkpoint:
    with np.load(path, allow_pickle=False) as archive:
        content = json.loads(str(archive["text"]))
        groups = {
            group: [archive[f"{group}/{number}"] for number in range(size)]
            for group, size in content["sizes"].items()
        }
    return Checkpoint(content["epoch"], groups, content["state"])
