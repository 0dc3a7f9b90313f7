"""What made a training: its code, the versions it ran on and the data it saw; and where it ran."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from common.reporting.record import versions

ROOT = Path(__file__).resolve().parents[2]
#: Files of a reproduction that change nothing that is trained.
ASIDE = ("__init__.py", "__main__.py", "apply.py", "figures.py")
#: Files, and folders of them; of this folder the ones that numbers pass through.
SHARED = (
    "common/classical",
    "common/layers.py",
    "common/nus/examples.py",
    "common/processing.py",
    "common/protein",
    "common/shifts/examples.py",
    "common/shifts/members.py",
    "common/simulation",
    "common/training/batches.py",
    "common/training/checkpoint.py",
    "common/training/devices.py",
    "common/training/fit.py",
    "common/training/spread.py",
)


def backend() -> str:
    """The Keras backend that is, or would be, in use; found without importing Keras."""
    if "keras" in sys.modules:
        return sys.modules["keras"].backend.backend()
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"]
    settings = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    try:
        return json.loads(settings.read_text()).get("backend", "tensorflow")
    except (OSError, ValueError):
        return "tensorflow"


def fingerprint(name: str, backend: str) -> dict[str, str]:
    """Checksum of each source file that can change what a training yields, and versions."""
    folder = ROOT / "reproductions" / name
    files = [path for path in sorted(folder.glob("*.py")) if path.name not in ASIDE]
    for entry in SHARED:
        path = ROOT / entry
        files += sorted(path.glob("*.py")) if path.is_dir() else [path]
    sums = {str(file.relative_to(ROOT)): _sha256(file) for file in files if file.is_file()}
    return sums | versions("keras", backend, "numpy")


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The names whose value differs, at most five of them, as one phrase; empty where nothing does."""
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    return ", ".join(changed[:5]) + more


def device() -> str:
    """``cpu``, or the accelerators in words; imports Keras."""
    import keras

    accelerators = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if not accelerators:
        return "cpu"
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        names = subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout
        return ", ".join(names.splitlines()[: len(accelerators)])
    return ", ".join(accelerators)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
