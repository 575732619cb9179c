"""What is read of a request's fields, and how a text is told to somebody else."""

import pytest

from link.fields import is_plain, plain


@pytest.mark.parametrize(
    ("first", "last"),
    [(0x00, 0x1F), (0x7F, 0x9F), (0x2028, 0x2029), (0xD800, 0xDFFF)],
    ids=["control", "control above ASCII", "ends of a line", "halves of a character"],
)
def test_what_is_not_plain_begins_and_ends_there(first: int, last: int) -> None:
    for code in (first - 1, last + 1):
        assert code < 0 or is_plain(chr(code))
    for code in (first, last):
        assert is_plain(chr(code)) is False
        assert plain("a" + chr(code) + "b") == "a?b"


def test_a_plain_text_stays_as_it_is() -> None:
    text = "0.5 \u00b5L, \U0001f480"
    assert plain(text) is text
