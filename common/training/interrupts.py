"""Ctrl-C and SIGTERM, heard even where a library drops them."""

from __future__ import annotations

import signal
import threading


class Interrupts:
    """A context in which SIGTERM, as schedulers send it, ends a run like Ctrl-C: its lock and files in order.

    Both raise KeyboardInterrupt where the main thread is. It is dropped where that is a callback which Python
    or a library called and whose errors nobody hears; :meth:`check` raises what was dropped.
    """

    def __init__(self):
        self._heard, self._before = False, {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            numbers = [signal.SIGTERM]
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may have it ignored
                numbers.append(signal.SIGINT)
            self._before = {number: signal.signal(number, self._hear) for number in numbers}
        return self

    def __exit__(self, kind, error, trace) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def check(self) -> None:
        """KeyboardInterrupt where there has been one."""
        if self._heard:
            raise KeyboardInterrupt

    def _hear(self, number, frame) -> None:
        self._heard = True
        raise KeyboardInterrupt
