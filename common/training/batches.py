"""Training data as a function of (seed, split, epoch, index): a resumed run sees what it would have seen.

Keras restarts its own shuffling with every seed and every process; nothing here is ever shuffled by Keras.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def generator(seed: int, split: str, epoch: int, index: int) -> np.random.Generator:
    """An independent NumPy generator for each (seed, split, epoch, index); the same on every machine."""
    key = int.from_bytes(hashlib.sha256(split.encode()).digest()[:8], "big")
    return np.random.default_rng([seed, key, epoch, index])


def part_seed(seed: int, part: str) -> int:
    """The 31-bit seed of a part's initial weights and dropout."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{part}".encode()).digest()[:4], "big") >> 1


class Batches:
    """The batches of one split.

    make: ``make(indices, rng) -> (inputs, targets)`` for an integer array of example numbers; depends on
        nothing else, and several threads may call it.
    count: number of examples. batch_size: examples a batch; the last batch holds what is left.
    split: ``train`` visits a new permutation of the examples each epoch; any other name goes in order, with
        the same random numbers each epoch, so that validation data never change.
    uses: the cases that the data come from, ``(data set, case, role)`` each.
    workers: threads that prepare batches ahead; they change no number.
    """

    def __init__(
        self,
        make: Callable,
        count: int,
        batch_size: int,
        seed: int,
        split: str,
        uses: tuple[tuple[str, str, str], ...] = (),
        workers: int = 1,
    ):
        if count < 1 or batch_size < 1 or workers < 1:
            raise ValueError(f"count {count}, batch_size {batch_size} and workers {workers} must be positive")
        self.make, self.count, self.batch_size = make, count, batch_size
        self.seed, self.split, self.uses, self.workers = seed, split, tuple(uses), workers
        self._kept: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        return -(-self.count // self.batch_size)

    def order(self, epoch: int) -> np.ndarray:
        """The example numbers in the order of an epoch: a permutation of ``range(count)`` when training."""
        if self.split != "train":
            return np.arange(self.count)
        return generator(self.seed, f"{self.split}/order", epoch, 0).permutation(self.count)

    def _ordered(self, epoch: int) -> np.ndarray:
        """:func:`order`, drawn once an epoch: of millions of examples that takes longer than a batch."""
        kept = self._kept
        if kept is None or kept[0] != epoch:
            kept = self._kept = (epoch, self.order(epoch))
        return kept[1]

    def batch(self, epoch: int, index: int):
        """``(inputs, targets)`` of one batch of an epoch."""
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        epoch = epoch if self.split == "train" else 0
        indices = self._ordered(epoch)[index * self.batch_size : (index + 1) * self.batch_size]
        return self.make(indices, generator(self.seed, self.split, epoch, index))

    def dataset(self, share: Callable = lambda batch: batch):
        """These batches as a ``keras.utils.PyDataset``; its attribute ``epoch`` is the one it yields.

        share: what of a batch is yielded.
        """
        import keras

        class Dataset(keras.utils.PyDataset):
            """One epoch of batches.

            Keras' own worker threads are left off: under TensorFlow their queue outlives an epoch, so that a
            batch of the last epoch can turn up in the next.
            """

            def __init__(self, batches: Batches):
                super().__init__(workers=1)
                self.epoch, self._ahead = 0, _Ahead(batches)

            def __len__(self):
                return len(self._ahead.batches)

            def __getitem__(self, index):
                return share(self._ahead.get(self.epoch, index))

        return Dataset(self)


class _Ahead:
    """Prepares the next ``workers`` batches while one is in use."""

    def __init__(self, batches: Batches):
        self.batches, self._waiting = batches, {}
        self._pool = ThreadPoolExecutor(batches.workers) if batches.workers > 1 else None

    def get(self, epoch: int, index: int):
        if self._pool is None:
            return self.batches.batch(epoch, index)
        wanted = range(index, min(index + self.batches.workers + 1, len(self.batches)))
        # Keyed by epoch and index, and a batch is a pure function of them: whoever asks, in whatever order,
        # is answered alike.
        waiting = {
            (epoch, i): self._waiting.get((epoch, i)) or self._pool.submit(self.batches.batch, epoch, i)
            for i in wanted
        }
        self._waiting = waiting
        return waiting[epoch, index].result()
