import pytest

from common.errors import FormatError
from common.io.star import plain, read_star

TEXT = """# a comment
data_17769
save_entry_1
   _Entry.Title
;
A title; with 'quotes'
save_ loop_ stop_
;
   _Entry.Details   'it's five o'clock'  # said twice
   _Entry.Empty     .
   loop_
      _Shift.ID
      _Shift.Atom_ID
      _Shift.Val
     1 "H1'" 8.5
     2 'C1"' 93.25
     3 N ?
   stop_
save_
"""


def test_texts_quotes_comments_and_keywords_inside_them():
    block, frames = read_star("x", TEXT)
    entry = frames[1]
    assert (block, [frame.name for frame in frames]) == ("17769", ["", "entry_1", ""])
    assert entry.get("_Entry.title") == "A title; with 'quotes'\nsave_ loop_ stop_"
    assert entry.get("_Entry.Empty", "_Entry.Details") == "it's five o'clock"
    assert entry.get("_Entry.Empty") == ""
    rows = entry.loop("_shift.id").rows("x", "_Shift.Val", "_Shift.Atom_ID", "_Shift.Other")
    assert rows == [("8.5", "H1'", "."), ("93.25", 'C1"', "."), ("?", "N", ".")]
    assert entry.loop("_Shift.Other") is None


def test_pynmrstar_reads_the_same():
    pynmrstar = pytest.importorskip("pynmrstar")
    theirs = pynmrstar.Entry.from_string(TEXT)["entry_1"]
    ours = read_star("x", TEXT)[1][1]
    for tag, value in theirs.tag_iterator():
        assert plain(ours.tags[f"_entry.{tag.lower()}"]).strip() == (value or ".").strip()
    loop = ours.loops[0]
    assert [list(row) for row in loop.rows("x", *loop.columns)] == theirs.loops[0].data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace(" .\n", "\n"), "_Entry.Empty has no value"),
        (TEXT.replace("3 N ?", "3 N"), "the loop of _shift.id has 8 values for 3 columns"),
    ],
)
def test_what_is_cut_off_is_refused(text, message):
    with pytest.raises(FormatError, match=message):
        [loop.rows("x", *loop.columns) for frame in read_star("x", text)[1] for loop in frame.loops]
