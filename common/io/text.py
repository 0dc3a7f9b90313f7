"""Text files, read line by line or as TOML, and written whole; bytes of files that may be packed by gzip."""

from __future__ import annotations

import gzip
import io
import math
import re
import tomllib
import zlib
from pathlib import Path

from common.atomic import check_output, write_atomic
from common.errors import FormatError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GZIP = b"\x1f\x8b"


def read_bytes(path: str | Path, most: int = 2**28) -> bytes:
    """The bytes of a file, unpacked where it is a gzip, whatever its name.

    most: bytes it may have, packed or not. FormatError where it has more or cannot be read or unpacked.
    """
    try:
        size = Path(path).stat().st_size
        blob = Path(path).read_bytes() if size <= most else b""
        if blob.startswith(_GZIP):
            blob, size = _unpacked(blob, most)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FormatError(path, "is a damaged gzip file") from None
    except OSError as error:
        raise FormatError(path, f"cannot be read: {error.strerror}; name an existing file") from None
    if size > most:
        raise FormatError(path, f"is far too long: more than {most} bytes")
    return blob


def _unpacked(blob: bytes, most: int) -> tuple[bytes, int]:
    """The bytes of a gzip and their number, or one more than ``most`` where there are too many."""
    parts, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(blob)) as file:
        while size <= most and (part := file.read(2**16)):
            parts.append(part)
            size += len(part)
    return b"".join(parts), size


def read_lines(path: str | Path) -> list[str]:
    """The lines of a text file, without their ends; bytes that are not UTF-8 turn into U+FFFD.

    FormatError where it cannot be read.
    """
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


def read_toml(path: str | Path) -> dict:
    """The table in a TOML file. FormatError where it is none, OSError where there is no file."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(path, f"is not TOML ({error})") from None


def write_text(path: str | Path, text: str, *, force: bool = False) -> None:
    """Write a user's file, whole or not at all. UserError for a missing folder and, without ``force``, for
    an existing file."""
    check_output(path, force)
    write_atomic(path, text.encode(), force=force)
