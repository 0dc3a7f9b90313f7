"""``nmr-repro compare convergence``: every iterative method followed on a fully sampled spectrum."""

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from common.classical.methods import METHODS
from common.errors import UserError
from common.io.files import write
from common.nus.testbench import disordered_protein, schedules
from reproductions.studies import convergence
from tests.common.nus.test_apply import fids


def compare(*words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    convergence.add_options(parser)
    convergence.main(parser.parse_args(list(map(str, words))))


def test_the_last_error_is_that_of_the_result():
    plane = disordered_protein(32, residues=4)
    mask = schedules(32, 0.4, 1)[0]
    for name in ("ist_s", "low_rank"):
        seconds, errors = convergence.follow(METHODS[name].complete, plane, mask)
        result = METHODS[name].complete(plane.fid * mask[:, None], mask)
        assert errors[-1] == pytest.approx(plane.case("", peaks=False).scores(result)["rlne"], rel=1e-6)
        assert name != "ist_s" or errors[-1] < 0.5 * errors[0]
        assert (np.diff(seconds) > 0).all()


def test_a_figure_and_a_line_a_method(tmp_path, capsys, monkeypatch):
    """With a first delay of a whole dwell, for which there is no virtual echo."""
    for name, method in METHODS.items():
        few = replace(method, complete=partial(method.complete, iterations=3))
        monkeypatch.setitem(METHODS, name, few if method.iterative and name != "ist_s_ve" else method)
    write(tmp_path / "full.fid", fids(delay=1.0))
    options = ["--p0", 40, "--fraction", 0.4, "--first-delay", 1.0]
    compare(tmp_path / "full.fid", *options, "-o", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    said = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    done = [[name, "3"] for name in ("ist_s", "ist_d", "irls", "low_rank", "low_rank_factorised")]
    assert said[0][0] == "read"
    assert said[1:-1] == [done[0], ["ist_s_ve", "left"], *done[1:]]


def test_what_cannot_be_is_one_line(tmp_path):
    write(tmp_path / "full.fid", fids())
    for fraction in (0, 1.5, 0.01):
        with pytest.raises(UserError, match=f"--fraction {fraction:g}:"):
            compare(tmp_path / "full.fid", "--fraction", fraction, "-o", tmp_path / "out.png")
    with pytest.raises(UserError, match=r"is a \.png file"):
        compare(tmp_path / "full.fid", "-o", tmp_path / "out.pdf")
