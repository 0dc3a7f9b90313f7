"""Shares of a run by part of the suite: who gets the time, and what the table says."""

import sys

import pytest

from tests.benchmarks import profile_quick


def frame_of(path, function="work", inside=None):
    """The frame of a function of a file; ``inside`` calls it from another one's."""
    space = {"sys": sys, "inside": inside}
    exec(compile(f"def {function}(): return inside() if inside else sys._getframe()", path, "exec"), space)
    return space[function]()


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/x/common/simulation/brain.py", "simulation and data"),
        ("/x/common/classical/methods.py", "baselines"),
        ("/x/reproductions/qu_cnn/model.py", "network"),
        ("/x/common/reporting/record.py", "records"),
        ("<frozen importlib._bootstrap>", "imports"),
        ("/x/site-packages/common/model.py", "other"),
        ("/elsewhere.py", "other"),
    ],
)
def test_time_goes_to_the_part_that_is_at_work(path, part):
    assert profile_quick.of_frames(frame_of(path))[0] == part


def test_tracing_is_compilation_whoever_asked_for_it():
    def traced():
        return frame_of("/x/jax/_src/interpreters/partial_eval.py")

    frame = frame_of("/x/reproductions/qu_cnn/model.py", inside=traced)
    assert frame.f_code.co_filename.endswith("partial_eval.py")
    assert profile_quick.of_frames(frame)[0] == "compilation"


def test_the_table_has_the_largest_part_first_and_the_sum_of_all():
    row = {
        "name": "b",
        "clock": 30.0,
        "seconds": 50.0,
        "memory": 1.5,
        "shares": {"imports": 0.1, "network": 0.9},
    }
    other = row | {"name": "a", "shares": {"network": 1.0}}
    made = profile_quick.tables({"rows": [row, other]})["parts"]
    assert made["columns"][4:] == ["network, %", "imports, %"]
    assert [line[0] for line in made["rows"]] == ["a", "b", "all"]
    assert made["rows"][2][1:4] == ["60", "100", "1.5"]
    assert made["rows"][0][4:] == ["100", "0"]


def test_an_unknown_option_is_refused():
    with pytest.raises(SystemExit):
        profile_quick.main(["--nothing"])
