"""Damaged files for every reader: it gives a right result or a FormatError, in bounded time and memory.

The mutations are drawn from a seeded generator, so a failure names the seed and the number that make it
again. ``root`` is for readers of folders: the folder that holds ``target``. Text files are told by ``text``.
"""

import math
import struct
import time
import tracemalloc
import warnings
from collections import Counter

import numpy as np

from common.errors import FormatError

NUMBERS = (0.0, -1.0, 0.5, 1.0, 3.0, 255.0, 65537.0, 1e9, -1e9, 2.0**31, 1e30, math.nan, math.inf, -math.inf)
WORDS = (*b"0 -1 1.5 999999999999 1e400 nan inf ? \xff\xfe \x00".split(b" "), b"", b"1" * 400)


def damage_binary(blob: bytes, rng, header: int) -> bytes:
    """One random mutation; most of them hit the first ``header`` bytes, where the sizes stand."""
    kind, data = rng.integers(6), bytearray(blob)
    end = len(blob) if rng.random() < 0.1 else min(header, len(blob))
    if kind == 0:
        return bytes(data[: rng.integers(len(blob))])
    if kind == 1:
        for place in rng.integers(end, size=rng.integers(1, 9)):
            data[place] ^= 1 << rng.integers(8)
    elif kind == 2:
        start = int(rng.integers(end))
        data[start : start + 16] = rng.bytes(min(16, len(blob) - start))
    elif kind == 3:
        return bytes(data) + rng.bytes(int(rng.integers(1, 64)))
    else:
        number = NUMBERS[rng.integers(len(NUMBERS))]
        order = "<" if rng.random() < 0.5 else ">"
        whole = max(-(2**31), min(2**31 - 1, int(number))) if math.isfinite(number) else -1
        word = struct.pack(f"{order}f", number) if kind == 4 else struct.pack(f"{order}i", whole)
        start = 4 * int(rng.integers(max(end // 4, 1)))
        data[start : start + 4] = word[: len(blob) - start]
    return bytes(data)


def damage_text(blob: bytes, rng) -> bytes:
    """One random mutation of a text file: words, lines or bytes."""
    kind, data = rng.integers(6), bytearray(blob)
    if kind == 0:
        return bytes(data[: rng.integers(len(blob))])
    if kind == 1:
        for place in rng.integers(len(blob), size=rng.integers(1, 9)):
            data[place] ^= 1 << rng.integers(8)
        return bytes(data)
    if kind == 2:
        start = int(rng.integers(len(blob)))
        data[start : start + 16] = rng.bytes(16)
        return bytes(data)
    lines = blob.split(b"\n")
    line = int(rng.integers(len(lines)))
    if kind == 3:
        lines[line : line + 1] = [] if rng.random() < 0.5 else [lines[line]] * 2
    else:
        words = lines[line].split(b" ")
        words[rng.integers(len(words))] = WORDS[rng.integers(len(WORDS))]
        lines[line] = b" ".join(words)
    return b"\n".join(lines)


def fuzz(
    read, target, check, *, root=None, text=False, header=2048, count=1000, seed=0, seconds=5.0, megabytes=8.0
):
    """Read ``count`` damaged copies of ``target``, a file the test owns; its bytes are put back at the end.

    ``read(root or target)`` must return what passes ``check(result)``, or raise FormatError. One read
    may take ``seconds`` of processor time and ``megabytes`` plus 64 times the file's size of memory.
    Returns how many were ``read`` and how many ``refused``.
    """
    blob, rng, outcome = target.read_bytes(), np.random.default_rng(seed), Counter(read=0, refused=0)
    place, limit = root or target, megabytes * 2**20 + 64 * len(blob)
    check(read(place))
    tracemalloc.start()
    try:
        for number in range(count):
            damaged = damage_text(blob, rng) if text else damage_binary(blob, rng, header)
            target.unlink()  # some file systems flush a file that is overwritten, which takes milliseconds
            target.write_bytes(damaged)
            outcome[_one(read, place, check, seconds, limit, f"mutation {number} of seed {seed}")] += 1
    finally:
        tracemalloc.stop()
        target.write_bytes(blob)
    return outcome


def _one(read, place, check, seconds, limit, label) -> str:
    """Read one damaged file and say what came of it."""
    tracemalloc.reset_peak()
    held, start = tracemalloc.get_traced_memory()[0], time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result, outcome = read(place), "read"
        except FormatError:
            result, outcome = None, "refused"
        except Exception as error:
            raise AssertionError(f"{label}: {type(error).__name__}: {error}") from error
    spent, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1] - held
    assert spent < seconds, f"{label}: {spent:.1f} s"
    assert peak < limit, f"{label}: {peak / 2**20:.0f} MB"
    if outcome == "read":
        try:
            check(result)
        except Exception as error:
            raise AssertionError(f"{label}: read, but wrong: {error}") from error
    return outcome
