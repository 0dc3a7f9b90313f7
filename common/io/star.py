"""STAR files (Hall, J. Chem. Inf. Comput. Sci. 31, 326 (1991)) of NMR-STAR 2.1 and 3: frames, tags and loops.

pynmrstar reads version 3 alone; the grammar of both is the same and small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from common.errors import FormatError

# In this order: a text between lines that begin with a semicolon, quoted values, comments, words.
_TOKEN = re.compile(
    r"""^;.*?^;(?=\s|\Z)|'(?:[^'\n]|'(?=\S))*'(?=\s|\Z)|"(?:[^"\n]|"(?=\S))*"(?=\s|\Z)|\#[^\n]*|[^\s]+""",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Loop:
    """A table: names of columns, in small letters as all tags here; values as they stand in the file."""

    columns: list[str]
    values: list[str]

    def rows(self, path, *names: str) -> list[tuple[str, ...]]:
        """The values of some columns, ``.`` for those that are not there; FormatError if a row is short."""
        width = len(self.columns)
        if len(self.values) % width:
            raise FormatError(
                path, f"the loop of {self.columns[0]} has {len(self.values)} values for {width} columns"
            )
        count = len(self.values) // width
        picked = []
        for name in names:
            there = name.lower() in self.columns
            column = self.values[self.columns.index(name.lower()) :: width] if there else ["."] * count
            picked.append(map(plain, column))
        return list(zip(*picked, strict=True))


@dataclass
class Frame:
    """A save frame, or what stands outside of them: values by tag, and loops."""

    name: str
    tags: dict[str, str] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)

    def loop(self, *columns: str) -> Loop | None:
        """The first loop that has all of these columns."""
        return next((loop for loop in self.loops if {*map(str.lower, columns)} <= {*loop.columns}), None)

    def get(self, *tags: str) -> str:
        """The value of the first of these tags that has one; empty where none has."""
        return next(
            (text for tag in tags if (text := plain(self.tags.get(tag.lower(), "."))) not in (".", "?")), ""
        )


def plain(token: str) -> str:
    """A value without quotes or semicolons."""
    if token[:1] == ";" and "\n" in token:
        return token[1:-1].strip()
    if len(token) > 1 and token[0] == token[-1] and token[0] in "'\"":
        return token[1:-1]
    return token


def read_star(path, text: str) -> tuple[str, list[Frame]]:
    """Name of the data block, and the frames of a file. FormatError where a tag has no value."""
    tokens = [token for token in _TOKEN.findall(text) if token[0] != "#"]
    block, frames = "", [Frame("")]
    place, end = 0, len(tokens)
    while place < end:
        token = tokens[place]
        lower = token[:5].lower()
        place += 1
        if lower == "data_":
            block = block or token[5:]
        elif lower == "save_":
            frames.append(Frame(token[5:]))
        elif lower == "loop_":
            place = _loop(tokens, place, frames[-1])
        elif token[0] == "_":
            if place == end or _is_key(tokens[place]):
                raise FormatError(path, f"{token[:60]} has no value")
            frames[-1].tags[token.lower()] = tokens[place]
            place += 1
    return block, frames


def _loop(tokens: list[str], place: int, frame: Frame) -> int:
    """Take in a loop; the place after it."""
    start = place
    while place < len(tokens) and tokens[place][0] == "_":
        place += 1
    columns = [token.lower() for token in tokens[start:place]]
    start = place
    while place < len(tokens) and not _is_key(tokens[place]):
        place += 1
    if columns:
        frame.loops.append(Loop(columns, tokens[start:place]))
    return place + (place < len(tokens) and tokens[place].lower() == "stop_")


def _is_key(token: str) -> bool:
    first = token[0]
    return first == "_" or (first in "lLsSdD" and token[:5].lower() in ("loop_", "save_", "data_", "stop_"))
