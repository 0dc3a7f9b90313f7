"""The door for spectra: formats are found by their bytes, files appear whole or not at all."""

import sys
import types

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io import files
from common.spectrum import Axis, Spectrum

AXES = (Axis("15N", 4, 2000.0, 60.0, 118.0), Axis("1H", 6, 8000.0, 600.0, 4.75))
PLANE = Spectrum(np.arange(24, dtype=np.float32).reshape(4, 6), AXES)
CUBE = Spectrum(
    np.arange(72, dtype=np.float32).reshape(3, 4, 6), (Axis("13C", 3, 3000.0, 150.0, 45.0), *AXES)
)


@pytest.mark.parametrize("name", ["x.ft2", "x.FT2", "x.dat", "x.ucsf"])
@pytest.mark.parametrize("spectrum", [PLANE, CUBE], ids=["2D", "3D"])
def test_what_is_written_is_read_whatever_its_name(tmp_path, name, spectrum):
    files.write(tmp_path / name, spectrum)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    (tmp_path / name).rename(tmp_path / "unnamed")
    found = files.read(tmp_path / "unnamed")
    np.testing.assert_array_equal(found.data, spectrum.data)
    assert [axis.nucleus for axis in found.axes] == [axis.nucleus for axis in spectrum.axes]


def test_planes_are_written_and_read_by_their_template(tmp_path):
    tmp_path = tmp_path / "50% D2O"
    tmp_path.mkdir()
    files.write(str(tmp_path / "x%03d.ft3"), CUBE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x001.ft3", "x002.ft3", "x003.ft3"]
    np.testing.assert_array_equal(files.read(str(tmp_path / "x%03d.ft3")).data, CUBE.data)
    with pytest.raises(UserError, match=r"x001\.ft3 exists"):
        files.write(tmp_path / "x%03d.ft3", CUBE)
    with pytest.raises(UserError, match="2D spectrum does not fit"):
        files.write(tmp_path / "y%03d.ft2", PLANE)


def test_an_existing_file_is_replaced_only_by_force(tmp_path):
    path = tmp_path / "x.ft2"
    files.write(path, PLANE)
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"x\.ft2 exists"):
        files.write(path, PLANE.replace(data=-PLANE.data))
    assert path.read_bytes() == before
    files.write(path, PLANE.replace(data=-PLANE.data), force=True)
    np.testing.assert_array_equal(files.read(path).data, -PLANE.data)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "x.ft2"
    files.write(path, PLANE)
    before = path.read_bytes()

    def fail(path, spectrum):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(files.WRITERS, ".ft2", fail)
    with pytest.raises(UserError, match="No space left on device"):
        files.write(path, PLANE, force=True)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.png", "cannot tell the format"), ("x", "cannot tell the format"), ("none/x.ft2", "does not exist")],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        files.write(tmp_path / name, PLANE)


@pytest.mark.parametrize("name", ["none", "none.ft2", "none%03d.ft3"])
def test_a_path_with_nothing_there_is_refused(tmp_path, name):
    with pytest.raises(UserError, match=r"no such file|no first plane"):
        files.read(tmp_path / name)


def test_unknown_bytes_and_folders_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("a text\n" * 1000)
    with pytest.raises(FormatError, match="neither NMRPipe nor UCSF"):
        files.read(tmp_path / "notes.txt")
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="neither NMRPipe nor UCSF"):
        files.read(tmp_path / "empty")
    with pytest.raises(FormatError, match="neither a Bruker folder"):
        files.read(tmp_path)


@pytest.mark.parametrize(
    ("mark", "inside", "module", "reader"),
    [
        ("acqus", "fid", "bruker", "read_bruker"),
        ("procs", "2rr", "bruker", "read_bruker"),
        ("procpar", "fid", "varian", "read_varian"),
        ("procpar", "procpar", "varian", "read_varian"),
    ],
)
def test_folders_go_to_their_reader_with_its_options(tmp_path, monkeypatch, mark, inside, module, reader):
    made = types.ModuleType(module)
    setattr(made, reader, lambda folder, **options: (folder, options))
    monkeypatch.setitem(sys.modules, f"common.io.{module}", made)
    (tmp_path / mark).touch()
    (tmp_path / inside).touch()
    assert files.read(tmp_path, size=4) == (tmp_path, {"size": 4})
    assert files.read(tmp_path / inside) == (tmp_path, {})


def test_a_real_bruker_folder_is_read(data_dir):
    folder = data_dir("protein_trosy_unlabelled") / "pdata/1"
    spectrum = files.read(folder)
    assert [(axis.nucleus, axis.size) for axis in spectrum.axes] == [("15N", 256), ("1H", 2048)]
    np.testing.assert_array_equal(files.read(folder / "2rr").data, spectrum.data)


def test_an_nmrpipe_file_beside_bruker_data_is_read_as_such(tmp_path):
    (tmp_path / "acqus").touch()
    files.write(tmp_path / "test.fid", PLANE)
    (tmp_path / "test.fid").rename(tmp_path / "fid")
    np.testing.assert_array_equal(files.read(tmp_path / "fid").data, PLANE.data)
