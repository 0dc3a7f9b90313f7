"""``nmr-repro apply`` with each conventional method."""

import argparse

import pytest

from common.classical import ist
from common.classical.methods import METHODS
from common.errors import UserError
from common.io.files import read
from common.nus import conventional
from tests.common.nus.test_apply import chosen, fids, save


def apply(name, *words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("name")
    conventional.add_options(parser)
    conventional.main(parser.parse_args([name, *map(str, words)]))


@pytest.fixture
def data(tmp_path):
    """Words for data of which 12 of 32 points are measured, and the output."""
    return [*save(tmp_path, chosen(fids())), "--size", 32, "--p0", 40, "-o", tmp_path / "out.ft2"]


def test_every_method_has_its_door():
    assert set(conventional.NAMES) == set(METHODS) - {"ist_s_ve"}  # which is --virtual-echo


@pytest.mark.parametrize("name", [name for name in conventional.NAMES if name != "zero_filled"])
def test_each_method_removes_most_artefacts(tmp_path, capsys, name):
    full = save(tmp_path, fids(), range(32), "full.fid")
    apply("zero_filled", *full, "--p0", 40, "-o", tmp_path / "full.ft2")
    data = [*save(tmp_path, chosen(fids())), "--size", 32, "--p0", 40, "-o", tmp_path / "out.ft2"]
    apply(name, *data)
    assert METHODS[name].title in capsys.readouterr().out
    truth, found = read(tmp_path / "full.ft2").data, read(tmp_path / "out.ft2").data
    assert abs(found - truth).max() < 0.25 * truth.max()
    apply("zero_filled", *data, "--force")
    assert abs(read(tmp_path / "out.ft2").data - truth).max() > 0.3 * truth.max()


@pytest.mark.parametrize("delay", [0.0, 0.5])
@pytest.mark.parametrize("name", ["ist_s", "ist_d"])
def test_a_virtual_echo_takes_the_first_delay_of_the_data(tmp_path, capsys, monkeypatch, name, delay):
    seen = []

    class Watched(ist.Transform):
        def __init__(self, points, zero_fill, virtual_echo):
            seen.append(virtual_echo)
            super().__init__(points, zero_fill, virtual_echo)

    monkeypatch.setattr(ist, "Transform", Watched)
    words = [*save(tmp_path, chosen(fids(delay=delay))), "--size", 32, "--p0", 40, "--virtual-echo"]
    apply(name, *words, "--first-delay", delay, "-o", tmp_path / "out.ft2")
    assert seen == [delay]
    assert "with a virtual echo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("zero_filled", ["--iterations", 3], "zero_filled has no --iterations; leave it out"),
        ("low_rank", ["--virtual-echo"], "low_rank has no --virtual-echo"),
        ("irls", ["--stop-sigma", 2], "irls has no --stop-sigma"),
        ("ist_d", ["--rank", 3], "ist_d has no --rank"),
        ("low_rank_factorised", ["--rank", 0], "--rank 0: is at least 1"),
        ("irls", ["--iterations", 0], "--iterations 0: is at least 1"),
        ("irls", ["--norm", 1.5], "--norm 1.5: is from 0 to 1"),
        ("ist_s", ["--stop-sigma", -1], "--stop-sigma -1: is at least 0"),
        ("ist_s", ["--virtual-echo", "--first-delay", 1.0], "a first delay of 0 or half a dwell, not 1"),
        ("ist_s", ["--virtual-echo", "--t1-p1", 10], "--virtual-echo needs t1 in phase"),
    ],
)
def test_options_that_do_not_fit_are_one_line(data, name, options, message):
    with pytest.raises(UserError, match=message):
        apply(name, *data, *options)
