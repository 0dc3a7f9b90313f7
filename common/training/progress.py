"""One line that says how far a training is."""

from __future__ import annotations

import time
from collections.abc import Mapping

#: Seconds between plain lines where the output is not a terminal.
PLAIN_INTERVAL = 5.0


class Progress:
    """Epoch, loss, the model's metrics and the time left of one part in training, on standard error.

    A terminal shows one line that changes; anything else gets plain lines, one every few seconds at most.
    part: its name. epochs: all epochs. done: epochs completed before. steps: batches an epoch.
    """

    def __init__(self, part: str, epochs: int, done: int, steps: int):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.part, self.epochs, self.steps = part, epochs, steps
        self._done = self._first = done * steps
        self._began = self._told = time.monotonic()
        self._logs = ""
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[left]}"),
        )
        self._bar = Progress(*columns, console=console) if console.is_terminal else None
        self._console = console
        if self._bar:
            self._task = self._bar.add_task(part, total=epochs * steps, completed=self._done, left="")

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()

    def batch(self, epoch: int, step: int) -> None:
        """Say that a batch of an epoch (both from 0) is done."""
        self._done = epoch * self.steps + step + 1
        if self._bar:
            self._show(epoch)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Say that an epoch (from 0) is done, and with what losses and metrics."""
        self._done = (epoch + 1) * self.steps
        self._logs = "  ".join(f"{name} {value:.4g}" for name, value in logs.items())
        now = time.monotonic()
        if self._bar:
            self._show(epoch)
        elif epoch + 1 == self.epochs or now - self._told >= PLAIN_INTERVAL:
            self._told = now
            self._console.print(f"{self._text(epoch)}  {self._left()}", soft_wrap=True, highlight=False)

    def _show(self, epoch: int) -> None:
        self._bar.update(self._task, completed=self._done, description=self._text(epoch), left=self._left())

    def _text(self, epoch: int) -> str:
        return f"{self.part}  epoch {epoch + 1}/{self.epochs}  {self._logs}".rstrip()

    def _left(self) -> str:
        """The time left, at the mean speed of this process."""
        fresh = self._done - self._first
        seconds = (time.monotonic() - self._began) / max(fresh, 1) * (self.epochs * self.steps - self._done)
        minutes, seconds = divmod(round(seconds), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} left"
