"""Plain files come out of an archive, nothing else does, and nothing leaves the folder."""

import io
import tarfile

import pytest

from common.archives import extract_plain


def archive(*members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content)
            info.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            tar.addfile(info, io.BytesIO(content))
    file.seek(0)
    return tarfile.open(fileobj=file)


def test_files_of_folders_are_written(tmp_path):
    with archive(
        ("a", tarfile.DIRTYPE, b""), ("a/b.txt", tarfile.REGTYPE, b"one"), ("./c", tarfile.REGTYPE, b"")
    ) as tar:
        extract_plain(tar, tmp_path)
        assert (tmp_path / "a" / "b.txt").read_bytes() == b"one"
        assert (tmp_path / "c").read_bytes() == b""
        extract_plain(tar, tmp_path / "some", [tar.getmember("a/b.txt")])
    assert [path.name for path in (tmp_path / "some").rglob("*")] == ["a", "b.txt"]


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out"])
def test_names_that_lead_out_are_refused(name, tmp_path):
    with (
        archive((name, tarfile.REGTYPE, b"x")) as tar,
        pytest.raises(tarfile.TarError, match="no plain file"),
    ):
        extract_plain(tar, tmp_path / "in")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(kind, tmp_path):
    with archive(("a", kind, b"")) as tar, pytest.raises(tarfile.TarError, match="no plain file"):
        extract_plain(tar, tmp_path)
    assert list(tmp_path.iterdir()) == []
