import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import FormatError, UserError
from common.io.schedules import Schedule, read_schedule, write_schedule
from tests.common.io.fuzz import fuzz


def test_acquisition_order_is_kept(written):
    schedule = read_schedule(written("# random order\n\n5\n0 # the first point\r\n  3\n"), size=8)
    assert schedule.points.tolist() == [[5], [0], [3]]
    assert (schedule.one_based, schedule.note, schedule.size) == (False, "", (8,))
    assert np.flatnonzero(schedule.mask()).tolist() == [0, 3, 5]


@pytest.mark.parametrize(
    ("text", "size", "base", "points", "one_based"),
    [
        ("0\n1\n4\n", 5, None, [0, 1, 4], False),
        ("1\n2\n5\n", 5, None, [0, 1, 4], True),  # 5 of 5: counts from 1
        ("1\n2\n4\n", 5, None, [0, 1, 3], True),  # smallest is 1: taken to count from 1
        ("1\n2\n4\n", 5, 0, [1, 2, 4], False),  # the first point missing, said so
        ("2\n5\n", 5, None, [1, 4], True),  # 5 of 5 settles it, though the first is missing
        ("2\n4\n", 5, 1, [1, 3], True),
        ("2\n4\n", None, 0, [2, 4], False),
    ],
)
def test_what_the_first_point_is_called(written, text, size, base, points, one_based):
    schedule = read_schedule(written(text), size, base=base)
    assert schedule.points.ravel().tolist() == points
    assert schedule.one_based is one_based
    assert bool(schedule.note) is (one_based and base is None)


def test_two_columns_share_one_base(written):
    assert read_schedule(written("0 3\n1 1\n"), (4, 4)).points.tolist() == [[0, 3], [1, 1]]
    schedule = read_schedule(written("1 3\n2 1\n"), (4, 4))
    assert schedule.points.tolist() == [[0, 2], [1, 0]]
    assert "taken to count from 1" in schedule.note
    assert read_schedule(written("1 3\n2 1\n"), (4, 4)).mask().sum() == 2


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("2\n4\n", {}, "smallest index is 2.*base"),
        ("0\n-3\n", {}, "line 2: '-3' is negative"),
        ("0\n1.5\n", {}, "line 2: '1.5' is not a whole"),
        ("0\nx\n", {}, "line 2: 'x' is not a whole"),
        ("0\n²\n", {}, "line 2: .* is not a whole"),
        ("0\n1 2\n", {}, "line 2: 2 columns, but 1"),
        ("0 0 0 0\n", {}, "line 1: 4 columns"),
        ("0\n\n9\n", {"size": 8}, "line 3: 9, counted from 0, is beyond the grid of 8"),
        ("1\n9\n", {"size": 7}, "line 2: 9, counted from 1, is beyond the grid of 7"),
        ("0\n1\n", {"base": 1}, "line 1: index 0"),
        ("0 1\n0 5\n", {"size": (1, 5)}, "line 2: 0 5, .* 1 x 5"),
        ("0 1\n", {"size": 5}, "2 columns, one an indirect dimension; the data have 1"),
        ("0\n3\n# x\n3\n", {}, "line 4 repeats the point of line 2"),
        ("0 1\n1 0\n0 1\n", {}, "line 3 repeats the point of line 1"),
        ("", {}, "no sampled point"),
        ("# only a comment", {}, "no sampled point"),
        ("0\n99999999999999999999\n", {}, "line 2: .* is beyond 16777216"),
        ("0\n16777217\n", {}, "line 2: .* is beyond 16777216"),
    ],
)
def test_what_is_refused_names_the_line(written, text, options, message):
    with pytest.raises(FormatError, match=message):
        read_schedule(written(text), **options)


def test_duplicates_are_kept_where_allowed(written):
    schedule = read_schedule(written("0\n3\n3\n"), 5, allow_duplicates=True)
    assert schedule.points.ravel().tolist() == [0, 3, 3]
    assert schedule.mask().sum() == 2


def test_a_missing_file_and_a_wrong_base_are_said(tmp_path, written):
    with pytest.raises(FormatError, match="cannot be read"):
        read_schedule(tmp_path / "none")
    with pytest.raises(ValueError, match="not from 2"):
        read_schedule(written("0\n"), base=2)
    with pytest.raises(ValueError, match="size"):
        read_schedule(written("0\n")).mask()


@given(st.integers(1, 3), st.booleans(), st.data())
def test_round_trip(tmp_path_factory, dims, one_based, data):
    point = st.tuples(*[st.integers(0, 5000)] * dims)
    points = np.array(data.draw(st.lists(point, min_size=1, max_size=30, unique=True)))
    path = tmp_path_factory.mktemp("round") / "nuslist"
    write_schedule(path, Schedule(points, one_based=one_based))
    back = read_schedule(path, [5001] * dims, base=int(one_based))
    np.testing.assert_array_equal(back.points, points)
    assert back.one_based is one_based


def test_an_existing_file_is_kept(written):
    path = written("0\n")
    with pytest.raises(UserError, match="--force"):
        write_schedule(path, Schedule(np.array([[0], [2]])))
    assert path.read_text() == "0\n"
    write_schedule(path, Schedule(np.array([[0], [2]])), force=True)
    assert path.read_text() == "0\n2\n"
    assert [file.name for file in path.parent.iterdir()] == ["nuslist"]


FILE = "nuslist"
REAL = {
    "camera_chsqc-ca.nuslist": (101, 1),
    "camera_hnco-ext.nuslist": (296, 2),
    "camera_nhsqc-gb1.nuslist": (40, 1),
    "camera_nhsqc-ubq-lambda.nuslist": (52, 1),
    "camera_noesy.nuslist": (2614, 3),
    "fidnet_hdac8_24of192.txt": (24, 1),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_schedules(data_dir, name):
    path = data_dir("nus_schedules") / name
    schedule = read_schedule(path)
    assert schedule.points.shape == REAL[name]
    assert not schedule.one_based
    np.testing.assert_array_equal(schedule.points, np.loadtxt(path, dtype=int, ndmin=2))


def test_the_hdac8_schedule_is_that_of_its_fid(data_dir):
    schedule = read_schedule(data_dir("nus_hdac8_fidnet") / "ss_hdac.out", 192)
    assert schedule.mask().sum() == 24
    assert schedule.points[:3, 0].tolist() == [0, 1, 2]
    with pytest.raises(FormatError, match="line 24: 187"):
        read_schedule(data_dir("nus_hdac8_fidnet") / "ss_hdac.out", 187)


@pytest.mark.parametrize("text", ["0\n1\n4 # four\n9\n27\n", "# grid\n  1  3\n  2 10\n 7   4\n"])
def test_damaged_files(written, text):
    def check(schedule):
        assert schedule.points.ndim == 2
        assert schedule.points.min() >= 0
        assert len(np.unique(schedule.points, axis=0)) == len(schedule.points)

    outcome = fuzz(read_schedule, written(text), check, text=True)
    assert outcome["read"] > 50
    assert outcome["refused"] > 50
