"""The Keras backend: settled by the environment before Keras is imported, and imported without chatter."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

from common.errors import UserError
from common.training.fingerprint import backend

BACKENDS = ("tensorflow", "jax")


#: glibc's options (malloc.h) and values: freed memory stays with the process, in one pool. By default every
#: large block goes back to the kernel, and a training step of TensorFlow spends half its time on page faults.
MALLOPT = {
    "M_ARENA_MAX": (-8, 1),
    "M_MMAP_THRESHOLD": (-3, 2**25),
    "M_TRIM_THRESHOLD": (-1, 2**31 - 1),
    "M_TOP_PAD": (-2, 2**26),
}


def compile_once() -> None:
    """Let JAX find again what it has compiled: networks of one shape and number of steps share it.

    The steps stand in a training step as constants of the learning rate's schedule, so that members which
    learn from different numbers of examples compile theirs anew; their predictions do not.
    The programs are kept in a folder of this process alone, which goes when it ends: those of another machine
    may not run here. Where the user has named a folder (``JAX_COMPILATION_CACHE_DIR``) it is that one.
    """
    import jax

    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = tempfile.mkdtemp(prefix="nmr-repro-jax-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def keep_freed_memory() -> None:
    """Tell the C library to keep freed memory; does nothing where there is no ``mallopt``."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in MALLOPT.values():
            mallopt(option, value)


def settle_backend() -> None:
    """Set what Keras and matplotlib read from the environment; imports neither.

    UserError where the backend that ``KERAS_BACKEND`` or Keras' settings name is not known or not installed.
    """
    name = backend()
    if name not in BACKENDS:
        raise UserError(f"KERAS_BACKEND is {name!r}; there are {', '.join(BACKENDS)}")
    if importlib.util.find_spec(name) is None:
        other = ", ".join(each for each in BACKENDS if each != name)
        raise UserError(
            f"the Keras backend {name} is not installed; install it, or set KERAS_BACKEND={other}"
        )
    os.environ["KERAS_BACKEND"] = name
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def import_keras():
    """Settle the backend and import Keras; returns the module."""
    settle_backend()
    keep_freed_memory()
    if backend() == "jax":
        leave_tensorflow_out()
    with _quiet():
        import keras
    if backend() == "jax":
        compile_once()
    return keras


def leave_tensorflow_out() -> None:
    """Let this process do as if TensorFlow were not installed; does nothing where it is imported already.

    Keras imports it under every backend, to seed it and to tell whether data are its own: seconds, and half
    the memory of a small run.
    """
    sys.modules.setdefault("tensorflow", None)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep file descriptor 2 closed to others: TensorFlow writes there whatever its log level says."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
