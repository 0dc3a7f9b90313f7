"""Bytes of files that may be packed by gzip, and how many."""

import gzip

import pytest

from common.errors import FormatError
from common.io.text import read_bytes


def test_packed_or_not_the_bytes_are_the_same(tmp_path):
    (tmp_path / "a").write_bytes(b"some bytes")
    (tmp_path / "b").write_bytes(gzip.compress(b"some ") + gzip.compress(b"bytes"))
    assert read_bytes(tmp_path / "a") == read_bytes(tmp_path / "b") == b"some bytes"


@pytest.mark.parametrize("content", [bytes(10_001), gzip.compress(bytes(10**8))])
def test_too_many_bytes_are_not_read(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FormatError, match="is far too long: more than 10000 bytes"):
        read_bytes(tmp_path / "a", 10_000)


def test_damaged_and_missing_files_are_named(tmp_path):
    whole = gzip.compress(bytes(range(256)))
    for blob in (whole[:20], whole[:-8], whole[:40] + b"x" * 20 + whole[60:]):
        (tmp_path / "a").write_bytes(blob)
        with pytest.raises(FormatError, match="is a damaged gzip file"):
            read_bytes(tmp_path / "a")
    with pytest.raises(FormatError, match="cannot be read: No such file"):
        read_bytes(tmp_path / "b")
    with pytest.raises(FormatError, match="cannot be read: Is a directory"):
        read_bytes(tmp_path)
