"""The door ``nmr-repro``: finds the command, reads its arguments, answers mistakes in one line.

Nothing here, and nothing at the top of ``commands.py``, imports more than help and mistakes need: both are
answered at once.
"""

from __future__ import annotations

import _thread
import argparse
import inspect
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Sequence

from common.errors import REFUSALS, UserError, nearest
from reproductions.commands import COMMANDS


class Parser(argparse.ArgumentParser):
    """An argument parser whose messages are UserErrors."""

    def __init__(self, **options):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def parse_args(self, args=None, namespace=None) -> argparse.Namespace:
        """All arguments; the message about an unknown option names the nearest one."""
        parsed, rest = self.parse_known_args(args, namespace)
        if rest:
            option = rest[0].partition("=")[0]
            known = sorted(set(re.findall(r"--\w[\w-]*", self.format_help())))
            hint = nearest(option, known) if option.startswith("--") else ""
            self.error(f"{rest[0]!r} is not understood{hint}")
        return parsed

    def error(self, message: str):
        """Raise UserError; argparse would print the usage and exit."""
        raise UserError(f"{message}; `{self.prog} --help` says more")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0, 1 for a check that failed, 2 for a mistake, 130 for Ctrl-C."""
    before, sys.unraisablehook = sys.unraisablehook, _interrupt_again
    try:
        return _answered(arguments)
    finally:
        sys.unraisablehook = before


def _answered(arguments: Sequence[str] | None) -> int:
    """One command with its mistakes answered; the exit code."""
    try:
        code = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()  # a reader that has gone is found out here, not when Python ends
        return code
    except UserError as error:
        print(f"nmr-repro: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "nmr-repro: interrupted; a run goes on where it stopped when it is given again", file=sys.stderr
        )
        return 130
    except BrokenPipeError:
        # The reader has seen enough (`| head`); Python would complain once more when it closes the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except shutil.Error as error:  # of a folder that was copied: a list of what failed, and why
        print(f"nmr-repro: {error.args[0][0][-1]}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        named = f"{error.filename}: " if error.filename else ""
        print(f"nmr-repro: {named}{error.strerror}", file=sys.stderr)
        return 2


def _interrupt_again(dropped) -> None:
    """Send a Ctrl-C again that Python dropped, as in callbacks of its garbage collector; JAX has one."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handled = [each for each in numbers if callable(signal.getsignal(each))]
    if not handled or not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    # A moment later: here it would be dropped once more.
    again = threading.Timer(0.05, _thread.interrupt_main, handled[:1])
    again.daemon = True
    again.start()


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0
    name, *words = arguments
    if name not in COMMANDS:
        raise UserError(f"no command is called {name!r}{nearest(name, COMMANDS)}")
    command = COMMANDS[name]
    return command(Parser(prog=f"nmr-repro {name}", description=inspect.getdoc(command)), words) or 0


def _overview() -> str:
    """What there is, one line a command."""
    lines = [f"  {name:10}{inspect.getdoc(command).splitlines()[0]}" for name, command in COMMANDS.items()]
    head = "Published deep-learning systems for NMR spectroscopy, rebuilt in Keras and measured."
    usage = "usage: nmr-repro COMMAND [options]\n\nexample: nmr-repro run qu_cnn --preset quick"
    return "\n".join([usage, "", head, "", *lines, "", "nmr-repro COMMAND --help says more."])
