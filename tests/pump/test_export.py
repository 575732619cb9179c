"""The log read back: nothing sound is left out, and no page takes long."""

import pytest
from log_in_flash import FIRST, everything, fresh, in_a_second_sector, opened
from nor_flash import PAGE, SECTOR, NorFlash

from pump.export import page
from pump.ring import Ring, sequence_at, sound_in


@pytest.mark.parametrize("max_bytes", [122, 123, 500, 10_000, 4 * SECTOR, 5 * SECTOR])
def test_pages_of_any_size_hold_the_same(max_bytes: int) -> None:
    flash = fresh()
    log = opened(flash)
    for number in range(1, 401):
        log.append(1, number, "x" * (number % 101))
    found = everything(log, max_bytes)
    assert [number for number, _ in found] == list(range(found[0][0], 401))
    assert all(text == "x" * (number % 101) for number, text in found)


def test_an_export_may_begin_anywhere() -> None:
    flash = fresh()
    log = opened(flash)
    for number in range(1, 1501):
        log.append(1, number, str(number))
    oldest = everything(log)[0][0]
    for begin in (oldest, 1500, 1000, 1499, 1200, oldest + 1):
        data, following = page(log, begin, 40_000)
        assert sequence_at(data, 0) == max(begin, oldest)
        assert following == 1501
    for gone in (-5, 0, 1, oldest - 1):
        assert sequence_at(page(log, gone, 100)[0], 0) == oldest
    assert page(log, 1501, 500) == (b"", 1501)
    assert page(log, 9999, 500) == (b"", 9999)


def test_an_export_that_goes_on_reads_a_few_pages_only() -> None:
    flash = NorFlash(60)
    log = Ring(flash, 0, 60)
    for number in range(1, 6001):
        log.append(1, number, str(number))
    data, following = page(log, 3000, 600)
    while data:
        before = flash.reads
        data, following = page(log, following, 600)
        assert flash.reads - before <= 36
    assert following == 6001


def test_the_last_sound_record_before_the_sector_in_use_is_exported() -> None:
    flash = fresh()
    log = opened(flash)
    while flash.erases[FIRST + 1] == 0:
        log.append(1, 0, "12345")
    last = log.sequence
    begin = FIRST * SECTOR + 15 * PAGE + 8 * 27  # of the 9 on the last page of the sector
    assert sequence_at(flash.cells, begin) == last - 1
    flash.cells[FIRST * SECTOR : begin] = bytes(begin - FIRST * SECTOR)
    log_again = opened(flash)
    assert [number for number, _ in everything(log_again)] == [last - 1, last]
    assert (log_again.sequence, log_again.head, log_again.gaps) == (last, log.head, 0)


def test_a_damaged_first_record_of_the_last_sector_is_a_gap() -> None:
    flash, log = in_a_second_sector(7)
    flash.cells[(FIRST + 1) * SECTOR + 18] ^= 1
    again = opened(flash)
    assert (again.sequence, again.gaps) == (log.sequence, 1)


def test_a_damaged_last_record_of_the_sector_before_is_a_gap() -> None:
    flash, _ = in_a_second_sector(1)
    assert opened(flash).gaps == 0
    page = FIRST * SECTOR + 15 * PAGE
    last = list(sound_in(flash.cells[page : page + PAGE], 0))[-1]
    flash.cells[page + last + 18] ^= 1
    assert opened(flash).gaps == 1


def test_a_log_that_begins_with_a_damaged_record_has_a_gap() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    log.append(1, 0, "two")
    flash.cells[FIRST * SECTOR + 18] ^= 1
    assert opened(flash).gaps == 1


def test_an_export_that_jumps_reads_a_few_dozen_pages() -> None:
    """One that reads at the end and one that begins, in turn: no key is asked of either."""
    flash = NorFlash(60)
    log = Ring(flash, 0, 60)
    for number in range(1, 9001):
        log.append(1, number, str(number))
    for wanted in (1, 9000, 1, 4500, 8999, 2, 9000):
        flash.reads = 0
        page(log, wanted, 440)
        assert flash.reads < 2 * 60 + 4 * 16


def test_an_export_over_damaged_sectors_ends_and_reads_little_at_a_time() -> None:
    flash = NorFlash(60)
    log = Ring(flash, 0, 60)
    for number in range(1, 5001):
        log.append(1, number, str(number))
    found = [number for number, _ in everything(log)]
    begin, end = 7, 30  # sectors, in the middle of it
    for at in range(begin * SECTOR, end * SECTOR, PAGE):
        flash.cells[at : at + PAGE] = bytes(PAGE)
    seen, following = [], 1
    while following <= log.sequence:
        flash.reads = 0
        data, went_on = page(log, following, 440)
        assert flash.reads < 400, "by a watchdog that takes some 2000"
        assert went_on > following
        seen += [sequence_at(data, at) for at in sound_in(data, 0)]
        following = went_on
    assert len(seen) > len(found) // 3
    assert seen == [number for number in found if number in set(seen)]
    assert seen[-1] == 5000


def test_an_export_whose_last_record_is_damaged_comes_to_its_end() -> None:
    flash = fresh()
    log = opened(flash)
    for number in range(1, 6):
        log.append(1, number, "abc")
    flash.cells[FIRST * SECTOR + 4 * 25 + 20] ^= 1
    data, following = page(log, 1, 440)
    assert (len(data), following) == (100, 6)
    assert page(log, 5, 440) == (b"", 6)


@pytest.mark.parametrize("claim", ["low", "nought", "before", "behind", "last", "beyond"])
@pytest.mark.parametrize("sectors", [1, 2])
def test_sectors_that_lie_of_their_first_number_hide_no_other_record(
    claim: str, sectors: int
) -> None:
    flash = NorFlash(8)
    log = Ring(flash, 0, 8)
    for number in range(1, 1501):
        log.append(1, number, str(number))
    firsts = {s: log.first_sequence(s) for s in range(8) if s != log.following()}
    oldest = min(firsts.values())
    for liar in range(8):
        liars = [s % 8 for s in range(liar, liar + sectors)]
        whole = bytes(flash.cells)
        for s in liars:
            before, behind = firsts.get((s - 1) % 8, 1) - 1, firsts.get((s + 1) % 8, 1) + 1
            says = {"low": 1, "nought": 0, "before": before, "behind": behind, "last": 1500}
            flash.cells[s * SECTOR + 2 : s * SECTOR + 6] = says.get(claim, 1 << 30).to_bytes(
                4, "little"
            )
        lost = {firsts[s] for s in liars if s in firsts}
        again = Ring(flash, 0, 8)
        assert again.sequence == 1500
        kept = [number for number in range(oldest, 1501) if number not in lost]
        assert [number for number, _ in everything(again)] == kept
        for wanted in (*firsts.values(), 700, 1100):
            data, _ = page(Ring(flash, 0, 8), wanted, 122)
            assert sequence_at(data, 0) == min(n for n in kept if n >= wanted)
        flash.cells[:] = whole


def test_an_export_that_begins_in_damage_finds_what_is_behind_it() -> None:
    flash = NorFlash(20)
    log = Ring(flash, 0, 20)
    for number in range(1, 2001):
        log.append(1, number, str(number))
    damaged = range(4, 10)
    begin, behind = log.first_sequence(4), log.first_sequence(10)
    for sector in damaged:
        flash.cells[sector * SECTOR : (sector + 1) * SECTOR] = bytes(SECTOR)
    for wanted in (begin, begin + 1, behind - 1, behind):
        data, following = page(Ring(flash, 0, 20), wanted, 122)
        assert sequence_at(data, 0) == behind
        assert following > behind


def test_the_last_record_alone_in_its_sector_is_found_behind_damage() -> None:
    flash, log = in_a_second_sector(1)
    flash.cells[FIRST * SECTOR : (FIRST + 1) * SECTOR] = bytes(SECTOR)
    again = opened(flash)
    assert [number for number, _ in everything(again)] == [log.sequence]


def test_a_log_of_which_nothing_is_left_has_no_pages() -> None:
    """Not what lies in the sectors beside it either."""
    flash = fresh()
    beside = Ring(flash, 0, FIRST)
    while not flash.erases[1]:
        beside.append(1, 0, "of another log")
    log = opened(flash)
    log.go_on_from(5)
    for wanted in (1, 5):
        assert page(log, wanted, 10_000) == (b"", 6)
    assert page(log, 6, 10_000) == (b"", 6)


def test_an_export_of_sectors_with_one_sound_record_each_reads_four_of_them() -> None:
    """As many as fill the page would be some fifteen, 16 reads each."""
    flash = NorFlash(30)
    log = Ring(flash, 0, 30)
    while log.following() < 28:
        log.append(1, 0, "12345")
    kept = []
    for sector in range(27):
        kept.append(log.first_sequence(sector))
        at = sector * SECTOR + 27
        flash.cells[at : (sector + 1) * SECTOR] = bytes(SECTOR - 27)
    flash.reads = 0
    data, following = page(log, 1, 440)
    assert [sequence_at(data, at) for at in sound_in(data, 0)] == kept[:4]
    assert following == kept[3] + 1
    assert flash.reads <= 4 * 16 + 4


def test_a_record_alone_in_the_sector_before_is_no_gap() -> None:
    flash = fresh()
    log = opened(flash)
    log.append(1, 0, "one")
    flash.stuck = {FIRST}
    while not log.append(1, 0, "two"):
        pass
    again = opened(flash)
    assert [number for number, _ in everything(again)] == [1, 2]
    assert again.gaps == 0
