"""TensorBoard on a folder of runs."""

from __future__ import annotations

import sys
import threading
import types
from pathlib import Path

from common.errors import RunError


def browse(logdir: Path | str, port: int = 6006) -> None:
    """Show the runs below a folder in TensorBoard, for this machine alone, until Ctrl-C; as :func:`serve`."""
    url = serve(logdir, port)
    print(f"TensorBoard shows {logdir} at {url} (Ctrl-C ends it)", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()


def serve(logdir: Path | str, port: int = 6006) -> str:
    """Start TensorBoard in the background of this process and return its address; port 0 takes a free one.

    RunError for a folder that does not exist or a port that is taken.
    """
    if not Path(logdir).is_dir():
        raise RunError(f"{logdir} is no folder; runs are in runs/, published ones in results/")
    # The module that TensorBoard looks for before it imports TensorFlow: it then does without, and starts in
    # a fraction of the time. Scalars, images, histograms, texts and hyper-parameters need no TensorFlow.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
    from tensorboard import default, program

    board = program.TensorBoard(plugins=default.get_plugins())
    board.configure(argv=["tensorboard", "--logdir", str(logdir), "--host", "127.0.0.1", "--port", str(port)])
    try:
        return board.launch()
    except program.TensorBoardServerException as error:
        raise RunError(
            f"TensorBoard cannot listen on port {port}: {error.msg}; give another with --port"
        ) from None
