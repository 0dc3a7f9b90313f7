"""Text files, read line by line and written whole."""

from __future__ import annotations

import math
import os
import re
import tempfile
from pathlib import Path

from common.errors import FormatError, UserError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file, without their ends; bytes that are not UTF-8 turn into U+FFFD."""
    try:
        blob = Path(path).read_bytes()
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}; name an existing text file") from None
    return [line.rstrip("\r") for line in blob.decode("utf-8-sig", errors="replace").split("\n")]


def number(word: str) -> float:
    """A finite decimal number; ``ValueError`` for anything else, as for ``nan``, ``inf`` or ``1_0``."""
    value = float(word) if word.isascii() and _NUMBER.fullmatch(word) else math.nan
    if not math.isfinite(value):
        raise ValueError(f"{word[:20]!r} is not a number")
    return value


def write_text(path: str | Path, text: str, *, force: bool = False) -> None:
    """Write a file whole or not at all; an existing one is refused with ``UserError`` unless ``force``."""
    path = Path(path)
    if path.exists() and not force:
        raise UserError(f"{path} exists; use --force to overwrite it")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent} is no folder; make it first")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
