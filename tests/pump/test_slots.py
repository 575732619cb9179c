"""States over a reset: the newest sound one counts, whatever power cuts and bit rot do."""

import binascii
import json
from random import Random
from typing import Any

import pytest
from nor_flash import PAGE, SECTOR, NorFlash, PowerCut
from traceability.mark import requirement

from pump.slots import TEXT_BYTES, Slots

SLOTS, SECTORS_EACH, FIRST = 4, 2, 3
PAGES_EACH = SECTORS_EACH * 16


def fresh() -> NorFlash:
    return NorFlash(FIRST + SLOTS * SECTORS_EACH + 2)


def opened(flash: NorFlash) -> Slots:
    return Slots(flash, FIRST, SLOTS, SECTORS_EACH)


def state(number: int, size: int = 600) -> dict[str, Any]:
    """A state whose JSON has `size` bytes."""
    bare = {"n": number, "fill": ""}
    bare["fill"] = "x" * (size - len(json.dumps(bare)))
    assert len(json.dumps(bare)) == size
    return bare


def of_ring(flash: NorFlash) -> memoryview:
    return memoryview(flash.cells)[FIRST * SECTOR : (FIRST + SLOTS * SECTORS_EACH) * SECTOR]


def test_where_nothing_was_written_there_is_nothing() -> None:
    for filled in (0xFF, 0x00, 0xA5, 0x01):
        slots = opened(NorFlash(20, filled))
        assert slots.newest() is None
        assert slots.recent(8) == []
        assert slots.missed == 0


def test_a_record_lies_in_flash_as_written_down() -> None:
    flash = fresh()
    assert opened(flash).write({"a": 1})
    ring = of_ring(flash)
    head = bytes([0xA5, 1, 8, 0, 1, 0, 0, 0])
    crc = binascii.crc32(head + b'{"a": 1}').to_bytes(4, "little")
    mark = bytes([0, 0xFE, 0xFF, 0xFF])
    again = bytes([0xFE, 0xFF, 0xFF, 0xFF])
    assert bytes(ring[:28]) == head + crc + mark + again + b'{"a": 1}'
    assert set(ring[28:]) == {0xFF}
    assert set(flash.cells[: FIRST * SECTOR]) == {0xFF}, "nothing before the ring"


@pytest.mark.parametrize("size", [20, 235, 236, 237, 491, 492, 493, 4096, 8171, 8172])
def test_a_record_of_any_size_comes_back(size: int) -> None:
    flash = fresh()
    slots = opened(flash)
    for number in (1, 2, 3):
        assert slots.write(state(number, size))
        assert slots.newest() == state(number, size)
        assert opened(flash).newest() == state(number, size)
    assert slots.recent(3) == [state(3, size), state(2, size), state(1, size)]


def test_longer_than_a_slot_is_refused_and_the_last_one_stays() -> None:
    flash = fresh()
    slots = opened(flash)
    assert slots.write(state(1))
    before = bytes(flash.cells)
    assert slots.write(state(2, 8173)) is False
    assert slots.failed == 1
    assert bytes(flash.cells) == before
    assert slots.newest() == opened(flash).newest() == state(1)


def test_records_share_a_slot_until_it_is_full() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(1, 11):  # of 3 pages: 10 to a slot
        assert slots.write(state(number))
    assert flash.erases == {FIRST: 1, FIRST + 1: 1}
    assert slots.write(state(11))
    assert flash.erases == {FIRST: 1, FIRST + 1: 1, FIRST + 2: 1, FIRST + 3: 1}
    assert slots.recent(20) == [state(number) for number in range(11, 0, -1)]


def test_a_slot_is_filled_to_its_last_page() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(4):
        slots.write(state(number, 8 * PAGE - 20))
    assert sum(flash.erases.values()) == 2
    slots.write(state(4, 20))
    assert sum(flash.erases.values()) == 4


def test_the_newest_is_read_whole_whatever_was_read_or_tried_before() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1, 100))
    slots.write(state(2, 900))
    assert slots.recent(2) == [state(2, 900), state(1, 100)]
    assert slots.recent(2) == [state(2, 900), state(1, 100)]
    assert slots.newest() == state(2, 900)
    flash.stuck = set(range(FIRST, FIRST + SLOTS * SECTORS_EACH))
    assert not slots.write(state(3, 300))
    assert slots.newest() == state(2, 900)


def test_no_more_are_listed_than_asked_for() -> None:
    slots = opened(fresh())
    for number in range(5):
        slots.write(state(number))
    assert slots.recent(0) == []
    assert slots.recent(2) == [state(4), state(3)]


@pytest.mark.parametrize("begin", [b"\xa5\x02\x02\x00", b"\xa4\x01\x02\x00", b"\xa5\x01\x00\x00"])
def test_what_is_not_of_this_kind_is_no_record_even_with_a_right_sum(begin: bytes) -> None:
    """Another version, another kind, no text."""
    text = b"{}"[: begin[2]]
    head = begin + bytes([9, 0, 0, 0])
    crc = binascii.crc32(head + text).to_bytes(4, "little")
    flash = fresh()
    at = FIRST * SECTOR
    record = head + crc + bytes([0xFF] * 4) + bytes([0xF6, 0xFF, 0xFF, 0xFF]) + text
    flash.cells[at : at + len(record)] = record
    assert opened(flash).newest() is None
    assert opened(flash).recent(1) == []


def test_a_number_may_have_all_of_its_32_bits() -> None:
    text = b'{"a": 1}'
    head = bytes([0xA5, 1, 8, 0, 0xFF, 0xFF, 0xFF, 0xFF])
    crc = binascii.crc32(head + text).to_bytes(4, "little")
    flash = fresh()
    at = FIRST * SECTOR
    record = head + crc + bytes(8) + text
    flash.cells[at : at + len(record)] = record
    assert opened(flash).newest() == {"a": 1}


def test_after_a_boot_a_fresh_slot_is_begun() -> None:
    flash = fresh()
    opened(flash).write(state(1))
    after = bytes(flash.cells)
    slots = opened(flash)
    slots.write(state(2))
    assert flash.cells[: (FIRST + 2) * SECTOR] == after[: (FIRST + 2) * SECTOR]
    assert flash.erases[FIRST + 2] == flash.erases[FIRST + 3] == 1
    assert slots.recent(3) == [state(2), state(1)]


def test_the_ring_goes_round_and_each_sector_wears_alike() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(10 * SLOTS * 25):
        assert slots.write(state(number))
        slots.tend()
    worn = [flash.erases[sector] for sector in range(FIRST, FIRST + SLOTS * SECTORS_EACH)]
    assert max(worn) - min(worn) <= 1
    assert max(worn) <= 26
    assert set(flash.erases) == set(range(FIRST, FIRST + SLOTS * SECTORS_EACH))
    assert slots.recent(100)[:21] == [state(number) for number in range(999, 978, -1)]


def test_copies_lie_in_slots_of_their_own() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    slots.write(state(2), copies=2)
    ring = of_ring(flash)
    places = [
        at // (PAGES_EACH * PAGE)
        for at in range(0, len(ring), PAGE)
        if b'"n": 2' in bytes(ring[at : at + PAGE])
    ]
    assert places == [0, 1]
    assert slots.recent(3) == [state(2), state(2), state(1)]


# -- erasing ahead -------------------------------------------------------------------------------
def test_tending_erases_the_next_slot_sector_by_sector_and_then_rests() -> None:
    flash = fresh()
    slots = opened(flash)
    assert not slots.tend(), "nothing written yet"
    slots.write(state(1))
    assert [slots.tend(), slots.tend(), slots.tend()] == [True, True, False]
    assert flash.erases == dict.fromkeys(range(FIRST, FIRST + 4), 1)
    slots.write(state(2), copies=2)
    assert sum(flash.erases.values()) == 4, "and the erased one is used as it is"
    assert slots.tend()
    assert flash.erases[FIRST + 4] == 1


def test_a_tended_record_takes_no_erase() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(100):
        while slots.tend():
            pass
        before = sum(flash.erases.values())
        slots.write(state(number))
        assert sum(flash.erases.values()) - before <= (2 if number == 0 else 0)


# -- power cuts ----------------------------------------------------------------------------------
@requirement("R6.6.0(4)", "I5")
@pytest.mark.parametrize("seed", range(12))
def test_power_cut_at_any_operation_leaves_the_old_or_the_new(seed: int) -> None:
    """The power goes in each erase and program in turn, again and again, boots in between."""
    chance = Random(seed)
    flash = NorFlash(FIRST + SLOTS * SECTORS_EACH + 2, filled=0, seed=seed)
    slots = opened(flash)
    assert slots.write(state(0))
    known = number = 0
    for _ in range(60):
        flash.cut_after = chance.randrange(12)
        try:
            while True:
                number += 1
                size = chance.choice((100, 600, 600, 4096))
                kept = slots.write(state(number, size), copies=chance.choice((1, 1, 2)))
                assert kept
                known = number
                while chance.random() < 0.7 and slots.tend():
                    pass
        except PowerCut:
            flash.cut_after = None
        slots = opened(flash)
        found = slots.newest()
        assert found is not None
        assert found["n"] in (known, number), "the last one kept, or the one under way, whole"
        assert set(found["fill"]) == {"x"}
        assert slots.missed == 0, "a torn record is no damage"
        known = number = found["n"]


def test_a_torn_number_is_used_again_and_the_sound_record_found() -> None:
    """Two records with one number: the torn one comes first in flash."""
    for operation in range(3):
        flash = fresh()
        slots = opened(flash)
        slots.write(state(1))
        flash.cut_after = operation
        with pytest.raises(PowerCut):
            slots.write(state(2))
        flash.cut_after = None
        assert opened(flash).write(state(3))
        assert opened(flash).newest() == state(3)


def test_a_whole_record_whose_mark_was_torn_counts() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    flash.cut_after = 3  # its three pages are in flash
    with pytest.raises(PowerCut):
        slots.write(state(2))
    assert opened(flash).newest() == state(2)


# -- damage --------------------------------------------------------------------------------------
def flips() -> list[tuple[int, int]]:
    chance = Random(5)
    return [(at, 1 << chance.randrange(8)) for at in range(2 * 3 * PAGE)] + [
        (at, mask) for at in range(20) for mask in (0xFF, 0x0F, 0xF0, 0x01, 0x80)
    ]


def test_every_byte_of_both_records_flipped_in_turn() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in (1, 2, 3):
        slots.write(state(number))
    begin, size = FIRST * SECTOR + 3 * PAGE, 3 * PAGE  # records 2 and 3
    for at, mask in flips():
        flash.cells[begin + at] ^= mask
        damaged = opened(flash)
        found = damaged.newest()
        in_newest = at >= size
        assert found in ((state(3), state(2)) if in_newest else (state(3),)), at
        assert damaged.missed == (0 if found == state(3) else 1), "and it is said"
        flash.cells[begin + at] ^= mask
    assert opened(flash).newest() == state(3)


def test_an_order_survives_any_damage_to_one_of_its_copies() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    slots.write(state(2), copies=2)
    for begin in (3 * PAGE, PAGES_EACH * PAGE):
        whole = bytes(flash.cells)
        at = FIRST * SECTOR + begin
        for damage in (bytes(3 * PAGE), b"\xff" * 3 * PAGE):
            flash.cells[at : at + 3 * PAGE] = damage
            assert opened(flash).newest() == state(2)
            flash.cells[:] = whole


@pytest.mark.parametrize(
    ("mark", "missed"), [(0, 1), (0x80, 1), (0x07, 1), (0x0F, 0), (0xE8, 0), (0xFF, 0)]
)
def test_the_mark_says_whether_a_record_was_ever_whole(mark: int, missed: int) -> None:
    """Up to three of its eight bits may have turned."""
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    slots.write(state(2))
    at = FIRST * SECTOR + 3 * PAGE
    flash.cells[at + 12] = mark
    assert opened(flash).newest() == state(2)
    assert opened(flash).missed == 0
    flash.cells[at + 300] ^= 1
    assert opened(flash).newest() == state(1)
    assert opened(flash).missed == missed


def test_whether_the_newest_is_still_sound() -> None:
    flash = fresh()
    slots = opened(flash)
    assert slots.still_sound(), "nothing written, nothing lost"
    for number in (1, 2):
        slots.write(state(number))
        assert slots.still_sound() and opened(flash).still_sound()
    first, second = (FIRST * SECTOR + page * PAGE for page in (0, 3))
    flash.cells[first + 300] ^= 1
    assert slots.still_sound(), "an older one does not matter"
    flash.cells[first + 300] ^= 1
    flash.cells[second + 300] ^= 1
    assert not slots.still_sound()
    flash.cells[second : second + 3 * PAGE] = flash.cells[first : first + 3 * PAGE]
    assert not slots.still_sound(), "sound, and not the newest"


def test_how_many_are_missed_is_counted() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(1, 6):
        slots.write(state(number))
    for record in (4, 3, 2):  # the newest, and ever older ones
        flash.cells[FIRST * SECTOR + record * 3 * PAGE + 300] ^= 4
        slots = opened(flash)
        assert slots.missed == 5 - record
        assert slots.newest() == state(record)
    slots.write(state(9))
    assert opened(flash).newest() == state(9)
    assert opened(flash).missed == 0, "what is newer than the damage ends it"
    assert opened(flash).recent(9) == [state(9), state(2), state(1)]


def test_damage_without_a_sound_record_is_not_silent() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(200):
        slots.write(state(number))
    ring = of_ring(flash)
    for at in range(0, len(ring), PAGE):
        ring[at + 40] ^= 1
    slots = opened(flash)
    assert slots.newest() is None
    assert slots.missed >= 200
    assert slots.write(state(7))
    assert opened(flash).newest() == state(7)


@pytest.mark.parametrize("seed", range(40))
def test_bit_rot_all_over_never_crashes_and_never_invents(seed: int) -> None:
    chance = Random(seed)
    flash = fresh()
    slots = opened(flash)
    for number in range(1, 60):
        slots.write(state(number), copies=chance.choice((1, 2)))
    written = {json.dumps(state(number)) for number in range(1, 60)}
    ring = of_ring(flash)
    for _ in range(chance.choice((1, 10, 100, 1000, 20_000))):
        ring[chance.randrange(len(ring))] ^= 1 << chance.randrange(8)
    slots = opened(flash)
    for found in slots.recent(100):
        assert json.dumps(found) in written
    assert slots.write(state(99))
    assert slots.newest() == opened(flash).newest() == state(99)


# -- a flash that does not take what is written ---------------------------------------------------
def test_a_slot_that_does_not_take_a_record_is_left_out() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    flash.stuck = {FIRST + 2, FIRST + 3}
    assert slots.write(state(2), copies=2), "the second copy goes two slots on"
    assert slots.failed == 1
    assert slots.recent(3) == [state(2), state(2), state(1)]
    assert opened(flash).newest() == state(2)


def test_three_slots_that_do_not_take_it_and_it_is_not_kept() -> None:
    flash = fresh()
    slots = opened(flash)
    slots.write(state(1))
    flash.stuck = set(range(FIRST, FIRST + SLOTS * SECTORS_EACH))
    programs = flash.programs
    assert not slots.write(state(2))
    assert slots.failed == 3
    assert flash.programs - programs == 3
    assert slots.newest() == opened(flash).newest() == state(1)
    assert not slots.write(state(2), copies=2)


def test_room_for_a_text_is_4_kib() -> None:
    assert TEXT_BYTES == 4096


def test_a_cut_while_recovering_keeps_the_count_of_what_is_damaged() -> None:
    """The newest sound one ends a slot, the damaged one begins the next: that is not erased."""
    flash = fresh()
    slots = opened(flash)
    number = 0
    while not flash.erases[FIRST + SECTORS_EACH]:
        number += 1
        assert slots.write(state(number, 3_000))
    flash.cells[(FIRST + SECTORS_EACH) * SECTOR + 300] ^= 1
    for cut_after in range(1, 6):
        again = opened(flash)
        assert again.newest() == state(number - 1, 3_000)
        assert again.missed == 1
        flash.cut_after = cut_after
        with pytest.raises(PowerCut):
            again.write(state(number - 1, 3_000))
        flash.cut_after = None


def test_a_flash_that_takes_nothing_any_more_keeps_the_newest() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(20):
        assert slots.write(state(number))
    flash.stuck = set(range(FIRST, FIRST + SLOTS * SECTORS_EACH))
    for _ in range(5):
        assert not slots.write(state(99))
        assert opened(flash).newest() == state(19)
    flash.stuck = set()
    assert slots.write(state(100))
    assert opened(flash).newest() == state(100)


def test_two_copies_are_two_or_it_is_told() -> None:
    flash = fresh()
    flash.stuck = set(range(FIRST + SECTORS_EACH, FIRST + SLOTS * SECTORS_EACH))
    assert not opened(flash).write(state(1), 2)
    assert opened(flash).newest() == state(1)


def test_where_every_slot_is_needed_a_copy_is_refused_and_nothing_erased() -> None:
    flash = fresh()
    slots = Slots(flash, FIRST, 2, SECTORS_EACH)
    assert slots.write(state(1, 5_000))  # each fills more than half a slot
    assert not slots.write(state(2, 5_000), 2)
    assert flash.erases.total() == 2 * SECTORS_EACH
    assert Slots(flash, FIRST, 2, SECTORS_EACH).recent(9) == [state(2, 5_000), state(1, 5_000)]


@pytest.mark.parametrize("before", [0, 1])
def test_what_is_taken_back_was_never_there(before: int) -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(before):
        slots.write(state(number), 2)
    newest = slots.newest()
    taken = 2 if before else 0  # the slot of the first copy; the others take nothing
    flash.stuck = set(range(FIRST, FIRST + SLOTS * SECTORS_EACH))
    flash.stuck -= {FIRST + taken * SECTORS_EACH, FIRST + taken * SECTORS_EACH + 1}
    assert not slots.write(state(7), 2)
    assert slots.newest() == state(7)
    slots.take_back()
    assert slots.newest() == newest
    again = opened(flash)
    assert (again.newest(), again.missed) == (newest, 0)


def test_what_is_taken_back_further_on_in_a_slot_stays_away() -> None:
    flash = fresh()
    slots = opened(flash)
    for number in range(3):
        assert slots.write(state(number))
    slots.take_back()
    assert slots.newest() == state(1)
    again = opened(flash)
    assert (again.newest(), again.missed) == (state(1), 0)
    slots.take_back()
    assert opened(flash).recent(8) == [state(1), state(0)], "once for each write"
