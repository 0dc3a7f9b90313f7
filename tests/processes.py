"""Python in a process of its own: with nothing imported, under another backend, in another folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What takes seconds to import.
HEAVY = {"keras", "tensorflow", "jax", "matplotlib"}


def python(*words, cwd=ROOT, **environment) -> subprocess.CompletedProcess:
    """Run ``python WORDS``, with the repository importable and variables of the environment set."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def output(*words, **options) -> str:
    """What a process that succeeds prints; the test fails with its last words where it does not."""
    done = python(*words, **options)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout
