"""Runs packed and unpacked: the same bytes back, or a clear refusal and nothing written."""

import io
import json
import os
import tarfile

import pytest

from common.errors import FormatError, RunError
from common.reporting import pack as module
from common.reporting.pack import pack, unpack
from tests.common.reporting.fabricate import record, run_folder


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.mark.parametrize("status", ["complete", "interrupted"])
def test_a_run_comes_back_the_same(tmp_path, status):
    run = run_folder(tmp_path / "runs", record(status=status))
    packed = pack(run, tmp_path / "run.tar")
    found = unpack(packed, tmp_path / "elsewhere")
    assert found == tmp_path / "elsewhere" / "qu_cnn" / run.name
    assert content(found) == content(run)
    assert not (found / ".lock").exists()
    assert os.listdir(found.parent) == [found.name]
    with tarfile.open(packed) as tar:
        assert {(member.uname, member.uid, member.mtime) for member in tar} == {("", 0, 0)}


def test_a_run_that_is_there_is_replaced_only_by_force(tmp_path):
    run = run_folder(tmp_path / "runs")
    packed = pack(run, tmp_path / "run.tar")
    (run / "new").write_text("kept")
    with pytest.raises(RunError, match="--force"):
        unpack(packed, tmp_path / "runs")
    assert (run / "new").read_text() == "kept"
    unpack(packed, tmp_path / "runs", force=True)
    assert not (run / "new").exists()


def test_too_large_a_run_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 500_000)
    run = run_folder(tmp_path / "runs", weights=200_000)
    with pytest.raises(RunError, match=r"largest files are weights/network.weights.h5 0.8 MB"):
        pack(run, tmp_path / "run.tar")
    assert not (tmp_path / "run.tar").exists()
    with pytest.raises(RunError, match="is no run"):
        pack(tmp_path, tmp_path / "run.tar")


def made(path, names, manifest=None, kind=tarfile.REGTYPE, mode="w"):
    """A tar with empty files of these names and a manifest that agrees, unless one is given."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = manifest or {"name": "qu_cnn", "id": "x", "files": dict.fromkeys(names, empty)}
    with tarfile.open(path, mode) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
        data = json.dumps(manifest).encode()
        member = tarfile.TarInfo("manifest.json")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return path


def refused(path, runs):
    with pytest.raises(FormatError, match=path.name):
        unpack(path, runs)
    assert not runs.exists() or not [file for file in runs.rglob("*") if file.is_file()]


def test_the_helper_makes_a_tar_that_unpacks(tmp_path):
    assert content(unpack(made(tmp_path / "a.tar", ["config.json"]), tmp_path / "runs")) == {
        "config.json": b""
    }


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a//b", ".hidden", "a\\b", "a/.."])
def test_no_file_leaves_its_folder(tmp_path, name):
    refused(made(tmp_path / "a.tar", [name]), tmp_path / "runs")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_only_plain_files_are_unpacked(tmp_path, kind):
    refused(made(tmp_path / "a.tar", ["config.json"], kind=kind), tmp_path / "runs")


def test_nothing_is_larger_than_the_file(tmp_path):
    """A sparse member says in a few bytes that it has thousands of millions."""
    size = 1 << 32
    for pax in (None, {"GNU.sparse.major": "0", "GNU.sparse.size": str(size), "GNU.sparse.map": f"{size},0"}):
        member = tarfile.TarInfo("config.json")
        member.pax_headers = pax or {}
        header = bytearray(member.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT))
        if not pax:  # GNU's old form: type, one empty stretch at the end, and the real size
            header[156:157] = b"S"
            header[386:410] = b"%011o\0" % size + b"%011o\0" % 0
            header[483:495] = b"%012o" % size
            header[148:156] = b"%06o\0 " % (256 + sum(header[:148]) + sum(header[156:512]))
        rest = made(tmp_path / "rest.tar", ["config.json"]).read_bytes()[512:]
        (tmp_path / "a.tar").write_bytes(bytes(header) + rest)
        with tarfile.open(tmp_path / "a.tar") as tar:
            assert tar.getmembers()[0].issparse()
            assert tar.getmembers()[0].size == size
        refused(tmp_path / "a.tar", tmp_path / "runs")


def test_what_a_run_only_points_to_is_not_packed(tmp_path):
    run = run_folder(tmp_path / "runs")
    (tmp_path / "secret").write_text("of this machine")
    (run / "link").symlink_to(run / "config.json")
    pack(run, tmp_path / "run.tar")
    (run / "figures" / "secret.png").symlink_to(tmp_path / "secret")
    with pytest.raises(RunError, match=r"figures/secret\.png is a link to a file elsewhere"):
        pack(run, tmp_path / "new.tar")
    assert not (tmp_path / "new.tar").exists()


@pytest.mark.parametrize(
    "manifest",
    [
        {"name": "..", "id": "x", "files": {"a": ""}},
        {"name": "qu_cnn", "id": "a/b", "files": {"a": ""}},
        {"name": "qu_cnn", "id": "", "files": {"a": ""}},
        {"name": "qu_cnn", "id": 3, "files": {"a": ""}},
        {"name": "qu_cnn", "id": "x", "files": {"a": "", "b": ""}},
        {"name": "qu_cnn", "id": "x", "files": {}},
        {"name": "qu_cnn", "id": "x", "files": ["a"]},
        {"name": "qu_cnn", "id": "x", "files": {"a": "0"}},
        {"name": "qu_cnn", "id": "x"},
        [1],
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path, manifest):
    refused(made(tmp_path / "a.tar", ["a"], manifest), tmp_path / "runs")


def test_a_compressed_or_foreign_file_is_refused(tmp_path):
    refused(made(tmp_path / "a.tar", ["a"], mode="w:gz"), tmp_path / "runs")
    for data in (b"", b"words", bytes(1024)):
        (tmp_path / "b.tar").write_bytes(data)
        refused(tmp_path / "b.tar", tmp_path / "runs")


def test_damage_anywhere_is_seen(tmp_path):
    packed = pack(run_folder(tmp_path / "runs", weights=10, epochs=1), tmp_path / "run.tar")
    whole = packed.read_bytes()
    good = content(tmp_path / "runs")
    broken = tmp_path / "broken.tar"
    for place in range(0, len(whole), len(whole) // 97):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            broken.write_bytes(damaged)
            try:
                unpack(broken, tmp_path / "new", force=True)
            except FormatError:
                continue
            assert content(tmp_path / "new") == good, place
