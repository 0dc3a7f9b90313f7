"""The training of one part: Keras' own loop, each epoch logged, checkpointed and resumable bit for bit."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from common.reporting.events import EventWriter
from common.training.checkpoint import Checkpoint, Checkpoints
from common.training.devices import Devices
from common.training.interrupts import Interrupts
from common.training.progress import Progress


@dataclass
class State:
    """How far the training of a part is; what is here and in the variables is all there is.

    epoch: completed epochs. seconds: of training, over all resumes. history: one mapping of logs an epoch.
    best, best_epoch: lowest value of the monitored log and the (0-based) epoch that had it. diverged: whether
    the loss stopped being a finite number; the epoch in which it did is not counted.
    """

    epoch: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: float | None = None
    best_epoch: int | None = None
    diverged: bool = False


class Fit:
    """Trains one built and compiled model.

    folder: the run. monitor: the log whose lowest value marks the weights to keep; None keeps the last ones.
    figures: ``figures(model) -> {tag: Figure}``, drawn at epochs 0, 1, 3, 7, ... and the last.
    made_by: stored in each checkpoint. interval: least seconds between two checkpoints. devices: to train on.
    interrupts: looked at after every batch.
    """

    def __init__(
        self, folder: Path, part: str, model, epochs: int, monitor: str | None, figures, made_by, interval,
        devices: Devices, interrupts: Interrupts,
    ):  # fmt: skip
        self.folder, self.part, self.model, self.epochs = folder, part, model, epochs
        self.monitor, self.figures, self.made_by, self.interval = monitor, figures, made_by, interval
        self.checkpoints, self.devices = Checkpoints(folder / "checkpoints", part), devices
        self.interrupts, self.state, self._best = interrupts, State(), []

    def resume(self, accept: Callable[[Mapping], None]) -> None:
        """Take up the newest checkpoint, if any, after ``accept`` has looked at what made it."""
        self.model.optimizer.build(self.model.trainable_variables)
        self.devices.lead(lambda: self._load(accept))
        self.state = State(**self.devices.lead(lambda: asdict(self.state)))

    def _load(self, accept: Callable[[Mapping], None]) -> None:
        checkpoint = self.checkpoints.load()
        if checkpoint is None:
            return
        accept(checkpoint.state["made_by"])
        for variable, value in zip(self._variables(), checkpoint.groups["variables"], strict=True):
            variable.assign(value)
        self._best = checkpoint.groups["best"]
        self.state = State(**checkpoint.state["state"])

    def run(self, dataset, validation) -> State:
        """Train to the last epoch, or until the loss is not finite; the model ends with the weights kept."""
        with contextlib.ExitStack() as stack:
            self._writers, self._progress = {}, None
            if self.devices.leads:
                self._open(stack, len(dataset), validation is not None)
            self._dataset, self._epoch = dataset, self.state.epoch
            self._before, self._began = self.state.seconds, time.monotonic()
            self._saved = self._began
            dataset.epoch = self.state.epoch
            stack.enter_context(self.devices.spread(self.model))
            self.model.fit(
                dataset,
                validation_data=validation,
                epochs=self.epochs,
                initial_epoch=self.state.epoch,
                shuffle=False,
                verbose=0,
                callbacks=[self._callback()],
            )
        if self._best:
            for variable, value in zip(self.model.weights, self._best, strict=True):
                variable.assign(value)
        self.devices.share(self.model.weights)
        return self.state

    def _open(self, stack: contextlib.ExitStack, steps: int, validation: bool) -> None:
        """The event files and the line of progress."""
        for name in ("train", "validation") if validation else ("train",):
            writer = EventWriter(self.folder / name / self.part, keep_until=self.state.epoch - 1)
            self._writers[name] = stack.enter_context(writer)
        self._progress = stack.enter_context(Progress(self.part, self.epochs, self.state.epoch, steps))

    def _callback(self):
        import keras

        return keras.callbacks.LambdaCallback(
            on_epoch_begin=self._on_epoch_begin,
            on_epoch_end=self._on_epoch_end,
            on_train_batch_end=self._on_batch_end,
            async_safe=True,
        )

    def _on_epoch_begin(self, epoch: int, logs=None) -> None:
        self._dataset.epoch = self._epoch = epoch

    def _on_batch_end(self, step: int, logs=None) -> None:
        self.interrupts.check()
        if self._progress:
            self._progress.batch(self._epoch, step)

    def _on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        logs = {name: float(value) for name, value in logs.items()}
        if not math.isfinite(logs["loss"]):
            self.state.diverged = self.model.stop_training = True
            return
        state = self.state
        state.epoch, state.seconds = epoch + 1, self._before + time.monotonic() - self._began
        state.history.append(logs)
        self._keep_best(epoch, logs)
        self.devices.lead(lambda: self._keep(epoch, logs))

    def _keep(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Write what is kept of an epoch, and show how far the training is."""
        state = self.state
        # Events first: a process killed between the two writes this epoch's events again, and the writer then
        # takes out the first ones. The other way round they would be missing.
        # Powers of two: a hundred epochs or a million, the event file stays small.
        rare = epoch & (epoch + 1) == 0 or state.epoch == self.epochs
        with self.devices.gathered(self.model):
            figures = self.figures(self.model) if rare and self.figures else {}
            self._write_events(epoch, logs, figures, histograms=rare)
            if state.epoch == self.epochs or time.monotonic() - self._saved >= self.interval:
                self._save()
        self._progress.epoch(epoch, logs)

    def _keep_best(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self.monitor is None:
            return
        if self.monitor not in logs:
            raise ValueError(f"cannot monitor {self.monitor!r}; an epoch logs {', '.join(logs)}")
        value = logs[self.monitor]
        if math.isfinite(value) and (self.state.best is None or value < self.state.best):
            self.state.best, self.state.best_epoch = value, epoch
            self._best = [_array(variable) for variable in self.model.weights]

    def _write_events(
        self, epoch: int, logs: Mapping[str, float], figures: Mapping, histograms: bool
    ) -> None:
        train = self._writers["train"]
        for name, value in logs.items():
            if name.startswith("val_"):
                self._writers["validation"].scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
            else:
                train.scalar(f"epoch_{name}", value, epoch)
        train.scalar("epoch_learning_rate", float(_array(self.model.optimizer.learning_rate)), epoch)
        for variable in self.model.trainable_variables if histograms else ():
            train.histogram(variable.path, _array(variable), epoch)
        for tag, figure in figures.items():
            train.image(tag, figure, epoch)

    def _save(self) -> None:
        groups = {"variables": [_array(variable) for variable in self._variables()], "best": self._best}
        state = {"state": asdict(self.state), "made_by": self.made_by}
        self.checkpoints.save(Checkpoint(self.state.epoch, groups, state))
        self._saved = time.monotonic()

    def _variables(self) -> list:
        """Weights, seed generators and optimiser, in a fixed order; metrics start anew each epoch."""
        return [*self.model.variables, *self.model.optimizer.variables]


def _array(variable):
    import keras

    return keras.ops.convert_to_numpy(variable)
