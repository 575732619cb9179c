"""The log: nothing acknowledged is lost, nothing changed goes unseen, and the oldest gives way."""

import binascii
import hashlib
from itertools import pairwise
from random import Random

import pytest
from log_in_flash import FIRST, SECTORS, everything, fresh, in_a_second_sector, opened
from nor_flash import PAGE, SECTOR, NorFlash, PowerCut
from traceability.mark import requirement

from pump import ring
from pump.export import count_gaps, page
from pump.ring import LEAST_BYTES, Ring, digest, encode, length_at, sequence_at, sound_in
from pump.slots import TAG


@requirement("R6.6.0(3)")
def test_a_record_lies_in_flash_as_written_down() -> None:
    flash = fresh()
    log = opened(flash)
    assert log.append(3, -2, "16000")
    first = bytes([27, 3, 1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF]) + bytes(8) + b"16000"
    first += binascii.crc32(first).to_bytes(4, "little")
    assert bytes(flash.cells[FIRST * SECTOR :][:27]) == first
    assert log.append(2, 0x12345, "ü")
    before = hashlib.sha256(first).digest()[:8]
    second = bytes([24, 2, 2, 0, 0, 0, 0x45, 0x23, 1, 0]) + before + b"\xc3\xbc"
    second += binascii.crc32(second).to_bytes(4, "little")
    assert bytes(flash.cells[FIRST * SECTOR + 27 :][:24]) == second
    assert set(flash.cells[FIRST * SECTOR + 51 :]) == {0xFF}
    assert log.sequence == 2
    assert log.head == hashlib.sha256(second).digest()[:8]


def test_a_text_is_cut_to_100_bytes() -> None:
    assert len(encode(1, 1, 0, ring.NO_HASH, b"x" * 101)) == 122
    assert encode(1, 1, 0, ring.NO_HASH, b"x" * 300) == encode(1, 1, 0, ring.NO_HASH, b"x" * 100)


@pytest.mark.parametrize("at", range(30))
def test_a_record_with_any_byte_altered_is_refused(at: int) -> None:
    record = encode(1, 7, 3600, b"12345678", b"watchdog")
    assert len(record) == 30
    assert length_at(record, 0) == 30
    for other in range(256):
        altered = record[:at] + bytes([other]) + record[at + 1 :]
        assert length_at(altered, 0) == (30 if other == record[at] else 0)


def test_a_record_must_be_whole_and_of_a_kind() -> None:
    record = encode(31, 1, 0, ring.NO_HASH, b"")
    assert length_at(record, 0) == len(record) == 22
    assert length_at(record[:-1], 0) == 0
    assert length_at(b"\xff" + record, 1) == 22
    assert length_at(encode(32, 1, 0, ring.NO_HASH, b""), 0) == 0
    empty = bytes([21]) + bytes(16)
    assert length_at(empty + binascii.crc32(empty).to_bytes(4, "little"), 0) == 0


def test_of_a_page_only_numbers_that_rise_are_taken() -> None:
    records = [encode(1, number, 0, ring.NO_HASH, b"") for number in (5, 4, 5, 6, 6, 9)]
    page = b"".join(records).ljust(PAGE, b"\xff")
    assert list(sound_in(page, 0)) == [0, 3 * 22, 5 * 22]
    assert list(sound_in(page, 4)) == [0, 3 * 22, 5 * 22]
    assert list(sound_in(page, 5)) == [3 * 22, 5 * 22]
    assert list(sound_in(page, 9)) == []


def of_bytes(log: Ring, *lengths: int) -> list[str]:
    """Records of so many bytes each, and their texts."""
    texts = [f"{length}".ljust(length - 22, "x")[: length - 22] for length in lengths]
    for text in texts:
        assert log.append(1, 0, text)
    return texts


def test_a_page_is_filled_to_its_last_byte() -> None:
    flash = fresh()
    log = opened(flash)
    texts = of_bytes(log, 100, 100, 34, 22, 30)
    assert length_at(flash.cells, FIRST * SECTOR + 234) == 22
    assert length_at(flash.cells, FIRST * SECTOR + 256) == 30
    assert everything(log) == everything(opened(flash)) == list(enumerate(texts, 1))


@pytest.mark.parametrize("last", [54, 55, 56])
def test_the_next_record_comes_on_the_next_page(last: int) -> None:
    flash = fresh()
    of_bytes(opened(flash), 100, 100, last, 30)
    assert length_at(flash.cells, FIRST * SECTOR + 256) == 30


def test_an_empty_log_is_empty_whatever_the_flash_holds() -> None:
    for filled in (0xFF, 0, 0x16, 0x5A):
        log = opened(fresh(filled))
        assert (log.sequence, log.head, log.gaps) == (0, ring.NO_HASH, 0)
        assert everything(log) == []
        assert page(log, 0, 100) == page(log, -1, 100) == (b"", 1)
        assert log.tend() is False
        assert log.append(1, 0, "one")
        assert everything(log) == [(1, "one")]


def test_the_oldest_sector_gives_way_and_the_rest_is_there() -> None:
    flash = fresh()
    log = opened(flash)
    texts = [f"event {number}" for number in range(1, 2001)]
    for number, text in enumerate(texts, 1):
        assert log.append(1, number, text)
        if number % 100 == 7:
            log.tend()
        if number in (3, 150, 151, 2000):
            assert opened(flash).sequence == number
            assert opened(flash).head == log.head
    found = everything(log)
    assert found == everything(opened(flash)) == list(enumerate(texts, 1))[found[0][0] - 1 :]
    a_sector = 16 * (PAGE // (22 + len("event 1000")))
    assert (SECTORS - 2) * a_sector < len(found) <= (SECTORS - 1) * a_sector
    worn = [flash.erases[sector] for sector in range(FIRST, FIRST + SECTORS)]
    assert max(worn) - min(worn) <= 1
    assert set(flash.erases) == set(range(FIRST, FIRST + SECTORS))


def test_a_record_that_just_fits_is_taken() -> None:
    log = opened(fresh())
    of_bytes(log, 27, 30)
    assert page(log, 1, 26) == (b"", 1)
    for max_bytes, length, following in ((27, 27, 2), (56, 27, 2), (57, 57, 3)):
        data, went_on = page(log, 1, max_bytes)
        assert (len(data), went_on) == (length, following)


def test_after_the_last_record_the_first_is_found_again() -> None:
    flash = fresh()
    log = opened(flash)
    while log.sequence < 300:  # 9 to a page: two sectors and a bit
        log.append(1, 0, "12345")
    assert page(log, 300, 500)[1] == 301
    assert sequence_at(page(log, 1, 500)[0], 0) == 1


def test_what_lies_beside_the_ring_is_none_of_it() -> None:
    flash = NorFlash(3 * SECTORS)
    logs = [Ring(flash, first, SECTORS) for first in (0, SECTORS, 2 * SECTORS)]
    for number in range(1_500):
        for log, name in zip(logs, "abc", strict=True):
            log.append(1, number, name)
    whole = [everything(log) for log in logs]
    for begin in (1, 1_400, 1_500):
        for i, name in enumerate("abc"):
            log = Ring(flash, i * SECTORS, SECTORS)
            assert log.sequence == 1_500
            data, following = page(log, begin, 1 << 20)
            assert following == 1_501
            assert sequence_at(data, 0) == max(begin, whole[i][0][0])
            assert data[ring.HEAD_BYTES : data[0] - ring.SUM_BYTES] == name.encode()


def test_after_a_boot_it_goes_on_on_a_fresh_page() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    log = opened(flash)
    assert log.append(1, 0, "two")
    assert length_at(flash.cells, FIRST * SECTOR + PAGE)
    assert everything(log) == [(1, "one"), (2, "two")]
    assert flash.erases == {FIRST: 1}


@pytest.mark.parametrize("page", [13, 14, 15])
def test_a_torn_page_is_not_gone_on_with(page: int) -> None:
    flash = fresh()
    log = opened(flash)
    begin = FIRST * SECTOR + page * PAGE
    while flash.cells[begin] == 0xFF:
        log.append(1, 0, "12345")
    flash.cells[begin : begin + PAGE] = b"\xf0" * PAGE
    again = opened(flash)
    assert again.sequence == log.sequence - 1
    assert again.append(1, 0, "next")
    assert flash.cells[begin : begin + PAGE] == b"\xf0" * PAGE
    assert length_at(flash.cells, begin + PAGE) == LEAST_BYTES + 4


# -- erasing ahead -------------------------------------------------------------------------------


def test_the_next_sector_is_erased_once_when_half_is_full() -> None:
    flash = fresh()
    log = opened(flash)
    per_page = PAGE // 27
    for _ in range(8 * per_page):
        log.append(1, 0, "12345")
        assert not log.tend()
    log.append(1, 0, "12345")
    assert [log.tend(), log.tend()] == [True, False]
    assert flash.erases == {FIRST: 1, FIRST + 1: 1}
    for _ in range(8 * per_page):
        log.append(1, 0, "12345")
    assert flash.erases == {FIRST: 1, FIRST + 1: 1}, "and not again when its time comes"
    assert len(everything(log)) == 16 * per_page + 1


def test_half_is_eight_pages_to_the_byte() -> None:
    log = opened(fresh())
    of_bytes(log, *[100, 100, 56] * 7, 100, 100)
    assert log.tend() is False
    of_bytes(log, 56)
    assert log.tend() is True


def test_a_boot_reads_two_pages_of_each_blank_sector() -> None:
    flash = fresh()
    Ring(flash, FIRST, SECTORS)
    assert flash.reads == 2 * SECTORS


def test_a_boot_reads_little_of_the_sectors_that_are_full() -> None:
    """Their first records' heads: with 135 sectors to go through, a start has no time for more."""
    flash = fresh()
    log = opened(flash)
    while flash.erases[FIRST] < 2:
        log.append(1, 0, "12345")
    flash.reads = 0
    assert Ring(flash, FIRST, SECTORS).sequence == log.sequence
    assert flash.reads <= SECTORS + 3 + 16, "and of the last sector the pages that are blank"


@pytest.mark.parametrize("full", [1, 3, SECTORS, SECTORS + 1])
@pytest.mark.parametrize("number", [0, 1, 2, 0xFFFFFFFE, 0xFFFFFFFF])
@pytest.mark.parametrize("sectors", [1, 2])
def test_a_sector_whose_first_number_is_damaged_is_still_the_last(
    full: int, number: int, sectors: int
) -> None:
    flash = fresh()
    log = opened(flash)
    first = []  # of each sector: where it begins
    while len(first) <= full:
        log.append(1, 0, "12345")
        if len(first) < sum(flash.erases.values()):
            first.append(FIRST * SECTOR + len(first) % SECTORS * SECTOR)
    for _ in range(20):
        log.append(1, 0, "12345")
    for at in first[-sectors:]:
        flash.cells[at + 2 : at + 6] = number.to_bytes(4, "little")
    again = opened(flash)
    assert (again.sequence, again.head) == (log.sequence, log.head)


# -- power cuts ----------------------------------------------------------------------------------


@requirement("R6.6.0(5)")
@pytest.mark.parametrize("seed", range(20))
def test_power_cut_at_any_operation_loses_nothing_that_was_kept(seed: int) -> None:
    chance = Random(seed)
    flash = NorFlash(FIRST + SECTORS + 1, filled=0, seed=seed)
    log = opened(flash)
    said: list[str] = []
    for _ in range(120):
        flash.cut_after = chance.randrange(40)
        text = ""
        try:
            while True:
                text = f"{len(said) + 1} " + "x" * chance.randrange(60)
                assert log.append(1, 0, text)
                said.append(text)
                if chance.random() < 0.5:
                    log.tend()
        except PowerCut:
            flash.cut_after = None
        log = opened(flash)
        if log.sequence == len(said) + 1:  # it was in flash, and nobody was told
            said.append(text)
        assert log.sequence == len(said)
        assert log.gaps == 0
        found = everything(log)
        assert found == list(enumerate(said, 1))[found[0][0] - 1 :]
        assert len(found) > min(len(said), 3 * 16) - 1


# -- damage --------------------------------------------------------------------------------------


def damaged_log() -> tuple[NorFlash, list[int]]:
    """Three pages and a bit of records, and where in flash each begins."""
    flash = fresh()
    log = opened(flash)
    for number in range(1, 30):
        log.append(1, number, f"event {number}")
    places = [
        number * PAGE + at
        for number in range(4)
        for at in sound_in(flash.cells[FIRST * SECTOR + number * PAGE :][:PAGE], 0)
    ]
    assert len(places) == 29
    return flash, places


@pytest.mark.parametrize("byte", range(30))
@pytest.mark.parametrize("record", [0, 7, 20, 28])
def test_a_damaged_record_is_skipped_and_only_that(record: int, byte: int) -> None:
    flash, places = damaged_log()
    if byte >= flash.cells[FIRST * SECTOR + places[record]]:
        return
    before = flash.cells[FIRST * SECTOR + places[record] + byte]
    for mask in (0x01, 0x80, 0xFF, before, before ^ 0xFF):
        if not mask:
            continue
        flash.cells[FIRST * SECTOR + places[record] + byte] ^= mask
        log = opened(flash)
        numbers = [number for number, _ in everything(log)]
        assert numbers == [number for number in range(1, 30) if number != record + 1]
        if record in (7, 20):
            assert log.gaps == 1
        flash.cells[FIRST * SECTOR + places[record] + byte] ^= mask


def test_a_page_that_went_blank_hides_none_behind_it() -> None:
    flash, places = damaged_log()
    flash.cells[FIRST * SECTOR : FIRST * SECTOR + PAGE] = b"\xff" * PAGE
    log = opened(flash)
    first = 1 + sum(place < PAGE for place in places)
    assert [number for number, _ in everything(log)] == list(range(first, 30))
    assert log.sequence == 29


@pytest.mark.parametrize("count", [500, 700, 900, 1100, 1300])
@pytest.mark.parametrize("damaged", range(SECTORS))
def test_a_sector_that_is_damaged_whole_takes_out_no_other(count: int, damaged: int) -> None:
    flash = fresh()
    log = opened(flash)
    for number in range(1, count + 1):
        log.append(1, number, f"{number}")
    begin = (FIRST + damaged) * SECTOR
    flash.cells[begin : begin + SECTOR] = bytes(SECTOR)
    oldest = everything(opened(flash))[0][0]
    places = [
        at
        for page in range(FIRST * SECTOR, (FIRST + SECTORS) * SECTOR, PAGE)
        for at in [page + inside for inside in sound_in(flash.cells[page : page + PAGE], 0)]
    ]
    first = next(at for at in places if sequence_at(flash.cells, at) == oldest)
    flash.cells[first] ^= 1  # the oldest sector begins later than it did
    log = opened(flash)
    following = (FIRST + (log_ends(flash, places) + 1) % SECTORS) * SECTOR
    numbers = sorted(
        sequence_at(flash.cells, at)
        for at in places
        if at != first and not following <= at < following + SECTOR
    )
    assert [number for number, _ in everything(log)] == numbers
    assert [number for number, _ in everything(log)] == numbers, "wherever it ended before"


def log_ends(flash: NorFlash, places: list[int]) -> int:
    """The sector of the ring that holds the record with the highest number."""
    return max(places, key=lambda at: sequence_at(flash.cells, at)) // SECTOR - FIRST


@pytest.mark.parametrize("byte", range(27))
def test_the_first_record_of_a_young_log_may_be_damaged(byte: int) -> None:
    flash = fresh()
    of_bytes(opened(flash), 27, 30, 30)
    flash.cells[FIRST * SECTOR + byte] = 0xFF ^ (flash.cells[FIRST * SECTOR + byte] == 0xFF)
    assert [number for number, _ in everything(opened(flash))] == [2, 3]


def test_behind_damage_the_log_goes_on_where_it_was() -> None:
    flash, places = damaged_log()
    flash.cells[FIRST * SECTOR + places[10]] ^= 0x10
    log = opened(flash)
    assert log.append(1, 99, "next")
    assert log.sequence == 30
    assert everything(log)[-1] == (30, "next")
    assert opened(flash).head == log.head


@pytest.mark.parametrize("seed", range(30))
def test_bit_rot_all_over_never_crashes_and_never_invents(seed: int) -> None:
    chance = Random(seed)
    flash = fresh()
    log = opened(flash)
    for number in range(1, 1001):
        log.append(1, number, f"event {number}")
    begin, size = FIRST * SECTOR, SECTORS * SECTOR
    for _ in range(chance.choice((1, 10, 100, 1000, 20_000))):
        flash.cells[begin + chance.randrange(size)] ^= 1 << chance.randrange(8)
    log = opened(flash)
    numbers = []
    for number, text in everything(log):
        assert text == f"event {number}"
        numbers.append(number)
    assert numbers == sorted(set(numbers))
    for more in range(5):
        assert log.append(1, 0, f"more {more}")
    assert [text for _, text in everything(log)][-5:] == [f"more {more}" for more in range(5)]
    assert opened(flash).sequence == log.sequence


def test_a_sequence_that_was_cut_out_shows_in_the_hashes() -> None:
    """What the host looks at: each record names the one before."""
    flash, _ = damaged_log()
    data, _ = page(opened(flash), 1, 10_000)
    records = []
    at = 0
    while at < len(data):
        records.append(data[at : at + data[at]])
        at += data[at]
    for before, record in pairwise(records):
        assert record[10:18] == digest(before) == hashlib.sha256(before).digest()[:8]
    edited = encode(1, 5, 5, records[4][10:18], b"event X")
    assert records[5][10:18] != digest(edited)


# -- a flash that does not take what is written ---------------------------------------------------


def test_a_page_that_does_not_take_a_record_is_left_out() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    page = FIRST * SECTOR
    flash.cells[page + 40] = 0  # a cell that cannot be 1 any more
    assert log.append(1, 0, "two")
    assert log.failed == 1
    assert length_at(flash.cells, page + PAGE)
    assert everything(log) == everything(opened(flash)) == [(1, "one"), (2, "two")]


def test_one_at_the_end_of_a_page_that_is_not_taken_comes_on_the_next() -> None:
    flash = fresh()
    log = opened(flash)
    of_bytes(log, 100, 100)
    flash.cells[FIRST * SECTOR + 240] = 0
    of_bytes(log, 56)
    assert log.failed == 1
    assert length_at(flash.cells, FIRST * SECTOR + PAGE) == 56


def test_three_pages_that_do_not_take_it_and_it_is_not_kept() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    head = log.head
    flash.stuck = set(range(FIRST, FIRST + SECTORS))
    programs = flash.programs
    assert log.append(1, 0, "two") is False
    assert flash.programs - programs == 3
    assert (log.sequence, log.head, log.failed) == (1, head, 3)
    flash.stuck = set()
    assert log.append(1, 0, "two")
    assert everything(log) == [(1, "one"), (2, "two")]


class Deaf(NorFlash):
    """Ignores what is programmed on `pages` (of all it has), and the next `ignored` programs."""

    pages: frozenset[int] = frozenset()
    ignored = 0

    def program(self, sector: int, offset: int, page: bytes) -> None:
        if self.ignored:
            self.ignored -= 1
        elif (sector * SECTOR + offset) // PAGE not in self.pages:
            super().program(sector, offset, page)


def test_a_sector_whose_first_page_takes_nothing_is_left_out() -> None:
    flash = Deaf(FIRST + SECTORS + 1)
    flash.pages = frozenset({(FIRST + 1) * 16})
    log = opened(flash)
    while not flash.erases[FIRST + 2]:
        assert log.append(1, 0, "12345")
    assert log.failed == 1
    assert opened(flash).sequence == log.sequence
    assert len(everything(opened(flash))) == log.sequence


@pytest.mark.parametrize("ignored", [1, 2])
def test_what_lies_behind_programs_that_were_ignored_is_found_again(ignored: int) -> None:
    flash = Deaf(FIRST + SECTORS + 1)
    log = opened(flash)
    while log._at + 27 <= SECTOR:
        assert log.append(1, 0, "12345")
    flash.ignored = ignored
    for _ in range(40):
        assert log.append(1, 0, "12345")
    again = opened(flash)
    assert (again.sequence, again.gaps) == (log.sequence, 0)
    assert len(everything(again)) == log.sequence


def test_two_bytes_that_read_blank_hide_one_record_only() -> None:
    flash, log = in_a_second_sector(7)
    flash.cells[(FIRST + 1) * SECTOR : (FIRST + 1) * SECTOR + 2] = b"\xff\xff"
    assert opened(flash).sequence == log.sequence


def test_numbers_that_are_known_to_have_been_given_are_not_given_again() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    log.go_on_from(3)
    log.append(1, 0, "four")
    log.go_on_from(2)
    log.append(1, 0, "five")
    assert [number for number, _ in everything(opened(flash))] == [1, 4, 5]


def test_sectors_that_bear_the_tag_they_were_found_by_are_unwritten() -> None:
    """As a board's first boot leaves them: a start that looked closer would take 0.4 s more."""
    flash = NorFlash(60)
    for sector in range(60):
        tag = TAG + b"1a2b3c4d %03d" % sector
        flash.cells[sector * SECTOR : sector * SECTOR + len(tag)] = tag
    log = Ring(flash, 0, 60)
    assert flash.reads <= 60
    assert (log.sequence, log.gaps) == (0, 0)
    for number in range(1, 200):
        log.append(1, number, str(number))
    flash.reads = 0
    again = Ring(flash, 0, 60)
    assert flash.reads < 60 + 60
    count_gaps(again)
    assert (again.sequence, again.gaps) == (199, 0)
    assert len(everything(again)) == 199


def test_the_second_record_knows_the_first_after_a_boot_between_them() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    again = opened(flash)
    assert (again.sequence, again.head) == (1, log.head)
