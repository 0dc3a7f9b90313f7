"""Whole or not at all: at every failure, at every moment, and with two writers at once."""

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.atomic import (
    ABANDONED,
    check_output,
    foreign_link,
    new_files,
    new_folder,
    stays_inside,
    tidy,
    write_atomic,
)
from common.errors import UserError


def refuse(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def write_one(path, data, **options):
    """As :func:`write_atomic`, through the door for writers that take a path."""
    with new_files(path.parent, **options) as part:
        (part / path.name).write_bytes(data)


WRITERS = pytest.mark.parametrize("write", [write_atomic, write_one])


@WRITERS
def test_a_file_is_made_with_its_folders_and_replaced(write, tmp_path):
    path = tmp_path / "new" / "folder" / "file"
    write(path, b"old")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file"]


@WRITERS
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_disk_that_is_full_at_any_moment_leaves_the_old_file(write, moment, tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, moment, refuse)
        with pytest.raises(OSError, match="No space left"):
            write(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@WRITERS
@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_has_to_stay_stays(write, links, tmp_path, monkeypatch):
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "file"
    write(path, b"old", force=False)
    with pytest.raises(UserError, match=r"file exists; choose another name, or overwrite it with --force"):
        write(path, b"new", force=False)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@WRITERS
def test_of_many_writers_at_once_one_wins(write, tmp_path):
    path = tmp_path / "file"

    def attempt(number):
        try:
            write(path, bytes([number]) * 1000, force=False)
        except UserError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(8)) if number is not None]
    assert len(winners) == 1
    assert path.read_bytes() == bytes(winners) * 1000
    assert os.listdir(tmp_path) == ["file"]


def test_of_several_files_none_is_there_where_one_has_to_stay(tmp_path):
    def write():
        with new_files(tmp_path, force=False) as part:
            for name in "abc":
                (part / name).write_bytes(b"new")

    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(UserError, match="b exists"):
        write()
    assert os.listdir(tmp_path) == ["b"]
    assert (tmp_path / "b").read_bytes() == b"old"


def test_a_folder_is_replaced_as_one_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "run"

    def write(name, end=lambda: None):
        with new_folder(path) as staged:
            (staged / name).touch()
            end()

    for name in ("old", "new"):
        write(name)
        assert os.listdir(path) == [name]
    with pytest.raises(OSError, match="No space left"):
        write("newer", end=refuse)
    replace, calls = os.replace, iter([True, False, True])
    monkeypatch.setattr(os, "replace", lambda *paths: (replace if next(calls) else refuse)(*paths))
    with pytest.raises(OSError, match="No space left"):
        write("newer")
    assert os.listdir(path) == ["new"]
    assert os.listdir(tmp_path) == ["run"]


def test_an_output_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    check_output(tmp_path / "other")
    check_output(tmp_path / "file", force=True)
    with pytest.raises(UserError, match="exists"):
        check_output(tmp_path / "file")
    with pytest.raises(UserError, match="cannot be written there"):
        check_output(tmp_path, force=True)
    with pytest.raises(UserError, match="none does not exist; make it first"):
        check_output(tmp_path / "none" / "file", force=True)


@pytest.mark.parametrize("name", ["a", "a/b.png", "..a/b..", ".hidden"])
def test_names_that_stay(name):
    assert stays_inside(name)


@pytest.mark.parametrize("name", ["", ".", "..", "/a", "a/../b", "a/..", "../a", "a\\b", "C:a", "a\0", "//a"])
def test_names_that_lead_out(name):
    assert not stays_inside(name)


def test_links_are_foreign_where_they_lead_out(tmp_path):
    (tmp_path / "run" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "file").touch()
    (tmp_path / "run" / "deep" / "own").symlink_to("../file")
    assert foreign_link(tmp_path / "run") is None
    (tmp_path / "run" / "deep" / "other").symlink_to("../..")
    assert foreign_link(tmp_path / "run") == tmp_path / "run" / "deep" / "other"


def abandoned(folder, age):
    """What a process leaves that is killed while it puts a new folder in the place of an old one."""
    beside = folder / ".writing-killed"
    for path in (beside / "new" / "half", beside / "old" / "run" / "whole"):
        path.parent.mkdir(parents=True)
        path.touch()
    past = time.time() - age
    os.utime(beside, (past, past))


def test_what_a_killed_process_left_goes_and_an_old_folder_comes_back(tmp_path):
    abandoned(tmp_path, 2 * ABANDONED)
    with new_folder(tmp_path / "other"):
        assert (tmp_path / "run" / "whole").exists()
    assert sorted(os.listdir(tmp_path)) == ["other", "run"]
    abandoned(tmp_path, 2 * ABANDONED)
    (tmp_path / "run" / "newer").touch()
    tidy(tmp_path)
    assert sorted(os.listdir(tmp_path / "run")) == ["newer", "whole"]
    assert sorted(os.listdir(tmp_path)) == ["other", "run"]


def test_what_may_still_be_written_stays(tmp_path):
    abandoned(tmp_path, 0)
    tidy(tmp_path)
    assert os.listdir(tmp_path) == [".writing-killed"]
    with new_files(tmp_path) as beside:
        past = time.time() - 2 * ABANDONED
        os.utime(beside, (past, past))
        tidy(tmp_path)
        assert beside.exists()
