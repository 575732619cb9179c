"""Records over a reset: whole and unaltered, or not there at all."""

import binascii
from typing import Any

import pytest
from device_program import DAY, program
from driven import Driven

from pump import journal

STATE: dict[str, Any] = {"scale": 1, "controller": {"state": 2, "usable_nl": 5_999_969}}
RECORD = journal.encode(41, STATE)


def test_a_record_comes_back_as_it_was() -> None:
    assert journal.decode(RECORD) == (41, STATE)


def test_the_state_of_a_controller_under_way_survives() -> None:
    driven = Driven(program())
    driven.run_to(3 * DAY)
    driven.order("stop_planned")
    state = driven.controller.snapshot(driven.now_s)
    assert journal.decode(journal.encode(7, state)) == (7, state)


@pytest.mark.parametrize("at", range(len(RECORD)))
def test_a_record_with_any_byte_altered_is_refused(at: int) -> None:
    for other in range(256):
        if other != RECORD[at]:
            assert journal.decode(RECORD[:at] + bytes([other]) + RECORD[at + 1 :]) is None


@pytest.mark.parametrize("length", range(len(RECORD)))
def test_a_record_cut_short_is_refused(length: int) -> None:
    assert journal.decode(RECORD[:length]) is None


@pytest.mark.parametrize("tail", [b"\0", b"\n", b" ", b"}", b"\xff" * 256, RECORD])
def test_a_record_with_something_behind_it_is_refused(tail: bytes) -> None:
    assert journal.decode(RECORD + tail) is None


@pytest.mark.parametrize("text", [b"5", b"[1]", b"[1,{},2]", b"null", b"[", b"\xff\xfe"])
def test_what_is_no_pair_is_refused_even_with_a_right_sum(text: bytes) -> None:

    assert journal.decode(b"%08x" % binascii.crc32(text) + text) is None


def test_the_newest_of_two_sound_records_counts() -> None:
    older, newer = journal.encode(7, {"a": 1}), journal.encode(8, {"a": 2})
    for slots in ([older, newer], [newer, older]):
        assert journal.newest(slots) == (8, {"a": 2})


def test_a_damaged_newer_record_gives_way_to_the_older() -> None:
    older, newer = journal.encode(7, {"a": 1}), journal.encode(8, {"a": 2})
    for torn in (newer[:-1], b"", newer[:9], b"\xff" * len(newer)):
        assert journal.newest([torn, older]) == journal.newest([older, torn]) == (7, {"a": 1})


def test_of_two_equal_numbers_the_first_counts() -> None:
    slots = [journal.encode(7, {"a": 1}), journal.encode(7, {"a": 2})]
    assert journal.newest(slots) == (7, {"a": 1})


def test_without_a_sound_record_there_is_none() -> None:
    assert journal.newest([]) is None
    assert journal.newest([b"", RECORD[1:]]) is None


def test_a_record_is_due_after_50_ul() -> None:
    assert journal.BOUND_NL == 50_000
