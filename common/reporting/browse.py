"""TensorBoard on a folder of runs."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterable
from pathlib import Path

from common.errors import RunError
from common.reporting.board import MANY_RUNS, View
from common.reporting.events import MARK


def browse(logdir: Path | str, port: int = 6006, first: Iterable[str] = ()) -> None:
    """Show the runs below a folder in TensorBoard, for this machine alone, until Ctrl-C; as :func:`serve`."""
    url = serve(logdir, port, first)
    print(f"TensorBoard shows {logdir} at {url} (Ctrl-C ends it)", flush=True)
    if len({path.parent for path in Path(logdir).rglob(f"*{MARK}*")}) > MANY_RUNS:
        print("Of learning curves, those of each run's first part; a folder of one system has them all")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()


def serve(logdir: Path | str, port: int = 6006, first: Iterable[str] = ()) -> str:
    """Start TensorBoard in the background of this process and return its address; port 0 takes a free one.

    first: ids of metrics that its page HPARAMS begins with. RunError for a folder that does not exist or a
    port that is taken.
    """
    if not Path(logdir).is_dir():
        raise RunError(f"{logdir} is no folder; runs are in runs/, published ones in results/")
    # The module that TensorBoard looks for before it imports TensorFlow: it then does without, and starts in
    # a fraction of the time. Scalars, images, histograms, texts and hyper-parameters need no TensorFlow.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
    from tensorboard import default, program

    class Board(program.TensorBoard):
        def _make_data_provider(self):
            data, multiplexer = super()._make_data_provider()
            return View(data, first), multiplexer

    board = Board(plugins=default.get_plugins())
    board.configure(argv=["tensorboard", "--logdir", str(logdir), "--host", "127.0.0.1", "--port", str(port)])
    try:
        return board.launch()
    except program.TensorBoardServerException as error:
        raise RunError(
            f"TensorBoard cannot listen on port {port}: {error.msg}; give another with --port"
        ) from None
