"""The cache of derived arrays: what counts as the same input, and what happens to damaged entries."""

from pathlib import Path

import numpy as np
import pytest

from common import cache
from common.cache import cached
from tests.processes import output

calls = []


def scaled(x, *, factor=2.0):
    calls.append("scaled")
    return x * factor


def halves(x):
    calls.append("halves")
    return x[::2], x[1::2]


def named(x):
    calls.append("named")
    return {"sum": x.sum(), "file": x.real}


def objects(x):
    return np.array([None])


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_told", set())
    calls.clear()
    return tmp_path / "cache" / "derived"


X = np.arange(6.0) + 1j


def test_the_second_call_reads_what_the_first_computed(home):
    first, second = cached(scaled, X, factor=3.0), cached(scaled, X, factor=3.0)
    assert calls == ["scaled"]
    np.testing.assert_array_equal(first, 3 * X)
    np.testing.assert_array_equal(second, first)
    assert second.dtype == first.dtype
    assert [path.suffix for path in home.iterdir()] == [".npz"]


@pytest.mark.parametrize("function", [halves, named])
def test_tuples_and_dictionaries_come_back_as_they_were(function):
    first, second = cached(function, X), cached(function, X)
    assert len(calls) == 1
    assert type(first) is type(second) is type(function(X))
    items = (
        zip(first.items(), second.items(), strict=True)
        if function is named
        else [(("", first), ("", second))]
    )
    for (name, a), (other, b) in items:
        assert name == other
        assert type(a) is type(b)
        np.testing.assert_equal(a, b)


@pytest.mark.parametrize(
    "other",
    [
        lambda: cached(scaled, X + 1e-12),
        lambda: cached(scaled, X.reshape(2, 3)),
        lambda: cached(scaled, X.astype(np.complex64)),
        lambda: cached(scaled, X.real),
        lambda: cached(scaled, X, factor=2.5),
        lambda: cached(scaled, X, version=2),
        lambda: cached(halves, X),
    ],
)
def test_another_input_is_another_entry(other, home):
    cached(scaled, X)
    other()
    assert len(calls) == 2
    assert len(list(home.iterdir())) == 2


def test_the_layout_in_memory_does_not_matter(home):
    square = X.reshape(2, 3)
    cached(scaled, square)
    cached(scaled, np.asfortranarray(square))
    cached(scaled, np.repeat(square, 2, axis=0)[::2])
    assert calls == ["scaled"]


def test_where_one_array_ends_matters():
    a, b = np.arange(4), np.arange(4, 10)
    joined = np.arange(10)

    assert cache._key((a, b), 1, {}) != cache._key((joined[:5], joined[5:]), 1, {})


def test_a_key_is_the_same_in_another_process(home):
    cached(scaled, X, factor=3.0)
    code = (
        "import numpy as np; from common import cache;"
        "print(cache._key((np.arange(6.0) + 1j,), 1, {'factor': 3.0}))"
    )
    key = output("-c", code, PYTHONHASHSEED="7").strip()
    assert next(home.iterdir()).stem.endswith(key)


def test_a_damaged_entry_is_computed_again(home):
    cached(scaled, X)
    path = next(home.iterdir())
    sound = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [sound[:cut] for cut in (0, 1, 30, len(sound) // 2, len(sound) - 1)]
    for _ in range(200):
        torn = bytearray(sound)
        torn[rng.integers(len(sound))] ^= 1 << rng.integers(8)
        damaged.append(bytes(torn))
    for bytes_ in [*damaged, b"\x80\x04N."]:
        path.write_bytes(bytes_)
        np.testing.assert_array_equal(cached(scaled, X), 2 * X)
    path.write_bytes(b"")
    cached(scaled, X)
    assert path.read_bytes() == sound


def test_a_pickle_in_the_cache_is_never_loaded(home):
    cached(scaled, X)
    path = next(home.iterdir())
    with path.open("wb") as file:
        np.savez(file, **{"array/": np.array([{"a": 1}], dtype=object)})
    np.testing.assert_array_equal(cached(scaled, X), 2 * X)
    assert len(calls) == 2


def test_a_cache_that_cannot_be_made_is_said_once(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "file" / "cache"))
    for _ in range(2):
        np.testing.assert_array_equal(cached(scaled, X), 2 * X)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "NMR_REPRO_CACHE names another folder" in said


def test_a_full_disk_leaves_no_torn_entry(home, monkeypatch, capsys):
    def full(path, **_):
        path.write_bytes(b"PK\x03\x04")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full)
    np.testing.assert_array_equal(cached(scaled, X), 2 * X)
    assert list(home.iterdir()) == []
    assert "No space left on device" in capsys.readouterr().err


def test_what_cannot_be_a_key_or_an_entry_is_refused():
    def local(x):
        return x

    with pytest.raises(TypeError, match="module level"):
        cached(lambda x: x, X)
    with pytest.raises(TypeError, match="module level"):
        cached(local, X)
    with pytest.raises(TypeError, match="JSON serializable"):
        cached(scaled, X, factor=X)
    with pytest.raises(TypeError, match="Python objects"):
        cached(scaled, np.array([None]))
    with pytest.raises(TypeError, match="Python objects"):
        cached(objects, X)


def test_the_folder_is_the_users_unless_named(monkeypatch):
    monkeypatch.setenv("NMR_REPRO_CACHE", "~/elsewhere")
    assert cache.folder() == Path.home() / "elsewhere"
    monkeypatch.delenv("NMR_REPRO_CACHE")
    assert cache.folder().name == "nmr-repro"
