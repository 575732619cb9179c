"""Frames on the wire: whole and unaltered, or dropped."""

import binascii
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link import frames
from link.frames import BRACKETS_MAX, LINE_BYTES_MAX, LineReader

MESSAGE = {"q": 7, "c": "status"}
FRAME = frames.encode(MESSAGE)
NEXT = frames.encode({"q": 8, "c": "hello"})

scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20)
messages = st.dictionaries(
    st.text(max_size=9), scalars | st.lists(scalars, max_size=4), max_size=5
)


def test_a_line_has_1024_bytes_and_64_brackets_at_most() -> None:
    assert (LINE_BYTES_MAX, BRACKETS_MAX) == (1024, 64)


def frame_of(text: bytes) -> bytes:
    """A frame with a right sum, whatever its text."""
    return b"%s*%08x\n" % (text, binascii.crc32(text))


def message_of_size(line_bytes: int) -> dict:
    """A message whose frame has `line_bytes` bytes before its newline."""
    padding = line_bytes - len(frames.encode({"x": ""})) + 1
    message = {"x": "y" * padding}
    assert len(frames.encode(message)) == line_bytes + 1
    return message


def heard(data: Iterable[int], reader: LineReader | None = None) -> list[dict]:
    """The messages a receiver takes out of a stream of bytes."""
    reader = reader or LineReader()
    lines = [line for byte in data if (line := reader.feed(byte)) is not None]
    return [message for line in lines if (message := frames.decode(line)) is not None]


def test_a_frame_is_json_a_star_its_sum_and_a_newline() -> None:
    assert b'{"q":7,"c":"status"}*%08x\n' % binascii.crc32(b'{"q":7,"c":"status"}') == FRAME


@given(messages)
def test_a_message_comes_back_as_it_was(message: dict) -> None:
    assert heard(frames.encode(message)) == [message]


def test_a_line_may_end_as_terminals_end_it() -> None:
    for end in (b"", b"\n", b"\r\n", b"\r"):
        assert frames.decode(FRAME[:-1] + end) == MESSAGE


@pytest.mark.parametrize("bit", range(8 * len(FRAME)))
def test_a_frame_with_any_bit_flipped_is_dropped(bit: int) -> None:
    altered = bytearray(FRAME)
    altered[bit // 8] ^= 1 << bit % 8
    if bit // 8 == len(FRAME) - 1:  # no newline: the next frame is lost with it
        assert heard(bytes(altered) + NEXT) == []
        assert heard(bytes(altered) + NEXT + NEXT) == [{"q": 8, "c": "hello"}]
    else:
        assert heard(bytes(altered) + NEXT) == [{"q": 8, "c": "hello"}]


@pytest.mark.parametrize("at", range(len(FRAME) - 1))
def test_a_torn_frame_is_dropped_from_either_end(at: int) -> None:
    assert heard(FRAME[:at] + b"\n" + NEXT) == [{"q": 8, "c": "hello"}]
    if at:
        assert heard(FRAME[at:] + NEXT) == [{"q": 8, "c": "hello"}]


@pytest.mark.parametrize("at", range(1, len(FRAME) - 1))
def test_a_frame_with_a_byte_lost_or_doubled_is_dropped(at: int) -> None:
    lost, doubled = FRAME[:at] + FRAME[at + 1 :], FRAME[: at + 1] + FRAME[at:]
    assert heard(lost) == []
    if doubled != FRAME:
        assert heard(doubled) == []


@pytest.mark.parametrize(
    "digits", ["00000000", "FFFFFFFF", "        ", "+1234567", "0x123456", ""]
)
def test_a_wrong_sum_is_dropped(digits: str) -> None:
    assert frames.decode(b'{"q":7}*' + digits.encode()) is None


def test_a_sum_in_capitals_is_altered() -> None:
    text = next(t for i in range(99) if b"a" in (t := frame_of(b'{"q":%d}' % i))[-9:])
    assert frames.decode(text) is not None
    assert frames.decode(text[:-9] + text[-9:].upper()) is None


@pytest.mark.parametrize("text", [b"[]", b'"x"', b"7", b"null", b"true", b"[{}]"])
def test_what_is_no_object_is_dropped_even_with_a_right_sum(text: bytes) -> None:
    assert frames.decode(frame_of(text)) is None


@pytest.mark.parametrize(
    "text", [b"{", b"{]", b'{"a":}', b"\xff\xfe", b'{"a":"\xff"}', b"{1:2}", b""]
)
def test_what_is_no_json_is_dropped_even_with_a_right_sum(text: bytes) -> None:
    assert frames.decode(frame_of(text)) is None


def test_the_longest_line_has_1024_bytes() -> None:
    for size in (LINE_BYTES_MAX - 1, LINE_BYTES_MAX):
        message = message_of_size(size)
        assert frames.decode(frames.encode(message)) == message
        assert heard(frames.encode(message)) == [message]
    over = frames.encode(message_of_size(LINE_BYTES_MAX + 1))
    assert frames.decode(over) is None
    assert heard(over) == []


@pytest.mark.parametrize("size", [LINE_BYTES_MAX + 1, 5 * LINE_BYTES_MAX])
def test_what_is_too_long_is_skipped_to_its_newline_and_counted_once(size: int) -> None:
    reader = LineReader()
    assert heard(b"x" * size + b"\n" + FRAME, reader) == [MESSAGE]
    assert reader.dropped == 1


def test_what_is_too_long_ends_as_a_line_that_is_no_frame() -> None:
    reader = LineReader()
    ends = [reader.feed(byte) for byte in b"x" * (LINE_BYTES_MAX + 1) + b"\n"]
    assert ends == [None] * (LINE_BYTES_MAX + 1) + [b""]
    assert frames.decode(b"") is None


def test_a_frame_hidden_in_what_is_too_long_is_not_found() -> None:
    reader = LineReader()
    assert heard(b"x" * (LINE_BYTES_MAX + 1) + FRAME, reader) == []
    assert heard(FRAME, reader) == [MESSAGE]


def test_a_reader_gives_each_line_once_and_empty_ones_too() -> None:
    reader = LineReader()
    assert [reader.feed(byte) for byte in b"ab\n\nc\n"] == [None, None, b"ab", b"", None, b"c"]


@given(st.lists(st.binary(max_size=40) | st.sampled_from([FRAME, NEXT]), max_size=20))
def test_no_noise_makes_a_message(parts: list[bytes]) -> None:
    for message in heard(b"".join(parts)):
        assert message in (MESSAGE, {"q": 8, "c": "hello"})


def test_a_line_of_brackets_is_dropped() -> None:
    """The board's stack holds some 100 levels; a program has 27 brackets."""
    for brackets, kept in ((BRACKETS_MAX, True), (BRACKETS_MAX + 1, False), (500, False)):
        for opening, closing in ((b"[", b"]"), (b'{"b":', b"}")):
            depth = brackets - 1
            text = b'{"a":' + opening * depth + b"0" + closing * depth + b"}"
            assert len(text) < LINE_BYTES_MAX or not kept
            assert (frames.decode(frame_of(text)) is not None) == kept
