"""Data-parallel training: the devices of one or of several processes, each with its rows of every batch.

All processes run the same program in step. A model is spread over the devices while it is trained, by
``keras.distribution`` under JAX; before and after it is an ordinary one. Process 0 leads: it alone reads and
writes the folder of the run, and tells the others.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator

import numpy as np

from common.errors import RunError, UserError
from common.training import spread
from common.training.fingerprint import backend

#: Where the processes meet, ``HOST:PORT`` of process 0, and the number of this one; Slurm and Open MPI tell
#: JAX themselves.
ADDRESS, NUMBER = "KERAS_DISTRIBUTION_JOB_ADDRESSES", "KERAS_DISTRIBUTION_PROCESS_ID"
#: Seconds that a process which fails alone waits for the others before it ends all; ours: a disk may be slow.
PATIENCE = 20


class Devices:
    """The devices that train one run together; one, and nothing special, unless :func:`join` made them.

    names: as Keras calls them, of process 0 first. processes: how many there are. process: which this is.
    """

    def __init__(self, names: tuple[str, ...] = ("",), processes: int = 1, process: int = 0):
        self.names, self.processes, self.process = names, processes, process
        self._sharded, self._compiled = False, [None] * 3

    @property
    def count(self) -> int:
        """Of all processes together."""
        return len(self.names)

    @property
    def leads(self) -> bool:
        """Whether this process reads and writes the folder of the run."""
        return self.process == 0

    def lead(self, action: Callable):
        """What ``action()`` returns at process 0, at every process; the others do not call it.

        What it returns must be JSON where there are several processes. What it raises ends the others with
        a RunError of the same words.
        """
        if self.processes == 1:
            return action()
        result, error = None, None
        if self.leads:
            try:
                result = action()
            except BaseException as raised:  # the others wait for a word, whatever happened
                error = raised
        words = None if error is None else str(error) or type(error).__name__
        result, words = _told({"result": result, "error": words}).values()
        if error is not None:
            raise error
        if words is not None:
            raise RunError(words)
        return result

    def share(self, variables: list) -> None:
        """Give the variables of a model, not spread, the values that they have at process 0."""
        if self.processes > 1:
            values = [np.asarray(variable) for variable in variables]
            for variable, value in zip(variables, _broadcast(values), strict=True):
                variable.assign(value)

    def check(self, batches) -> None:
        """UserError where the devices cannot share the rows of a batch evenly."""
        if self.count > 1 and not self._divide(made := _rows(batches.batch(0, 0))):
            rows = " or ".join(map(str, sorted(made)))
            raise UserError(
                f"{self.count} devices cannot share a batch of {batches.batch_size} examples evenly"
                f" (rows: {rows}); choose another batch size"
            )

    def dataset(self, batches):
        """The batches for ``fit``: of each, this process has its rows.

        A batch is made whole, since one generator draws all of it, and so is the same as with one process. A
        batch that does not divide, as the last one of an epoch may, is computed whole on every device.
        """
        return batches.dataset() if self.count == 1 else batches.dataset(self._own)

    @contextlib.contextmanager
    def spread(self, model) -> Iterator[None]:
        """Spread a compiled model, its optimizer built, over the devices, with the values of process 0.

        RunError where another process ends meanwhile.
        """
        if self.count == 1:
            yield
            return
        import jax

        self.share(spread.variables(model))
        self._compiled = [None] * 3
        try:
            with spread.spread(model, spread.data_parallel(self.names, lambda: self._sharded)):
                yield
        except BaseException as error:
            # A UserError comes to all; after anything else this process is alone.
            if self.processes == 1 or isinstance(error, UserError):
                raise
            atexit.register(_end)
            reason = str(error).partition("\n")[0]
            if not isinstance(error, jax.errors.JaxRuntimeError) and not reason.startswith("UNKNOWN: "):
                raise
            raise RunError(f"the processes have lost each other ({reason}); start all again") from error

    def gathered(self, model) -> contextlib.AbstractContextManager:
        """Within :meth:`spread`: the model is for a while an ordinary one of this process alone."""
        return contextlib.nullcontext() if self.count == 1 else spread.gathered(model, self._compiled)

    def leave(self) -> None:
        """End the common work, which all do in the end; each process then is by itself."""
        if self.processes > 1:
            import jax

            self.lead(lambda: None)  # waits for all, and longer than the next line would
            jax.distributed.shutdown()
        self.names, self.processes = self.names[:1], 1

    def _divide(self, rows: set[int]) -> bool:
        return len(rows) == 1 and min(rows) % self.count == 0

    def _own(self, batch):
        """This process's rows of a batch, or all of it where it does not divide."""
        from keras import tree

        rows = _rows(batch)
        self._sharded = self._divide(rows)
        if not self._sharded:
            return batch
        each = min(rows) // self.processes
        return tree.map_structure(lambda part: part[self.process * each :][:each], batch)


def join(each: int | None = 1, processes: int = 1) -> Devices:
    """The devices to train on: ``each`` of every process, or all of the only one where it is None.

    processes: as many as were started alike, by srun or mpirun, or with the variables ``ADDRESS`` and
    ``NUMBER`` set. Nothing may have used JAX before. UserError for another backend, for fewer devices than
    wanted, and where the other processes cannot be found.
    """
    if (each, processes) == (1, 1):
        return Devices()
    if backend() != "jax":
        raise UserError("training on several devices needs the JAX backend: set KERAS_BACKEND=jax")
    if processes > 1:
        if each is None:
            raise UserError("say how many devices each process has, instead of all")
        _connect(each, processes)
    import jax

    theirs = [[one for one in jax.devices() if one.process_index == process] for process in range(processes)]
    fewest = min(map(len, theirs))
    if fewest < (each or 1):
        raise UserError(f"{each} devices are asked for, and there is {fewest} ({jax.default_backend()})")
    names = [f"{one.platform}:{one.id}" for found in theirs for one in found[: each or fewest]]
    return Devices(tuple(names), processes, jax.process_index())


def _connect(each: int, processes: int) -> None:
    """Meet the other processes."""
    import jax

    address, number = os.environ.get(ADDRESS), os.environ.get(NUMBER, "")
    try:
        jax.distributed.initialize(
            address.partition(",")[0] if address else None,
            processes,
            int(number) if number else None,
            # JAX would take one GPU a process on Slurm, whatever it was given.
            list(range(each)),
            shutdown_timeout_seconds=PATIENCE,
        )
    except (ValueError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"the {processes} processes cannot find each other: {reason} Start them by srun or mpirun,"
            f" or set {ADDRESS}=HOST:PORT, of the first one, and {NUMBER}"
        ) from None


def _end() -> None:
    """End a process that cannot go on alone; JAX would wait for others that may wait for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _rows(batch) -> set[int]:
    """How many rows the arrays of a batch have: fewer than examples where several are one signal."""
    from keras import tree

    return {len(part) for part in tree.flatten(batch)}


def _told(content: dict) -> dict:
    """A JSON object of process 0, at all of them."""
    text = np.frombuffer(json.dumps(content).encode(), np.uint8)
    (size,) = _broadcast([np.array(len(text))])
    padded = np.zeros(1 << int(size).bit_length(), np.uint8)  # few sizes, since each is compiled
    padded[: min(len(text), size)] = text[:size]
    (padded,) = _broadcast([padded])
    return json.loads(padded[:size].tobytes())


def _broadcast(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Arrays of process 0, at all of them; they have the same shapes everywhere."""
    from jax.experimental.multihost_utils import broadcast_one_to_all

    return broadcast_one_to_all(arrays)
