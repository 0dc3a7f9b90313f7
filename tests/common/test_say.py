"""What doors ask of the names of outputs."""

import pytest

from common.errors import UserError
from common.say import FIGURES, check_outputs

ENDS = {"figure": FIGURES, "table": (".csv",)}


def asked(folder, named, force=False):
    pairs = [(option, str(folder / name)) for option, name in named]
    check_outputs(pairs, ENDS, [str(folder / "input.csv"), None], force=force)


def test_outputs_of_known_endings_go_anywhere_free(tmp_path):
    asked(tmp_path, [("figure", "a.PNG"), ("table", "b.csv"), ("output", "intrng")])


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([("figure", "a.gif")], "--figure .*a.gif: the name ends in .png, .pdf, .svg"),
        ([("table", "input.csv")], "input.csv: is an input, or named twice"),
        ([("table", "a.csv"), ("output", "./a.csv")], "a.csv: is an input, or named twice"),
        ([("table", "there.csv")], "there.csv exists; .*--force"),
        ([("table", "no/a.csv")], "the folder .* does not exist"),
    ],
)
def test_what_is_wrong_with_an_output_is_said(tmp_path, named, said):
    (tmp_path / "there.csv").touch()
    with pytest.raises(UserError, match=said):
        asked(tmp_path, named)


def test_force_replaces_what_is_there_but_no_input(tmp_path):
    (tmp_path / "there.csv").touch()
    asked(tmp_path, [("table", "there.csv")], force=True)
    with pytest.raises(UserError, match="is an input"):
        asked(tmp_path, [("table", "input.csv")], force=True)
