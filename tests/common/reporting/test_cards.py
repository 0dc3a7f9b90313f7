"""Model cards say what the records say, and refuse a card.toml that is not whole."""

import pytest

from common.errors import FormatError
from common.reporting.cards import Card, markdown, read_card
from common.reporting.published import Published
from tests.common.reporting.fabricate import record

CARD = Card("Somebody, A paper, 2020", "10.1000/1", "a file", "simulations", ("here",), ("there",))
WHOLE = 'cite = "a"\ndoi = ""\ntakes = "b"\nlearnt = "c"\nvalid = ["d"]\nfails = ["e", "f"]\n'


def card(*records, applied=None):
    """The card of some runs."""
    published = Published(figures=(), required=(), headlines=(), baselines=("ist_s",))
    return markdown("qu_cnn", "A network.", CARD, published, records, applied or {})


def test_a_card_says_what_is_published():
    made = record()
    text = card(made, applied={"faithful": made["id"]})
    assert f"[{made['id']}]({made['id']})" in text
    assert made["trained"]["commit"][:12] in text
    assert "[10.1000/1](https://doi.org/10.1000/1)" in text
    for line in ("* here", "* there", "Takes: a file."):
        assert f"\n{line}\n" in text


def test_a_card_names_sets_with_their_licence_and_role():
    used = {
        "nus_hsqc_qnls": {"roles": ["test"], "checksums": {"a": "0"}},
        "mine": {"roles": ["train"], "checksums": {}},
    }
    text = card({**record(), "data": used})
    assert "Tested on" in text
    assert (
        "`nus_hsqc_qnls`: Fully sampled 15N HSQC spectra of three proteins (qNLS test suite) (GPL-3.0)"
        in text
    )
    assert "learnt from:" not in text


def test_without_weights_it_says_so():
    assert "None is published." in card()


def test_a_card_file_must_be_whole(tmp_path):
    path = tmp_path / "card.toml"
    path.write_text(WHOLE)
    assert read_card(path) == Card("a", "", "b", "c", ("d",), ("e", "f"))
    for wrong in (
        WHOLE.replace('cite = "a"\n', ""),
        WHOLE + "more = 1\n",
        WHOLE.replace('["d"]', "[]"),
        WHOLE.replace('"b"', "2"),
    ):
        path.write_text(wrong)
        with pytest.raises(FormatError):
            read_card(path)
