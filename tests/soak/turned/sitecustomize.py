"""Turns the clock of Python by as many seconds as the file named by SOAK_CLOCK says at that moment.

With this folder on PYTHONPATH, Python does so when it starts. The clock that only counts on stays as it is.
"""

import datetime
import os
import time
from pathlib import Path

VARIABLE = "SOAK_CLOCK"


def turn(file: str) -> None:
    """Turn the clock of this process."""
    now, now_ns = time.time, time.time_ns

    def seconds() -> int:
        return int(Path(file).read_text() or 0)

    class Turned(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(seconds=seconds())

    time.time = lambda: now() + seconds()
    time.time_ns = lambda: now_ns() + seconds() * 10**9
    datetime.datetime = Turned


if os.environ.get(VARIABLE):
    turn(os.environ[VARIABLE])
